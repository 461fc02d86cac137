/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/look.h"

#include "rulesets/detection/documents/documents.h"
#include "rulesets/detection/exact/exact.h"
#include "rulesets/detection/looking.h"

#include <stdlib.h>

bool looking_is_full(struct looking *looking, size_t count)
{
    const struct look_limits *limits = looking->limits;
    struct sightings *out = looking->out;
    size_t most = limits->sightings ? limits->sightings : LOOK_SIGHTINGS;
    if (count < most && (limits->all == 0 || out->count < limits->all))
        return false;
    out->complete = false;
    out->too_many = true;
    return true;
}

void looking_keep(struct looking *looking, struct sighting *sighting)
{
    struct sightings *out = looking->out;
    sighting->identity = value_identity(looking->lookout, sighting,
                                        span_sub(looking->text, sighting->off, sighting->len));
    out->items =
        arena_grow(looking->arena, out->items, out->count, &looking->cap, sizeof *out->items);
    out->items[out->count++] = *sighting;
}

bool looking_add(struct looking *looking, struct sighting *sighting)
{
    if (looking_is_full(looking, looking->out->count - looking->first))
        return false;
    looking_keep(looking, sighting);
    return true;
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
    looking.nearby = nearby_new(lookout->keywords, text, limits->how == LOOK_PLAIN,
                                limits->deadline_ns, arena, &out->complete);
    look_for_rows(&looking);
    look_for_terms(&looking);
    for (size_t i = 0; i < lookout->count; i++) {
        const struct lookout_subject *at = &lookout->subjects[i];
        looking.first = out->count;
        if (at->subject->kind == SUBJECT_DOCUMENTS)
            look_for_documents(&looking, at->subject);
        if (at->subject->kind == SUBJECT_EXACT)
            look_for_exact(&looking, at->subject);
    }
    if (out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, by_place);
}
