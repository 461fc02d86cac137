/* SPDX-License-Identifier: Apache-2.0 */
/* words_pass: one pass over a text, on the stack of who scans it. Private to words. */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_PASS_H
#define CULVERT_RULESETS_DETECTION_WORDS_PASS_H

#include "engine/base/ascii.h"
#include "rulesets/detection/words_where.h"
#include "rulesets/detection/words_window.h"

struct words_pass {
    const struct words *words;
    struct span text;
    words_found *found;
    void *arg;
    uint64_t deadline_ns;
    size_t look; /* where the clock is looked at next */
    enum words_where where;
    bool whole;
    enum words_result result;
    size_t told;  /* behind where the last word begins that was found */
    size_t spelt; /* bytes of the text that were spelt, each as often as it was */
    struct words_window window;
};

/* A word stands in text [off, end); false: that is enough. */
bool words_tell(struct words_pass *pass, uint32_t word, size_t off, size_t end);

/* Tells the words that begin at a place and are no part of longer ones; false: that is enough. */
bool words_spell(struct words_pass *pass, const struct words_place *place);

bool words_part_at_any(struct span text, size_t off);

/* Whether the characters before and behind text[off] are no two of one word. */
static inline bool words_part_at(struct span text, size_t off)
{
    char before = off > 0 ? text.ptr[off - 1] : ' ', behind = off < text.len ? text.ptr[off] : ' ';
    if (ascii_is_8bit(before) || ascii_is_8bit(behind))
        return words_part_at_any(text, off);
    return !ascii_is_token(before) || !ascii_is_token(behind);
}

#endif
