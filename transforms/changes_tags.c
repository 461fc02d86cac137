/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tags of a message. A tag may capture text: `when` compares it as captured, which nobody gets
 * to see; what is written is the text as it leaves, with every hide applied.
 */
#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "transforms/changes_list.h"

/* One tag of a list whatever was captured: no comma, no line end, ASCII. In the arena. */
static struct span one_tag(struct span text, struct arena *arena)
{
    char *out = arena_alloc(arena, CHANGES_TAG_MAX + 1);
    size_t len = 0;
    text = span_trim(text);
    while (text.len > 0 && len < CHANGES_TAG_MAX) {
        size_t step = utf8_decode(text, NULL);
        char c = text.ptr[0];
        bool good = step == 1 && c != ',' && !ascii_is_control(c);
        out[len++] = good ? c : '_';
        text = span_from(text, step > 0 ? step : 1);
    }
    return span_trim(span_of(out, len));
}

static struct tag *find_tag(const struct changes *changes, struct span text)
{
    for (size_t i = 0; i < changes->tag_count; i++) {
        if (span_equal(changes->tags[i].text, text))
            return &changes->tags[i];
    }
    return NULL;
}

struct span changes_tag(struct changes *changes, const struct template *tag,
                        const struct template_values *values, bool in_header)
{
    struct arena *arena = changes->arena;
    struct span text = one_tag(template_expand_captured(tag, values, arena), arena);
    struct tag *there = find_tag(changes, text);
    if (there)
        there->in_header |= in_header;
    /* One more than may be is kept: changes_apply() then fails. */
    if (there || text.len == 0 || changes->tag_count > CHANGES_TAGS_MAX)
        return text;
    struct tag added = {.text = text, .masked_text = text, .in_header = in_header};
    if (template_captures(tag)) {
        added.late = tag;
        added.values = *values;
        added.masked = changes->masked;
        added.masked_text = one_tag(template_expand_masked(tag, values, arena), arena);
    }
    changes->tags =
        arena_grow(arena, changes->tags, changes->tag_count, &changes->tag_cap, sizeof added);
    changes->tags[changes->tag_count++] = added;
    changes->tags_are_known = false;
    return text;
}

bool changes_has_tag(const struct changes *changes, struct span tag)
{
    return find_tag(changes, tag) != NULL;
}

struct span changes_tag_leaving(const struct changes *changes, struct span text)
{
    const struct tag *tag = find_tag(changes, text);
    if (!tag || !tag->late)
        return text;
    return tag->masked
               ? tag->masked_text
               : one_tag(template_expand(tag->late, &tag->values, changes->arena), changes->arena);
}

enum tag_list { LIST_ALL, LIST_HEADER, LIST_MASKED };

static struct span shown(const struct tag *tag, enum tag_list which)
{
    if (which == LIST_HEADER && !tag->in_header)
        return SPAN("");
    return which == LIST_MASKED ? tag->masked_text : tag->leaving;
}

/* What was different may look the same once it is masked. */
static bool stands_before(const struct changes *changes, size_t at, enum tag_list which)
{
    for (size_t i = 0; i < at; i++) {
        if (span_equal(shown(&changes->tags[i], which), shown(&changes->tags[at], which)))
            return true;
    }
    return false;
}

static struct span list_tags(const struct changes *changes, enum tag_list which,
                             struct arena *arena)
{
    struct buf list = BUF_INIT;
    for (size_t i = 0; i < changes->tag_count; i++) {
        struct span text = shown(&changes->tags[i], which);
        bool is_late = changes->tags[i].late != NULL;
        if (text.len == 0 || (is_late && stands_before(changes, i, which)))
            continue;
        buf_add_str(&list, list.len > 0 ? ", " : "");
        buf_add(&list, text);
    }
    struct span text = arena_copy(arena, buf_span(&list));
    buf_fini(&list);
    return text;
}

/* The texts as they leave are made once: many other texts may hold them. */
static void know_tags(struct changes *changes)
{
    if (changes->tags_are_known)
        return;
    for (size_t i = 0; i < changes->tag_count; i++)
        changes->tags[i].leaving = changes_tag_leaving(changes, changes->tags[i].text);
    changes->tags_are_known = true;
    changes->all_tags = list_tags(changes, LIST_ALL, changes->arena);
}

struct span changes_tags(struct changes *changes)
{
    know_tags(changes);
    return changes->all_tags;
}

struct span changes_header_tags(struct changes *changes, struct arena *arena)
{
    know_tags(changes);
    return list_tags(changes, LIST_HEADER, arena);
}

struct span changes_tags_masked(const struct changes *changes, struct arena *arena)
{
    return list_tags(changes, LIST_MASKED, arena);
}
