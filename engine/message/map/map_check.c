/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map_check: holds a map against what map.h promises. For tests and fuzzing, so it is written
 * plainly and shares no code with the pass.
 */
#include "engine/base/ascii.h"
#include "engine/message/map/map.h"

static bool bad(struct error *err, size_t tile, const char *what)
{
    return error_set(err, "tile %zu: %s", tile, what);
}

static struct span tile_bytes(const struct map *map, const struct tile *tile)
{
    return span_sub(map->bytes, tile->off, tile->len);
}

/* A lone CR is a line end for the lenient reader only. */
static struct span cut_line_end(const struct map *map, struct span line)
{
    size_t len = line.len;
    if (len > 0 && line.ptr[len - 1] == '\n')
        len--;
    if (len > 0 && line.ptr[len - 1] == '\r' && (len < line.len || map->reading == READING_LENIENT))
        len--;
    return span_sub(line, 0, len);
}

static struct span cut_blanks(struct span line)
{
    while (line.len > 0 && ascii_is_blank(line.ptr[line.len - 1]))
        line.len--;
    return line;
}

/* Whether `line` (without its line end) is "--" boundary ["--"] blanks. */
static bool is_boundary_line(struct span line, struct span boundary, bool close)
{
    if (!span_starts(line, SPAN("--")) || !span_starts(span_from(line, 2), boundary))
        return false;
    struct span rest = span_from(line, 2 + boundary.len);
    if (close && !span_starts(rest, SPAN("--")))
        return false;
    return cut_blanks(close ? span_from(rest, 2) : rest).len == 0;
}

static bool check_field(const struct map *map, size_t index, size_t field, struct error *err)
{
    if (field >= map->field_count)
        return bad(err, index, "more field tiles than fields");
    struct span bytes = tile_bytes(map, &map->tiles[index]);
    const struct field *of = &map->fields[field];
    if (of->raw.ptr != bytes.ptr || of->raw.len != bytes.len || of->name.ptr != bytes.ptr ||
        of->part != map->tiles[index].part)
        return bad(err, index, "is not its field");
    size_t at = of->name.len;
    while (at < bytes.len && ascii_is_blank(bytes.ptr[at]))
        at++;
    if (of->name.len == 0 || at >= bytes.len || bytes.ptr[at] != ':')
        return bad(err, index, "a field does not begin with a name and a colon");
    if (of->value.ptr != bytes.ptr + at + 1 ||
        span_end(of->value) != span_end(cut_line_end(map, bytes)))
        return bad(err, index, "the value is not what stands behind the colon");
    return true;
}

/* The line of a boundary tile is all of the tile but the line end in front. */
static bool check_boundary(const struct map *map, size_t index, struct error *err)
{
    const struct tile *tile = &map->tiles[index];
    const struct part *part = &map->parts[tile->part];
    struct span line = tile_bytes(map, tile);
    if (part->kind != PART_MULTIPART || part->boundary.len == 0)
        return bad(err, index, "a boundary line of no multipart");
    if (span_starts(line, SPAN("\r\n")))
        line = span_from(line, 2);
    else if (span_starts(line, SPAN("\n")))
        line = span_from(line, 1);
    else if (tile->off > 0 && map->bytes.ptr[tile->off - 1] != '\n' &&
             map->reading != READING_LENIENT)
        return bad(err, index, "a boundary in the middle of a line");
    if (map->reading == READING_LENIENT)
        return true; /* it takes boundaries in blanks and with text behind */
    if (!is_boundary_line(cut_line_end(map, line), part->boundary, tile->kind == TILE_CLOSE))
        return bad(err, index, "is not its multipart's boundary line");
    return true;
}

/* Whether the line is one of a multipart around the tile that is still open there. */
static bool is_some_boundary(const struct map *map, const struct tile *tile, struct span line)
{
    uint32_t at = tile->part;
    if (tile->kind == TILE_EPILOGUE)
        at = map->parts[at].parent;
    for (; at != MAP_NONE; at = map->parts[at].parent) {
        const struct part *part = &map->parts[at];
        if (part->kind == PART_MULTIPART && (is_boundary_line(line, part->boundary, false) ||
                                             is_boundary_line(line, part->boundary, true)))
            return true;
    }
    return false;
}

static bool check_text(const struct map *map, size_t index, struct error *err)
{
    struct span rest = tile_bytes(map, &map->tiles[index]);
    while (rest.len > 0) {
        size_t end = span_find_byte(rest, '\n');
        size_t len = end == SPAN_NONE ? rest.len : end + 1;
        if (is_some_boundary(map, &map->tiles[index], cut_line_end(map, span_sub(rest, 0, len))))
            return bad(err, index, "a boundary line inside");
        rest = span_from(rest, len);
    }
    return true;
}

static bool check_tile(const struct map *map, size_t index, size_t *fields, struct error *err)
{
    const struct tile *tile = &map->tiles[index];
    if (tile->part >= map->part_count)
        return bad(err, index, "of no part");
    switch (tile->kind) {
    case TILE_FIELD:
        return check_field(map, index, (*fields)++, err);
    case TILE_HEADER_END:
        if (cut_blanks(cut_line_end(map, tile_bytes(map, tile))).len > 0)
            return bad(err, index, "a header end that is not empty");
        return true;
    case TILE_BOUNDARY:
    case TILE_CLOSE:
        return check_boundary(map, index, err);
    case TILE_BODY:
    case TILE_PROLOGUE:
    case TILE_EPILOGUE:
        return check_text(map, index, err);
    case TILE_UNREAD:
        if (!map->over_limit || index + 1 != map->tile_count)
            return bad(err, index, "unread without a limit, or not the last");
        return true;
    case TILE_JUNK:
        return true;
    }
    return bad(err, index, "of unknown kind");
}

static bool is_inside(struct span inner, struct span outer)
{
    return inner.ptr >= outer.ptr && span_end(inner) <= span_end(outer);
}

/* Siblings follow one another in the body of their parent; links and depths agree. */
static bool check_children(const struct map *map, const struct part *part, struct error *err)
{
    const char *at = part->body.ptr;
    for (uint32_t i = part->first_child; i != MAP_NONE; i = map->parts[i].next_sibling) {
        if (i <= part->index || i >= map->part_count)
            return error_set(err, "part %u: child %u", part->index, i);
        const struct part *child = &map->parts[i];
        if (child->parent != part->index || child->depth != part->depth + 1)
            return error_set(err, "part %u: child %u is another's", part->index, i);
        if (child->header.ptr < at || child->body.ptr < span_end(child->header) ||
            !is_inside(child->body, part->body))
            return error_set(err, "part %u: child %u lies elsewhere", part->index, i);
        at = span_end(child->body);
    }
    return true;
}

static bool check_part(const struct map *map, const struct part *part, struct error *err)
{
    if (!is_inside(part->header, map->bytes) || !is_inside(part->body, map->bytes))
        return error_set(err, "part %u: outside of the message", part->index);
    if (part->first_field + part->field_count > map->field_count)
        return error_set(err, "part %u: more fields than there are", part->index);
    for (size_t i = 0; i < part->field_count; i++) {
        const struct field *field = &map->fields[part->first_field + i];
        if (field->part != part->index || !is_inside(field->raw, part->header))
            return error_set(err, "part %u: field %zu is another's", part->index, i);
    }
    if (part->kind == PART_LEAF && part->first_child != MAP_NONE)
        return error_set(err, "part %u: a leaf with children", part->index);
    return check_children(map, part, err);
}

/* The body of a leaf is its one body tile, or empty. */
static bool check_leaves(const struct map *map, struct error *err)
{
    uint64_t in_tiles = 0;
    uint64_t in_leaves = 0;
    for (size_t i = 0; i < map->tile_count; i++) {
        const struct tile *tile = &map->tiles[i];
        if (tile->kind != TILE_BODY)
            continue;
        const struct part *part = &map->parts[tile->part];
        if (part->kind != PART_LEAF || part->body.ptr != map->bytes.ptr + tile->off ||
            part->body.len != tile->len)
            return bad(err, i, "is not the body of its part");
        in_tiles += tile->len;
    }
    for (size_t i = 0; i < map->part_count; i++) {
        if (map->parts[i].kind == PART_LEAF)
            in_leaves += map->parts[i].body.len;
    }
    return in_tiles == in_leaves || error_set(err, "a leaf has a body that no tile covers");
}

bool map_tiles_are_whole(const struct map *map, struct error *err)
{
    uint64_t at = 0;
    size_t fields = 0;
    for (size_t i = 0; i < map->tile_count; i++) {
        if (map->tiles[i].off != at || map->tiles[i].len == 0)
            return bad(err, i, "a gap, an overlap, or nothing");
        at += map->tiles[i].len;
        if (at > map->bytes.len)
            return bad(err, i, "beyond the end");
        if (!check_tile(map, i, &fields, err))
            return false;
    }
    if (at != map->bytes.len)
        return error_set(err, "the tiles end at %llu of %zu", (unsigned long long)at,
                         map->bytes.len);
    if (fields != map->field_count || map->part_count == 0)
        return error_set(err, "fields without a tile, or no part");
    for (size_t i = 0; i < map->part_count; i++) {
        if (map->parts[i].index != i || !check_part(map, &map->parts[i], err))
            return false;
    }
    return check_leaves(map, err);
}
