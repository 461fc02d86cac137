/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/map/map.h"

#include "engine/message/map/map_build.h"

#include <assert.h>

const struct map_limits map_limits_default = {
    .header_bytes = 256u * 1024u,
    .field_bytes = 100u * 1024u,
    .fields = 2000,
    .all_fields = 50000,
    .parameters = 200,
    .all_parameters = 20000,
    .depth = 32,
    .parts = 1000,
    .boundary_length = 2048,
};

void map_note(struct map *map, enum ambiguity what, uint32_t part, uint64_t off)
{
    struct part *of = &map->parts[part];
    map->ambiguities |= AMBIGUITY_BIT(what);
    if (of->ambiguities & AMBIGUITY_BIT(what))
        return; /* one place for each kind and part: a flood of one must not hide the others */
    of->ambiguities |= AMBIGUITY_BIT(what);
    if (!map->notes)
        map->notes = ARENA_ARRAY(map->arena, MAP_NOTES_MAX, struct ambiguity_note);
    if (map->note_count < MAP_NOTES_MAX)
        map->notes[map->note_count++] = (struct ambiguity_note){what, part, off};
}

void builder_note(struct builder *b, enum ambiguity what, uint32_t part, size_t off)
{
    map_note(b->map, what, part, off);
}

void builder_tile(struct builder *b, enum tile_kind kind, uint32_t part, size_t end)
{
    struct map *map = b->map;
    assert(end >= b->tiled);
    if (end == b->tiled)
        return;
    map->tiles =
        arena_grow(b->arena, map->tiles, map->tile_count, &b->tile_cap, sizeof *map->tiles);
    map->tiles[map->tile_count++] = (struct tile){b->tiled, end - b->tiled, kind, part};
    b->tiled = end;
}

bool builder_is_over(const struct builder *b)
{
    return b->map->over_limit != NULL;
}

void builder_over(struct builder *b, const char *limit)
{
    if (!b->map->over_limit)
        b->map->over_limit = limit;
}

static void add_to_parent(struct builder *b, uint32_t parent, uint32_t child)
{
    struct part_links *links = &b->links[parent];
    if (links->last_child == MAP_NONE)
        b->map->parts[parent].first_child = child;
    else
        b->map->parts[links->last_child].next_sibling = child;
    links->last_child = child;
}

/* A new part whose header begins at `pos`. MAP_NONE when a limit forbids it. */
static uint32_t add_part(struct builder *b, uint32_t parent, bool is_message)
{
    struct map *map = b->map;
    uint32_t depth = parent == MAP_NONE ? 0 : map->parts[parent].depth + 1;
    if (map->part_count > 0 && map->part_count >= b->limits->parts)
        builder_over(b, "parts");
    else if (depth > b->limits->depth)
        builder_over(b, "depth");
    if (builder_is_over(b))
        return MAP_NONE;
    map->parts =
        arena_grow(b->arena, map->parts, map->part_count, &b->part_cap, sizeof *map->parts);
    b->links = arena_grow(b->arena, b->links, map->part_count, &b->link_cap, sizeof *b->links);
    uint32_t index = (uint32_t)map->part_count++;
    b->links[index] = (struct part_links){MAP_NONE, MAP_NONE, MAP_NONE, MAP_NONE, false, false};
    map->parts[index] =
        (struct part){.index = index,
                      .parent = parent,
                      .first_child = MAP_NONE,
                      .next_sibling = MAP_NONE,
                      .depth = depth,
                      .is_message = is_message,
                      .first_field = (uint32_t)map->field_count,
                      .header = span_of(map->bytes.ptr + b->pos, 0),
                      .body = span_of(map->bytes.ptr + b->pos, 0),
                      .type = {.type = SPAN_INIT("text"), .subtype = SPAN_INIT("plain")},
                      .disposition = {.type = SPAN_INIT(""), .subtype = SPAN_INIT("")},
                      .boundary = SPAN_INIT("")};
    if (parent != MAP_NONE)
        add_to_parent(b, parent, index);
    return index;
}

static void end_body(struct builder *b, uint32_t index, size_t end)
{
    struct part *part = &b->map->parts[index];
    part->body.len = (size_t)(b->map->bytes.ptr + end - part->body.ptr);
}

static void push(struct builder *b, uint32_t index)
{
    const struct part *part = &b->map->parts[index];
    b->open = arena_grow(b->arena, b->open, b->open_count, &b->open_cap, sizeof *b->open);
    b->open[b->open_count++] =
        (struct open_part){index, part->kind == PART_MULTIPART, INSIDE_PROLOGUE, part->boundary};
}

/* Ends all open parts above `level` at `end`, where `hit` is; NULL: the message ends. */
static void pop_to(struct builder *b, size_t level, size_t end, const struct boundary_hit *hit)
{
    while (b->open_count > level) {
        const struct open_part *top = &b->open[--b->open_count];
        end_body(b, top->part, end);
        if (top->is_multipart && top->inside == INSIDE_PARTS && !builder_is_over(b) &&
            !is_returned(b, top->part, hit))
            builder_note(b, AMBIGUITY_UNCLOSED, top->part, end);
    }
}

/* RFC 2045 section 5.2: what cannot be read as its type says is plain text, so that rules for text
 * look at it. */
static void make_text(struct part *part)
{
    part->kind = PART_LEAF;
    part->type.type = SPAN("text");
    part->type.subtype = SPAN("plain");
}

/* Lists and companies put footers there: text is text to all who see it. */
static void check_epilogue(struct builder *b, uint32_t part, size_t end)
{
    size_t at = around_find(b, b->tiled, end);
    if (at != SIZE_MAX)
        builder_note(b, AMBIGUITY_TEXT_AFTER_CLOSE, part, at);
}

/* The text up to `end` belongs to the multipart on top of the stack: before its first boundary or
 * behind its close delimiter. */
static void tile_around_parts(struct builder *b, size_t end)
{
    struct open_part *top = &b->open[b->open_count - 1];
    if (top->inside == INSIDE_EPILOGUE) {
        check_epilogue(b, top->part, end);
        builder_tile(b, TILE_EPILOGUE, top->part, end);
    } else {
        builder_tile(b, TILE_PROLOGUE, top->part, end);
    }
}

/* No boundary of the multipart on top came: it is a leaf. */
static void end_without_parts(struct builder *b, size_t end, const struct boundary_hit *hit)
{
    uint32_t index = b->open[b->open_count - 1].part;
    if (!is_returned(b, index, hit))
        builder_note(b, AMBIGUITY_NO_PARTS, index, b->tiled);
    make_text(&b->map->parts[index]);
    builder_tile(b, TILE_BODY, index, end);
    end_body(b, index, end);
    b->open_count--;
}

/* Everything up to `end`, where `hit` or, with NULL, the message's end is. */
static void end_region(struct builder *b, uint32_t leaf, size_t end, const struct boundary_hit *hit)
{
    if (leaf != MAP_NONE) {
        builder_tile(b, TILE_BODY, leaf, end);
        end_body(b, leaf, end);
        return;
    }
    const struct open_part *top = &b->open[b->open_count - 1];
    if (top->inside == INSIDE_PROLOGUE && (!hit || b->open_count - 1 != hit->level))
        end_without_parts(b, end, hit);
    else
        tile_around_parts(b, end);
}

static void take_boundary(struct builder *b, const struct boundary_hit *hit)
{
    pop_to(b, hit->level + 1, hit->tile, hit);
    struct open_part *multipart = &b->open[hit->level];
    if (hit->close && multipart->inside == INSIDE_PROLOGUE)
        builder_note(b, AMBIGUITY_NO_PARTS, multipart->part, hit->line);
    builder_tile(b, hit->close ? TILE_CLOSE : TILE_BOUNDARY, multipart->part, hit->end);
    multipart->inside = hit->close ? INSIDE_EPILOGUE : INSIDE_PARTS;
    if (hit->close)
        b->map->parts[multipart->part].closed = true;
    b->pos = hit->end;
}

/* The part's header was ended by a boundary: it has no body, so no composite is in it. */
static void end_bodiless(struct builder *b, uint32_t part)
{
    builder_note(b, AMBIGUITY_MISSING_HEADER_END, part, b->pos);
    if (b->map->parts[part].kind == PART_MULTIPART)
        builder_note(b, AMBIGUITY_NO_PARTS, part, b->pos);
    if (b->map->parts[part].kind != PART_LEAF)
        make_text(&b->map->parts[part]);
}

/* Reads on behind a boundary line until a part begins. Returns it, or MAP_NONE at the end. */
static uint32_t next_part(struct builder *b, uint32_t leaf, const struct boundary_hit *known)
{
    struct boundary_hit hit;
    if (known)
        hit = *known;
    for (;; known = NULL) {
        if (!known && !boundary_find(b, b->pos, &hit)) {
            end_region(b, leaf, b->map->bytes.len, NULL);
            return MAP_NONE;
        }
        if (!known)
            end_region(b, leaf, hit.tile, &hit);
        leaf = MAP_NONE;
        take_boundary(b, &hit);
        if (!hit.close)
            return add_part(b, b->open[hit.level].part, false);
    }
}

/* Reads the header of `part` and goes on to the next part. */
static uint32_t read_part(struct builder *b, uint32_t part)
{
    struct boundary_hit hit;
    enum header_end end = header_read(b, part, &hit);
    if (end == HEADER_OVER_LIMIT)
        return MAP_NONE;
    mime_read(b, part);
    if (builder_is_over(b))
        return MAP_NONE;
    if (end == HEADER_AT_BOUNDARY) {
        end_bodiless(b, part);
        return next_part(b, MAP_NONE, &hit);
    }
    if (b->map->parts[part].kind == PART_LEAF)
        return next_part(b, part, NULL);
    push(b, part);
    if (b->map->parts[part].kind == PART_MESSAGE)
        return add_part(b, part, true);
    return next_part(b, MAP_NONE, NULL);
}

/* The arrays do not move any more. */
static void set_pointers(struct builder *b)
{
    struct map *map = b->map;
    for (size_t i = 0; i < map->part_count; i++) {
        const struct part_links *links = &b->links[i];
        struct part *part = &map->parts[i];
        if (links->type_field != MAP_NONE)
            part->type_field = &map->fields[links->type_field];
        if (links->disposition_field != MAP_NONE)
            part->disposition_field = &map->fields[links->disposition_field];
        if (links->encoding_field != MAP_NONE)
            part->encoding_field = &map->fields[links->encoding_field];
    }
}

/* Room for what most messages have, so that growing is rare. */
static void reserve(struct builder *b)
{
    b->field_cap = 32;
    b->tile_cap = 40;
    b->part_cap = 4;
    b->link_cap = 4;
    b->map->fields = ARENA_ARRAY(b->arena, b->field_cap, struct field);
    b->map->tiles = ARENA_ARRAY(b->arena, b->tile_cap, struct tile);
    b->map->parts = ARENA_ARRAY(b->arena, b->part_cap, struct part);
    b->links = ARENA_ARRAY(b->arena, b->link_cap, struct part_links);
}

struct map *map_build(struct span bytes, const struct map_limits *limits, enum reading reading,
                      struct arena *arena)
{
    struct map *map = ARENA_NEW(arena, struct map);
    map->bytes = bytes.ptr ? bytes : SPAN("");
    map->reading = reading;
    map->arena = arena;
    struct builder b = {
        .map = map, .limits = limits, .arena = arena, .parameters_left = limits->all_parameters};
    reserve(&b);
    uint32_t part = add_part(&b, MAP_NONE, true);
    while (part != MAP_NONE)
        part = read_part(&b, part);
    pop_to(&b, 0, b.tiled, NULL);
    encodings_check(&b);
    if (builder_is_over(&b))
        builder_tile(&b, TILE_UNREAD, (uint32_t)map->part_count - 1, bytes.len);
    assert(b.tiled == bytes.len);
    set_pointers(&b);
    return map;
}
