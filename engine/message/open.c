/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/open.h"

#include "engine/message/codec_charset.h"
#include "engine/message/codec_header.h"
#include "engine/message/codec_html.h"
#include "engine/message/codec_transfer.h"
#include "engine/message/header_text.h"

struct view *open_field(struct views *views, const struct field *field)
{
    struct span value = span_trim(field->value);
    uint64_t off = (uint64_t)(value.ptr - views_map(views)->bytes.ptr);
    return view_open(views_root(views), off, value.len, &codec_header,
                     &views_map(views)->parts[field->part], field);
}

struct span decode_field_value(struct span value, struct arena *arena)
{
    struct header_text text;
    header_text_decode(span_trim(value), arena, &text);
    return text.text;
}

#define NO_BODY "there is no body"

struct view *open_content(struct views *views, const struct part *part)
{
    uint64_t off = (uint64_t)(part->body.ptr - views_map(views)->bytes.ptr);
    struct view *view = view_open(views_root(views), off, part->body.len,
                                  transfer_codec(part->encoding), part, part);
    /* Without the empty line before it, text that was put here would be header. */
    if (part->body.ptr == span_end(part->header) && !view->read_only)
        view->read_only = NO_BODY;
    return view;
}

/* What declares itself text is read as text, whatever it looks like: a reader shows it. */
static bool is_text(const struct part *part, struct span content)
{
    if (part_is_type(part, "text", NULL))
        return true;
    enum content_look look = looks_like(content);
    return look == LOOK_TEXT || look == LOOK_HTML;
}

static bool is_html(const struct part *part, struct span text)
{
    if (part_is_type(part, "text", "html") || part_is_type(part, "application", "xhtml+xml"))
        return true;
    return !part_is_type(part, "text", "plain") && looks_like(text) == LOOK_HTML;
}

struct view *open_text(struct views *views, const struct part *part)
{
    if (part->kind == PART_MULTIPART)
        return NULL;
    struct view *content = open_content(views, part);
    if (!is_text(part, content->text))
        return NULL;
    bool unknown;
    const struct charset *charset = part_charset(views, part, &unknown);
    struct view *text = view_open(content, 0, content->text.len, &codec_charset, part,
                                  unknown ? &charset_unknown : charset);
    if (!is_html(part, text->text))
        return text;
    return view_open(text, 0, text->text.len, &codec_html, part, NULL);
}
