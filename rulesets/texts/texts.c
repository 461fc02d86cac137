/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/texts/texts.h"

#include "rulesets/detection/look.h"

#include <stdlib.h>

/* What was found in all of a view, and the last texts that it is one of. */
struct looked {
    struct sightings found;
    const struct texts *among;
    size_t number;
};

static void look_at(struct run *run, struct texts *texts, const struct text *text,
                    struct sightings *out)
{
    struct look_limits limits = {.deadline_ns = run->deadline_ns,
                                 .sightings = SIGHTINGS_OF_ONE_MAX,
                                 .all = SIGHTINGS_MAX - run->sighting_count};
    *out = (struct sightings){.complete = false};
    if (limits.all == 0) {
        run_note(run, UNINSPECTED_TOO_MANY_MATCHES);
    } else if (!run_is_late(run)) {
        look(run->lookout, span_sub(text->view->text, text->off, text->len), &limits, run->arena,
             out);
        if (!out->complete && !run_is_late(run))
            run_note(run, out->too_many ? UNINSPECTED_TOO_MANY_MATCHES : UNINSPECTED_PATTERN_LIMIT);
    }
    out->view = text->view;
    run->sighting_count += out->count < limits.all ? out->count : limits.all;
    texts->is_complete &= out->complete;
}

/* Looks at all of a view, once. */
static struct looked *look_once(struct run *run, struct texts *texts, const struct text *text)
{
    struct looked *looked = text->view->sightings;
    if (looked) {
        texts->is_complete &= looked->found.complete;
        return looked;
    }
    looked = ARENA_NEW(run->arena, struct looked);
    text->view->sightings = looked;
    look_at(run, texts, text, &looked->found);
    return looked;
}

void texts_add(struct run *run, struct texts *texts, const struct text *text)
{
    bool whole = text->off == 0 && text->len == text->view->text.len;
    struct looked *looked = NULL;
    struct sightings *found = NULL;
    if (whole) {
        looked = look_once(run, texts, text);
        if (looked->among == texts) {
            texts->items[looked->number].in_content |= text->in_content;
            texts->items[looked->number].in_metadata |= text->in_metadata;
            return;
        }
        looked->among = texts;
        looked->number = texts->count;
    } else {
        found = ARENA_NEW(run->arena, struct sightings);
        look_at(run, texts, text, found);
    }
    texts->items =
        arena_grow(run->arena, texts->items, texts->count, &texts->cap, sizeof *texts->items);
    texts->items[texts->count] = *text;
    texts->items[texts->count++].found = looked ? &looked->found : found;
}

/* A find and where its bytes are in the message. */
struct placed {
    struct seen *seen;
    uint64_t off, end;
};

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_value(const struct placed *x, const struct placed *y)
{
    const struct sighting *a = x->seen->sighting, *b = y->seen->sighting;
    int order = compare(a->subject->index, b->subject->index);
    return order != 0 ? order : compare(a->identity, b->identity);
}

static int by_value_and_place(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int order = by_value(x, y);
    if (order == 0)
        order = compare(x->off, y->off);
    if (order == 0)
        order = compare(x->seen->view, y->seen->view);
    return order != 0 ? order : compare(x->seen->sighting->off, y->seen->sighting->off);
}

/* The same value in the same bytes of the message, seen in two texts, is in one place. */
static void number_places(struct run *run, struct texts *texts)
{
    struct placed *all = ARENA_ARRAY(run->arena, texts->seen_count, struct placed);
    for (size_t i = 0; i < texts->seen_count; i++) {
        struct seen *seen = &texts->seen[i];
        const struct text *text = &texts->items[seen->view];
        uint64_t len = 0;
        all[i].seen = seen;
        if (++run->ticks % 64 != 0 || !run_is_late(run))
            view_origin(text->view, text->off + seen->sighting->off, seen->sighting->len,
                        &all[i].off, &len);
        all[i].end = all[i].off + len;
    }
    if (texts->seen_count > 1)
        qsort(all, texts->seen_count, sizeof *all, by_value_and_place);
    for (size_t i = 0, first = 0; i < texts->seen_count; i++) {
        bool same = i > 0 && by_value(&all[first], &all[i]) == 0 && all[i].off < all[first].end &&
                    all[i].seen->view != all[first].seen->view;
        first = same ? first : i;
        all[i].seen->place = first;
    }
}

static void see_all(struct run *run, struct texts *texts)
{
    size_t count = 0;
    for (size_t i = 0; i < texts->count; i++)
        count += texts->items[i].found->count;
    texts->seen = ARENA_ARRAY(run->arena, count, struct seen);
    texts->seen_count = 0;
    for (size_t i = 0; i < texts->count; i++) {
        const struct text *text = &texts->items[i];
        for (size_t k = 0; k < text->found->count; k++)
            texts->seen[texts->seen_count++] =
                (struct seen){.sighting = &text->found->items[k],
                              .text = span_sub(text->view->text, text->off, text->len),
                              .view = i,
                              .part = text->part,
                              .in_content = text->in_content,
                              .in_metadata = text->in_metadata};
    }
    number_places(run, texts);
    seen_index_make(&texts->index, texts->seen, texts->seen_count, run->arena);
}

const struct texts *texts_of(struct run *run, struct piece *piece, bool content, bool metadata)
{
    struct texts *texts = piece->texts;
    if (!texts) {
        texts = piece->texts = ARENA_NEW(run->arena, struct texts);
        texts->is_complete = true;
    }
    bool is_known = (texts->has_content || !content) && (texts->has_metadata || !metadata);
    /* What was noted before is not noted again. */
    run->hiding_incomplete |= is_known && run->hiding_only && run->uninspected != 0;
    if (is_known)
        return texts;
    texts_gather(run, piece, content, metadata, texts);
    see_all(run, texts);
    return texts;
}
