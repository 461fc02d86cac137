/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which keyword is nearest to a value, against a search through all places of all keywords, in
 * random texts. NEARBY_SEED is the seed (1).
 */
#include "rulesets/detection/nearby.h"

#include "engine/base/text_traits.h"
#include "engine/base/utf8.h"
#include "tests/support/all_entities.h"
#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define WORDS 6u
#define HITS 4096u
#define NEAR 40u
#define WIDEST 12u /* bytes of a value */

static const struct span words_all[WORDS] = {SPAN("ab"),        SPAN("b"),     SPAN("a b"),
                                             SPAN("b\xc3\xa4"), SPAN("b a b"), SPAN("never there")};

struct world {
    struct random_source random;
    struct arena *arena;
    struct buf text;
    const struct words *words;
    struct nearby *nearby;
    struct word_hit hits[HITS];
    size_t hit_count;
    uint32_t numbers[WORDS];
    struct nearby_words row;
};

static bool take_hit(const struct word_hit *hit, void *arg)
{
    struct world *world = arg;
    assert_true(world->hit_count < HITS);
    world->hits[world->hit_count++] = *hit;
    return true;
}

static size_t below(struct world *world, size_t count)
{
    return random_below(&world->random, (uint32_t)count);
}

static void open_world(struct world *world)
{
    static const char *const pieces[] = {"a", "b",  "ab",       "a b",
                                         " ", ". ", "\xc3\xa4", "\xe2\x82\xac"};
    size_t kinds = below(world, 2) ? ARRAY_LEN(pieces) : ARRAY_LEN(pieces) - 2;
    bool complete = true;
    world->arena = arena_new();
    world->text = (struct buf)BUF_INIT;
    for (size_t i = below(world, 300); i > 0; i--) {
        buf_add_str(&world->text, pieces[below(world, kinds)]);
        for (size_t far = below(world, 20) ? 0 : below(world, 60); far > 0; far--)
            buf_add_str(&world->text, kinds == ARRAY_LEN(pieces) ? "\xd0\xb6" : "x");
    }
    world->words = words_new(words_all, WORDS, true, world->arena);
    world->hit_count = 0;
    assert_int_equal(words_scan_whole(world->words, buf_span(&world->text), 0, take_hit, world),
                     WORDS_DONE);
    struct span text = buf_span(&world->text);
    world->nearby =
        nearby_new(world->words, text, text_traits(text), false, 0, world->arena, &complete);
    assert_true(complete);
}

/* A row with some of the words, in their order or not. */
static void choose_row(struct world *world)
{
    struct span *texts = ARENA_ARRAY(world->arena, WORDS, struct span);
    size_t count = 1 + below(world, WORDS);
    for (size_t i = 0; i < count; i++) {
        size_t word = below(world, WORDS);
        texts[i] = words_all[word];
        world->numbers[i] = words_number(world->words, word);
    }
    world->row = (struct nearby_words){texts, world->numbers, count};
}

static uint32_t nearest_of(const struct world *world, uint32_t word, size_t off, size_t end)
{
    struct span text = buf_span(&world->text);
    size_t best = UINT32_MAX;
    for (size_t i = 0; i < world->hit_count; i++) {
        const struct word_hit *hit = &world->hits[i];
        size_t away = UINT32_MAX;
        if (hit->word == word && hit->off + hit->len <= off)
            away = utf8_count(span_sub(text, hit->off + hit->len, off - hit->off - hit->len));
        if (hit->word == word && hit->off >= end)
            away = utf8_count(span_sub(text, end, hit->off - end));
        best = away < best ? away : best;
    }
    return best <= NEAR ? (uint32_t)best : UINT32_MAX;
}

static bool compare_at(struct world *world, size_t off, size_t len)
{
    struct evidence evidence = {.distance = 0};
    uint32_t best = UINT32_MAX;
    size_t which = 0;
    for (size_t i = 0; i < world->row.count; i++) {
        uint32_t away = nearest_of(world, world->row.numbers[i], off, off + len);
        if (away < best)
            which = i;
        best = away < best ? away : best;
    }
    bool found = nearby_find(world->nearby, &world->row, off, len, NEAR, &evidence);
    assert_int_equal(found, best != UINT32_MAX);
    if (found) {
        assert_int_equal(evidence.distance, best);
        assert_ptr_equal(evidence.keyword.ptr, world->row.texts[which].ptr);
    }
    return found;
}

/* Values of one row ascend; those of the next begin in front again. */
static size_t compare_row(struct world *world)
{
    struct span text = buf_span(&world->text);
    struct nearby_window window = {0};
    size_t found = 0;
    choose_row(world);
    for (size_t off = 0; off < text.len; off = utf8_floor(text, off + 1 + below(world, 30))) {
        size_t end = utf8_floor(text, off + 1 + below(world, WIDEST));
        off = utf8_floor(text, off);
        if (end <= off)
            continue;
        bool may = nearby_may(world->nearby, &world->row, off, WIDEST, NEAR, &window);
        bool is_near = compare_at(world, off, end - off);
        assert_true(may || !is_near);
        found += is_near;
        if (end == text.len)
            break;
    }
    return found;
}

/* Those that stand in the text, each once. */
static void compare_words(const struct world *world)
{
    size_t count = nearby_word_count(world->nearby), different = 0;
    bool seen[WORDS] = {false};
    for (size_t i = 0; i < world->hit_count; i++) {
        different += !seen[world->hits[i].word];
        seen[world->hits[i].word] = true;
    }
    assert_int_equal(count, different);
    for (size_t i = 0; i < count; i++) {
        assert_true(seen[nearby_word(world->nearby, i)]);
        seen[nearby_word(world->nearby, i)] = false;
    }
}

static void test_nearest(void **state)
{
    static struct world world;
    size_t found = 0;
    (void)state;
    world.random.state = test_setting("NEARBY_SEED", 1);
    for (int round = 0; round < 300; round++) {
        open_world(&world);
        for (int row = 0; row < 6; row++)
            found += compare_row(&world);
        compare_words(&world);
        buf_fini(&world.text);
        arena_free(&world.arena);
    }
    assert_true(found > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nearest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
