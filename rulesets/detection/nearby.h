/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nearby: where the keywords of a lookout stand in one text, and which of them is nearest to a
 * value: before or behind it, or at the head of its column. In the arena of the inspection; one
 * thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_NEARBY_H
#define CULVERT_RULESETS_DETECTION_NEARBY_H

#include "rulesets/detection/sighting.h"
#include "rulesets/detection/words.h"

struct nearby;

/* Scans the text, of which text_traits() are known; `plain`: by the automaton alone, for tests.
 * *complete_out becomes false where a limit ended that. */
struct nearby *nearby_new(const struct words *words, struct span text, unsigned traits, bool plain,
                          uint64_t deadline_ns, struct arena *arena, bool *complete_out);

/* Keywords of a row: their texts, and their numbers in `words`. */
struct nearby_words {
    const struct span *texts;
    const uint32_t *numbers;
    size_t count;
};

/* The different words that stand in the text. */
size_t nearby_word_count(const struct nearby *nearby);
uint32_t nearby_word(const struct nearby *nearby, size_t index);

bool nearby_any(const struct nearby *nearby, const struct nearby_words *words);

/* What is known of the words of one row around the starts that were asked for. Zeroed at first. */
struct nearby_window {
    size_t none_before; /* no start before that has one near */
    size_t some_up_to;  /* a start before that may */
};

/* Whether one of them may be `near` characters away at most from a value in text [start, start +
 * width), or at the head of its column: never false where nearby_find() would find one. The starts
 * of one window ascend. */
bool nearby_may(struct nearby *nearby, const struct nearby_words *words, size_t start, size_t width,
                uint32_t near, struct nearby_window *window);

/* The nearest to text [off, off + len), `near` characters away at most and not in it. */
bool nearby_find(struct nearby *nearby, const struct nearby_words *words, size_t off, size_t len,
                 uint32_t near, struct evidence *evidence);

#endif
