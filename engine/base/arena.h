/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena: the memory of one lifetime (a transaction, a policy). Pieces are cut from growing chunks
 * and never freed one by one; arena_free() gives all back at once and first runs the clean-ups, the
 * last registered first. One thread at a time.
 */
#ifndef CULVERT_BASE_ARENA_H
#define CULVERT_BASE_ARENA_H

#include "engine/base/attrs.h"
#include "engine/base/span.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena **arena);

/* Zeroed, aligned for any type. Never NULL. Overflow-safe for arrays with arena_array(). */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_array(struct arena *arena, size_t count, size_t size);
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

/* Copies; the copy has a NUL behind its end. */
struct span arena_copy(struct arena *arena, struct span bytes);
const char *arena_str(struct arena *arena, struct span bytes);
const char *arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* Calls clean_up(arg) when the arena is freed: for what is not memory of the arena. */
void arena_defer(struct arena *arena, void (*clean_up)(void *arg), void *arg);

/* What there is once in an arena: `size` bytes, zeroed when the key is asked for first. Keys are
 * addresses, and few: they are searched one after the other. */
void *arena_once(struct arena *arena, const void *key, size_t size);

/* Bytes taken from the system so far. */
size_t arena_size(const struct arena *arena);

/*
 * Makes room in a growing array that lives in the arena: `items` (NULL at first) with room for
 * *cap, of which `count` are used. Returns the array with room for one more at least; old arrays
 * stay behind in the arena, so growth is by doubling.
 */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *cap, size_t size);

#endif
