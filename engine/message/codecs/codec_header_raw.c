/* SPDX-License-Identifier: Apache-2.0 */
/* codec_header_raw: the value as it stands, for readers that do not take an encoded word in it for
 * one. Where the decoded value is written anew, that is in this reading too. */
#include "engine/message/codecs/codec_header.h"

#include "engine/base/utf8.h"
#include "engine/message/map/header_text.h"
#include "engine/message/open.h"

bool header_is_shown_raw(const struct view *view)
{
    const struct header_text *header = view->state;
    return header->raw_word && !header->bad_word;
}

static void decode(struct view *view, struct span raw, const void *detail)
{
    const struct view *decoded = open_field(view->views, detail);
    view->text = raw;
    view->read_only = decoded->read_only;
}

/* Whether an edit of the decoded value takes all of this one with it. */
static bool is_taken(const struct view *decoded, const struct edit *edit)
{
    for (size_t i = 0; i < decoded->edits.count; i++) {
        const struct edit *other = &decoded->edits.items[i];
        size_t off, len;
        header_text_range(decoded->state, (size_t)other->off, (size_t)other->len, &off, &len);
        if (off <= edit->off && edit->off + edit->len <= off + len)
            return true;
    }
    return false;
}

static bool encode(struct view *view, struct error *err)
{
    const struct view *decoded = open_field(view->views, view->detail);
    struct arena *arena = views_arena(view->views);
    for (size_t i = 0; i < view->edits.count; i++) {
        struct edit edit = view->edits.items[i];
        if (is_taken(decoded, &edit))
            continue;
        edit.with = header_clean(edit.with, arena);
        edit.off += view->off;
        if (!span_is_ascii(edit.with))
            return error_set(err, "rule \"%s\": only ASCII can stand there", edit.rule);
        edits_add(&view->parent->edits, edit);
    }
    return true;
}

const struct codec codec_header_raw = {"header as it stands", decode, encode, NULL};
