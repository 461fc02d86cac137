/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/literals.h"

#include "engine/base/ascii.h"

#ifdef __SSE2__
#include <immintrin.h>
#endif

#define CELLS 8192u
/* Of four bytes what is looked up. Case is bit 5 of a letter; what else is alike without it is told
 * apart when literals are compared. */
#define FOLD UINT32_C(0x1fdfdfdf)
#define HASH UINT32_C(0x3779b100) /* of the lower three: the fourth does not come into it */
#define HASH_SHIFT 19

#define FIRST ((size_t)8)        /* bytes that are compared at once */
#define BLOCK ((size_t)64)       /* places that are looked up at once */
#define BLOCK_READS ((size_t)80) /* bytes that are read for them, and to compare there */
#define BATCH ((size_t)16)       /* blocks that are looked up before any of it is compared */
/* Whether a branch is taken here no processor foresees, and that costs more than to do these few
 * every time: */
#define NOTED ((size_t)4) /* places of a block */
#define PEERS 3u          /* literals of a cell */

/* Of a literal. Bit 7 of each byte of `mask` is set as far as the literal goes. */
struct beginning {
    uint64_t bytes, mask;
};

struct literals {
    uint32_t cells[CELLS];        /* by the hash of the first three bytes: the fourth, as bits */
    uint32_t firsts[CELLS + 1];   /* those with that hash, in `beginnings` and `texts` */
    struct beginning *beginnings; /* and PEERS behind them that nothing begins with */
    struct span *texts;
    size_t count;
    struct literals_library *library;
};

static uint32_t cell_of(uint32_t bytes)
{
    return (bytes & FOLD) * HASH >> HASH_SHIFT;
}
_Static_assert(CELLS == 1u << (32 - HASH_SHIFT), "as many as there are hashes");

static uint32_t bit_of(uint32_t bytes)
{
    return UINT32_C(1) << (31 - ((bytes & FOLD) >> 24));
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

static struct beginning beginning_of(struct span text)
{
    unsigned char mask[FIRST] = {0};
    size_t len = text.len < FIRST ? text.len : FIRST;
    for (size_t i = 0; i < len; i++)
        mask[i] = ascii_is_alpha(text.ptr[i]) ? 0xdf : 0xff;
    struct beginning beginning = {.bytes = load(text.ptr, len)};
    memcpy(&beginning.mask, mask, sizeof mask);
    beginning.bytes &= beginning.mask;
    return beginning;
}

static bool begins(uint64_t bytes, const struct beginning *beginning)
{
    return (bytes & beginning->mask) == beginning->bytes;
}

/* Nothing of it stands behind its beginning. */
static bool is_short(const struct beginning *beginning)
{
    return beginning->mask >> 63 == 0;
}

/* By cell: a counting sort. */
static void sort(struct literals *literals, const struct span *texts, struct arena *arena)
{
    uint32_t *firsts = literals->firsts;
    for (size_t i = 0; i < literals->count; i++)
        firsts[cell_of_text(texts[i])]++;
    for (size_t i = 0; i < CELLS; i++)
        firsts[i + 1] += firsts[i];
    for (size_t i = 0; i < literals->count; i++) {
        uint32_t place = --firsts[cell_of_text(texts[i])];
        literals->texts[place] = arena_copy(arena, texts[i]);
        literals->beginnings[place] = beginning_of(texts[i]);
    }
    for (size_t i = 0; i < PEERS; i++)
        literals->beginnings[literals->count + i] = (struct beginning){.bytes = 1, .mask = 0};
}

static bool has_avx2(void)
{
#ifdef __SSE2__
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("popcnt");
#else
    return false;
#endif
}

struct literals *literals_new(const struct span *texts, size_t count, struct arena *arena)
{
    struct literals *literals = ARENA_NEW(arena, struct literals);
    literals->count = count;
    literals->texts = ARENA_ARRAY(arena, count, struct span);
    literals->beginnings = ARENA_ARRAY(arena, count + PEERS, struct beginning);
    sort(literals, texts, arena);
    for (size_t i = 0; i < count; i++) { /* behind one of three bytes anything may stand */
        uint32_t bit = texts[i].len == 3 ? UINT32_MAX : bit_of((uint32_t)load(texts[i].ptr, 4));
        literals->cells[cell_of_text(texts[i])] |= bit;
    }
    if (count > 0)
        literals->library = literals_library_new(literals->texts, count, !has_avx2(), arena);
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
    uint64_t bytes = load(text.ptr + at, left < FIRST ? left : FIRST);
    uint32_t cell = cell_of((uint32_t)bytes);
    for (uint32_t i = literals->firsts[cell]; i < literals->firsts[cell + 1]; i++) {
        if (begins(bytes, &literals->beginnings[i]) && stands_at(literals->texts[i], text, at))
            return true;
    }
    return false;
}

/* Writes the places of the bits, counted from `first` on, and NOTED more at most; returns how many
 * they are. */
__attribute__((always_inline)) static inline size_t note_places(uint64_t bits, size_t first,
                                                                uint32_t *places)
{
    const size_t count = (size_t)__builtin_popcountll(bits);
    size_t noted = 0;
    do {
        for (size_t i = 0; i < NOTED; i++, bits &= bits - 1) {
            int place = __builtin_ctzll(bits | UINT64_C(1) << (BLOCK - 1));
            places[noted++] = (uint32_t)(first + (size_t)place);
        }
    } while (noted < count);
    return count;
}

/* Those of the 64 places from `at` on where one may stand. */
static uint64_t pass_plain(const struct literals *literals, const char *at)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        uint32_t bytes = (uint32_t)load(at + i, 4);
        bits |= (uint64_t)((literals->cells[cell_of(bytes)] & bit_of(bytes)) != 0) << i;
    }
    return bits;
}

static size_t find_plain(const struct literals *literals, const char *at, size_t blocks,
                         uint32_t *places)
{
    size_t count = 0;
    for (size_t i = 0; i < blocks * BLOCK; i += BLOCK)
        count += note_places(pass_plain(literals, at + i), i, places + count);
    return count;
}

#ifdef __SSE2__

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define AVX2_INLINE __attribute__((target("avx2,bmi,popcnt"), always_inline)) static inline

/* The signs of eight places: 0 to 3 and 16 to 19 from `at` on. */
AVX2_INLINE __m256i signs_avx2(const struct literals *literals, const char *at)
{
    const __m256i windows =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6));
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)at);
    bytes = _mm256_and_si256(_mm256_shuffle_epi8(bytes, windows), _mm256_set1_epi32((int)FOLD));
    __m256i hash = _mm256_mullo_epi32(bytes, _mm256_set1_epi32((int)HASH));
    __m256i cells = _mm256_i32gather_epi32((const int *)(const void *)literals->cells,
                                           _mm256_srli_epi32(hash, HASH_SHIFT), 4);
    return _mm256_sllv_epi32(cells, _mm256_srli_epi32(bytes, 24));
}

/* 32 places: what is packed stays in each half, so that they come out in their order. */
AVX2_INLINE uint32_t pass_half_avx2(const struct literals *literals, const char *at)
{
    __m256i even = _mm256_packs_epi32(signs_avx2(literals, at), signs_avx2(literals, at + 4));
    __m256i odd = _mm256_packs_epi32(signs_avx2(literals, at + 8), signs_avx2(literals, at + 12));
    return (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi16(even, odd));
}

AVX2 static size_t find_avx2(const struct literals *literals, const char *at, size_t blocks,
                             uint32_t *places)
{
    size_t count = 0;
    for (size_t i = 0; i < blocks * BLOCK; i += BLOCK) {
        uint64_t bits = pass_half_avx2(literals, at + i);
        bits |= (uint64_t)pass_half_avx2(literals, at + i + 32) << 32;
        count += note_places(bits, i, places + count);
    }
    return count;
}

#endif

/* The places, from `at` on, where one may stand. */
static size_t find(const struct literals *literals, const char *at, size_t blocks, uint32_t *places)
{
#ifdef __SSE2__
    if (has_avx2())
        return find_avx2(literals, at, blocks, places);
#endif
    return find_plain(literals, at, blocks, places);
}

static void set_start(uint64_t *starts, size_t place, bool stands)
{
    starts[place / 64] |= (uint64_t)stands << (place & 63);
}

/* Sets the starts of short literals; leaves the places where another one still may stand. */
static size_t compare(const struct literals *literals, const char *from, uint64_t *starts,
                      uint32_t *places, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bytes = load(from + places[i], FIRST);
        const uint32_t *firsts = &literals->firsts[cell_of((uint32_t)bytes)];
        const struct beginning *peers = &literals->beginnings[firsts[0]];
        bool stands = false, may = firsts[1] - firsts[0] > PEERS;
        for (size_t peer = 0; peer < PEERS; peer++) { /* those of other cells never begin here */
            bool is = begins(bytes, &peers[peer]);
            stands |= is & is_short(&peers[peer]);
            may |= is;
        }
        set_start(starts, places[i], stands);
        places[left] = places[i];
        left += may & !stands;
    }
    return left;
}

/* Of whole blocks for which there is enough to read. Returns where they end. */
static size_t scan_blocks(const struct literals *literals, struct span text, size_t from,
                          size_t end, uint64_t *starts)
{
    uint32_t places[BATCH * BLOCK + NOTED];
    size_t at = from;
    while (end - at >= BLOCK && text.len - at >= BLOCK_READS) {
        size_t blocks = (text.len - at - (BLOCK_READS - BLOCK)) / BLOCK;
        blocks = (end - at) / BLOCK < blocks ? (end - at) / BLOCK : blocks;
        blocks = blocks < BATCH ? blocks : BATCH;
        uint64_t *words = &starts[(at - from) / 64];
        size_t count = find(literals, text.ptr + at, blocks, places);
        count = compare(literals, text.ptr + at, words, places, count);
        for (size_t i = 0; i < count; i++)
            set_start(words, places[i], any_at(literals, text, at + places[i]));
        at += blocks * BLOCK;
    }
    return at;
}

/* What is left: as if nothing but zeros stood behind the text, until it is compared. */
static void scan_last(const struct literals *literals, struct span text, size_t at, size_t end,
                      uint64_t *starts)
{
    for (; at < end; at += BLOCK, starts++) {
        uint32_t places[BLOCK + NOTED];
        char padded[BLOCK_READS] = {0};
        memcpy(padded, text.ptr + at, text.len - at < BLOCK_READS ? text.len - at : BLOCK_READS);
        size_t count = find(literals, padded, 1, places);
        for (size_t i = 0; i < count && at + places[i] < end; i++)
            set_start(starts, places[i], any_at(literals, text, at + places[i]));
    }
}

void literals_scan(const struct literals *literals, struct span text, size_t from, size_t end,
                   enum literals_by by, uint64_t *starts)
{
    bool library = by == LITERALS_BY_LIBRARY || (by == LITERALS_BY_FASTEST && !has_avx2());
    if (literals->count == 0 || from >= end)
        return;
    if (library && literals->library &&
        literals_library_scan(literals->library, text, from, end, starts))
        return;
    size_t at = scan_blocks(literals, text, from, end, starts);
    scan_last(literals, text, at, end, starts + (at - from) / 64);
}
