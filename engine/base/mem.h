/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem: small allocations that end the process when memory is out, as GLib's do: there is nothing
 * sensible left to do, and a check that nobody can test is worse than none. Sizes that come from
 * the peer go through spool_* and buf_try_*, which fail politely.
 */
#ifndef CULVERT_BASE_MEM_H
#define CULVERT_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);                  /* zeroed */
void *mem_resize(void *ptr, size_t size);      /* realloc; new bytes are not set */
char *mem_copy(const char *bytes, size_t len); /* with a NUL behind */

/* What is freed stays with the process, up to a few megabytes a thread, for the next message:
 * giving it back and taking it again costs a page fault a page. For a process that serves; call it
 * before it has threads. */
void mem_keep_freed(void);

#endif
