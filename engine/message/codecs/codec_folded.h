/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_folded: a text below, above what is looked for in it: what a reader sees (sight.h), other
 * forms of ASCII characters as ASCII (full width, mathematical, dashes of any kind), letters of
 * other scripts that look like ASCII ones in a word or a number that is else ASCII, and the soft
 * line ends of format=flowed (RFC 3676) joined. Words of other scripts stay as they are. An edit
 * changes below what it covers; a mask has one character for each that is seen. One thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_CODEC_FOLDED_H
#define CULVERT_MESSAGE_CODECS_CODEC_FOLDED_H

#include "engine/message/view.h"

extern const struct codec codec_folded;

/* The folded view of `view`; `view` itself where that is the same text, and where the octets are no
 * UTF-8. Asking again costs nothing. */
struct view *view_as_folded(struct view *view);

/* The range of `folded`, a view of the above, that shows [off, off+len) of the text below. */
void folded_range(const struct view *folded, uint64_t off, uint64_t len, uint64_t *off_out,
                  uint64_t *len_out);

#endif
