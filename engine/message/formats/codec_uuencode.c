/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_uuencode: the encoding of before MIME (POSIX, uuencode): "begin MODE NAME", lines of a
 * length character and quanta of 4, a line of length 0, "end".
 */
#include "engine/message/codecs/codec_lines.h"
#include "engine/message/codecs/codec_transfer.h"

#define LINE_OCTETS 45u

static unsigned value(char c)
{
    return (unsigned)((unsigned char)c - 32) & 63u;
}

static bool is_of_alphabet(char c)
{
    return c >= ' ' && c <= '`';
}

/* Trailing blanks are often lost on the way: what is missing is read as blanks, value 0. */
static char at_or_blank(struct span line, size_t at)
{
    return at < line.len && line.ptr[at] != '\r' && line.ptr[at] != '\n' ? line.ptr[at] : ' ';
}

static size_t octets_of(struct span line, size_t *bad_at)
{
    size_t len =
        line.len > 0 && line.ptr[0] != '\r' && line.ptr[0] != '\n' ? value(line.ptr[0]) : 0;
    /* What is missing at the end may be up to one quantum of blanks. */
    size_t most = line.len > 1 ? (line.len + 3) / 4 * 3 : 0;
    if (bad_at && (len > most || (line.len > 0 && (unsigned char)line.ptr[0] > '`')))
        *bad_at = 0;
    if (len > line.len)
        len = line.len; /* never more than the caller has room for */
    return len > most ? most : len;
}

static size_t decode_line(struct span line, char *out, size_t *bad_at)
{
    size_t len = octets_of(line, bad_at);
    for (size_t i = 0; out && i < len; i++) {
        size_t at = 1 + i / 3 * 4 + i % 3;
        char c = at_or_blank(line, at), d = at_or_blank(line, at + 1);
        unsigned shift = 2 + 2 * (unsigned)(i % 3);
        out[i] = (char)(value(c) << shift | value(d) >> (6 - shift));
        if (bad_at && (!is_of_alphabet(c) || !is_of_alphabet(d)))
            *bad_at = at;
    }
    return len;
}

static char digit(unsigned bits)
{
    bits &= 63;
    return bits == 0 ? '`' : (char)(' ' + bits);
}

static void put_line(struct bulk *out, const char *octets, size_t count)
{
    char line[1 + LINE_OCTETS / 3 * 4 + 2] = {digit((unsigned)count)};
    size_t len = 1;
    for (size_t i = 0; i < count; i += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < count ? (unsigned char)octets[i + k] : 0u);
        for (int shift = 18; shift >= 0; shift -= 6)
            line[len++] = digit(bits >> shift);
    }
    line[len++] = '\r';
    line[len++] = '\n';
    if (count > 0)
        bulk_add(out, span_of(line, len));
}

static void encode_lines(struct splice *splice, uint64_t end, bool is_last, struct span last_line,
                         struct bulk *out)
{
    char line[LINE_OCTETS];
    size_t count = 0;
    struct span piece;
    (void)last_line;
    while (splice_next(splice, end, is_last, &piece)) {
        for (size_t i = 0; i < piece.len; i++) {
            line[count++] = piece.ptr[i];
            if (count == LINE_OCTETS) {
                put_line(out, line, count);
                count = 0;
            }
        }
    }
    put_line(out, line, count);
}

static const struct line_coding coding = {
    .decode = decode_line,
    .broken = AMBIGUITY_UNKNOWN_ENCODING,
    .encode = encode_lines,
};

/* The next line, its line end included. */
static struct span take_line(struct span *rest)
{
    size_t end = span_find_byte(*rest, '\n');
    struct span line = end == SPAN_NONE ? *rest : span_sub(*rest, 0, end + 1);
    *rest = span_from(*rest, line.len);
    return line;
}

/* The data lines: behind "begin", before the line of length 0. */
static struct span data_lines(struct span raw, bool *whole_out)
{
    struct span rest = raw, line;
    do
        line = take_line(&rest);
    while (line.len > 0 && !span_starts(line, SPAN("begin ")));
    const char *first = rest.ptr;
    while (rest.len > 0) {
        line = take_line(&rest);
        size_t bad = SPAN_NONE;
        if (octets_of(line, &bad) == 0) {
            *whole_out = true;
            return span_of(first, (size_t)(line.ptr - first));
        }
    }
    *whole_out = false;
    return span_of(first, (size_t)(rest.ptr - first));
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    (void)detail;
    bool whole;
    struct span lines = data_lines(raw, &whole);
    lines_decode(view, lines, &coding);
    if (whole)
        return;
    view->uninspected = UNINSPECTED_ENCODING;
    view->read_only = "this uuencoded body has no end";
    uint64_t off, len;
    view_origin(view->parent, view->off, 1, &off, &len);
    map_note(views_map(view->views), AMBIGUITY_UNKNOWN_ENCODING, view->part->index, off);
}

const struct codec codec_uuencode = {"uuencode", decode, lines_write_back, lines_origin};
