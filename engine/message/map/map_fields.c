/* SPDX-License-Identifier: Apache-2.0 */
/* map_fields: the fields that carry structure, or that may stand once only. */
#include "engine/base/attrs.h"
#include "engine/message/map/map_build.h"

enum rule {
    ONCE_IN_MESSAGE, /* RFC 5322 section 3.6, of those that readers show one of */
    ONCE_IN_PART     /* RFC 2045 section 3, RFC 2183, RFC 2557, RFC 3282 ... */
};

struct known_field {
    struct span name;
    enum rule rule;
};

enum known_name { KNOWN_TYPE, KNOWN_ENCODING, KNOWN_DISPOSITION }; /* the first of the table */

static const struct known_field known_fields[] = {
    {SPAN_INIT("content-type"), ONCE_IN_PART},
    {SPAN_INIT("content-transfer-encoding"), ONCE_IN_PART},
    {SPAN_INIT("content-disposition"), ONCE_IN_PART},
    {SPAN_INIT("mime-version"), ONCE_IN_PART},
    {SPAN_INIT("content-id"), ONCE_IN_PART},
    {SPAN_INIT("content-description"), ONCE_IN_PART},
    {SPAN_INIT("content-location"), ONCE_IN_PART},
    {SPAN_INIT("content-base"), ONCE_IN_PART},
    {SPAN_INIT("content-language"), ONCE_IN_PART},
    {SPAN_INIT("content-md5"), ONCE_IN_PART},
    {SPAN_INIT("content-duration"), ONCE_IN_PART},
    {SPAN_INIT("content-features"), ONCE_IN_PART},
    {SPAN_INIT("from"), ONCE_IN_MESSAGE},
    {SPAN_INIT("sender"), ONCE_IN_MESSAGE},
    {SPAN_INIT("subject"), ONCE_IN_MESSAGE},
    {SPAN_INIT("date"), ONCE_IN_MESSAGE},
};
#define KNOWN_COUNT ARRAY_LEN(known_fields)
_Static_assert(KNOWN_COUNT <= ARRAY_LEN(((struct header_fields *)0)->first), "one slot each");

void header_fields_init(struct header_fields *known)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        known->first[i] = MAP_NONE;
}

/* Lengths of the names above, as bits: most fields of a message have another. */
#define LENGTH(n) (1u << (n))
#define KNOWN_LENGTHS                                                                              \
    (LENGTH(4) | LENGTH(6) | LENGTH(7) | LENGTH(10) | LENGTH(11) | LENGTH(12) | LENGTH(16) |       \
     LENGTH(19) | LENGTH(25))

static size_t find_known(struct span name)
{
    if (name.len >= 32 || !(KNOWN_LENGTHS >> name.len & 1))
        return KNOWN_COUNT;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (known_fields[i].name.len == name.len && span_equal_nocase(known_fields[i].name, name))
            return i;
    }
    return KNOWN_COUNT;
}

/* Where a part's link to a field of that name is kept; NULL: it has none. */
static uint32_t *link_of(struct builder *b, uint32_t part, size_t name)
{
    struct part_links *links = &b->links[part];
    switch (name) {
    case KNOWN_TYPE:
        return &links->type_field;
    case KNOWN_ENCODING:
        return &links->encoding_field;
    case KNOWN_DISPOSITION:
        return &links->disposition_field;
    default:
        return NULL;
    }
}

/* Behind folding (RFC 5322 section 2.2.3): a line end is not part of the value. */
static const char *skip_folding(const char *at, const char *end)
{
    while (at < end && (*at == '\r' || *at == '\n'))
        at++;
    return at;
}

static bool same_value(struct span a, struct span b)
{
    a = span_trim(a);
    b = span_trim(b);
    const char *at = a.ptr, *other = b.ptr;
    for (;; at++, other++) {
        at = skip_folding(at, span_end(a));
        other = skip_folding(other, span_end(b));
        if (at == span_end(a) || other == span_end(b))
            return at == span_end(a) && other == span_end(b);
        if (*at != *other)
            return false;
    }
}

/* Equal fields say the same to every reader, and rules see each of them. */
static void note_duplicate(struct builder *b, uint32_t part, size_t name, const struct field *first,
                           const struct field *again)
{
    size_t off = (size_t)(again->raw.ptr - b->map->bytes.ptr);
    if (same_value(first->value, again->value))
        return;
    if (known_fields[name].rule == ONCE_IN_PART)
        builder_note(b, AMBIGUITY_DUPLICATE_MIME_FIELD, part, off);
    else if (b->map->parts[part].is_message)
        builder_note(b, AMBIGUITY_DUPLICATE_FIELD, part, off);
}

void header_fields_see(struct builder *b, struct header_fields *known, uint32_t part)
{
    uint32_t index = (uint32_t)b->map->field_count - 1;
    const struct field *field = &b->map->fields[index];
    size_t name = find_known(field->name);
    if (name == KNOWN_COUNT)
        return;
    bool again = known->first[name] != MAP_NONE;
    if (again)
        note_duplicate(b, part, name, &b->map->fields[known->first[name]], field);
    else
        known->first[name] = index;
    uint32_t *link = link_of(b, part, name);
    if (link && (!again || b->map->reading == READING_LAST))
        *link = index;
}
