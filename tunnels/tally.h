/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tally: keeps what happens to many clients at a time from flooding the log: the first one is
 * logged by its owner, the others are counted and reported in one line for TALLY_MS. Embedded; one
 * loop's thread.
 */
#ifndef CULVERT_TUNNELS_TALLY_H
#define CULVERT_TUNNELS_TALLY_H

#include "engine/loop/loop.h"

#define TALLY_MS 10000u

struct tunnel;

struct tally {
    struct timer timer;
    const char *event;                  /* of the log */
    const struct tunnel *const *tunnel; /* that it happens to, which may be replaced; or NULL */
    const char *why;                    /* or NULL */
    uint64_t more;
    unsigned allowed, shown; /* behind the first */
};

void tally_init(struct tally *tally, struct loop *loop, const char *event);
/* Says in the line what it is about. */
void tally_name(struct tally *tally, const struct tunnel *const *tunnel, const char *why);
/* So many lines more are logged in TALLY_MS, where each has news of its own. */
void tally_allow(struct tally *tally, unsigned lines);
/* Reports what is left to report. */
void tally_fini(struct tally *tally);

/* It has happened. True: for the first time in a while, or it is allowed: log it. */
bool tally_is_first(struct tally *tally);

#endif
