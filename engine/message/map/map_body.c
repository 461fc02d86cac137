/* SPDX-License-Identifier: Apache-2.0 */
/* map_body: finds boundary lines (RFC 2046 section 5.1.1). The innermost multipart comes first. */
#include "engine/base/ascii.h"
#include "engine/message/map/map_build.h"
#include "engine/message/map/map_scan.h"

#include <string.h>

enum match { MATCH_NOT, MATCH_PREFIX, MATCH_DELIMITER, MATCH_CLOSE };

/* Skips blanks and a line end. SPAN_NONE where something else stands before the line end. The
 * lenient reader takes a lone CR for one. */
static size_t rest_of_line(const struct map *map, size_t at)
{
    struct span bytes = map->bytes;
    while (at < bytes.len && ascii_is_blank(bytes.ptr[at]))
        at++;
    if (at == bytes.len)
        return at;
    if (bytes.ptr[at] == '\n')
        return at + 1;
    if (bytes.ptr[at] == '\r' && at + 1 < bytes.len && bytes.ptr[at + 1] == '\n')
        return at + 2;
    return bytes.ptr[at] == '\r' && map->reading == READING_LENIENT ? at + 1 : SPAN_NONE;
}

/* What the line with "--" at `line` is to a multipart with that boundary. */
static enum match match_boundary(const struct map *map, size_t line, struct span boundary,
                                 size_t *end_out)
{
    struct span bytes = map->bytes;
    size_t at = line + 2;
    if (bytes.len - at < boundary.len || memcmp(bytes.ptr + at, boundary.ptr, boundary.len) != 0)
        return MATCH_NOT;
    at += boundary.len;
    *end_out = rest_of_line(map, at);
    if (*end_out != SPAN_NONE)
        return MATCH_DELIMITER;
    bool dashes = at + 1 < bytes.len && bytes.ptr[at] == '-' && bytes.ptr[at + 1] == '-';
    *end_out = dashes ? rest_of_line(map, at + 2) : SPAN_NONE;
    return *end_out != SPAN_NONE ? MATCH_CLOSE : MATCH_PREFIX;
}

/* Behind its close delimiter a boundary is text; the lenient reader goes on looking for it. */
static bool is_followed(const struct builder *b, const struct open_part *open)
{
    return open->is_multipart &&
           (open->inside != INSIDE_EPILOGUE || b->map->reading == READING_LENIENT);
}

/* The innermost open multipart for which the line is all of a boundary line. */
static bool match_whole(const struct builder *b, size_t line, struct boundary_hit *hit,
                        size_t *prefix_out)
{
    *prefix_out = SIZE_MAX;
    for (size_t level = b->open_count; level-- > 0;) {
        const struct open_part *open = &b->open[level];
        size_t end;
        if (!is_followed(b, open))
            continue;
        enum match match = match_boundary(b->map, line, open->boundary, &end);
        if (match == MATCH_DELIMITER || match == MATCH_CLOSE) {
            *hit = (struct boundary_hit){line, line, end, level, match == MATCH_CLOSE};
            return true;
        }
        if (match == MATCH_PREFIX && *prefix_out == SIZE_MAX)
            *prefix_out = level;
    }
    return false;
}

static void note_bare_end(struct builder *b, const struct boundary_hit *hit)
{
    const char *bytes = b->map->bytes.ptr;
    if (bytes[hit->end - 1] == '\n' && bytes[hit->end - 2] != '\r')
        builder_note(b, AMBIGUITY_BARE_LINE_END, b->open[hit->level].part, hit->end - 1);
}

/* A boundary with text behind it on its line: RFC 2046 takes it for one where it compares
 * prefixes, and for none where it gives the grammar. */
static bool match_prefix(struct builder *b, size_t line, size_t level, struct boundary_hit *hit)
{
    struct span bytes = b->map->bytes;
    builder_note(b, AMBIGUITY_BOUNDARY_LINE, b->open[level].part, line);
    if (b->map->reading != READING_LENIENT)
        return false;
    size_t behind = line + 2 + b->open[level].boundary.len;
    size_t end = span_find_byte(span_from(bytes, behind), '\n');
    *hit = (struct boundary_hit){line, line, end == SPAN_NONE ? bytes.len : behind + end + 1, level,
                                 span_starts(span_from(bytes, behind), SPAN("--"))};
    return true;
}

bool boundary_match(struct builder *b, size_t line, struct boundary_hit *hit)
{
    size_t prefix;
    if (match_whole(b, line, hit, &prefix)) {
        note_bare_end(b, hit);
        return true;
    }
    return prefix != SIZE_MAX && match_prefix(b, line, prefix, hit);
}

/* The line end before `line` belongs to the boundary; the body does not reach before `from`. */
static void take_line_end(struct builder *b, size_t from, struct boundary_hit *hit)
{
    const char *bytes = b->map->bytes.ptr;
    size_t at = hit->line;
    if (at > from && bytes[at - 1] == '\n') {
        at--;
        if (at > from && bytes[at - 1] == '\r')
            at--;
        else
            builder_note(b, AMBIGUITY_BARE_LINE_END, b->open[hit->level].part, at);
    } else if (at > from && bytes[at - 1] == '\r') {
        at--;
    }
    hit->tile = at;
}

/*
 * "--" behind a blank or control character at `at`: no boundary line by the grammar, but one for
 * readers that trim lines or take a bare CR for a line end.
 */
static bool match_indented(struct builder *b, size_t from, size_t at, struct boundary_hit *hit)
{
    const char *bytes = b->map->bytes.ptr;
    size_t prefix;
    if (!match_whole(b, at, hit, &prefix))
        return false;
    size_t start = at;
    while (start > from && (unsigned char)bytes[start - 1] <= ' ' && bytes[start - 1] != '\n' &&
           bytes[start - 1] != '\r')
        start--;
    bool bare_cr = start > from && bytes[start - 1] == '\r';
    if (start > from && bytes[start - 1] != '\n' && !bare_cr)
        return false;
    builder_note(b, bare_cr ? AMBIGUITY_BARE_LINE_END : AMBIGUITY_BOUNDARY_LINE,
                 b->open[hit->level].part, at);
    hit->line = start;
    return b->map->reading == READING_LENIENT;
}

static bool follows_any(const struct builder *b)
{
    for (size_t i = 0; i < b->open_count; i++) {
        if (is_followed(b, &b->open[i]))
            return true;
    }
    return false;
}

static bool match_at(struct builder *b, size_t from, size_t at, struct boundary_hit *hit)
{
    bool at_line = at == from || b->map->bytes.ptr[at - 1] == '\n';
    if (!(at_line ? boundary_match(b, at, hit) : match_indented(b, from, at, hit)))
        return false;
    take_line_end(b, from, hit);
    return true;
}

bool boundary_find(struct builder *b, size_t from, struct boundary_hit *hit)
{
    struct span bytes = b->map->bytes;
    if (!follows_any(b))
        return false;
    if (span_starts(span_from(bytes, from), SPAN("--")) && match_at(b, from, from, hit))
        return true;
    size_t at = from + 1;
    while ((at = scan_dashes(bytes.ptr, at, bytes.len)) < bytes.len) {
        if (match_at(b, from, at, hit))
            return true;
        at++;
    }
    return false;
}
