/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/memory.h"

#include <mbedtls/platform.h>

/* AddressSanitizer watches over what malloc() gives. */
#if defined(MBEDTLS_PLATFORM_MEMORY) && !defined(__SANITIZE_ADDRESS__)

#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Larger than anything but record buffers and long chains. */
#define MAPPED_FROM 8192u

/* In front of every block; keeps what is behind it aligned for any type. */
union head {
    size_t mapped; /* bytes to unmap; 0: from malloc() */
    max_align_t align;
};

static void *map(size_t size)
{
    union head *head = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (head == MAP_FAILED)
        return NULL;
    head->mapped = size;
    return head + 1;
}

static void *take(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, sizeof(union head), &bytes))
        return NULL;
    if (bytes >= MAPPED_FROM)
        return map(bytes);
    union head *head = calloc(1, bytes);
    return head ? head + 1 : NULL;
}

static void give_back(void *block)
{
    if (!block)
        return;
    union head *head = (union head *)block - 1;
    if (head->mapped > 0)
        (void)munmap(head, head->mapped);
    else
        free(head);
}

void tls_memory_settle(void *block)
{
    union head *head = (union head *)block - 1;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (head->mapped > page)
        (void)madvise((char *)head + page, head->mapped - page, MADV_DONTNEED);
}

void tls_memory_init(void)
{
    (void)mbedtls_platform_set_calloc_free(take, give_back);
}

#else

void tls_memory_init(void)
{
}

void tls_memory_settle(void *block)
{
    (void)block;
}

#endif
