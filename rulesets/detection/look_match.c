/* SPDX-License-Identifier: Apache-2.0 */
/* look_match: what a match of a row comes to. */
#include "engine/base/utf8.h"
#include "rulesets/detection/edges.h"
#include "rulesets/detection/looking.h"

/* Exclusions are patterns of whole values. */
static bool is_excluded(const struct looking *looking, const struct entity_row *row,
                        struct span value)
{
    for (size_t i = 0; i < row->exclude_count; i++) {
        struct pattern_match match;
        if (pattern_match_at(row->excludes[i], looking->matcher, value, 0, &match) == PATTERN_FOUND)
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

/* Whether neither what stands around the value nor it itself shows that it is none. Many rows look
 * at the same. */
static bool stands_clear(struct looking *looking, const struct sighting *value,
                         enum boundary boundary)
{
    struct looking_edge *edge = &looking->edges[value->off % LOOKING_EDGES];
    if (boundary == BOUNDARY_NONE)
        return true;
    if (edge->off != value->off || edge->len != value->len || edge->boundary != boundary) {
        struct span text = looking->text;
        edge->off = value->off;
        edge->len = value->len;
        edge->boundary = boundary;
        edge->clear = edges_are_clear(text, value->off, value->len, boundary) &&
                      !value_is_filler(span_sub(text, value->off, value->len));
    }
    return edge->clear;
}

enum check { CHECK_HELD, CHECK_NOT_VALID, CHECK_NONE };

static enum check check(struct looking *looking, const struct lookout_row *row,
                        struct sighting *sighting)
{
    const struct entity_row *asks = row->row;
    struct span value = span_sub(looking->text, sighting->off, sighting->len);
    if (!stands_clear(looking, sighting, asks->boundary))
        return CHECK_NONE;
    if (is_excluded(looking, asks, value) || !validate(asks, value, sighting))
        return CHECK_NOT_VALID;
    return weigh_words(looking, row, sighting) ? CHECK_HELD : CHECK_NOT_VALID;
}

size_t looking_step(const struct looking *looking, size_t off)
{
    struct span text = looking->text;
    size_t step = off < text.len ? utf8_decode(span_from(text, off), NULL) : 0;
    return step > 0 ? step : 1;
}

/* Where the search goes on behind a match. */
static size_t next_from(const struct looking *looking, const struct entity_row *row,
                        const struct pattern_match *match, enum check checked)
{
    size_t off = match->group[0].off, len = match->group[0].len;
    bool again = checked == CHECK_NONE || (checked == CHECK_NOT_VALID && !row->whole);
    if (len > 0 && (!again || len > LOOKING_AGAIN_WITHIN))
        return off + len;
    return off + looking_step(looking, off);
}

static enum check look_at_match(struct looking *looking, const struct lookout_row *row,
                                const struct pattern_match *match)
{
    size_t group = row->row->group;
    if (group >= match->count || match->group[group].off == SPAN_NONE ||
        match->group[group].len == 0)
        return CHECK_NONE;
    struct sighting sighting = {.subject = row->subject,
                                .off = (uint32_t)match->group[group].off,
                                .len = (uint32_t)match->group[group].len,
                                .confidence = row->row->confidence,
                                .weight = 1,
                                .term = row->number,
                                .evidence = {.keyword = SPAN("")}};
    enum check checked = check(looking, row, &sighting);
    if (checked == CHECK_HELD) {
        looking->counts[row->subject_at]++;
        looking_keep(looking, &sighting);
    }
    return checked;
}

bool looking_take(struct looking *looking, const struct lookout_row *row,
                  const struct pattern_match *match, size_t *from)
{
    if (!looking->counts) {
        looking->counts = ARENA_ARRAY(looking->arena, looking->lookout->count, uint32_t);
        looking->edges = ARENA_ARRAY(looking->arena, LOOKING_EDGES, struct looking_edge);
    }
    if (looking_is_full(looking, looking->counts[row->subject_at]))
        return false;
    enum check checked = look_at_match(looking, row, match);
    *from = next_from(looking, row->row, match, checked);
    return true;
}
