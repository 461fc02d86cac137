/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/line_start.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

static bool is_one_of(char c, const char firsts[3])
{
    return c == firsts[0] || c == firsts[1] || c == firsts[2];
}

static size_t find_by_byte(struct span text, size_t from, const char firsts[3])
{
    for (; from < text.len; from++) {
        if (is_one_of(text.ptr[from], firsts) && (from == 0 || text.ptr[from - 1] == '\n'))
            return from;
    }
    return text.len;
}

#ifdef __SSE2__

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

AVX2_INLINE __m256i equal(__m256i bytes, char c)
{
    return _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(c));
}

/* A bit for each of the 32 bytes from `at` on that begins a line so; at[-1] is looked at too. */
AVX2_INLINE uint64_t starts_in(const char *at, const char firsts[3])
{
    __m256i before = _mm256_loadu_si256((const __m256i *)(const void *)(at - 1));
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i two = _mm256_or_si256(equal(bytes, firsts[0]), equal(bytes, firsts[1]));
    __m256i any = _mm256_or_si256(two, equal(bytes, firsts[2]));
    return (uint32_t)_mm256_movemask_epi8(_mm256_and_si256(equal(before, '\n'), any));
}

AVX2 static size_t find_by_block(struct span text, size_t from, const char firsts[3])
{
    for (; from + 64 <= text.len; from += 64) {
        uint64_t low = starts_in(text.ptr + from, firsts);
        uint64_t starts = low | starts_in(text.ptr + from + 32, firsts) << 32;
        if (starts != 0)
            return from + (size_t)__builtin_ctzll(starts);
    }
    return find_by_byte(text, from, firsts);
}

#endif

size_t line_start_find(struct span text, size_t from, const char firsts[3])
{
#ifdef __SSE2__
    if (__builtin_cpu_supports("avx2") && from < text.len) {
        if (from == 0 && is_one_of(text.ptr[0], firsts))
            return 0;
        return find_by_block(text, from > 0 ? from : 1, firsts);
    }
#endif
    return find_by_byte(text, from, firsts);
}
