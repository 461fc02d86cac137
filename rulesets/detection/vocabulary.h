/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vocabulary: all that a configuration can look for: entities, dictionaries, exact matches, sets of
 * documents; of the predefined ones only what it names. Made with the policy on the main thread;
 * immutable from then on, shared by all threads.
 */
#ifndef CULVERT_RULESETS_DETECTION_VOCABULARY_H
#define CULVERT_RULESETS_DETECTION_VOCABULARY_H

#include "rulesets/detection/sighting.h"

struct entity;
struct dictionary;
struct exact_match;  /* rulesets/detection/exact */
struct document_set; /* rulesets/detection/documents */

/* What can be seen, and named in an expression. */
enum subject_kind { SUBJECT_ENTITY, SUBJECT_DICTIONARY, SUBJECT_EXACT, SUBJECT_DOCUMENTS };

struct subject {
    enum subject_kind kind;
    const char *name;
    size_t index; /* among the subjects of the vocabulary */
    const struct entity *entity;
    const struct dictionary *dictionary;
    const struct exact_match *exact;
    const struct document_set *documents;
};

struct vocabulary {
    struct arena *arena;
    const struct subject **items;
    size_t count, cap;
};

/* Adds what `subject` says, with an index of its own. */
const struct subject *vocabulary_add(struct vocabulary *vocabulary, const struct subject *subject);

/* "entity", "dictionary" ... */
const char *subject_kind_name(enum subject_kind kind);

#endif
