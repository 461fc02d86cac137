/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detection: all that a configuration says of detection: dictionaries, entities, exact matches,
 * fingerprints, DLP rules and profiles, in one name space; and the predefined entities and profiles
 * that it names. Made with the policy on the main thread, in its arena.
 */
#ifndef CULVERT_RULESETS_DETECTION_DETECTION_H
#define CULVERT_RULESETS_DETECTION_DETECTION_H

#include "rulesets/detection/profile.h"

struct detection;

/* Reads these keys of `root`, the whole configuration, or any object that has them. Complaints go
 * through the reader; there is a result all the same, so that more can be checked. */
struct detection *detection_compile(struct reader *reader, const struct node *root,
                                    struct arena *arena);

/* What a `detect` names: a profile, a DLP rule, or anything that can be found. Compiles predefined
 * ones. NULL: why in `err`. */
const struct dlp_profile *detection_find(struct detection *detection, struct span name,
                                         struct error *err);

/* What an expression names. */
const struct subject *detection_subject(struct detection *detection, struct span name,
                                        struct error *err);

/* Nothing more will be looked up: what was only needed for that is freed. */
void detection_close(struct detection *detection);

/* All subjects that were named so far, by index. */
const struct vocabulary *detection_vocabulary(const struct detection *detection);

/* Of the top level; every table of this layer, NULL-terminated. */
extern const struct key_table dictionary_table, entity_table, exact_match_table, document_set_table,
    dlp_rule_table, dlp_profile_table;

#endif
