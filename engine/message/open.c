/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/open.h"

#include "engine/message/codecs/codec_header.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/map/header_text.h"

struct view *open_field(struct views *views, const struct field *field)
{
    struct span value = span_trim(field->value);
    uint64_t off = (uint64_t)(value.ptr - views_map(views)->bytes.ptr);
    return view_open(views_root(views), off, value.len, &codec_header,
                     &views_map(views)->parts[field->part], field);
}

struct view *open_field_raw(struct views *views, const struct field *field)
{
    struct view *decoded = open_field(views, field);
    if (!header_is_shown_raw(decoded))
        return NULL;
    return view_open(views_root(views), decoded->off, decoded->len, &codec_header_raw,
                     decoded->part, field);
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
