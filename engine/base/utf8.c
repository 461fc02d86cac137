/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/utf8.h"

#include "engine/base/ascii.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Bytes that the lead byte announces, 0 for none, with the payload bits of the lead byte. */
static size_t announced(unsigned char lead, uint32_t *bits)
{
    if (lead < 0x80) {
        *bits = lead;
        return 1;
    }
    if (lead >= 0xc2 && lead <= 0xdf) {
        *bits = lead & 0x1fu;
        return 2;
    }
    if (lead >= 0xe0 && lead <= 0xef) {
        *bits = lead & 0x0fu;
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        *bits = lead & 0x07u;
        return 4;
    }
    return 0;
}

size_t utf8_decode(struct span s, uint32_t *code_out)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = 0;
    size_t len = s.len > 0 ? announced((unsigned char)s.ptr[0], &code) : 0;
    if (len == 0 || len > s.len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(s.ptr[i]))
            return 0;
        code = code << 6 | ((unsigned char)s.ptr[i] & 0x3fu);
    }
    if (code < smallest[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    if (code_out)
        *code_out = code;
    return len;
}

size_t utf8_encode(uint32_t code, char out[UTF8_MAX])
{
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        code = 0xfffd;
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80u | (code & 0x3fu));
        code >>= 6;
    }
    out[0] = (char)(lead[len] | code);
    return len;
}

#ifdef __SSE2__

/* Most of a mail is ASCII and asked for it several times: 128 bytes are one question. Up to the
 * first byte that is none, or so near to the end that no 32 are left. */
__attribute__((target("avx2"))) static size_t ascii_blocks(struct span s)
{
    size_t i = 0;
    for (; i + 128 <= s.len; i += 128) {
        const __m256i *at = (const __m256i *)(const void *)(s.ptr + i);
        __m256i first = _mm256_or_si256(_mm256_loadu_si256(at), _mm256_loadu_si256(at + 1));
        __m256i second = _mm256_or_si256(_mm256_loadu_si256(at + 2), _mm256_loadu_si256(at + 3));
        if (_mm256_movemask_epi8(_mm256_or_si256(first, second)) != 0)
            break;
    }
    for (; i + 32 <= s.len; i += 32) {
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)(s.ptr + i));
        unsigned others = (unsigned)_mm256_movemask_epi8(bytes);
        if (others != 0)
            return i + (size_t)__builtin_ctz(others);
    }
    return i;
}

#endif

static uint64_t word_at(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The first eight bytes are ASCII: more may be. */
static inline bool begins_plain(struct span s)
{
    return (word_at(s.ptr) & UINT64_C(0x8080808080808080)) == 0;
}

size_t ascii_prefix(struct span s)
{
    size_t i = 0;
#ifdef __SSE2__
    if (s.len >= 32 && begins_plain(s) && __builtin_cpu_supports("avx2"))
        i = ascii_blocks(s);
#endif
    while (i + 8 <= s.len && begins_plain(span_from(s, i)))
        i += 8;
    while (i < s.len && !ascii_is_8bit(s.ptr[i]))
        i++;
    return i;
}

size_t utf8_valid_prefix(struct span s)
{
    size_t at = 0;
    while (at < s.len) {
        if (!ascii_is_8bit(s.ptr[at])) {
            at += ascii_prefix(span_from(s, at));
            continue;
        }
        size_t len = utf8_decode(span_from(s, at), NULL);
        if (len == 0)
            break;
        at += len;
    }
    return at;
}

/* Bytes of a word that go on a character: bit 7 is set, bit 6 is not. */
static size_t continuations_in(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    return (size_t)(((word >> 7 & ~word >> 6 & ones) * ones) >> 56);
}

#ifdef __SSE2__

/* Bytes that begin a character, which are the signed ones above 0xbf, in blocks of 16. */
static size_t begins_in_blocks(struct span s)
{
    const __m128i last = _mm_set1_epi8((char)0xbf);
    __m128i sums = _mm_setzero_si128();
    for (size_t i = 0; i + 16 <= s.len; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(s.ptr + i));
        __m128i begins = _mm_sub_epi8(_mm_setzero_si128(), _mm_cmpgt_epi8(bytes, last));
        sums = _mm_add_epi64(sums, _mm_sad_epu8(begins, _mm_setzero_si128()));
    }
    return (size_t)(_mm_cvtsi128_si64(sums) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums)));
}

#endif

size_t utf8_count(struct span s)
{
    size_t count = 0;
#ifdef __SSE2__
    count = begins_in_blocks(s);
    s = span_from(s, s.len / 16 * 16);
#endif
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8)
        count += 8 - continuations_in(word_at(s.ptr + i));
    for (; i < s.len; i++)
        count += !is_continuation(s.ptr[i]);
    return count;
}

size_t utf8_floor(struct span s, size_t at)
{
    if (at >= s.len)
        return s.len;
    while (at > 0 && is_continuation(s.ptr[at]))
        at--;
    return at;
}
