/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_folded.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/look_alike.h"
#include "engine/message/codecs/sight.h"
#include "engine/message/codecs/stretches.h"

#include <glib.h>

/* Longer words are looked at in pieces. */
#define WORD_MOST 256u

/* What the characters of a word are, all together. */
struct word {
    size_t end;
    bool letters; /* ASCII letters, or forms of them */
    bool digits;
    bool others;         /* letters that look like no ASCII */
    bool not_all_digits; /* of those that look like ASCII */
    bool begins_digit, ends_digit;
};

/* false: it does not belong to a word. */
static bool add_to_word(struct word *word, uint32_t code, bool first)
{
    uint32_t plain[PLAIN_MAX];
    if (code >= 0x80 && sight_of(code) != SIGHT_ITSELF)
        return sight_of(code) == SIGHT_NOTHING;
    struct look_alike alike = code >= 0x80 ? look_alike_of(code) : (struct look_alike){'\0', '\0'};
    bool is_alike = alike.letter || alike.digit;
    if (code >= 0x80 && !is_alike && plain_form_of(code, plain) == 1)
        code = plain[0];
    word->ends_digit = code >= '0' && code <= '9';
    word->begins_digit = word->begins_digit || (first && word->ends_digit);
    if (is_alike) {
        word->not_all_digits = word->not_all_digits || !alike.digit;
        word->others = word->others || (!alike.letter && !alike.digit);
        return true;
    }
    if (word->ends_digit)
        word->digits = true;
    else if (code < 0x80 && ascii_is_alpha((char)code))
        word->letters = true;
    else if (code >= 0x80 && g_unichar_isalnum(code))
        word->others = true;
    else
        return false;
    return true;
}

static struct word word_at(struct span text, size_t at)
{
    struct word word = {.end = at};
    size_t most = at + WORD_MOST;
    bool first = true;
    while (word.end < text.len && word.end < most) {
        uint32_t code;
        size_t len = utf8_decode(span_from(text, word.end), &code);
        bool ended = word.ends_digit;
        if (len == 0 || !add_to_word(&word, code, first)) {
            word.ends_digit = ended;
            break;
        }
        if (code >= 0x80 && sight_of(code) == SIGHT_NOTHING)
            word.ends_digit = ended;
        else
            first = false;
        word.end += len;
    }
    return word;
}

static size_t put_plain(const uint32_t *plain, size_t count, char out[PLAIN_MAX * UTF8_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += utf8_encode(plain[i], out + len);
    return len;
}

/* The character at `at`, in a word. Returns its length. */
static size_t fold_character(struct stretches *text, size_t at, const struct word *word)
{
    uint32_t code = 0, plain[PLAIN_MAX];
    char out[PLAIN_MAX * UTF8_MAX];
    size_t len = utf8_decode(span_from(text->source, at), &code);
    enum sight sight = len > 1 ? sight_of(code) : SIGHT_ITSELF;
    if (len <= 1 || sight == SIGHT_NOTHING) {
        stretches_keep(text, at, sight == SIGHT_NOTHING ? 0 : 1, STRETCH_PLAIN);
        return len > 0 ? len : 1;
    }
    struct look_alike alike = look_alike_of(code);
    bool number = word->digits && !word->letters && !word->others && !word->not_all_digits &&
                  word->begins_digit && word->ends_digit;
    if (sight == SIGHT_BLANK)
        plain[0] = ' ';
    else if (number && alike.digit)
        plain[0] = (uint32_t)alike.digit;
    else if (word->letters && !word->others && alike.letter)
        plain[0] = (uint32_t)alike.letter;
    else
        plain[0] = 0;
    size_t count = plain[0] ? 1 : plain_form_of(code, plain);
    if (count == 0)
        stretches_keep(text, at, len, STRETCH_PLAIN);
    else
        stretches_put(text, at, len, span_of(out, put_plain(plain, count, out)), STRETCH_PLAIN);
    return len;
}

/* The word that `at`, behind `from`, stands in, or `at`. */
static size_t word_begin(struct span text, size_t from, size_t at)
{
    size_t begin = at;
    while (begin > from && at - begin < WORD_MOST / 2 && ascii_is_alnum(text.ptr[begin - 1]))
        begin--;
    return begin;
}

static void fold(struct stretches *text, size_t at, size_t end)
{
    struct span source = span_sub(text->source, 0, end);
    while (at < end && !stretches_is_over(text)) {
        size_t plain = ascii_prefix(span_from(source, at));
        size_t begin = at + plain < end ? word_begin(source, at, at + plain) : end;
        stretches_keep(text, at, begin - at, STRETCH_PLAIN);
        if (begin == end)
            return;
        struct word word = word_at(source, begin);
        at = begin;
        do
            at += fold_character(text, at, &word);
        while (at < word.end && at < end);
    }
}

struct flowed {
    bool is, delete_space;
};

static struct flowed flowed_of(const struct part *part)
{
    struct flowed flowed = {false, false};
    if (!part || !part_is_type(part, "text", "plain"))
        return flowed;
    const struct param *format = params_find(&part->type, "format");
    const struct param *delete_space = params_find(&part->type, "delsp");
    flowed.is = format && span_is_nocase(format->value, "flowed");
    flowed.delete_space = delete_space && span_is_nocase(delete_space->value, "yes");
    return flowed;
}

/* How many ">" a line begins with. */
static size_t quotes(struct span text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] == '>')
        end++;
    return end - at;
}

static size_t line_behind(struct span text, size_t at)
{
    size_t end = span_find_byte(span_from(text, at), '\n');
    return end == SPAN_NONE ? text.len : at + end + 1;
}

/* RFC 3676 section 4: a line that ends in a space goes on in the next one of the same depth; the
 * line of a signature does not. */
static bool is_soft(struct span text, size_t at, size_t content, size_t next)
{
    struct span line = span_sub(text, at + quotes(text, at), content - at - quotes(text, at));
    if (content >= next || next >= text.len || line.len == 0 || line.ptr[line.len - 1] != ' ')
        return false;
    if (line.ptr[0] == ' ')
        line = span_from(line, 1);
    return !span_is(line, "-- ") && quotes(text, at) == quotes(text, next);
}

static void fold_flowed(struct stretches *text, struct flowed flowed)
{
    struct span source = text->source;
    size_t begin = 0;
    for (size_t at = 0, next; at < source.len && !stretches_is_over(text); at = next) {
        next = line_behind(source, at);
        size_t content = next;
        if (content > at && source.ptr[content - 1] == '\n')
            content -= content - at > 1 && source.ptr[content - 2] == '\r' ? 2 : 1;
        if (!is_soft(source, at, content, next)) {
            fold(text, begin, next);
            begin = next;
            continue;
        }
        size_t from = begin;
        begin = next + quotes(source, next);
        if (begin < source.len && source.ptr[begin] == ' ')
            begin++; /* stuffed */
        fold(text, from, content - flowed.delete_space);
    }
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    struct stretches text;
    struct flowed flowed = flowed_of(view->part);
    (void)detail;
    view->is_bytes = view->parent->is_bytes;
    if (!stretches_begin(&text, view, raw))
        return;
    if (flowed.is)
        fold_flowed(&text, flowed);
    else
        fold(&text, 0, raw.len);
    stretches_end(&text);
}

static bool as_it_is(const struct view *view, uint16_t tag, struct span with, struct buf *out,
                     struct error *err)
{
    (void)view;
    (void)tag;
    (void)err;
    buf_add(out, with);
    return true;
}

static bool encode(struct view *view, struct error *err)
{
    return stretches_write_back(view, as_it_is, err);
}

const struct codec codec_folded = {"folded", decode, encode, stretches_origin};

static bool may_differ(struct view *view)
{
    if (view_is_ascii(view))
        return flowed_of(view->part).is;
    return !view->is_bytes || utf8_is_valid(view->text);
}

struct view *view_as_folded(struct view *view)
{
    if (view->codec == &codec_folded || view == views_root(view->views))
        return view;
    if (!view->folded_known) {
        view->folded_known = true;
        if (may_differ(view))
            view->folded = view_open(view, 0, view->text.len, &codec_folded, view->part, NULL);
    }
    return view->folded ? view->folded : view;
}
