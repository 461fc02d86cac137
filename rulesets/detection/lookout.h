/* SPDX-License-Identifier: Apache-2.0 */
/* lookout: what a look needs of all subjects together. Private to look. */
#ifndef CULVERT_RULESETS_DETECTION_LOOKOUT_H
#define CULVERT_RULESETS_DETECTION_LOOKOUT_H

#include "rulesets/detection/entity.h"
#include "rulesets/detection/look.h"
#include "rulesets/detection/nearby.h"

/* A row of an entity, with its words as the lookout numbers them. */
struct lookout_row {
    const struct entity_row *row;
    struct nearby_words keywords, exclusions;
};

struct lookout_subject {
    const struct subject *subject;
    struct lookout_row *rows;
    size_t row_count;
};

struct lookout {
    struct lookout_subject *subjects;
    size_t count;
    struct words *keywords; /* of all entities */
    uint64_t seed;          /* of identities, so that nobody can make two values look the same */
};

/* What equal values of an entity have in common, however they are written; of all else: what all
 * places of one term, row or document have. */
uint64_t value_identity(const struct lookout *lookout, const struct sighting *sighting,
                        struct span value);

/* One of several overlapping sightings of a subject stays: the surest, then the longest. Sorts by
 * place. */
void sightings_join(struct sighting *items, size_t *count);

#endif
