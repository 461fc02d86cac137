/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/render.h"

#include <assert.h>

void render_init(struct render *render, struct span original, const struct edits *edits)
{
    assert(!edits || edits->sealed);
    *render = (struct render){.original = original, .edits = edits};
}

uint64_t render_size(const struct render *render)
{
    uint64_t size = render->original.len;
    return render->edits ? edits_output_size(render->edits, size) : size;
}

/* The next slice, empty ones included; false at the end. */
static bool step(struct render *render, struct span *slice_out)
{
    const struct edits *edits = render->edits;
    const struct edit *edit = NULL;
    if (edits && render->next_edit < edits->count)
        edit = &edits->items[render->next_edit];
    if (edit && render->in_edit) {
        *slice_out = edit->with;
        render->at = edit->off + edit->len;
        render->in_edit = false;
        render->next_edit++;
        return true;
    }
    uint64_t end = edit ? edit->off : render->original.len;
    if (!edit && render->at >= end)
        return false;
    *slice_out = span_sub(render->original, render->at, end - render->at);
    render->at = end;
    render->in_edit = edit != NULL;
    return true;
}

size_t render_next(struct render *render, struct span *slices_out, size_t max)
{
    size_t count = 0;
    while (count < max && step(render, &slices_out[count])) {
        if (slices_out[count].len > 0)
            count++;
    }
    return count;
}
