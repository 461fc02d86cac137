/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/map/header_text.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/charset.h"
#include "engine/message/codecs/words.h"

struct decoding {
    struct header_text *header;
    struct arena *arena;
    struct buf text;
};

static void add_segment(struct decoding *decoding, enum segment_kind kind, size_t raw,
                        size_t raw_len, struct span text)
{
    struct header_text *header = decoding->header;
    header->segments = arena_grow(decoding->arena, header->segments, header->count, &header->cap,
                                  sizeof *header->segments);
    header->segments[header->count++] =
        (struct segment){kind, raw, raw_len, decoding->text.len, text.len};
    buf_add(&decoding->text, text);
}

/* Length of a line end before a blank, 0 where none stands. */
static size_t fold_length(struct span s)
{
    size_t len = span_starts(s, SPAN("\r\n")) ? 2 : span_starts(s, SPAN("\n")) ? 1 : 0;
    return len > 0 && len < s.len && ascii_is_blank(s.ptr[len]) ? len : 0;
}

/* Linear white space: blanks and folds. */
static size_t white_space(struct span s)
{
    size_t at = 0;
    while (at < s.len) {
        size_t fold = fold_length(span_from(s, at));
        if (fold == 0 && !ascii_is_blank(s.ptr[at]))
            break;
        at += fold > 0 ? fold : 1;
    }
    return at;
}

/* Whether it is ASCII in any charset. */
static bool is_plain_word(const struct word *word)
{
    struct buf octets = BUF_INIT;
    bool plain = word_decode(word, &octets) && charset_is_plain(buf_span(&octets));
    buf_fini(&octets);
    return plain;
}

/* A word that can be decoded. Where other readers show it as it stands, that is said. */
static bool known_word(const struct decoding *decoding, struct span s, struct word *word)
{
    if (!word_parse(s, word))
        return false;
    if (word->loose)
        word_mend(word, decoding->arena);
    bool known = charset_find(word->charset) != NULL;
    decoding->header->bad_word |= word->loose && !word->spaced;
    decoding->header->raw_word |= word->spaced;
    if (known)
        return true;
    decoding->header->raw_word = true;
    return is_plain_word(word);
}

/* Words with nothing but white space between them. */
struct joining {
    struct span charset; /* of the octets */
    struct buf octets;   /* of one charset: a character may be split over words */
    struct buf base64;   /* text since the last whole group of four digits */
    size_t base64_off;   /* where in `octets` it was decoded, word by word, to */
    struct buf text;
};

static void flush(struct decoding *decoding, struct joining *joining)
{
    bool bad = false;
    joining->base64.len = 0;
    if (joining->octets.len == 0)
        return;
    struct span decoded =
        charset_decode(joining->charset, buf_span(&joining->octets), decoding->arena, &bad);
    if (bad || !decoded.ptr)
        decoding->header->bad_word = true;
    if (decoded.ptr)
        buf_add(&joining->text, decoded);
    joining->octets.len = 0;
}

/* Senders that cut base64 anywhere: where words together are whole groups of four digits and each
 * is not, they are read together, as some readers do. */
static void join_base64(struct decoding *decoding, struct joining *joining, const struct word *word)
{
    bool first = joining->base64.len == 0;
    buf_add(&joining->base64, word->text);
    if (joining->base64.len % 4 != 0 && span_find_byte(word->text, '=') == SPAN_NONE)
        return;
    if (!first && joining->base64.len % 4 == 0) {
        struct word all = {.encoding = 'B', .text = buf_span(&joining->base64)};
        joining->octets.len = joining->base64_off;
        (void)word_decode(&all, &joining->octets);
        decoding->header->bad_word = true;
    }
    joining->base64.len = 0;
}

static void add_word(struct decoding *decoding, struct joining *joining, const struct word *word)
{
    if (!span_equal_nocase(joining->charset, word->charset))
        flush(decoding, joining);
    joining->charset = word->charset;
    if (joining->base64.len == 0)
        joining->base64_off = joining->octets.len;
    if (!word_decode(word, &joining->octets))
        decoding->header->bad_word = true;
    if (word->encoding == 'B')
        join_base64(decoding, joining, word);
    else
        joining->base64.len = 0;
}

/* The white space between the words is none of the text. */
static size_t decode_words(struct decoding *decoding, size_t at, struct word word)
{
    struct span raw = decoding->header->raw;
    struct joining joining = {.charset = word.charset};
    size_t end = at;
    for (;;) {
        add_word(decoding, &joining, &word);
        end += word.len;
        struct span rest = span_from(raw, end);
        size_t space = white_space(rest);
        if (!known_word(decoding, span_from(rest, space), &word))
            break;
        end += space;
    }
    flush(decoding, &joining);
    add_segment(decoding, SEGMENT_WORDS, at, end - at, buf_span(&joining.text));
    buf_fini(&joining.octets);
    buf_fini(&joining.base64);
    buf_fini(&joining.text);
    return end;
}

/* Whether a byte that is no UTF-8 stands at `at`, or any of Latin-1. */
static bool is_latin1(const struct header_text *header, size_t at)
{
    if (!header->raw_latin1 || !ascii_is_8bit(header->raw.ptr[at]))
        return false;
    return !header->mostly_utf8 || utf8_decode(span_from(header->raw, at), NULL) == 0;
}

static size_t decode_latin1(struct decoding *decoding, size_t at)
{
    struct span raw = decoding->header->raw;
    struct buf text = BUF_INIT;
    size_t end = at;
    for (; end < raw.len && is_latin1(decoding->header, end); end++) {
        char character[UTF8_MAX];
        unsigned char c = (unsigned char)raw.ptr[end];
        size_t len = utf8_encode(decoding->header->mostly_utf8 ? 0xfffd : c, character);
        buf_add(&text, span_of(character, len));
    }
    add_segment(decoding, SEGMENT_LATIN1, at, end - at, buf_span(&text));
    buf_fini(&text);
    return end;
}

/* Whether something other than plain bytes begins at `at`. */
static bool is_special(const struct header_text *header, size_t at)
{
    char c = header->raw.ptr[at];
    if (c == '=')
        return at + 1 < header->raw.len && header->raw.ptr[at + 1] == '?';
    if (c == '\r' || c == '\n')
        return fold_length(span_from(header->raw, at)) > 0;
    return is_latin1(header, at);
}

/* Of the character there. */
static size_t plain_length(const struct header_text *header, size_t at)
{
    size_t len = header->mostly_utf8 ? utf8_decode(span_from(header->raw, at), NULL) : 1;
    return len > 0 ? len : 1;
}

static size_t decode_plain(struct decoding *decoding, size_t at)
{
    const struct header_text *header = decoding->header;
    size_t end = at + plain_length(header, at);
    while (end < header->raw.len && !is_special(header, end))
        end += plain_length(header, end);
    add_segment(decoding, SEGMENT_RAW, at, end - at, span_sub(header->raw, at, end - at));
    return end;
}

static size_t decode_next(struct decoding *decoding, size_t at)
{
    struct span rest = span_from(decoding->header->raw, at);
    struct word word;
    size_t fold = fold_length(rest);
    if (fold > 0) {
        add_segment(decoding, SEGMENT_FOLD, at, fold, SPAN(""));
        return at + fold;
    }
    if (known_word(decoding, rest, &word))
        return decode_words(decoding, at, word);
    if (word_parse(rest, &word))
        decoding->header->bad_word = true; /* stays as it stands */
    if (is_latin1(decoding->header, at))
        return decode_latin1(decoding, at);
    return decode_plain(decoding, at);
}

void header_text_decode(struct span raw, struct arena *arena, struct header_text *out)
{
    *out = (struct header_text){.raw = raw, .text = raw};
    out->raw_utf8 = !span_is_ascii(raw);
    out->raw_latin1 = out->raw_utf8 && !utf8_is_valid(raw);
    out->mostly_utf8 = out->raw_latin1 && charset_is_mostly_utf8(raw);
    bool plain = !out->raw_latin1 && span_find(raw, SPAN("=?")) == SPAN_NONE &&
                 span_find_byte(raw, '\n') == SPAN_NONE;
    if (plain) {
        out->segments = ARENA_NEW(arena, struct segment);
        out->segments[0] = (struct segment){SEGMENT_RAW, 0, raw.len, 0, raw.len};
        out->count = raw.len > 0;
        return;
    }
    struct decoding decoding = {out, arena, BUF_INIT};
    for (size_t at = 0; at < raw.len;)
        at = decode_next(&decoding, at);
    out->bad_word |= out->raw_word && out->raw_latin1; /* what stands there cannot be looked at */
    out->text = arena_copy(arena, buf_span(&decoding.text));
    buf_fini(&decoding.text);
}

/* The segment that holds the character at text offset `off`; NULL at the end. */
static const struct segment *segment_at(const struct header_text *header, size_t off)
{
    size_t low = 0, high = header->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct segment *segment = &header->segments[middle];
        if (segment->text + segment->text_len <= off)
            low = middle + 1;
        else
            high = middle;
    }
    return low < header->count ? &header->segments[low] : NULL;
}

/* Value offset in a segment; text of Latin-1 has two bytes for each, U+FFFD three. */
static size_t raw_in(const struct header_text *header, const struct segment *segment, size_t off)
{
    size_t within = off - segment->text;
    size_t each = segment->kind != SEGMENT_LATIN1 ? 1 : header->mostly_utf8 ? 3 : 2;
    return segment->raw + within / each;
}

static size_t raw_start(const struct header_text *header, size_t off)
{
    const struct segment *segment = segment_at(header, off);
    if (!segment)
        return header->raw.len;
    return segment->kind == SEGMENT_WORDS ? segment->raw : raw_in(header, segment, off);
}

void header_text_range(const struct header_text *header, size_t off, size_t len, size_t *raw_off,
                       size_t *raw_len)
{
    *raw_off = raw_start(header, off);
    *raw_len = 0;
    if (len == 0)
        return;
    const struct segment *last = segment_at(header, off + len - 1);
    size_t end = header->raw.len;
    if (last)
        end = last->kind == SEGMENT_WORDS ? last->raw + last->raw_len
                                          : raw_in(header, last, off + len - 1) + 1;
    *raw_len = end - *raw_off;
}
