/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inline_file: files that stand in a text in the way of before MIME, which mail programs show as
 * attachments: uuencode, and for naming only the encodings of news and of old Macintoshes. One
 * thread.
 */
#ifndef CULVERT_MESSAGE_FORMATS_INLINE_FILE_H
#define CULVERT_MESSAGE_FORMATS_INLINE_FILE_H

#include "engine/message/view.h"

enum inline_kind {
    INLINE_UUENCODE,
    INLINE_BROKEN,  /* uuencode with something at its start that is none */
    INLINE_FOREIGN, /* yEnc, BinHex, uuencode's base64 */
};

struct inline_file {
    enum inline_kind kind;
    uint64_t off, len;           /* of its lines, the first and last included */
    uint64_t name_off, name_len; /* INLINE_UUENCODE */
    bool cut;                    /* more data stands behind its end */
};

/* The next file at or behind offset `from`, where a line of the text begins. */
bool inline_file_next(struct span text, uint64_t from, struct inline_file *out);
/* The same in the text of a view, which remembers that there is none at all. */
bool inline_file_in(struct view *view, uint64_t from, struct inline_file *out);

/* A part of a text that is on one line. */
extern const struct codec codec_file_name;

#endif
