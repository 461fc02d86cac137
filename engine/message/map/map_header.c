/* SPDX-License-Identifier: Apache-2.0 */
/* map_header: takes a header block apart into field tiles (RFC 5322 section 2.2). */
#include "engine/base/ascii.h"
#include "engine/message/map/map_build.h"
#include "engine/message/map/map_scan.h"

#include <string.h>

/* One header block while it is read. */
struct block {
    struct builder *b;
    const char *bytes;
    size_t len;
    size_t start;
    uint32_t part;
    size_t lines; /* fields and junk lines */
    bool junk;    /* there was a line that is no field */
    struct header_fields known;
};

static bool is_lenient(const struct block *block)
{
    return block->b->map->reading == READING_LENIENT;
}

static void note(struct block *block, enum ambiguity what, size_t off)
{
    builder_note(block->b, what, block->part, off);
}

/* Behind the line end that stands at `at`, or `at` itself. The lenient reader takes a lone CR for
 * one. */
static size_t skip_line_end(const struct block *block, size_t at)
{
    const char *bytes = block->bytes;
    if (at < block->len && bytes[at] == '\n')
        return at + 1;
    if (at + 1 < block->len && bytes[at] == '\r' && bytes[at + 1] == '\n')
        return at + 2;
    return at < block->len && bytes[at] == '\r' && is_lenient(block) ? at + 1 : at;
}

static size_t skip_blanks(const struct block *block, size_t at)
{
    while (at < block->len && ascii_is_blank(block->bytes[at]))
        at++;
    return at;
}

/* What the map has to say about a byte that is no printable ASCII and does not end the line. */
static void see_special(struct block *block, size_t at)
{
    char byte = block->bytes[at];
    if (ascii_is_8bit(byte))
        block->b->map->has_8bit_header = true;
    else if (byte == '\r')
        note(block, AMBIGUITY_BARE_LINE_END, at);
    else
        note(block, AMBIGUITY_CONTROL_CHARACTER, at);
}

/* Behind the line end of the line at `at`; `max` when it does not end before. */
static size_t line_end(struct block *block, size_t at, size_t max)
{
    const char *bytes = block->bytes;
    for (;; at++) {
        at = scan_special(bytes, at, max);
        if (at == max)
            return max;
        if (bytes[at] == '\n') {
            note(block, AMBIGUITY_BARE_LINE_END, at);
            return at + 1;
        }
        if (bytes[at] == '\r' && at + 1 < max && bytes[at + 1] == '\n')
            return at + 2;
        see_special(block, at);
        if (bytes[at] == '\r' && is_lenient(block))
            return at + 1;
    }
}

/* Whether the line that begins at `at` with a blank has nothing but blanks. */
static bool is_blank_line(struct block *block, size_t at)
{
    size_t end = skip_blanks(block, at);
    return end == block->len || skip_line_end(block, end) != end;
}

/*
 * Behind the last line of the field that begins at `start`: its line and all that begin with a
 * blank. A line of blanks alone is folding by the grammar (RFC 5322 section 4.2, obs-FWS), but for
 * some readers the end of the header.
 */
static size_t field_end(struct block *block, size_t start, size_t max)
{
    size_t at = line_end(block, start, max);
    while (at < max && ascii_is_blank(block->bytes[at])) {
        if (is_blank_line(block, at)) {
            note(block, AMBIGUITY_BLANK_HEADER_LINE, at);
            if (is_lenient(block))
                return at;
        }
        at = line_end(block, at, max);
    }
    return at;
}

/*
 * How far a field that begins at `start` may go, and the limit that says so; the byte behind shows
 * whether the field goes on.
 */
static size_t field_max(const struct block *block, size_t start, const char **limit_out)
{
    size_t by_field = block->b->limits->field_bytes;
    size_t used = start - block->start;
    size_t by_header = block->b->limits->header_bytes;
    by_header = used < by_header ? by_header - used : 0;
    size_t left = block->len - start;
    size_t most = by_field < by_header ? by_field : by_header;
    *limit_out = left <= most ? NULL : by_field < by_header ? "field_bytes" : "header_bytes";
    return left <= most ? block->len : start + most;
}

/* Offset of the colon behind a field name (RFC 5322 section 3.6.8: printable ASCII without colon),
 * or `end`. The name ends at *name_end_out. */
static size_t find_colon(const struct block *block, size_t start, size_t end, size_t *name_end_out)
{
    size_t at = scan_name(block->bytes, start, end);
    *name_end_out = at;
    while (at < end && ascii_is_blank(block->bytes[at]))
        at++;
    bool found = *name_end_out > start && at < end && block->bytes[at] == ':';
    return found ? at : end;
}

static struct span without_line_end(const struct block *block, struct span text)
{
    size_t len = text.len;
    if (len > 0 && text.ptr[len - 1] == '\n')
        len--;
    if (len > 0 && text.ptr[len - 1] == '\r' && (len < text.len || is_lenient(block)))
        len--;
    return span_sub(text, 0, len);
}

static void add_field(struct block *block, size_t start, size_t name_end, size_t colon, size_t end)
{
    struct builder *b = block->b;
    struct map *map = b->map;
    struct span raw = span_of(block->bytes + start, end - start);
    struct span value = without_line_end(block, span_from(raw, colon + 1 - start));
    if (name_end != colon)
        note(block, AMBIGUITY_BLANK_BEFORE_COLON, name_end);
    map->fields =
        arena_grow(b->arena, map->fields, map->field_count, &b->field_cap, sizeof *map->fields);
    map->fields[map->field_count++] =
        (struct field){span_of(raw.ptr, name_end - start), raw, value, block->part};
    map->parts[block->part].field_count++;
    builder_tile(b, TILE_FIELD, block->part, end);
    header_fields_see(b, &block->known, block->part);
}

/* The "From " line of an mbox, also with the '>' that keeps it from being one. */
static bool is_from_line(const struct block *block, size_t start)
{
    struct span rest = span_of(block->bytes + start, block->len - start);
    return start == block->start &&
           (span_starts(rest, SPAN("From ")) || span_starts(rest, SPAN(">From ")));
}

static void add_junk(struct block *block, size_t start, size_t end)
{
    if (is_from_line(block, start)) {
        note(block, AMBIGUITY_FROM_LINE, start);
    } else if (ascii_is_blank(block->bytes[start]) && is_blank_line(block, start)) {
        note(block, AMBIGUITY_BLANK_HEADER_LINE, start);
    } else {
        note(block, AMBIGUITY_NOT_A_FIELD, start);
        block->junk = true;
    }
    builder_tile(block->b, TILE_JUNK, block->part, end);
}

static bool is_over_count(const struct block *block)
{
    const struct map_limits *limits = block->b->limits;
    if (block->lines >= limits->fields)
        builder_over(block->b, "fields");
    else if (block->b->map->field_count >= limits->all_fields)
        builder_over(block->b, "all_fields");
    return builder_is_over(block->b);
}

/* The lenient reader takes a line that is no field for the first of the body. */
static bool begins_body(const struct block *block, size_t start)
{
    size_t name_end;
    return is_lenient(block) && !is_from_line(block, start) &&
           find_colon(block, start, block->len, &name_end) == block->len;
}

/* Reads the field or junk line at `start`. false when a limit ended the pass. */
static bool read_line(struct block *block, size_t start)
{
    const char *limit;
    size_t max = field_max(block, start, &limit);
    size_t name_end;
    size_t colon = find_colon(block, start, max, &name_end);
    bool is_field = colon < max && !is_from_line(block, start);
    size_t end = is_field ? field_end(block, start, max) : line_end(block, start, max);
    if (is_over_count(block))
        return false;
    if (limit && end == max) {
        builder_over(block->b, limit);
        return false;
    }
    block->lines++;
    if (is_field)
        add_field(block, start, name_end, colon, end);
    else
        add_junk(block, start, end);
    block->b->pos = end;
    return true;
}

/* Behind the empty line at `at`, or `at` when there is none. For the lenient reader a line of
 * blanks is empty. */
static size_t header_end_at(struct block *block, size_t at)
{
    if (is_lenient(block) && ascii_is_blank(block->bytes[at]) && is_blank_line(block, at)) {
        note(block, AMBIGUITY_BLANK_HEADER_LINE, at);
        at = skip_blanks(block, at);
        return at == block->len ? at : skip_line_end(block, at);
    }
    return skip_line_end(block, at);
}

/*
 * Empty lines in front of what looks like a header: a reader that skips them sees fields where we
 * see a body. Only for messages: parts without header are common. Returns behind them, or `at`.
 */
static size_t skip_early_empty_lines(struct block *block, size_t at)
{
    if (at != block->start || !block->b->map->parts[block->part].is_message)
        return at;
    size_t end = at;
    for (size_t next; (next = skip_line_end(block, end)) != end; end = next) {
    }
    size_t name_end;
    size_t max = block->len - end > 80 ? end + 80 : block->len;
    return find_colon(block, end, max, &name_end) < max ? end : at;
}

static enum header_end end_block(struct block *block, enum header_end how)
{
    struct part *part = &block->b->map->parts[block->part];
    part->header.len = block->b->tiled - block->start;
    if (how == HEADER_BEFORE_BODY)
        builder_tile(block->b, TILE_HEADER_END, block->part, block->b->pos);
    if (how == HEADER_AT_END && block->junk)
        note(block, AMBIGUITY_MISSING_HEADER_END, block->b->tiled);
    part->body = span_of(block->bytes + block->b->tiled, 0);
    return how;
}

/* What ends the header at the line `at`, if anything does. */
static bool block_ends(struct block *block, size_t at, struct boundary_hit *hit,
                       enum header_end *how_out)
{
    *how_out = HEADER_AT_END;
    if (at == block->len)
        return true;
    size_t end = header_end_at(block, at);
    if (end != at) {
        if (end == at + 1)
            note(block, AMBIGUITY_BARE_LINE_END, at);
        block->b->pos = end;
        *how_out = HEADER_BEFORE_BODY;
        return true;
    }
    *how_out = HEADER_AT_BOUNDARY;
    return at + 1 < block->len && block->bytes[at] == '-' && block->bytes[at + 1] == '-' &&
           boundary_match(block->b, at, hit);
}

/* Notes empty lines in front of the header; the lenient reader skips them. */
static void begin_block(struct block *block)
{
    size_t end = skip_early_empty_lines(block, block->b->pos);
    if (end == block->b->pos)
        return;
    note(block, AMBIGUITY_BLANK_HEADER_LINE, block->b->pos);
    if (is_lenient(block)) {
        builder_tile(block->b, TILE_JUNK, block->part, end);
        block->b->pos = end;
    }
}

enum header_end header_read(struct builder *b, uint32_t part, struct boundary_hit *hit)
{
    struct block block = {.b = b,
                          .bytes = b->map->bytes.ptr,
                          .len = b->map->bytes.len,
                          .start = b->pos,
                          .part = part};
    header_fields_init(&block.known);
    begin_block(&block);
    for (;;) {
        enum header_end how;
        if (block_ends(&block, b->pos, hit, &how))
            return end_block(&block, how);
        if (begins_body(&block, b->pos)) {
            note(&block, AMBIGUITY_MISSING_HEADER_END, b->pos);
            return end_block(&block, HEADER_BEFORE_BODY);
        }
        if (!read_line(&block, b->pos))
            return end_block(&block, HEADER_OVER_LIMIT);
    }
}
