/* SPDX-License-Identifier: Apache-2.0 */
/* map_mime: what the MIME fields of a header make of its part (RFC 2045, 2046, 2183). */
#include "engine/base/attrs.h"
#include "engine/message/map/map_build.h"

static size_t field_off(const struct builder *b, const struct field *field)
{
    return (size_t)(field->raw.ptr - b->map->bytes.ptr);
}

static const struct field *linked_field(const struct builder *b, uint32_t link)
{
    return link == MAP_NONE ? NULL : &b->map->fields[link];
}

static bool is_type(const struct params *params, const char *type, const char *subtype)
{
    return span_is_nocase(params->type, type) &&
           (!subtype || span_is_nocase(params->subtype, subtype));
}

static void set_type(struct params *params, struct span type, struct span subtype)
{
    params->type = type;
    params->subtype = subtype;
}

/* Whoever asks for a parameter takes the first of its name. */
static void last_goes_first(struct params *params)
{
    for (size_t i = 0; i < params->count / 2; i++) {
        struct param swap = params->items[i];
        params->items[i] = params->items[params->count - 1 - i];
        params->items[params->count - 1 - i] = swap;
    }
}

static void note_all(struct builder *b, uint32_t part, ambiguity_set found, size_t off)
{
    for (unsigned a = 0; found; a++, found >>= 1) {
        if (found & 1)
            builder_note(b, (enum ambiguity)a, part, off);
    }
}

static void read_params(struct builder *b, uint32_t part, const struct field *field,
                        bool with_subtype, struct params *out)
{
    bool by_field = b->limits->parameters <= b->parameters_left;
    size_t max = by_field ? b->limits->parameters : b->parameters_left;
    params_parse(field->value, with_subtype, max, b->arena, out);
    b->parameters_left -= out->count;
    if (out->over_limit)
        builder_over(b, by_field ? "parameters" : "all_parameters");
    note_all(b, part, out->ambiguities, field_off(b, field));
    if (b->map->reading == READING_LAST)
        last_goes_first(out);
}

/* RFC 2045 section 5.2 and RFC 2046 section 5.1.5. */
static void default_type(struct builder *b, struct part *part)
{
    if (part->parent != MAP_NONE && !part->is_message &&
        is_type(&b->map->parts[part->parent].type, "multipart", "digest"))
        set_type(&part->type, SPAN("message"), SPAN("rfc822"));
}

static void read_type(struct builder *b, struct part *part, const struct field *field)
{
    if (!field) {
        default_type(b, part);
        return;
    }
    read_params(b, part->index, field, true, &part->type);
    if (part->type.type.len > 0 && part->type.subtype.len > 0)
        return;
    bool guess = b->map->reading == READING_LENIENT && params_find(&part->type, "boundary");
    if (guess)
        set_type(&part->type, SPAN("multipart"), SPAN("mixed"));
    else
        set_type(&part->type, SPAN("text"), SPAN("plain"));
}

static bool is_identity(enum transfer_encoding encoding)
{
    return encoding == ENCODING_7BIT || encoding == ENCODING_8BIT || encoding == ENCODING_BINARY;
}

/*
 * Nearly all readers look for the parts of a multipart in the raw text, whatever encoding it claims
 * (RFC 2045 section 6.4 forbids any); an encoded message they decode.
 */
static enum part_kind read_kind(struct builder *b, const struct part *part)
{
    bool multipart = is_type(&part->type, "multipart", NULL);
    bool message =
        is_type(&part->type, "message", "rfc822") || is_type(&part->type, "message", "global");
    if (is_type(&part->type, "message", "partial"))
        builder_note(b, AMBIGUITY_FRAGMENT, part->index, b->tiled);
    if (!multipart && !message)
        return PART_LEAF;
    bool identity = is_identity(part->encoding);
    bool encoded = !identity && part->encoding != ENCODING_UNKNOWN;
    if (encoded && message)
        builder_note(b, AMBIGUITY_ENCODED_COMPOSITE, part->index, b->tiled);
    b->links[part->index].encoded_multipart = encoded && multipart;
    if (multipart)
        return PART_MULTIPART;
    return identity || b->map->reading == READING_LENIENT ? PART_MESSAGE : PART_LEAF;
}

void mime_read(struct builder *b, uint32_t index)
{
    struct part *part = &b->map->parts[index];
    const struct part_links *links = &b->links[index];
    const struct field *disposition = linked_field(b, links->disposition_field);
    read_type(b, part, linked_field(b, links->type_field));
    if (disposition)
        read_params(b, index, disposition, false, &part->disposition);
    part->encoding = encoding_read(b, index, linked_field(b, links->encoding_field));
    part->kind = read_kind(b, part);
    names_compare(b, index);
    if (part->kind != PART_MULTIPART || builder_is_over(b) || boundary_choose(b, index))
        return;
    part->kind = PART_LEAF;
    set_type(&part->type, SPAN("text"), SPAN("plain"));
}
