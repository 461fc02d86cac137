/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known: all that can be found by name, of a configuration and predefined: for commands that list
 * it or look for it without rules. Main thread.
 */
#ifndef CULVERT_COMMANDS_KNOWN_H
#define CULVERT_COMMANDS_KNOWN_H

#include "rulesets/detection/detection.h"
#include "rulesets/detection/entity.h"

struct known {
    struct arena *arena;
    struct reader reader;
    struct detection *detection;
    const char **names; /* the configuration's first; of what is enabled */
    size_t count;
};

/* `config`: a file or folder, of which nothing but detection is read, or NULL. false: standard
 * error says what is wrong. known_fini() in any case. */
bool known_load(struct known *known, const char *config) MUST_USE;
void known_fini(struct known *known);

/* NULL: there is none, or it is wrong: see `err`. */
const struct subject *known_subject(struct known *known, struct span name, struct error *err);

#endif
