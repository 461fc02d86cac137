/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/transform.h"

static void record(struct transform_context *context, struct piece *piece, const struct edit *edit)
{
    hides_add(context->hides,
              (struct hide){.view = piece_view(piece),
                            .off = edit->off,
                            .len = edit->len,
                            .rule = context->place,
                            .secret = edit->kind == EDIT_MASK || edit->kind == EDIT_REDACT});
}

/* NULL, or why the text cannot be written back all the way up: the text of octets whose encoding
 * nobody knows, say. */
static const char *read_only_because(const struct view *view)
{
    while (view && !view->read_only)
        view = view->parent;
    return view ? view->read_only : NULL;
}

static bool is_writable(const struct transform_context *context, const struct piece *piece,
                        struct error *err)
{
    const char *why = read_only_because(piece->view);
    return !why || error_set(err, "rule \"%s\": %s", context->place, why);
}

bool transform_edit(struct transform_context *context, struct piece *piece, struct edit edit,
                    struct error *err)
{
    record(context, piece, &edit);
    if (context->record_only)
        return true;
    edit.rule = context->place;
    return is_writable(context, piece, err) && view_edit(piece_view(piece), edit, err);
}

bool transform_write(struct transform_context *context, struct piece *piece, enum edit_kind kind,
                     const struct template *text, struct error *err)
{
    struct template_values values = {piece, context->rule, {NULL, 0}, NULL};
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
    if (!is_writable(context, piece, err))
        return false;
    changes_write_piece(context->changes, piece, kind, text, &values, context->place);
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
