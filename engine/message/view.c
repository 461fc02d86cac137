/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/view.h"

#include "engine/base/clock.h"
#include "engine/base/utf8.h"
#include "engine/message/map/part_header.h"

#include <assert.h>
#include <errno.h>

#define FIRST_SLOTS 64u

const struct view_limits view_limits_default = {
    .html_bytes = (size_t)16 << 20,
    .memory_bytes = (size_t)32 << 20,
};

struct views {
    struct map *map;
    struct view_limits limits;
    struct arena *arena;
    struct bulk_budget budget;
    struct html_time html_time;
    struct view *root;
    struct view *newest;
    size_t count;
    struct view **slots; /* open addressing; a power of two of them, at most half in use */
    size_t slot_count;
};

static struct view *add_view(struct views *views, struct view *parent)
{
    struct view *view = ARENA_NEW(views->arena, struct view);
    view->views = views;
    view->parent = parent;
    view->text = SPAN("");
    view->previous = views->newest;
    views->newest = view;
    views->count++;
    edits_init(&view->edits, views->arena);
    return view;
}

struct views *views_new(struct map *map, const struct view_limits *limits, struct arena *arena)
{
    struct views *views = ARENA_NEW(arena, struct views);
    views->map = map;
    views->limits = *limits;
    views->arena = arena;
    views->budget = (struct bulk_budget){
        .arena = arena, .memory_left = limits->memory_bytes, .spool = limits->spool};
    views->html_time.left_ns = HTML_TIME_LEAST + (uint64_t)map->bytes.len * HTML_TIME_EACH;
    views->slot_count = FIRST_SLOTS;
    views->slots = ARENA_ARRAY(arena, FIRST_SLOTS, struct view *);
    views->root = add_view(views, NULL);
    views->root->text = map->bytes;
    views->root->len = map->bytes.len;
    views->root->is_bytes = true;
    return views;
}

struct view *views_root(struct views *views)
{
    return views->root;
}

struct map *views_map(struct views *views)
{
    return views->map;
}

struct arena *views_arena(struct views *views)
{
    return views->arena;
}

const struct view_limits *views_limits(const struct views *views)
{
    return &views->limits;
}

void views_set_deadline(struct views *views, uint64_t deadline_ns)
{
    views->html_time.deadline_ns = deadline_ns;
}

bool views_is_late(const struct views *views)
{
    return clock_is_past(views->html_time.deadline_ns);
}

struct html_time *views_html_time(struct views *views)
{
    return &views->html_time;
}

struct bulk_budget *views_budget(struct views *views)
{
    return &views->budget;
}

struct view *views_newest(struct views *views)
{
    return views->newest;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_of(const struct view *view)
{
    uint64_t hash = mix(mix(0, (uintptr_t)view->parent), (uintptr_t)view->codec);
    return mix(mix(mix(hash, view->off), view->len), (uintptr_t)view->detail);
}

static bool same(const struct view *a, const struct view *b)
{
    return a->parent == b->parent && a->codec == b->codec && a->off == b->off && a->len == b->len &&
           a->detail == b->detail;
}

/* Where `wanted` is, or the free slot where it belongs. */
static struct view **slot_of(struct view **slots, size_t slot_count, const struct view *wanted)
{
    size_t at = (size_t)hash_of(wanted) & (slot_count - 1);
    while (slots[at] && !same(slots[at], wanted))
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

static void grow_slots(struct views *views)
{
    size_t slot_count = views->slot_count * 2;
    struct view **slots = ARENA_ARRAY(views->arena, slot_count, struct view *);
    for (size_t i = 0; i < views->slot_count; i++) {
        if (views->slots[i])
            *slot_of(slots, slot_count, views->slots[i]) = views->slots[i];
    }
    views->slots = slots;
    views->slot_count = slot_count;
}

struct view *view_open(struct view *parent, uint64_t off, uint64_t len, const struct codec *codec,
                       const struct part *part, const void *detail)
{
    struct views *views = parent->views;
    struct view wanted = {
        .parent = parent, .codec = codec, .off = off, .len = len, .detail = detail};
    assert(off <= parent->text.len && len <= parent->text.len - off);
    if (views->count * 2 > views->slot_count)
        grow_slots(views);
    struct view **slot = slot_of(views->slots, views->slot_count, &wanted);
    if (*slot)
        return *slot;
    struct view *view = add_view(views, parent);
    view->codec = codec;
    view->off = off;
    view->len = len;
    view->part = part;
    view->detail = detail;
    if (!codec->encode)
        view->read_only = "this can be read but not changed";
    *slot = view;
    codec->decode(view, span_sub(parent->text, off, len), detail);
    if (!view->read_only) { /* the change would have nowhere to go */
        view->read_only = parent->read_only;
        view->passes = parent->passes;
    }
    return view;
}

struct view *view_of_text(struct views *views, struct span text, const char *why)
{
    struct view *view = add_view(views, NULL);
    view->text = text;
    view->len = text.len;
    view->read_only = why;
    return view;
}

void view_give_up(struct view *view, struct span text, enum uninspected reason)
{
    view->text = text;
    view->uninspected = reason;
    view->passes = reason == UNINSPECTED_TIME_BUDGET;
    view->read_only = view->passes ? "there was no time to take this text apart"
                                   : "this text is too large to be taken apart";
}

void view_take_bulk(struct view *view, struct bulk *bulk)
{
    if (bulk_finish(bulk, &view->text, NULL))
        return;
    view_give_up(view, SPAN(""), UNINSPECTED_LIMIT);
    view->read_only = "there is no room for the decoded text";
    view->passes = true;
}

bool view_is_ascii(struct view *view)
{
    if (!view->ascii_known) {
        view->is_ascii = span_is_ascii(view->text);
        view->ascii_known = true;
    }
    return view->is_ascii;
}

static const char *codec_name(const struct view *view)
{
    return view->codec ? view->codec->name : "message";
}

/* What passes is worth another try (decision 0013). */
static int code_of(const struct view *view)
{
    return view->passes ? ENOSPC : EROFS;
}

bool view_edit(struct view *view, struct edit edit, struct error *err)
{
    if (view->read_only)
        return error_set_code(err, code_of(view), "rule \"%s\": %s", edit.rule, view->read_only);
    if (edit.off > view->text.len || edit.len > view->text.len - edit.off)
        return error_set(err, "rule \"%s\": a change outside of the %s text", edit.rule,
                         codec_name(view));
    edits_add(&view->edits, edit);
    return true;
}

void view_origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                 uint64_t *len_out)
{
    for (; view->parent; view = view->parent) {
        if (view->codec->origin)
            view->codec->origin(view, off, len, &off, &len);
        off += view->codec->origin ? 0 : view->off;
    }
    *off_out = off;
    *len_out = len;
}

bool views_are_dirty(const struct views *views)
{
    for (const struct view *view = views->newest; view; view = view->previous) {
        if (view->edits.count > 0)
            return true;
    }
    return false;
}

/* Children are younger than their parents, so from the newest on each view is complete when its
 * turn comes. view_edit() refuses what is read-only, but a codec writes into its parent unasked. */
bool views_seal(struct views *views, struct error *err)
{
    for (struct view *view = views->newest; view; view = view->previous) {
        if (view->edits.count == 0 && view != views->root)
            continue;
        if (view->read_only || (view->codec && !view->codec->encode))
            return error_set_code(err, code_of(view), "rule \"%s\": the %s text cannot be edited",
                                  view->edits.items[0].rule, codec_name(view));
        if (view == views->root)
            part_headers_follow(views);
        if (!edits_seal(&view->edits, view->text, err))
            return false;
        if (!view->parent)
            continue;
        if (!view->codec->encode(view, err)) {
            if (err && err->code == 0)
                err->code = EROFS; /* the same text will be as hard to write back */
            error_prefix(err, "cannot write a change of the %s text back", codec_name(view));
            return false;
        }
    }
    return true;
}

const struct edits *views_edits(const struct views *views)
{
    assert(views->root->edits.sealed);
    return &views->root->edits;
}
