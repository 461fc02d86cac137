/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/client/replies.h"

#include "engine/base/mem.h"

#include <assert.h>
#include <stdlib.h>

struct reply_slot {
    struct list link;
    char *text; /* NULL: open */
    size_t len;
};

void replies_init(struct replies *replies, void (*write)(void *user, struct span bytes), void *user)
{
    list_init(&replies->slots);
    replies->count = 0;
    replies->write = write;
    replies->user = user;
}

static void drop(struct replies *replies, struct reply_slot *slot)
{
    list_remove(&slot->link);
    replies->count--;
    free(slot->text);
    free(slot);
}

void replies_fini(struct replies *replies)
{
    while (!list_is_empty(&replies->slots))
        drop(replies, LIST_FIRST(&replies->slots, struct reply_slot, link));
}

struct reply_slot *replies_open(struct replies *replies)
{
    struct reply_slot *slot = mem_alloc(sizeof *slot);
    list_init(&slot->link);
    list_append(&replies->slots, &slot->link);
    replies->count++;
    return slot;
}

/* What stands settled at the front leaves. */
static void let_go(struct replies *replies)
{
    while (!list_is_empty(&replies->slots)) {
        struct reply_slot *first = LIST_FIRST(&replies->slots, struct reply_slot, link);
        if (!first->text)
            return;
        replies->write(replies->user, span_of(first->text, first->len));
        drop(replies, first);
    }
}

void replies_settle(struct replies *replies, struct reply_slot *slot, struct span bytes)
{
    assert(!slot->text && "a command is answered once");
    if (replies->slots.next == &slot->link) {
        replies->write(replies->user, bytes);
        drop(replies, slot);
        let_go(replies);
        return;
    }
    slot->text = mem_copy(bytes.ptr, bytes.len);
    slot->len = bytes.len;
}

void replies_say(struct replies *replies, struct span bytes)
{
    if (replies_are_empty(replies))
        replies->write(replies->user, bytes);
    else
        replies_settle(replies, replies_open(replies), bytes);
}
