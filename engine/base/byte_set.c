/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/byte_set.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

void byte_set_add(struct byte_set *set, unsigned char byte)
{
    uint8_t *table = byte < 0x80 ? set->ascii : set->high;
    table[byte & 15] |= (uint8_t)(1u << (byte >> 4 & 7));
}

void byte_set_add_range(struct byte_set *set, unsigned char first, unsigned char last)
{
    for (unsigned byte = first; byte <= last; byte++)
        byte_set_add(set, (unsigned char)byte);
}

void byte_set_join(struct byte_set *set, const struct byte_set *other)
{
    for (size_t i = 0; i < 16; i++) {
        set->ascii[i] |= other->ascii[i];
        set->high[i] |= other->high[i];
    }
}

void byte_set_invert_ascii(struct byte_set *set)
{
    for (size_t i = 0; i < 16; i++)
        set->ascii[i] ^= 0xff;
}

static size_t find_by_byte(const struct byte_set *set, struct span text, size_t from)
{
    while (from < text.len && !byte_set_has(set, (unsigned char)text.ptr[from]))
        from++;
    return from;
}

#ifdef __SSE2__

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

#define WIDTH ((size_t)32)
/* Looked at together: most often none of so many bytes is in the set. */
#define STRIDE (4 * WIDTH)

struct tables {
    __m256i ascii, high;
    __m256i bit_of_half; /* high half of a byte -> its bit in the other two */
};

AVX2_INLINE __m256i twice(const uint8_t table[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

AVX2_INLINE struct tables tables_of(const struct byte_set *set)
{
    static const uint8_t bits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    return (struct tables){twice(set->ascii), twice(set->high), twice(bits)};
}

/* 32 bytes, not 0 where one of the set stands. A shuffle makes 0 of an index beyond ASCII. */
AVX2_INLINE __m256i hits_in(const struct tables *tables, const char *at, bool with_high)
{
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i half = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
    __m256i row = _mm256_shuffle_epi8(tables->ascii, bytes);
    if (with_high) {
        __m256i beyond = _mm256_xor_si256(bytes, _mm256_set1_epi8((char)0x80));
        row = _mm256_or_si256(row, _mm256_shuffle_epi8(tables->high, beyond));
    }
    return _mm256_and_si256(row, _mm256_shuffle_epi8(tables->bit_of_half, half));
}

AVX2_INLINE bool stride_has(const struct tables *tables, const char *at, bool with_high)
{
    __m256i first =
        _mm256_or_si256(hits_in(tables, at, with_high), hits_in(tables, at + WIDTH, with_high));
    __m256i second = _mm256_or_si256(hits_in(tables, at + 2 * WIDTH, with_high),
                                     hits_in(tables, at + 3 * WIDTH, with_high));
    __m256i any = _mm256_or_si256(first, second);
    return _mm256_testz_si256(any, any) == 0;
}

AVX2_INLINE size_t find_by_halves(const struct byte_set *set, struct span text, size_t from,
                                  bool with_high)
{
    struct tables tables = tables_of(set);
    while (from + STRIDE <= text.len && !stride_has(&tables, text.ptr + from, with_high))
        from += STRIDE;
    for (; from + WIDTH <= text.len; from += WIDTH) {
        __m256i none =
            _mm256_cmpeq_epi8(hits_in(&tables, text.ptr + from, with_high), _mm256_setzero_si256());
        uint32_t hits = ~(uint32_t)_mm256_movemask_epi8(none);
        if (hits != 0)
            return from + (size_t)__builtin_ctz(hits);
    }
    return find_by_byte(set, text, from);
}

AVX2 static size_t find_in_ascii(const struct byte_set *set, struct span text, size_t from)
{
    return find_by_halves(set, text, from, false);
}

AVX2 static size_t find_in_all(const struct byte_set *set, struct span text, size_t from)
{
    return find_by_halves(set, text, from, true);
}

static bool is_ascii(const struct byte_set *set)
{
    static const uint8_t nothing[16];
    return memcmp(set->high, nothing, sizeof nothing) == 0;
}

#endif

size_t byte_set_find(const struct byte_set *set, struct span text, size_t from)
{
#ifdef __SSE2__
    if (__builtin_cpu_supports("avx2"))
        return is_ascii(set) ? find_in_ascii(set, text, from) : find_in_all(set, text, from);
#endif
    return find_by_byte(set, text, from);
}
