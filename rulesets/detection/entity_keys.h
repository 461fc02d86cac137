/* SPDX-License-Identifier: Apache-2.0 */
/* entity_keys: an entity as it is written, before it is compiled. Private to entity. */
#ifndef CULVERT_RULESETS_DETECTION_ENTITY_KEYS_H
#define CULVERT_RULESETS_DETECTION_ENTITY_KEYS_H

#include "rulesets/detection/entity.h"

/* What a row says, or its entity for all rows. */
struct row_settings {
    struct pattern_source pattern;
    int64_t group, confidence, near;
    int boundary; /* enum boundary */
    bool keyword_required, whole;
    struct string_list validators, keywords, exclusion_keywords, exclude;
};

struct entity_settings {
    struct row_settings row;
    struct span title, source;
    int category;
    struct node patterns, samples;
};

struct entity_file {
    struct span region;
    struct node entities;
};

extern const struct key_table entity_row_table;
extern const struct enum_value entity_categories[];

#endif
