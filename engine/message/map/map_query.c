/* SPDX-License-Identifier: Apache-2.0 */
/* map_query: questions to a map that is built. */
#include "engine/message/map/map.h"

const struct field *map_field(const struct map *map, const struct part *part, const char *name,
                              size_t nth)
{
    struct span wanted = span_str(name);
    for (size_t i = 0; i < part->field_count; i++) {
        const struct field *field = &map->fields[part->first_field + i];
        if (field->name.len == wanted.len && span_equal_nocase(field->name, wanted) && nth-- == 0)
            return field;
    }
    return NULL;
}

bool part_is_type(const struct part *part, const char *type, const char *subtype)
{
    return span_is_nocase(part->type.type, type) &&
           (!subtype || span_is_nocase(part->type.subtype, subtype));
}

/* In whatever spelling: plain, extended or in sections. */
static bool has_param(const struct params *params, const char *attribute)
{
    for (size_t i = 0; i < params->count; i++) {
        if (span_is_nocase(params->items[i].attribute, attribute))
            return true;
    }
    return false;
}

bool part_is_attachment(const struct part *part)
{
    if (part->kind != PART_LEAF)
        return part->kind == PART_MESSAGE;
    return span_is_nocase(part->disposition.type, "attachment") ||
           has_param(&part->disposition, "filename") || has_param(&part->type, "name") ||
           !part_is_type(part, "text", NULL);
}
