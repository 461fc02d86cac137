/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/command.h"

#include "engine/base/ascii.h"
#include "engine/base/attrs.h"

#define TLS_HANDSHAKE 0x16 /* first byte of a TLS record that opens a connection */

struct verb {
    const char *name;
    enum command_verb verb;
};

static const struct verb verbs[] = {
    {"HELO", COMMAND_HELO},         {"EHLO", COMMAND_EHLO},         {"MAIL", COMMAND_MAIL},
    {"RCPT", COMMAND_RCPT},         {"DATA", COMMAND_DATA},         {"BDAT", COMMAND_BDAT},
    {"RSET", COMMAND_RSET},         {"NOOP", COMMAND_NOOP},         {"VRFY", COMMAND_VRFY},
    {"EXPN", COMMAND_EXPN},         {"HELP", COMMAND_HELP},         {"QUIT", COMMAND_QUIT},
    {"STARTTLS", COMMAND_STARTTLS}, {"AUTH", COMMAND_AUTH},         {"ETRN", COMMAND_ETRN},
    {"XCLIENT", COMMAND_XCLIENT},   {"XFORWARD", COMMAND_XFORWARD},
};

/* Methods of RFC 9110 and PATCH; PRI is the preface of HTTP/2. */
static const char *const http_methods[] = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI",
};

enum command_verb command_verb_of(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (span_is_nocase(name, verbs[i].name))
            return verbs[i].verb;
    }
    for (size_t i = 0; i < ARRAY_LEN(http_methods); i++) {
        if (span_is_nocase(name, http_methods[i]))
            return COMMAND_HTTP;
    }
    return COMMAND_UNKNOWN;
}

const char *command_verb_name(enum command_verb verb)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        if (verbs[i].verb == verb)
            return verbs[i].name;
    }
    return verb == COMMAND_HTTP ? "HTTP" : "unknown";
}

const char *command_fault_text(enum command_fault fault)
{
    static const char *const texts[] = {
        [COMMAND_FINE] = "no fault",
        [COMMAND_TOO_LONG] = "command line too long",
        [COMMAND_BARE_LF] = "bare LF in a command line; lines end with CRLF",
        [COMMAND_BARE_CR] = "bare CR in a command line; lines end with CRLF",
        [COMMAND_NUL] = "NUL in a command line",
        [COMMAND_TLS] = "TLS handshake where plain text is spoken",
        [COMMAND_ENDLESS] = "no end of line in sight",
    };
    return texts[fault];
}

void command_reader_init(struct command_reader *reader)
{
    *reader = (struct command_reader){0, 0};
}

/*
 * Offset of the line's CR, or of the first byte that may not be there; SPAN_NONE when more is
 * needed. Goes on where the last call stopped, so that a line that comes byte by byte costs no more
 * than one that comes whole.
 */
static size_t find_line_end(struct command_reader *reader, struct span input,
                            enum command_fault *fault_out)
{
    *fault_out = COMMAND_FINE;
    for (size_t at = reader->scanned; at < input.len; at++) {
        char c = input.ptr[at];
        if (c == '\r' && at + 1 == input.len) {
            reader->scanned = at;
            return SPAN_NONE;
        }
        if (c == '\r' && input.ptr[at + 1] == '\n')
            return at;
        if (c == '\r' || c == '\n' || c == '\0') {
            *fault_out = c == '\r' ? COMMAND_BARE_CR : c == '\n' ? COMMAND_BARE_LF : COMMAND_NUL;
            return at;
        }
    }
    reader->scanned = input.len;
    return SPAN_NONE;
}

static void cut(struct span line, struct command *out)
{
    size_t space = 0;
    while (space < line.len && !ascii_is_blank(line.ptr[space]))
        space++;
    out->name = span_sub(line, 0, space);
    out->argument = span_trim(span_from(line, space));
    out->verb = command_verb_of(out->name);
}

/* RFC 4954 section 4. */
static size_t line_max(struct span line)
{
    return span_starts_nocase(line, SPAN("AUTH ")) ? COMMAND_AUTH_MAX : COMMAND_MAX;
}

/* No line end within `input`: too long is thrown away but for a CR at its end, whose LF may come.
 */
static enum parse_result incomplete(struct command_reader *reader, struct span input,
                                    size_t *consumed_out, enum command_fault *fault_out)
{
    if (reader->skipped == 0 && input.len < line_max(input))
        return PARSE_MORE;
    bool cr = input.len > 0 && input.ptr[input.len - 1] == '\r';
    *consumed_out = input.len - (cr ? 1 : 0);
    reader->skipped += *consumed_out;
    reader->scanned = 0;
    if (reader->skipped <= COMMAND_SKIP_MAX)
        return PARSE_MORE;
    *fault_out = COMMAND_ENDLESS;
    return PARSE_BAD;
}

enum parse_result command_read(struct command_reader *reader, struct span input,
                               struct command *command_out, size_t *consumed_out,
                               enum command_fault *fault_out)
{
    *consumed_out = 0;
    *fault_out = COMMAND_FINE;
    if (reader->skipped == 0 && input.len > 0 && input.ptr[0] == TLS_HANDSHAKE) {
        *consumed_out = input.len;
        *fault_out = COMMAND_TLS;
        return PARSE_BAD;
    }
    size_t end = find_line_end(reader, input, fault_out);
    if (end == SPAN_NONE)
        return incomplete(reader, input, consumed_out, fault_out);
    bool too_long = reader->skipped > 0 || end + 2 > line_max(input);
    *consumed_out = *fault_out == COMMAND_FINE ? end + 2 : end + 1;
    command_reader_init(reader);
    if (*fault_out == COMMAND_FINE && too_long)
        *fault_out = COMMAND_TOO_LONG;
    if (*fault_out != COMMAND_FINE)
        return PARSE_BAD;
    cut(span_sub(input, 0, end), command_out);
    return PARSE_DONE;
}
