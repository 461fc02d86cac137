/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/conditions/string_set.h"

#define FIRST_SLOTS 16u

/* FNV-1a, the last byte first, so that one pass has the hash of every end of a text. Who writes the
 * configuration chooses what is in a set: nobody else can make it slow. */
#define HASH_START UINT64_C(0xcbf29ce484222325)

static uint64_t hash_step(uint64_t hash, char c)
{
    return (hash ^ (unsigned char)c) * UINT64_C(0x100000001b3);
}

static uint64_t hash_of(struct span text)
{
    uint64_t hash = HASH_START;
    for (size_t i = text.len; i > 0; i--)
        hash = hash_step(hash, text.ptr[i - 1]);
    return hash;
}

/* The low bits of such a hash know only the low bits of the bytes. */
static size_t first_slot(const struct string_set *set, uint64_t hash)
{
    return (size_t)(hash ^ hash >> 32) & (set->slot_count - 1);
}

/* The slot that holds the text, or the free one where it would be. */
static struct span *find(const struct string_set *set, struct span text, uint64_t hash)
{
    size_t at = first_slot(set, hash);
    while (set->slots[at].ptr && !span_equal(set->slots[at], text))
        at = (at + 1) & (set->slot_count - 1);
    return &set->slots[at];
}

static void grow(struct string_set *set, struct arena *arena)
{
    struct string_set old = *set;
    set->slot_count = old.slot_count ? old.slot_count * 2 : FIRST_SLOTS;
    set->slots = ARENA_ARRAY(arena, set->slot_count, struct span);
    for (size_t i = 0; i < old.slot_count; i++) {
        if (old.slots[i].ptr)
            *find(set, old.slots[i], hash_of(old.slots[i])) = old.slots[i];
    }
}

void string_set_add(struct string_set *set, struct span text, struct arena *arena)
{
    if (set->count * 2 >= set->slot_count)
        grow(set, arena);
    struct span *slot = find(set, text, hash_of(text));
    if (slot->ptr)
        return;
    *slot = text.ptr ? text : SPAN("");
    set->count++;
}

bool string_set_has(const struct string_set *set, struct span text)
{
    return set->count > 0 && find(set, text, hash_of(text))->ptr != NULL;
}

bool string_set_has_behind_dot(const struct string_set *set, struct span text)
{
    uint64_t hash = HASH_START;
    if (set->count == 0)
        return false;
    for (size_t i = text.len; i > 0; i--) {
        if (text.ptr[i - 1] == '.' && find(set, span_from(text, i), hash)->ptr)
            return true;
        hash = hash_step(hash, text.ptr[i - 1]);
    }
    return false;
}
