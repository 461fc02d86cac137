/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_memory: the memory of one run of Gumbo, with a budget of bytes and of time. Beyond it the
 * run is left by longjmp() and all is given back at once: Gumbo's own clean-up is recursive, and
 * some documents of a few kilobytes cost it a second. The time is shared by all documents of a
 * message. One thread.
 */
#ifndef CULVERT_MESSAGE_FORMATS_HTML_MEMORY_H
#define CULVERT_MESSAGE_FORMATS_HTML_MEMORY_H

#include "engine/message/formats/html_time.h"

#include <gumbo.h>
#include <setjmp.h>

#define HTML_CLASSES 17u /* of 2^4 to 2^20 bytes */

struct html_memory {
    struct html_chunk *chunks; /* newest first */
    struct html_piece *free[HTML_CLASSES];
    size_t left;                /* bytes that may still be taken from the system */
    uint64_t began_ns, stop_ns; /* of the thread's own time */
    struct html_time *time;
    unsigned ticks;
    jmp_buf over; /* where to go when it is too much */
};

/* The budget of bytes follows from the size of the document; `time` is charged by
 * html_memory_fini(). */
void html_memory_init(struct html_memory *memory, size_t document_len, struct html_time *time);
void html_memory_fini(struct html_memory *memory);

/* The time is over. */
bool html_memory_is_late(const struct html_memory *memory);

/* Parses; setjmp(memory->over) is the caller's, who must not return before it is done. `source`
 * must live as long as the tree. */
GumboOutput *html_parse(struct html_memory *memory, struct span source);

/* For our own use within the same budget; not zeroed. */
void *html_alloc(struct html_memory *memory, size_t size);

/* Room for one more in an array of it; what was there is copied. */
void *html_grow(struct html_memory *memory, void *items, size_t count, size_t *cap, size_t size);

#endif
