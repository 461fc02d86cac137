/* SPDX-License-Identifier: Apache-2.0 */
/*
 * span: a view of bytes, (pointer, length). It never owns what it points to; whoever made the
 * bytes keeps them alive. Bytes may hold anything, NUL included. Any thread.
 */
#ifndef CULVERT_BASE_SPAN_H
#define CULVERT_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct span {
    const char *ptr;
    size_t len;
};

/* For printf: printf("%.*s", SPAN_ARG(s)). */
#define SPAN_ARG(s) (int)(s).len, (s).ptr
/* A span of a string literal. */
#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})
/* The same as a constant initialiser. */
#define SPAN_INIT(literal)                                                                         \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

#define SPAN_NONE SIZE_MAX /* "not found" of the searching functions */

static inline struct span span_of(const char *ptr, size_t len)
{
    return (struct span){ptr, len};
}

/* NULL gives the empty span. */
static inline struct span span_str(const char *text)
{
    return (struct span){text ? text : "", text ? strlen(text) : 0};
}

/* Where nothing is added, no pointer is computed: the empty span may be NULL, and C17 section 6.5.6
 * knows no NULL + 0. Compilers make one addition of it. */
static inline const char *span_end(struct span s)
{
    return s.len > 0 ? s.ptr + s.len : s.ptr;
}

/* The part from `off` on, `len` bytes at most; both are cut to what is there. */
static inline struct span span_sub(struct span s, size_t off, size_t len)
{
    if (off > s.len)
        off = s.len;
    if (len > s.len - off)
        len = s.len - off;
    return (struct span){off > 0 ? s.ptr + off : s.ptr, len};
}

static inline struct span span_from(struct span s, size_t off)
{
    return span_sub(s, off, SIZE_MAX);
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
    return span_equal(a, span_str(text));
}

/* Equal but for the case of ASCII letters, whatever the locale. */
bool span_equal_nocase(struct span a, struct span b);

static inline bool span_is_nocase(struct span a, const char *text)
{
    return span_equal_nocase(a, span_str(text));
}

static inline bool span_starts(struct span s, struct span prefix)
{
    return s.len >= prefix.len && span_equal(span_sub(s, 0, prefix.len), prefix);
}

static inline bool span_starts_nocase(struct span s, struct span prefix)
{
    return s.len >= prefix.len && span_equal_nocase(span_sub(s, 0, prefix.len), prefix);
}

static inline bool span_ends_nocase(struct span s, struct span suffix)
{
    return s.len >= suffix.len && span_equal_nocase(span_from(s, s.len - suffix.len), suffix);
}

/* Offset of the first byte `c`, or SPAN_NONE. */
size_t span_find_byte(struct span s, char c);

/* Offset of the first occurrence of `what`, or SPAN_NONE. */
size_t span_find(struct span s, struct span what);
size_t span_find_nocase(struct span s, struct span what);

/* Without the SP, HTAB, CR and LF at both ends. */
struct span span_trim(struct span s);

/* Cuts the first `sep`-separated piece off `rest`. false when nothing is left. */
bool span_next(struct span *rest, char sep, struct span *piece_out);

/* The line that begins at `at`, without its LF or CRLF; *next_out: where the next one does. */
struct span span_line(struct span text, size_t at, size_t *next_out);

/* The decimal number that is all of `s`; false when it is none or does not fit. */
bool span_to_u64(struct span s, uint64_t *out);

#endif
