/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota: how many connections may be open to an upstream, over all loops (max_connections), and the
 * line of those who wait for one. A place that becomes free goes to whoever has waited longest, on
 * whatever loop; connections that nobody uses are given up for those who wait elsewhere. Any
 * thread; the lock is taken only where an upstream has a limit.
 *
 * A connection holds a place until the peer has closed it too (conn_close_then), so that the peer
 * never sees more of them than were allowed.
 */
#ifndef CULVERT_TUNNELS_UPSTREAM_QUOTA_H
#define CULVERT_TUNNELS_UPSTREAM_QUOTA_H

#include "engine/base/attrs.h"
#include "engine/loop/loop.h"

struct quota;

/* All quotas of the process. */
struct quotas;
struct quotas *quotas_new(void);
/* Quotas that are still in use keep what they need. */
void quotas_free(struct quotas **quotas);

/* The one of an address; a reference of the caller's own. */
struct quota *quota_get(struct quotas *quotas, const char *host, uint16_t port);
struct quota *quota_ref(struct quota *quota);
void quota_unref(struct quota **quota);

/* A loop's idle connections that hold places, embedded in their peer. */
struct quota_member {
    struct list link;
    struct quota *quota; /* NULL: has not joined */
    struct loop *loop;
    struct post post;
    bool posted;
    size_t idle;
    /* On the loop: somebody waits; close idle ones as long as quota_is_wanted(). */
    void (*give_up)(struct quota_member *member);
};
void quota_join(struct quota *quota, struct quota_member *member, struct loop *loop,
                void (*give_up)(struct quota_member *member));
void quota_leave(struct quota_member *member);
/* An idle connection of this member should be closed for somebody who waits. */
bool quota_is_wanted(struct quota_member *member);

/* Somebody who wants a place; embedded. */
struct quota_wait {
    struct list link;
    struct quota *quota; /* while waiting or granted; NULL: neither */
    struct quota_member *member;
    unsigned max;
    bool granted;
    struct post post;
    void (*on_granted)(
        struct quota_wait *wait); /* on the member's loop: the place is the caller's */
};
/* true: the place is taken. false: waits, `first` in line or behind all others, for on_granted().
 */
bool quota_take(struct quota_member *member, struct quota_wait *wait, unsigned max, bool first,
                void (*on_granted)(struct quota_wait *wait)) MUST_USE;
/* Waits no more; a place that was granted meanwhile goes to the next. Harmless when not waiting. */
void quota_cancel(struct quota_wait *wait);
bool quota_has_room(struct quota_member *member, unsigned max);

/* A connection with a place is of no use for the moment. */
enum quota_offer {
    QUOTA_KEEP, /* nobody waits: counted as idle */
    QUOTA_PASS, /* `*wait_out` is this member's and waits no more: it may have the connection; not
                   where `wait_out` is NULL */
    QUOTA_CLOSE /* the place is wanted elsewhere */
};
enum quota_offer quota_offer(struct quota_member *member, struct quota_wait **wait_out);
/* It is not idle any more. */
void quota_take_idle(struct quota_member *member);

/* The place will be free soon: its connection is being closed. */
void quota_closing(struct quota *quota);
/* It is free; `was_closing`: quota_closing() was said. */
void quota_release(struct quota *quota, bool was_closing);

#endif
