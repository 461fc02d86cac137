/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content_line: the lines that calendars (RFC 5545) and address cards (RFC 6350, and vCard 2.1)
 * are made of: NAME;PARAMETER=VALUE:VALUE, folded. Two codecs read them. codec_unfold has the
 * octets below and the same without folds and soft line breaks above: a fold may stand within a
 * character, so it comes before the charset. codec_content_line, behind the charset, resolves the
 * escapes and quoted-printable of values. Quoted-printable is of vCard 2.1 and vCalendar 1.0, and
 * read in vCard 3.0 too: `detail` of both codecs is content_line_detail(). One thread.
 */
#ifndef CULVERT_MESSAGE_FORMATS_CONTENT_LINE_H
#define CULVERT_MESSAGE_FORMATS_CONTENT_LINE_H

#include "engine/base/buf.h"
#include "engine/message/view.h"

extern const struct codec codec_unfold;
extern const struct codec codec_content_line;

enum content_line_encoding { LINE_ESCAPED, LINE_QUOTED_PRINTABLE, LINE_BASE64 };

struct content_line {
    size_t value; /* offset: behind the colon; the length of the line where there is none */
    enum content_line_encoding encoding;
    struct span charset; /* parameter of vCard 2.1; ptr NULL: none */
};

/* For the codecs: whether there is quoted-printable in the lines. */
const bool *content_line_detail(struct span octets);

/* Takes an unfolded line apart; its line end need not be there. */
void content_line_parse(struct span line, bool quotes, struct content_line *out);

/* Name and parameters of a line that comes in pieces, without its folds. */
struct content_head {
    struct buf text;
    bool quoted, colon_came;
    bool whole; /* the colon that ends it came */
    bool quoted_printable;
    bool quotes; /* may be so */
};

void content_head_init(struct content_head *head, bool quotes);
void content_head_reset(struct content_head *head);
void content_head_fini(struct content_head *head);
/* How much of the piece belongs to it. */
size_t content_head_add(struct content_head *head, struct span piece);

/* Whether the octets, in UTF-16 or ASCII, begin with the name of a line, or with `word`. */
bool content_lines_begin(struct span octets);
bool content_lines_begin_with(struct span octets, struct span word);

/* Writes an unfolded line, its end included, in lines of 75 octets at most. */
void content_line_fold(struct span line, bool quotes, struct bulk *out);

#endif
