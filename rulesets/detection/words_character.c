/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/words_character.h"

static void take_apart(uint32_t code, bool caseless, struct words_character *out)
{
    uint32_t codes[COMPARABLE_MAX];
    size_t count = comparable_of(code, caseless, codes);
    out->bytes = out->own;
    out->size = 0;
    for (size_t i = 0; i < count; i++) {
        char one[UTF8_MAX];
        size_t more = utf8_encode(codes[i], one);
        memcpy(out->own + out->size, one, more);
        out->size += more;
    }
}

void words_character_at(const struct words *words, struct span text, size_t off,
                        struct words_character *out)
{
    out->len = utf8_decode(span_from(text, off), &out->code);
    if (out->len == 0) {
        out->len = 1;
        out->code = 0xfffd;
    }
    const struct words_above *above = words_above_of(words, out->code);
    if (!above || above->size == WORDS_ABOVE_MORE) {
        take_apart(out->code, words->caseless, out);
        return;
    }
    out->bytes = above->bytes;
    out->size = above->size;
}
