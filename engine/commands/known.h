/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known: all entities that there are, those of a configuration and the predefined ones, and its
 * dictionaries: for commands that list them or look for them without rules. Main thread.
 */
#ifndef CULVERT_COMMANDS_KNOWN_H
#define CULVERT_COMMANDS_KNOWN_H

#include "rulesets/detection/dictionary.h"
#include "rulesets/detection/entity.h"
#include "rulesets/detection/vocabulary.h"

struct known {
    struct arena *arena;
    struct reader reader;
    struct entities entities; /* the configuration's first */
    struct dictionaries dictionaries;
    struct subject *subjects; /* of both, in that order */
    size_t count;
    const char **names; /* of the subjects; NULL-terminated */
};

/* `config`: a file or folder, of which nothing but `entities` and `dictionaries` is read, or NULL.
 * false: standard error says what is wrong. known_fini() in any case. */
bool known_load(struct known *known, const char *config) MUST_USE;
void known_fini(struct known *known);

/* NULL: there is none. */
const struct subject *known_find(const struct known *known, struct span name);

#endif
