/* SPDX-License-Identifier: Apache-2.0 */
/* look_rows: the rows of entities. */
#include "engine/base/clock.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/edges.h"
#include "rulesets/detection/looking.h"

#include <stdlib.h>

/* Inside a match that is longer no other value is looked for, however it fails: to search again
 * from each of its characters would be quadratic. */
#define AGAIN_WITHIN 1024u

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

static bool edges_hold(struct looking *looking, const struct sighting *value,
                       enum boundary boundary)
{
    if (!looking->edges.known || looking->edges.off != value->off ||
        looking->edges.len != value->len || looking->edges.boundary != boundary) {
        looking->edges.known = true;
        looking->edges.off = value->off;
        looking->edges.len = value->len;
        looking->edges.boundary = boundary;
        looking->edges.clear = edges_are_clear(looking->text, value->off, value->len, boundary);
    }
    return looking->edges.clear;
}

enum check { CHECK_HELD, CHECK_NOT_VALID, CHECK_NONE };

static enum check check(struct looking *looking, const struct lookout_row *row,
                        struct sighting *sighting)
{
    const struct entity_row *asks = row->row;
    struct span value = span_sub(looking->text, sighting->off, sighting->len);
    if (!edges_hold(looking, sighting, asks->boundary) ||
        (asks->boundary != BOUNDARY_NONE && value_is_filler(value)))
        return CHECK_NONE;
    if (is_excluded(looking, asks, value) || !validate(asks, value, sighting))
        return CHECK_NOT_VALID;
    return weigh_words(looking, row, sighting) ? CHECK_HELD : CHECK_NOT_VALID;
}

/* Bytes of the character at `off`. */
static size_t step_at(struct span text, size_t off)
{
    size_t step = off < text.len ? utf8_decode(span_from(text, off), NULL) : 0;
    return step > 0 ? step : 1;
}

/* Where the search goes on behind a match. */
static size_t next_from(const struct looking *looking, const struct entity_row *row,
                        const struct pattern_match *match, enum check checked)
{
    size_t off = match->group[0].off, len = match->group[0].len;
    bool again = checked == CHECK_NONE || (checked == CHECK_NOT_VALID && !row->whole);
    if (len > 0 && (!again || len > AGAIN_WITHIN))
        return off + len;
    return off + step_at(looking->text, off);
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

/* Where a match begins to count: not behind a character that makes a longer token with it. */
static bool starts_apart(const struct looking *looking, const struct lookout_row *row, size_t off)
{
    return !row->apart || off == 0 || !openings_is_token(looking->text.ptr[off - 1]);
}

/* What a match comes to; false: there are too many of the subject. */
static bool take_match(struct looking *looking, const struct lookout_row *row,
                       const struct pattern_match *match, size_t *from)
{
    if (looking_is_full(looking, looking->counts[row->subject_at]))
        return false;
    enum check checked = look_at_match(looking, row, match);
    *from = next_from(looking, row->row, match, checked);
    return true;
}

/* Pattern by pattern, in all of the text. */
static void look_for_row(struct looking *looking, const struct lookout_row *row)
{
    uint64_t deadline_ns = looking->limits->deadline_ns;
    for (size_t from = 0; from <= looking->text.len;) {
        struct pattern_match match;
        enum pattern_result found =
            looking->limits->how == LOOK_PLAIN
                ? pattern_search_plain(row->row->pattern, looking->text, from, deadline_ns, &match)
                : pattern_search_in(row->row->pattern, &looking->pattern_subject, from, deadline_ns,
                                    &match);
        if (found == PATTERN_OVER_LIMIT)
            looking->out->complete = false;
        if (found != PATTERN_FOUND)
            return;
        if (!starts_apart(looking, row, match.group[0].off))
            from = match.group[0].off + step_at(looking->text, match.group[0].off);
        else if (!take_match(looking, row, &match, &from))
            return;
    }
}

/* --- by the openings --- */

/* Matches of one text at the places that the openings tell of. */
struct attempts {
    struct looking *looking;
    struct nearby_window *windows; /* by row */
    size_t *froms; /* by row: starts before that do not count; SPAN_NONE: it is over */
    struct pattern_ahead *aheads; /* by row */
    size_t tried;
    bool late;
};

#define TRIED_BETWEEN_LOOKS 256u /* at the clock */

/* Whether a match there can count: not where its words are not near. What fails so makes nothing
 * that begins inside it fail, if it is no value as a whole, and short. */
static bool may_count(struct attempts *attempts, const struct lookout_row *row, size_t start)
{
    const struct entity_row *asks = row->row;
    return !asks->keyword_required || asks->whole || row->width > AGAIN_WITHIN ||
           nearby_may(attempts->looking->nearby, &row->keywords, start, row->width, asks->near,
                      &attempts->windows[row->number]);
}

static void try_row(uint32_t number, size_t start, void *arg)
{
    struct attempts *attempts = arg;
    struct looking *looking = attempts->looking;
    const struct lookout_row *row = &looking->lookout->rows[number];
    struct pattern_match match;
    if (start < attempts->froms[number] || attempts->late || !looking->awake[number] ||
        ((unsigned char)looking->text.ptr[start] & 0xc0) == 0x80)
        return;
    attempts->froms[number] = start + 1;
    if (!may_count(attempts, row, start))
        return;
    if (!pattern_may_begin(row->row->pattern, &looking->pattern_subject, start,
                           &attempts->aheads[number]))
        return;
    if (++attempts->tried % TRIED_BETWEEN_LOOKS == 0)
        attempts->late = clock_is_past(looking->limits->deadline_ns);
    enum pattern_result found =
        pattern_match_at(row->row->pattern, looking->matcher, looking->text, start, &match);
    bool over = found == PATTERN_OVER_LIMIT;
    if (over)
        looking->out->complete = false;
    if (found == PATTERN_FOUND)
        over = !take_match(looking, row, &match, &attempts->froms[number]);
    if (over)
        attempts->froms[number] = SPAN_NONE;
}

static void look_by_openings(struct looking *looking)
{
    struct attempts attempts = {.looking = looking};
    struct span text = looking->text;
    const size_t rows = looking->lookout->row_count;
    attempts.froms = ARENA_ARRAY(looking->arena, rows, size_t);
    attempts.windows = ARENA_ARRAY(looking->arena, rows, struct nearby_window);
    attempts.aheads = ARENA_ARRAY(looking->arena, rows, struct pattern_ahead);
    struct openings_look look = {text, looking->awake, looking->limits->how == LOOK_FASTEST,
                                 try_row, &attempts};
    for (size_t from = 0; from < text.len && !attempts.late; from += OPENINGS_PART) {
        size_t end = text.len - from < OPENINGS_PART ? text.len : from + OPENINGS_PART;
        openings_scan(looking->lookout->openings, &look, from, end);
        attempts.late = attempts.late || clock_is_past(looking->limits->deadline_ns);
    }
    if (attempts.late)
        looking->out->complete = false;
}

/* --- all rows --- */

static int by_subject(const void *a, const void *b)
{
    const struct sighting *x = a, *y = b;
    return (x->subject > y->subject) - (x->subject < y->subject);
}

/* One subject after the other. */
static void join_sightings(struct sightings *found)
{
    size_t kept = 0;
    if (found->count > 1)
        qsort(found->items, found->count, sizeof *found->items, by_subject);
    for (size_t i = 0, count; i < found->count; i += count) {
        for (count = 1; i + count < found->count; count++) {
            if (found->items[i + count].subject != found->items[i].subject)
                break;
        }
        size_t joined = count;
        sightings_join(found->items + i, &joined);
        memmove(found->items + kept, found->items + i, joined * sizeof *found->items);
        kept += joined;
    }
    found->count = kept;
}

void look_for_rows(struct looking *looking)
{
    const struct lookout *lookout = looking->lookout;
    enum dialect_text kind = dialect_text_of(looking->text);
    bool *plain = ARENA_ARRAY(looking->arena, lookout->row_count, bool);
    looking->awake = ARENA_ARRAY(looking->arena, lookout->row_count, bool);
    looking->counts = ARENA_ARRAY(looking->arena, lookout->count, size_t);
    for (size_t i = 0; i < lookout->row_count; i++) {
        const struct lookout_row *row = &lookout->rows[i];
        bool awake = !row->row->keyword_required || nearby_any(looking->nearby, &row->keywords);
        plain[i] = awake && (!row->held || kind > row->texts || looking->limits->how == LOOK_PLAIN);
        looking->awake[i] = awake && !plain[i];
    }
    looking->matcher = pattern_matcher_new();
    look_by_openings(looking);
    for (size_t i = 0; i < lookout->row_count; i++) {
        if (plain[i])
            look_for_row(looking, &lookout->rows[i]);
    }
    pattern_matcher_free(&looking->matcher);
    join_sightings(looking->out);
}
