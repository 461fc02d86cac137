/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work on the usual message: a block costs a few instructions, a line a few more. One loop,
 * made twice: with a look at a block that AVX2 makes cheap, and with the one that every machine
 * has.
 */
#include "tunnels/wire/newline_usual.h"

#include "tunnels/wire/newline_masks.h"

#define INLINE static inline __attribute__((always_inline))

/* What is seen of a block: the first byte is the lowest bit. */
struct sight {
    uint64_t cr;
    uint64_t lf;
    bool has_nul;
    bool has_8bit;
};

/* The line ends of one block, and the lengths of lines, which do not count their CR. */
struct lengths {
    uint64_t line; /* bytes so far of the line that goes on */
    uint64_t longest;
};

/* Whether no line that begins in the block, but for its first byte, begins with a dot. */
INLINE bool measure(const char *block, uint64_t ends, struct lengths *lengths)
{
    uint64_t before = lengths->line - 1; /* with the place of an LF: the length of its line */
    uint64_t longest = lengths->longest;
    for (; ends != 0; ends &= ends - 1) {
        uint64_t end = (uint64_t)__builtin_ctzll(ends);
        uint64_t length = before + end;
        longest = length > longest ? length : longest;
        before = 0 - end - 2;
        if (end + 1 < NEWLINE_BLOCK && block[end + 1] == '.')
            return false;
    }
    *lengths = (struct lengths){before + 1 + NEWLINE_BLOCK, longest};
    return true;
}

INLINE size_t pass(void (*look)(const char *block, struct sight *out), const char *bytes,
                   size_t blocks, struct newline_carry *carry, struct newline_counts *counts)
{
    struct newline_carry at = *carry;
    struct lengths lengths = {counts->line, counts->longest};
    uint64_t lines = 0;
    bool has_8bit = false;
    size_t i = 0;
    for (; i < blocks; i++) {
        const char *block = bytes + i * NEWLINE_BLOCK;
        struct sight sight;
        look(block, &sight);
        uint64_t ends = sight.cr << 1 | at.cr; /* in order: LF behind each CR and nowhere else */
        if (ends != sight.lf || sight.has_nul || (at.start && block[0] == '.') ||
            !measure(block, ends, &lengths))
            break;
        lines += (uint64_t)__builtin_popcountll(ends);
        has_8bit |= sight.has_8bit;
        at = (struct newline_carry){sight.cr >> 63, ends >> 63};
    }
    *carry = at;
    counts->bytes += i * NEWLINE_BLOCK;
    counts->has_8bit |= has_8bit;
    counts->line = lengths.line;
    counts->longest = lengths.longest;
    counts->lines += lines;
    return i;
}

static void look_anywhere(const char *block, struct sight *out)
{
    struct newline_masks masks;
    newline_classify(block, &masks);
    *out = (struct sight){masks.cr, masks.lf, masks.nul != 0, masks.high != 0};
}

#if defined(__SSE2__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

AVX2 INLINE uint64_t equal(__m256i low, __m256i high, char c)
{
    __m256i wanted = _mm256_set1_epi8(c);
    uint64_t low_bits = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    uint64_t high_bits = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));
    return high_bits << 32 | low_bits;
}

AVX2 INLINE void look_avx2(const char *block, struct sight *out)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)block);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(block + 32));
    __m256i least = _mm256_min_epu8(low, high);
    out->cr = equal(low, high, '\r');
    out->lf = equal(low, high, '\n');
    out->has_nul = _mm256_movemask_epi8(_mm256_cmpeq_epi8(least, _mm256_setzero_si256())) != 0;
    out->has_8bit = _mm256_movemask_epi8(_mm256_or_si256(low, high)) != 0;
}

AVX2 static size_t pass_avx2(const char *bytes, size_t blocks, struct newline_carry *carry,
                             struct newline_counts *counts)
{
    return pass(look_avx2, bytes, blocks, carry, counts);
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt");
}

#endif

size_t newline_pass_usual(const char *bytes, size_t blocks, struct newline_carry *carry,
                          struct newline_counts *counts)
{
#if defined(__SSE2__)
    if (has_avx2())
        return pass_avx2(bytes, blocks, carry, counts);
#endif
    return pass(look_anywhere, bytes, blocks, carry, counts);
}
