/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list: an intrusive, circular, doubly linked list. The head is a link of its own; a link that is
 * on no list points to itself, so removing twice is harmless. Not for sharing between threads.
 */
#ifndef CULVERT_BASE_LIST_H
#define CULVERT_BASE_LIST_H

#include "engine/base/attrs.h"

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *prev;
    struct list *next;
};

static inline void list_init(struct list *link)
{
    link->prev = link;
    link->next = link;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

static inline void list_insert_before(struct list *at, struct list *link)
{
    link->prev = at->prev;
    link->next = at;
    at->prev->next = link;
    at->prev = link;
}

static inline void list_append(struct list *head, struct list *link)
{
    list_insert_before(head, link);
}

static inline void list_prepend(struct list *head, struct list *link)
{
    list_insert_before(head->next, link);
}

static inline void list_remove(struct list *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

/* The structure around the first link; only where the list is not empty. */
#define LIST_FIRST(head, type, member) CONTAINER_OF((head)->next, type, member)

/* The body may remove `it`. */
#define list_for_each_safe(it, after, head)                                                        \
    for (struct list *it = (head)->next, *after = it->next; it != (head);                          \
         it = after, after = it->next)

#endif
