/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/formats/html_memory.h"

#include "engine/base/attrs.h"
#include "engine/base/clock.h"
#include "engine/message/region.h"

#include <stdalign.h>
#include <time.h>

#define CHUNK ((size_t)255 << 10)
#define BYTES_LEAST ((size_t)8 << 20)
#define BYTES_MOST ((size_t)64 << 20)
#define BYTES_EACH 16u /* of memory for a byte of HTML */
#define TICKS 256u     /* allocations between two looks at the clock */

struct html_chunk {
    struct html_chunk *next;
    struct region region; /* that it is at the start of */
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

/* A piece of 2^(class + 4) bytes with a head that tells its class; free ones are linked. */
struct html_piece {
    union {
        unsigned class;
        alignas(max_align_t) char room[1];
    } head;
    struct html_piece *next;
};
#define HEAD offsetof(struct html_piece, next)

static uint64_t now_ns(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void html_memory_init(struct html_memory *memory, size_t document_len, struct html_time *time)
{
    memset(memory, 0, sizeof *memory);
    memory->left = BYTES_LEAST + document_len * BYTES_EACH;
    if (memory->left > BYTES_MOST || document_len > BYTES_MOST)
        memory->left = BYTES_MOST;
    memory->time = time;
    memory->began_ns = now_ns(CLOCK_THREAD_CPUTIME_ID);
    memory->stop_ns = memory->began_ns + time->left_ns;
}

void html_memory_fini(struct html_memory *memory)
{
    uint64_t used = now_ns(CLOCK_THREAD_CPUTIME_ID) - memory->began_ns;
    memory->time->left_ns -= used < memory->time->left_ns ? used : memory->time->left_ns;
    while (memory->chunks) {
        struct html_chunk *first = memory->chunks;
        struct region region = first->region;
        memory->chunks = first->next;
        region_give(&region);
    }
}

static NORETURN void give_up(struct html_memory *memory)
{
    longjmp(memory->over, 1);
}

bool html_memory_is_late(const struct html_memory *memory)
{
    return now_ns(CLOCK_THREAD_CPUTIME_ID) >= memory->stop_ns ||
           clock_is_past(memory->time->deadline_ns);
}

static void *cut(struct html_memory *memory, size_t size)
{
    struct html_chunk *chunk = memory->chunks;
    if (!chunk || chunk->size - chunk->used < size) {
        size_t room = size > CHUNK ? size : CHUNK;
        if (room > memory->left)
            give_up(memory);
        memory->left -= room;
        struct region region = region_take(sizeof *chunk + room, SIZE_MAX);
        if (!region.ptr)
            give_up(memory);
        chunk = (struct html_chunk *)(void *)region.ptr;
        *chunk = (struct html_chunk){
            .next = memory->chunks, .region = region, .size = region.size - sizeof *chunk};
        memory->chunks = chunk;
    }
    void *piece = chunk->bytes + chunk->used;
    chunk->used += size;
    return piece;
}

static unsigned class_of(size_t size)
{
    unsigned class = 0;
    while (((size_t)16 << class) < size)
        class ++;
    return class;
}

void *html_alloc(struct html_memory *memory, size_t size)
{
    if (++memory->ticks % TICKS == 0 && html_memory_is_late(memory))
        give_up(memory);
    if (size > BYTES_MOST)
        give_up(memory);
    size_t whole = HEAD + (size < sizeof(void *) ? sizeof(void *) : size);
    unsigned class = class_of(whole);
    struct html_piece *piece = NULL;
    if (class < HTML_CLASSES && memory->free[class]) {
        piece = memory->free[class];
        memory->free[class] = piece->next;
    } else {
        piece = cut(memory, (size_t)16 << class);
    }
    piece->head.class = class;
    return (char *)piece + HEAD;
}

static void deallocate(void *userdata, void *ptr);

void *html_grow(struct html_memory *memory, void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    size_t more = *cap > 0 ? *cap * 2 : 64;
    void *grown = html_alloc(memory, more * size);
    if (count > 0)
        memcpy(grown, items, count * size);
    deallocate(memory, items);
    *cap = more;
    return grown;
}

static void *allocate(void *userdata, size_t size)
{
    return html_alloc(userdata, size);
}

static void deallocate(void *userdata, void *ptr)
{
    struct html_memory *memory = userdata;
    if (!ptr)
        return;
    struct html_piece *piece = (struct html_piece *)(void *)((char *)ptr - HEAD);
    if (piece->head.class >= HTML_CLASSES)
        return;
    piece->next = memory->free[piece->head.class];
    memory->free[piece->head.class] = piece;
}

GumboOutput *html_parse(struct html_memory *memory, struct span source)
{
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = allocate;
    options.deallocator = deallocate;
    options.userdata = memory;
    options.max_errors = 0;
    return gumbo_parse_with_options(&options, source.ptr, source.len);
}
