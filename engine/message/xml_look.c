/* SPDX-License-Identifier: Apache-2.0 */
/* xml_look: what is XML, and what its declaration says. */
#include "engine/message/codec_xml.h"

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

bool is_xml(const struct part *part, struct span text)
{
    struct span subtype = part->type.subtype;
    bool declared = part_is_type(part, "text", "xml") || part_is_type(part, "application", "xml") ||
                    span_ends_nocase(subtype, SPAN("+xml"));
    bool looks = span_starts(span_trim(without_mark(text)), SPAN("<?xml")) ||
                 span_starts_nocase(xml_behind_prolog(text), SPAN("<svg"));
    if (!declared &&
        (!looks || part_is_type(part, "text", "plain") || part_is_type(part, "text", "html")))
        return false;
    struct span root = xml_behind_prolog(text);
    return !span_starts_nocase(root, SPAN("<html")) &&
           !span_starts_nocase(root, SPAN("<!doctype html")) &&
           !part_is_type(part, "application", "xhtml+xml");
}
