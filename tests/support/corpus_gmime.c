/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/corpus_gmime.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

#include <gmime/gmime.h>

/* GMime reads in blocks and takes a boundary in the middle of a line for one when more than this
 * of the line lies before the edge of a block (the first is at 4,096). */
#define GMIME_BLOCK 4096u
#define SAFE_LINE 120u

/* ------ what is kept away from GMime -------------------------------------------------------- */

static bool has_long_lines(struct span bytes)
{
    struct span rest = bytes;
    struct span line;
    while (span_next(&rest, '\n', &line)) {
        if (line.len > SAFE_LINE)
            return true;
    }
    return false;
}

/* A name of 70 to 72 bytes with an 8-bit value makes it allocate without end. */
static bool has_killing_parameter(const struct params *params)
{
    for (size_t i = 0; i < params->count; i++) {
        if (params->items[i].attribute.len > 64)
            return true;
    }
    return false;
}

/* Groups in address fields recurse: "To: g:g:g:...". */
static bool has_killing_addresses(const struct field *field)
{
    size_t colons = 0;
    for (size_t i = 0; i < field->value.len; i++)
        colons += field->value.ptr[i] == ':' || field->value.ptr[i] == '(';
    return colons > 64;
}

static bool is_for_gmime(const struct map *map)
{
    if (map->ambiguities || map->over_limit || map->bytes.len == 0)
        return false;
    if (map->bytes.len >= GMIME_BLOCK && has_long_lines(map->bytes))
        return false;
    for (size_t i = 0; i < map->part_count; i++) {
        if (has_killing_parameter(&map->parts[i].type) ||
            has_killing_parameter(&map->parts[i].disposition))
            return false;
    }
    for (size_t i = 0; i < map->field_count; i++) {
        if (has_killing_addresses(&map->fields[i]))
            return false;
    }
    return true;
}

/* ------ the comparison ---------------------------------------------------------------------- */

struct walk {
    const struct map *map;
    struct error *err;
    bool doubts; /* GMime had a warning about the structure */
};

static void on_warning(gint64 offset, GMimeParserWarning what, const gchar *item, gpointer data)
{
    (void)offset;
    (void)item;
    struct walk *walk = data;
    if (what != GMIME_WARN_UNENCODED_8BIT_HEADER && what != GMIME_WARN_DUPLICATED_HEADER &&
        what != GMIME_WARN_DUPLICATED_PARAMETER && what != GMIME_WARN_INVALID_ADDRESS_LIST &&
        what != GMIME_WARN_INVALID_RFC2047_HEADER_VALUE)
        walk->doubts = true;
}

static bool differ(struct walk *walk, const struct part *part, const char *what)
{
    return error_set(walk->err, "part %u: %s", part->index, what);
}

/* The fields that GMime keeps with the message and those that it keeps with its body part, in the
 * order of the message. */
static GMimeHeader *next_header(GMimeHeaderList *lists[2], int at[2])
{
    GMimeHeader *heads[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        if (lists[i] && at[i] < g_mime_header_list_get_count(lists[i]))
            heads[i] = g_mime_header_list_get_header_at(lists[i], at[i]);
    }
    int pick = !heads[0] || (heads[1] && g_mime_header_get_offset(heads[1]) <
                                             g_mime_header_get_offset(heads[0]));
    at[pick]++;
    return heads[pick];
}

static bool same_field(struct walk *walk, const struct part *part, const struct field *field,
                       GMimeHeader *header)
{
    if (g_mime_header_get_offset(header) != field->raw.ptr - walk->map->bytes.ptr)
        return differ(walk, part, "a field begins elsewhere");
    if (!span_equal(span_str(g_mime_header_get_raw_name(header)), field->name))
        return differ(walk, part, "a field has another name");
    struct span raw = span_str(g_mime_header_get_raw_value(header));
    if (!span_equal(span_trim(raw), span_trim(field->value)))
        return differ(walk, part, "a field has another value");
    return true;
}

static bool same_fields(struct walk *walk, const struct part *part, GMimeObject *message,
                        GMimeObject *object)
{
    GMimeHeaderList *lists[2] = {message ? g_mime_object_get_header_list(message) : NULL,
                                 object ? g_mime_object_get_header_list(object) : NULL};
    int at[2] = {0, 0};
    for (size_t i = 0; i < part->field_count; i++) {
        GMimeHeader *header = next_header(lists, at);
        if (!header)
            return differ(walk, part, "GMime has fewer fields");
        if (!same_field(walk, part, &walk->map->fields[part->first_field + i], header))
            return false;
    }
    return !next_header(lists, at) || differ(walk, part, "GMime has more fields");
}

static bool same_type(struct walk *walk, const struct part *part, GMimeObject *object)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);
    if (!span_is_nocase(part->type.type, g_mime_content_type_get_media_type(type)) ||
        !span_is_nocase(part->type.subtype, g_mime_content_type_get_media_subtype(type)))
        return differ(walk, part, "another content type");
    return true;
}

static bool same_encoding(const struct part *part, GMimeContentEncoding encoding)
{
    switch (part->encoding) {
    case ENCODING_7BIT:
        return encoding == (part->encoding_field ? GMIME_CONTENT_ENCODING_7BIT
                                                 : GMIME_CONTENT_ENCODING_DEFAULT);
    case ENCODING_8BIT:
        /* What it cannot spell it does not decode; GMime makes 7bit of "7-bit". */
        return encoding == GMIME_CONTENT_ENCODING_8BIT || encoding == GMIME_CONTENT_ENCODING_7BIT ||
               encoding == GMIME_CONTENT_ENCODING_DEFAULT;
    case ENCODING_BINARY:
        return encoding == GMIME_CONTENT_ENCODING_BINARY;
    case ENCODING_QUOTED_PRINTABLE:
        return encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
    case ENCODING_BASE64:
        return encoding == GMIME_CONTENT_ENCODING_BASE64;
    case ENCODING_UUENCODE:
        return encoding == GMIME_CONTENT_ENCODING_UUENCODE;
    case ENCODING_UNKNOWN:
        break;
    }
    return false;
}

/* It looks at the boundary's own line end to cut that in front, so a CR stays with the body when
 * the message ends behind the boundary. */
static bool keeps_cr(const struct map *map)
{
    const struct tile *last = &map->tiles[map->tile_count - 1];
    return last->kind == TILE_CLOSE && map->bytes.ptr[map->bytes.len - 1] != '\n';
}

static bool same_leaf(struct walk *walk, const struct part *part, GMimeObject *object)
{
    if (part->kind != PART_LEAF)
        return differ(walk, part, "a leaf for GMime");
    GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(object));
    if (!content)
        return part->body.len == 0 || differ(walk, part, "no content for GMime");
    if (!same_encoding(part, g_mime_data_wrapper_get_encoding(content)))
        return differ(walk, part, "another encoding");
    GMimeStream *stream = g_mime_data_wrapper_get_stream(content);
    gint64 start = part->body.ptr - walk->map->bytes.ptr;
    if (part->body.len == 0)
        return stream->bound_end <= stream->bound_start ||
               differ(walk, part, "a body where there is none");
    if (stream->bound_start != start)
        return differ(walk, part, "the body begins elsewhere");
    gint64 end = stream->bound_end < 0 ? (gint64)walk->map->bytes.len : stream->bound_end;
    end -= start + (gint64)part->body.len;
    if (end == 1 && keeps_cr(walk->map))
        return true;
    return end == 0 || differ(walk, part, "the body ends elsewhere");
}

static bool same_part(struct walk *walk, uint32_t index, GMimeObject *message, GMimeObject *object);

static bool same_children(struct walk *walk, const struct part *part, GMimeMultipart *multipart)
{
    if (part->kind != PART_MULTIPART)
        return differ(walk, part, "a multipart for GMime");
    int count = g_mime_multipart_get_count(multipart);
    uint32_t child = part->first_child;
    for (int i = 0; i < count; i++) {
        if (child == MAP_NONE)
            return differ(walk, part, "GMime has more parts");
        if (!same_part(walk, child, NULL, g_mime_multipart_get_part(multipart, i)))
            return false;
        child = walk->map->parts[child].next_sibling;
    }
    return child == MAP_NONE || differ(walk, part, "GMime has fewer parts");
}

static bool same_message(struct walk *walk, uint32_t index, GMimeMessage *message)
{
    return same_part(walk, index, GMIME_OBJECT(message), g_mime_message_get_mime_part(message));
}

/* Recursion is bounded: the map has at most 32 levels. */
static bool same_part(struct walk *walk, uint32_t index, GMimeObject *message, GMimeObject *object)
{
    const struct part *part = &walk->map->parts[index];
    if (!object)
        return differ(walk, part, "GMime has no such part");
    if (!same_fields(walk, part, message, object) || !same_type(walk, part, object))
        return false;
    if (GMIME_IS_MULTIPART(object))
        return same_children(walk, part, GMIME_MULTIPART(object));
    if (GMIME_IS_PART(object))
        return same_leaf(walk, part, object);
    if (part->kind != PART_MESSAGE)
        return differ(walk, part, "a message for GMime");
    GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
    if (!inner)
        return walk->map->parts[part->first_child].header.len == 0 ||
               differ(walk, part, "no message for GMime");
    return same_message(walk, part->first_child, inner);
}

static GMimeMessage *parse(struct walk *walk, GMimeStream **stream_out)
{
    struct span bytes = walk->map->bytes;
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes.ptr, bytes.len);
    GMimeParserOptions *options = g_mime_parser_options_new();
#if GMIME_CHECK_VERSION(3, 2, 15)
    g_mime_parser_options_set_warning_callback(options, on_warning, walk, NULL);
#else
    g_mime_parser_options_set_warning_callback(options, on_warning, walk);
#endif
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, options);
    g_mime_parser_options_free(options);
    g_object_unref(parser);
    *stream_out = stream;
    return message;
}

enum second_reading gmime_compare(const struct map *map, struct error *err)
{
    if (!is_for_gmime(map))
        return NOT_COMPARED;
    struct walk walk = {map, err, false};
    GMimeStream *stream;
    GMimeMessage *message = parse(&walk, &stream);
    enum second_reading result = NOT_COMPARED;
    if (message && !walk.doubts)
        result = same_message(&walk, 0, message) ? READ_ALIKE : READ_DIFFERENTLY;
    if (message)
        g_object_unref(message);
    g_object_unref(stream);
    return result;
}
