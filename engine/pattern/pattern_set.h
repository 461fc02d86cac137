/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern_set: many patterns, and one pass over a text that tells which of them may be found in it:
 * whether the run of bytes that every match must contain stands there (hint.h). So a text in which
 * nearly none of a hundred patterns is found costs little more than one. It may tell of too many,
 * never of too few. Made on the main thread; immutable; any thread.
 */
#ifndef CULVERT_PATTERN_PATTERN_SET_H
#define CULVERT_PATTERN_PATTERN_SET_H

#include "engine/pattern/pattern.h"

struct pattern_set;

/* Of patterns for PATTERN_UTF8, which must outlive it; NULL among them: none has that number. A
 * result of NULL: a pass over the text would gain
 * nothing, since there are few of them that it could tell of. */
struct pattern_set *pattern_set_new(const struct pattern *const *patterns, size_t count) MUST_USE;
void pattern_set_free(struct pattern_set **set);

/* uint64_t that a set of bits for its patterns needs. */
size_t pattern_set_words(const struct pattern_set *set);

/* Sets the bit of each pattern that may be found in the text, and clears the others. */
void pattern_set_scan(const struct pattern_set *set, const struct pattern_subject *subject,
                      uint64_t *maybe_out);

static inline bool pattern_set_has(const uint64_t *maybe, size_t number)
{
    return (maybe[number / 64] >> (number % 64) & 1) != 0;
}

#endif
