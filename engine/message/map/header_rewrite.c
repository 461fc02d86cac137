/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_rewrite: a field's value with edits in it. First decides which stretches of the text have
 * to be written as encoded words (`stretch`), then writes: raw bytes, edits in place, encoded
 * words. What comes out is decoded again; if it is not what was wanted, all of it is encoded.
 */
#include "engine/message/map/header_text.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/words.h"

#define LINE_BEST 78u
#define LINE_MOST 998u
#define WORD_LINE 76u  /* a line with encoded words (RFC 2047 section 2) */
#define WORD_LEAST 24u /* room that a first word should have */
/* Edits times edits and segments: beyond it a value is written as one stretch. */
#define WORK_MOST ((size_t)10000000)

/* A range of the text that is written as encoded words. */
struct stretch {
    size_t start, end;
};

struct rewriting {
    const struct header_text *header;
    const struct edits *edits; /* cleaned */
    const struct header_layout *layout;
    struct arena *arena;
    struct stretch *stretches;
    size_t count, cap;
    struct buf out;
};

static bool ends_token(const struct rewriting *rewriting, char c)
{
    if (ascii_is_space(c))
        return true;
    return rewriting->layout->structured && c != '\0' && strchr("()<>,:;\"", c) != NULL;
}

/* Whether the text may hold the replacement as it is: no foreign characters, no encoded word. */
static bool fits_raw(const struct rewriting *rewriting, struct span with)
{
    if (span_find(with, SPAN("=?")) != SPAN_NONE)
        return false;
    if (span_is_ascii(with))
        return true;
    return rewriting->header->raw_utf8 && !rewriting->header->raw_latin1;
}

/* An edit next to encoded words, without a blank between, would make them no words to some. */
static bool sticks(const struct rewriting *rewriting, const struct edit *edit,
                   const struct segment *words)
{
    size_t start = words->text, end = words->text + words->text_len;
    struct span with = edit->with;
    if (edit->off + edit->len == start)
        return with.len == 0 || !ends_token(rewriting, with.ptr[with.len - 1]);
    if (edit->off == end)
        return with.len == 0 || !ends_token(rewriting, with.ptr[0]);
    return false;
}

/* Makes the range hold all encoded words that it touches. */
static bool take_words(const struct rewriting *rewriting, struct stretch *stretch,
                       const struct edit *edit)
{
    bool took = false;
    for (size_t i = 0; i < rewriting->header->count; i++) {
        const struct segment *words = &rewriting->header->segments[i];
        size_t start = words->text, end = words->text + words->text_len;
        if (words->kind != SEGMENT_WORDS)
            continue;
        bool inside = stretch->start < end && stretch->end > start;
        if (!inside && !(edit && sticks(rewriting, edit, words)))
            continue;
        took = true;
        stretch->start = start < stretch->start ? start : stretch->start;
        stretch->end = end > stretch->end ? end : stretch->end;
    }
    return took;
}

static void add_stretch(struct rewriting *rewriting, struct stretch stretch)
{
    rewriting->stretches = arena_grow(rewriting->arena, rewriting->stretches, rewriting->count,
                                      &rewriting->cap, sizeof *rewriting->stretches);
    rewriting->stretches[rewriting->count++] = stretch;
}

static void find_stretches(struct rewriting *rewriting)
{
    for (size_t i = 0; i < rewriting->edits->count; i++) {
        const struct edit *edit = &rewriting->edits->items[i];
        struct stretch stretch = {edit->off, edit->off + edit->len};
        if (take_words(rewriting, &stretch, edit) || !fits_raw(rewriting, edit->with))
            add_stretch(rewriting, stretch);
    }
}

/* To whole tokens; over blanks to encoded words that would swallow them. true when it grew. */
static bool grow(const struct rewriting *rewriting, struct stretch *stretch)
{
    struct span text = rewriting->header->text;
    struct stretch before = *stretch;
    while (stretch->start > 0 && !ends_token(rewriting, text.ptr[stretch->start - 1]))
        stretch->start--;
    while (stretch->end < text.len && !ends_token(rewriting, text.ptr[stretch->end]))
        stretch->end++;
    struct stretch wide = *stretch;
    while (wide.start > 0 && ascii_is_space(text.ptr[wide.start - 1]))
        wide.start--;
    while (wide.end < text.len && ascii_is_space(text.ptr[wide.end]))
        wide.end++;
    struct stretch before_blanks = {wide.start - 1, wide.start};
    if (wide.start > 0 && take_words(rewriting, &before_blanks, NULL))
        stretch->start = before_blanks.start;
    struct stretch behind_blanks = {wide.end, wide.end + 1};
    if (wide.end < text.len && take_words(rewriting, &behind_blanks, NULL))
        stretch->end = behind_blanks.end;
    for (size_t i = 0; i < rewriting->edits->count; i++) {
        const struct edit *edit = &rewriting->edits->items[i];
        size_t start = edit->off, end = edit->off + edit->len;
        if (end < stretch->start || start > stretch->end)
            continue;
        stretch->start = start < stretch->start ? start : stretch->start;
        stretch->end = end > stretch->end ? end : stretch->end;
    }
    (void)take_words(rewriting, stretch, NULL);
    return before.start != stretch->start || before.end != stretch->end;
}

/* Only blanks between two stretches would vanish between their words. */
static bool are_neighbours(const struct rewriting *rewriting, const struct stretch *a,
                           const struct stretch *b)
{
    for (size_t i = a->end; i < b->start; i++) {
        if (!ascii_is_space(rewriting->header->text.ptr[i]))
            return false;
    }
    return true;
}

static void grow_stretches(struct rewriting *rewriting)
{
    size_t kept = 0;
    for (size_t i = 0; i < rewriting->count; i++) {
        struct stretch stretch = rewriting->stretches[i];
        if (kept > 0 && stretch.end <= rewriting->stretches[kept - 1].end)
            continue;
        while (grow(rewriting, &stretch))
            ;
        while (kept > 0 && are_neighbours(rewriting, &rewriting->stretches[kept - 1], &stretch)) {
            struct stretch *last = &rewriting->stretches[kept - 1];
            stretch.start = last->start < stretch.start ? last->start : stretch.start;
            stretch.end = last->end > stretch.end ? last->end : stretch.end;
            kept--;
        }
        rewriting->stretches[kept++] = stretch;
    }
    rewriting->count = kept;
}

/* Column behind what was written. */
static size_t column(const struct rewriting *rewriting)
{
    const struct buf *out = &rewriting->out;
    const char *line = out->len > 0 ? memrchr(out->ptr, '\n', out->len) : NULL;
    return line ? out->len - (size_t)(line + 1 - out->ptr) : rewriting->layout->column + out->len;
}

/* A line end before the blank that was written last, when there is something before it. */
static void fold_before_blank(struct rewriting *rewriting)
{
    struct buf *out = &rewriting->out;
    if (out->len < 2 || !ascii_is_blank(out->ptr[out->len - 1]))
        return;
    size_t solid = out->len;
    while (solid > 0 && ascii_is_blank(out->ptr[solid - 1]))
        solid--;
    if (solid == 0 || out->ptr[solid - 1] == '\n')
        return;
    char blank = out->ptr[out->len - 1];
    out->len--;
    buf_add_str(out, "\r\n");
    buf_add_byte(out, blank);
}

static void write_words(struct rewriting *rewriting, struct span text)
{
    if (text.len == 0)
        return;
    size_t at = column(rewriting);
    if (at + WORD_LEAST > WORD_LINE && at + text.len + 12 > WORD_LINE)
        fold_before_blank(rewriting);
    at = column(rewriting);
    words_encode(text, at + WORD_LEAST < WORD_LINE ? WORD_LINE - at : WORD_LEAST, &rewriting->out);
}

/* Text [from, to) as it stands in the value, with the edits in it in place. */
static void write_raw(struct rewriting *rewriting, size_t from, size_t to)
{
    const struct header_text *header = rewriting->header;
    size_t at, len, end;
    header_text_range(header, from, 0, &at, &len);
    if (from == 0)
        at = 0;
    for (size_t i = 0; i < rewriting->edits->count; i++) {
        const struct edit *edit = &rewriting->edits->items[i];
        if (edit->off < from || edit->off + edit->len > to)
            continue;
        size_t start;
        header_text_range(header, edit->off, edit->len, &start, &len);
        buf_add(&rewriting->out, span_sub(header->raw, at, start - at));
        buf_add(&rewriting->out, edit->with);
        at = start + len;
    }
    if (to == header->text.len) {
        end = header->raw.len;
    } else {
        header_text_range(header, to, 0, &end, &len);
    }
    buf_add(&rewriting->out, span_sub(header->raw, at, end > at ? end - at : 0));
}

static struct span changed_text(const struct rewriting *rewriting, size_t from, size_t to)
{
    struct span text = rewriting->header->text;
    struct buf out = BUF_INIT;
    size_t at = from;
    for (size_t i = 0; i < rewriting->edits->count; i++) {
        const struct edit *edit = &rewriting->edits->items[i];
        if (edit->off < from || edit->off + edit->len > to)
            continue;
        buf_add(&out, span_sub(text, at, edit->off - at));
        buf_add(&out, edit->with);
        at = edit->off + edit->len;
    }
    buf_add(&out, span_sub(text, at, to - at));
    struct span changed = arena_copy(rewriting->arena, buf_span(&out));
    buf_fini(&out);
    return changed;
}

static size_t longest_line(struct span value, size_t at)
{
    size_t longest = 0;
    for (;;) {
        size_t end = span_find(value, SPAN("\r\n"));
        size_t len = at + (end == SPAN_NONE ? value.len : end);
        longest = len > longest ? len : longest;
        if (end == SPAN_NONE)
            return longest;
        value = span_from(value, end + 2);
        at = 0;
    }
}

/* How often "=?" stands where no encoded word begins: some readers then miss the next one. */
static size_t count_stray(struct span value)
{
    size_t count = 0, at;
    for (; (at = span_find(value, SPAN("=?"))) != SPAN_NONE; value = span_from(value, at)) {
        struct word word;
        value = span_from(value, at);
        bool whole = word_parse(value, &word) && !word.loose;
        count += !whole;
        at = whole ? word.len : 2;
    }
    return count;
}

/* Writes with the stretches that were chosen; false when a reader would not see what is wanted. */
static bool write_value(struct rewriting *rewriting, struct span wanted, struct span *raw_out)
{
    size_t at = 0;
    rewriting->out.len = 0;
    for (size_t i = 0; i < rewriting->count; i++) {
        const struct stretch *stretch = &rewriting->stretches[i];
        if (stretch->start > at)
            write_raw(rewriting, at, stretch->start);
        write_words(rewriting, changed_text(rewriting, stretch->start, stretch->end));
        at = stretch->end;
    }
    if (at < rewriting->header->text.len || rewriting->count == 0)
        write_raw(rewriting, at, rewriting->header->text.len);
    size_t column_at = rewriting->layout->column;
    bool was_long = longest_line(rewriting->header->raw, column_at) > LINE_BEST;
    *raw_out = header_fold(buf_span(&rewriting->out), column_at, was_long ? LINE_MOST : LINE_BEST,
                           rewriting->arena);
    struct header_text again;
    header_text_decode(*raw_out, rewriting->arena, &again);
    return span_equal(again.text, wanted) && (rewriting->header->bad_word || !again.bad_word) &&
           longest_line(*raw_out, column_at) <= LINE_MOST &&
           count_stray(*raw_out) <= count_stray(rewriting->header->raw);
}

static void clean(const struct edits *edits, struct arena *arena, struct edits *out)
{
    *out = *edits;
    out->items = ARENA_ARRAY(arena, edits->count, struct edit);
    for (size_t i = 0; i < edits->count; i++) {
        out->items[i] = edits->items[i];
        out->items[i].with = header_clean(edits->items[i].with, arena);
    }
}

bool header_text_rewrite(const struct header_text *header, const struct edits *edits,
                         const struct header_layout *layout, struct arena *arena,
                         struct span *raw_out, struct error *err)
{
    struct edits cleaned;
    clean(edits, arena, &cleaned);
    struct rewriting rewriting = {
        .header = header, .edits = &cleaned, .layout = layout, .arena = arena, .out = BUF_INIT};
    struct span wanted = changed_text(&rewriting, 0, header->text.len);
    bool good = false;
    if (cleaned.count * (header->count + cleaned.count) <= WORK_MOST) {
        find_stretches(&rewriting);
        grow_stretches(&rewriting);
        good = write_value(&rewriting, wanted, raw_out);
    }
    if (!good && !layout->in_parts) {
        rewriting.count = 0;
        add_stretch(&rewriting, (struct stretch){0, header->text.len});
        good = write_value(&rewriting, wanted, raw_out);
    }
    buf_fini(&rewriting.out);
    return good || error_set(err, "the value of a header field cannot be written");
}
