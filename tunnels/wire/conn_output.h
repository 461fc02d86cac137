/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_output: what is to be written to a conn: bytes that were queued, one source that is pulled,
 * bytes queued behind it. Part of conn.
 */
#ifndef CULVERT_WIRE_CONN_OUTPUT_H
#define CULVERT_WIRE_CONN_OUTPUT_H

#include "engine/base/buf.h"
#include "tunnels/wire/conn.h"
#include "tunnels/wire/conn_socket.h"

struct conn_sending;

struct conn_output {
    struct buf queue;
    size_t sent;                  /* of the queue */
    struct conn_sending *sending; /* the source in work; NULL: none */
};

/* As conn_socket_write(), with `arg`. */
typedef ssize_t conn_writing(void *arg, const struct span *slices, size_t count);

enum conn_flushed { CONN_FLUSH_DONE, CONN_FLUSH_BLOCKED, CONN_FLUSH_FAILED };

void conn_output_init(struct conn_output *output);
void conn_output_fini(struct conn_output *output); /* empty and usable */

void conn_output_add(struct conn_output *output, struct span bytes);
void conn_output_send(struct conn_output *output, const struct conn_source *source);

/* What is queued and not sent, as long as the output is not touched; there is no source. */
struct span conn_output_take(const struct conn_output *output);

/* Drops a source that is not at its end, and what is queued behind it. */
void conn_output_cut(struct conn_output *output);

bool conn_output_is_empty(const struct conn_output *output);
/* Lines of the queue that are not written to their end. */
size_t conn_output_lines(const struct conn_output *output);
size_t conn_output_bytes(const struct conn_output *output); /* queued, without the source */

/* Writes as much as the socket takes and one event may; BLOCKED: go on when it is writable. Calls
 * the source's done(), from which anything may be called. */
enum conn_flushed conn_output_flush(struct conn_output *output, conn_writing *write, void *arg,
                                    size_t write_max, int *errno_out);

#endif
