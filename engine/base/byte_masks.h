/* SPDX-License-Identifier: Apache-2.0 */
/*
 * byte_masks: of which kinds 64 bytes of a text are, one bit for each, the first the lowest: so
 * that tokens are found many times faster than byte by byte. Pure functions, inline, so that only
 * what is used is worked out; any thread.
 */
#ifndef CULVERT_BASE_BYTE_MASKS_H
#define CULVERT_BASE_BYTE_MASKS_H

#include "engine/base/span.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BYTE_MASKS_WIDTH ((size_t)64)

struct byte_masks {
    uint64_t token; /* letters and digits of ASCII, '_' */
    uint64_t mark;  /* what of ASCII is neither letter nor digit nor blank */
    uint64_t digit; /* of ASCII */
    uint64_t small; /* a to z */
    uint64_t blank; /* 0x00 to 0x20 */
    uint64_t inner; /* 0x80 to 0xbf, behind the first byte of a character of UTF-8 */
    uint64_t above; /* 0x80 to 0xff */
};

#ifdef __SSE2__

static inline __m128i byte_masks_within(__m128i bytes, char first, char count)
{
    __m128i from_first = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    __m128i last = _mm_set1_epi8((char)(count - 1));
    return _mm_cmpeq_epi8(_mm_min_epu8(from_first, last), from_first);
}

static inline uint64_t byte_masks_bits(__m128i vector)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(vector);
}

static inline struct byte_masks byte_masks_of(const char at[BYTE_MASKS_WIDTH])
{
    struct byte_masks masks = {0, 0, 0, 0, 0, 0, 0};
    for (size_t i = 0; i < BYTE_MASKS_WIDTH; i += sizeof(__m128i)) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
        __m128i letters = byte_masks_within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
        __m128i line = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_'));
        __m128i digits = byte_masks_within(bytes, '0', 10);
        __m128i blanks = byte_masks_within(bytes, 0, 33);
        __m128i known = _mm_or_si128(_mm_or_si128(letters, digits), _mm_or_si128(blanks, bytes));
        masks.token |= byte_masks_bits(_mm_or_si128(_mm_or_si128(letters, line), digits)) << i;
        masks.mark |= (byte_masks_bits(known) ^ 0xffff) << i;
        masks.digit |= byte_masks_bits(digits) << i;
        masks.small |= byte_masks_bits(byte_masks_within(bytes, 'a', 26)) << i;
        masks.blank |= byte_masks_bits(blanks) << i;
        masks.inner |= byte_masks_bits(byte_masks_within(bytes, (char)0x80, 0x40)) << i;
        masks.above |= byte_masks_bits(bytes) << i;
    }
    return masks;
}

#else
#include "engine/base/ascii.h"

static inline struct byte_masks byte_masks_of(const char at[BYTE_MASKS_WIDTH])
{
    struct byte_masks masks = {0, 0, 0, 0, 0, 0, 0};
    for (size_t i = 0; i < BYTE_MASKS_WIDTH; i++) {
        uint64_t bit = UINT64_C(1) << i;
        masks.token |= ascii_is_alnum(at[i]) || at[i] == '_' ? bit : 0;
        bool known = ascii_is_alnum(at[i]) || ascii_is_8bit(at[i]) || at[i] <= ' ';
        masks.mark |= known ? 0 : bit;
        masks.digit |= ascii_is_digit(at[i]) ? bit : 0;
        masks.small |= at[i] >= 'a' && at[i] <= 'z' ? bit : 0;
        masks.blank |= (unsigned char)at[i] <= ' ' ? bit : 0;
        masks.inner |= ((unsigned char)at[i] & 0xc0) == 0x80 ? bit : 0;
        masks.above |= ascii_is_8bit(at[i]) ? bit : 0;
    }
    return masks;
}
#endif

/* How many are worked out at a time. */
enum byte_masks_way { BYTE_MASKS_16, BYTE_MASKS_32, BYTE_MASKS_64 };

/* Whether this processor can (SSE2 or none, AVX2, AVX-512BW). */
bool byte_masks_can(enum byte_masks_way way);

/* masks[i]: those of the 64 bytes of the text from (off + 64 i) on, `count` times; behind the text
 * stand blanks. Many at a time are worked out far faster than one by one. */
void byte_masks_fill(struct span text, size_t off, size_t count, struct byte_masks *masks);

/* The same in a way that it can, for tests. */
void byte_masks_fill_by(enum byte_masks_way way, struct span text, size_t off, size_t count,
                        struct byte_masks *masks);

/* Of text [off, off + 64); behind the text stand blanks. */
static inline struct byte_masks byte_masks_at(struct span text, size_t off)
{
    char padded[BYTE_MASKS_WIDTH];
    if (off <= text.len && text.len - off >= BYTE_MASKS_WIDTH)
        return byte_masks_of(text.ptr + off);
    memset(padded, ' ', sizeof padded);
    if (off < text.len)
        memcpy(padded, text.ptr + off, text.len - off);
    return byte_masks_of(padded);
}

#endif
