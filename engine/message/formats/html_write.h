/* SPDX-License-Identifier: Apache-2.0 */
/* html_write: edits of an HTML document's text as edits of its source. Internal to the HTML codec;
 * one thread. */
#ifndef CULVERT_MESSAGE_FORMATS_HTML_WRITE_H
#define CULVERT_MESSAGE_FORMATS_HTML_WRITE_H

#include "engine/message/formats/html_text.h"
#include "engine/message/view.h"

struct html_state {
    struct html_run *runs; /* by text offset */
    size_t count;
    size_t shown; /* as html_text has it */
};

/* The first run that ends behind text offset `off`; state->count at the end. */
size_t html_run_at(const struct html_state *state, uint64_t off);

bool html_write_back(struct view *view, struct error *err) MUST_USE;

#endif
