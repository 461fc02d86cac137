/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_expression: an expression over "a", "b" and "two words", a NUL, and finds: three bytes each
 * say what, how far from the one before, how long. Whatever holds has finds that say why, each of
 * something that is named; without finds nothing holds; another text before it changes nothing.
 */
#include "engine/base/utf8.h"
#include "rulesets/detection/expression.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FINDS_MOST 200u

static const struct subject subjects[] = {
    {.kind = SUBJECT_ENTITY, .name = "a", .index = 0},
    {.kind = SUBJECT_DICTIONARY, .name = "b", .index = 1},
    {.kind = SUBJECT_ENTITY, .name = "two words", .index = 2}};

static void check(bool good)
{
    if (!good)
        abort();
}

static const struct subject *find(struct span name, void *arg, struct error *err)
{
    (void)arg;
    for (size_t i = 0; i < ARRAY_LEN(subjects); i++) {
        if (span_is(name, subjects[i].name))
            return &subjects[i];
    }
    (void)error_set(err, "there is no \"%.*s\"", SPAN_ARG(name));
    return NULL;
}

static bool is_named(const struct expression *expression, const struct subject *subject)
{
    size_t count;
    const struct subject *const *named = expression_subjects(expression, &count);
    for (size_t i = 0; i < count; i++) {
        if (named[i] == subject)
            return true;
    }
    return false;
}

static size_t read_finds(struct span bytes, struct sighting *sightings, struct seen *seen,
                         struct span text)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; i + 2 < bytes.len && count < FINDS_MOST; i += 3) {
        at += (unsigned char)bytes.ptr[i + 1];
        sightings[count] =
            (struct sighting){.subject = &subjects[(unsigned char)bytes.ptr[i] % 3],
                              .off = (uint32_t)at,
                              .len = (uint32_t)((unsigned char)bytes.ptr[i + 2] % 40) + 1};
        seen[count] = (struct seen){.sighting = &sightings[count],
                                    .text = text,
                                    .view = 1 + ((unsigned char)bytes.ptr[i] >> 6) / 3};
        count++;
    }
    return count;
}

/* What another text has is of no importance for what is near in this one. */
static void check_behind_another(const struct expression *expression, const struct seen *seen,
                                 size_t count, const bool *chosen, struct arena *arena)
{
    struct seen *more = ARENA_ARRAY(arena, count + 1, struct seen);
    bool *again = ARENA_ARRAY(arena, count + 1, bool);
    struct subject stranger = {.kind = SUBJECT_ENTITY, .name = "c", .index = 3};
    struct sighting other = {.subject = &stranger, .len = 1};
    more[0] = (struct seen){.sighting = &other, .text = seen->text, .view = 0};
    memcpy(more + 1, seen, count * sizeof *seen);
    (void)expression_holds(expression, more, count + 1, arena, again);
    check(!again[0] && memcmp(again + 1, chosen, count * sizeof *chosen) == 0);
}

static void evaluate(const struct expression *expression, struct span bytes, struct arena *arena)
{
    static struct sighting sightings[FINDS_MOST];
    static struct seen seen[FINDS_MOST];
    static char text[FINDS_MOST * 256];
    memset(text, 'x', sizeof text);
    size_t count = read_finds(bytes, sightings, seen, span_of(text, sizeof text));
    bool chosen[FINDS_MOST + 1] = {false}, any = false;
    bool nothing = expression_holds(expression, seen, 0, arena, chosen);
    check(!nothing);
    size_t last = 0; /* texts come one after the other */
    for (size_t i = 0; i < count; i++) {
        seen[i].view = seen[i].view < last ? last : seen[i].view;
        last = seen[i].view;
    }
    bool holds = expression_holds(expression, seen, count, arena, chosen);
    for (size_t i = 0; i < count; i++) {
        any |= chosen[i];
        check(!chosen[i] || is_named(expression, seen[i].sighting->subject));
    }
    check(holds == any);
    if (count > 0)
        check_behind_another(expression, seen, count, chosen, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_of((const char *)data, size);
    struct error err = ERROR_INIT;
    size_t end = span_find_byte(input, '\0'), column = 0;
    end = end == SPAN_NONE ? size : end;
    struct span source = span_sub(input, 0, end);
    if (!utf8_is_valid(source))
        return 0;
    struct arena *arena = arena_new();
    struct expression *expression = expression_new(source, find, NULL, arena, &column, &err);
    if (expression)
        evaluate(expression, end < size ? span_from(input, end + 1) : SPAN(""), arena);
    else
        check(error_is_set(&err) && column >= 1 && column <= utf8_count(source) + 1);
    arena_free(&arena);
    return 0;
}
