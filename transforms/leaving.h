/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaving: captured texts as they leave, for many of them at once. view_text_leaving() looks at
 * every edit of a view for each text; here the edits are sorted once, and only where another edit
 * is near is it asked. Built when all edits are made, on the stack of who expands; one thread.
 */
#ifndef CULVERT_TRANSFORMS_LEAVING_H
#define CULVERT_TRANSFORMS_LEAVING_H

#include "engine/message/view.h"

struct leaving_view;

struct leaving {
    struct arena *arena;
    struct leaving_view *views; /* the ones that were asked for */
    const struct edit *own;     /* the edit whose text is being written: it does not count */
};

/* Before an edit of the view is put out of the way for its own text. */
void leaving_prepare(struct leaving *leaving, const struct view *view);

/* As view_text_leaving(). */
struct span leaving_text(struct leaving *leaving, const struct view *view, uint64_t off,
                         uint64_t len);

#endif
