/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/sight.h"

#include "engine/base/attrs.h"
#include "engine/base/utf8.h"

/*
 * Blanks are the space separators of Unicode and what is drawn as one: Hangul fillers and the empty
 * Braille cell. Invisible is what Unicode calls default ignorable, and the marks of annotations.
 * So is U+FFFD, which stands for a bad byte, and what ISO 8859 has at 80 to 9F: most readers drop
 * both. Line and paragraph separators end a line and are neither. By code point.
 */
static const struct {
    uint32_t first, last;
    enum sight sight;
} ranges[] = {
    {0x80, 0x9f, SIGHT_NOTHING},       {0xa0, 0xa0, SIGHT_BLANK},
    {0xad, 0xad, SIGHT_NOTHING},       {0x34f, 0x34f, SIGHT_NOTHING},
    {0x61c, 0x61c, SIGHT_NOTHING},     {0x115f, 0x1160, SIGHT_NOTHING},
    {0x1680, 0x1680, SIGHT_BLANK},     {0x17b4, 0x17b5, SIGHT_NOTHING},
    {0x180b, 0x180f, SIGHT_NOTHING},   {0x2000, 0x200a, SIGHT_BLANK},
    {0x200b, 0x200f, SIGHT_NOTHING},   {0x202a, 0x202e, SIGHT_NOTHING},
    {0x202f, 0x202f, SIGHT_BLANK},     {0x205f, 0x205f, SIGHT_BLANK},
    {0x2060, 0x206f, SIGHT_NOTHING},   {0x2800, 0x2800, SIGHT_BLANK},
    {0x3000, 0x3000, SIGHT_BLANK},     {0x3164, 0x3164, SIGHT_BLANK},
    {0xfe00, 0xfe0f, SIGHT_NOTHING},   {0xfeff, 0xfeff, SIGHT_NOTHING},
    {0xffa0, 0xffa0, SIGHT_BLANK},     {0xfff0, 0xfffb, SIGHT_NOTHING},
    {0xfffd, 0xfffd, SIGHT_NOTHING},   {0x1bca0, 0x1bca3, SIGHT_NOTHING},
    {0x1d173, 0x1d17a, SIGHT_NOTHING}, {0xe0000, 0xe0fff, SIGHT_NOTHING},
};

enum sight sight_of(uint32_t code)
{
    size_t low = 0, high = ARRAY_LEN(ranges);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < code)
            low = middle + 1;
        else
            high = middle;
    }
    bool inside = low < ARRAY_LEN(ranges) && ranges[low].first <= code;
    return inside ? ranges[low].sight : SIGHT_ITSELF;
}

/* Whether a character of the table may begin with this byte. Most letters of most languages do
 * not. */
static bool may_begin(unsigned char c)
{
    switch (c) {
    case 0xc2:
    case 0xcd:
    case 0xd8:
    case 0xe1:
    case 0xe2:
    case 0xe3:
    case 0xef:
    case 0xf0:
    case 0xf3:
        return true;
    default:
        return false;
    }
}

size_t sight_next(struct span text, size_t *len_out, enum sight *sight_out)
{
    size_t at = 0;
    *len_out = 0;
    *sight_out = SIGHT_ITSELF;
    while (at < text.len) {
        unsigned char c = (unsigned char)text.ptr[at];
        uint32_t code;
        size_t len;
        if (c < 0x80) {
            at += ascii_prefix(span_from(text, at));
        } else if (!may_begin(c)) {
            at++;
        } else if ((len = utf8_decode(span_from(text, at), &code)) == 0) {
            at++;
        } else if ((*sight_out = sight_of(code)) != SIGHT_ITSELF) {
            *len_out = len;
            return at;
        } else {
            at += len;
        }
    }
    return at;
}
