/* SPDX-License-Identifier: Apache-2.0 */
/* How a run begins: the reading of the message that leaves. */
#include "rulesets/run/recipients.h"
#include "rulesets/run/run.h"

/* Octets and no text, in a message that may have them (RFC 2045 section 2.9, RFC 3030 section 3).
 * As a text it is looked at when it is read. */
static bool is_binary(const struct map *map, const struct message *message, const struct tile *tile)
{
    return message->envelope.body_binary && tile->kind == TILE_BODY &&
           map->parts[tile->part].encoding == ENCODING_BINARY;
}

/* A reader that drops or stops at a NUL sees another text, and perhaps other line ends (RFC 5322
 * section 2.3 has none). */
static void note_nul(struct map *map, const struct message *message)
{
    for (size_t i = 0; i < map->tile_count && !message->known_without_nul; i++) {
        const struct tile *tile = &map->tiles[i];
        struct span raw = span_sub(map->bytes, tile->off, tile->len);
        size_t at = is_binary(map, message, tile) ? SPAN_NONE : span_find_byte(raw, '\0');
        if (at == SPAN_NONE)
            continue;
        map_note(map, AMBIGUITY_CONTROL_CHARACTER, 0, tile->off + at);
        return;
    }
}

struct views *run_views_new(const struct run *run)
{
    struct view_limits limits = view_limits_default;
    limits.spool = run->message->spool;
    return views_new(run->map, &limits, run->arena);
}

void run_open(struct run *run, const struct message *message, uint64_t deadline_ns,
              struct arena *arena)
{
    run->message = message;
    run->arena = arena;
    run->map = map_build(message->bytes, &map_limits_default, READING_STRICT, arena);
    note_nul(run->map, message);
    run->views = run_views_new(run);
    run->changes = changes_new(arena);
    run->recipients = recipients_new(arena);
    run->deadline_ns = deadline_ns;
    views_set_deadline(run->views, deadline_ns);
}
