/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/edits_join.h"

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/base/utf8.h"

#include <stdlib.h>

/* A run of hidden characters shorter than this may stand in a replacement by chance. */
#define LEAK_LEAST 4u

struct group {
    const struct edit *items;
    size_t count;
    uint64_t off, end;
    struct span original;
};

static uint64_t end_of(const struct edit *edit)
{
    return edit->off + edit->len;
}

static bool hides(const struct edit *edit)
{
    return edit->kind == EDIT_MASK || edit->kind == EDIT_REDACT;
}

static bool same(const struct edit *a, const struct edit *b)
{
    return a->off == b->off && a->len == b->len && span_equal(a->with, b->with);
}

struct span edits_first_character(struct span text)
{
    size_t len = utf8_decode(text, NULL);
    return span_sub(text, 0, len > 0 ? len : 1);
}

static const struct edit *first_of_kind(const struct group *group, enum edit_kind kind)
{
    for (size_t i = 0; i < group->count; i++) {
        if (group->items[i].kind == kind)
            return &group->items[i];
    }
    return NULL;
}

static bool covers(const struct group *group, const struct edit *edit)
{
    return edit->off == group->off && end_of(edit) == group->end;
}

static const struct edit *covering(const struct group *group, enum edit_kind kind)
{
    for (size_t i = 0; i < group->count; i++) {
        if (group->items[i].kind == kind && covers(group, &group->items[i]))
            return &group->items[i];
    }
    return NULL;
}

static bool conflict(const struct edit *a, const struct edit *b, struct error *err)
{
    if (strcmp(a->rule, b->rule) == 0)
        return error_set(err, "rule \"%s\" wants two different changes of the same place", a->rule);
    return error_set(err, "rules \"%s\" and \"%s\" want different changes of the same place",
                     a->rule, b->rule);
}

/* Two of `kind` that overlap and are not the same. */
static bool have_conflict(const struct group *group, enum edit_kind kind, struct error *err)
{
    const struct edit *widest = NULL;
    for (size_t i = 0; i < group->count; i++) {
        const struct edit *edit = &group->items[i];
        if (edit->kind != kind)
            continue;
        if (widest && edit->off < end_of(widest) && !same(edit, widest))
            return !conflict(widest, edit, err);
        if (!widest || end_of(edit) > end_of(widest))
            widest = edit;
    }
    return false;
}

/* Whether `text` repeats a run of characters that `mask` takes away. */
static bool repeats_masked(struct span text, const struct edit *mask, struct span original)
{
    struct span from = span_sub(original, mask->off, mask->len), to = mask->with;
    size_t run = 0;
    for (size_t at = 0; at <= from.len;) {
        struct span a = edits_first_character(span_from(from, at));
        struct span b = edits_first_character(to);
        bool kept = a.len == 0 || span_equal(a, b);
        if (kept) {
            if (run >= LEAK_LEAST && span_find(text, span_sub(from, at - run, run)) != SPAN_NONE)
                return true;
            run = 0;
        } else {
            run += a.len;
        }
        if (a.len == 0)
            break;
        at += a.len;
        to = span_from(to, b.len);
    }
    return false;
}

static bool repeats_hidden(const struct group *group, const struct edit *replace)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct edit *edit = &group->items[i];
        struct span hidden = span_sub(group->original, edit->off, edit->len);
        if (edit->kind == EDIT_MASK && repeats_masked(replace->with, edit, group->original))
            return true;
        if (edit->kind == EDIT_REDACT && hidden.len >= LEAK_LEAST &&
            span_find(replace->with, hidden) != SPAN_NONE)
            return true;
    }
    return false;
}

/* A mask whose characters do not match those of its range one by one cannot be joined so. */
static bool is_regular(const struct edit *mask, struct span original)
{
    struct span from = span_sub(original, mask->off, mask->len), to = mask->with;
    while (from.len > 0 && to.len > 0) {
        from = span_from(from, edits_first_character(from).len);
        to = span_from(to, edits_first_character(to).len);
    }
    return from.len == 0 && to.len == 0;
}

/* A mask or replacement that the sweep is inside of, with what a mask has left to say. */
struct running {
    uint64_t end;
    struct span rest;
    bool is_mask;
};

/* What stands for the character `from`: the first mask that changes it, else what all leave. A
 * replacement leaves nothing. */
static struct span masked_character(struct running *masks, size_t count, struct span from)
{
    struct span result = from;
    bool hidden = false, replaced = count == 0;
    for (size_t i = 0; i < count; i++) {
        struct span to = edits_first_character(masks[i].rest);
        masks[i].rest = span_from(masks[i].rest, to.len);
        replaced = replaced || !masks[i].is_mask;
        if (hidden || !masks[i].is_mask)
            continue;
        hidden = !span_equal(to, from);
        result = to;
    }
    return replaced && !hidden ? SPAN("*") : result;
}

static size_t drop_ended(struct running *masks, size_t count, uint64_t at)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (masks[i].end > at)
            masks[kept++] = masks[i];
    }
    return kept;
}

/* All masks at once, in one sweep over the characters; '*' where a replacement was. */
static struct span join_masks(const struct group *group, struct arena *arena)
{
    struct buf text = BUF_INIT;
    struct running *running = mem_alloc(group->count * sizeof *running);
    size_t active = 0, next = 0;
    for (uint64_t at = group->off; at < group->end;) {
        for (; next < group->count && group->items[next].off <= at; next++) {
            const struct edit *edit = &group->items[next];
            bool is_mask = edit->kind == EDIT_MASK;
            running[active++] =
                (struct running){end_of(edit), is_mask ? edit->with : SPAN(""), is_mask};
        }
        active = drop_ended(running, active, at);
        struct span rest = span_sub(group->original, at, group->end - at);
        struct span from = edits_first_character(rest);
        buf_add(&text, masked_character(running, active, from));
        at += from.len;
    }
    struct span joined = arena_copy(arena, buf_span(&text));
    free(running);
    buf_fini(&text);
    return joined;
}

static size_t count_characters(struct span text)
{
    size_t count = 0;
    for (; text.len > 0; count++)
        text = span_from(text, edits_first_character(text).len);
    return count;
}

/* How many characters of its range there are to be seen. */
static size_t width_of(const struct edit *edit, struct span original)
{
    if (edit->kind == EDIT_MASK)
        return count_characters(edit->with);
    if (edit->masked == MASKED_BEFORE)
        return 0;
    return edit->masked > 0 ? edit->masked
                            : count_characters(span_sub(original, edit->off, edit->len));
}

/* The first character that stands for another. */
static struct span first_masked(const struct edit *mask, struct span original)
{
    struct span from = span_sub(original, mask->off, mask->len), to = mask->with;
    while (to.len > 0) {
        struct span a = edits_first_character(from), b = edits_first_character(to);
        if (!span_equal(a, b))
            return b;
        from = span_from(from, a.len);
        to = span_from(to, b.len);
    }
    return SPAN("*");
}

/* What the mask repeats, which may be an escape; '*' where it does not. */
static struct span mask_unit(const struct edit *mask, struct span original)
{
    if (mask->kind == EDIT_MASK)
        return first_masked(mask, original);
    struct span with = mask->with;
    size_t len = mask->masked > 0 && with.len % mask->masked == 0 ? with.len / mask->masked : 0;
    if (len == 0 || !span_equal(span_from(with, len), span_sub(with, 0, with.len - len)))
        return SPAN("*");
    return span_sub(with, 0, len);
}

static const struct edit *first_hide(const struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        if (hides(&group->items[i]))
            return &group->items[i];
    }
    return NULL;
}

/* The first of those that have characters. */
static const struct edit *first_mask(const struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        if (hides(&group->items[i]) && group->items[i].masked != MASKED_BEFORE)
            return &group->items[i];
    }
    return NULL;
}

/* Masks of which not all have a character for each: as many in all as there are to be seen; what
 * stands before is none here. */
static struct edit join_widths(const struct group *group, struct arena *arena)
{
    struct edit joined = {.off = group->off, .len = group->end - group->off, .kind = EDIT_REDACT};
    const struct edit *first = first_mask(group);
    struct span unit = first ? mask_unit(first, group->original) : SPAN("");
    struct buf with = BUF_INIT;
    uint64_t at = group->off;
    size_t most = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct edit *edit = &group->items[i];
        size_t width = width_of(edit, group->original);
        most = width > most ? width : most;
        if (end_of(edit) <= at || edit->masked == MASKED_BEFORE)
            continue;
        size_t rest = count_characters(span_sub(group->original, at, end_of(edit) - at));
        joined.masked += edit->off < at && rest < width ? rest : width;
        at = end_of(edit);
    }
    joined.masked = joined.masked > most ? joined.masked : most;
    for (size_t i = 0; i < joined.masked; i++)
        buf_add(&with, unit);
    joined.masked = joined.masked > 0 ? joined.masked : MASKED_BEFORE;
    joined.with = arena_copy(arena, buf_span(&with));
    buf_fini(&with);
    return joined;
}

static const struct edit *first_redaction(const struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        if (group->items[i].kind == EDIT_REDACT && group->items[i].masked == 0)
            return &group->items[i];
    }
    return NULL;
}

static struct edit hide_all(const struct group *group, struct arena *arena)
{
    const struct edit *redact = first_redaction(group);
    struct edit joined = {.off = group->off, .len = group->end - group->off};
    bool regular = true;
    for (size_t i = 0; i < group->count && regular; i++)
        regular = !hides(&group->items[i]) || (group->items[i].kind == EDIT_MASK &&
                                               is_regular(&group->items[i], group->original));
    if (redact) {
        joined.with = redact->with;
        joined.kind = EDIT_REDACT;
    } else if (regular) {
        joined.with = join_masks(group, arena);
        joined.kind = EDIT_MASK;
    } else {
        joined = join_widths(group, arena);
    }
    joined.rule = redact ? redact->rule : first_hide(group)->rule;
    return joined;
}

/* A range with line ends may be a whole header field: hiding that would break the message. */
static bool has_line_end(const struct group *group)
{
    struct span range = span_sub(group->original, group->off, group->end - group->off);
    return span_find_byte(range, '\n') != SPAN_NONE;
}

bool edits_join(const struct edit *items, size_t count, struct span original, struct arena *arena,
                struct edit *joined_out, struct error *err)
{
    struct group group = {items, count, items[0].off, 0, original};
    for (size_t i = 0; i < count; i++)
        group.end = end_of(&items[i]) > group.end ? end_of(&items[i]) : group.end;
    const struct edit *replace = covering(&group, EDIT_REPLACE);
    const struct edit *redact = covering(&group, EDIT_REDACT);
    const struct edit *hide = first_hide(&group);
    if (have_conflict(&group, EDIT_REPLACE, err))
        return false;
    if (replace) {
        *joined_out = *replace;
        if (!hide || !repeats_hidden(&group, replace))
            return true;
        if (has_line_end(&group))
            return conflict(hide, replace, err);
    }
    if (redact) {
        *joined_out = hide_all(&group, arena);
        return true;
    }
    const struct edit *codec = first_of_kind(&group, EDIT_CODEC);
    if (codec) {
        for (size_t i = 0; i < count; i++) {
            if (!same(&items[i], codec))
                return conflict(codec, &items[i], err);
        }
        *joined_out = *codec;
        return true;
    }
    *joined_out = hide ? hide_all(&group, arena) : items[0];
    return true;
}
