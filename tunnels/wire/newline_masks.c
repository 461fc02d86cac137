/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/newline_masks.h"

#if defined(__SSE2__)

#include <immintrin.h>

/* NUL and 8-bit are rare: one look at the whole block, and their masks only where there is one. */

static uint64_t equal_sse2(const __m128i part[4], char c)
{
    __m128i wanted = _mm_set1_epi8(c);
    uint64_t mask = 0;
    for (unsigned i = 0; i < 4; i++) {
        unsigned bits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(part[i], wanted));
        mask |= (uint64_t)bits << (16 * i);
    }
    return mask;
}

void newline_classify(const char *bytes, struct newline_masks *out)
{
    __m128i part[4];
    for (unsigned i = 0; i < 4; i++)
        part[i] = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * (size_t)i));
    out->cr = equal_sse2(part, '\r');
    out->lf = equal_sse2(part, '\n');
    out->dot = equal_sse2(part, '.');
    __m128i low = _mm_min_epu8(_mm_min_epu8(part[0], part[1]), _mm_min_epu8(part[2], part[3]));
    __m128i any = _mm_or_si128(_mm_or_si128(part[0], part[1]), _mm_or_si128(part[2], part[3]));
    out->nul = 0;
    out->high = 0;
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(low, _mm_setzero_si128())) != 0)
        out->nul = equal_sse2(part, '\0');
    if (_mm_movemask_epi8(any) != 0) {
        for (unsigned i = 0; i < 4; i++)
            out->high |= (uint64_t)(unsigned)_mm_movemask_epi8(part[i]) << (16 * i);
    }
}

#else

/* Bit i of the result: byte i of `word` equals `c` (exact, without carries between bytes). */
static uint64_t equal_in_word(uint64_t word, char c)
{
    const uint64_t low7 = 0x7f7f7f7f7f7f7f7fu;
    uint64_t x = word ^ (0x0101010101010101u * (unsigned char)c);
    uint64_t zero = ~(((x & low7) + low7) | x | low7); /* 0x80 where a byte is 0 */
    return ((zero >> 7) * 0x0102040810204080u) >> 56;
}

void newline_classify(const char *bytes, struct newline_masks *out)
{
    *out = (struct newline_masks){0};
    for (unsigned i = 0; i < NEWLINE_BLOCK; i += 8) {
        uint64_t word = 0;
        for (unsigned j = 0; j < 8; j++)
            word |= (uint64_t)(unsigned char)bytes[i + j] << (8 * j);
        out->cr |= equal_in_word(word, '\r') << i;
        out->lf |= equal_in_word(word, '\n') << i;
        out->dot |= equal_in_word(word, '.') << i;
        out->nul |= equal_in_word(word, '\0') << i;
        uint64_t high = (word >> 7) & 0x0101010101010101u;
        out->high |= ((high * 0x0102040810204080u) >> 56) << i;
    }
}

#endif
