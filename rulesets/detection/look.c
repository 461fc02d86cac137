/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/look.h"

#include "engine/base/text_traits.h"
#include "rulesets/detection/documents/documents.h"
#include "rulesets/detection/exact/exact.h"
#include "rulesets/detection/looking.h"

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

void look(const struct lookout *lookout, struct span text, const struct look_limits *limits,
          struct arena *arena, struct sightings *out)
{
    *out = (struct sightings){.complete = text.len < UINT32_MAX};
    if (!out->complete)
        return;
    unsigned traits = text_traits(text);
    struct looking looking = {.lookout = lookout,
                              .text = text,
                              .kind = dialect_text_with(traits),
                              .pattern_subject = pattern_subject_with(text, traits),
                              .limits = limits,
                              .arena = arena,
                              .out = out};
    looking.nearby = nearby_new(lookout->keywords, text, traits, limits->how == LOOK_PLAIN,
                                limits->deadline_ns, arena, &out->complete);
    look_for_rows(&looking);
    look_for_terms(&looking);
    for (size_t i = 0; i < lookout->indexed_count; i++) {
        const struct subject *subject = lookout->indexed[i];
        looking.first = out->count;
        if (subject->kind == SUBJECT_DOCUMENTS)
            look_for_documents(&looking, subject);
        else
            look_for_exact(&looking, subject);
    }
    sightings_sort(out->items, out->count);
}
