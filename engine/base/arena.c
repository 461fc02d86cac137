/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/arena.h"

#include "engine/base/mem.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The first chunk comes with the arena itself: most transactions need no other. */
#define FIRST_CHUNK 4096u
#define LARGEST_CHUNK (256u * 1024u)

struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    alignas(max_align_t) char bytes[];
};

struct clean_up {
    struct clean_up *next;
    void (*run)(void *arg);
    void *arg;
};

struct once {
    struct once *next;
    const void *key;
    void *piece;
};

struct arena {
    struct chunk *chunks; /* newest first; pieces are cut from the newest */
    struct clean_up *clean_ups;
    struct once *onces;
    size_t total;
};

static struct chunk *chunk_begin(struct arena *arena, struct chunk *chunk, size_t size)
{
    chunk->used = 0;
    chunk->size = size;
    arena->total += sizeof *chunk + size;
    return chunk;
}

static struct chunk *chunk_new(struct arena *arena, size_t size)
{
    return chunk_begin(arena, mem_resize(NULL, sizeof(struct chunk) + size), size);
}

struct arena *arena_new(void)
{
    struct arena *arena = mem_alloc(sizeof *arena);
    arena->chunks = chunk_new(arena, FIRST_CHUNK);
    arena->chunks->next = NULL;
    return arena;
}

void arena_free(struct arena **slot)
{
    struct arena *arena = *slot;
    if (!arena)
        return;
    *slot = NULL;
    while (arena->clean_ups) {
        struct clean_up *first = arena->clean_ups;
        arena->clean_ups = first->next;
        first->run(first->arg);
    }
    while (arena->chunks) {
        struct chunk *first = arena->chunks;
        arena->chunks = first->next;
        free(first);
    }
    free(arena);
}

static size_t aligned(size_t size)
{
    size_t unit = alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

/* A piece larger than a usual chunk gets one of its own, behind the newest: the newest may still
 * have room. Zeroed by who knows whether the system has done it. */
static char *alloc_own_chunk(struct arena *arena, size_t size)
{
    struct chunk *chunk = chunk_begin(arena, mem_alloc(sizeof *chunk + size), size);
    chunk->used = size;
    chunk->next = arena->chunks->next;
    arena->chunks->next = chunk;
    return chunk->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    assert(size < SIZE_MAX / 2);
    size = aligned(size ? size : 1);
    struct chunk *chunk = arena->chunks;
    char *piece;
    if (size <= chunk->size - chunk->used) {
        piece = chunk->bytes + chunk->used;
        chunk->used += size;
    } else if (size > LARGEST_CHUNK / 4) {
        return alloc_own_chunk(arena, size);
    } else {
        size_t next = chunk->size * 2 < LARGEST_CHUNK ? chunk->size * 2 : LARGEST_CHUNK;
        struct chunk *fresh = chunk_new(arena, next > size ? next : size);
        fresh->next = chunk;
        fresh->used = size;
        arena->chunks = fresh;
        piece = fresh->bytes;
    }
    memset(piece, 0, size);
    return piece;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    assert(size == 0 || count < SIZE_MAX / 2 / size);
    return arena_alloc(arena, count * size);
}

struct span arena_copy(struct arena *arena, struct span bytes)
{
    char *copy = arena_alloc(arena, bytes.len + 1);
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    return span_of(copy, bytes.len);
}

const char *arena_str(struct arena *arena, struct span bytes)
{
    return arena_copy(arena, bytes).ptr;
}

const char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = arena_alloc(arena, need > 0 ? (size_t)need + 1 : 1);
    if (need > 0)
        (void)vsnprintf(text, (size_t)need + 1, format, args);
    va_end(args);
    return text;
}

void arena_defer(struct arena *arena, void (*run)(void *arg), void *arg)
{
    struct clean_up *clean_up = ARENA_NEW(arena, struct clean_up);
    clean_up->run = run;
    clean_up->arg = arg;
    clean_up->next = arena->clean_ups;
    arena->clean_ups = clean_up;
}

void *arena_once(struct arena *arena, const void *key, size_t size)
{
    for (const struct once *once = arena->onces; once; once = once->next) {
        if (once->key == key)
            return once->piece;
    }
    struct once *once = ARENA_NEW(arena, struct once);
    once->key = key;
    once->piece = arena_alloc(arena, size);
    once->next = arena->onces;
    arena->onces = once;
    return once->piece;
}

size_t arena_size(const struct arena *arena)
{
    return arena->total;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    size_t larger = *cap ? *cap * 2 : 8;
    void *grown = arena_array(arena, larger, size);
    if (count > 0)
        memcpy(grown, items, count * size);
    *cap = larger;
    return grown;
}
