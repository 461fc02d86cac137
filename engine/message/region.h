/* SPDX-License-Identifier: Apache-2.0 */
/*
 * region: large pieces of memory straight from the system, grown by moving page tables and not
 * bytes. A bounded number of them is kept for the next message, because pages that are already
 * there are worth more than the copy into them. All functions: any thread.
 */
#ifndef CULVERT_MESSAGE_REGION_H
#define CULVERT_MESSAGE_REGION_H

#include "engine/base/attrs.h"

#include <stddef.h>
#include <stdint.h>

struct region {
    char *ptr;
    size_t size;
};

/* What a region of `size` bytes takes when it is a new one. */
size_t region_size(size_t size);

/* At least `size` bytes, not cleared. One that was kept may be larger, but not than `most`. ptr is
 * NULL when the system has none. */
struct region region_take(size_t size, size_t most) MUST_USE;

/* Makes it at least `size` bytes, of which the first `used` matter, as region_take() does; the
 * address may change. NULL: as it was. */
char *region_grow(struct region *region, size_t used, size_t size, size_t most) MUST_USE;

/* Keeps it for the next taker, or gives it back to the system. */
void region_give(struct region *region);

/* Bytes that are taken and not given back, of the whole process. */
uint64_t region_bytes_in_use(void);

/* Bytes kept for the next takers. */
uint64_t region_bytes_kept(void);

#endif
