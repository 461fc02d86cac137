/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/views_rig.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <gmime/gmime.h>
#include <stdlib.h>

void views_rig_open(struct views_rig *rig, struct span message)
{
    g_mime_init();
    rig->arena = arena_new();
    /* At the end of its piece of memory, so that reading behind it shows. */
    rig->map =
        map_build(arena_copy(rig->arena, message), &map_limits_default, READING_STRICT, rig->arena);
    rig->views = views_new(rig->map, &view_limits_default, rig->arena);
}

void views_rig_close(struct views_rig *rig)
{
    arena_free(&rig->arena);
}

struct span with_crlf(struct arena *arena, const char *text)
{
    struct buf out = BUF_INIT;
    for (; *text; text++) {
        if (*text == '\n')
            buf_add_byte(&out, '\r');
        buf_add_byte(&out, *text);
    }
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

struct view *rig_text(struct views_rig *rig, size_t part)
{
    assert_true(part < rig->map->part_count);
    struct view *view = open_text(rig->views, &rig->map->parts[part]);
    assert_non_null(view);
    return view;
}

struct view *rig_field(struct views_rig *rig, const char *name)
{
    const struct field *field = map_field(rig->map, &rig->map->parts[0], name, 0);
    assert_non_null(field);
    return open_field(rig->views, field);
}

static void want(struct view *view, size_t off, size_t len, struct span with, enum edit_kind kind)
{
    struct error err = ERROR_INIT;
    struct edit edit = {.off = off, .len = len, .with = with, .kind = kind, .rule = "rig"};
    if (!view_edit(view, edit, &err))
        fail_msg("%s", err.text);
}

size_t rig_edit(struct view *view, const char *needle, const char *with, enum edit_kind kind)
{
    struct span what = span_str(needle);
    size_t count = 0;
    for (size_t at = 0;; count++) {
        size_t hit = span_find(span_from(view->text, at), what);
        if (hit == SPAN_NONE || what.len == 0)
            return count;
        want(view, at + hit, what.len, span_str(with), kind);
        at += hit + what.len;
    }
}

size_t rig_mask(struct view *view, const char *needle)
{
    char *with = arena_alloc(views_arena(view->views), strlen(needle) + 1);
    for (size_t i = 0; needle[i]; i++)
        with[i] = ascii_is_digit(needle[i]) ? '*' : needle[i];
    return rig_edit(view, needle, with, EDIT_MASK);
}

struct span rig_output(struct views_rig *rig, struct error *err)
{
    struct render render;
    struct span slices[5];
    struct buf out = BUF_INIT;
    if (!views_seal(rig->views, err))
        return span_of(NULL, 0);
    render_init(&render, rig->map->bytes, views_edits(rig->views));
    for (size_t count; (count = render_next(&render, slices, 5)) > 0;) {
        for (size_t i = 0; i < count; i++)
            buf_add(&out, slices[i]);
    }
    assert_int_equal(out.len, render_size(&render));
    struct span copy = arena_copy(rig->arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

static int by_offset(const void *left, const void *right)
{
    const struct edit *a = left, *b = right;
    if (a->off != b->off)
        return a->off < b->off ? -1 : 1;
    return a->len < b->len ? -1 : a->len > b->len;
}

struct span plain_splice(const struct view *view, struct arena *arena)
{
    size_t count = view->edits.count;
    struct edit *edits = arena_array(arena, count + 1, sizeof *edits);
    struct buf out = BUF_INIT;
    uint64_t at = 0;
    if (count > 0)
        memcpy(edits, view->edits.items, count * sizeof *edits);
    qsort(edits, count, sizeof *edits, by_offset);
    for (size_t i = 0; i < count; i++) {
        assert_true(edits[i].off >= at);
        buf_add(&out, span_sub(view->text, at, edits[i].off - at));
        buf_add(&out, edits[i].with);
        at = edits[i].off + edits[i].len;
    }
    buf_add(&out, span_from(view->text, at));
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

void assert_same_bytes(struct span got, struct span expected)
{
    size_t at = 0;
    while (at < got.len && at < expected.len && got.ptr[at] == expected.ptr[at])
        at++;
    if (at == got.len && at == expected.len)
        return;
    size_t from = at > 40 ? at - 40 : 0;
    struct span a = span_sub(got, from, 120), b = span_sub(expected, from, 120);
    fail_msg("differ at %zu (of %zu and %zu)\n     got \"%.*s\"\nexpected \"%.*s\"", at, got.len,
             expected.len, SPAN_ARG(a), SPAN_ARG(b));
}
