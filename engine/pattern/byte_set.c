/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pattern/byte_set.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

void byte_set_add(struct byte_set *set, unsigned char byte)
{
    set->has[byte] = true;
}

void byte_set_add_range(struct byte_set *set, unsigned char first, unsigned char last)
{
    for (unsigned byte = first; byte <= last; byte++)
        set->has[byte] = true;
}

void byte_set_join(struct byte_set *set, const struct byte_set *other)
{
    for (size_t i = 0; i < 256; i++)
        set->has[i] = set->has[i] || other->has[i];
}

void byte_set_seal(struct byte_set *set)
{
    set->count = 0;
    memset(set->low, 0, sizeof set->low);
    for (unsigned byte = 0; byte < 256; byte++) {
        set->count += set->has[byte];
        if (set->has[byte] && byte < 128)
            set->low[byte & 15] |= (uint8_t)(1u << (byte >> 4));
        /* One of the upper half makes candidates of all: they are rare, and looked at again. */
        set->has_high = set->has_high || (set->has[byte] && byte >= 128);
    }
}

static size_t find_by_table(const struct byte_set *set, struct span text, size_t from)
{
    while (from < text.len && !set->has[(unsigned char)text.ptr[from]])
        from++;
    return from;
}

#ifdef __SSE2__
/*
 * A byte below 0x80 is in the set when the bit of its high nibble is on in what the table has for
 * its low nibble: two shuffles for 32 bytes.
 */
__attribute__((target("avx2"))) static size_t find_by_nibbles(const struct byte_set *set,
                                                              struct span text, size_t from)
{
    const __m256i low_table =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)set->low));
    const __m256i bit_table =
        _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, (char)128, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16,
                         32, 64, (char)128, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i nibble = _mm256_set1_epi8(15);
    for (; from + 32 <= text.len; from += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(text.ptr + from));
        __m256i low = _mm256_shuffle_epi8(low_table, _mm256_and_si256(bytes, nibble));
        __m256i bit =
            _mm256_shuffle_epi8(bit_table, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble));
        __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(low, bit), _mm256_setzero_si256());
        uint32_t hits = ~(uint32_t)_mm256_movemask_epi8(none);
        if (set->has_high)
            hits |= (uint32_t)_mm256_movemask_epi8(bytes);
        for (; hits != 0; hits &= hits - 1) {
            size_t at = from + (size_t)__builtin_ctz(hits);
            if (set->has[(unsigned char)text.ptr[at]])
                return at;
        }
    }
    return find_by_table(set, text, from);
}
#endif

size_t byte_set_find(const struct byte_set *set, struct span text, size_t from)
{
#ifdef __SSE2__
    if (__builtin_cpu_supports("avx2"))
        return find_by_nibbles(set, text, from);
#endif
    return find_by_table(set, text, from);
}
