/* SPDX-License-Identifier: Apache-2.0 */
/* words_character: a character above ASCII as it is compared. Private to words. */
#ifndef CULVERT_RULESETS_DETECTION_WORDS_CHARACTER_H
#define CULVERT_RULESETS_DETECTION_WORDS_CHARACTER_H

#include "engine/base/utf8.h"
#include "engine/message/codecs/comparable.h"
#include "rulesets/detection/words_build.h"

#define CHARACTER_MOST (COMPARABLE_MAX * UTF8_MAX) /* bytes that one is compared as */

struct words_character {
    uint32_t code;
    size_t len;                 /* in the text */
    const unsigned char *bytes; /* as it is compared: of `words`, or `own` */
    size_t size;                /* 0: it is not seen */
    unsigned char own[CHARACTER_MOST];
};

/* That at text[off]. */
void words_character_at(const struct words *words, struct span text, size_t off,
                        struct words_character *out);

#endif
