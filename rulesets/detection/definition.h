/* SPDX-License-Identifier: Apache-2.0 */
/*
 * definition: a name of the configuration, or of a predefined profile's file, and what it stands
 * for. Private to detection.
 */
#ifndef CULVERT_RULESETS_DETECTION_DEFINITION_H
#define CULVERT_RULESETS_DETECTION_DEFINITION_H

#include "rulesets/detection/detection.h"
#include "rulesets/detection/predefined.h"

enum definition_kind {
    DEFINES_DICTIONARY,
    DEFINES_ENTITY,
    DEFINES_EXACT,
    DEFINES_DOCUMENTS,
    DEFINES_RULE,
    DEFINES_PROFILE,
    DEFINITION_KINDS
};

struct definition {
    enum definition_kind kind;
    const char *name;
    struct reader *reader;
    struct node node;
    bool is_read;
    /* Once it is read; NULL: it is wrong. */
    const struct subject *subject;
    const struct dlp_rule *rule;
    const struct dlp_profile *profile; /* of any kind: as a `detect` names it */
};

struct detection {
    struct reader *reader;
    struct arena *arena;
    struct predefined *predefined;
    struct vocabulary vocabulary;
    struct definition **items;
    size_t count, cap;
    bool has_profiles; /* the files of predefined profiles are among them */
};

/* The lists that definitions stand in, by kind. */
extern const char *const definition_lists[DEFINITION_KINDS];

/* Adds all items of the lists of `root` that are enabled and have a name that is not taken. */
bool definitions_add(struct detection *detection, struct reader *reader, const struct node *root);

/* NULL: there is none of that name. */
struct definition *definition_find(const struct detection *detection, struct span name);

/* Adds what the files of predefined profiles define, once. false: one is broken. */
bool definitions_add_predefined(struct detection *detection, struct error *err);

/* Reads it, if that was not done yet; complains. */
void definition_read(struct detection *detection, struct definition *definition);

/* "there is no ... of that name", with what may have been meant. */
void definition_missing(struct detection *detection, struct span name, const char *what,
                        struct error *err);

#endif
