/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf: bytes that grow, with a hard maximum. Embedded in its owner; one thread. What is appended
 * may move the bytes, so a span of a buf lasts until the next append.
 */
#ifndef CULVERT_BASE_BUF_H
#define CULVERT_BASE_BUF_H

#include "engine/base/attrs.h"
#include "engine/base/span.h"

#include <stdarg.h>

struct buf {
    char *ptr;
    size_t len;
    size_t cap;
    size_t max; /* 0: no limit */
};

#define BUF_INIT                                                                                   \
    {                                                                                              \
        NULL, 0, 0, 0                                                                              \
    }

static inline struct span buf_span(const struct buf *buf)
{
    return (struct span){buf->ptr ? buf->ptr : "", buf->len};
}

/* Room for `more` bytes behind the content; NULL when that would pass the maximum. The caller
 * writes there and adds to `len`. */
char *buf_try_reserve(struct buf *buf, size_t more) MUST_USE;

/* Appends all or nothing; false when that would pass the maximum. */
bool buf_try_add(struct buf *buf, struct span bytes) MUST_USE;

/* For what is bounded elsewhere: ends the process where buf_try_* would fail. */
void buf_add(struct buf *buf, struct span bytes);
void buf_add_str(struct buf *buf, const char *text);
void buf_add_byte(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *buf, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* Removes `len` bytes at the front. */
void buf_consume(struct buf *buf, size_t len);

/* Gives the memory back; the buf is empty and usable. */
void buf_fini(struct buf *buf);

#endif
