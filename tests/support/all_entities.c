/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/all_entities.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define FOLDER TEST_ROOT "/../config/entities"

static int is_json(const struct dirent *entry)
{
    return span_ends_nocase(span_str(entry->d_name), SPAN(".json"));
}

static void keep_sample(struct all_entities *all, struct span text)
{
    all->samples = arena_grow(all->arena, all->samples, all->sample_count, &all->sample_cap,
                              sizeof *all->samples);
    all->samples[all->sample_count++] = text;
}

/* Samples are strings, pieces of them in a list, or objects with one of these as "text". */
static void keep_samples(struct all_entities *all, const struct node *node, unsigned depth)
{
    struct span text;
    if (node_string(node, &text))
        keep_sample(all, text);
    for (size_t i = 0; depth < 4 && node_is_array(node) && i < node_count(node); i++) {
        struct node item = node_at(&all->reader, node, i);
        struct node inside = node_get(&all->reader, &item, "text");
        keep_samples(all, node_is_present(&inside) ? &inside : &item, depth + 1);
    }
}

static void keep_all_samples(struct all_entities *all)
{
    for (size_t i = 0; i < all->entities.count; i++) {
        const struct node *samples = &all->entities.items[i].samples;
        struct node match = node_get(&all->reader, samples, "match");
        struct node others = node_get(&all->reader, samples, "no_match");
        keep_samples(all, &match, 0);
        keep_samples(all, &others, 0);
    }
}

static void make_lookout(struct all_entities *all)
{
    size_t count = all->entities.count;
    all->subjects = ARENA_ARRAY(all->arena, count, const struct subject *);
    for (size_t i = 0; i < count; i++) {
        struct subject *subject = ARENA_NEW(all->arena, struct subject);
        *subject = (struct subject){.kind = SUBJECT_ENTITY,
                                    .name = all->entities.items[i].name,
                                    .index = i,
                                    .entity = &all->entities.items[i]};
        all->subjects[i] = subject;
    }
    all->lookout = lookout_new(all->subjects, count, all->arena);
}

void all_entities_load(struct all_entities *all)
{
    struct dirent **names;
    *all = (struct all_entities){.arena = arena_new()};
    pattern_library_init();
    reader_init(&all->reader, all->arena);
    int count = scandir(FOLDER, &names, is_json, alphasort);
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        const char *path = arena_printf(all->arena, "%s/%s", FOLDER, names[i]->d_name);
        assert_true(entities_read_file(&all->reader, path, &all->entities));
        free(names[i]);
    }
    free(names);
    keep_all_samples(all);
    make_lookout(all);
}

void all_entities_free(struct all_entities *all)
{
    reader_fini(&all->reader);
    arena_free(&all->arena);
}

size_t test_setting(const char *name, size_t standard)
{
    uint64_t value;
    const char *text = getenv(name);
    return text && span_to_u64(span_str(text), &value) ? (size_t)value : standard;
}
