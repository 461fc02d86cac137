/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/same_finds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SHOWN 8000u /* bytes around a find that differs */

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
    size_t from = one->off > SHOWN / 2 ? one->off - SHOWN / 2 : 0;
    print_error("\"%.*s\"\n", SPAN_ARG(span_sub(text, from, SHOWN)));
    fail_msg("%zu and %zu finds; the first that differs: %s row %u at %u, \"%.*s\"", a->count,
             b->count, one->subject->name, one->term, one->off,
             SPAN_ARG(span_sub(text, one->off, one->len)));
}

size_t same_finds(const struct lookout *lookout, struct span text)
{
    struct look_limits limits = {.how = LOOK_BY_LIBRARY}, plainly = {.how = LOOK_PLAIN};
    struct look_limits ours = {.how = LOOK_WITHOUT_LIBRARY};
    struct arena *arena = arena_new();
    struct sightings found, own, plain;
    look(lookout, text, &limits, arena, &found);
    look(lookout, text, &ours, arena, &own);
    look(lookout, text, &plainly, arena, &plain);
    assert_int_equal(found.complete, own.complete);
    assert_true(found.complete || !plain.complete); /* the slow way may end earlier */
    if (found.complete)
        compare(&found, &own, text);
    if (plain.complete)
        compare(&found, &plain, text);
    size_t finds = plain.complete ? plain.count : 0;
    arena_free(&arena);
    return finds;
}
