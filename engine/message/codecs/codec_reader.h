/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_reader: a text below, above what a reader sees of it: every kind of blank is one space, and
 * what is invisible is left out (sight.h), so that nobody can hide a number with them. An edit
 * changes all of what it covers below, the invisible inside of it too; what no edit covers stays as
 * it is. The rules look at both texts (engine/decisions/0012). One thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_CODEC_READER_H
#define CULVERT_MESSAGE_CODECS_CODEC_READER_H

#include "engine/message/view.h"

extern const struct codec codec_reader;

/*
 * The view of `view` as a reader sees it, or NULL where that is no other text: then nothing is
 * opened, and asking again costs nothing. Octets are read so where all of them are UTF-8. NULL for
 * the root as well: rules on it look at bytes.
 */
struct view *view_as_read(struct view *view);

/* The range of `reader`, a view of the above, that shows [off, off+len) of the text below. */
void reader_range(const struct view *reader, uint64_t off, uint64_t len, uint64_t *off_out,
                  uint64_t *len_out);

#endif
