/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: the addresses of host names. The system's resolver blocks, so it is asked by threads of
 * its own, one name each at a time: who asks for a name that is being looked up waits for the same
 * answer, and a name whose resolver hangs holds up no other. Answers are remembered for a short
 * time; the system does not tell how long they are good. One for all loops; any thread.
 */
#ifndef CULVERT_WIRE_NAMES_H
#define CULVERT_WIRE_NAMES_H

#include "engine/base/attrs.h"
#include "engine/loop/loop.h"

struct names;

#define ADDRESSES_MAX 16u
#define ADDRESS_TEXT 64u /* of one, with its final zero */

/* Numeric, in the order in which they are to be tried. */
struct addresses {
    size_t count;
    char text[ADDRESSES_MAX][ADDRESS_TEXT];
};

/* An answer is given out for so long without asking again, ... */
#define NAMES_FRESH_MS 30000u
/* ... and for so long while it is asked for again in the background. */
#define NAMES_STALE_MS 300000u
/* After this it serves no more, even where the resolver cannot be reached. */
#define NAMES_LAST_MS 3600000u
/* A name that was not found is not asked for again before. */
#define NAMES_FAILED_MS 2000u
/* Look-ups at once; more names wait. */
#define NAMES_THREADS 16u

/* Asks the system, or a test does: 0, or an error of getaddrinfo(). May take long. */
typedef int names_lookup(const char *host, struct addresses *out, void *arg);
struct names_source {
    names_lookup *lookup;
    uint64_t (*now_ms)(void *arg);
    void *arg;
};

/* NULL: the system's resolver and clock. */
struct names *names_new(const struct names_source *source);
struct names *names_ref(struct names *names);
/* Look-ups that still run end by themselves. */
void names_unref(struct names **names);

/* Embedded in who asks. */
struct name_query {
    struct post post;
    struct list link;
    struct names *names; /* that owe it an answer; NULL: none */
    struct loop *loop;
    /* On the loop. `found` is NULL where there is no address, for the reason in words. Both are
     * valid during the call only. */
    void (*done)(struct name_query *query, const struct addresses *found, const char *reason);
    struct addresses *found;
    int error;
    unsigned state;
};

void name_query_init(struct name_query *query, struct loop *loop,
                     void (*done)(struct name_query *query, const struct addresses *found,
                                  const char *reason));

/* true: the addresses are in `out`, no done() comes. An address stands for itself. */
bool names_ask(struct names *names, const char *host, struct name_query *query,
               struct addresses *out) MUST_USE;
/* Nobody wants the answer any more; harmless where none is awaited. */
void names_cancel(struct name_query *query);

#endif
