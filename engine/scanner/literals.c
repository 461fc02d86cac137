/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/literals.h"

#include "engine/base/ascii.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

#define CELLS 4096u
/* Of all of a literal's first bytes that are told apart at first: case is bit 5 of a letter. What
 * else this makes alike is told apart later. */
#define FOLD UINT64_C(0x2020202020202020)
#define HASH UINT32_C(0x9e3779b1)

struct literal {
    uint64_t bytes, mask; /* the first eight */
    struct span text;
};

struct literals {
    uint32_t cells[CELLS];      /* by the hash of the first three bytes: the fourth, as bits */
    uint32_t firsts[CELLS + 1]; /* those with that hash, in `items` */
    struct literal *items;
    size_t count;
    struct literals_library *library;
};

static uint32_t cell_of(uint32_t bytes)
{
    return ((bytes | (uint32_t)FOLD) << 8) * HASH >> 20;
}
_Static_assert(CELLS == 1u << (32 - 20), "as many as there are hashes");

static uint32_t bit_of(uint32_t bytes)
{
    return UINT32_C(1) << ((bytes | (uint32_t)FOLD) >> 24 & 31);
}

static uint64_t load(const char *at, size_t len)
{
    uint64_t bytes = 0;
    memcpy(&bytes, at, len);
    return bytes;
}

static uint32_t cell_of_text(struct span text)
{
    return cell_of((uint32_t)load(text.ptr, LITERALS_LEAST));
}

static void set_literal(struct literal *literal, struct span text)
{
    const size_t len = text.len < sizeof literal->bytes ? text.len : sizeof literal->bytes;
    literal->mask = len < sizeof literal->mask ? (UINT64_C(1) << 8 * len) - 1 : UINT64_MAX;
    literal->bytes = (load(text.ptr, len) | FOLD) & literal->mask;
    literal->text = text;
}

/* By cell: a counting sort. */
static void sort(struct literals *literals, const struct span *texts, struct arena *arena)
{
    uint32_t *firsts = literals->firsts;
    for (size_t i = 0; i < literals->count; i++)
        firsts[cell_of_text(texts[i])]++;
    for (size_t i = 0; i < CELLS; i++)
        firsts[i + 1] += firsts[i];
    for (size_t i = 0; i < literals->count; i++)
        set_literal(&literals->items[--firsts[cell_of_text(texts[i])]],
                    arena_copy(arena, texts[i]));
}

struct literals *literals_new(const struct span *texts, size_t count, struct arena *arena)
{
    struct literals *literals = ARENA_NEW(arena, struct literals);
    literals->count = count;
    literals->items = ARENA_ARRAY(arena, count, struct literal);
    sort(literals, texts, arena);
    for (size_t i = 0; i < count; i++) { /* behind one of three bytes anything may stand */
        uint32_t bit = texts[i].len == 3 ? UINT32_MAX : bit_of((uint32_t)load(texts[i].ptr, 4));
        literals->cells[cell_of_text(texts[i])] |= bit;
    }
    if (count > 0)
        literals->library = literals_library_new(texts, count, arena);
    return literals;
}

static bool stands_at(struct span literal, struct span text, size_t at)
{
    if (text.len - at < literal.len)
        return false;
    for (size_t i = 0; i < literal.len; i++) {
        if (ascii_lower(text.ptr[at + i]) != literal.ptr[i])
            return false;
    }
    return true;
}

static bool any_at(const struct literals *literals, struct span text, size_t at)
{
    const size_t left = text.len - at;
    if (left < LITERALS_LEAST)
        return false;
    uint64_t bytes = load(text.ptr + at, left < 8 ? left : 8) | FOLD;
    uint32_t cell = cell_of((uint32_t)bytes);
    for (uint32_t i = literals->firsts[cell]; i < literals->firsts[cell + 1]; i++) {
        const struct literal *literal = &literals->items[i];
        if ((bytes & literal->mask) == literal->bytes && stands_at(literal->text, text, at))
            return true;
    }
    return false;
}

static bool passes(const struct literals *literals, const char *at)
{
    uint32_t bytes = (uint32_t)load(at, 4);
    return (literals->cells[cell_of(bytes)] & bit_of(bytes)) != 0;
}

/* Those of the places from text[at] on, 64 or up to `end`, that pass. */
static uint64_t pass_places(const struct literals *literals, struct span text, size_t at,
                            size_t end)
{
    uint64_t bits = 0;
    size_t whole = text.len > 3 ? text.len - 3 : 0;
    for (size_t i = 0; i < 64 && at + i < end; i++)
        bits |= (uint64_t)(at + i >= whole || passes(literals, text.ptr + at + i)) << i;
    return bits;
}

#ifdef __SSE2__

#define AVX2 __attribute__((target("avx2")))
#define AVX2_READS 80u /* bytes that are read for 64 places */

/* The same for 64 places, eight at a time. */
AVX2 static uint64_t pass_avx2(const struct literals *literals, const char *at)
{
    const __m256i windows = _mm256_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6, 4, 5,
                                             6, 7, 5, 6, 7, 8, 6, 7, 8, 9, 7, 8, 9, 10);
    const __m256i last = _mm256_set1_epi32(31);
    uint64_t bits = 0;
    for (unsigned i = 0; i < 64; i += 8) {
        __m128i loaded = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
        __m256i bytes = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(loaded), windows);
        bytes = _mm256_or_si256(bytes, _mm256_set1_epi64x((long long)FOLD));
        __m256i hash =
            _mm256_mullo_epi32(_mm256_slli_epi32(bytes, 8), _mm256_set1_epi32((int)HASH));
        __m256i cells = _mm256_i32gather_epi32((const int *)(const void *)literals->cells,
                                               _mm256_srli_epi32(hash, 20), 4);
        __m256i by = _mm256_andnot_si256(_mm256_srli_epi32(bytes, 24), last);
        __m256i signs = _mm256_sllv_epi32(cells, by);
        bits |= (uint64_t)(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(signs)) << i;
    }
    return bits;
}

#endif

static uint64_t pass_at(const struct literals *literals, struct span text, size_t at, size_t end)
{
#ifdef __SSE2__
    if (end - at >= 64 && text.len - at >= AVX2_READS && __builtin_cpu_supports("avx2"))
        return pass_avx2(literals, text.ptr + at);
#endif
    return pass_places(literals, text, at, end);
}

static void scan(const struct literals *literals, struct span text, size_t from, size_t end,
                 uint64_t *starts)
{
    for (size_t at = from; at < end; at += 64) {
        uint64_t bits = pass_at(literals, text, at, end);
        for (; bits != 0; bits &= bits - 1) {
            size_t place = at + (size_t)__builtin_ctzll(bits);
            if (any_at(literals, text, place))
                starts[(place - from) / 64] |= UINT64_C(1) << ((place - from) & 63);
        }
    }
}

static bool own_is_fastest(void)
{
#ifdef __SSE2__
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

void literals_scan(const struct literals *literals, struct span text, size_t from, size_t end,
                   enum literals_by by, uint64_t *starts)
{
    bool library = by == LITERALS_BY_LIBRARY || (by == LITERALS_BY_FASTEST && !own_is_fastest());
    if (literals->count == 0 || from >= end)
        return;
    if (library && literals->library &&
        literals_library_scan(literals->library, text, from, end, starts))
        return;
    scan(literals, text, from, end, starts);
}
