/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake/fake.h"

#include "engine/base/mem.h"
#include "tunnels/wire/names.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* In place of tunnels/wire/names.c. A name that no test has given addresses stands for itself, so
 * that fake_serve("mta.example", 25, ...) is all that most tests need. */
struct fake_name {
    struct list link;
    char host[256];
    bool silent;
    struct addresses addresses; /* none: not found */
};

static struct list fake_names = {&fake_names, &fake_names};
static struct list waiting = {&waiting, &waiting}; /* of struct name_query */
static struct addresses answers;                   /* by way of which posts tell */

struct names {
    unsigned refs;
};

struct names *names_new(const struct names_source *source)
{
    struct names *names = mem_alloc(sizeof *names);
    (void)source;
    names->refs = 1;
    return names;
}

struct names *names_ref(struct names *names)
{
    names->refs++;
    return names;
}

void names_unref(struct names **slot)
{
    struct names *names = *slot;
    *slot = NULL;
    if (names && --names->refs == 0)
        free(names);
}

static struct fake_name *name_of(const char *host)
{
    list_for_each_safe (link, after, &fake_names) {
        struct fake_name *name = CONTAINER_OF(link, struct fake_name, link);
        if (strcmp(name->host, host) == 0)
            return name;
    }
    return NULL;
}

static void post_all(void)
{
    while (!list_is_empty(&waiting)) {
        struct name_query *query = LIST_FIRST(&waiting, struct name_query, link);
        list_remove(&query->link);
        loop_post(query->loop, &query->post);
    }
}

void fake_name(const char *host, const char *addresses)
{
    struct fake_name *name = name_of(host);
    if (!name) {
        name = mem_alloc(sizeof *name);
        (void)snprintf(name->host, sizeof name->host, "%s", host);
        list_append(&fake_names, &name->link);
    }
    name->silent = !addresses;
    name->addresses.count = 0;
    struct span rest = span_str(addresses ? addresses : "");
    struct span one;
    while (rest.len > 0 && span_next(&rest, ' ', &one)) {
        assert(name->addresses.count < ADDRESSES_MAX && one.len < ADDRESS_TEXT);
        (void)snprintf(name->addresses.text[name->addresses.count++], ADDRESS_TEXT, "%.*s",
                       SPAN_ARG(one));
    }
    if (!name->silent) {
        answers = name->addresses;
        post_all();
    }
}

void fake_names_fini(void)
{
    list_for_each_safe (link, after, &fake_names) {
        list_remove(link);
        free(CONTAINER_OF(link, struct fake_name, link));
    }
    answers.count = 0;
}

static void on_post(struct post *post)
{
    struct name_query *query = CONTAINER_OF(post, struct name_query, post);
    bool found = answers.count > 0;
    query->done(query, found ? &answers : NULL, found ? NULL : "name not found: Unknown");
}

void name_query_init(struct name_query *query, struct loop *loop,
                     void (*done)(struct name_query *query, const struct addresses *found,
                                  const char *reason))
{
    *query = (struct name_query){.loop = loop, .done = done};
    list_init(&query->link);
    loop_post_init(&query->post, on_post);
}

bool names_ask(struct names *names, const char *host, struct name_query *query,
               struct addresses *out)
{
    const struct fake_name *name = name_of(host);
    (void)names;
    if (name && name->silent) {
        list_append(&waiting, &query->link);
        return false;
    }
    if (name && name->addresses.count == 0) {
        loop_post(query->loop, &query->post);
        return false;
    }
    out->count = 1;
    (void)snprintf(out->text[0], ADDRESS_TEXT, "%s", host);
    if (name)
        *out = name->addresses;
    return true;
}

void names_cancel(struct name_query *query)
{
    list_remove(&query->link);
    if (query->loop)
        loop_post_cancel(query->loop, &query->post);
}
