/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/codec_folded.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/folded_word.h"
#include "engine/message/codecs/sight.h"
#include "engine/message/codecs/stretches.h"

#include <endian.h>

struct folding {
    struct stretches *text;
    bool after_digit; /* the last character that is seen is a digit */
};

/* The next character that is seen is a digit. */
static bool digit_follows(struct span text, size_t at)
{
    for (unsigned i = 0; i < 8; i++) {
        struct character c = character_at(text, at);
        if (c.len == 0 || c.glyph != GLYPH_UNSEEN)
            return c.len > 0 && (c.glyph == GLYPH_DIGIT || c.glyph == GLYPH_RAISED);
        at += c.len;
    }
    return false;
}

/* The one character of ASCII that `c`, in a word, is read as; 0: see plain_form_of(). */
static uint32_t read_as(const struct folding *folding, const struct character *c, size_t at,
                        const struct word *word)
{
    struct span source = folding->text->source;
    if (sight_of(c->code) == SIGHT_BLANK)
        return ' ';
    if (c->glyph == GLYPH_RAISED)
        return word->is_raised_number ? (uint32_t)c->raised : 0;
    if (c->glyph == GLYPH_ALIKE && word->is_number)
        return (uint32_t)c->alike.digit;
    if (c->glyph == GLYPH_ALIKE && word->has[GLYPH_LETTER] && !word->has[GLYPH_OTHER])
        return (uint32_t)c->alike.letter;
    if (folding->after_digit && digit_follows(source, at + c->len))
        return (uint32_t)separator_of(c->code);
    return 0;
}

/* Whether nothing of what is not seen, or only put on something else, is to be looked at. */
static bool is_dropped(const struct folding *folding, const struct character *c)
{
    if (c->code < 0x80 || sight_of(c->code) == SIGHT_NOTHING)
        return true;
    return folding->after_digit || is_overlay(c->code);
}

static void put(struct folding *folding, size_t at, const struct character *c, uint32_t one)
{
    uint32_t plain[PLAIN_MAX] = {one};
    char out[PLAIN_MAX * UTF8_MAX];
    size_t count = one ? 1 : plain_form_of(c->code, plain), len = 0;
    folding->after_digit =
        count == 1 ? plain[0] >= '0' && plain[0] <= '9' : c->glyph == GLYPH_DIGIT && count == 0;
    if (count == 0) {
        stretches_keep(folding->text, at, c->len, STRETCH_PLAIN);
        return;
    }
    for (size_t i = 0; i < count; i++)
        len += utf8_encode(plain[i], out + len);
    stretches_put(folding->text, at, c->len, span_of(out, len), STRETCH_PLAIN);
}

/* The character at `at`, in a word. Returns its length. */
static size_t fold_character(struct folding *folding, size_t at, const struct word *word)
{
    struct character c = character_at(folding->text->source, at);
    if (c.glyph == GLYPH_UNSEEN && c.len > 0) {
        if (is_dropped(folding, &c))
            stretches_keep(folding->text, at, 0, STRETCH_PLAIN);
        else
            stretches_keep(folding->text, at, c.len, STRETCH_PLAIN);
    } else if (c.len == 1 && c.glyph == GLYPH_LETTER && word->is_number) {
        stretches_put(folding->text, at, 1, span_of(&c.alike.digit, 1), STRETCH_PLAIN);
        folding->after_digit = true;
    } else if (c.len <= 1) {
        stretches_keep(folding->text, at, 1, STRETCH_PLAIN);
        folding->after_digit = c.glyph == GLYPH_DIGIT;
    } else {
        put(folding, at, &c, read_as(folding, &c, at, word));
    }
    return c.len > 0 ? c.len : 1;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define TOP EACH(0x80)

/* Which of eight bytes of ASCII are so much or more: their top bits. */
static uint64_t at_least(uint64_t bytes, unsigned least)
{
    return (bytes + EACH(0x80 - least)) & TOP;
}

static uint64_t within(uint64_t bytes, unsigned first, unsigned last)
{
    return at_least(bytes, first) & ~at_least(bytes, last + 1);
}

static uint64_t equal(uint64_t bytes, unsigned byte)
{
    return ~at_least(bytes ^ EACH(byte), 1) & TOP;
}

/* Which of eight bytes of ASCII, the first one lowest, may be controls or letters behind a digit.
 * The byte before them is a digit: `digit`; becomes whether the last of them is one. */
static uint64_t odd_ones(uint64_t bytes, bool *digit)
{
    uint64_t seen = at_least(bytes, ' ') & ~at_least(bytes, 0x7f);
    uint64_t odd = ~(seen | within(bytes, '\t', '\r')) & TOP;
    uint64_t digits = within(bytes, '0', '9'), behind = digits << 8 | (*digit ? 0x80 : 0);
    *digit = digits >> 63 != 0;
    if (behind != 0)
        odd |= behind & (equal(bytes | EACH(0x20), 'o') | equal(bytes, 'l') | equal(bytes, 'I'));
    return odd;
}

/* Whether digits and no others stand around what looks like digits behind text [at]: 4O53. */
static bool letters_in_number(struct span text, size_t at)
{
    size_t end = at + 1;
    if (!ascii_is_digit(text.ptr[at]) || end >= text.len || !digit_like(text.ptr[end]))
        return false;
    while (end < text.len && end - at < 8 && digit_like(text.ptr[end]))
        end++;
    return end < text.len && ascii_is_digit(text.ptr[end]);
}

/* Where something is in a block of bytes that is not to be taken as it is; `end` for nowhere. */
static size_t odd_in(struct span text, size_t at, size_t end)
{
    while (at < end && !ascii_is_8bit(text.ptr[at]) && !is_control((unsigned char)text.ptr[at])) {
        if (letters_in_number(text, at))
            return at + 1;
        at++;
    }
    return at;
}

/* How many bytes are ASCII, seen, and for sure what they look like. */
static size_t seen_prefix(struct span text)
{
    size_t at = 0;
    bool digit = false;
    for (uint64_t bytes; text.len - at >= sizeof bytes; at += sizeof bytes) {
        memcpy(&bytes, text.ptr + at, sizeof bytes);
        bytes = le64toh(bytes);
        if ((bytes & TOP) != 0)
            break;
        if (odd_ones(bytes, &digit) == 0)
            continue;
        size_t odd = odd_in(text, at > 0 ? at - 1 : 0, at + sizeof bytes);
        if (odd < at + sizeof bytes)
            return odd;
    }
    return odd_in(text, at > 0 ? at - 1 : 0, text.len);
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
    struct folding folding = {.text = text};
    while (at < end && !stretches_is_over(text)) {
        size_t plain = seen_prefix(span_from(source, at));
        size_t begin = at + plain < end ? word_begin(source, at, at + plain) : end;
        stretches_keep(text, at, begin - at, STRETCH_PLAIN);
        if (begin == end)
            return;
        if (begin > at)
            folding.after_digit = ascii_is_digit(source.ptr[begin - 1]);
        struct word word = word_at(source, begin);
        at = begin;
        do
            at += fold_character(&folding, at, &word);
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

static bool encode(struct view *view, struct error *err)
{
    return stretches_write_back(view, stretch_as_it_is, err);
}

const struct codec codec_folded = {"folded", decode, encode, stretches_origin};

/* Where the text of what stands at `off` below begins; of one thing that stands for several bytes:
 * where it ends when `off` is inside. */
static uint64_t text_at(const struct stretch_table *table, uint64_t off, uint64_t end)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct stretch *stretch = &table->items[middle];
        if ((uint64_t)stretch->source + stretch->source_len <= off)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == table->count)
        return end;
    const struct stretch *stretch = &table->items[low];
    if (off <= stretch->source)
        return stretch->text;
    return stretch->text + (stretch->same ? off - stretch->source : stretch->text_len);
}

void folded_range(const struct view *folded, uint64_t off, uint64_t len, uint64_t *off_out,
                  uint64_t *len_out)
{
    const struct stretch_table *table = folded->state;
    *off_out = off;
    *len_out = len;
    if (!table) /* the source itself */
        return;
    *off_out = text_at(table, off, folded->text.len);
    *len_out = text_at(table, off + len, folded->text.len) - *off_out;
}

static bool may_differ(struct view *view)
{
    if (view_is_ascii(view))
        return flowed_of(view->part).is || seen_prefix(view->text) < view->text.len;
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
