/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_views: a whole message. All there is in it is opened and decoded, through every codec;
 * places that follow from its bytes are changed, in the text of a part, in the text as a reader
 * sees it or in the octets; what is rendered is read again. Where the message is certain, each of
 * them must be the plain splice of what it was.
 */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/codec_reader.h"
#include "engine/message/codecs/codec_source.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/open.h"
#include "engine/message/render.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAMES_MOST 4u

static void check(bool good)
{
    if (!good)
        abort();
}

static void give_up(const struct view *view, struct span got, struct span expected)
{
    (void)fprintf(stderr, "part %u: got \"%.*s\", not \"%.*s\"\n", (unsigned)view->part->index,
                  SPAN_ARG(got), SPAN_ARG(expected));
    abort();
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Half a line end is made a whole one, or encoded: that is no plain splice. */
static size_t parts_line_end(struct span text, size_t at)
{
    return at > 0 && at < text.len && text.ptr[at - 1] == '\r' && text.ptr[at] == '\n';
}

/* A few edits that do not overlap. */
static void edit_some(struct view *view, uint32_t *seed)
{
    static const char *const withs[] = {"",    "*",    "***", "\xe2\x82\xac",
                                        "x y", "\r\n", "=?x", "\xc3\xa9"};
    size_t at = 0;
    if (view->read_only)
        return;
    while (next_random(seed) % 3 && at <= view->text.len) {
        size_t from = at + next_random(seed) % (view->text.len - at + 1);
        size_t to = from + next_random(seed) % 12;
        if (!view->is_bytes) {
            from = utf8_floor(view->text, from);
            to = utf8_floor(view->text, to);
        }
        to = to < view->text.len ? to : view->text.len;
        from -= parts_line_end(view->text, from);
        to -= parts_line_end(view->text, to);
        if (from < at || to < from)
            return;
        struct span with = span_str(withs[next_random(seed) % ARRAY_LEN(withs)]);
        enum edit_kind kind = next_random(seed) % 2 ? EDIT_REPLACE : EDIT_REDACT;
        check(view_edit(view, (struct edit){from, to - from, with, kind, "r", 0}, NULL));
        at = to + 1;
    }
}

static void look_at_one(const struct view *view, uint32_t *seed)
{
    check(view->is_bytes || utf8_is_valid(view->text));
    check(view->codec != NULL);
    uint64_t off, len, from = next_random(seed) % (view->text.len + 1);
    uint64_t most = view->text.len - from;
    view_origin(view, from, most > 40 ? 40 : most, &off, &len);
    check(off + len <= views_map(view->views)->bytes.len);
    (void)view_text_leaving(view, from, 20);
}

/* What a reader sees of a text leads to the text and back. */
static void look_at(struct view *view, uint32_t *seed)
{
    look_at_one(view, seed);
    struct view *read = view_as_read(view);
    if (!read)
        return;
    look_at_one(read, seed);
    check(read->text.len < view->text.len && !view_as_read(read));
    uint64_t off, len, back, back_len;
    uint64_t from = utf8_floor(read->text, next_random(seed) % (read->text.len + 1));
    uint64_t to = utf8_floor(read->text, from + next_random(seed) % 40);
    codec_reader.origin(read, from, to - from, &off, &len);
    check(off + len <= view->text.len);
    reader_range(read, off, len, &back, &back_len);
    check(back == from && back_len == to - from);
}

/* What stands in the source of a text leads to the text and back to at least as much. */
static void look_at_source(struct view *source, uint32_t *seed)
{
    look_at_one(source, seed);
    uint64_t off, len, back, back_len;
    uint64_t from = utf8_floor(source->text, next_random(seed) % (source->text.len + 1));
    uint64_t to = utf8_floor(source->text, from + next_random(seed) % 40);
    codec_source.origin(source, from, to - from, &off, &len);
    check(off + len <= source->parent->text.len);
    source_range(source, off, len, &back, &back_len);
    check(back + back_len <= source->text.len);
}

/* Sometimes what a reader sees of it. */
static void edit_text(struct view *view, uint32_t *seed)
{
    struct view *read = view_as_read(view);
    edit_some(read && next_random(seed) % 4 ? read : view, seed);
}

/* The text of a part, the same as a reader sees it, or the octets: one of these is changed. */
static void open_part(struct views *views, const struct part *part, uint32_t *seed, bool edit)
{
    struct view *texts[TEXTS_MAX];
    struct view *octets = open_content(views, part), *text = open_text(views, part);
    struct view *seen = text ? view_as_read(text) : NULL;
    look_at(octets, seed);
    for (size_t i = open_texts(views, part, texts); i-- > 0;) {
        look_at(texts[i], seed);
        if (view_source(texts[i]))
            look_at_source(view_source(texts[i]), seed);
    }
    if (seen)
        look_at(seen, seed);
    if (!edit)
        return;
    unsigned which = next_random(seed) % 8;
    if (!text || which == 0)
        edit_some(octets, seed);
    else
        edit_some(seen && which < 5 ? seen : text, seed);
}

/* What stands around the parts of a multipart. */
static void open_around(struct views *views, uint32_t *seed, bool edit)
{
    const struct map *map = views_map(views);
    for (size_t i = 0; i < map->tile_count; i++) {
        const struct tile *tile = &map->tiles[i];
        if (tile->kind != TILE_PROLOGUE && tile->kind != TILE_EPILOGUE)
            continue;
        struct view *view = view_open(views_root(views), tile->off, tile->len, &codec_identity,
                                      &map->parts[tile->part], NULL);
        look_at(view, seed);
        if (edit && next_random(seed) % 4 == 0)
            edit_some(view, seed);
    }
}

static void open_all(struct views *views, uint32_t *seed, bool edit)
{
    const struct map *map = views_map(views);
    for (size_t i = 0; i < map->field_count; i++) {
        struct view *view = open_field(views, &map->fields[i]);
        look_at(view, seed);
        if (edit && next_random(seed) % 8 == 0)
            edit_text(view, seed);
    }
    for (size_t i = 0; i < map->part_count; i++) {
        struct view *names[NAMES_MOST];
        const struct part *part = &map->parts[i];
        size_t count = open_filenames(views, part, names, NAMES_MOST);
        for (size_t k = 0; k < count; k++) {
            look_at(names[k], seed);
            if (edit && next_random(seed) % 2)
                edit_text(names[k], seed);
        }
        if (part->kind == PART_MULTIPART)
            continue;
        open_part(views, part, seed, edit && part->kind == PART_LEAF);
    }
    open_around(views, seed, edit);
}

static struct span splice(const struct view *view, struct arena *arena)
{
    struct buf out = BUF_INIT;
    size_t at = 0;
    for (size_t i = 0; i < view->edits.count; i++) {
        buf_add(&out, span_sub(view->text, at, view->edits.items[i].off - at));
        buf_add(&out, view->edits.items[i].with);
        at = view->edits.items[i].off + view->edits.items[i].len;
    }
    buf_add(&out, span_from(view->text, at));
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

static struct span output(struct views *views, struct arena *arena)
{
    struct render render;
    struct span slices[3];
    struct buf out = BUF_INIT;
    render_init(&render, views_map(views)->bytes, views_edits(views));
    for (size_t count; (count = render_next(&render, slices, 3)) > 0;) {
        for (size_t i = 0; i < count; i++)
            buf_add(&out, slices[i]);
    }
    check(out.len == render_size(&render));
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

/* HTML is read anew by a parser that closes and moves things; a change of the markup of XML or of
 * the name of a content line is one of how the rest is read. Their texts are not compared. */
static bool is_comparable(const struct view *view)
{
    static const char *const others[] = {"HTML", "XML", "content line"};
    for (const struct view *up = view; up && up->codec; up = up->parent) {
        for (size_t i = 0; i < ARRAY_LEN(others); i++) {
            if (strcmp(up->codec->name, others[i]) == 0)
                return false;
        }
    }
    return view && view->edits.count > 0;
}

/* A tunnel takes no bare line ends in; what is re-encoded loses them. */
static bool has_bare_line_end(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool crlf = text.ptr[i] == '\r' && i + 1 < text.len && text.ptr[i + 1] == '\n';
        if (crlf)
            i++;
        else if (text.ptr[i] == '\r' || text.ptr[i] == '\n')
            return true;
    }
    return false;
}

static bool has_line_ends(const struct view *view)
{
    for (size_t i = 0; i < view->edits.count; i++) {
        const struct edit *edit = &view->edits.items[i];
        if (span_find_byte(edit->with, '\n') != SPAN_NONE)
            return true;
    }
    return false;
}

static void compare_text(struct view *text, struct view *again, struct arena *arena)
{
    if (!is_comparable(text) || has_line_ends(text) || has_bare_line_end(text->text))
        return;
    if (!span_equal(again->text, splice(text, arena)))
        give_up(text, again->text, splice(text, arena));
}

static void compare_part(struct views *before, const struct part *old, struct views *after,
                         const struct part *new, struct arena *arena)
{
    struct view *text = open_text(before, old), *again = open_text(after, new);
    struct view *octets = open_content(before, old);
    struct view *seen = text ? view_as_read(text) : NULL;
    /* What is no declared text is one by its looks, and those may have changed. */
    if (!text || !again) {
        check(!part_is_type(old, "text", NULL));
        return;
    }
    if (seen && seen->edits.count > 0)
        compare_text(seen, view_as_read(again) ? view_as_read(again) : again, arena);
    else if (text->edits.count > 0)
        compare_text(text, again, arena);
    else
        compare_text(octets, open_content(after, new), arena);
}

static void compare(struct views *before, struct views *after, struct arena *arena)
{
    const struct map *old = views_map(before), *new = views_map(after);
    check(new->part_count == old->part_count);
    for (size_t i = 0; i < old->part_count; i++) {
        if (old->parts[i].kind == PART_LEAF)
            compare_part(before, &old->parts[i], after, &new->parts[i], arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = {(const char *)data, size};
    struct arena *arena = arena_new();
    uint32_t seed = 1;
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < size; i++)
        seed = seed * 33 + data[i];
    struct map *map = map_build(bytes, &map_limits_default, READING_STRICT, arena);
    struct views *views = views_new(map, &view_limits_default, arena);
    open_all(views, &seed, true);
    bool certain = map->ambiguities == 0 && !map->over_limit;
    bool dirty = views_are_dirty(views);
    if (views_seal(views, &err)) {
        struct span out = output(views, arena);
        check(dirty || span_equal(out, bytes));
        struct map *again = map_build(out, &map_limits_default, READING_STRICT, arena);
        struct views *after = views_new(again, &view_limits_default, arena);
        open_all(after, &seed, false);
        if (certain)
            compare(views, after, arena);
    } else {
        check(error_is_set(&err));
    }
    arena_free(&arena);
    return 0;
}
