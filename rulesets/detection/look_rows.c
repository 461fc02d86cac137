/* SPDX-License-Identifier: Apache-2.0 */
/* look_rows: the rows of entities. */
#include "engine/base/ascii.h"
#include "engine/base/clock.h"
#include "engine/base/mem.h"
#include "rulesets/detection/looking.h"

#include <stdlib.h>

/* Where a match begins to count: not behind a character that makes a longer token with it. */
static bool starts_apart(const struct looking *looking, const struct lookout_row *row, size_t off)
{
    return !row->apart || off == 0 || !ascii_is_token(looking->text.ptr[off - 1]);
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
            from = match.group[0].off + looking_step(looking, match.group[0].off);
        else if (!looking_take(looking, row, &match, &from))
            return;
    }
}

/* --- by the openings --- */

/* A start that the openings told of. */
struct told {
    uint32_t start;
    uint32_t next; /* of the same row, in `told`; 0: none */
};

/* What is known of one row in this text. */
struct trying {
    const struct lookout_row *row;
    size_t from; /* starts before that do not count; SPAN_NONE: it is over */
    struct nearby_window window;
    struct pattern_ahead ahead;
    uint32_t first, last; /* in `told`, that are not tried yet; 0: none */
};

/* Matches of one text at the places that the openings tell of. Row by row for many places at once:
 * what one match leaves in the caches helps the next. */
struct attempts {
    struct looking *looking;
    struct trying **rows; /* by number; NULL: it was not told of */
    struct told *told;    /* from 1 on */
    struct trying **touched;
    size_t told_count, touched_count;
    size_t tried;
    bool late;
};

#define TOLD_MOST 1024u
#define TRIED_BETWEEN_LOOKS 256u /* at the clock */

/* Whether a match there can count: not where its words are not near. What fails so makes nothing
 * that begins inside it fail, if it is no value as a whole, and short. */
static bool may_count(struct looking *looking, struct trying *at, size_t start)
{
    const struct lookout_row *row = at->row;
    const struct entity_row *asks = row->row;
    return !asks->keyword_required || asks->whole || row->width > LOOKING_AGAIN_WITHIN ||
           nearby_may(looking->nearby, &row->keywords, start, row->width, asks->near, &at->window);
}

static void try_start(struct attempts *attempts, struct trying *at, size_t start)
{
    struct looking *looking = attempts->looking;
    const struct pattern *pattern = at->row->row->pattern;
    struct pattern_match match;
    at->from = start + 1;
    if (!may_count(looking, at, start) ||
        !pattern_may_begin(pattern, &looking->pattern_subject, start, &at->ahead))
        return;
    if (++attempts->tried % TRIED_BETWEEN_LOOKS == 0)
        attempts->late = clock_is_past(looking->limits->deadline_ns);
    enum pattern_result found =
        pattern_match_at(pattern, looking->matcher, looking->text, start, &match);
    bool over = found == PATTERN_OVER_LIMIT;
    if (over)
        looking->out->complete = false;
    if (found == PATTERN_FOUND)
        over = !looking_take(looking, at->row, &match, &at->from);
    if (over)
        at->from = SPAN_NONE;
}

/* All that was told. */
static void try_told(struct attempts *attempts)
{
    struct span text = attempts->looking->text;
    for (size_t i = 0; i < attempts->touched_count; i++) {
        struct trying *at = attempts->touched[i];
        for (uint32_t n = at->first; n != 0 && !attempts->late; n = attempts->told[n].next) {
            size_t start = attempts->told[n].start;
            if (start >= at->from && ((unsigned char)text.ptr[start] & 0xc0) != 0x80)
                try_start(attempts, at, start);
        }
        at->first = 0;
    }
    attempts->told_count = 0;
    attempts->touched_count = 0;
}

/* Little texts have nothing to tell of. */
static void make_room(struct attempts *attempts)
{
    const struct looking *looking = attempts->looking;
    attempts->rows = ARENA_ARRAY(looking->arena, looking->lookout->row_count, struct trying *);
    attempts->told = mem_resize(NULL, (TOLD_MOST + 1) * sizeof *attempts->told);
    attempts->touched = mem_resize(NULL, TOLD_MOST * sizeof(struct trying *));
}

static struct trying *trying_of(struct attempts *attempts, uint32_t number)
{
    struct looking *looking = attempts->looking;
    if (!attempts->rows[number]) {
        attempts->rows[number] = ARENA_NEW(looking->arena, struct trying);
        attempts->rows[number]->row = &looking->lookout->rows[number];
    }
    return attempts->rows[number];
}

static void note_start(uint32_t number, size_t start, void *arg)
{
    struct attempts *attempts = arg;
    if (!attempts->told)
        make_room(attempts);
    struct trying *at = trying_of(attempts, number);
    uint32_t fresh = (uint32_t)++attempts->told_count;
    attempts->told[fresh] = (struct told){(uint32_t)start, 0};
    if (at->first == 0) {
        at->first = fresh;
        attempts->touched[attempts->touched_count++] = at;
    } else {
        attempts->told[at->last].next = fresh;
    }
    at->last = fresh;
    if (fresh == TOLD_MOST)
        try_told(attempts);
}

static enum literals_by literals_by(enum look_how how)
{
    return how == LOOK_FASTEST      ? LITERALS_BY_FASTEST
           : how == LOOK_BY_LIBRARY ? LITERALS_BY_LIBRARY
                                    : LITERALS_BY_OWN;
}

static void look_by_openings(struct looking *looking)
{
    struct attempts attempts = {.looking = looking};
    struct span text = looking->text;
    struct openings_look look = {
        text, openings_wake(looking->lookout->openings, looking->awake, looking->arena),
        literals_by(looking->limits->how), note_start, &attempts};
    for (size_t from = 0; from < text.len && !attempts.late; from += OPENINGS_PART) {
        size_t end = text.len - from < OPENINGS_PART ? text.len : from + OPENINGS_PART;
        size_t found = looking->out->count;
        openings_scan(looking->lookout->openings, &look, from, end);
        try_told(&attempts);
        if (looking->out->count > found)
            sightings_sort(looking->out->items + found, looking->out->count - found);
        attempts.late = attempts.late || clock_is_past(looking->limits->deadline_ns);
    }
    if (attempts.late)
        looking->out->complete = false;
    free(attempts.touched);
    free(attempts.told);
}

/* --- all rows --- */

/* Those that the openings look for: always, and those with a keyword in the text. */
static void wake(struct looking *looking, const struct lookout_texts *texts)
{
    const struct lookout *lookout = looking->lookout;
    looking->awake = ARENA_ARRAY(looking->arena, lookout->row_count, bool);
    if (lookout->row_count > 0)
        memcpy(looking->awake, texts->always, lookout->row_count * sizeof *looking->awake);
    for (size_t i = 0; i < nearby_word_count(looking->nearby); i++) {
        const uint32_t *firsts = lookout->woken_firsts + nearby_word(looking->nearby, i);
        for (uint32_t at = firsts[0]; at < firsts[1]; at++) {
            uint32_t number = lookout->woken[at];
            looking->awake[number] = texts->held[number];
        }
    }
}

void look_for_rows(struct looking *looking)
{
    const struct lookout *lookout = looking->lookout;
    bool plain = looking->limits->how == LOOK_PLAIN;
    const struct lookout_texts *texts = &lookout->texts[plain ? LOOKOUT_TEXTS - 1 : looking->kind];
    looking->matcher = pattern_matcher_new();
    wake(looking, texts);
    if (!plain)
        look_by_openings(looking);
    for (size_t i = 0; i < texts->searched_count; i++) {
        const struct lookout_row *row = &lookout->rows[texts->searched[i]];
        if (!row->row->keyword_required || nearby_any(looking->nearby, &row->keywords))
            look_for_row(looking, row);
    }
    pattern_matcher_free(&looking->matcher);
    sightings_join(lookout, looking->arena, looking->out->items, &looking->out->count);
}
