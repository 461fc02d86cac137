/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/codecs/quoted.h"

#include "engine/base/ascii.h"

/* Longest line without its line end; one column is for the "=" of a soft line break. */
#define LINE_MOST 76u

/* The content of a line and its line end apart. */
static struct span without_end(struct span line, struct span *end_out)
{
    size_t len = line.len;
    if (len > 0 && line.ptr[len - 1] == '\n')
        len--;
    if (len < line.len && len > 0 && line.ptr[len - 1] == '\r')
        len--;
    *end_out = span_from(line, len);
    return span_sub(line, 0, len);
}

/* Blanks at the end of a line were added on the way and are none of the content. */
static struct span content_of(struct span line, struct span *end_out)
{
    struct span content = without_end(line, end_out);
    while (content.len > 0 && ascii_is_blank(content.ptr[content.len - 1]))
        content.len--;
    return content;
}

bool quoted_is_soft(struct span line)
{
    struct span end;
    struct span content = content_of(line, &end);
    return content.len > 0 && content.ptr[content.len - 1] == '=';
}

static int escaped(struct span rest)
{
    if (rest.len < 3)
        return -1;
    int high = ascii_hex(rest.ptr[1]), low = ascii_hex(rest.ptr[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* A run without "=". */
static size_t put(char *out, size_t len, struct span run)
{
    if (out && run.len > 0)
        memcpy(out + len, run.ptr, run.len);
    return len + run.len;
}

size_t quoted_decode_line(struct span line, char *out, size_t *bad_at)
{
    struct span end;
    struct span content = content_of(line, &end), rest = content;
    bool soft = content.len > 0 && content.ptr[content.len - 1] == '=';
    size_t len = 0;
    if (soft)
        rest.len--;
    for (;;) {
        size_t at = span_find_byte(rest, '=');
        if (at == SPAN_NONE)
            break;
        len = put(out, len, span_sub(rest, 0, at));
        rest = span_from(rest, at);
        int octet = escaped(rest);
        if (octet < 0 && bad_at) {
            *bad_at = (size_t)(rest.ptr - line.ptr);
            bad_at = NULL;
        }
        if (out)
            out[len] = octet < 0 ? '=' : (char)octet;
        len++;
        rest = span_from(rest, octet < 0 ? 1 : 3);
    }
    len = put(out, len, rest);
    return soft ? len : put(out, len, end);
}

size_t quoted_raw_length(struct span line, size_t octets)
{
    struct span end;
    struct span content = content_of(line, &end);
    size_t at = 0;
    if (content.len > 0 && content.ptr[content.len - 1] == '=')
        content.len--;
    for (; octets > 0 && at < content.len; octets--)
        at += content.ptr[at] == '=' && escaped(span_from(content, at)) >= 0 ? 3 : 1;
    if (octets == 0)
        return at;
    at = (size_t)(end.ptr - line.ptr);
    return at + (octets < end.len ? octets : end.len);
}

static void put_token(struct quoted_encoder *encoder, struct span token)
{
    if (encoder->column + token.len > LINE_MOST - 1) {
        bulk_add(encoder->out, SPAN("=\r\n"));
        encoder->column = 0;
    }
    bulk_add(encoder->out, token);
    encoder->column += token.len;
}

static void put_escaped(struct quoted_encoder *encoder, char c)
{
    static const char digits[] = "0123456789ABCDEF";
    char token[3] = {'=', digits[(unsigned char)c >> 4], digits[(unsigned char)c & 15]};
    put_token(encoder, span_of(token, 3));
}

/* Blanks may stand as they are where something follows on the line. */
static void release(struct quoted_encoder *encoder, bool something_follows)
{
    char c = encoder->held;
    encoder->held = 0;
    if (c == 0)
        return;
    if (something_follows && c != '\r')
        put_token(encoder, span_of(&c, 1));
    else
        put_escaped(encoder, c);
}

static void hard_break(struct quoted_encoder *encoder)
{
    bulk_add(encoder->out, SPAN("\r\n"));
    encoder->column = 0;
}

static void put_octet(struct quoted_encoder *encoder, char c)
{
    if (c == '\n' && encoder->held == '\r') {
        encoder->held = 0;
        hard_break(encoder);
        return;
    }
    if (encoder->held == '\r' || c != '\r')
        release(encoder, true);
    if (c == '\r' && ascii_is_blank(encoder->held)) {
        /* Only a line end makes the blank a trailing one; writing it so is right in any case. */
        release(encoder, false);
    }
    if (c == ' ' || c == '\t' || c == '\r') {
        encoder->held = c;
        return;
    }
    /* A line that begins with "-" could be taken for a boundary. */
    bool plain = c > ' ' && c <= '~' && c != '=' &&
                 !(c == '-' && (encoder->column == 0 || encoder->column >= LINE_MOST - 1));
    if (plain)
        put_token(encoder, span_of(&c, 1));
    else
        put_escaped(encoder, c);
}

void quoted_encode(struct quoted_encoder *encoder, struct span octets)
{
    for (size_t i = 0; i < octets.len; i++)
        put_octet(encoder, octets.ptr[i]);
}

void quoted_encode_end(struct quoted_encoder *encoder, bool soft)
{
    release(encoder, soft);
    if (soft && encoder->column > 0)
        bulk_add(encoder->out, SPAN("=\r\n"));
    if (soft)
        encoder->column = 0;
}
