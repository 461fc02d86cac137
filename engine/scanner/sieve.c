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

AVX2 static void fill(const struct sieve *sieve, const char *at, size_t count, uint64_t *bits)
{
    for (size_t i = 0; i < count; i++, at += BLOCK)
        bits[i] = half_of(sieve, at) | half_of(sieve, at + BLOCK / 2) << BLOCK / 2;
}

#endif

void sieve_fill(const struct sieve *sieve, struct span text, size_t off, size_t count,
                uint64_t *bits)
{
    size_t done = 0;
#ifdef __SSE2__
    if (__builtin_cpu_supports("avx2") && text.len >= off + SIEVE_DEPTH) {
        size_t whole = (text.len - off - (SIEVE_DEPTH - 1)) / BLOCK;
        done = whole < count ? whole : count;
        fill(sieve, text.ptr + off, done, bits);
    }
#else
    (void)sieve;
    (void)text;
    (void)off;
#endif
    for (; done < count; done++)
        bits[done] = UINT64_MAX;
}
