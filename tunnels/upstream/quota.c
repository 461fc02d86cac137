/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/upstream/quota.h"

#include "engine/base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct quotas {
    pthread_mutex_t lock; /* of the list and of all references */
    struct list all;
    size_t count;
    bool closed; /* its owner is gone: the last quota frees */
};

struct quota {
    struct list link;
    struct quotas *quotas;
    size_t refs;
    char *host;
    uint16_t port;
    pthread_mutex_t lock; /* of what follows, and of all members and waits */
    size_t used;          /* places, those included that are being closed */
    size_t closing;
    struct list members;
    struct list waiting; /* the longest first */
    size_t waiting_count;
};

struct quotas *quotas_new(void)
{
    struct quotas *quotas = mem_alloc(sizeof *quotas);
    (void)pthread_mutex_init(&quotas->lock, NULL);
    list_init(&quotas->all);
    return quotas;
}

static void free_quotas(struct quotas *quotas)
{
    (void)pthread_mutex_destroy(&quotas->lock);
    free(quotas);
}

void quotas_free(struct quotas **slot)
{
    struct quotas *quotas = *slot;
    *slot = NULL;
    (void)pthread_mutex_lock(&quotas->lock);
    quotas->closed = true;
    bool is_last = quotas->count == 0;
    (void)pthread_mutex_unlock(&quotas->lock);
    if (is_last)
        free_quotas(quotas);
}

static struct quota *quota_new(struct quotas *quotas, const char *host, uint16_t port)
{
    struct quota *quota = mem_alloc(sizeof *quota);
    quota->quotas = quotas;
    quota->host = mem_copy(host, strlen(host));
    quota->port = port;
    (void)pthread_mutex_init(&quota->lock, NULL);
    list_init(&quota->members);
    list_init(&quota->waiting);
    list_append(&quotas->all, &quota->link);
    quotas->count++;
    return quota;
}

struct quota *quota_get(struct quotas *quotas, const char *host, uint16_t port)
{
    struct quota *found = NULL;
    (void)pthread_mutex_lock(&quotas->lock);
    list_for_each_safe (it, after, &quotas->all) {
        struct quota *quota = CONTAINER_OF(it, struct quota, link);
        if (quota->port == port && strcmp(quota->host, host) == 0)
            found = quota;
    }
    if (!found)
        found = quota_new(quotas, host, port);
    found->refs++;
    (void)pthread_mutex_unlock(&quotas->lock);
    return found;
}

struct quota *quota_ref(struct quota *quota)
{
    (void)pthread_mutex_lock(&quota->quotas->lock);
    quota->refs++;
    (void)pthread_mutex_unlock(&quota->quotas->lock);
    return quota;
}

void quota_unref(struct quota **slot)
{
    struct quota *quota = *slot;
    *slot = NULL;
    if (!quota)
        return;
    struct quotas *quotas = quota->quotas;
    (void)pthread_mutex_lock(&quotas->lock);
    bool is_last = --quota->refs == 0;
    if (is_last) {
        list_remove(&quota->link);
        quotas->count--;
    }
    bool ends = is_last && quotas->closed && quotas->count == 0;
    (void)pthread_mutex_unlock(&quotas->lock);
    if (is_last) {
        assert(quota->used == 0 && quota->waiting_count == 0);
        (void)pthread_mutex_destroy(&quota->lock);
        free(quota->host);
        free(quota);
    }
    if (ends)
        free_quotas(quotas);
}

static void lock(struct quota *quota)
{
    (void)pthread_mutex_lock(&quota->lock);
}

static void unlock(struct quota *quota)
{
    (void)pthread_mutex_unlock(&quota->lock);
}

static void on_member_post(struct post *post)
{
    struct quota_member *member = CONTAINER_OF(post, struct quota_member, post);
    lock(member->quota);
    member->posted = false;
    unlock(member->quota);
    member->give_up(member);
}

void quota_join(struct quota *quota, struct quota_member *member, struct loop *loop,
                void (*give_up)(struct quota_member *member))
{
    *member = (struct quota_member){.quota = quota_ref(quota), .loop = loop, .give_up = give_up};
    list_init(&member->link);
    loop_post_init(&member->post, on_member_post);
    lock(quota);
    list_append(&quota->members, &member->link);
    unlock(quota);
}

void quota_leave(struct quota_member *member)
{
    if (!member->quota)
        return;
    lock(member->quota);
    assert(member->idle == 0);
    list_remove(&member->link);
    unlock(member->quota);
    /* Nobody posts it any more. */
    loop_post_cancel(member->loop, &member->post);
    quota_unref(&member->quota);
}

/* More wait than places are about to become free. */
static bool is_short(const struct quota *quota)
{
    return quota->waiting_count > quota->closing;
}

bool quota_is_wanted(struct quota_member *member)
{
    lock(member->quota);
    bool wanted = is_short(member->quota) && member->idle > 0;
    unlock(member->quota);
    return wanted;
}

/* Tells those who have idle connections that they are wanted, as many as are needed. */
static void call_idle(struct quota *quota)
{
    size_t asked = quota->closing;
    list_for_each_safe (it, after, &quota->members) {
        struct quota_member *member = CONTAINER_OF(it, struct quota_member, link);
        if (asked >= quota->waiting_count)
            return;
        if (member->idle == 0)
            continue;
        asked += member->idle;
        if (!member->posted)
            loop_post(member->loop, &member->post);
        member->posted = true;
    }
}

static void drop_wait(struct quota *quota, struct quota_wait *wait)
{
    list_remove(&wait->link);
    quota->waiting_count--;
}

/* Free places go to those who wait, the longest first. */
static void grant(struct quota *quota)
{
    list_for_each_safe (it, after, &quota->waiting) {
        struct quota_wait *wait = CONTAINER_OF(it, struct quota_wait, link);
        if (quota->used >= wait->max)
            continue;
        drop_wait(quota, wait);
        quota->used++;
        wait->granted = true;
        loop_post(wait->member->loop, &wait->post);
    }
}

static void on_wait_post(struct post *post)
{
    struct quota_wait *wait = CONTAINER_OF(post, struct quota_wait, post);
    wait->quota = NULL;
    wait->on_granted(wait);
}

bool quota_take(struct quota_member *member, struct quota_wait *wait, unsigned max, bool first,
                void (*on_granted)(struct quota_wait *wait))
{
    struct quota *quota = member->quota;
    *wait = (struct quota_wait){.member = member, .max = max, .on_granted = on_granted};
    list_init(&wait->link);
    loop_post_init(&wait->post, on_wait_post);
    lock(quota);
    /* Nobody in line has room, so this one overtakes nobody. */
    bool taken = quota->used < max;
    if (taken) {
        quota->used++;
    } else {
        wait->quota = quota;
        quota->waiting_count++;
        if (first)
            list_prepend(&quota->waiting, &wait->link);
        else
            list_append(&quota->waiting, &wait->link);
        call_idle(quota);
    }
    unlock(quota);
    return taken;
}

void quota_cancel(struct quota_wait *wait)
{
    struct quota *quota = wait->quota;
    if (!quota)
        return;
    lock(quota);
    if (wait->granted) {
        loop_post_cancel(wait->member->loop, &wait->post);
        quota->used--;
        grant(quota);
    } else {
        drop_wait(quota, wait);
    }
    unlock(quota);
    wait->quota = NULL;
}

bool quota_has_room(struct quota_member *member, unsigned max)
{
    lock(member->quota);
    bool room = member->quota->used < max;
    unlock(member->quota);
    return room;
}

/* The first in line for whom no place is about to become free, or NULL. */
static struct quota_wait *next_unserved(struct quota *quota)
{
    struct list *it = quota->waiting.next;
    for (size_t served = 0; served < quota->closing && it != &quota->waiting; served++)
        it = it->next;
    return it == &quota->waiting ? NULL : CONTAINER_OF(it, struct quota_wait, link);
}

enum quota_offer quota_offer(struct quota_member *member, struct quota_wait **wait_out)
{
    struct quota *quota = member->quota;
    enum quota_offer offer = QUOTA_KEEP;
    lock(quota);
    struct quota_wait *next = next_unserved(quota);
    if (!next) {
        member->idle++;
    } else if (wait_out && next->member == member) {
        drop_wait(quota, next);
        next->quota = NULL;
        *wait_out = next;
        offer = QUOTA_PASS;
    } else {
        offer = QUOTA_CLOSE;
    }
    unlock(quota);
    return offer;
}

void quota_take_idle(struct quota_member *member)
{
    lock(member->quota);
    assert(member->idle > 0);
    member->idle--;
    unlock(member->quota);
}

void quota_closing(struct quota *quota)
{
    lock(quota);
    quota->closing++;
    unlock(quota);
}

void quota_release(struct quota *quota, bool was_closing)
{
    lock(quota);
    assert(quota->used > 0 && quota->closing >= was_closing);
    quota->used--;
    quota->closing -= was_closing;
    grant(quota);
    /* An idle one that was spared because this place was to become free may be wanted yet. */
    if (is_short(quota))
        call_idle(quota);
    unlock(quota);
}
