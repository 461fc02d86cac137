/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop_digest: what identifies a message that comes back: SHA-256 of its sender, of its header
 * fields in their order (unfolded, blanks joined, names in lower case) without those that mail
 * servers add or change on the way, and of its body, byte by byte. Of one message, in pieces; any
 * thread.
 */
#ifndef CULVERT_RULESETS_LOOP_LOOP_DIGEST_H
#define CULVERT_RULESETS_LOOP_LOOP_DIGEST_H

#include "engine/base/arena.h"

#define LOOP_FIELD "X-Culvert-Loop"
#define LOOP_HEX_MAX 65u

struct loop_digest;

/* `ignored`: wildcards of names that do not count, beside Received, Return-Path and our own. */
struct loop_digest *loop_digest_new(struct span sender, const struct span *ignored, size_t count,
                                    struct arena *arena);
void loop_digest_add(struct loop_digest *digest, struct span bytes);

struct loop_content {
    char hex[LOOP_HEX_MAX]; /* empty: the header is too long to tell */
    struct span message_id; /* of the first such field; may be empty */
    struct span guard;      /* the value of the one LOOP_FIELD, without any blanks */
    size_t guard_count;
};
/* Ends it. Texts are in the arena. */
void loop_digest_end(struct loop_digest *digest, struct loop_content *out);

#endif
