/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/words.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/base64.h"

#define WORD_MOST 75u
#define FRAME 12u /* what stands around the text: =?UTF-8?Q? and ?= */

/* RFC 2047 section 2: a token without specials. */
static bool is_charset_character(char c)
{
    return c > ' ' && c <= '~' && !strchr("()<>@,;:\"/[]?.=", c);
}

static size_t skip_space(struct span s, size_t at)
{
    while (at < s.len && ascii_is_space(s.ptr[at]))
        at++;
    return at;
}

static bool starts_charset(struct span s)
{
    return span_starts(s, SPAN("=?")) && s.len > 2 && is_charset_character(s.ptr[2]);
}

/* Reads "=?charset?B?"; the length of it, 0 where it is none. */
static size_t read_start(struct span s, struct word *word)
{
    if (!span_starts(s, SPAN("=?")))
        return 0;
    size_t at = 2;
    while (at < s.len && (is_charset_character(s.ptr[at]) || ascii_is_space(s.ptr[at])))
        at++;
    struct span charset = span_sub(s, 2, at - 2);
    if (span_trim(charset).len == 0 || at >= s.len || s.ptr[at] != '?')
        return 0;
    size_t letter = skip_space(s, at + 1);
    size_t end = skip_space(s, letter + 1);
    if (end >= s.len || s.ptr[end] != '?')
        return 0;
    word->encoding = ascii_upper(s.ptr[letter]);
    size_t language = span_find_byte(charset, '*');
    word->charset = language == SPAN_NONE ? charset : span_sub(charset, 0, language);
    return word->encoding == 'B' || word->encoding == 'Q' ? end + 1 : 0;
}

/* Where the text that starts at `at` ends; SPAN_NONE: nowhere. */
static size_t find_end(struct span s, size_t at)
{
    for (; at + 1 < s.len; at++) {
        if (s.ptr[at] == '?' && s.ptr[at + 1] == '=')
            return at;
        if (s.ptr[at] == '=' && starts_charset(span_from(s, at)))
            break;
    }
    return SPAN_NONE;
}

/* What nothing ends: up to what cannot stand in a word. */
static size_t token_end(struct span s, size_t at)
{
    while (at < s.len && !ascii_is_space(s.ptr[at]) && !strchr("\"<>,;", s.ptr[at]) &&
           !starts_charset(span_from(s, at)))
        at++;
    return at;
}

static bool is_strict(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
            return false;
    }
    return true;
}

/* Printable, blanks within its text apart. */
static bool is_spaced(struct span s, const struct word *word, size_t start)
{
    for (size_t i = 0; i < word->text.len; i++) {
        char c = word->text.ptr[i];
        if (!ascii_is_blank(c) && !is_strict(span_of(&c, 1)))
            return false;
    }
    return is_strict(span_sub(s, 0, start));
}

bool word_parse(struct span s, struct word *word_out)
{
    struct word word = {0};
    size_t start = read_start(s, &word);
    if (start == 0)
        return false;
    size_t end = find_end(s, start);
    bool ends = end != SPAN_NONE;
    if (!ends)
        end = token_end(s, start);
    word.text = span_sub(s, start, end - start);
    word.len = ends ? end + 2 : end;
    word.loose = !ends || !is_strict(span_sub(s, 0, word.len)) ||
                 span_find_byte(word.text, '?') != SPAN_NONE;
    word.spaced = word.loose && ends && is_spaced(s, &word, start);
    *word_out = word;
    return true;
}

static struct span without_space(struct span s, bool blanks, struct arena *arena)
{
    char *copy = arena_alloc(arena, s.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool line_end = s.ptr[i] == '\r' || s.ptr[i] == '\n';
        bool folded = i > 0 && s.ptr[i - 1] == '\n' && ascii_is_blank(s.ptr[i]);
        if (!line_end && !folded && !(blanks && ascii_is_blank(s.ptr[i])))
            copy[len++] = s.ptr[i];
    }
    return span_of(copy, len);
}

void word_mend(struct word *word, struct arena *arena)
{
    word->charset = without_space(word->charset, true, arena);
    word->text = without_space(word->text, word->encoding == 'B', arena);
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
