/* SPDX-License-Identifier: Apache-2.0 */
/* dialect_text: literals, and which texts an expression is good for. */
#include "engine/scanner/dialect.h"

#include "engine/base/ascii.h"
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

int dialect_folds_to_ascii(struct span text)
{
    unsigned char first = text.len > 1 ? (unsigned char)text.ptr[0] : 0;
    unsigned char second = text.len > 1 ? (unsigned char)text.ptr[1] : 0;
    unsigned char third = text.len > 2 ? (unsigned char)text.ptr[2] : 0;
    switch (first) {
    case 0xc3: /* sharp s */
        return second == 0x9f;
    case 0xc4: /* I with a dot */
        return second == 0xb0 ? 2 : 0;
    case 0xc5: /* n behind an apostrophe, long s */
        return second == 0x89 || second == 0xbf ? 2 : 0;
    case 0xc7: /* j with a caron */
        return second == 0xb0 ? 2 : 0;
    case 0xe1: /* h, t, w, y, a with signs above; capital sharp s */
        if (second != 0xba)
            return 0;
        return third == 0x9e ? 1 : third >= 0x96 && third <= 0x9a ? 2 : 0;
    case 0xe2: /* Kelvin */
        return second == 0x84 && third == 0xaa ? 2 : 0;
    case 0xef: /* ligatures */
        return second == 0xac ? 2 : 0;
    default:
        return 0;
    }
}

enum dialect_text dialect_text_of(struct span text)
{
    enum dialect_text found = DIALECT_PLAIN;
    for (size_t i = 0; i < text.len && found != DIALECT_ANY; i++) {
        if (!ascii_is_8bit(text.ptr[i]))
            i += ascii_prefix(span_from(text, i));
        if (i == text.len)
            break;
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0xc3 || (c > 0xc7 && c != 0xe1 && c != 0xe2 && c != 0xef))
            continue;
        int folds = dialect_folds_to_ascii(span_from(text, i));
        found = folds == 2 ? DIALECT_ANY : folds == 1 ? DIALECT_SHARP : found;
    }
    return found;
}
