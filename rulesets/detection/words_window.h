/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words_window: a stretch of a text as it is compared, with where each byte comes from; it moves
 * on with the pass over the text. Private to words; on the stack of one pass.
 */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_WINDOW_H
#define CULVERT_RULESETS_DETECTION_WORDS_WINDOW_H

#include "rulesets/detection/words_build.h"

#define WINDOW_BYTES 4096u

/* Of a compared byte. Above these is how many bytes its character has in the text. */
enum { WINDOW_FIRST = 1, WINDOW_LAST = 2, WINDOW_BEGINS = 4, WINDOW_LENGTH = 8 };

struct words_window {
    const struct words *words;
    struct span text;
    size_t next; /* character of the text that is not in it yet */
    bool blank;  /* so was the last one that is seen */
    bool joins;  /* so does the last one */
    size_t at;   /* byte that the pass has come to */
    size_t count;
    unsigned char bytes[WINDOW_BYTES];
    unsigned char kinds[WINDOW_BYTES]; /* BEGINS: no character in front makes a longer word of it */
    uint32_t offs[WINDOW_BYTES];       /* of its character in the text */
};

/* The pass goes on at text[off], where a character begins. */
void window_seek(struct words_window *window, size_t off);

/* Whether `count` bytes, up to WORDS_LONGEST, follow. As many stay before `at`. */
bool window_fill(struct words_window *window, size_t count);

/* Where in the text the character of a byte of the window ends. */
static inline size_t window_end(const struct words_window *window, size_t index)
{
    return (size_t)window->offs[index] + window->kinds[index] / WINDOW_LENGTH;
}

#endif
