/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/sieve.h"

#ifdef __SSE2__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline
#endif

#define BLOCK 64u

void sieve_add(struct sieve *sieve, unsigned group, const struct nfa_set sets[SIEVE_DEPTH])
{
    const uint8_t bit = (uint8_t)(1u << group);
    for (size_t depth = 0; depth < SIEVE_DEPTH; depth++) {
        for (unsigned c = 0; c < 256; c++) {
            if (!nfa_set_has(&sets[depth], c))
                continue;
            sieve->low[depth][c & 15] |= bit;
            sieve->high[depth][c >> 4] |= bit;
        }
    }
}

#ifdef __SSE2__

AVX2_INLINE __m256i table(const uint8_t bytes[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

AVX2_INLINE uint64_t half_of(const struct sieve *sieve, const char *at)
{
    const __m256i half = _mm256_set1_epi8(0x0f);
    __m256i groups = _mm256_set1_epi8((char)0xff);
    for (size_t depth = 0; depth < SIEVE_DEPTH; depth++) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(at + depth));
        __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);
        __m256i low = _mm256_and_si256(bytes, half);
        groups = _mm256_and_si256(groups, _mm256_shuffle_epi8(table(sieve->low[depth]), low));
        groups = _mm256_and_si256(groups, _mm256_shuffle_epi8(table(sieve->high[depth]), high));
    }
    __m256i none = _mm256_cmpeq_epi8(groups, _mm256_setzero_si256());
    return (uint32_t)~_mm256_movemask_epi8(none);
}

AVX2 static void fill_half(const struct sieve *sieve, const char *at, size_t count, uint64_t *bits)
{
    for (size_t i = 0; i < count; i++, at += BLOCK)
        bits[i] = half_of(sieve, at) | half_of(sieve, at + BLOCK / 2) << BLOCK / 2;
}

#define AVX512 __attribute__((target("avx512bw")))

/* The same for 64 places at once. */
AVX512 static void fill_whole(const struct sieve *sieve, const char *at, size_t count,
                              uint64_t *bits)
{
    const __m512i half = _mm512_set1_epi8(0x0f);
    __m512i low[SIEVE_DEPTH], high[SIEVE_DEPTH];
    for (size_t depth = 0; depth < SIEVE_DEPTH; depth++) {
        low[depth] = _mm512_broadcast_i32x4(
            _mm_loadu_si128((const __m128i *)(const void *)sieve->low[depth]));
        high[depth] = _mm512_broadcast_i32x4(
            _mm_loadu_si128((const __m128i *)(const void *)sieve->high[depth]));
    }
    for (size_t i = 0; i < count; i++, at += BLOCK) {
        __m512i groups = _mm512_set1_epi8((char)0xff);
        for (size_t depth = 0; depth < SIEVE_DEPTH; depth++) {
            __m512i bytes = _mm512_loadu_si512((const void *)(at + depth));
            __m512i upper = _mm512_and_si512(_mm512_srli_epi16(bytes, 4), half);
            __m512i by_low = _mm512_shuffle_epi8(low[depth], _mm512_and_si512(bytes, half));
            __m512i by_high = _mm512_shuffle_epi8(high[depth], upper);
            groups = _mm512_and_si512(groups, _mm512_and_si512(by_low, by_high));
        }
        bits[i] = _mm512_test_epi8_mask(groups, groups);
    }
}

#endif

void sieve_fill_by(enum byte_masks_way way, const struct sieve *sieve, struct span text, size_t off,
                   size_t count, uint64_t *bits)
{
    size_t room = text.len >= off + SIEVE_DEPTH ? text.len - off - (SIEVE_DEPTH - 1) : 0;
    size_t done = 0;
    if (way != BYTE_MASKS_16)
        done = room / BLOCK < count ? room / BLOCK : count;
#ifdef __SSE2__
    if (way == BYTE_MASKS_32)
        fill_half(sieve, text.ptr + off, done, bits);
    if (way == BYTE_MASKS_64)
        fill_whole(sieve, text.ptr + off, done, bits);
#else
    (void)sieve;
#endif
    for (; done < count; done++)
        bits[done] = UINT64_MAX;
}

void sieve_fill(const struct sieve *sieve, struct span text, size_t off, size_t count,
                uint64_t *bits)
{
    enum byte_masks_way way = BYTE_MASKS_64;
    while (!byte_masks_can(way))
        way--;
    sieve_fill_by(way, sieve, text, off, count, bits);
}
