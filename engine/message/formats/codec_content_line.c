/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_content_line: what the values of content lines say: RFC 5545 section 3.3.11, RFC 6350
 * section 3.4, and quoted-printable as vCard 2.1 has it. What is in base64 (a photo) is left as it
 * is: anything but a picture or sound is a named outcome.
 */
#include "engine/message/formats/content_line.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/base64.h"
#include "engine/message/codecs/charset.h"
#include "engine/message/codecs/stretches.h"
#include "engine/message/open.h"

enum { TAG_HEAD = STRETCH_FIRST, TAG_VALUE, TAG_QUOTED, TAG_QUOTED_OTHER, TAG_RAW };

#define OCTETS_AHEAD 8u

struct line_reader {
    struct view *view;
    struct span raw;
    struct stretches text;
    struct span charset_name; /* of the converter */
    struct converter *converter;
    struct bulk scratch; /* of all lines in base64, one after the other */
    bool has_scratch;
};

/* --- values with escapes --- */

/* What stands for the character behind the backslash. Readers drop a backslash that means nothing,
 * but in front of a letter it belongs to the name of a file. */
static struct span unescaped(struct span raw, size_t at)
{
    struct span next = span_sub(raw, at, 1);
    if (next.len == 0 || ascii_is_control(next.ptr[0]) || ascii_is_8bit(next.ptr[0]))
        return SPAN("");
    if (next.ptr[0] == 'n' || next.ptr[0] == 'N')
        return SPAN("\n");
    return ascii_is_alpha(next.ptr[0]) ? SPAN("") : next;
}

static void read_escaped(struct line_reader *reader, size_t at, size_t end)
{
    while (at < end && !stretches_is_over(&reader->text)) {
        struct span rest = span_sub(reader->raw, at, end - at);
        size_t len = span_find_byte(rest, '\\');
        if (len == SPAN_NONE)
            len = rest.len;
        stretches_keep(&reader->text, at, len, TAG_VALUE);
        at += len;
        if (at == end)
            break;
        struct span text = at + 1 < end ? unescaped(reader->raw, at + 1) : SPAN("");
        if (text.len > 0)
            stretches_put(&reader->text, at, 2, text, TAG_VALUE);
        else
            stretches_keep(&reader->text, at, 1, TAG_VALUE);
        at += text.len > 0 ? 2 : 1;
    }
}

/* --- quoted-printable --- */

/* The octet at `at`, and how many bytes it is written with; 0 where none stands. */
static size_t octet_at(struct span raw, size_t at, size_t end, char *out)
{
    if (at >= end)
        return 0;
    int high = at + 2 < end ? ascii_hex(raw.ptr[at + 1]) : -1;
    int low = at + 2 < end ? ascii_hex(raw.ptr[at + 2]) : -1;
    *out = raw.ptr[at];
    if (*out != '=' || high < 0 || low < 0)
        return 1;
    *out = (char)(high << 4 | low);
    return 3;
}

/* The character that the octets begin with, as UTF-8; how many of them it is. */
static size_t character(struct line_reader *reader, struct span octets, char text[CONVERTER_STEP],
                        size_t *text_len)
{
    if (reader->converter) {
        size_t used = converter_step(reader->converter, octets, text, text_len);
        if (used > 0 && *text_len > 0)
            return used;
    }
    size_t len = reader->converter ? 0 : utf8_decode(octets, NULL);
    *text_len = len > 0 ? len : utf8_encode((unsigned char)octets.ptr[0], text);
    if (len > 0)
        memcpy(text, octets.ptr, len);
    return len > 0 ? len : 1;
}

static size_t read_quoted_character(struct line_reader *reader, size_t at, size_t end, uint16_t tag)
{
    char octets[OCTETS_AHEAD], text[CONVERTER_STEP];
    size_t behind[OCTETS_AHEAD], count = 0, text_len = 0;
    for (size_t next = at; count < OCTETS_AHEAD; count++) {
        size_t len = octet_at(reader->raw, next, end, &octets[count]);
        if (len == 0 || (len == 1 && ascii_is_8bit(octets[count])))
            break;
        next += len;
        behind[count] = next;
    }
    size_t used = character(reader, span_of(octets, count), text, &text_len);
    stretches_put(&reader->text, at, behind[used - 1] - at, span_of(text, text_len), tag);
    return behind[used - 1];
}

/* Charsets with states in a single value are a thing of the past: named, and read as they look. */
static void choose_charset(struct line_reader *reader, struct span name)
{
    const struct charset *charset = name.ptr ? charset_find(name) : NULL;
    if (name.ptr && reader->charset_name.ptr && span_equal(name, reader->charset_name))
        return;
    reader->charset_name = name;
    reader->converter = NULL;
    if (charset && charset->kind <= CHARSET_LATIN1)
        return;
    if (charset && (charset->kind == CHARSET_SINGLE || charset->kind == CHARSET_MULTI))
        reader->converter = converter_shared(charset, false, views_arena(reader->view->views));
    if (name.ptr && !reader->converter)
        reader->view->uninspected = UNINSPECTED_CHARSET;
}

static void read_quoted(struct line_reader *reader, size_t at, size_t end, struct span charset)
{
    const struct charset *known = charset.ptr ? charset_find(charset) : NULL;
    uint16_t tag = known && known->kind == CHARSET_UTF8 ? TAG_QUOTED : TAG_QUOTED_OTHER;
    choose_charset(reader, charset);
    while (at < end && !stretches_is_over(&reader->text)) {
        size_t len = span_find_byte(span_sub(reader->raw, at, end - at), '=');
        stretches_keep(&reader->text, at, len == SPAN_NONE ? end - at : len, tag);
        if (len == SPAN_NONE)
            break;
        char octet;
        at += len;
        if (octet_at(reader->raw, at, end, &octet) == 3)
            at = read_quoted_character(reader, at, end, tag);
        else
            stretches_keep(&reader->text, at++, 1, tag);
    }
}

/* --- base64 --- */

/* Room for the octets of a line, the first of them here: no later one has more than the rest of the
 * text. NULL: there is none. */
static char *scratch_for(struct line_reader *reader, struct span value)
{
    size_t most = base64_room((size_t)(span_end(reader->raw) - value.ptr)), room;
    if (!reader->has_scratch)
        bulk_init(&reader->scratch, views_budget(reader->view->views), most);
    reader->has_scratch = true;
    char *to = bulk_reserve(&reader->scratch, base64_room(value.len), &room);
    return to && room >= base64_room(value.len) ? to : NULL;
}

static void look_into(struct line_reader *reader, struct span value)
{
    struct base64_decoder decoder = {0};
    char *to = scratch_for(reader, value);
    size_t len = to ? base64_decode(&decoder, value, 0, to) : 0;
    if (value.len > 0 && (!to || looks_like(span_of(to, len)) != LOOK_MEDIA))
        reader->view->uninspected = UNINSPECTED_CONTAINER;
}

/* The data of "data:TYPE;base64,DATA" (RFC 2397); SPAN_NONE: it is no such address. */
static size_t data_offset(struct span value)
{
    struct span start = span_sub(value, 0, 256);
    size_t comma = span_find_byte(start, ',');
    if (!span_starts_nocase(start, SPAN("data:")) || comma == SPAN_NONE ||
        !span_ends_nocase(span_sub(start, 0, comma), SPAN(";base64")))
        return SPAN_NONE;
    return comma + 1;
}

/* --- lines --- */

static void read_line(struct line_reader *reader, size_t at, size_t end)
{
    struct span line = span_sub(reader->raw, at, end - at);
    struct content_line parts;
    content_line_parse(line, *(const bool *)reader->view->detail, &parts);
    struct span value = span_from(line, parts.value);
    size_t data = data_offset(value);
    stretches_keep(&reader->text, at, parts.value, TAG_HEAD);
    at += parts.value;
    if (parts.encoding == LINE_QUOTED_PRINTABLE) {
        read_quoted(reader, at, end, parts.charset);
    } else if (parts.encoding == LINE_BASE64 || data != SPAN_NONE) {
        look_into(reader, data == SPAN_NONE ? value : span_from(value, data));
        stretches_keep(&reader->text, at, value.len, TAG_RAW);
    } else {
        read_escaped(reader, at, end);
    }
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    struct line_reader reader = {.view = view, .raw = raw};
    (void)detail;
    if (!stretches_begin(&reader.text, view, raw))
        return;
    for (size_t at = 0, next; at < raw.len && !stretches_is_over(&reader.text); at = next) {
        size_t found = span_find_byte(span_from(raw, at), '\n');
        size_t end = found == SPAN_NONE ? raw.len : at + found;
        next = found == SPAN_NONE ? raw.len : end + 1;
        if (next > end && end > at && raw.ptr[end - 1] == '\r')
            end--;
        read_line(&reader, at, end);
        stretches_keep(&reader.text, end, next - end, STRETCH_FIXED);
    }
    stretches_end(&reader.text);
}

/* --- the way back --- */

static void put_escaped(struct buf *out, char c)
{
    if (c == '\n')
        buf_add_str(out, "\\n");
    else if (c == '\\' || c == ';' || c == ',')
        buf_printf(out, "\\%c", c);
    else if (!ascii_is_control(c) || c == '\t')
        buf_add_byte(out, c);
}

static void put_quoted(struct buf *out, char c)
{
    if (c == '=' || ascii_is_control(c) || ascii_is_8bit(c))
        buf_printf(out, "=%02X", (unsigned)(unsigned char)c);
    else
        buf_add_byte(out, c);
}

/* There is no way to write these in a name or parameter. */
static void put_in_head(struct buf *out, char c)
{
    bool special = ascii_is_control(c) || c == '"' || c == ';' || c == ':' || c == ',';
    buf_add_byte(out, special ? ' ' : c);
}

static bool escape(const struct view *view, uint16_t tag, struct span with, struct buf *out,
                   struct error *err)
{
    (void)view;
    if (tag == TAG_QUOTED_OTHER && !span_is_ascii(with))
        return error_set(err, "the charset of this value is not written");
    for (size_t i = 0; i < with.len; i++) {
        char c = with.ptr[i];
        if (tag == TAG_VALUE)
            put_escaped(out, c);
        else if (tag == TAG_QUOTED || tag == TAG_QUOTED_OTHER)
            put_quoted(out, c);
        else
            put_in_head(out, c);
    }
    return true;
}

static bool encode(struct view *view, struct error *err)
{
    return stretches_write_back(view, escape, err);
}

const struct codec codec_content_line = {"content line", decode, encode, stretches_origin};
