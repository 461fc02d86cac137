/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/buf.h"

#include "engine/base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

char *buf_try_reserve(struct buf *buf, size_t more)
{
    if (more > SIZE_MAX / 4 - buf->len)
        return NULL;
    size_t need = buf->len + more;
    if (buf->max > 0 && need > buf->max)
        return NULL;
    if (need >= buf->cap) { /* one byte to spare, for the NUL of buf_vprintf() */
        size_t cap = buf->cap ? buf->cap : 64;
        while (cap <= need)
            cap *= 2;
        buf->ptr = mem_resize(buf->ptr, cap);
        buf->cap = cap;
    }
    return buf->ptr + buf->len;
}

bool buf_try_add(struct buf *buf, struct span bytes)
{
    char *room = buf_try_reserve(buf, bytes.len);
    if (!room)
        return false;
    if (bytes.len > 0)
        memcpy(room, bytes.ptr, bytes.len);
    buf->len += bytes.len;
    return true;
}

void buf_add(struct buf *buf, struct span bytes)
{
    bool fits = buf_try_add(buf, bytes);
    assert(fits && "the caller bounds what it appends");
    if (!fits)
        abort();
}

void buf_add_str(struct buf *buf, const char *text)
{
    buf_add(buf, span_str(text));
}

void buf_add_byte(struct buf *buf, char c)
{
    buf_add(buf, span_of(&c, 1));
}

/* Most texts fit in what is there; the others know their length then. */
void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    size_t room = buf->cap - buf->len;
    int need = vsnprintf(room > 0 ? buf->ptr + buf->len : NULL, room, format, args);
    if (need > 0 && (size_t)need >= room) {
        char *text = buf_try_reserve(buf, (size_t)need);
        assert(text && "the caller bounds what it appends");
        if (!text)
            abort();
        (void)vsnprintf(text, (size_t)need + 1, format, again);
    }
    va_end(again);
    if (need > 0)
        buf->len += (size_t)need;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

void buf_consume(struct buf *buf, size_t len)
{
    assert(len <= buf->len);
    buf->len -= len;
    if (buf->len > 0)
        memmove(buf->ptr, buf->ptr + len, buf->len);
}

void buf_fini(struct buf *buf)
{
    free(buf->ptr);
    buf->ptr = NULL;
    buf->len = 0;
    buf->cap = 0;
}
