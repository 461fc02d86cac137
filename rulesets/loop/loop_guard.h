/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop_guard: knows mail of our own that comes back. Each message that leaves gets a field
 *
 *     X-Culvert-Loop: v=1; n=NODE; h=HOPS; t=TIME; r=RECIPIENTS; d=DIGEST; m=MAC
 *
 * in which MAC is HMAC-SHA256 over all the rest, the service and the Message-ID: who was here how
 * often is known of a message even where others changed it. DIGEST (loop_digest.h) and RECIPIENTS
 * (keyed hashes, which tell nobody who they are) bind it to the content, the sender and those who
 * may get it: only what left as it comes in, for no others, is the same (decision 0023). A field
 * that is not ours, too old, or of another message has no effect. Nodes and loops share a key.
 * Immutable, part of a policy; any thread.
 */
#ifndef CULVERT_RULESETS_LOOP_LOOP_GUARD_H
#define CULVERT_RULESETS_LOOP_LOOP_GUARD_H

#include "engine/message/message.h"
#include "engine/message/render.h"
#include "rulesets/loop/loop_digest.h"

enum loop_policy { LOOP_INSPECT, LOOP_PASS, LOOP_REJECT };

#define LOOP_KEY_MIN 16u
/* Of a message for more than this the field does not say for whom: it is inspected again. */
#define LOOP_RECIPIENTS_MAX 100u
#define LOOP_HOPS_MAX 100

struct loop_guard {
    struct span key; /* empty: the file was not read, nothing is known and nothing said */
    struct span node, service;
    unsigned max_hops; /* passes; the next one is refused */
    int64_t max_age_s;
    enum loop_policy on_return;
    const struct span *ignored;
    size_t ignored_count;
};

enum loop_state {
    LOOP_NONE,    /* the first time here */
    LOOP_UNKNOWN, /* there is no key to tell */
    LOOP_FORGED,
    LOOP_STALE,
    LOOP_CHANGED, /* ours, but not what left, or for others */
    LOOP_SAME
};

struct loop_finding {
    enum loop_state state;
    unsigned hops;    /* LOOP_CHANGED, LOOP_SAME: how often it left */
    struct span node; /* ... where last; in the arena */
};

const char *loop_state_name(enum loop_state state);

/* `guard` may be NULL. */
struct loop_finding loop_guard_look(const struct loop_guard *guard, const struct message *message,
                                    struct arena *arena);

/* The value of the field, folded, without digest and MAC; NULL guard or no key: empty. */
struct span loop_guard_value(const struct loop_guard *guard, int64_t now_s, unsigned hops,
                             const struct span *recipients, size_t count, struct arena *arena);

/* Fills them in: `value` is the text of loop_guard_value() where it stands in the edits. */
void loop_guard_sign(const struct loop_guard *guard, const struct message *message,
                     const struct edits *edits, struct span value, struct arena *arena);

#endif
