/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/byte_masks.h"

#ifdef __SSE2__
#include <emmintrin.h>

#define VECTOR ((size_t)16)

static inline __m128i within(__m128i bytes, char first, char count)
{
    __m128i from_first = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    __m128i last = _mm_set1_epi8((char)(count - 1));
    return _mm_cmpeq_epi8(_mm_min_epu8(from_first, last), from_first);
}

static inline uint64_t bits(__m128i vector)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(vector);
}

static struct byte_masks masks_of(const char *at)
{
    struct byte_masks masks = {0, 0, 0};
    for (size_t i = 0; i < BYTE_MASKS_WIDTH; i += VECTOR) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
        __m128i letters = within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 26);
        __m128i line = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_'));
        __m128i token = _mm_or_si128(_mm_or_si128(letters, line), within(bytes, '0', 10));
        masks.token |= bits(token) << i;
        masks.blank |= bits(within(bytes, 0, 33)) << i;
        masks.inner |= bits(within(bytes, (char)0x80, 0x40)) << i;
    }
    return masks;
}

#else
#include "engine/base/ascii.h"

static struct byte_masks masks_of(const char *at)
{
    struct byte_masks masks = {0, 0, 0};
    for (size_t i = 0; i < BYTE_MASKS_WIDTH; i++) {
        uint64_t bit = UINT64_C(1) << i;
        masks.token |= ascii_is_alnum(at[i]) || at[i] == '_' ? bit : 0;
        masks.blank |= (unsigned char)at[i] <= ' ' ? bit : 0;
        masks.inner |= ((unsigned char)at[i] & 0xc0) == 0x80 ? bit : 0;
    }
    return masks;
}
#endif

struct byte_masks byte_masks_at(struct span text, size_t off)
{
    if (text.len - off >= BYTE_MASKS_WIDTH)
        return masks_of(text.ptr + off);
    char padded[BYTE_MASKS_WIDTH];
    memset(padded, ' ', sizeof padded);
    memcpy(padded, text.ptr + off, text.len - off);
    return masks_of(padded);
}
