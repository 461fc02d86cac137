/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is found does not depend on how it is looked for: all predefined entities in texts made of
 * their own samples, whole and damaged, in mail, and at random, by the openings and by Oniguruma
 * alone. LOOK_PLAIN_ROUNDS is how many texts (40), LOOK_PLAIN_SEED where they begin (1).
 */
#include "engine/base/utf8.h"
#include "tests/support/all_entities.h"
#include "tests/support/same_finds.h"

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

static void test_same_finds(void **state)
{
    struct world *world = *state;
    size_t finds = 0;
    for (size_t i = test_setting("LOOK_PLAIN_ROUNDS", 40); i > 0; i--) {
        struct buf text = BUF_INIT;
        make_text(world, &text);
        finds += same_finds(world->all.lookout, buf_span(&text));
        buf_fini(&text);
    }
    print_message("%zu finds\n", finds);
    assert_true(finds > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_finds)};
    return cmocka_run_group_tests(tests, load, unload);
}
