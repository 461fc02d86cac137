/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/text_format.h"

#include "engine/base/ascii.h"
#include "engine/message/formats/codec_xml.h"
#include "engine/message/formats/content_line.h"

bool hints_are(const struct text_hints *hints, const char *type, const char *subtype)
{
    return span_is_nocase(hints->type, type) &&
           (!subtype || span_is_nocase(hints->subtype, subtype));
}

/* --- the name --- */

bool name_ends(struct span name, struct span suffix)
{
    while (name.len > 0 &&
           (name.ptr[name.len - 1] == '.' || ascii_is_space(name.ptr[name.len - 1])))
        name.len--;
    return span_ends_nocase(name, suffix);
}

static bool ends_with_one_of(struct span name, const struct span *suffixes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (name_ends(name, suffixes[i]))
            return true;
    }
    return false;
}

/* A browser opens by the name what is saved under it. */
static bool has_html_name(const struct text_hints *hints)
{
    static const struct span suffixes[] = {SPAN_INIT(".htm"),   SPAN_INIT(".html"),
                                           SPAN_INIT(".xhtml"), SPAN_INIT(".xht"),
                                           SPAN_INIT(".shtml"), SPAN_INIT(".hta")};
    return ends_with_one_of(hints->name, suffixes, ARRAY_LEN(suffixes));
}

static bool has_lines_name(const struct text_hints *hints)
{
    static const struct span suffixes[] = {
        SPAN_INIT(".ics"), SPAN_INIT(".ical"),  SPAN_INIT(".ifb"), SPAN_INIT(".vcs"),
        SPAN_INIT(".vcf"), SPAN_INIT(".vcard"), SPAN_INIT(".vnt")};
    return ends_with_one_of(hints->name, suffixes, ARRAY_LEN(suffixes));
}

/* --- the type --- */

static bool declares_html(const struct text_hints *hints)
{
    return hints_are(hints, "text", "html") || hints_are(hints, "application", "xhtml+xml");
}

static bool declares_xml(const struct text_hints *hints)
{
    return hints_are(hints, "text", "xml") || hints_are(hints, "application", "xml") ||
           span_ends_nocase(hints->subtype, SPAN("+xml"));
}

static bool declares_lines(const struct text_hints *hints)
{
    static const struct span texts[] = {SPAN_INIT("calendar"),  SPAN_INIT("x-vcalendar"),
                                        SPAN_INIT("vcard"),     SPAN_INIT("x-vcard"),
                                        SPAN_INIT("directory"), SPAN_INIT("x-vnote")};
    if (hints_are(hints, "text", NULL)) {
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
            if (span_equal_nocase(hints->subtype, texts[i]))
                return true;
        }
        return false;
    }
    return hints_are(hints, "application", "ics") || hints_are(hints, "application", "vcard");
}

/* --- the looks --- */

/* What browsers show as HTML though it is XML. */
static bool is_browsed(struct span text)
{
    struct span root = xml_behind_prolog(text);
    return span_starts_nocase(root, SPAN("<html")) ||
           span_starts_nocase(root, SPAN("<!doctype html")) ||
           span_find(text, SPAN("http://www.w3.org/1999/xhtml")) != SPAN_NONE ||
           span_find_nocase(text, SPAN("foreignObject")) != SPAN_NONE ||
           span_find(text, SPAN("<?xml-stylesheet")) != SPAN_NONE;
}

static bool looks_xml(struct span text)
{
    return xml_has_declaration(text) || xml_root_is(text, "svg");
}

static bool looks_html(struct span text)
{
    return looks_like(text) == LOOK_HTML || looks_like(xml_behind_prolog(text)) == LOOK_HTML;
}

/* --- all of it --- */

bool text_is_lines(const struct text_hints *hints, struct span octets)
{
    if (declares_html(hints))
        return false;
    if (declares_lines(hints))
        return content_lines_begin(octets);
    if (has_lines_name(hints))
        return content_lines_begin_with(octets, SPAN("BEGIN"));
    /* What is shown as it stands is not taken for something else by its looks. */
    return !hints_are(hints, "text", NULL) && !has_html_name(hints) &&
           content_lines_begin_with(octets, SPAN("BEGIN:V"));
}

bool text_is_xml(const struct text_hints *hints, struct span text)
{
    if (declares_html(hints) || hints_are(hints, "text", "plain"))
        return false;
    return declares_xml(hints) || looks_xml(text);
}

static size_t one(enum text_format first, enum text_format out[TEXTS_MAX])
{
    out[0] = first;
    return 1;
}

static size_t two(enum text_format first, enum text_format second, enum text_format out[TEXTS_MAX])
{
    out[0] = first;
    out[1] = second;
    return 2;
}

/* From the strongest to the weakest word. Where readers differ, there are two readings. */
size_t text_formats(const struct text_hints *hints, bool lines, struct span text,
                    enum text_format out[TEXTS_MAX])
{
    if (declares_html(hints))
        return one(TEXT_HTML, out);
    if (lines)
        return has_html_name(hints) ? two(TEXT_HTML, TEXT_LINES, out) : one(TEXT_LINES, out);
    if (hints_are(hints, "text", "plain"))
        return has_html_name(hints) ? two(TEXT_HTML, TEXT_AS_IS, out) : one(TEXT_AS_IS, out);
    if (text_is_xml(hints, text))
        return has_html_name(hints) || is_browsed(text) ? two(TEXT_HTML, TEXT_XML, out)
                                                        : one(TEXT_XML, out);
    if (has_html_name(hints) || looks_html(text))
        return one(TEXT_HTML, out);
    return one(TEXT_AS_IS, out);
}
