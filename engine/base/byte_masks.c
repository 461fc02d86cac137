/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/byte_masks.h"

#ifdef __SSE2__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

/*
 * Each byte of ASCII is of at most one of these kinds. Which, say the upper and the lower half of
 * it: each allows some, and the kind is what both allow. They are in such an order that those asked
 * for together are the ones from some kind on.
 */
#define CONTROL 1         /* 00 to 1f */
#define SPACE 2           /* 20 */
#define LINE 4            /* 5f */
#define UPPER 8           /* 41 to 4f */
#define UPPER_MORE 16     /* 50 to 5a */
#define DIGIT 32          /* 30 to 39 */
#define SMALL 64          /* 61 to 6f */
#define SMALL_MORE (-128) /* 70 to 7a */

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

/* The bytes of this kind and of those behind it: their sum has the highest bit. */
AVX2_INLINE uint64_t from_on(__m256i kinds, char first)
{
    return bits_of(_mm256_adds_epu8(kinds, _mm256_set1_epi8((char)(0x80 - first))));
}

/* 64 bytes, as two halves. */
struct halves {
    __m256i first, second;
};

AVX2_INLINE uint64_t both_from_on(struct halves kinds, char first)
{
    return from_on(kinds.first, first) | from_on(kinds.second, first) << 32;
}

AVX2_INLINE uint64_t both_below(struct halves bytes, char limit)
{
    __m256i limits = _mm256_set1_epi8(limit);
    return bits_of(_mm256_cmpgt_epi8(limits, bytes.first)) |
           bits_of(_mm256_cmpgt_epi8(limits, bytes.second)) << 32;
}

AVX2_INLINE struct byte_masks masks_of(const char *at)
{
    const __m256i *vectors = (const __m256i *)(const void *)at;
    struct halves bytes = {_mm256_loadu_si256(vectors), _mm256_loadu_si256(vectors + 1)};
    struct halves kinds = {kinds_of(bytes.first), kinds_of(bytes.second)};
    uint64_t known = both_from_on(kinds, CONTROL), token = both_from_on(kinds, LINE);
    uint64_t small = both_from_on(kinds, SMALL);
    uint64_t above = bits_of(bytes.first) | bits_of(bytes.second) << 32;
    uint64_t line = token & ~both_from_on(kinds, UPPER);
    return (struct byte_masks){.token = token,
                               .mark = ~(above | known) | line,
                               .digit = both_from_on(kinds, DIGIT) & ~small,
                               .small = small,
                               .blank = known & ~token,
                               .inner = both_below(bytes, (char)0xc0),
                               .above = above};
}

AVX2 static void fill_half(const char *at, size_t count, struct byte_masks *masks)
{
    for (size_t i = 0; i < count; i++, at += BYTE_MASKS_WIDTH)
        masks[i] = masks_of(at);
}

/* --- 64 bytes at once: comparing gives the bits --- */

#define AVX512 __attribute__((target("avx512bw")))
#define AVX512_INLINE __attribute__((target("avx512bw"), always_inline)) static inline

AVX512_INLINE uint64_t within(__m512i bytes, char first, char count)
{
    return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8(first)),
                                  _mm512_set1_epi8(count));
}

AVX512 static void fill_whole(const char *at, size_t count, struct byte_masks *masks)
{
    for (size_t i = 0; i < count; i++, at += BYTE_MASKS_WIDTH) {
        __m512i bytes = _mm512_loadu_si512((const void *)at);
        uint64_t letters = within(_mm512_or_si512(bytes, _mm512_set1_epi8(0x20)), 'a', 26);
        uint64_t line = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('_'));
        masks[i].digit = within(bytes, '0', 10);
        masks[i].small = within(bytes, 'a', 26);
        masks[i].blank = within(bytes, 0, 33);
        masks[i].inner = within(bytes, (char)0x80, 0x40);
        masks[i].above = _mm512_movepi8_mask(bytes);
        masks[i].token = letters | masks[i].digit | line;
        masks[i].mark = ~(letters | masks[i].digit | masks[i].blank | masks[i].above);
    }
}

#endif

bool byte_masks_can(enum byte_masks_way way)
{
#ifdef __SSE2__
    if (way != BYTE_MASKS_16)
        return way == BYTE_MASKS_32 ? __builtin_cpu_supports("avx2")
                                    : __builtin_cpu_supports("avx512bw");
#endif
    return way == BYTE_MASKS_16;
}

void byte_masks_fill_by(enum byte_masks_way way, struct span text, size_t off, size_t count,
                        struct byte_masks *masks)
{
    size_t whole = off < text.len ? (text.len - off) / BYTE_MASKS_WIDTH : 0, done = 0;
    if (way != BYTE_MASKS_16)
        done = whole < count ? whole : count;
#ifdef __SSE2__
    if (way == BYTE_MASKS_32)
        fill_half(text.ptr + off, done, masks);
    if (way == BYTE_MASKS_64)
        fill_whole(text.ptr + off, done, masks);
#endif
    for (; done < count; done++)
        masks[done] = byte_masks_at(text, off + done * BYTE_MASKS_WIDTH);
}

void byte_masks_fill(struct span text, size_t off, size_t count, struct byte_masks *masks)
{
    enum byte_masks_way way = BYTE_MASKS_64;
    while (!byte_masks_can(way))
        way--;
    byte_masks_fill_by(way, text, off, count, masks);
}
