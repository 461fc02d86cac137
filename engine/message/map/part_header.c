/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/map/part_header.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

/* Offset in the message of something that points into it. */
static uint64_t offset_in(struct views *views, const char *ptr)
{
    return (uint64_t)(ptr - views_map(views)->bytes.ptr);
}

static void replace(struct views *views, struct span what, struct span with, const char *rule)
{
    edits_add(&views_root(views)->edits, (struct edit){.off = offset_in(views, what.ptr),
                                                       .len = what.len,
                                                       .with = with,
                                                       .kind = EDIT_CODEC,
                                                       .rule = rule});
}

/* Both a new charset and a new encoding may want MIME-Version. */
static bool is_inserted(struct views *views, uint64_t off, struct span line)
{
    const struct edits *edits = &views_root(views)->edits;
    for (size_t i = 0; i < edits->count; i++) {
        if (edits->items[i].len == 0 && edits->items[i].off == off &&
            span_equal(edits->items[i].with, line))
            return true;
    }
    return false;
}

/* A field behind the last one of the header. */
static bool add_field(struct views *views, const struct part *part, struct span line,
                      const char *rule, struct error *err)
{
    uint64_t off = offset_in(views, part->header.ptr) + part->header.len;
    if (part->header.len > 0 && part->header.ptr[part->header.len - 1] != '\n')
        return error_set(err, "the header of a part has no end");
    if (is_inserted(views, off, line))
        return true;
    edits_add(&views_root(views)->edits,
              (struct edit){.off = off, .with = line, .kind = EDIT_REPLACE, .rule = rule});
    return true;
}

/* Without it a reader need not believe the other fields (RFC 2045 section 4). */
static bool need_version(struct views *views, const struct part *part, const char *rule,
                         struct error *err)
{
    if (!part->is_message || map_field(views_map(views), part, "MIME-Version", 0))
        return true;
    return add_field(views, part, SPAN("MIME-Version: 1.0\r\n"), rule, err);
}

bool part_set_encoding(struct views *views, const struct part *part, const char *encoding,
                       const char *rule, struct error *err)
{
    struct arena *arena = views_arena(views);
    if (part->encoding_field) {
        const char *value = arena_printf(arena, " %s", encoding);
        replace(views, part->encoding_field->value, span_str(value), rule);
        return true;
    }
    const char *line = arena_printf(arena, "Content-Transfer-Encoding: %s\r\n", encoding);
    return need_version(views, part, rule, err) &&
           add_field(views, part, span_str(line), rule, err);
}

/* The parameter together with the semicolon before it, where that can be found. */
static struct span with_semicolon(struct span value, struct span raw)
{
    const char *at = raw.ptr;
    while (at > value.ptr && ascii_is_space(at[-1]))
        at--;
    if (at == value.ptr || at[-1] != ';')
        return raw;
    return span_of(at - 1, (size_t)(span_end(raw) - (at - 1)));
}

/* Every spelling of the parameter goes but the first, which gets the new value. */
static bool replace_charset(struct views *views, const struct part *part, struct span with,
                            const char *rule)
{
    bool found = false;
    for (size_t i = 0; i < part->type.count; i++) {
        const struct param *param = &part->type.items[i];
        if (!span_is_nocase(param->attribute, "charset"))
            continue;
        if (!found)
            replace(views, param->raw, with, rule);
        else
            replace(views, with_semicolon(part->type_field->value, param->raw), SPAN(""), rule);
        found = true;
    }
    return found;
}

/* Whether the type was read from the field, and is no default for an unreadable one. */
static bool type_is_in_field(const struct part *part)
{
    struct span value = part->type_field->value;
    return part->type.type.ptr >= value.ptr && part->type.type.ptr < span_end(value);
}

bool part_set_charset(struct views *views, const struct part *part, const char *charset,
                      const char *rule, struct error *err)
{
    struct arena *arena = views_arena(views);
    struct span with = span_str(arena_printf(arena, "charset=%s", charset));
    const struct field *field = part->type_field;
    if (!field) {
        const char *line = arena_printf(arena, "Content-Type: text/plain; charset=%s\r\n", charset);
        return need_version(views, part, rule, err) &&
               add_field(views, part, span_str(line), rule, err);
    }
    if (!type_is_in_field(part)) {
        replace(views, field->value,
                span_str(arena_printf(arena, " text/plain; charset=%s", charset)), rule);
        return true;
    }
    if (replace_charset(views, part, with, rule))
        return true;
    struct span value = span_trim(field->value);
    while (value.len > 0 && value.ptr[value.len - 1] == ';')
        value = span_trim(span_sub(value, 0, value.len - 1));
    struct span tail = {span_end(value), (size_t)(span_end(field->value) - span_end(value))};
    replace(views, tail, span_str(arena_printf(arena, "; charset=%s", charset)), rule);
    return true;
}

/* The first edit of the root within `range`; *ascii_out: whether none of them brings 8-bit. */
static const struct edit *edit_within(struct views *views, struct span range, bool *ascii_out)
{
    const struct edits *edits = &views_root(views)->edits;
    const struct edit *first = NULL;
    uint64_t from = offset_in(views, range.ptr), to = from + range.len;
    *ascii_out = true;
    for (size_t i = 0; i < edits->count; i++) {
        const struct edit *edit = &edits->items[i];
        if (edit->off < from || edit->off > to)
            continue;
        *ascii_out = *ascii_out && span_is_ascii(edit->with);
        first = first ? first : edit;
    }
    return first;
}

void part_headers_follow(struct views *views)
{
    const struct map *map = views_map(views);
    for (size_t i = 0; i < map->part_count; i++) {
        const struct part *part = &map->parts[i];
        bool ascii;
        if (part->kind != PART_MULTIPART || part->encoding != ENCODING_QUOTED_PRINTABLE ||
            (part->ambiguities & AMBIGUITY_BIT(AMBIGUITY_ENCODED_COMPOSITE)))
            continue;
        const struct edit *edit = edit_within(views, part->body, &ascii);
        if (edit)
            replace(views, part->encoding_field->value,
                    ascii && span_is_ascii(part->body) ? SPAN(" 7bit") : SPAN(" 8bit"), edit->rule);
    }
}
