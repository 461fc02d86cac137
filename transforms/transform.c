/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/transform.h"

#include "engine/message/map/field_params.h"

#include <errno.h>

static void record(struct transform_context *context, struct piece *piece, const struct edit *edit)
{
    hides_add(context->hides,
              (struct hide){.view = piece_view(piece),
                            .off = edit->off,
                            .len = edit->len,
                            .rule = context->place,
                            .secret = edit->kind == EDIT_MASK || edit->kind == EDIT_REDACT});
}

/* NULL, or what cannot be written back on the way up: the text of octets whose encoding nobody
 * knows, say. */
static const struct view *read_only_above(const struct view *view)
{
    while (view && !view->read_only)
        view = view->parent;
    return view;
}

static bool is_writable(const struct transform_context *context, const struct view *view,
                        struct error *err)
{
    const struct view *fixed = read_only_above(view);
    if (!fixed)
        return true;
    return error_set_code(err, fixed->passes ? ENOSPC : EROFS, "rule \"%s\": %s", context->place,
                          fixed->read_only);
}

bool transform_edit(struct transform_context *context, struct piece *piece, struct edit edit,
                    struct error *err)
{
    record(context, piece, &edit);
    if (context->record_only)
        return true;
    edit.rule = context->place;
    struct view *view = open_for_change(piece_view(piece), &edit.off, edit.len);
    return is_writable(context, view, err) && view_edit(view, edit, err);
}

/* The piece, or where it is changed instead. */
static struct piece *place_of_change(struct piece *piece, struct arena *arena)
{
    uint64_t off = piece->off;
    struct view *view = open_for_change(piece_view(piece), &off, piece->len);
    if (view == piece->view)
        return piece;
    struct piece *place = ARENA_NEW(arena, struct piece);
    *place = *piece;
    place->view = view;
    place->off = off;
    return place;
}

bool transform_write(struct transform_context *context, struct piece *piece, enum edit_kind kind,
                     const struct template *text, struct error *err)
{
    struct template_values values = {
        .piece = piece, .rule = context->rule, .user = changes_user(context->changes)};
    (void)piece_view(piece);
    struct edit edit = {.off = piece->off, .len = piece->len, .kind = kind};
    if (!template_captures(text)) {
        if (!context->record_only)
            edit.with = template_expand(text, &values, context->arena);
        return transform_edit(context, piece, edit, err);
    }
    record(context, piece, &edit);
    if (context->record_only)
        return true;
    struct piece *place = place_of_change(piece, context->arena);
    if (!is_writable(context, place->view, err))
        return false;
    changes_write_piece(context->changes, place, kind, text, &values, context->place);
    return true;
}

const struct template *transform_template(struct reader *reader, const struct node *node,
                                          const char *key, struct span text)
{
    struct error err = ERROR_INIT;
    struct template *t = template_new(text, reader->arena, &err);
    struct node place = node_get(reader, node, key);
    if (!t)
        (void)node_error(reader, node_is_present(&place) ? &place : node, "%s", err.text);
    return t;
}
