/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_lines: what the transfer encodings have in common whose raw lines can be decoded one by one
 * (quoted-printable, uuencode): the way back goes by lines, and only touched lines are written
 * again. Internal to the codecs; one thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_CODEC_LINES_H
#define CULVERT_MESSAGE_CODECS_CODEC_LINES_H

#include "engine/message/codecs/points.h"
#include "engine/message/splice.h"
#include "engine/message/view.h"

struct line_coding {
    /* Decodes one raw line with its line end to `out` (NULL: only counts), which has room for as
     * many octets as the line has. *bad_at: offset of something that is broken. */
    size_t (*decode)(struct span line, char *out, size_t *bad_at);
    enum ambiguity broken;
    /* Writes the changed octets of [splice->at, end) to `out`; `last_line` is the last raw line
     * that they came from. */
    void (*encode)(struct splice *splice, uint64_t end, bool is_last, struct span last_line,
                   struct bulk *out);
    /* Raw bytes of the line that hold its first `octets` octets. NULL: a line is one thing. */
    size_t (*raw_length)(struct span line, size_t octets);
};

struct line_state {
    const struct line_coding *coding;
    struct points points; /* at line starts */
    struct span raw;      /* the lines, in the parent's text */
};

/* Decodes `lines`, which is in `raw`, as the text of `view`. */
void lines_decode(struct view *view, struct span lines, const struct line_coding *coding);
bool lines_write_back(struct view *view, struct error *err) MUST_USE;
void lines_origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                  uint64_t *len_out);

#endif
