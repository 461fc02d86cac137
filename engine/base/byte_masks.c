/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/byte_masks.h"

#ifdef __SSE2__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

/*
 * Each byte of ASCII is of at most one of these kinds. Which, say the upper and the lower half of
 * it: each allows some, and the kind is what both allow.
 */
#define DIGIT 1        /* 30 to 39 */
#define UPPER 2        /* 41 to 4f */
#define UPPER_MORE 4   /* 50 to 5a */
#define SMALL 8        /* 61 to 6f */
#define SMALL_MORE 16  /* 70 to 7a */
#define LINE 32        /* 5f */
#define SPACE 64       /* 20 */
#define CONTROL (-128) /* 00 to 1f */

#define ANY_LOW (CONTROL | UPPER | SMALL)

AVX2_INLINE __m256i kinds_of(__m256i bytes)
{
    const __m256i by_high = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(CONTROL, CONTROL, SPACE, DIGIT, UPPER, UPPER_MORE | LINE, SMALL, SMALL_MORE,
                      0, 0, 0, 0, 0, 0, 0, 0));
    const char to_nine = ANY_LOW | DIGIT | UPPER_MORE | SMALL_MORE;
    const __m256i by_low = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        CONTROL | SPACE | DIGIT | UPPER_MORE | SMALL_MORE, to_nine, to_nine, to_nine, to_nine,
        to_nine, to_nine, to_nine, to_nine, to_nine, ANY_LOW | UPPER_MORE | SMALL_MORE, ANY_LOW,
        ANY_LOW, ANY_LOW, ANY_LOW, ANY_LOW | LINE));
    const __m256i half = _mm256_set1_epi8(0x0f);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
    __m256i low = _mm256_and_si256(bytes, half);
    return _mm256_and_si256(_mm256_shuffle_epi8(by_high, high), _mm256_shuffle_epi8(by_low, low));
}

AVX2_INLINE uint64_t bits_of(__m256i bytes)
{
    return (uint32_t)_mm256_movemask_epi8(bytes);
}

/* The bytes that are of one of the kinds. */
AVX2_INLINE uint64_t among(__m256i kinds, char wanted)
{
    __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(kinds, _mm256_set1_epi8(wanted)),
                                     _mm256_setzero_si256());
    return bits_of(none) ^ UINT32_MAX;
}

AVX2_INLINE void add_half(const char *at, unsigned shift, struct byte_masks *masks)
{
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i kinds = kinds_of(bytes);
    uint64_t above = bits_of(bytes);
    masks->above |= above << shift;
    masks->inner |= bits_of(_mm256_cmpgt_epi8(_mm256_set1_epi8((char)0xc0), bytes)) << shift;
    masks->mark |= (UINT32_MAX ^ (above | among(kinds, (char)~LINE))) << shift;
    masks->token |= among(kinds, DIGIT | UPPER | UPPER_MORE | SMALL | SMALL_MORE | LINE) << shift;
    masks->digit |= among(kinds, DIGIT) << shift;
    masks->small |= among(kinds, SMALL | SMALL_MORE) << shift;
    masks->blank |= among(kinds, (char)(SPACE | CONTROL)) << shift;
}

AVX2 static void fill(const char *at, size_t count, struct byte_masks *masks)
{
    for (size_t i = 0; i < count; i++, at += BYTE_MASKS_WIDTH) {
        masks[i] = (struct byte_masks){0, 0, 0, 0, 0, 0, 0};
        add_half(at, 0, &masks[i]);
        add_half(at + BYTE_MASKS_WIDTH / 2, BYTE_MASKS_WIDTH / 2, &masks[i]);
    }
}

#endif

void byte_masks_fill(struct span text, size_t off, size_t count, struct byte_masks *masks)
{
    size_t done = 0;
#ifdef __SSE2__
    size_t whole = off < text.len ? (text.len - off) / BYTE_MASKS_WIDTH : 0;
    if (__builtin_cpu_supports("avx2")) {
        done = whole < count ? whole : count;
        fill(text.ptr + off, done, masks);
    }
#endif
    for (; done < count; done++)
        masks[done] = byte_masks_at(text, off + done * BYTE_MASKS_WIDTH);
}
