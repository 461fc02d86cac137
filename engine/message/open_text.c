/* SPDX-License-Identifier: Apache-2.0 */
/* open_text: which codecs make a text of a part. */
#include "engine/message/codec_charset.h"
#include "engine/message/codec_html.h"
#include "engine/message/codec_xml.h"
#include "engine/message/content_line.h"
#include "engine/message/open.h"

/* What declares itself text is read as text, whatever it looks like: a reader shows it. */
static bool is_text(const struct part *part, struct span content)
{
    if (part_is_type(part, "text", NULL))
        return true;
    enum content_look look = looks_like(content);
    return look == LOOK_TEXT || look == LOOK_HTML;
}

/* A browser opens by the name what is saved under it. */
static bool has_html_name(struct views *views, const struct part *part)
{
    static const struct span suffixes[] = {SPAN_INIT(".htm"),   SPAN_INIT(".html"),
                                           SPAN_INIT(".xhtml"), SPAN_INIT(".xht"),
                                           SPAN_INIT(".shtml"), SPAN_INIT(".hta")};
    struct span name = span_trim(part_filename(views, part));
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        if (span_ends_nocase(name, suffixes[i]))
            return true;
    }
    return false;
}

static bool is_html(struct views *views, const struct part *part, struct span text)
{
    if (part_is_type(part, "text", "html") || part_is_type(part, "application", "xhtml+xml"))
        return true;
    if (!part_is_type(part, "text", "plain") &&
        (looks_like(text) == LOOK_HTML || looks_like(xml_behind_prolog(text)) == LOOK_HTML))
        return true;
    return has_html_name(views, part);
}

#define WIDE_SAMPLE ((size_t)4096)

/* Folds are removed from the octets, since they may stand within a character; but in UTF-16 no line
 * end is to be seen before it is decoded. */
static struct view *open_content_lines(struct view *octets, const struct part *part,
                                       const struct charset *charset)
{
    bool wide = span_find_byte(span_sub(octets->text, 0, WIDE_SAMPLE), '\0') != SPAN_NONE;
    struct view *view = octets;
    if (!wide)
        view = view_open(view, 0, view->text.len, &codec_unfold, part, NULL);
    view = view_open(view, 0, view->text.len, &codec_charset, part, charset);
    if (wide)
        view = view_open(view, 0, view->text.len, &codec_unfold, part, NULL);
    return view_open(view, 0, view->text.len, &codec_content_line, part, NULL);
}

/* As it is declared: by the part, else by the text itself. */
static const struct charset *declared_charset(struct views *views, const struct part *part,
                                              struct span octets)
{
    bool unknown;
    const struct charset *charset = part_charset(views, part, &unknown);
    struct span name = xml_declared_encoding(octets);
    if (unknown)
        return &charset_unknown;
    if (charset || !name.ptr || !is_xml(part, octets))
        return charset;
    charset = charset_find(name);
    /* What can be read in single bytes is no UTF-16: some programs write so what they meant. */
    if (charset && (charset->kind == CHARSET_UTF16 || charset->kind == CHARSET_UTF32))
        return NULL;
    return charset ? charset : &charset_unknown;
}

static struct view *read_text(struct views *views, const struct part *part, struct view *content)
{
    if (!is_text(part, content->text))
        return NULL;
    const struct charset *charset = declared_charset(views, part, content->text);
    if (is_content_lines(views, part, content->text))
        return open_content_lines(content, part, charset);
    struct view *text = view_open(content, 0, content->text.len, &codec_charset, part, charset);
    const struct codec *codec = NULL;
    if (is_xml(part, text->text))
        codec = &codec_xml;
    else if (is_html(views, part, text->text))
        codec = &codec_html;
    return codec ? view_open(text, 0, text->text.len, codec, part, NULL) : text;
}

/* Several rules ask for the same text, and what it is takes several looks. */
struct view *open_text(struct views *views, const struct part *part)
{
    if (part->kind == PART_MULTIPART)
        return NULL;
    struct view *content = open_content(views, part);
    if (!content->as_text_known) {
        content->as_text = read_text(views, part, content);
        content->as_text_known = true;
    }
    return content->as_text;
}
