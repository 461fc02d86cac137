/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replies: the answers owed to a client, in the order of its commands, whatever the order in which
 * they become known (RFC 2920 section 3.2). A slot is opened when the command is taken up and
 * settled when its answer is there; the answer leaves once all before it have left. Embedded in a
 * session; one thread.
 */
#ifndef CULVERT_TUNNELS_CLIENT_REPLIES_H
#define CULVERT_TUNNELS_CLIENT_REPLIES_H

#include "engine/base/list.h"
#include "engine/base/span.h"

struct reply_slot;

struct replies {
    struct list slots;
    size_t count; /* slots that are open or wait for one in front */
    void (*write)(void *user, struct span bytes);
    void *user;
};

void replies_init(struct replies *replies, void (*write)(void *user, struct span bytes),
                  void *user);
/* Forgets all slots. */
void replies_fini(struct replies *replies);

/* The slot lives until its answer has left or replies_fini(). */
struct reply_slot *replies_open(struct replies *replies);
/* `bytes`: the whole reply with its line ends; copied where it has to wait. */
void replies_settle(struct replies *replies, struct reply_slot *slot, struct span bytes);

/* Opens and settles in one. */
void replies_say(struct replies *replies, struct span bytes);

static inline bool replies_are_empty(const struct replies *replies)
{
    return replies->count == 0;
}

#endif
