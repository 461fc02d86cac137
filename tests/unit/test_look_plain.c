/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is found does not depend on how it is looked for: all predefined entities in texts made of
 * their own samples, whole and damaged, in mail, and at random, by the openings and by Oniguruma
 * alone. LOOK_PLAIN_ROUNDS is how many texts (40), LOOK_PLAIN_SEED where they begin (1).
 */
#include "engine/base/utf8.h"
#include "tests/support/all_entities.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct world {
    struct all_entities all;
    uint64_t seed;
};

static size_t pick(struct world *world, size_t count)
{
    world->seed = world->seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(world->seed >> 33) % count;
}

static int load(void **state)
{
    static struct world world;
    all_entities_load(&world.all);
    world.seed = test_setting("LOOK_PLAIN_SEED", 1);
    *state = &world;
    return 0;
}

static int unload(void **state)
{
    struct world *world = *state;
    all_entities_free(&world->all);
    return 0;
}

/* --- texts --- */

static void add_sample(struct world *world, struct buf *text)
{
    static const char *const joints[] = {" ",  "\r\n", "0", "x",  "_",        ", ",       "-",
                                         ": ", "",     "=", "\"", "\xc3\xa9", "\xc3\x9f", "\t"};
    struct span sample = world->all.samples[pick(world, world->all.sample_count)];
    size_t from = 0, end = sample.len;
    if (pick(world, 3) == 0)
        from = utf8_floor(sample, pick(world, sample.len + 1));
    if (pick(world, 3) == 0)
        end = utf8_floor(sample, from + pick(world, sample.len - from + 1));
    buf_add(text, span_sub(sample, from, end - from));
    buf_add_str(text, joints[pick(world, sizeof joints / sizeof joints[0])]);
}

static void add_any(struct world *world, struct buf *text)
{
    static const char letters[] = "0123456789012345678901234567890123456789 ..--//::,() ABCDEFGab";
    static const char *const odd[] = {
        "\xc3\xa4",     "\xc3\x9f", "\xe1\xba\x9e", "\xc5\xbf", "\xe2\x84\xaa",     "\xef\xac\x80",
        "\xe4\xba\xac", "\xd9\xa3", "\xe2\x80\x93", "\xc2\xa0", "\xf0\x9f\x98\x80", "\xe2\x80\x8b"};
    if (pick(world, 40) == 0)
        buf_add_str(text, odd[pick(world, sizeof odd / sizeof odd[0])]);
    else if (pick(world, 30) == 0)
        buf_add_byte(text, (char)pick(world, 128));
    else
        buf_add_byte(text, letters[pick(world, sizeof letters - 1)]);
}

static void make_text(struct world *world, struct buf *text)
{
    size_t size = 500 + pick(world, 3000), kind = pick(world, 4);
    while (text->len < size) {
        if (kind == 0)
            add_any(world, text);
        else
            add_sample(world, text);
        for (size_t i = pick(world, 4) * kind * 4; kind == 2 && i > 0; i--)
            add_any(world, text);
    }
}

/* --- comparing --- */

static void compare(const struct sightings *a, const struct sightings *b, struct span text)
{
    size_t least = a->count < b->count ? a->count : b->count, i = 0;
    while (i < least && a->items[i].subject == b->items[i].subject &&
           a->items[i].off == b->items[i].off && a->items[i].len == b->items[i].len &&
           a->items[i].term == b->items[i].term &&
           a->items[i].confidence == b->items[i].confidence &&
           a->items[i].identity == b->items[i].identity &&
           a->items[i].evidence.validator == b->items[i].evidence.validator &&
           a->items[i].evidence.keyword.ptr == b->items[i].evidence.keyword.ptr &&
           a->items[i].evidence.distance == b->items[i].evidence.distance)
        i++;
    if (i == a->count && i == b->count)
        return;
    const struct sighting *one = i < a->count ? &a->items[i] : &b->items[i];
    print_error("\"%.*s\"\n", SPAN_ARG(text));
    fail_msg("%zu and %zu finds; the first that differs: %s row %u at %u, \"%.*s\"", a->count,
             b->count, one->subject->name, one->term, one->off,
             SPAN_ARG(span_sub(text, one->off, one->len)));
}

static void test_same_finds(void **state)
{
    struct world *world = *state;
    size_t finds = 0;
    for (size_t i = test_setting("LOOK_PLAIN_ROUNDS", 40); i > 0; i--) {
        struct look_limits limits = {.plain = false}, plainly = {.plain = true};
        struct arena *arena = arena_new();
        struct sightings found, plain;
        struct buf text = BUF_INIT;
        make_text(world, &text);
        look(world->all.lookout, buf_span(&text), &limits, arena, &found);
        look(world->all.lookout, buf_span(&text), &plainly, arena, &plain);
        if (found.complete && plain.complete)
            compare(&found, &plain, buf_span(&text));
        finds += found.count;
        buf_fini(&text);
        arena_free(&arena);
    }
    print_message("%zu finds\n", finds);
    assert_true(finds > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_finds)};
    return cmocka_run_group_tests(tests, load, unload);
}
