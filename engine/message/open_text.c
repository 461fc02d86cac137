/* SPDX-License-Identifier: Apache-2.0 */
/* open_text: through which codecs a text is read in its formats. */
#include "engine/message/codecs/codec_charset.h"
#include "engine/message/codecs/codec_source.h"
#include "engine/message/formats/codec_html.h"
#include "engine/message/formats/codec_xml.h"
#include "engine/message/formats/content_line.h"
#include "engine/message/formats/text_format.h"

#define WIDE_SAMPLE ((size_t)4096)

/* Octets that are a text, and what is said about them. */
struct source {
    struct view *octets;
    struct text_hints hints;
    const struct charset *charset; /* declared, or NULL */
};

static struct view *above(struct view *view, const struct codec *codec, const void *detail)
{
    return view_open(view, 0, view->text.len, codec, view->part, detail);
}

static struct view *decoded(const struct source *source)
{
    return above(source->octets, &codec_charset, source->charset);
}

/* Folds are removed from the octets, since they may stand within a character; but in UTF-16 no line
 * end is to be seen before it is decoded. */
static struct view *open_lines(const struct source *source)
{
    struct view *octets = source->octets, *view = octets;
    const bool *detail = content_line_detail(octets->text);
    bool wide = span_find_byte(span_sub(octets->text, 0, WIDE_SAMPLE), '\0') != SPAN_NONE;
    if (!wide)
        view = above(view, &codec_unfold, detail);
    view = above(view, &codec_charset, source->charset);
    struct view *shown = view;
    if (wide)
        view = above(view, &codec_unfold, detail);
    view = above(view, &codec_content_line, detail);
    /* With folds the octets may be no text in a charset of several bytes, and nobody shows them who
     * reads the lines. */
    bool several = source->charset && source->charset->kind >= CHARSET_MULTI;
    if (!wide && (!several || hints_are(&source->hints, "text", "plain")))
        shown = decoded(source);
    view_set_source(view, shown);
    return view;
}

static struct view *open_as(const struct source *source, enum text_format format)
{
    switch (format) {
    case TEXT_LINES:
        return open_lines(source);
    case TEXT_XML:
        return above(decoded(source), &codec_xml, NULL);
    case TEXT_HTML:
        return above(decoded(source), &codec_html, NULL);
    case TEXT_AS_IS:
        break;
    }
    return decoded(source);
}

/* Several rules ask for the same text, and what it is takes several looks: the answer is kept. */
static size_t opened(const struct view *octets, struct view *out[TEXTS_MAX])
{
    for (size_t i = 0; i < octets->as_text_count; i++)
        out[i] = octets->as_texts[i];
    return octets->as_text_count;
}

static void open_all(const struct source *source)
{
    struct view *octets = source->octets;
    enum text_format formats[TEXTS_MAX];
    /* What is read by lines is not decoded with its folds. */
    bool lines = text_is_lines(&source->hints, octets->text);
    struct span text = lines ? octets->text : decoded(source)->text;
    octets->as_text_count = text_formats(&source->hints, lines, text, formats);
    for (size_t i = 0; i < octets->as_text_count; i++)
        octets->as_texts[i] = open_as(source, formats[i]);
}

/* As the part declares it, else the text itself. */
static const struct charset *said_within(const struct source *source)
{
    struct span octets = source->octets->text, name = xml_declared_encoding(octets);
    if (!name.ptr || !text_is_xml(&source->hints, octets))
        return NULL;
    const struct charset *charset = charset_find(name);
    /* What can be read in single bytes is no UTF-16: some programs write so what they meant. */
    if (charset && (charset->kind == CHARSET_UTF16 || charset->kind == CHARSET_UTF32))
        return NULL;
    return charset ? charset : &charset_unknown;
}

static bool shows_text(enum content_look look)
{
    return look == LOOK_TEXT || look == LOOK_HTML;
}

/* In UTF-16 and UTF-32 only western text looks like text before it is decoded. */
static bool is_wide_text(struct views *views, const struct part *part, struct view *content)
{
    bool unknown;
    const struct charset *charset = part_charset(views, part, &unknown);
    if (!charset || (charset->kind != CHARSET_UTF16 && charset->kind != CHARSET_UTF32))
        return false;
    const struct view *text = above(content, &codec_charset, charset);
    return text->uninspected == UNINSPECTED_NONE && shows_text(looks_like(text->text));
}

/* What declares itself text is read as text, whatever it looks like: a reader shows it. */
static bool is_text(struct views *views, const struct part *part, struct view *content)
{
    return part_is_type(part, "text", NULL) || shows_text(looks_like(content->text)) ||
           is_wide_text(views, part, content);
}

static void open_part(struct views *views, const struct part *part, struct view *content)
{
    bool unknown;
    struct source source = {
        .octets = content,
        .hints = {part->type.type, part->type.subtype, part_filename(views, part)}};
    source.charset = part_charset(views, part, &unknown);
    if (unknown)
        source.charset = &charset_unknown;
    else if (!source.charset)
        source.charset = said_within(&source);
    open_all(&source);
}

size_t open_texts(struct views *views, const struct part *part, struct view *out[TEXTS_MAX])
{
    if (part->kind == PART_MULTIPART)
        return 0;
    struct view *content = open_content(views, part);
    if (!content->as_texts_known && is_text(views, part, content))
        open_part(views, part, content);
    content->as_texts_known = true;
    return opened(content, out);
}

struct view *open_text(struct views *views, const struct part *part)
{
    struct view *texts[TEXTS_MAX];
    return open_texts(views, part, texts) > 0 ? texts[0] : NULL;
}

size_t open_file_texts(struct view *octets, struct span name, struct view *out[TEXTS_MAX])
{
    struct source source = {.octets = octets,
                            .hints = {SPAN("application"), SPAN("octet-stream"), name}};
    if (!octets->as_texts_known) {
        source.charset = said_within(&source);
        open_all(&source);
    }
    octets->as_texts_known = true;
    return opened(octets, out);
}
