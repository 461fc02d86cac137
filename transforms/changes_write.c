/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces that are replaced by texts which capture others. All their ranges are marked as edited
 * before the first text is written, so that each text is written as everything else leaves; only
 * its own range still shows what stood there.
 */
#include "transforms/changes_list.h"

#include "engine/base/clock.h"

static bool mark(struct writing *writing, struct error *err)
{
    struct view *view = piece_view(writing->piece);
    /* A text of one character: an edit that changes nothing would be left out. */
    struct edit edit = {.off = writing->piece->off,
                        .len = writing->piece->len,
                        .with = SPAN("*"),
                        .kind = writing->kind,
                        .rule = writing->place};
    size_t before = view->edits.count;
    if (!view_edit(view, edit, err))
        return false;
    writing->edit = view->edits.count > before ? before : SIZE_MAX;
    return true;
}

/* While its own text is expanded the edit is out of the way. */
static void write_text(struct changes *changes, struct writing *writing, struct leaving *leaving)
{
    struct view *view = piece_view(writing->piece);
    if (writing->edit == SIZE_MAX)
        return; /* there was nothing to hide */
    leaving_prepare(leaving, view);
    struct edit *edit = &view->edits.items[writing->edit];
    struct edit marked = *edit;
    edit->len = 0;
    edit->with = SPAN("");
    leaving->own = edit;
    writing->values.leaving = leaving;
    marked.with = changes_expand(changes, writing->text, &writing->values, false);
    writing->values.leaving = NULL;
    *edit = marked;
}

bool changes_write_pieces(struct changes *changes, uint64_t deadline_ns, struct error *err)
{
    for (size_t i = 0; i < changes->writing_count; i++) {
        if (!mark(&changes->writings[i], err))
            return false;
    }
    /* Before the first edit is out of the way, so that no tag shows what stood there. */
    if (changes->writing_count > 0)
        (void)changes_tags(changes);
    struct leaving leaving = {.arena = changes->arena};
    for (size_t i = 0; i < changes->writing_count; i++) {
        if (i % 64 == 63 && clock_is_past(deadline_ns))
            return error_set(err, "no time left to write %zu replacements", changes->writing_count);
        write_text(changes, &changes->writings[i], &leaving);
    }
    if (changes->writing_count > 0)
        changes->tags_are_known = false; /* now that what stands in a hidden place is known */
    changes->writing_count = 0;
    return true;
}
