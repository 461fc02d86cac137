/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expression: what a DLP rule looks for: names of entities and dictionaries with AND, OR, NOT,
 * NEAR/n and parentheses. NOT binds tightest, then NEAR, AND, OR. A name that is not one word
 * stands in quotation marks. Made with the policy, in its arena; immutable; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_EXPRESSION_H
#define CULVERT_RULESETS_DETECTION_EXPRESSION_H

#include "rulesets/detection/vocabulary.h"

#define EXPRESSION_STEPS_MAX 256u

struct expression;

/* The subject of a name, or NULL and why in `err`. */
typedef const struct subject *expression_name(struct span name, void *arg, struct error *err);

/* NULL: `err` says what is wrong, *column_out where (characters from 1). */
struct expression *expression_new(struct span text, expression_name *find, void *arg,
                                  struct arena *arena, size_t *column_out,
                                  struct error *err) MUST_USE;

/* The one that is just a name. */
struct expression *expression_of(const struct subject *subject, struct arena *arena);

/* The subjects that it names, each once. */
const struct subject *const *expression_subjects(const struct expression *expression,
                                                 size_t *count_out);

/* A sighting and the text that it is in: only those of one text can be near each other. */
struct seen {
    const struct sighting *sighting;
    struct span text;
    size_t view;  /* number of the text */
    size_t place; /* of the value in the message: one number for the same bytes in several texts */
    size_t part;  /* number of the text, the attachment; 0: what stands in fields */
    bool in_content, in_metadata;
};

/* Whether it holds for what was seen, in order of view and place; chosen[i] becomes whether seen[i]
 * is part of why. `arena` for what is needed meanwhile. */
bool expression_holds(const struct expression *expression, const struct seen *seen, size_t count,
                      struct arena *arena, bool *chosen);

#endif
