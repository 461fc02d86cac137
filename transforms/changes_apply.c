/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header as the rules want it: a list of what came in and what was added, on which the changes
 * are played in the order in which they were asked for; then edits of the root.
 */
#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "transforms/changes_list.h"
#include "transforms/header_value.h"

#include <errno.h>

enum entry_state { ENTRY_KEPT, ENTRY_REPLACED, ENTRY_REMOVED };

struct entry {
    const struct field *field; /* NULL: added */
    struct span name;
    struct span value; /* of what is added or replaced */
    enum entry_state state;
    bool own, raw;
};

struct header {
    struct changes *changes;
    struct views *views;
    struct map *map;
    struct entry *entries;
    size_t count, cap;
};

static void add_entry(struct header *header, struct entry entry)
{
    header->entries = arena_grow(header->changes->arena, header->entries, header->count,
                                 &header->cap, sizeof *header->entries);
    header->entries[header->count++] = entry;
}

static void read_header(struct header *header)
{
    const struct part *top = &header->map->parts[0];
    for (uint32_t i = 0; i < top->field_count; i++) {
        const struct field *field = &header->map->fields[top->first_field + i];
        add_entry(header, (struct entry){.field = field, .name = field->name});
    }
}

/* The next entry of that name from `at` on that is still there, or NULL. */
static struct entry *find_entry(struct header *header, struct span name, size_t at)
{
    for (; at < header->count; at++) {
        struct entry *entry = &header->entries[at];
        if (entry->state != ENTRY_REMOVED && span_equal_nocase(entry->name, name))
            return entry;
    }
    return NULL;
}

static void remove_entries(struct header *header, struct span name, size_t at)
{
    struct entry *entry;
    while ((entry = find_entry(header, name, at)) != NULL) {
        entry->state = ENTRY_REMOVED;
        at = (size_t)(entry - header->entries) + 1;
    }
}

static struct span cut(struct span text)
{
    return text.len > CHANGES_VALUE_MAX ? span_sub(text, 0, utf8_floor(text, CHANGES_VALUE_MAX))
                                        : text;
}

static struct span value_of(struct changes *changes, const struct header_change *change)
{
    struct span text = change->text;
    if (change->value)
        text = changes_expand(changes, change->value, &change->values, change->masked);
    return change->own ? text : cut(text); /* a list of tags is to be whole */
}

static void play(struct header *header, const struct header_change *change)
{
    bool alone = change->own && change->if_exists == IF_EXISTS_REPLACE;
    if (alone || change->operation == HEADER_REMOVE)
        remove_entries(header, change->name, 0);
    if (change->operation == HEADER_REMOVE)
        return;
    struct entry *there = find_entry(header, change->name, 0);
    if (there && change->if_exists == IF_EXISTS_KEEP)
        return;
    struct span value = value_of(header->changes, change);
    if (!there || change->if_exists == IF_EXISTS_APPEND) {
        add_entry(header, (struct entry){.name = change->name,
                                         .value = value,
                                         .own = change->own,
                                         .raw = change->raw});
        return;
    }
    there->value = value;
    there->state = ENTRY_REPLACED;
    remove_entries(header, change->name, (size_t)(there - header->entries) + 1);
}

/* "Re: ", "Fwd: ", "AW: " and their like in front of a subject. */
static struct span without_reply_marks(struct span subject)
{
    for (;;) {
        size_t colon = span_find_byte(span_sub(subject, 0, 6), ':');
        if (colon == SPAN_NONE || colon == 0 ||
            span_find_byte(span_sub(subject, 0, colon), ' ') != SPAN_NONE)
            return subject;
        subject = span_trim(span_from(subject, colon + 1));
    }
}

static bool has_prefix(struct span subject, struct span prefix)
{
    return span_starts_nocase(without_reply_marks(span_trim(subject)), span_trim(prefix));
}

static bool prefix_field(struct header *header, struct entry *entry, const struct prefix *prefix,
                         struct span text, struct error *err)
{
    if (!entry->field || entry->state == ENTRY_REPLACED) {
        if (!has_prefix(entry->value, text))
            entry->value = span_str(arena_printf(header->changes->arena, "%.*s%.*s", SPAN_ARG(text),
                                                 SPAN_ARG(entry->value)));
        return true;
    }
    struct view *view = open_field(header->views, entry->field);
    if (has_prefix(view_text_leaving(view, 0, view->text.len), text))
        return true;
    struct edit edit = {.with = text, .kind = EDIT_REPLACE, .rule = prefix->values.rule};
    return view_edit(view, edit, err);
}

/* Each Subject field gets it: which one a reader shows is not for us to know. */
static bool play_prefix(struct header *header, const struct prefix *prefix, struct error *err)
{
    struct template_values values = prefix->values;
    values.tag = changes_tag_leaving(header->changes, values.tag);
    struct span text = cut(changes_expand(header->changes, prefix->text, &values, prefix->masked));
    if (span_trim(text).len == 0)
        return true;
    struct entry *entry = find_entry(header, SPAN("Subject"), 0);
    if (!entry)
        add_entry(header, (struct entry){.name = SPAN("Subject"), .value = span_trim(text)});
    while (entry) {
        if (!prefix_field(header, entry, prefix, text, err))
            return false;
        size_t next = (size_t)(entry - header->entries) + 1;
        entry = find_entry(header, SPAN("Subject"), next);
    }
    return true;
}

static bool add_line(struct buf *out, const struct entry *entry, struct arena *arena,
                     struct error *err)
{
    struct span value = entry->value;
    if (!entry->raw && !header_value(entry->value, entry->name.len + 2, arena, &value, err)) {
        error_prefix(err, "header field \"%.*s\"", SPAN_ARG(entry->name));
        return false;
    }
    buf_add(out, entry->name);
    buf_add_str(out, ": ");
    buf_add(out, value);
    buf_add_str(out, "\r\n");
    return true;
}

static bool edit_field(struct header *header, const struct entry *entry, struct error *err)
{
    struct arena *arena = header->changes->arena;
    struct edit edit = {.off = (uint64_t)(entry->field->raw.ptr - header->map->bytes.ptr),
                        .len = entry->field->raw.len,
                        .with = SPAN(""),
                        .kind = EDIT_REPLACE,
                        .rule = CHANGES_EDIT_RULE};
    if (entry->state == ENTRY_REPLACED) {
        struct buf line = BUF_INIT;
        bool good = add_line(&line, entry, arena, err);
        edit.with = arena_copy(arena, buf_span(&line));
        buf_fini(&line);
        if (!good)
            return false;
    }
    return view_edit(views_root(header->views), edit, err);
}

/*
 * Where new fields go: in front of the first field. What stands before it is an mbox "From " line
 * or junk; a line of junk that begins with a blank would continue a field of ours. Without any
 * field: in front of the empty line, or of the body, and then the empty line is ours as well.
 */
static uint64_t place_for_new(const struct map *map, bool *needs_end_out)
{
    *needs_end_out = true;
    uint64_t behind_header = 0;
    for (size_t i = 0; i < map->tile_count && map->tiles[i].part == 0; i++) {
        const struct tile *tile = &map->tiles[i];
        if (tile->kind == TILE_FIELD || tile->kind == TILE_HEADER_END) {
            *needs_end_out = false;
            return tile->off;
        }
        if (tile->kind != TILE_JUNK)
            break;
        behind_header = tile->off + tile->len;
    }
    return behind_header;
}

/* Those of our own come first. */
static bool add_lines(struct header *header, struct buf *lines, struct error *err)
{
    for (int own = 1; own >= 0; own--) {
        for (size_t i = 0; i < header->count; i++) {
            const struct entry *entry = &header->entries[i];
            if (entry->field || entry->state == ENTRY_REMOVED || entry->own != (own == 1))
                continue;
            if (!add_line(lines, entry, header->changes->arena, err))
                return false;
        }
    }
    return true;
}

static bool add_new(struct header *header, struct error *err)
{
    struct buf lines = BUF_INIT;
    bool needs_end;
    struct edit edit = {.off = place_for_new(header->map, &needs_end),
                        .kind = EDIT_REPLACE,
                        .rule = CHANGES_EDIT_RULE};
    bool good = add_lines(header, &lines, err);
    if (needs_end && lines.len > 0)
        buf_add_str(&lines, "\r\n");
    edit.with = arena_copy(header->changes->arena, buf_span(&lines));
    buf_fini(&lines);
    return good && (edit.with.len == 0 || view_edit(views_root(header->views), edit, err));
}

static bool too_many(struct error *err, int most, const char *what)
{
    (void)error_set(err, "the rules ask for more than %d %s", most, what);
    if (err)
        err->code = E2BIG;
    return false;
}

bool changes_apply(struct changes *changes, struct views *views, struct error *err)
{
    if (changes->header_count > CHANGES_HEADERS_MAX)
        return too_many(err, CHANGES_HEADERS_MAX, "header fields");
    if (changes->tag_count > CHANGES_TAGS_MAX)
        return too_many(err, CHANGES_TAGS_MAX, "tags");
    struct header header = {.changes = changes, .views = views, .map = views_map(views)};
    read_header(&header);
    for (size_t i = 0; i < changes->header_count; i++)
        play(&header, &changes->headers[i]);
    for (size_t i = 0; i < changes->prefix_count; i++) {
        if (!play_prefix(&header, &changes->prefixes[i], err))
            return false;
    }
    for (size_t i = 0; i < header.count; i++) {
        const struct entry *entry = &header.entries[i];
        if (entry->field && entry->state != ENTRY_KEPT && !edit_field(&header, entry, err))
            return false;
    }
    return add_new(&header, err);
}
