/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/codec_xml.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "engine/message/codecs/stretches.h"

enum { TAG_TEXT = STRETCH_FIRST, TAG_CDATA, TAG_COMMENT };

/* A piece of markup that goes to the end of the text. */
struct aside {
    uint32_t from, to;
    uint16_t tag;
};

struct xml_reader {
    struct view *view;
    struct span raw;
    struct stretches text;
    struct bulk asides;
    bool is_drawing;
    size_t texts; /* of a drawing: how many are open */
    bool has_doctype;
    bool broken; /* a piece of markup has no end: from there on nothing is moved */
};

/* --- references --- */

/* Length of a number and its semicolon behind "&#" or "&#x"; 0: it is none. */
static size_t read_number(struct span digits, bool hex, uint32_t *code_out)
{
    uint32_t code = 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        int digit = hex ? ascii_hex(c) : ascii_is_digit(c) ? c - '0' : -1;
        if (c == ';' && i > 0) {
            *code_out = code;
            return i + 1;
        }
        if (digit < 0)
            return 0;
        code = code > 0x10ffff ? code : code * (hex ? 16u : 10u) + (uint32_t)digit;
    }
    return 0;
}

static size_t read_name(struct xml_reader *reader, struct span rest, uint32_t *code_out)
{
    static const struct {
        struct span name;
        char c;
    } names[] = {{SPAN_INIT("&lt;"), '<'},
                 {SPAN_INIT("&gt;"), '>'},
                 {SPAN_INIT("&amp;"), '&'},
                 {SPAN_INIT("&apos;"), '\''},
                 {SPAN_INIT("&quot;"), '"'}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_starts(rest, names[i].name)) {
            *code_out = (uint32_t)names[i].c;
            return names[i].name.len;
        }
    }
    bool named = rest.len > 1 &&
                 (ascii_is_alpha(rest.ptr[1]) || rest.ptr[1] == '_' || ascii_is_8bit(rest.ptr[1]));
    if (named && reader->has_doctype)
        reader->view->uninspected = UNINSPECTED_CONTAINER;
    return 0;
}

/* Length of the reference that `rest` begins with; 0: it is none. */
static size_t read_reference(struct xml_reader *reader, struct span rest, uint32_t *code_out)
{
    bool number = rest.len > 2 && rest.ptr[1] == '#';
    if (!number)
        return read_name(reader, rest, code_out);
    bool hex = ascii_lower(rest.ptr[2]) == 'x';
    size_t digits = hex ? 3 : 2;
    size_t len = read_number(span_from(rest, digits), hex, code_out);
    return len > 0 ? digits + len : 0;
}

/* Source [at, end) with its references resolved. */
static void read_text(struct xml_reader *reader, size_t at, size_t end)
{
    while (at < end && !stretches_is_over(&reader->text)) {
        struct span rest = span_sub(reader->raw, at, end - at);
        size_t plain = span_find_byte(rest, '&');
        stretches_keep(&reader->text, at, plain == SPAN_NONE ? rest.len : plain, TAG_TEXT);
        if (plain == SPAN_NONE)
            break;
        uint32_t code = 0;
        char character[UTF8_MAX];
        at += plain;
        size_t len = read_reference(reader, span_from(rest, plain), &code);
        if (len == 0) {
            stretches_keep(&reader->text, at++, 1, TAG_TEXT);
            continue;
        }
        size_t count = utf8_encode(code > 0 ? code : 0xfffd, character);
        stretches_put(&reader->text, at, len, span_of(character, count), TAG_TEXT);
        at += len;
    }
}

/* --- markup --- */

/* Elements of which SVG 1.1 and 2 draw what they hold as a piece of the text around them. All
 * others within a text show nothing there. */
static bool is_drawn(struct span name)
{
    static const char *const names[] = {"text", "tspan", "a", "textPath", "tref", "altGlyph"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is_nocase(name, names[i]))
            return true;
    }
    return false;
}

static size_t tag_length(struct span rest)
{
    char quote = 0;
    for (size_t i = 1; i < rest.len; i++) {
        char c = rest.ptr[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            return i + 1;
    }
    return 0;
}

static size_t length_to(struct span rest, struct span end)
{
    size_t at = span_find(rest, end);
    return at == SPAN_NONE ? 0 : at + end.len;
}

/* Comments, CDATA sections and instructions: what ends them; ptr NULL: it is none of these. */
static struct span end_of_special(struct span rest)
{
    if (span_starts(rest, SPAN("<!--")))
        return SPAN("-->");
    if (span_starts(rest, SPAN("<![CDATA[")))
        return SPAN("]]>");
    return span_starts(rest, SPAN("<?")) ? SPAN("?>") : (struct span){NULL, 0};
}

/* Length of the markup that `rest` begins with; 0: it has no end. */
static size_t markup_length(struct span rest)
{
    struct span end = end_of_special(rest);
    return end.ptr ? length_to(rest, end) : tag_length(rest);
}

static bool is_end_tag(struct span tag)
{
    return tag.len > 1 && tag.ptr[1] == '/';
}

static bool is_empty_tag(struct span tag)
{
    return tag.len > 2 && tag.ptr[tag.len - 2] == '/';
}

/* Length of the element whose first tag is the first `len` bytes of `rest`; 0: it has no end. */
static size_t element_length(struct span rest, size_t len)
{
    size_t at = len, depth = 1;
    while (depth > 0) {
        size_t text = span_find_byte(span_from(rest, at), '<');
        if (text == SPAN_NONE)
            return 0;
        struct span markup = span_from(rest, at + text);
        markup = span_sub(markup, 0, markup_length(markup));
        if (markup.len == 0)
            return 0;
        bool special = markup.ptr[1] == '!' || markup.ptr[1] == '?';
        if (is_end_tag(markup))
            depth--;
        else if (!special && !is_empty_tag(markup))
            depth++;
        at += text + markup.len;
    }
    return at;
}

/* The tag that `rest` begins with, within a text of a drawing the whole element where that draws no
 * text. 1: it is nothing special; 0: it has no end. */
static size_t drawing_length(struct xml_reader *reader, struct span rest)
{
    struct span name = xml_local_name(rest);
    bool is_text = span_is_nocase(name, "text");
    if (reader->texts == 0 && !is_text)
        return 1;
    size_t len = tag_length(rest);
    struct span tag = span_sub(rest, 0, len);
    if (len == 0)
        return 0;
    if (is_empty_tag(tag))
        return reader->texts == 0 ? 1 : len;
    if (is_end_tag(tag)) {
        reader->texts -= is_text && reader->texts > 0;
        return is_text && reader->texts == 0 ? 1 : len;
    }
    reader->texts += is_text;
    if (is_text && reader->texts == 1)
        return 1;
    return is_drawn(name) ? len : element_length(rest, len);
}

/* Whether text goes on at both sides of [from, to). */
static bool is_within_text(struct span raw, size_t from, size_t to)
{
    return from > 0 && to < raw.len && !ascii_is_space(raw.ptr[from - 1]) &&
           !ascii_is_space(raw.ptr[to]);
}

static void put_aside(struct xml_reader *reader, size_t from, size_t to, uint16_t tag)
{
    struct aside aside = {(uint32_t)from, (uint32_t)to, tag};
    stretches_charge(&reader->text, sizeof aside);
    bulk_add(&reader->asides, span_of((const char *)&aside, sizeof aside));
}

/* The markup at `at`; returns what is behind it. What is no special markup is only its "<". */
static size_t read_markup(struct xml_reader *reader, size_t at)
{
    struct span rest = span_from(reader->raw, at);
    size_t len = 1;
    bool comment = span_starts(rest, SPAN("<!--"));
    bool cdata = span_starts(rest, SPAN("<![CDATA["));
    if (span_starts_nocase(rest, SPAN("<!DOCTYPE")))
        reader->has_doctype = true;
    if (!reader->broken && end_of_special(rest).ptr)
        len = markup_length(rest);
    else if (!reader->broken && reader->is_drawing)
        len = drawing_length(reader, rest);
    if (len == 0) {
        reader->broken = true;
        reader->view->uninspected = UNINSPECTED_CONTAINER;
        len = 1;
    }
    uint16_t tag = comment ? TAG_COMMENT : TAG_TEXT;
    if (cdata && len > 1)
        stretches_keep(&reader->text, at + 9, len - 12, TAG_CDATA);
    else if (len > 1 && is_within_text(reader->raw, at, at + len))
        put_aside(reader, at, at + len, tag);
    else if (comment)
        stretches_keep(&reader->text, at, len, TAG_COMMENT);
    else
        read_text(reader, at, at + len);
    return at + len;
}

static void read_asides(struct xml_reader *reader)
{
    struct span bytes;
    struct aside aside;
    if (!bulk_finish(&reader->asides, &bytes, NULL))
        reader->text.over = UNINSPECTED_LIMIT;
    for (; bytes.len > 0 && !stretches_is_over(&reader->text);
         bytes = span_from(bytes, sizeof aside)) {
        memcpy(&aside, bytes.ptr, sizeof aside);
        stretches_put(&reader->text, aside.from, 0, SPAN("\n"), STRETCH_FIXED);
        if (aside.tag == TAG_COMMENT)
            stretches_keep(&reader->text, aside.from, aside.to - aside.from, TAG_COMMENT);
        else
            read_text(reader, aside.from, aside.to);
    }
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    struct xml_reader reader = {.view = view, .raw = raw};
    (void)detail;
    if (!stretches_begin(&reader.text, view, raw))
        return;
    bulk_init(&reader.asides, views_budget(view->views), 0);
    reader.is_drawing = span_find_nocase(raw, SPAN("<svg")) != SPAN_NONE ||
                        span_find_nocase(raw, SPAN(":svg")) != SPAN_NONE;
    if (span_find_nocase(raw, SPAN("<!ENTITY")) != SPAN_NONE)
        view->uninspected = UNINSPECTED_CONTAINER;
    for (size_t at = 0; at < raw.len && !stretches_is_over(&reader.text);) {
        size_t text = span_find_byte(span_from(raw, at), '<');
        size_t end = text == SPAN_NONE ? raw.len : at + text;
        read_text(&reader, at, end);
        at = end < raw.len ? read_markup(&reader, end) : end;
    }
    read_asides(&reader);
    stretches_end(&reader.text);
}

/* Appends a character so that it stands for itself; where there is no way, another one. */
static void put_escaped(struct buf *out, char c, uint16_t tag)
{
    if (ascii_is_control(c) && !ascii_is_space(c))
        c = ' ';
    if (tag == TAG_COMMENT)
        buf_add_byte(out, c == '-' ? '_' : c);
    else if (tag == TAG_CDATA)
        buf_add_byte(out, c == '>' ? ' ' : c);
    else if (c == '&' || c == '<' || c == '>' || c == '"' || c == '\'')
        buf_printf(out, "&#%d;", c);
    else
        buf_add_byte(out, c);
}

static bool escape(const struct view *view, uint16_t tag, struct span with, struct buf *out,
                   struct error *err)
{
    (void)view;
    (void)err;
    for (size_t i = 0; i < with.len; i++)
        put_escaped(out, with.ptr[i], tag);
    return true;
}

static bool encode(struct view *view, struct error *err)
{
    return stretches_write_back(view, escape, err);
}

const struct codec codec_xml = {"XML", decode, encode, stretches_origin};
