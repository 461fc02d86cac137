/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/signed.h"

/* Whether an edit changes something in [from, to). */
static bool is_changed(const struct edits *edits, uint64_t from, uint64_t to)
{
    size_t low = 0, high = edits->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (edits->items[middle].off + edits->items[middle].len <= from &&
            edits->items[middle].off < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < edits->count && edits->items[low].off < to;
}

static bool bytes_changed(const struct map *map, const struct edits *edits, const char *from,
                          const char *to)
{
    return is_changed(edits, (uint64_t)(from - map->bytes.ptr), (uint64_t)(to - map->bytes.ptr));
}

/* The first part is signed with its header; what follows is the signature. */
static bool multipart_changed(const struct map *map, const struct edits *edits,
                              const struct part *outer)
{
    for (uint32_t at = outer->first_child; at != MAP_NONE; at = map->parts[at].next_sibling) {
        const struct part *part = &map->parts[at];
        bool first = at == outer->first_child;
        if (bytes_changed(map, edits, first ? part->header.ptr : part->body.ptr,
                          span_end(part->body)))
            return true;
    }
    return false;
}

/* Only where something is changed is it decoded already. */
static bool text_changed(struct views *views, const struct edits *edits, const struct part *part)
{
    return bytes_changed(views_map(views), edits, part->body.ptr, span_end(part->body)) &&
           span_find(open_content(views, part)->text, SPAN("-----BEGIN PGP SIGNED MESSAGE-----")) !=
               SPAN_NONE;
}

bool signed_is_changed(struct views *views, const struct edits *edits)
{
    const struct map *map = views_map(views);
    for (size_t i = 0; i < map->part_count; i++) {
        const struct part *part = &map->parts[i];
        if (part->kind == PART_LEAF
                ? text_changed(views, edits, part)
                : part_is_type(part, "multipart", "signed") && multipart_changed(map, edits, part))
            return true;
    }
    return false;
}
