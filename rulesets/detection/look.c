/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/look.h"

#include "engine/base/utf8.h"
#include "rulesets/detection/documents/documents.h"
#include "rulesets/detection/edges.h"
#include "rulesets/detection/exact/exact.h"
#include "rulesets/detection/looking.h"

#include <stdlib.h>

/* Inside a match that is longer no other value is looked for, however it fails: to search again
 * from each of its characters would be quadratic. */
#define AGAIN_WITHIN 1024u

static bool is_full(const struct looking *looking)
{
    size_t most = looking->limits->sightings ? looking->limits->sightings : LOOK_SIGHTINGS;
    return looking->out->count - looking->first >= most;
}

bool looking_add(struct looking *looking, struct sighting *sighting)
{
    struct sightings *out = looking->out;
    if (is_full(looking)) {
        out->complete = false;
        out->too_many = true;
        return false;
    }
    sighting->identity = value_identity(looking->lookout, sighting,
                                        span_sub(looking->text, sighting->off, sighting->len));
    out->items =
        arena_grow(looking->arena, out->items, out->count, &looking->cap, sizeof *out->items);
    out->items[out->count++] = *sighting;
    return true;
}

static bool is_excluded(const struct looking *looking, const struct entity_row *row,
                        struct span value)
{
    for (size_t i = 0; i < row->exclude_count; i++) {
        struct pattern_match match;
        if (pattern_search(row->excludes[i], value, 0, looking->limits->deadline_ns, &match) ==
            PATTERN_FOUND)
            return true;
    }
    return false;
}

/* All must hold; the strongest is the evidence. */
static bool validate(const struct entity_row *row, struct span value, struct sighting *sighting)
{
    enum strength strongest = STRENGTH_NONE;
    for (size_t i = 0; i < row->validator_count; i++) {
        const struct validator *validator = row->validators[i];
        if (!validator->check(value))
            return false;
        if (i == 0 || validator->strength > strongest) {
            strongest = validator->strength;
            sighting->evidence.validator = validator->name;
        }
    }
    enum confidence least = strongest == STRENGTH_STRONG   ? CONFIDENCE_HIGH
                            : strongest == STRENGTH_MEDIUM ? CONFIDENCE_MEDIUM
                                                           : CONFIDENCE_LOW;
    if (sighting->confidence < least)
        sighting->confidence = least;
    return true;
}

/* What the words around a value say of it. */
static bool weigh_words(struct looking *looking, const struct lookout_row *row,
                        struct sighting *sighting)
{
    struct evidence other = {.distance = 0};
    if (nearby_find(looking->nearby, &row->exclusions, sighting->off, sighting->len, row->row->near,
                    &other))
        return false;
    if (!nearby_find(looking->nearby, &row->keywords, sighting->off, sighting->len, row->row->near,
                     &sighting->evidence))
        return !row->row->keyword_required;
    sighting->confidence =
        sighting->confidence < CONFIDENCE_MEDIUM ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH;
    return true;
}

enum check { CHECK_HELD, CHECK_NOT_VALID, CHECK_NONE };

static enum check check(struct looking *looking, const struct lookout_row *row,
                        struct sighting *sighting)
{
    const struct entity_row *asks = row->row;
    struct span value = span_sub(looking->text, sighting->off, sighting->len);
    if (!edges_are_clear(looking->text, sighting->off, sighting->len, asks->boundary) ||
        (asks->boundary != BOUNDARY_NONE && value_is_filler(value)))
        return CHECK_NONE;
    if (is_excluded(looking, asks, value) || !validate(asks, value, sighting))
        return CHECK_NOT_VALID;
    return weigh_words(looking, row, sighting) ? CHECK_HELD : CHECK_NOT_VALID;
}

/* Where the search goes on behind a match. */
static size_t next_from(const struct looking *looking, const struct entity_row *row,
                        const struct pattern_match *match, enum check checked)
{
    size_t off = match->group[0].off, len = match->group[0].len;
    bool again = checked == CHECK_NONE || (checked == CHECK_NOT_VALID && !row->whole);
    if (len > 0 && (!again || len > AGAIN_WITHIN))
        return off + len;
    size_t step = off < looking->text.len ? utf8_decode(span_from(looking->text, off), NULL) : 0;
    return off + (step > 0 ? step : 1);
}

static enum check look_at_match(struct looking *looking, const struct subject *subject,
                                const struct lookout_row *row, const struct pattern_match *match)
{
    size_t group = row->row->group;
    if (group >= match->count || match->group[group].off == SPAN_NONE ||
        match->group[group].len == 0)
        return CHECK_NONE;
    struct sighting sighting = {.subject = subject,
                                .off = (uint32_t)match->group[group].off,
                                .len = (uint32_t)match->group[group].len,
                                .confidence = row->row->confidence,
                                .weight = 1,
                                .evidence = {.keyword = SPAN("")}};
    enum check checked = check(looking, row, &sighting);
    if (checked == CHECK_HELD)
        (void)looking_add(looking, &sighting); /* look_for_row() sees that it is full */
    return checked;
}

static void look_for_row(struct looking *looking, const struct subject *subject,
                         const struct lookout_row *row)
{
    if (row->row->keyword_required && !nearby_any(looking->nearby, &row->keywords))
        return;
    for (size_t from = 0; from <= looking->text.len;) {
        struct pattern_match match;
        enum pattern_result found = pattern_search_in(row->row->pattern, &looking->pattern_subject,
                                                      from, looking->limits->deadline_ns, &match);
        if (found == PATTERN_OVER_LIMIT)
            looking->out->complete = false;
        if (found != PATTERN_FOUND)
            return;
        if (is_full(looking)) {
            looking->out->complete = false;
            looking->out->too_many = true;
            return;
        }
        enum check checked = look_at_match(looking, subject, row, &match);
        from = next_from(looking, row->row, &match, checked);
    }
}

static int by_place(const void *a, const void *b)
{
    const struct sighting *x = a, *y = b;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    if (x->subject->index != y->subject->index)
        return x->subject->index < y->subject->index ? -1 : 1;
    return x->len < y->len ? -1 : x->len > y->len;
}

void look(const struct lookout *lookout, struct span text, const struct look_limits *limits,
          struct arena *arena, struct sightings *out)
{
    *out = (struct sightings){.complete = text.len < UINT32_MAX};
    if (!out->complete)
        return;
    struct looking looking = {.lookout = lookout,
                              .text = text,
                              .pattern_subject = pattern_subject(text),
                              .limits = limits,
                              .arena = arena,
                              .out = out};
    looking.nearby =
        nearby_new(lookout->keywords, text, limits->deadline_ns, arena, &out->complete);
    for (size_t i = 0; i < lookout->count; i++) {
        const struct lookout_subject *at = &lookout->subjects[i];
        looking.first = out->count;
        for (size_t r = 0; r < at->row_count; r++)
            look_for_row(&looking, at->subject, &at->rows[r]);
        if (at->subject->kind == SUBJECT_DICTIONARY)
            look_for_terms(&looking, at->subject);
        if (at->subject->kind == SUBJECT_DOCUMENTS)
            look_for_documents(&looking, at->subject);
        if (at->subject->kind == SUBJECT_EXACT)
            look_for_exact(&looking, at->subject);
        size_t count = out->count - looking.first;
        if (count > 0 && at->subject->kind == SUBJECT_ENTITY)
            sightings_join(out->items + looking.first, &count);
        out->count = looking.first + count;
    }
    if (out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, by_place);
}
