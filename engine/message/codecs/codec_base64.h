/* SPDX-License-Identifier: Apache-2.0 */
/* codec_base64: what reading and writing back of base64 bodies share. Internal to the codec. */
#ifndef CULVERT_MESSAGE_CODECS_CODEC_BASE64_H
#define CULVERT_MESSAGE_CODECS_CODEC_BASE64_H

#include "engine/message/codecs/base64.h"
#include "engine/message/codecs/points.h"
#include "engine/message/view.h"

struct base64_state {
    struct points points; /* at quanta */
    size_t line;          /* characters of a line, as the sender had it */
    bool regular;         /* nothing but quanta, padding at the end, and CRLF */
};

/* Regular bodies only: where in `raw` the quantum of text offset `text` (a multiple of 3) begins;
 * the end of the body behind the last. `near` (may be NULL) is an earlier pair to start from and is
 * moved on. */
size_t base64_find_quantum(const struct base64_state *state, struct span raw, uint64_t text,
                           struct point *near);

bool base64_write_back(struct view *view, struct error *err) MUST_USE;

#endif
