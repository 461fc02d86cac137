/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_end: one of two TLS streams back to back, and what went through it. What it is given lies in
 * memory of its own that is gone afterwards, so that a stream which keeps a pointer is found out.
 */
#ifndef CULVERT_TESTS_TLS_END_H
#define CULVERT_TESTS_TLS_END_H

#include "tunnels/tls/stream.h"

struct tls_end {
    struct tls_stream *stream;
    struct buf out;        /* ciphertext for the other end */
    struct buf plain;      /* what came, decrypted */
    size_t taken;          /* bytes of the other end's ciphertext until the handshake was over */
    bool secured;          /* the handshake is over */
    enum tls_result state; /* TLS_MORE: goes on */
    size_t room;           /* plaintext read at once; 0: 4096 */
};

/* A client's first flight; a server waits. */
void tls_end_begin(struct tls_end *end);
/* Takes ciphertext, in pieces of `piece` bytes (0: whole). */
void tls_end_give(struct tls_end *end, struct span bytes, size_t piece);
/* Carries what both say to the other until nothing is left. */
void tls_ends_run(struct tls_end *a, struct tls_end *b, size_t piece);
/* Writes plaintext; only when secured. */
void tls_end_say(struct tls_end *end, struct span plain);
void tls_end_fini(struct tls_end *end);

#endif
