/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dictionary: a list of terms, each with a weight, from a CSV file or the configuration. Keywords
 * are compared as comparable.h has it, blanks and line ends alike; patterns as they are. Read on
 * the main thread, in its arena; immutable; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_DICTIONARY_H
#define CULVERT_RULESETS_DETECTION_DICTIONARY_H

#include "config/reader/node.h"
#include "engine/pattern/pattern.h"
#include "rulesets/detection/words.h"

#define DICTIONARY_WEIGHT_MAX 100

struct dictionary_term {
    struct span text;
    int weight;
    bool case_sensitive;
    bool whole; /* no part of a longer word */
    bool is_pattern;
    bool is_repeated;              /* compared as an earlier one is: that one is looked for */
    const struct pattern *pattern; /* NULL: a keyword */
};

struct dictionary {
    const char *name;
    struct dictionary_term *terms;
    size_t count;
    size_t repeated; /* of these */
    struct node node;
};

struct dictionaries {
    struct dictionary *items;
    size_t count, cap;
};

extern const struct key_table dictionary_table;

/* Reads `node`, an item of `dictionaries`, and the file that it names, unless it is disabled.
 * Complains and returns false when anything is wrong. */
bool dictionary_read(struct reader *reader, const struct node *node,
                     struct dictionaries *dictionaries) MUST_USE;

bool dictionaries_read(struct reader *reader, const struct node *list,
                       struct dictionaries *dictionaries) MUST_USE;

/* How many terms are different, as far as they are compared. */
size_t dictionary_entries(const struct dictionary *dictionary);

#endif
