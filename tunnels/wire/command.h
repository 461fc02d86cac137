/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command: an SMTP command line as a client sends it, cut into verb and argument.
 *
 *     command-line = verb [SP argument] CRLF          RFC 5321 section 4.1.1
 *
 * Only CRLF ends a line (section 2.3.8); a CR or LF that stands alone is a fault that ends the
 * session, because two readers could cut the line in different places. RFC 5321 has 512 bytes for a
 * line at least and lets extensions add to it (section 4.5.3.1.4); we take COMMAND_MAX, which holds
 * what all those add that we may offer, whether this client was offered them or not: where the
 * offers change nobody is cut off for a line that was right a moment ago. Trailing blanks are
 * dropped (section 4.1.1). One reader for each session, on its thread; it owns nothing.
 */
#ifndef CULVERT_WIRE_COMMAND_H
#define CULVERT_WIRE_COMMAND_H

#include "engine/base/span.h"
#include "tunnels/wire/parse.h"

#include <assert.h>

#define COMMAND_MAX 2048u /* bytes of a line with its CRLF */
/* What extensions add to MAIL: SIZE (RFC 1870) 26, 8BITMIME and BINARYMIME (RFC 6152) 17, AUTH (RFC
 * 4954) 500, DSN (RFC 3461) 107, SMTPUTF8 (RFC 6531) 10, MT-PRIORITY (RFC 6710) 15, REQUIRETLS (RFC
 * 8689) 11; to RCPT: DSN 500. */
#define COMMAND_MAIL_NEEDS (512u + 26 + 17 + 500 + 107 + 10 + 15 + 11)
#define COMMAND_RCPT_NEEDS (512u + 500)
static_assert(COMMAND_MAIL_NEEDS <= COMMAND_MAX && COMMAND_RCPT_NEEDS <= COMMAND_MAX, "too short");
#define COMMAND_AUTH_MAX 12288u /* of AUTH, which has an initial response */

enum command_verb {
    COMMAND_UNKNOWN,
    COMMAND_HELO,
    COMMAND_EHLO,
    COMMAND_MAIL,
    COMMAND_RCPT,
    COMMAND_DATA,
    COMMAND_BDAT,
    COMMAND_RSET,
    COMMAND_NOOP,
    COMMAND_VRFY,
    COMMAND_EXPN,
    COMMAND_HELP,
    COMMAND_QUIT,
    COMMAND_STARTTLS,
    COMMAND_AUTH,
    COMMAND_ETRN,
    COMMAND_XCLIENT,
    COMMAND_XFORWARD,
    COMMAND_HTTP /* GET, POST, CONNECT, ...: a web client made to talk to us; drop it */
};
#define COMMAND_VERBS (COMMAND_HTTP + 1)

enum command_fault {
    COMMAND_FINE,
    COMMAND_TOO_LONG, /* the line was skipped to its CRLF: 500 5.5.2, the session may go on */
    COMMAND_BARE_LF,  /* from here on fatal: answer 521 5.5.2 and close */
    COMMAND_BARE_CR,
    COMMAND_NUL,
    COMMAND_TLS,    /* a TLS handshake on a port that speaks plain text */
    COMMAND_ENDLESS /* more than COMMAND_SKIP_MAX bytes without a line end */
};

#define COMMAND_SKIP_MAX 65536u

struct command {
    enum command_verb verb;
    struct span name;     /* as the client wrote it, never longer than the line */
    struct span argument; /* may be empty; no blanks around it */
};

struct command_reader {
    size_t scanned; /* bytes of the input that are known to hold no line end */
    size_t skipped; /* bytes of a line too long that were thrown away */
};

void command_reader_init(struct command_reader *reader);

/*
 * Reads one line off the front of `input`. PARSE_DONE: *command_out points into `input`. PARSE_BAD:
 * *fault_out says why. In all cases *consumed_out bytes are done with; what is left must come again
 * in front of what follows (PARSE_MORE keeps up to COMMAND_MAX bytes). Linear over all calls.
 */
enum parse_result command_read(struct command_reader *reader, struct span input,
                               struct command *command_out, size_t *consumed_out,
                               enum command_fault *fault_out);

static inline bool command_fault_is_fatal(enum command_fault fault)
{
    return fault >= COMMAND_BARE_LF;
}

/* In words, for the reply and the log. */
const char *command_fault_text(enum command_fault fault);

/* Case-insensitive (RFC 5321 section 2.4). */
enum command_verb command_verb_of(struct span name);
const char *command_verb_name(enum command_verb verb);

#endif
