/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vocabulary: all that a configuration looks for: entities, dictionaries and what their patterns,
 * keywords and terms come to for the scanner. Made with the policy on the main thread; immutable
 * from then on, shared by all threads. Only what a rule uses is in it.
 */
#ifndef CULVERT_RULESETS_DETECTION_VOCABULARY_H
#define CULVERT_RULESETS_DETECTION_VOCABULARY_H

#include "engine/scanner/scanner.h"
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

struct vocabulary;

/* By the name that a rule or an expression uses. NULL: none. */
const struct subject *vocabulary_find(const struct vocabulary *vocabulary, struct span name);
size_t vocabulary_count(const struct vocabulary *vocabulary);
/* For "did you mean": NULL-terminated, the user's first. */
const char *const *vocabulary_names(const struct vocabulary *vocabulary);

#endif
