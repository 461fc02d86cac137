/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply: SMTP replies, written to clients and read from upstreams.
 *
 *     reply = *( code "-" [enhanced SP] text CRLF ) code [ SP [enhanced SP] text ] CRLF
 *                                                     RFC 5321 section 4.2, RFC 2034, RFC 3463
 *
 * What we write is printable ASCII, at most REPLY_LINE_MAX bytes a line. What we read is limited in
 * lines and bytes; codes that differ between the lines of one reply, a bare CR or LF, or a NUL make
 * it bad: the connection cannot be trusted any more. One thread.
 */
#ifndef CULVERT_WIRE_REPLY_H
#define CULVERT_WIRE_REPLY_H

#include "engine/base/buf.h"
#include "tunnels/wire/parse.h"

#define REPLY_LINE_MAX 512u       /* of a line that we write, with CRLF (RFC 5321 4.5.3.1.5) */
#define REPLY_READ_LINE_MAX 2048u /* of a line that we take */
#define REPLY_READ_CHALLENGE_MAX                                                                   \
    12292u /* the same of a challenge of AUTH, "334 " and 12,288 octets                            \
              (RFC 4954 section 4) */
#define REPLY_READ_LINES_MAX 128u
#define REPLY_READ_BYTES_MAX 16384u /* of all text of one reply */
#define REPLY_ENHANCED_MAX 12u      /* "5.999.999" */

/* A reply of our own that is known beforehand; all strings are constants. */
struct answer {
    unsigned code;        /* 200 to 599 */
    const char *enhanced; /* "5.1.3"; NULL or "": none (greeting, HELO, EHLO, 354) */
    const char *text;     /* printable; '\n' separates lines */
};

struct reply {
    unsigned code;
    struct span enhanced; /* of the first line that has one; else empty */
    struct span text;     /* lines without codes, joined by '\n'; enhanced codes are stripped
                             only where they equal `enhanced` */
    unsigned lines;
};

static inline bool reply_is_positive(const struct reply *reply)
{
    return reply->code >= 200 && reply->code < 300;
}

/*
 * Writes one reply. `text` may hold several lines ('\n'); a line too long is continued on the next;
 * what is not printable ASCII is written as '?', so that foreign text can never add a line end.
 * `enhanced` empty: none. The code must be 200 to 599.
 */
void reply_write(struct buf *out, unsigned code, struct span enhanced, struct span text);
void reply_write_answer(struct buf *out, const struct answer *answer);

/* Passes on a reply that was read: same code, enhanced code, lines. */
void reply_write_reply(struct buf *out, const struct reply *reply);

struct reply_reader {
    struct reply reply; /* valid from PARSE_DONE to the next reply_read() */
    struct buf text;
    char enhanced[REPLY_ENHANCED_MAX];
    bool complete;
};

void reply_reader_init(struct reply_reader *reader);
void reply_reader_fini(struct reply_reader *reader); /* gives the memory back; usable again */

/*
 * Reads one reply. PARSE_DONE: reader->reply holds it (memory of the reader). PARSE_MORE: whole
 * lines are consumed, an incomplete one must come again. PARSE_BAD: *reason_out (a constant) says
 * why; close the connection.
 */
enum parse_result reply_read(struct reply_reader *reader, struct span input, size_t *consumed_out,
                             const char **reason_out);

#endif
