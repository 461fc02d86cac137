/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/literals.h"

#include "engine/base/ascii.h"

#define FILTER_BITS 65536u
#define SLOTS 8192u
#define NONE UINT32_MAX
/* Of all of a literal's first bytes that are told apart here: case is bit 5 of a letter. What else
 * this makes alike is told apart later. */
#define FOLD UINT32_C(0x20202020)

struct literals {
    uint64_t filter[FILTER_BITS / 64]; /* by the hash of the first four bytes */
    uint32_t firsts[SLOTS];            /* of those with one hash of the first three, or NONE */
    uint32_t *nexts;
    struct span *texts;
    size_t count;
    struct literals_library *library;
};

static uint32_t hash_of(uint32_t bytes)
{
    return (bytes | FOLD) * UINT32_C(0x9e3779b1) >> 16;
}

static uint32_t slot_of(const char *at)
{
    uint32_t first = (unsigned char)at[0], second = (unsigned char)at[1];
    uint32_t three = first | second << 8 | (uint32_t)(unsigned char)at[2] << 16;
    return (three | (FOLD >> 8)) * UINT32_C(0x85ebca6b) >> 19;
}

static uint32_t load(const char *at)
{
    uint32_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

static void add_to_filter(struct literals *literals, uint32_t bytes)
{
    uint32_t hash = hash_of(bytes);
    literals->filter[hash / 64] |= UINT64_C(1) << (hash & 63);
}

/* Behind one of three bytes anything may stand. */
static void add(struct literals *literals, uint32_t at)
{
    struct span text = literals->texts[at];
    char begin[4] = {0};
    memcpy(begin, text.ptr, text.len < 4 ? text.len : 4);
    for (unsigned c = 0; text.len == 3 && c < 256; c++) {
        begin[3] = (char)c;
        add_to_filter(literals, load(begin));
    }
    if (text.len > 3)
        add_to_filter(literals, load(begin));
    uint32_t slot = slot_of(begin);
    literals->nexts[at] = literals->firsts[slot];
    literals->firsts[slot] = at;
}

struct literals *literals_new(const struct span *texts, size_t count, struct arena *arena)
{
    struct literals *literals = ARENA_NEW(arena, struct literals);
    literals->count = count;
    literals->texts = ARENA_ARRAY(arena, count, struct span);
    literals->nexts = ARENA_ARRAY(arena, count, uint32_t);
    memset(literals->firsts, 0xff, sizeof literals->firsts);
    for (uint32_t i = 0; i < count; i++) {
        literals->texts[i] = arena_copy(arena, texts[i]);
        add(literals, i);
    }
    if (count > 0)
        literals->library = literals_library_new(literals->texts, count, arena);
    return literals;
}

static bool stands_at(struct span literal, struct span text, size_t at)
{
    if (text.len - at < literal.len)
        return false;
    for (size_t i = 0; i < literal.len; i++) {
        if (ascii_lower(text.ptr[at + i]) != literal.ptr[i])
            return false;
    }
    return true;
}

static void try_at(const struct literals *literals, struct span text, size_t at, uint64_t *starts,
                   size_t bit)
{
    if (text.len - at < LITERALS_LEAST)
        return;
    uint32_t i = literals->firsts[slot_of(text.ptr + at)];
    while (i != NONE && !stands_at(literals->texts[i], text, at))
        i = literals->nexts[i];
    if (i != NONE)
        starts[bit / 64] |= UINT64_C(1) << (bit & 63);
}

static void scan(const struct literals *literals, struct span text, size_t from, size_t end,
                 uint64_t *starts)
{
    size_t at = from, inner = text.len > 3 ? text.len - 3 : 0;
    inner = inner < end ? inner : end;
    for (; at < inner; at++) {
        uint32_t hash = hash_of(load(text.ptr + at));
        if ((literals->filter[hash / 64] >> (hash & 63) & 1) != 0)
            try_at(literals, text, at, starts, at - from);
    }
    for (; at < end; at++)
        try_at(literals, text, at, starts, at - from);
}

void literals_scan(const struct literals *literals, struct span text, size_t from, size_t end,
                   bool by_library, uint64_t *starts)
{
    if (literals->count == 0 || from >= end)
        return;
    if (by_library && literals->library &&
        literals_library_scan(literals->library, text, from, end, starts))
        return;
    scan(literals, text, from, end, starts);
}
