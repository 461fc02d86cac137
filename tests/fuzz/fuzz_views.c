/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_views: a whole message. All there is in it is opened and decoded; places that follow from
 * its bytes are changed; what is rendered is read again. Where the message is certain, each text
 * must be the plain splice of what it was.
 */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
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
        check(view_edit(view, (struct edit){from, to - from, with, EDIT_REPLACE, "r"}, NULL));
        at = to + 1;
    }
}

static void look_at(const struct view *view, uint32_t *seed)
{
    check(view->is_bytes || utf8_is_valid(view->text));
    check(view->codec != NULL);
    uint64_t off, len, from = next_random(seed) % (view->text.len + 1);
    uint64_t most = view->text.len - from;
    view_origin(view, from, most > 40 ? 40 : most, &off, &len);
    check(off + len <= views_map(view->views)->bytes.len);
    (void)view_text_leaving(view, from, 20);
}

static void open_all(struct views *views, uint32_t *seed, bool edit)
{
    const struct map *map = views_map(views);
    for (size_t i = 0; i < map->field_count; i++) {
        struct view *view = open_field(views, &map->fields[i]);
        look_at(view, seed);
        if (edit && next_random(seed) % 8 == 0)
            edit_some(view, seed);
    }
    for (size_t i = 0; i < map->part_count; i++) {
        struct view *names[NAMES_MOST];
        const struct part *part = &map->parts[i];
        size_t count = open_filenames(views, part, names, NAMES_MOST);
        for (size_t k = 0; k < count; k++) {
            look_at(names[k], seed);
            if (edit && next_random(seed) % 2)
                edit_some(names[k], seed);
        }
        if (part->kind == PART_MULTIPART)
            continue;
        look_at(open_content(views, part), seed);
        struct view *text = open_text(views, part);
        if (!text)
            continue;
        look_at(text, seed);
        if (edit && part->kind == PART_LEAF)
            edit_some(text, seed);
    }
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

/* HTML is read anew by a parser that closes and moves things: its texts are not compared. */
static bool is_comparable(const struct view *view)
{
    return view && strcmp(view->codec->name, "HTML") != 0 && view->edits.count > 0;
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

static void compare(struct views *before, struct views *after, struct arena *arena)
{
    const struct map *old = views_map(before), *new = views_map(after);
    check(new->part_count == old->part_count);
    for (size_t i = 0; i < old->part_count; i++) {
        if (old->parts[i].kind != PART_LEAF)
            continue;
        struct view *text = open_text(before, &old->parts[i]);
        if (!is_comparable(text) || has_line_ends(text) || has_bare_line_end(text->text))
            continue;
        struct view *again = open_text(after, &new->parts[i]);
        /* What is no declared text is one by its looks, and those may have changed. */
        check(again != NULL || !part_is_type(&old->parts[i], "text", NULL));
        if (again && !span_equal(again->text, splice(text, arena)))
            give_up(text, again->text, splice(text, arena));
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
