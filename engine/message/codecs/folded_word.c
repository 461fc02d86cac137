/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/folded_word.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/sight.h"

#include <glib.h>

bool is_control(unsigned char c)
{
    return (c < ' ' && !(c >= '\t' && c <= '\r')) || c == 0x7f;
}

char digit_like(char letter)
{
    return letter == 'O' || letter == 'o' ? '0' : letter == 'l' || letter == 'I' ? '1' : '\0';
}

static enum glyph ascii_glyph(uint32_t code)
{
    if (code < 0x80 && ascii_is_alpha((char)code))
        return GLYPH_LETTER;
    if (code >= '0' && code <= '9')
        return GLYPH_DIGIT;
    return code < 0x80 && is_control((unsigned char)code) ? GLYPH_UNSEEN : GLYPH_APART;
}

static enum glyph other_glyph(struct character *c)
{
    uint32_t plain[PLAIN_MAX];
    enum sight sight = sight_of(c->code);
    if (sight != SIGHT_ITSELF)
        return sight == SIGHT_NOTHING ? GLYPH_UNSEEN : GLYPH_APART;
    if (g_unichar_ismark(c->code))
        return GLYPH_UNSEEN;
    c->alike = look_alike_of(c->code);
    if (c->alike.letter || c->alike.digit)
        return GLYPH_ALIKE;
    c->raised = raised_digit_of(c->code);
    if (c->raised)
        return GLYPH_RAISED;
    if (plain_form_of(c->code, plain) == 1 && plain[0] < 0x80)
        return ascii_glyph(plain[0]);
    return g_unichar_isalnum(c->code) ? GLYPH_OTHER : GLYPH_APART;
}

struct character character_at(struct span text, size_t at)
{
    struct character c = {.code = 0};
    c.len = at < text.len ? utf8_decode(span_from(text, at), &c.code) : 0;
    if (c.len > 0)
        c.glyph = c.code < 0x80 ? ascii_glyph(c.code) : other_glyph(&c);
    if (c.glyph == GLYPH_LETTER && c.code < 0x80)
        c.alike.digit = digit_like((char)c.code);
    return c;
}

static bool is_separator(struct span text, size_t at)
{
    return at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '-' || text.ptr[at] == '.');
}

#define GROUP 3u /* digits of a group of a longer number */

/* Whether so many characters at `at`, or what looks like them, are digits, most of them really. */
static bool is_group(struct span text, size_t at)
{
    unsigned digits = 0;
    for (unsigned i = 0; i < GROUP; i++) {
        struct character c = character_at(text, at);
        if (c.len == 0 || (c.glyph != GLYPH_DIGIT && (c.glyph != GLYPH_ALIKE || !c.alike.digit)))
            return false;
        digits += c.glyph == GLYPH_DIGIT;
        at += c.len;
    }
    return digits > GROUP / 2;
}

/* Whether a separator and a group stand before `at`. */
static bool group_before(struct span text, size_t at)
{
    if (at == 0 || !is_separator(text, --at))
        return false;
    for (unsigned i = 0; i < GROUP; i++)
        at = at > 0 ? utf8_floor(text, at - 1) : 0;
    return is_group(text, at);
}

/* A number begins and ends with digits ("12 b" in Cyrillic is a house), unless it is one group of a
 * longer one. */
static void judge(struct word *word, struct span text, size_t at)
{
    bool only = !word->letter_no_digit && !word->alike_no_digit && !word->has[GLYPH_OTHER];
    bool ends = word->first == GLYPH_DIGIT && word->last == GLYPH_DIGIT;
    bool letters = word->has[GLYPH_LETTER];
    bool group =
        group_before(text, at) || (is_separator(text, word->end) && is_group(text, word->end + 1));
    word->is_number = only && word->has[GLYPH_DIGIT] &&
                      (ends || (!letters && (group || word->has[GLYPH_RAISED])));
    word->is_raised_number =
        only && !letters && (word->first == GLYPH_RAISED || word->last == GLYPH_DIGIT);
}

struct word word_at(struct span text, size_t at)
{
    struct word word = {.end = at};
    while (word.end < text.len && word.end - at < WORD_MOST) {
        struct character c = character_at(text, word.end);
        if (c.len == 0 || c.glyph == GLYPH_APART)
            break;
        if (c.glyph != GLYPH_UNSEEN) {
            word.has[c.glyph] = true;
            word.first = word.first == GLYPH_APART ? c.glyph : word.first;
            word.last = c.glyph;
        }
        word.alike_no_digit |= c.glyph == GLYPH_ALIKE && !c.alike.digit;
        word.letter_no_digit |= c.glyph == GLYPH_LETTER && !c.alike.digit;
        word.end += c.len;
    }
    judge(&word, text, at);
    return word;
}
