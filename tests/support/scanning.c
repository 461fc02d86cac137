/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/scanning.h"

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

static enum scanning compare_at(const struct openings *openings, const struct pattern *pattern,
                                struct span text, bool by_library)
{
    static const bool awake[] = {true};
    struct arena *arena = arena_new();
    struct places places = {ARENA_ARRAY(arena, text.len + 1, bool), text, 0, true};
    struct openings_look look = {text, openings_wake(openings, awake, arena), by_library, note,
                                 &places};
    struct pattern_matcher *matcher = pattern_matcher_new();
    for (size_t from = 0, part; from < text.len; from += part) {
        part = text.len - from < OPENINGS_PART ? text.len - from : OPENINGS_PART;
        openings_scan(openings, &look, from, from + part);
    }
    enum scanning result = compare(pattern, matcher, &places);
    pattern_matcher_free(&matcher);
    arena_free(&arena);
    return result;
}

enum scanning scanning_compare(const struct pattern *pattern, struct span text)
{
    struct buf form = BUF_INIT;
    struct arena *arena = arena_new();
    enum dialect_text texts;
    enum scanning result = SCANNING_NOT_HELD;
    if (dialect_write(pattern_source(pattern), &form, &texts)) {
        struct opening opening = {.expression = buf_span(&form), .sharp = texts == DIALECT_PLAIN};
        const struct openings *openings = openings_new(&opening, 1, arena);
        texts = texts == DIALECT_PLAIN ? DIALECT_SHARP : texts;
        if (opening.held && dialect_text_of(text) <= texts) {
            result = compare_at(openings, pattern, text, true);
            if (result == SCANNING_EQUAL)
                result = compare_at(openings, pattern, text, false);
        }
    }
    arena_free(&arena);
    buf_fini(&form);
    return result;
}
