/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reader/scan.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static struct token bad(size_t off, size_t len, const char *why)
{
    return (struct token){TOKEN_BAD, off, len, why};
}

/* The 16 bits of "\uXXXX" at `at`, or -1. */
static long hex4(struct span text, size_t at)
{
    if (text.len < 6 || at > text.len - 6 || text.ptr[at] != '\\' || text.ptr[at + 1] != 'u')
        return -1;
    long code = 0;
    for (size_t i = 2; i < 6; i++) {
        int digit = ascii_hex(text.ptr[at + i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

/* The character that the escape at `at` stands for; its length in the text in *len_out, 0 when it
 * is no escape of JSON. */
static uint32_t unescape(struct span text, size_t at, size_t *len_out)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    *len_out = 0;
    if (at + 1 >= text.len)
        return 0;
    char letter = text.ptr[at + 1];
    const char *known = letter ? strchr(letters, letter) : NULL;
    if (known) {
        *len_out = 2;
        return (unsigned char)meanings[known - letters];
    }
    long high = hex4(text, at);
    if (high <= 0 || (high >= 0xDC00 && high <= 0xDFFF))
        return 0;
    if (high < 0xD800 || high > 0xDBFF) {
        *len_out = 6;
        return (uint32_t)high;
    }
    long low = hex4(text, at + 6);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0;
    *len_out = 12;
    return 0x10000u + (((uint32_t)high - 0xD800u) << 10) + ((uint32_t)low - 0xDC00u);
}

static struct token bad_escape(struct span text, size_t at)
{
    char letter = at + 1 < text.len ? text.ptr[at + 1] : '\0';
    if (letter == 'u')
        return bad(at, 2,
                   "\\u wants four hexadecimal digits of a character other than U+0000 (above "
                   "U+FFFF: two of them)");
    return bad(at, ascii_is_8bit(letter) ? 1 : 2,
               "JSON has no such escape; a backslash is written twice, as in \"\\\\d\"");
}

static struct token scan_string(struct span text, size_t off)
{
    for (size_t at = off + 1; at < text.len;) {
        char c = text.ptr[at];
        size_t len = 1;
        if (c == '"')
            return (struct token){TOKEN_STRING, off, at + 1 - off, NULL};
        if (c == '\n' || c == '\r')
            return bad(off, 1, "the string that begins here has no closing quote on its line");
        if (ascii_is_control(c) && c != 0x7f)
            return bad(at, 1, "a control character in a string is written as \\t or \\u00XX");
        if (c == '\\') {
            (void)unescape(text, at, &len);
            if (len == 0)
                return bad_escape(text, at);
        }
        at += len;
    }
    return bad(off, 1, "the string that begins here has no closing quote");
}

static size_t digits(struct span text, size_t at)
{
    size_t count = 0;
    while (at + count < text.len && ascii_is_digit(text.ptr[at + count]))
        count++;
    return count;
}

/* strtoll() and strtod() want a NUL behind: numbers are copied. */
static bool number_fits(struct span number, bool real)
{
    char copy[400];
    if (number.len >= sizeof copy)
        return false;
    memcpy(copy, number.ptr, number.len);
    copy[number.len] = '\0';
    errno = 0;
    if (!real) {
        (void)strtoll(copy, NULL, 10);
        return errno == 0;
    }
    return isfinite(strtod(copy, NULL));
}

static struct token scan_number(struct span text, size_t off)
{
    size_t at = off;
    bool real = false;
    if (text.ptr[at] == '-')
        at++;
    size_t whole = digits(text, at);
    if (whole == 0)
        return bad(off, 1, "a number has a digit behind its sign");
    if (whole > 1 && text.ptr[at] == '0')
        return bad(off, whole, "a number has no leading zeros");
    at += whole;
    if (at < text.len && text.ptr[at] == '.') {
        size_t fraction = digits(text, at + 1);
        if (fraction == 0)
            return bad(off, at + 1 - off, "a number has a digit behind its point");
        at += 1 + fraction;
        real = true;
    }
    if (at < text.len && ascii_lower(text.ptr[at]) == 'e') {
        size_t sign = at + 1 < text.len && strchr("+-", text.ptr[at + 1]) && text.ptr[at + 1];
        size_t exponent = digits(text, at + 1 + sign);
        if (exponent == 0)
            return bad(off, at + 1 - off, "a number has a digit behind its 'e'");
        at += 1 + sign + exponent;
        real = true;
    }
    if (!number_fits(span_sub(text, off, at - off), real))
        return bad(off, at - off, "this number is too large");
    return (struct token){TOKEN_NUMBER, off, at - off, NULL};
}

static struct token scan_word(struct span text, size_t off)
{
    size_t len = 0;
    while (off + len < text.len && ascii_is_alpha(text.ptr[off + len]))
        len++;
    struct span word = span_sub(text, off, len);
    if (span_is(word, "true") || span_is(word, "false") || span_is(word, "null"))
        return (struct token){TOKEN_WORD, off, len, NULL};
    return bad(off, len, "a text stands in double quotes; only true, false and null do not");
}

static struct token scan_other(struct span text, size_t off)
{
    char c = text.ptr[off];
    if (c == '\'')
        return bad(off, 1, "a text stands in double quotes, not single ones");
    if (c == '#' || c == '/')
        return bad(off, 1, "JSON has no comments; use a \"comment\" key");
    if (ascii_is_8bit(c)) {
        size_t len = utf8_decode(span_from(text, off), NULL);
        return bad(off, len ? len : 1, "a text stands in double quotes");
    }
    return bad(off, 1, "this character means nothing in JSON outside of a text");
}

struct token scan_next(struct span text, size_t at)
{
    static const char marks[] = "{}[]:,";
    static const enum token_type types[] = {TOKEN_OBJECT,    TOKEN_OBJECT_END, TOKEN_ARRAY,
                                            TOKEN_ARRAY_END, TOKEN_COLON,      TOKEN_COMMA};
    while (at < text.len && ascii_is_space(text.ptr[at]))
        at++;
    if (at >= text.len)
        return (struct token){TOKEN_END, text.len, 0, NULL};
    char c = text.ptr[at];
    const char *mark = c ? strchr(marks, c) : NULL;
    if (mark)
        return (struct token){types[mark - marks], at, 1, NULL};
    if (c == '"')
        return scan_string(text, at);
    if (c == '-' || ascii_is_digit(c))
        return scan_number(text, at);
    if (ascii_is_alpha(c))
        return scan_word(text, at);
    return scan_other(text, at);
}

void scan_decode(struct span token, struct buf *out)
{
    size_t at = 1;
    while (at + 1 < token.len) {
        size_t len = 1;
        if (token.ptr[at] == '\\') {
            char bytes[UTF8_MAX];
            uint32_t code = unescape(token, at, &len);
            buf_add(out, span_of(bytes, utf8_encode(code, bytes)));
            if (len == 0)
                return;
        } else {
            buf_add_byte(out, token.ptr[at]);
        }
        at += len;
    }
}

size_t scan_raw_offset(struct span token, size_t decoded)
{
    size_t at = 1;
    size_t seen = 0;
    while (at + 1 < token.len && seen < decoded) {
        size_t len = 1;
        size_t bytes = 1;
        if (token.ptr[at] == '\\') {
            char encoded[UTF8_MAX];
            bytes = utf8_encode(unescape(token, at, &len), encoded);
            if (len == 0)
                break;
        }
        if (seen + bytes > decoded)
            break;
        seen += bytes;
        at += len;
    }
    return at;
}
