/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/look.h"

#include "engine/base/utf8.h"
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

#define KNOWN_AT_ONCE ((size_t)64 << 10) /* bytes, which stay in the caches */

/* What kind of text it is, for those who ask: their answers of its parts are of all, the widest. */
static void know_text(struct looking *looking)
{
    struct span text = looking->text;
    looking->pattern_subject = pattern_subject(span_sub(text, 0, 0));
    for (size_t from = 0, end; from < text.len; from = end) {
        end = text.len - from > KNOWN_AT_ONCE ? utf8_floor(text, from + KNOWN_AT_ONCE) : text.len;
        struct pattern_subject part = pattern_subject(span_sub(text, from, end - from));
        enum dialect_text kind = dialect_text_of(part.text);
        looking->kind = kind > looking->kind ? kind : looking->kind;
        if (part.kind > looking->pattern_subject.kind)
            looking->pattern_subject.kind = part.kind;
    }
    looking->pattern_subject.text = text;
}

void look(const struct lookout *lookout, struct span text, const struct look_limits *limits,
          struct arena *arena, struct sightings *out)
{
    *out = (struct sightings){.complete = text.len < UINT32_MAX};
    if (!out->complete)
        return;
    struct looking looking = {
        .lookout = lookout, .text = text, .limits = limits, .arena = arena, .out = out};
    know_text(&looking);
    looking.nearby = nearby_new(lookout->keywords, text, limits->how == LOOK_PLAIN,
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
