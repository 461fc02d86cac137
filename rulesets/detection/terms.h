/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terms: the terms of all dictionaries of a lookout together, so that a text is read once for each
 * way of comparing them, however many there are. Made with the policy, in its arena; immutable;
 * any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_TERMS_H
#define CULVERT_RULESETS_DETECTION_TERMS_H

#include "rulesets/detection/dictionary.h"
#include "rulesets/detection/vocabulary.h"

/* A term and its dictionary. */
struct terms_item {
    uint32_t dictionary; /* among those of `terms` */
    uint32_t term;
};

/* Keywords that are compared alike. A word may be a term of several dictionaries. */
struct terms_words {
    const struct words *words; /* NULL: there are none */
    uint32_t *firsts;          /* by word, in `items`; one more behind the last */
    struct terms_item *items;
    bool whole;
};

#define TERMS_WORDS 4u

struct terms {
    const struct subject **dictionaries;
    size_t count;
    struct terms_words words[TERMS_WORDS]; /* without case and with, whole words and parts */
    struct terms_item *patterns;
    size_t pattern_count;
};

/* Of the dictionaries among `subjects`, which must outlive it; NULL: there is none. */
struct terms *terms_new(const struct subject *const *subjects, size_t count, struct arena *arena);

#endif
