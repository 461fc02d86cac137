/* SPDX-License-Identifier: Apache-2.0 */
/* dialect_text: literals, and which texts an expression is good for. */
#include "engine/scanner/dialect.h"

#include "engine/base/text_traits.h"
#include "engine/base/utf8.h"
#include "engine/scanner/dialect_parse.h"
#include "engine/scanner/dialect_write.h"

/* Scripts without case: Hebrew to Tibetan, Han, Kana, Hangul. */
static bool has_no_case(uint32_t code)
{
    return (code >= 0x590 && code < 0x1000) || (code >= 0x3040 && code < 0xa000) ||
           (code >= 0xac00 && code < 0xd7a4);
}

bool dialect_has_case(struct span character)
{
    uint32_t code = 0;
    return utf8_decode(character, &code) == 0 || !has_no_case(code);
}

bool dialect_write_cases(struct span character, struct buf *out)
{
    uint32_t code = 0;
    if (utf8_decode(character, &code) == 0)
        return false;
    uint32_t small = code | 0x20;
    /* Letters of Latin 1, but for sharp s, the signs among them, and what is the ring of \u212b or
     * a small letter alone. */
    if (code >= 0xc0 && code <= 0xfe && small != 0xdf && small != 0xff && small != 0xf7 &&
        small != 0xe5) {
        buf_printf(out, "\\xc3[\\x%02x\\x%02x]", (unsigned)(small - 0x60) & 0xff,
                   (unsigned)(small - 0x40) & 0xff);
        return true;
    }
    /* Cyrillic, with the forms that are other cases of it since Unicode 9. */
    if (code >= 0x400 && code <= 0x45f) {
        small = code < 0x410 ? code + 0x50 : code < 0x430 ? code + 0x20 : code;
        uint32_t large = small < 0x450 ? small - 0x20 : small - 0x50;
        buf_printf(out, "(?:\\x%02x\\x%02x|\\x%02x\\x%02x|\\xe1\\xb2[\\x80-\\x8f])",
                   0xc0 | (unsigned)small >> 6, 0x80 | ((unsigned)small & 0x3f),
                   0xc0 | (unsigned)large >> 6, 0x80 | ((unsigned)large & 0x3f));
        return true;
    }
    return false;
}

enum dialect_text dialect_text_with(unsigned traits)
{
    if ((traits & (TEXT_OTHER_CASE | TEXT_OTHER_CASE_MORE)) != 0)
        return DIALECT_ANY;
    return (traits & (TEXT_SHARP | TEXT_SHARP_CAPITAL)) != 0 ? DIALECT_SHARP : DIALECT_PLAIN;
}

enum dialect_text dialect_text_of(struct span text)
{
    return dialect_text_with(text_traits(text));
}
