/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/content_line.h"

#include "engine/base/ascii.h"

static bool says_quoted_printable(struct span head)
{
    return span_find_nocase(head, SPAN("QUOTED-PRINTABLE")) != SPAN_NONE;
}

void content_head_init(struct content_head *head, bool quotes)
{
    *head = (struct content_head){.text = BUF_INIT, .quotes = quotes};
}

void content_head_reset(struct content_head *head)
{
    head->text.len = 0;
    head->quoted = head->colon_came = head->whole = head->quoted_printable = false;
}

void content_head_fini(struct content_head *head)
{
    buf_fini(&head->text);
}

size_t content_head_add(struct content_head *head, struct span piece)
{
    for (size_t i = 0; i < piece.len && !head->whole; i++) {
        char c = piece.ptr[i];
        buf_add_byte(&head->text, c);
        if (c == '"')
            head->quoted = !head->quoted;
        if (c != ':' || (head->quoted && head->colon_came))
            continue;
        /* vCard 2.1 knows no quotes: there it is the first colon. */
        head->colon_came = true;
        head->quoted_printable = head->quotes && says_quoted_printable(buf_span(&head->text));
        head->whole = head->quoted_printable || !head->quoted;
        if (head->whole)
            return i + 1;
    }
    return piece.len;
}

/* Offset behind the colon that ends name and parameters. */
static size_t head_of(struct span line, bool quotes)
{
    bool quoted = false;
    size_t first = span_find_byte(line, ':');
    if (first == SPAN_NONE || (quotes && says_quoted_printable(span_sub(line, 0, first))))
        return first == SPAN_NONE ? SPAN_NONE : first + 1;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '"')
            quoted = !quoted;
        else if (line.ptr[i] == ':' && !quoted)
            return i + 1;
    }
    return first + 1; /* a quote that does not end */
}

static struct span unquoted(struct span value)
{
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        return span_sub(value, 1, value.len - 2);
    return value;
}

/* ENCODING=..., or as vCard 2.1 may have it the value alone. */
static void read_parameter(struct span parameter, struct content_line *out)
{
    size_t equals = span_find_byte(parameter, '=');
    struct span name = span_trim(span_sub(parameter, 0, equals));
    struct span value =
        equals == SPAN_NONE ? name : unquoted(span_trim(span_from(parameter, equals + 1)));
    bool may_encode = equals == SPAN_NONE || span_is_nocase(name, "ENCODING");
    if (may_encode && (span_is_nocase(value, "BASE64") || span_is_nocase(value, "B")))
        out->encoding = LINE_BASE64;
    else if (equals != SPAN_NONE && span_is_nocase(name, "CHARSET"))
        out->charset = value;
}

void content_line_parse(struct span line, bool quotes, struct content_line *out)
{
    size_t head = head_of(line, quotes);
    *out = (struct content_line){.value = head == SPAN_NONE ? line.len : head};
    if (head == SPAN_NONE)
        return;
    struct span rest = span_sub(line, 0, head - 1), piece;
    (void)span_next(&rest, ';', &piece); /* the name */
    while (span_next(&rest, ';', &piece))
        read_parameter(piece, out);
    if (quotes && says_quoted_printable(span_sub(line, 0, head)))
        out->encoding = LINE_QUOTED_PRINTABLE;
}

/* A name of RFC 5545 section 3.1, with a group in front (RFC 6350), and what ends it. */
static bool begins_with_name(struct span text)
{
    size_t i = 0;
    while (i < text.len &&
           (ascii_is_alnum(text.ptr[i]) || text.ptr[i] == '-' || text.ptr[i] == '.'))
        i++;
    return i > 0 && i < text.len &&
           (text.ptr[i] == ':' || text.ptr[i] == ';' || ascii_is_space(text.ptr[i]));
}

/* The start of a text in UTF-16 or ASCII, as ASCII. */
static struct span start_of(struct span content, char room[64])
{
    size_t len = 0;
    if (span_starts(content, SPAN("\xef\xbb\xbf")))
        content = span_from(content, 3);
    content = span_sub(content, 0, 256);
    for (size_t i = 0; i < content.len && len < 64; i++) {
        unsigned char c = (unsigned char)content.ptr[i];
        if (c != 0 && c != 0xff && c != 0xfe && !(len == 0 && ascii_is_space((char)c)))
            room[len++] = (char)c;
    }
    return span_of(room, len);
}

bool content_lines_begin(struct span octets)
{
    char room[64];
    return begins_with_name(start_of(octets, room));
}

bool content_lines_begin_with(struct span octets, struct span word)
{
    char room[64];
    return span_starts_nocase(start_of(octets, room), word);
}

static bool has(struct span octets, struct span line)
{
    return span_find_nocase(octets, line) != SPAN_NONE;
}

const bool *content_line_detail(struct span octets)
{
    static const bool yes = true, no = false;
    bool calendar = has(octets, SPAN("BEGIN:VCALENDAR"));
    if (calendar && !has(octets, SPAN("VERSION:1.0")))
        return has(octets, SPAN("BEGIN:VCARD")) ? &yes : &no;
    bool newest = has(octets, SPAN("VERSION:4.0"));
    return newest && !has(octets, SPAN("VERSION:3.0")) && !has(octets, SPAN("VERSION:2.1")) ? &no
                                                                                            : &yes;
}
