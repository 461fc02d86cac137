/* SPDX-License-Identifier: Apache-2.0 */
/*
 * texts_seen: the finds in texts by what they are of, so that a rule costs what it is about and not
 * what all rules have found. In the arena of the inspection; one thread.
 */
#ifndef CULVERT_RULESETS_TEXTS_TEXTS_SEEN_H
#define CULVERT_RULESETS_TEXTS_TEXTS_SEEN_H

#include "rulesets/texts/texts.h"

/* Sorts `seen` of the texts, which is complete. */
void texts_seen_sort(struct texts *texts, struct arena *arena);

/* Those of `subjects`, each of which is there once, in the order of `seen`. */
struct seen *texts_seen_of(const struct texts *texts, const struct subject *const *subjects,
                           size_t count, struct arena *arena, size_t *count_out);

/* How many these are. */
size_t texts_seen_count(const struct texts *texts, const struct subject *const *subjects,
                        size_t count);

#endif
