/* SPDX-License-Identifier: Apache-2.0 */
/* dictionary_keys: a dictionary as it is written. Private to dictionary. */
#ifndef CULVERT_RULESETS_DETECTION_DICTIONARY_KEYS_H
#define CULVERT_RULESETS_DETECTION_DICTIONARY_KEYS_H

#include "rulesets/detection/dictionary.h"

enum term_kind { TERM_KEYWORD, TERM_REGEX };

struct dictionary_settings {
    struct span file;
    struct string_list terms;
    int type; /* enum term_kind */
    bool case_sensitive, whole_words;
};

/* Terms while they are read: on the heap, so that a million leave no smaller copies behind. */
struct dictionary_terms {
    struct dictionary_term *items;
    size_t count, cap;
};

void dictionary_add(struct dictionary_terms *terms, const struct dictionary_term *term);

/* Adds the terms of the file; complains. */
bool dictionary_read_file(struct reader *reader, const struct node *node,
                          const struct dictionary_settings *settings,
                          struct dictionary_terms *terms) MUST_USE;

/* Marks keywords that are compared as an earlier one is, with the same flags. Returns the first of
 * which nothing is left when it is compared, or too much; NULL: all are good. */
const struct dictionary_term *dictionary_mark_repeated(struct dictionary *dictionary);

/* Compiles the pattern of a term; what is wrong with it in `err`. */
bool dictionary_compile(struct reader *reader, struct dictionary_term *term,
                        struct error *err) MUST_USE;

#endif
