/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/words.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/base64.h"

#define WORD_MOST 75u
#define FRAME 12u /* what stands around the text: =?UTF-8?Q? and ?= */

/* RFC 2047 section 2: a token without specials. */
static bool is_charset_character(char c)
{
    return c > ' ' && c <= '~' && !strchr("()<>@,;:\"/[]?.=", c);
}

bool word_parse(struct span s, struct word *word_out)
{
    if (!span_starts(s, SPAN("=?")))
        return false;
    size_t at = 2;
    while (at < s.len && is_charset_character(s.ptr[at]))
        at++;
    struct span charset = span_sub(s, 2, at - 2);
    size_t language = span_find_byte(charset, '*');
    if (charset.len == 0 || at + 3 > s.len || s.ptr[at] != '?' || s.ptr[at + 2] != '?')
        return false;
    char encoding = ascii_upper(s.ptr[at + 1]);
    if (encoding != 'B' && encoding != 'Q')
        return false;
    size_t start = at + 3;
    for (at = start; at < s.len && s.ptr[at] != '?'; at++) {
        if (s.ptr[at] == '\r' || s.ptr[at] == '\n')
            return false;
    }
    if (at + 1 >= s.len || s.ptr[at + 1] != '=')
        return false;
    if (language != SPAN_NONE)
        charset = span_sub(charset, 0, language);
    *word_out = (struct word){charset, encoding, span_sub(s, start, at - start), at + 2};
    return true;
}

static bool decode_q(struct span text, struct buf *octets)
{
    bool good = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '=') {
            int high = i + 2 < text.len ? ascii_hex(text.ptr[i + 1]) : -1;
            int low = high >= 0 ? ascii_hex(text.ptr[i + 2]) : -1;
            good = good && low >= 0;
            if (low >= 0) {
                c = (char)(high << 4 | low);
                i += 2;
            }
        }
        buf_add_byte(octets, text.ptr[i] == '_' ? ' ' : c);
    }
    return good;
}

bool word_decode(const struct word *word, struct buf *octets)
{
    if (word->encoding == 'Q')
        return decode_q(word->text, octets);
    struct base64_decoder decoder = {0};
    char *to = buf_try_reserve(octets, base64_room(word->text.len));
    if (!to)
        return false;
    size_t len = base64_decode(&decoder, word->text, 0, to);
    bool good = !decoder.junk; /* padding that is missing here is read alike by all */
    octets->len += len + base64_decode_end(&decoder, 0, to + len);
    return good;
}

/* RFC 2047 section 5 (3): what may stand for itself in a phrase too. */
static bool is_plain(char c)
{
    return ascii_is_alnum(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t q_width(struct span text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len; i++)
        width += is_plain(text.ptr[i]) || text.ptr[i] == ' ' ? 1 : 3;
    return width;
}

static size_t b_width(size_t len)
{
    return (len + 2) / 3 * 4;
}

/* How much of `text` fits into a word with `room` columns for its text: whole characters, one at
 * least. Base64 is cut where it needs no padding if it can be: some readers join the words before
 * they decode them, and stop at the padding. */
static size_t fitting(struct span text, bool base64, size_t room)
{
    size_t len = 0, width = 0, even = 0;
    while (len < text.len) {
        size_t step = utf8_decode(span_from(text, len), NULL);
        if (step == 0)
            step = 1;
        width += q_width(span_sub(text, len, step));
        if (len > 0 && (base64 ? b_width(len + step) : width) > room)
            break;
        len += step;
        if (len % 3 == 0)
            even = len;
    }
    return base64 && len < text.len && even > 0 ? even : len;
}

static void put_word(struct span text, bool base64, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    buf_add_str(out, base64 ? "=?UTF-8?B?" : "=?UTF-8?Q?");
    for (size_t i = 0; base64 && i < text.len; i += 3) {
        char quantum[4];
        base64_quantum(text.ptr + i, text.len - i < 3 ? text.len - i : 3, quantum);
        buf_add(out, span_of(quantum, 4));
    }
    for (size_t i = 0; !base64 && i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        char token[3] = {'=', digits[c >> 4], digits[c & 15]};
        if (c == ' ')
            buf_add_byte(out, '_');
        else
            buf_add(out, is_plain((char)c) ? span_of(text.ptr + i, 1) : span_of(token, 3));
    }
    buf_add_str(out, "?=");
}

void words_encode(struct span text, size_t room, struct buf *out)
{
    bool base64 = b_width(text.len) < q_width(text);
    if (room > WORD_MOST)
        room = WORD_MOST;
    for (bool first = true; text.len > 0 || first; first = false) {
        if (!first)
            buf_add_str(out, "\r\n ");
        size_t width = first ? room : WORD_MOST;
        size_t len = fitting(text, base64, width > FRAME ? width - FRAME : 1);
        put_word(span_sub(text, 0, len), base64, out);
        text = span_from(text, len);
    }
}
