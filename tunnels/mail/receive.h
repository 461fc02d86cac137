/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receive: the bytes behind 354: into the spool, dots unstuffed, up to the end of the data; or
 * those of chunks (RFC 3030). What cannot be kept (too large, no space, a bare CR or LF that is to
 * be refused) is still read to its real end, where the client is told: to stop earlier would make
 * commands of text. Embedded in a transaction; its thread.
 */
#ifndef CULVERT_TUNNELS_MAIL_RECEIVE_H
#define CULVERT_TUNNELS_MAIL_RECEIVE_H

#include "tunnels/tunnel.h"
#include "tunnels/wire/data.h"
#include "tunnels/wire/reply.h"

struct receiver {
    const struct tunnel *tunnel;
    struct spool *spool;
    struct data_decoder decoder;
    bool is_binary;              /* chunks of BODY=BINARYMIME: nothing is looked at as lines */
    char *place;                 /* in the spool, where the socket was told to read; or NULL */
    const struct reply *trouble; /* NULL: all is kept so far */
};

void receiver_init(struct receiver *receiver, const struct tunnel *tunnel);
/* For a message that comes by BDAT; `is_binary`: MAIL had BODY=BINARYMIME. */
void receiver_init_chunks(struct receiver *receiver, const struct tunnel *tunnel, bool is_binary);
void receiver_fini(struct receiver *receiver);

/* Where the socket may read to without a copy; NULL where it must not. */
char *receiver_reserve(struct receiver *receiver, size_t *room_out);

/*
 * Takes bytes, from where receiver_reserve() said or from elsewhere; may change them. PARSE_DONE:
 * the end is found, *consumed_out tells where the next command begins. PARSE_MORE: all was taken.
 */
enum parse_result receiver_take(struct receiver *receiver, char *bytes, size_t len,
                                size_t *consumed_out);

/* The word for METRIC_LIMITS, where a limit is why it cannot be accepted, or why it had to go to a
 * file early; else NULL. */
const char *receiver_limit(const struct receiver *receiver);

/* Of a message that comes by BDAT: a chunk of so many octets is next. It is taken by
 * receiver_take(), which never finds an end. */
void receiver_expect(struct receiver *receiver, uint64_t size);
/* No chunk comes any more. */
void receiver_end_chunks(struct receiver *receiver);

/* After PARSE_DONE, or behind a chunk: why the message cannot be accepted, or NULL. */
const struct reply *receiver_verdict(const struct receiver *receiver);
/* The same for what only the whole text shows: a line that would end it for a server that drops
 * NUL. */
const struct reply *receiver_hidden_end(const struct receiver *receiver);
/* DATA: what comes behind the text may be a part of it. */
bool receiver_end_is_doubtful(const struct receiver *receiver);
struct span receiver_bytes(const struct receiver *receiver);
bool receiver_has_nul(const struct receiver *receiver);
/* What in the bytes has to be stuffed on the way out. */
struct data_known receiver_known(const struct receiver *receiver);

#endif
