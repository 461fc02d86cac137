/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/reply.h"

#include "engine/base/ascii.h"

void reply_reader_init(struct reply_reader *reader)
{
    *reader = (struct reply_reader){.text = BUF_INIT, .complete = true};
}

void reply_reader_fini(struct reply_reader *reader)
{
    buf_fini(&reader->text);
    reply_reader_init(reader);
}

static enum parse_result bad(const char **reason_out, const char *reason)
{
    *reason_out = reason;
    return PARSE_BAD;
}

/* PARSE_DONE: *len_out is the length of the first line without its CRLF. */
static enum parse_result find_line(struct span input, size_t *len_out, const char **reason_out)
{
    size_t max = span_starts(input, SPAN("334")) ? REPLY_READ_CHALLENGE_MAX : REPLY_READ_LINE_MAX;
    struct span window = span_sub(input, 0, max);
    size_t lf = span_find_byte(window, '\n');
    size_t cr = span_find_byte(span_sub(window, 0, lf), '\r');
    if (cr != SPAN_NONE && cr + 1 < window.len && cr + 1 != lf)
        return bad(reason_out, "bare CR in a reply");
    if (lf == SPAN_NONE && input.len >= max)
        return bad(reason_out, "reply line too long");
    if (lf == SPAN_NONE)
        return PARSE_MORE;
    if (cr == SPAN_NONE)
        return bad(reason_out, "bare LF in a reply");
    *len_out = cr;
    return PARSE_DONE;
}

/* 0 where the line does not begin with a code of RFC 5321 section 4.2 (Reply-code). 1xx is not
 * used in SMTP. */
static unsigned code_of(struct span line)
{
    if (line.len < 3 || line.ptr[0] < '2' || line.ptr[0] > '5' || !ascii_is_digit(line.ptr[1]) ||
        !ascii_is_digit(line.ptr[2]))
        return 0;
    return (unsigned)(line.ptr[0] - '0') * 100 + (unsigned)(line.ptr[1] - '0') * 10 +
           (unsigned)(line.ptr[2] - '0');
}

static size_t digits_at(struct span s, size_t at)
{
    size_t len = 0;
    while (at + len < s.len && len < 3 && ascii_is_digit(s.ptr[at + len]))
        len++;
    return len;
}

/*
 * Length of the enhanced status code that `text` begins with (RFC 3463 section 2: class "." subject
 * "." detail), or 0. It must stand alone. A class that contradicts the code is taken for one: the
 * code decides what the client does, and the text need not show two of them.
 */
static size_t enhanced_len(struct span text)
{
    bool has_class =
        text.len >= 5 && (text.ptr[0] == '2' || text.ptr[0] == '4' || text.ptr[0] == '5');
    if (!has_class || text.ptr[1] != '.')
        return 0;
    size_t subject = digits_at(text, 2);
    size_t dot = 2 + subject;
    if (subject == 0 || dot >= text.len || text.ptr[dot] != '.')
        return 0;
    size_t detail = digits_at(text, dot + 1);
    size_t end = dot + 1 + detail;
    if (detail == 0 || (end < text.len && !ascii_is_blank(text.ptr[end])))
        return 0;
    return end;
}

/* Refusals for now and for good share their subjects; what is said of success and failure has
 * nothing in common. */
static struct span corrected(struct reply_reader *reader, struct span enhanced)
{
    char class = (char)('0' + reader->reply.code / 100);
    bool is_good = enhanced.ptr[0] == '2';
    if (is_good != (class == '2'))
        enhanced = SPAN("?.0.0");
    memcpy(reader->enhanced, enhanced.ptr, enhanced.len);
    reader->enhanced[0] = class;
    return span_of(reader->enhanced, enhanced.len);
}

static struct span strip_enhanced(struct reply_reader *reader, struct span text)
{
    struct reply *reply = &reader->reply;
    size_t len = reply->code / 100 == 3 ? 0 : enhanced_len(text);
    if (len == 0)
        return text;
    struct span enhanced = span_sub(text, 0, len);
    bool is_first = reply->enhanced.len == 0;
    if (is_first)
        reply->enhanced = corrected(reader, enhanced);
    /* Another subject or detail on a later line stays where it is read. */
    if (!is_first && !span_equal(span_from(enhanced, 1), span_from(reply->enhanced, 1)))
        return text;
    return span_from(text, len < text.len ? len + 1 : len);
}

static void begin(struct reply_reader *reader, unsigned code)
{
    reader->text.len = 0;
    reader->text.max = REPLY_READ_BYTES_MAX;
    reader->reply = (struct reply){.code = code, .enhanced = SPAN_INIT("")};
    reader->complete = false;
}

/* PARSE_DONE: the reply is complete; PARSE_MORE: the line was taken and another one follows. */
static enum parse_result take_line(struct reply_reader *reader, struct span line,
                                   const char **reason_out)
{
    unsigned code = code_of(line);
    char separator = line.len > 3 ? line.ptr[3] : ' ';
    if (code == 0 || (separator != ' ' && separator != '-'))
        return bad(reason_out, "a line of a reply does not begin with a code");
    if (span_find_byte(line, '\0') != SPAN_NONE)
        return bad(reason_out, "NUL in a reply");
    if (reader->complete)
        begin(reader, code);
    struct reply *reply = &reader->reply;
    if (code != reply->code)
        return bad(reason_out, "the lines of a reply have different codes");
    if (reply->lines >= REPLY_READ_LINES_MAX)
        return bad(reason_out, "too many lines in a reply");
    struct span text = strip_enhanced(reader, span_from(line, 4));
    if ((reply->lines > 0 && !buf_try_add(&reader->text, SPAN("\n"))) ||
        !buf_try_add(&reader->text, text))
        return bad(reason_out, "reply too long");
    reply->lines++;
    if (separator == '-')
        return PARSE_MORE;
    reply->text = buf_span(&reader->text);
    reader->complete = true;
    return PARSE_DONE;
}

enum parse_result reply_read(struct reply_reader *reader, struct span input, size_t *consumed_out,
                             const char **reason_out)
{
    *consumed_out = 0;
    *reason_out = NULL;
    for (;;) {
        struct span rest = span_from(input, *consumed_out);
        size_t len = 0;
        enum parse_result found = find_line(rest, &len, reason_out);
        if (found != PARSE_DONE)
            return found;
        enum parse_result taken = take_line(reader, span_sub(rest, 0, len), reason_out);
        if (taken == PARSE_BAD)
            return taken;
        *consumed_out += len + 2;
        if (taken == PARSE_DONE)
            return taken;
    }
}
