/* SPDX-License-Identifier: Apache-2.0 */
/* xml_look: what is XML, and what its declaration says. */
#include "engine/message/formats/codec_xml.h"

#include "engine/base/ascii.h"

static struct span without_mark(struct span text)
{
    return span_starts(text, SPAN("\xef\xbb\xbf")) ? span_from(text, 3) : text;
}

struct span xml_behind_prolog(struct span text)
{
    text = without_mark(text);
    for (;;) {
        text = span_trim(text);
        bool comment = span_starts(text, SPAN("<!--"));
        if (!comment && !span_starts(text, SPAN("<?")))
            return text;
        struct span end = comment ? SPAN("-->") : SPAN("?>");
        size_t at = span_find(text, end);
        if (at == SPAN_NONE)
            return text;
        text = span_from(text, at + end.len);
    }
}

struct span xml_declared_encoding(struct span octets)
{
    struct span none = {NULL, 0};
    octets = without_mark(octets);
    if (!span_starts(octets, SPAN("<?xml")))
        return none;
    octets = span_sub(octets, 0, 256);
    struct span declaration = span_sub(octets, 0, span_find(octets, SPAN("?>")));
    size_t at = span_find(declaration, SPAN("encoding"));
    if (at == SPAN_NONE)
        return none;
    struct span value = span_trim(span_from(declaration, at + 8));
    if (!span_starts(value, SPAN("=")))
        return none;
    value = span_trim(span_from(value, 1));
    if (value.len < 2 || (value.ptr[0] != '"' && value.ptr[0] != '\''))
        return none;
    size_t end = span_find_byte(span_from(value, 1), value.ptr[0]);
    return end == SPAN_NONE ? none : span_sub(value, 1, end);
}

bool xml_has_declaration(struct span text)
{
    return span_starts(span_trim(without_mark(text)), SPAN("<?xml"));
}

/* Behind "<!DOCTYPE ... [ ... ]>". */
static struct span behind_doctype(struct span text)
{
    char quote = 0;
    size_t depth = 0;
    if (!span_starts_nocase(text, SPAN("<!DOCTYPE")))
        return text;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '<' || c == '[') {
            depth++;
        } else if (c == '>' || c == ']') {
            depth -= depth > 0;
            if (depth == 0 && c == '>')
                return span_from(text, i + 1);
        }
    }
    return span_from(text, text.len);
}

struct span xml_local_name(struct span tag)
{
    size_t len = 0, from = tag.len > 1 && tag.ptr[1] == '/' ? 2 : 1;
    struct span name = span_sub(tag, from, 64);
    while (len < name.len && !ascii_is_space(name.ptr[len]) && name.ptr[len] != '>' &&
           name.ptr[len] != '/')
        len++;
    name = span_sub(name, 0, len);
    size_t colon = span_find_byte(name, ':');
    return colon == SPAN_NONE ? name : span_from(name, colon + 1);
}

bool xml_root_is(struct span text, const char *name)
{
    struct span root = xml_behind_prolog(behind_doctype(xml_behind_prolog(text)));
    return span_starts(root, SPAN("<")) && span_is_nocase(xml_local_name(root), name);
}
