/* SPDX-License-Identifier: Apache-2.0 */
/* map_returned: the message that a report returns (RFC 6522 section 3). Mail systems cut it off
 * where they like; the close delimiter of the report behind it says what belongs to it. */
#include "engine/base/attrs.h"
#include "engine/message/map/map_build.h"

static bool is_report(const struct part *part)
{
    return part->kind == PART_MULTIPART && part_is_type(part, "multipart", "report");
}

bool is_returned(const struct builder *b, uint32_t part, const struct boundary_hit *hit)
{
    if (!hit || !hit->close)
        return false;
    uint32_t report = b->open[hit->level].part;
    const struct part *parts = b->map->parts;
    if (!is_report(&parts[report]))
        return false;
    uint32_t at = part;
    while (parts[at].parent != MAP_NONE && parts[at].parent != report)
        at = parts[at].parent;
    return parts[at].parent == report && parts[at].kind == PART_MESSAGE;
}
