/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/mem.h"

#include "engine/base/attrs.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static NORETURN void out_of_memory(size_t size)
{
    (void)fprintf(stderr, "culvert: out of memory (%zu bytes)\n", size);
    abort();
}

void *mem_alloc(size_t size)
{
    void *ptr = calloc(1, size ? size : 1);
    if (!ptr)
        out_of_memory(size);
    return ptr;
}

void *mem_resize(void *ptr, size_t size)
{
    void *grown = realloc(ptr, size ? size : 1);
    if (!grown)
        out_of_memory(size);
    return grown;
}

/* glibc trims the heap of a thread whenever 128 KiB of it are free, and maps larger pieces one by
 * one; where it learns from the pieces that are freed, it ends at such limits itself. */
void mem_keep_freed(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 2 * 1024 * 1024);
    (void)mallopt(M_TRIM_THRESHOLD, 4 * 1024 * 1024);
}

char *mem_copy(const char *bytes, size_t len)
{
    char *copy = mem_alloc(len + 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}
