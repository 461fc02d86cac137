/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_html: the source of an HTML text. Its text is valid, each character has a place; with all
 * digits masked no number is left for a reader of the result.
 */
#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/open.h"
#include "engine/message/render.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static struct views *open_message(struct span bytes, struct arena *arena)
{
    struct map *map = map_build(bytes, &map_limits_default, READING_STRICT, arena);
    return views_new(map, &view_limits_default, arena);
}

static struct view *html_of(struct views *views)
{
    struct view *view = open_text(views, &views_map(views)->parts[0]);
    check(view != NULL && utf8_is_valid(view->text));
    return view;
}

static void mask_digits(struct view *view)
{
    struct span text = view->text;
    for (size_t i = 0; i < text.len; i++) {
        size_t from = i;
        while (i < text.len && ascii_is_digit(text.ptr[i]))
            i++;
        if (i == from)
            continue;
        char *with = arena_alloc(views_arena(view->views), i - from);
        memset(with, '*', i - from);
        struct edit edit = {from, i - from, span_of(with, i - from), EDIT_MASK, "r", 0};
        check(view_edit(view, edit, NULL));
        uint64_t off, len;
        view_origin(view, from, i - from, &off, &len);
        check(off + len <= views_map(view->views)->bytes.len);
    }
}

static struct span output(struct views *views, struct arena *arena)
{
    struct render render;
    struct span slice;
    struct buf out = BUF_INIT;
    render_init(&render, views_map(views)->bytes, views_edits(views));
    while (render_next(&render, &slice, 1) == 1)
        buf_add(&out, slice);
    check(out.len == render_size(&render));
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

static void check_no_number(struct span text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.len; i++) {
        run = ascii_is_digit(text.ptr[i]) ? run + 1 : 0;
        check(run < 4);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char header[] = "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
                                 "Content-Transfer-Encoding: binary\r\n\r\n";
    if (size > 65536 || !utf8_is_valid(span_of((const char *)data, size)))
        return 0;
    struct arena *arena = arena_new();
    struct buf message = BUF_INIT;
    buf_add_str(&message, header);
    buf_add(&message, span_of((const char *)data, size));
    struct views *views = open_message(buf_span(&message), arena);
    struct view *view = html_of(views);
    struct error err = ERROR_INIT;
    if (!view->read_only)
        mask_digits(view);
    /* Where the parser's text cannot be found in the source, nothing may leave. */
    if (!view->read_only && views_seal(views, &err)) {
        struct views *again = open_message(output(views, arena), arena);
        check_no_number(html_of(again)->text);
    }
    buf_fini(&message);
    arena_free(&arena);
    return 0;
}
