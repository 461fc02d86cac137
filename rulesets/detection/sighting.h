/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sighting: one find of an entity, of a dictionary's term, of a row of an exact match or of a piece
 * of a known document in a text, with why it counts. In the arena of the inspection; one thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_SIGHTING_H
#define CULVERT_RULESETS_DETECTION_SIGHTING_H

#include "engine/message/view.h"

/* As Microsoft Purview counts it: 65, 75, 85. */
enum confidence { CONFIDENCE_LOW = 65, CONFIDENCE_MEDIUM = 75, CONFIDENCE_HIGH = 85 };

/* Why it is sure, for --explain; never the value. */
struct evidence {
    const char *validator; /* that held, the strongest; NULL: none */
    struct span keyword;   /* of the configuration, that stands near; empty: none */
    uint32_t distance;     /* characters from it; 0: the head of the column */
    bool column_head;
    const char *detail; /* more: "3 columns of one row", "plan.docx, 84 %"; NULL: nothing */
};

struct sighting {
    const struct subject *subject; /* what was found: vocabulary.h */
    uint32_t off, len;             /* in the text of the folded view */
    enum confidence confidence;
    int weight;        /* of a term; 1 for entities */
    uint32_t term;     /* but of entities: the number of the term, the row, the document */
    uint64_t identity; /* of the normalised value: equal values of a subject have equal ones */
    struct evidence evidence;
};

/* Of one view, by `off`, then by subject. */
struct sightings {
    struct view *view; /* folded */
    struct sighting *items;
    size_t count;
    bool complete; /* false: a limit ended the look */
    bool too_many; /* ... the one on finds of one subject */
};

const char *confidence_name(enum confidence confidence); /* "low", "medium", "high" */

#endif
