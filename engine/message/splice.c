/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/splice.h"

#include <assert.h>

void splice_init(struct splice *splice, struct span text, const struct edits *edits)
{
    assert(edits->sealed);
    *splice = (struct splice){.text = text, .edits = edits};
}

const struct edit *splice_edit(const struct splice *splice)
{
    return splice->next < splice->edits->count ? &splice->edits->items[splice->next] : NULL;
}

bool splice_next(struct splice *splice, uint64_t end, bool last, struct span *piece_out)
{
    const struct edit *edit = splice_edit(splice);
    if (edit && (edit->off > end || (edit->off == end && !(last && edit->len == 0))))
        edit = NULL;
    if (edit && edit->off == splice->at) {
        *piece_out = edit->with;
        splice->at += edit->len;
        splice->next++;
        return true;
    }
    uint64_t stop = edit ? edit->off : end;
    if (stop <= splice->at)
        return false;
    *piece_out = span_sub(splice->text, splice->at, stop - splice->at);
    splice->at = stop;
    return true;
}
