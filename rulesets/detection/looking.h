/* SPDX-License-Identifier: Apache-2.0 */
/* looking: the work on one text. Private to look. */
#ifndef CULVERT_RULESETS_DETECTION_LOOKING_H
#define CULVERT_RULESETS_DETECTION_LOOKING_H

#include "rulesets/detection/lookout.h"

/* What was found out of a value, for the next row that looks at it. */
struct looking_edge {
    uint32_t off, len; /* len 0: of none */
    enum boundary boundary;
    bool clear;
};
#define LOOKING_EDGES 256u

/* Inside a match that is longer no other value is looked for, however it fails: to search again
 * from each of its characters would be quadratic. */
#define LOOKING_AGAIN_WITHIN 1024u

struct looking {
    const struct lookout *lookout;
    struct span text;
    enum dialect_text kind; /* of the text */
    struct pattern_subject pattern_subject;
    const struct look_limits *limits;
    struct arena *arena;
    struct nearby *nearby;
    struct sightings *out;
    size_t cap;
    struct pattern_matcher *matcher; /* while rows are looked for */
    bool *awake;                     /* rows that the openings look for */
    uint32_t *counts;                /* sightings of rows, by subject; NULL: there was no match */
    size_t first;                    /* sighting of the subject that is being looked for */
    struct looking_edge *edges;      /* LOOKING_EDGES, by where the value begins */
};

/* Whether there can be no more, with `count` of the subject; then the look is incomplete. */
bool looking_is_full(struct looking *looking, size_t count);

/* Adds one, with its identity, to those that there are, however many. */
void looking_keep(struct looking *looking, struct sighting *sighting);

/* What a match of a row comes to; *from becomes where the search goes on. false: there are too many
 * of the subject. */
bool looking_take(struct looking *looking, const struct lookout_row *row,
                  const struct pattern_match *match, size_t *from);

/* Bytes of the character at `off`. */
size_t looking_step(const struct looking *looking, size_t off);

/* The rows of all entities, before all else. */
void look_for_rows(struct looking *looking);

/* Adds a sighting, with its identity. false: there are too many of the subject; the look is
 * incomplete. */
bool looking_add(struct looking *looking, struct sighting *sighting);

/* The terms of all dictionaries. */
void look_for_terms(struct looking *looking);

#endif
