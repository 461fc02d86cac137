/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/lookout.h"

#include "engine/base/clock.h"
#include "engine/base/mem.h"

#include <stdlib.h>
#include <sys/random.h>

struct gather {
    struct arena *arena;
    struct span *texts;
    size_t count, cap;
};

static void gather(struct gather *all, const struct string_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        all->texts = arena_grow(all->arena, all->texts, all->count, &all->cap, sizeof *all->texts);
        all->texts[all->count++] = list->items[i];
    }
}

/* In the order in which they were gathered. */
static struct nearby_words numbered(const struct words *words, const struct string_list *list,
                                    size_t *at, struct arena *arena)
{
    uint32_t *numbers = ARENA_ARRAY(arena, list->count, uint32_t);
    for (size_t i = 0; i < list->count; i++)
        numbers[i] = words_number(words, (*at)++);
    return (struct nearby_words){list->items, numbers, list->count};
}

/* Whether group 1 of a pattern is the beginning of every match. */
static bool begins_with_group(struct span source)
{
    size_t depth = 0, end = 0;
    if (!span_starts(source, SPAN("(")) || span_starts(source, SPAN("(?")))
        return false;
    for (size_t i = 0; i < source.len; i++) {
        char c = source.ptr[i];
        if (c == '[') {
            for (i++; i < source.len && source.ptr[i] != ']'; i++)
                i += source.ptr[i] == '\\';
        } else if (c == '\\') {
            i++;
        } else if (c == '|' && depth == 0) {
            return false;
        }
        depth += c == '(';
        depth -= c == ')' && depth > 0;
        if (c == ')' && depth == 0 && end == 0)
            end = i + 1;
    }
    return end == source.len || (end > 0 && !strchr("?*+{", source.ptr[end]));
}

/* Whether a match is the value: then where a token goes on in front of it, it counts for nothing.
 */
static void add_rows(struct lookout *lookout, size_t at)
{
    const struct subject *subject = lookout->subjects[at].subject;
    if (subject->kind != SUBJECT_ENTITY)
        return;
    for (size_t i = 0; i < subject->entity->row_count; i++) {
        struct lookout_row *row = &lookout->rows[lookout->row_count];
        row->row = &subject->entity->rows[i];
        row->subject = subject;
        row->subject_at = at;
        row->number = (uint32_t)lookout->row_count++;
        bool begins =
            row->row->group == 0 ||
            (row->row->group == 1 && begins_with_group(pattern_source(row->row->pattern)));
        row->apart = begins && row->row->boundary != BOUNDARY_NONE;
    }
}

static void number_keywords(struct lookout *lookout, struct arena *arena)
{
    struct gather all = {.arena = arena};
    size_t at = 0;
    for (size_t i = 0; i < lookout->row_count; i++) {
        gather(&all, &lookout->rows[i].row->keywords);
        gather(&all, &lookout->rows[i].row->exclusion_keywords);
    }
    lookout->keywords = words_new(all.texts, all.count, true, arena);
    for (size_t i = 0; i < lookout->row_count; i++) {
        struct lookout_row *row = &lookout->rows[i];
        row->keywords = numbered(lookout->keywords, &row->row->keywords, &at, arena);
        row->exclusions = numbered(lookout->keywords, &row->row->exclusion_keywords, &at, arena);
    }
}

static bool wakes(const struct lookout_row *row, size_t keyword)
{
    return row->row->keyword_required && row->keywords.numbers[keyword] != WORD_NONE;
}

/* Counting sort by keyword. */
static void list_woken(struct lookout *lookout, struct arena *arena)
{
    size_t words = words_count(lookout->keywords), count = 0;
    lookout->woken_firsts = ARENA_ARRAY(arena, words + 2, uint32_t);
    uint32_t *next = lookout->woken_firsts + 1;
    for (size_t i = 0; i < lookout->row_count; i++) {
        const struct lookout_row *row = &lookout->rows[i];
        for (size_t k = 0; k < row->keywords.count; k++) {
            next[wakes(row, k) ? row->keywords.numbers[k] + 1 : 0] += wakes(row, k);
            count += wakes(row, k);
        }
    }
    for (size_t i = 1; i <= words; i++)
        next[i] += next[i - 1];
    lookout->woken = ARENA_ARRAY(arena, count, uint32_t);
    for (size_t i = 0; i < lookout->row_count; i++) {
        const struct lookout_row *row = &lookout->rows[i];
        for (size_t k = 0; k < row->keywords.count; k++) {
            if (wakes(row, k))
                lookout->woken[next[row->keywords.numbers[k]]++] = row->number;
        }
    }
}

static void sort_rows_by_text(struct lookout *lookout, struct arena *arena)
{
    for (size_t kind = 0; kind < LOOKOUT_TEXTS; kind++) {
        struct lookout_texts *texts = &lookout->texts[kind];
        texts->held = ARENA_ARRAY(arena, lookout->row_count, bool);
        texts->always = ARENA_ARRAY(arena, lookout->row_count, bool);
        texts->searched = ARENA_ARRAY(arena, lookout->row_count, uint32_t);
        for (size_t i = 0; i < lookout->row_count; i++) {
            const struct lookout_row *row = &lookout->rows[i];
            texts->held[i] = row->held && kind <= (size_t)row->texts;
            texts->always[i] = texts->held[i] && !row->row->keyword_required;
            if (!texts->held[i])
                texts->searched[texts->searched_count++] = (uint32_t)i;
        }
    }
}

/* A group inside of a look-around is none of the bytes that the match is wide. */
static bool value_may_stand_apart(const struct lookout_row *row)
{
    struct span source = pattern_source(row->row->pattern);
    return row->row->group > 0 && (span_find(source, SPAN("(?=")) != SPAN_NONE ||
                                   span_find(source, SPAN("(?<")) != SPAN_NONE);
}

static void make_openings(struct lookout *lookout, struct arena *arena)
{
    struct opening *openings = mem_alloc((lookout->row_count + 1) * sizeof *openings);
    struct buf expressions = BUF_INIT;
    for (size_t i = 0; i < lookout->row_count; i++) {
        struct lookout_row *row = &lookout->rows[i];
        expressions.len = 0;
        row->held = dialect_write(pattern_source(row->row->pattern), &expressions, &row->texts);
        openings[i] = (struct opening){.expression = arena_copy(arena, buf_span(&expressions)),
                                       .starts_apart = row->apart,
                                       .ends_apart = row->apart && row->row->group == 0,
                                       .sharp = row->held && row->texts == DIALECT_PLAIN,
                                       .may_sleep = row->row->keyword_required};
    }
    lookout->openings = openings_new(openings, lookout->row_count, arena);
    for (size_t i = 0; i < lookout->row_count; i++) {
        struct lookout_row *row = &lookout->rows[i];
        row->held = row->held && openings[i].held;
        row->width = value_may_stand_apart(row) ? OPENINGS_ANY_WIDTH : openings[i].width;
        row->texts = row->texts == DIALECT_PLAIN ? DIALECT_SHARP : row->texts;
    }
    buf_fini(&expressions);
    free(openings);
}

static size_t count_rows(const struct subject *const *subjects, size_t count)
{
    size_t rows = 0;
    for (size_t i = 0; i < count; i++)
        rows += subjects[i]->kind == SUBJECT_ENTITY ? subjects[i]->entity->row_count : 0;
    return rows;
}

struct lookout *lookout_new(const struct subject *const *subjects, size_t count,
                            struct arena *arena)
{
    struct lookout *lookout = ARENA_NEW(arena, struct lookout);
    lookout->subjects = ARENA_ARRAY(arena, count, struct lookout_subject);
    lookout->count = count;
    lookout->rows = ARENA_ARRAY(arena, count_rows(subjects, count), struct lookout_row);
    lookout->indexed = ARENA_ARRAY(arena, count, const struct subject *);
    for (size_t i = 0; i < count; i++) {
        lookout->subjects[i].subject = subjects[i];
        add_rows(lookout, i);
        if (subjects[i]->kind == SUBJECT_DOCUMENTS || subjects[i]->kind == SUBJECT_EXACT)
            lookout->indexed[lookout->indexed_count++] = subjects[i];
    }
    number_keywords(lookout, arena);
    list_woken(lookout, arena);
    make_openings(lookout, arena);
    sort_rows_by_text(lookout, arena);
    lookout->terms = terms_new(subjects, count, arena);
    if (getrandom(&lookout->seed, sizeof lookout->seed, 0) != (ssize_t)sizeof lookout->seed)
        lookout->seed = clock_now_ns();
    return lookout;
}
