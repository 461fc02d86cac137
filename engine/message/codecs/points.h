/* SPDX-License-Identifier: Apache-2.0 */
/*
 * points: pairs of offsets where a decoding can be taken up again: `raw` in what is decoded, `text`
 * in what came out. One every 64 KiB makes the way back cheap and costs next to nothing. In the
 * arena; one thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_POINTS_H
#define CULVERT_MESSAGE_CODECS_POINTS_H

#include "engine/base/arena.h"

#define POINTS_EVERY ((size_t)64 << 10)

struct point {
    uint64_t raw;
    uint64_t text;
};

struct points {
    struct arena *arena;
    struct point *items;
    size_t count, cap;
};

void points_init(struct points *points, struct arena *arena);

/* Remembers the pair, unless the last one is near. Offsets do not decrease. */
void points_offer(struct points *points, uint64_t raw, uint64_t text);

/* The last pair at or before the offset; {0, 0} where there is none. */
struct point points_before_text(const struct points *points, uint64_t text);

#endif
