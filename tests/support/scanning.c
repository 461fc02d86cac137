/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/scanning.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/scanner/openings.h"

#include <stdlib.h>

struct places {
    bool *open; /* by offset */
    struct span text;
    size_t last;
    bool ascend;
};

static void note(uint32_t row, size_t start, void *arg)
{
    struct places *places = arg;
    places->ascend = places->ascend && row == 0 && start >= places->last;
    places->last = start;
    places->open[start] = true;
}

static bool same(const struct pattern_match *a, const struct pattern_match *b)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->group[i].off != b->group[i].off || a->group[i].len != b->group[i].len)
            return false;
    }
    return a->count == b->count;
}

/* The first match at an open place at or behind `from`. */
static enum pattern_result search(const struct pattern *pattern, struct pattern_matcher *matcher,
                                  const struct places *places, size_t from,
                                  struct pattern_match *match)
{
    for (; from < places->text.len; from++) {
        bool inner = ((unsigned char)places->text.ptr[from] & 0xc0) == 0x80;
        if (!places->open[from] || inner)
            continue;
        enum pattern_result result = pattern_match_at(pattern, matcher, places->text, from, match);
        if (result != PATTERN_NOT_FOUND)
            return result;
    }
    return PATTERN_NOT_FOUND;
}

static enum scanning compare(const struct pattern *pattern, struct pattern_matcher *matcher,
                             const struct places *places)
{
    struct span text = places->text;
    for (size_t from = 0; from <= text.len;) {
        struct pattern_match plain, narrow;
        enum pattern_result whole = pattern_search_plain(pattern, text, from, 0, &plain);
        enum pattern_result part = search(pattern, matcher, places, from, &narrow);
        if (whole == PATTERN_OVER_LIMIT || part == PATTERN_OVER_LIMIT)
            return SCANNING_NOT_HELD;
        if (whole != part || (whole == PATTERN_FOUND && !same(&plain, &narrow)))
            return SCANNING_DIFFERS;
        if (whole == PATTERN_NOT_FOUND)
            break;
        from = plain.group[0].off + 1;
        while (from < text.len && ((unsigned char)text.ptr[from] & 0xc0) == 0x80)
            from++;
    }
    return places->ascend ? SCANNING_EQUAL : SCANNING_DIFFERS;
}

/* The places that the openings tell of. In the arena. */
static struct places places_of(const struct openings *openings, struct span text,
                               enum literals_by by, struct arena *arena)
{
    static const bool awake[] = {true};
    struct places places = {ARENA_ARRAY(arena, text.len + 1, bool), text, 0, true};
    struct openings_look look = {text, openings_wake(openings, awake, arena), by, note, &places};
    for (size_t from = 0, part; from < text.len; from += part) {
        part = text.len - from < OPENINGS_PART ? text.len - from : OPENINGS_PART;
        openings_scan(openings, &look, from, from + part);
    }
    return places;
}

static enum scanning compare_at(const struct openings *openings, const struct pattern *pattern,
                                struct span text, enum literals_by by)
{
    struct arena *arena = arena_new();
    struct places places = places_of(openings, text, by, arena);
    struct pattern_matcher *matcher = pattern_matcher_new();
    enum scanning result = compare(pattern, matcher, &places);
    pattern_matcher_free(&matcher);
    arena_free(&arena);
    return result;
}

/* NULL: the row is not held, or not good for such a text. */
static const struct openings *openings_of(const struct pattern *pattern, struct span text,
                                          struct opening *opening, struct arena *arena)
{
    struct buf form = BUF_INIT;
    enum dialect_text texts;
    const struct openings *openings = NULL;
    if (dialect_write(pattern_source(pattern), &form, &texts)) {
        opening->expression = arena_copy(arena, buf_span(&form));
        opening->sharp = texts == DIALECT_PLAIN;
        openings = openings_new(opening, 1, arena);
        texts = texts == DIALECT_PLAIN ? DIALECT_SHARP : texts;
        if (!opening->held || dialect_text_of(text) > texts)
            openings = NULL;
    }
    buf_fini(&form);
    return openings;
}

enum scanning scanning_compare(const struct pattern *pattern, struct span text)
{
    struct arena *arena = arena_new();
    struct opening opening = {.held = false};
    enum scanning result = SCANNING_NOT_HELD;
    const struct openings *openings = openings_of(pattern, text, &opening, arena);
    if (openings)
        result = compare_at(openings, pattern, text, LITERALS_BY_LIBRARY);
    if (result == SCANNING_EQUAL)
        result = compare_at(openings, pattern, text, LITERALS_BY_OWN);
    arena_free(&arena);
    return result;
}

static bool match_counts(const struct opening *row, struct span text,
                         const struct pattern_match *match)
{
    size_t off = match->group[0].off, end = off + match->group[0].len;
    bool longer = off > 0 && ascii_is_token(text.ptr[off - 1]);
    bool goes_on = end < text.len && ascii_is_token(text.ptr[end]);
    return !(row->starts_apart && longer) && !(row->ends_apart && goes_on);
}

static enum scanning compare_row(const struct openings *openings, const struct opening *row,
                                 const struct pattern *pattern, struct span text, size_t from,
                                 enum literals_by by)
{
    struct arena *arena = arena_new();
    struct places places = places_of(openings, text, by, arena);
    struct pattern_matcher *matcher = pattern_matcher_new();
    enum scanning result = places.ascend ? SCANNING_EQUAL : SCANNING_DIFFERS;
    for (size_t at = from; at < text.len && result == SCANNING_EQUAL; at++) {
        struct pattern_match match;
        if (((unsigned char)text.ptr[at] & 0xc0) == 0x80 ||
            pattern_match_at(pattern, matcher, text, at, &match) != PATTERN_FOUND ||
            !match_counts(row, text, &match))
            continue;
        if (!places.open[at] || match.group[0].len > row->width)
            result = SCANNING_DIFFERS;
    }
    pattern_matcher_free(&matcher);
    arena_free(&arena);
    return result;
}

enum scanning scanning_row_compare(const struct pattern *pattern, const struct scanning_row *row,
                                   struct span text, size_t from)
{
    struct arena *arena = arena_new();
    struct opening opening = {.starts_apart = row->starts_apart,
                              .ends_apart = row->ends_apart,
                              .may_sleep = row->may_sleep};
    enum scanning result = SCANNING_NOT_HELD;
    const struct openings *openings = openings_of(pattern, text, &opening, arena);
    if (openings)
        result = compare_row(openings, &opening, pattern, text, from, LITERALS_BY_LIBRARY);
    if (result == SCANNING_EQUAL)
        result = compare_row(openings, &opening, pattern, text, from, LITERALS_BY_OWN);
    arena_free(&arena);
    return result;
}
