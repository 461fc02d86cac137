/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/map/map_scan.h"

#include "engine/base/ascii.h"

#include <stdbool.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static bool is_dashes(const char *bytes, size_t at, size_t len)
{
    return at + 1 < len && bytes[at] == '-' && bytes[at + 1] == '-' &&
           (unsigned char)bytes[at - 1] <= ' ';
}

size_t scan_dashes_portable(const char *bytes, size_t at, size_t len)
{
    while (at < len) {
        const char *hit = memchr(bytes + at, '-', len - at);
        if (!hit)
            return len;
        at = (size_t)(hit - bytes);
        if (is_dashes(bytes, at, len))
            return at;
        at++;
    }
    return len;
}

static bool is_special(char byte)
{
    return (ascii_is_control(byte) && byte != '\t') || ascii_is_8bit(byte);
}

size_t scan_special_portable(const char *bytes, size_t at, size_t len)
{
    while (at < len && !is_special(bytes[at]))
        at++;
    return at;
}

static bool is_name(char byte)
{
    return byte > ' ' && byte < 0x7f && byte != ':';
}

size_t scan_name_portable(const char *bytes, size_t at, size_t len)
{
    while (at < len && is_name(bytes[at]))
        at++;
    return at;
}

#if defined(__SSE2__)

static __m128i load(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* Bit i: "--" begins at at[i], behind a byte of at most 0x20. Reads at[-1] to at[16]. */
static unsigned dashes_in_16(const char *at)
{
    __m128i dash = _mm_set1_epi8('-');
    __m128i before = load(at - 1);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(before, _mm_set1_epi8(' ')), before);
    __m128i first = _mm_cmpeq_epi8(load(at), dash);
    __m128i second = _mm_cmpeq_epi8(load(at + 1), dash);
    return (unsigned)_mm_movemask_epi8(_mm_and_si128(low, _mm_and_si128(first, second)));
}

/* Whether a '-' is among 64 bytes: in base64 there is none, so this is all that runs there. */
static bool dash_in_64(const char *at)
{
    __m128i dash = _mm_set1_epi8('-');
    __m128i a = _mm_or_si128(_mm_cmpeq_epi8(load(at), dash), _mm_cmpeq_epi8(load(at + 16), dash));
    __m128i b =
        _mm_or_si128(_mm_cmpeq_epi8(load(at + 32), dash), _mm_cmpeq_epi8(load(at + 48), dash));
    return _mm_movemask_epi8(_mm_or_si128(a, b)) != 0;
}

static __m128i pair_in_16(const char *at)
{
    __m128i dash = _mm_set1_epi8('-');
    return _mm_and_si128(_mm_cmpeq_epi8(load(at), dash), _mm_cmpeq_epi8(load(at + 1), dash));
}

/* Whether a "--" begins among 64 bytes: text and HTML are full of single ones. */
static bool pair_in_64(const char *at)
{
    __m128i a = _mm_or_si128(pair_in_16(at), pair_in_16(at + 16));
    __m128i b = _mm_or_si128(pair_in_16(at + 32), pair_in_16(at + 48));
    return _mm_movemask_epi8(_mm_or_si128(a, b)) != 0;
}

size_t scan_dashes(const char *bytes, size_t at, size_t len)
{
    for (; at + 65 <= len; at += 64) {
        if (!dash_in_64(bytes + at) || !pair_in_64(bytes + at))
            continue;
        for (size_t i = 0; i < 64; i += 16) {
            unsigned mask = dashes_in_16(bytes + at + i);
            if (mask)
                return at + i + (size_t)__builtin_ctz(mask);
        }
    }
    return scan_dashes_portable(bytes, at, len);
}

size_t scan_special(const char *bytes, size_t at, size_t len)
{
    /* Signed compare: what is below 0x20 or, as a negative number, above 0x7f. */
    __m128i space = _mm_set1_epi8(' ');
    for (; at + 16 <= len; at += 16) {
        __m128i chunk = load(bytes + at);
        __m128i low = _mm_andnot_si128(_mm_cmpeq_epi8(chunk, _mm_set1_epi8('\t')),
                                       _mm_cmplt_epi8(chunk, space));
        __m128i del = _mm_cmpeq_epi8(chunk, _mm_set1_epi8(0x7f));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(low, del));
        if (mask)
            return at + (size_t)__builtin_ctz(mask);
    }
    return scan_special_portable(bytes, at, len);
}

size_t scan_name(const char *bytes, size_t at, size_t len)
{
    for (; at + 16 <= len; at += 16) {
        __m128i chunk = load(bytes + at);
        __m128i low = _mm_cmplt_epi8(chunk, _mm_set1_epi8('!'));
        __m128i other = _mm_or_si128(_mm_cmpeq_epi8(chunk, _mm_set1_epi8(':')),
                                     _mm_cmpeq_epi8(chunk, _mm_set1_epi8(0x7f)));
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(low, other));
        if (mask)
            return at + (size_t)__builtin_ctz(mask);
    }
    return scan_name_portable(bytes, at, len);
}

#else

size_t scan_name(const char *bytes, size_t at, size_t len)
{
    return scan_name_portable(bytes, at, len);
}

size_t scan_dashes(const char *bytes, size_t at, size_t len)
{
    return scan_dashes_portable(bytes, at, len);
}

size_t scan_special(const char *bytes, size_t at, size_t len)
{
    return scan_special_portable(bytes, at, len);
}

#endif
