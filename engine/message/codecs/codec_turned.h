/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_turned: a text below with right-to-left overrides (U+202E), above in the order in which a
 * reader sees it: what stands behind one, up to its end (U+202C) or that of the line, is turned
 * round. Both texts are looked at, since who copies the text gets the other. One thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_CODEC_TURNED_H
#define CULVERT_MESSAGE_CODECS_CODEC_TURNED_H

#include "engine/message/view.h"

extern const struct codec codec_turned;

/* NULL: nothing in `view` is turned round. Asking again costs nothing. */
struct view *view_as_turned(struct view *view);

#endif
