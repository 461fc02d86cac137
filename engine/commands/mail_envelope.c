/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/mail_envelope.h"

#include "engine/base/ascii.h"
#include "engine/message/map/map.h"

/* The state of reading an address list, one byte at a time. */
struct scan {
    char *text; /* of the address being read */
    size_t len;
    unsigned comments; /* open ones */
    bool quoted, escaped;
    bool angle;     /* inside <> */
    bool had_angle; /* what is outside of it is a name */
};

void address_list_add(struct address_list *list, struct span address, struct arena *arena)
{
    list->items = arena_grow(arena, list->items, list->count, &list->cap, sizeof *list->items);
    list->items[list->count++] = address;
}

static void finish(struct scan *scan, struct arena *arena, struct address_list *out)
{
    struct span address = span_trim(span_of(scan->text, scan->len));
    if (address.len > 0)
        address_list_add(out, arena_copy(arena, address), arena);
    scan->len = 0;
    scan->angle = scan->had_angle = false;
}

static void keep(struct scan *scan, char c)
{
    if (scan->comments == 0 && (!scan->had_angle || scan->angle) && c != '\r' && c != '\n')
        scan->text[scan->len++] = c;
}

/* Whether the byte is inside of quotes or a comment, and so has no meaning of its own. */
static bool is_inside(struct scan *scan, char c)
{
    if (scan->escaped) {
        scan->escaped = false;
        keep(scan, c);
        return true;
    }
    if (c == '\\' && (scan->quoted || scan->comments > 0)) {
        scan->escaped = true;
        keep(scan, c);
        return true;
    }
    if (c == '"' && scan->comments == 0) {
        scan->quoted = !scan->quoted;
        keep(scan, c);
        return true;
    }
    if (scan->quoted) {
        keep(scan, c);
        return true;
    }
    if (c == '(') {
        scan->comments++;
        return true;
    }
    if (scan->comments > 0) {
        scan->comments -= c == ')';
        return true;
    }
    return false;
}

void addresses_of(struct span value, struct arena *arena, struct address_list *out)
{
    struct scan scan = {.text = arena_alloc(arena, value.len + 1)};
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (is_inside(&scan, c))
            continue;
        if (c == '<') {
            scan.len = 0;
            scan.angle = scan.had_angle = true;
        } else if (c == '>') {
            scan.angle = false;
        } else if (!scan.angle && (c == ',' || c == ';')) {
            finish(&scan, arena, out);
        } else if (!scan.angle && c == ':') {
            scan.len = 0; /* the name of a group */
        } else {
            keep(&scan, c);
        }
    }
    finish(&scan, arena, out);
}

static bool has_8bit(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_is_8bit(text.ptr[i]))
            return true;
    }
    return false;
}

static void from_fields(const struct map *map, const char *name, struct arena *arena,
                        struct address_list *out)
{
    const struct field *field;
    for (size_t i = 0; (field = map_field(map, &map->parts[0], name, i)) != NULL; i++)
        addresses_of(field->value, arena, out);
}

void mail_envelope(struct span bytes, struct span sender, const struct address_list *recipients,
                   struct arena *arena, struct envelope *out)
{
    *out = (struct envelope){.sender = sender, .client_address = SPAN(""), .client_helo = SPAN("")};
    struct address_list found = *recipients;
    const struct map *map = NULL;
    if (!sender.ptr || found.count == 0)
        map = map_build(bytes, &map_limits_default, READING_STRICT, arena);
    if (!sender.ptr) {
        struct address_list from = {0};
        from_fields(map, "From", arena, &from);
        out->sender = from.count > 0 ? from.items[0] : SPAN("");
    }
    if (found.count == 0)
        from_fields(map, "To", arena, &found);
    out->recipients = found.items;
    out->recipient_count = found.count;
    for (size_t i = 0; i < found.count; i++)
        out->smtputf8 |= has_8bit(found.items[i]);
    out->smtputf8 |= has_8bit(out->sender);
}
