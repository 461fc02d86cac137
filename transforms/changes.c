/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/changes.h"

#include "transforms/changes_list.h"

struct changes *changes_new(struct arena *arena)
{
    struct changes *changes = ARENA_NEW(arena, struct changes);
    changes->arena = arena;
    return changes;
}

void changes_mask_captures(struct changes *changes)
{
    changes->masked = true;
}

bool changes_are_masked(const struct changes *changes)
{
    return changes->masked;
}

const struct user_identity *changes_user(const struct changes *changes)
{
    return changes->user;
}

void changes_set_user(struct changes *changes, const struct user_identity *user)
{
    changes->user = user;
}

/* A rule that fires for each of many matches asks for the same field again and again: the last one
 * counts. */
static struct header_change *header_slot(struct changes *changes, const struct header_change *asked)
{
    struct header_change *last =
        changes->header_count > 0 ? &changes->headers[changes->header_count - 1] : NULL;
    if (last && asked->if_exists == IF_EXISTS_REPLACE && last->if_exists == IF_EXISTS_REPLACE &&
        last->operation == asked->operation && last->own == asked->own &&
        span_equal_nocase(last->name, asked->name))
        return last;
    changes->headers = arena_grow(changes->arena, changes->headers, changes->header_count,
                                  &changes->header_cap, sizeof *changes->headers);
    return &changes->headers[changes->header_count++];
}

/* Another reading of the message repeats what the first one asked for already. */
static bool was_asked(const struct changes *changes, const struct template *value, struct span name)
{
    for (size_t i = 0; i < changes->header_count; i++) {
        if (changes->headers[i].value == value && span_equal_nocase(changes->headers[i].name, name))
            return true;
    }
    return false;
}

void changes_header(struct changes *changes, enum header_operation operation, struct span name,
                    const struct template *value, const struct template_values *values,
                    enum if_exists if_exists)
{
    /* One more than may be is kept: changes_apply() then fails. */
    if (changes->header_count > CHANGES_HEADERS_MAX)
        return;
    if (changes->masked && was_asked(changes, value, name))
        return;
    struct header_change asked = {
        .operation = operation, .if_exists = if_exists, .name = name, .value = value};
    if (values)
        asked.values = *values;
    asked.text = SPAN("");
    asked.masked = changes->masked;
    *header_slot(changes, &asked) = asked;
}

void changes_own_field(struct changes *changes, struct span name, struct span value)
{
    struct header_change asked = {.operation = HEADER_SET,
                                  .if_exists = IF_EXISTS_REPLACE,
                                  .name = name,
                                  .text = value,
                                  .own = true};
    *header_slot(changes, &asked) = asked;
}

void changes_raw_field(struct changes *changes, struct span name, struct span value, bool alone)
{
    struct header_change asked = {.operation = HEADER_SET,
                                  .if_exists = alone ? IF_EXISTS_REPLACE : IF_EXISTS_APPEND,
                                  .name = name,
                                  .text = value,
                                  .own = true,
                                  .raw = true};
    *header_slot(changes, &asked) = asked;
}

void changes_remove_field(struct changes *changes, struct span name)
{
    struct header_change asked = {.operation = HEADER_REMOVE, .name = name, .own = true};
    *header_slot(changes, &asked) = asked;
}

void changes_subject_prefix(struct changes *changes, const struct template *prefix,
                            const struct template_values *values)
{
    for (size_t i = 0; i < changes->prefix_count; i++) {
        if (changes->prefixes[i].text == prefix)
            return;
    }
    changes->prefixes = arena_grow(changes->arena, changes->prefixes, changes->prefix_count,
                                   &changes->prefix_cap, sizeof *changes->prefixes);
    changes->prefixes[changes->prefix_count++] = (struct prefix){prefix, *values, changes->masked};
}

void changes_write_piece(struct changes *changes, struct piece *piece, enum edit_kind kind,
                         const struct template *text, const struct template_values *values,
                         const char *place)
{
    changes->writings = arena_grow(changes->arena, changes->writings, changes->writing_count,
                                   &changes->writing_cap, sizeof *changes->writings);
    changes->writings[changes->writing_count++] = (struct writing){
        .piece = piece, .kind = kind, .text = text, .values = *values, .place = place};
}

struct span changes_expand(struct changes *changes, const struct template *text,
                           const struct template_values *values, bool masked)
{
    struct template_values filled = *values;
    if (!filled.tag.ptr)
        filled.tag = changes_tags(changes);
    return masked ? template_expand_masked(text, &filled, changes->arena)
                  : template_expand(text, &filled, changes->arena);
}
