/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a message for a server that takes 7 bits: what comes out is ASCII, has the same
 * parts with the same content, and is left alone from then on; what cannot be encoded is not
 * changed.
 */
#include "engine/base/utf8.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/downgrade.h"
#include "engine/message/render.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static struct span render_all(const struct downgrade *from, struct arena *arena)
{
    struct render render;
    struct span slice;
    size_t len = 0;
    render_init(&render, from->bytes, from->edits);
    char *out = arena_alloc(arena, (size_t)render_size(&render) + 1);
    while (render_next(&render, &slice, 1) == 1) {
        memcpy(out + len, slice.ptr, slice.len);
        len += slice.len;
    }
    CHECK(len == render_size(&render));
    return span_of(out, len);
}

static struct span content_of(struct views *views, size_t number)
{
    const struct map *map = views_map(views);
    const struct part *part = &map->parts[number];
    return view_open(views_root(views), (uint64_t)(part->body.ptr - map->bytes.ptr), part->body.len,
                     transfer_codec(part->encoding), part, NULL)
        ->text;
}

static struct views *read(struct span bytes, struct arena *arena)
{
    return views_new(map_build(bytes, &map_limits_default, READING_STRICT, arena),
                     &view_limits_default, arena);
}

static void check_done(struct span before, struct span after, struct arena *arena)
{
    struct views *old = read(before, arena), *new = read(after, arena);
    size_t count = views_map(old)->part_count;
    CHECK(span_is_ascii(after) && views_map(new)->part_count == count);
    for (size_t i = 0; i < count; i++) {
        if (views_map(old)->parts[i].kind == PART_LEAF)
            CHECK(span_equal(content_of(old, i), content_of(new, i)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct span before = span_of((const char *)data, size);
    struct downgrade result;
    downgrade(before, NULL, NULL, arena, &result);
    CHECK((result.result == DOWNGRADE_NEEDLESS) == span_is_ascii(before));
    CHECK((result.result == DOWNGRADE_REFUSED) == (result.reason != NULL));
    if (result.result == DOWNGRADE_DONE)
        check_done(before, render_all(&result, arena), arena);
    arena_free(&arena);
    return 0;
}
