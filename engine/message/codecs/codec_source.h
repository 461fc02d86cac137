/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_source: a text below from which folds and escapes were taken; above, the same as it stands
 * in the message, for readers that show it so. Rules look at both texts, like those of
 * codec_reader, and what is found above is an edit of what it became below. One thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_CODEC_SOURCE_H
#define CULVERT_MESSAGE_CODECS_CODEC_SOURCE_H

#include "engine/message/view.h"

extern const struct codec codec_source;

/* Says that the text of `shown` is what stands where `view` was made of: it is a view below `view`,
 * or another one of the octets below. Once; where both are the same nothing is opened. */
void view_set_source(struct view *view, const struct view *shown);

/* The view of the text as it stands, or NULL. */
struct view *view_source(const struct view *view);

/* The range of it that [off, off+len) of the text below stands for. */
void source_range(const struct view *source, uint64_t off, uint64_t len, uint64_t *off_out,
                  uint64_t *len_out);

#endif
