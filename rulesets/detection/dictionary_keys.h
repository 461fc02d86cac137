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

/* Adds the terms of the file; complains. */
bool dictionary_read_file(struct reader *reader, const struct node *node,
                          const struct dictionary_settings *settings,
                          struct dictionary *dictionary) MUST_USE;

void dictionary_add(struct reader *reader, struct dictionary *dictionary,
                    const struct dictionary_term *term);

/* Compiles the pattern of a term; what is wrong with it in `err`. */
bool dictionary_compile(struct reader *reader, struct dictionary_term *term,
                        struct error *err) MUST_USE;

#endif
