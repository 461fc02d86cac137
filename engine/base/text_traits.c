/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/text_traits.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

static unsigned byte_at(struct span text, size_t at)
{
    return at < text.len ? (unsigned char)text.ptr[at] : 0;
}

/* Of the character that begins with the byte at `at`, or that it is in the middle of. */
static unsigned traits_at(struct span text, size_t at)
{
    unsigned first = byte_at(text, at), second = byte_at(text, at + 1);
    unsigned third = byte_at(text, at + 2);
    bool latin = (first >= 0xc2 && first <= 0xc5) || first == 0xe2;
    unsigned known = TEXT_ABOVE | (first < 0xc0 || latin ? 0 : TEXT_BEYOND);
    switch (first << 8 | second) {
    case 0xc39f:
        return known | TEXT_SHARP;
    case 0xc4b0: /* I with a dot */
    case 0xc589: /* n behind an apostrophe */
    case 0xc7b0: /* j with a caron */
    case 0xefac: /* ligatures */
        return known | TEXT_OTHER_CASE_MORE;
    case 0xc5bf:
        return known | TEXT_OTHER_CASE;
    case 0xe1ba: /* among them h, t, w, y, a with signs above */
        return known | (third == 0x9e                    ? TEXT_SHARP_CAPITAL
                        : third >= 0x96 && third <= 0x9a ? TEXT_OTHER_CASE_MORE
                                                         : 0);
    case 0xe284:
        return known | (third == 0xaa ? TEXT_OTHER_CASE : 0);
    default:
        return known;
    }
}

#ifdef __SSE2__

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

#define WIDTH ((size_t)32)
#define STRIDE (4 * WIDTH)

AVX2_INLINE __m256i load(const char *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

AVX2_INLINE __m256i looked_up(__m256i table, __m256i index)
{
    return _mm256_shuffle_epi8(table, _mm256_and_si256(index, _mm256_set1_epi8(0x0f)));
}

/* What a byte may be, say its upper and its lower half: each allows some, and it is what both
 * allow. */
AVX2_INLINE __m256i allowed(__m256i bytes, __m128i by_high, __m128i by_low)
{
    __m256i high = looked_up(_mm256_broadcastsi128_si256(by_high), _mm256_srli_epi16(bytes, 4));
    return _mm256_and_si256(high, looked_up(_mm256_broadcastsi128_si256(by_low), bytes));
}

/* Pairs of bytes that tell of more than that they are above ASCII, a bit each. */
#define C39F 1
#define C4B0 2 /* and c7b0 */
#define C589 4
#define E1BA 8
#define E284 16
#define EFAC 32
#define C5BF 64

/* Not 0 where one of the pairs begins. */
AVX2_INLINE __m256i pairs_in(__m256i bytes, __m256i next)
{
    const __m128i first_high = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                             C39F | C4B0 | C589 | C5BF, 0, E1BA | E284 | EFAC, 0);
    const __m128i first_low =
        _mm_setr_epi8(0, E1BA, E284, C39F, C4B0, C589 | C5BF, 0, C4B0, 0, 0, 0, 0, 0, 0, 0, EFAC);
    const __m128i second_high = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, C589 | E284, C39F, EFAC,
                                              C4B0 | E1BA | C5BF, 0, 0, 0, 0);
    const __m128i second_low =
        _mm_setr_epi8(C4B0, 0, 0, 0, E284, 0, 0, 0, 0, C589, E1BA, 0, EFAC, 0, 0, C39F | C5BF);
    return _mm256_and_si256(allowed(bytes, first_high, first_low),
                            allowed(next, second_high, second_low));
}

/* Not 0 where a byte is the first of a character beyond. */
AVX2_INLINE __m256i beyond_in(__m256i bytes)
{
    __m256i leads = _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, _mm256_set1_epi8((char)0xc0)), bytes);
    __m256i from = _mm256_sub_epi8(bytes, _mm256_set1_epi8((char)0xc2));
    __m256i latin = _mm256_cmpeq_epi8(_mm256_min_epu8(from, _mm256_set1_epi8(3)), from);
    __m256i signs = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)0xe2));
    return _mm256_andnot_si256(_mm256_or_si256(latin, signs), leads);
}

AVX2_INLINE unsigned bits_of(__m256i bytes)
{
    return (unsigned)_mm256_movemask_epi8(bytes);
}

AVX2_INLINE bool is_ascii(const char *at)
{
    __m256i first = _mm256_or_si256(load(at), load(at + WIDTH));
    __m256i second = _mm256_or_si256(load(at + 2 * WIDTH), load(at + 3 * WIDTH));
    return bits_of(_mm256_or_si256(first, second)) == 0;
}

/* Of as much as whole strides are, with a byte behind them. */
AVX2 static unsigned traits_of_strides(struct span text, size_t *done_out)
{
    __m256i beyond = _mm256_setzero_si256();
    unsigned found = 0;
    size_t at = 0;
    for (; at + STRIDE < text.len; at += STRIDE) {
        if (is_ascii(text.ptr + at))
            continue;
        found |= TEXT_ABOVE;
        for (size_t i = at; i < at + STRIDE; i += WIDTH) {
            __m256i bytes = load(text.ptr + i), pairs = pairs_in(bytes, load(text.ptr + i + 1));
            unsigned none = bits_of(_mm256_cmpeq_epi8(pairs, _mm256_setzero_si256()));
            for (unsigned bits = ~none; bits != 0; bits &= bits - 1)
                found |= traits_at(text, i + (size_t)__builtin_ctz(bits));
            beyond = _mm256_or_si256(beyond, beyond_in(bytes));
        }
    }
    *done_out = at;
    return found | (bits_of(beyond) != 0 ? TEXT_BEYOND : 0);
}

#endif

unsigned text_traits(struct span text)
{
    size_t at = 0;
    unsigned found = 0;
#ifdef __SSE2__
    if (text.len > STRIDE && __builtin_cpu_supports("avx2"))
        found = traits_of_strides(text, &at);
#endif
    for (; at < text.len; at++) {
        if (ascii_is_8bit(text.ptr[at]))
            found |= traits_at(text, at);
        else
            at += ascii_prefix(span_from(text, at)) - 1;
    }
    return found;
}
