/* SPDX-License-Identifier: Apache-2.0 */
/* looking: the work on one text. Private to look. */
#ifndef CULVERT_RULESETS_DETECTION_LOOKING_H
#define CULVERT_RULESETS_DETECTION_LOOKING_H

#include "rulesets/detection/lookout.h"

struct looking {
    const struct lookout *lookout;
    struct span text;
    struct pattern_subject pattern_subject;
    const struct look_limits *limits;
    struct arena *arena;
    struct nearby *nearby;
    struct sightings *out;
    size_t cap;
    struct pattern_matcher *matcher; /* while rows are looked for */
    bool *awake;                     /* rows that the openings look for */
    size_t *counts;                  /* sightings of rows, by subject */
    size_t first;                    /* sighting of the subject that is being looked for */
    struct {
        size_t off, len;
        enum boundary boundary;
        bool known, clear;
    } edges; /* of the value that was last looked at: many rows look at the same */
};

/* Whether there can be no more, with `count` of the subject; then the look is incomplete. */
bool looking_is_full(struct looking *looking, size_t count);

/* Adds one, with its identity, to those that there are, however many. */
void looking_keep(struct looking *looking, struct sighting *sighting);

/* The rows of all entities, before all else. */
void look_for_rows(struct looking *looking);

/* Adds a sighting, with its identity. false: there are too many of the subject; the look is
 * incomplete. */
bool looking_add(struct looking *looking, struct sighting *sighting);

/* The terms of all dictionaries. */
void look_for_terms(struct looking *looking);

#endif
