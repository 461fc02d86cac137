/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look: finds what entities and dictionaries look for in one text. A lookout is made with the
 * policy on the main thread, in its arena, immutable; one look is the work of one thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_LOOK_H
#define CULVERT_RULESETS_DETECTION_LOOK_H

#include "rulesets/detection/vocabulary.h"

struct lookout;

/* `subjects` must outlive it. */
struct lookout *lookout_new(const struct subject *const *subjects, size_t count,
                            struct arena *arena);

/* The same is found in any of these ways; all but the first are for tests. */
enum look_how {
    LOOK_FASTEST,
    LOOK_BY_LIBRARY, /* of literals (engine/scanner/literals), if it is there */
    LOOK_WITHOUT_LIBRARY,
    LOOK_PLAIN /* each pattern by Oniguruma alone, words by their automaton alone */
};

struct look_limits {
    uint64_t deadline_ns; /* of CLOCK_MONOTONIC; 0: none */
    size_t sightings;     /* most of one subject; 0: LOOK_SIGHTINGS */
    size_t all;           /* most of all subjects; 0: no limit */
    enum look_how how;
};
#define LOOK_SIGHTINGS 100000u

/* `text`: valid UTF-8, of a folded view, which the caller sets in the result. In the arena. */
void look(const struct lookout *lookout, struct span text, const struct look_limits *limits,
          struct arena *arena, struct sightings *out);

#endif
