/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map_encoded: the octets of encoded words (RFC 2047 section 4) in a boundary. Only the lenient
 * reading asks; text for people goes through the codecs, which know charsets.
 */
#include "engine/base/ascii.h"
#include "engine/message/map/map_build.h"

struct word {
    char encoding;      /* 'b' or 'q' */
    struct span text;   /* as written */
    struct span behind; /* what follows the word */
};

/* Splits "charset?Q?text?=..." */
static bool read_word(struct span rest, struct word *word)
{
    size_t charset = span_find_byte(rest, '?');
    if (charset == SPAN_NONE || charset + 3 > rest.len || rest.ptr[charset + 2] != '?')
        return false;
    word->encoding = ascii_lower(rest.ptr[charset + 1]);
    rest = span_from(rest, charset + 3);
    size_t end = span_find(rest, SPAN("?="));
    if (end == SPAN_NONE || (word->encoding != 'b' && word->encoding != 'q'))
        return false;
    word->text = span_sub(rest, 0, end);
    word->behind = span_from(rest, end + 2);
    return true;
}

static size_t decode_q(struct span text, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i] == '_' ? ' ' : text.ptr[i];
        int high = byte == '=' && i + 2 < text.len ? ascii_hex(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? ascii_hex(text.ptr[i + 2]) : -1;
        if (low >= 0) {
            byte = (char)(high * 16 + low);
            i += 2;
        }
        out[len++] = byte;
    }
    return len;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (ascii_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static size_t decode_b(struct span text, char *out)
{
    size_t len = 0;
    unsigned bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = base64_digit(text.ptr[i]);
        if (digit < 0)
            continue;
        bits = (bits << 6 | (unsigned)digit) & 0xffffffu;
        count += 6;
        if (count >= 8) {
            count -= 8;
            out[len++] = (char)(bits >> count & 0xffu);
        }
    }
    return len;
}

struct span encoded_words_decode(struct span text, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    while (text.len > 0) {
        struct word word;
        if (span_starts(text, SPAN("=?")) && read_word(span_from(text, 2), &word)) {
            len += word.encoding == 'q' ? decode_q(word.text, out + len)
                                        : decode_b(word.text, out + len);
            text = word.behind;
        } else {
            out[len++] = text.ptr[0];
            text = span_from(text, 1);
        }
    }
    return span_of(out, len);
}
