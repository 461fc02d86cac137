/* SPDX-License-Identifier: Apache-2.0 */
/* lookout: what a look needs of all subjects together. Private to look. */
#ifndef CULVERT_RULESETS_DETECTION_LOOKOUT_H
#define CULVERT_RULESETS_DETECTION_LOOKOUT_H

#include "engine/scanner/dialect.h"
#include "engine/scanner/openings.h"
#include "rulesets/detection/entity.h"
#include "rulesets/detection/look.h"
#include "rulesets/detection/nearby.h"
#include "rulesets/detection/terms.h"

/* A row of an entity, with its words as the lookout numbers them. */
struct lookout_row {
    const struct entity_row *row;
    const struct subject *subject;
    size_t subject_at;
    uint32_t number; /* among all */
    struct nearby_words keywords, exclusions;
    bool apart;              /* the value begins with a match, and with a token */
    size_t width;            /* bytes of a match at most; SIZE_MAX: any number */
    bool held;               /* the openings tell where it may begin ... */
    enum dialect_text texts; /* ... in such texts */
};

struct lookout_subject {
    const struct subject *subject;
};

/* What there is to look for in texts of one kind. */
struct lookout_texts {
    bool *held;         /* by row: the openings look for it ... */
    bool *always;       /* ... whatever words there are */
    uint32_t *searched; /* rows that are searched for one by one */
    size_t searched_count;
};
#define LOOKOUT_TEXTS (DIALECT_ANY + 2) /* enum dialect_text, and texts that are all searched */

struct lookout {
    struct lookout_subject *subjects;
    size_t count;
    const struct subject **indexed; /* those of them that an index is asked for */
    size_t indexed_count;
    struct lookout_row *rows; /* of all entities */
    size_t row_count;
    struct openings *openings;
    struct lookout_texts texts[LOOKOUT_TEXTS];
    struct words *keywords;    /* of all entities */
    uint32_t *woken;           /* rows that count with a keyword alone, by keyword ... */
    uint32_t *woken_firsts;    /* ... where those of each begin, and the end of the last */
    const struct terms *terms; /* of all dictionaries; NULL: there is none */
    uint64_t seed;             /* of identities, so that nobody can make two values look the same */
};

/* What equal values of an entity have in common, however they are written; of all else: what all
 * places of one term, row or document have. */
uint64_t value_identity(const struct lookout *lookout, const struct sighting *sighting,
                        struct span value);

/* By place, then by subject. Little is done where they are in order. */
void sightings_sort(struct sighting *items, size_t count);

/* One of several overlapping sightings of an entity stays: the surest, then the longest. Sorts
 * them, but what stays may begin behind the next one. */
void sightings_join(const struct lookout *lookout, struct arena *arena, struct sighting *items,
                    size_t *count);

#endif
