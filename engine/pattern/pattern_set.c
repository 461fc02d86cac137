/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pattern/pattern_set.h"

#include "engine/base/mem.h"
#include "engine/pattern/compiled.h"

#include <stdlib.h>

/* A pass costs about as much as the searches for so many runs. */
#define LEAST_PATTERNS 16u
/* Three bytes of a run are looked for, at every fourth place of a text: so at four places of the
 * run next to each other, one of which is such a place wherever the run stands. */
#define WINDOW 3u
#define STEP 4u
/* All that the classes of a run allow there is looked for, up to so many. */
#define SPELLINGS_MAX 2048u
#define SPELLINGS_OF_ALL ((size_t)1 << 20)
/* Of all places of a text that look like a part of the run. */
#define SHARE_MOST (1.0 / 64)
#define SLOT_BITS 16u
#define CHAIN_BITS 12u
/* Steps along chains for each byte of a text; one that needs more is not worth the filter. */
#define STEPS_PER_BYTE 4u
#define STEPS_FREE 4096u

#define NONE UINT32_MAX

/* One spelling of three bytes of a run. */
struct spelling {
    uint32_t bytes;
    uint32_t pattern;
    uint32_t place; /* in the run */
    uint32_t next;  /* of the same chain, or NONE */
};

struct member {
    const struct hint *hint;
    size_t first; /* of the places in the run; SPAN_NONE: it may always be found */
};

struct pattern_set {
    struct member *members;
    size_t count, filtered;
    struct spelling *spellings;
    size_t spelling_count, spelling_cap;
    uint64_t slots[(size_t)1 << (SLOT_BITS - 6)];
    uint32_t chains[1u << CHAIN_BITS];
};

static uint32_t slot_of(uint32_t bytes)
{
    return bytes * UINT32_C(0x9e3779b1) >> (32 - SLOT_BITS);
}

static bool slot_is_used(const struct pattern_set *set, uint32_t slot)
{
    return (set->slots[slot / 64] >> (slot % 64) & 1) != 0;
}

/* The bytes that may stand at a place of the run. */
static size_t bytes_at(const struct hint *hint, size_t place, unsigned char out[256])
{
    size_t count = 0;
    for (unsigned c = 0; c < 256; c++) {
        if (hint->classes[c] >> place & 1)
            out[count++] = (unsigned char)c;
    }
    return count;
}

/* How often one of the spellings comes in mail, and their number. */
static double share_at(const struct hint *hint, size_t place, size_t *spellings_out)
{
    double share = 1;
    *spellings_out = 1;
    for (size_t i = place; i < place + WINDOW; i++) {
        unsigned char bytes[256];
        size_t count = bytes_at(hint, i, bytes);
        unsigned frequency = 0;
        for (size_t b = 0; b < count; b++)
            frequency += hint_frequency(bytes[b]);
        *spellings_out *= count;
        share *= frequency / 1000.0;
    }
    return share;
}

/* The places that come least often, of those with few spellings. */
static size_t choose_places(const struct hint *hint)
{
    size_t best = SPAN_NONE;
    double least = SHARE_MOST;
    for (size_t first = 0; first + STEP - 1 + WINDOW <= hint->run; first++) {
        double share = 0;
        size_t all = 0;
        for (size_t place = first; place < first + STEP; place++) {
            size_t spellings;
            share += share_at(hint, place, &spellings);
            all += spellings;
        }
        if (all > SPELLINGS_MAX || share >= least)
            continue;
        least = share;
        best = first;
    }
    return best;
}

static void add_spelling(struct pattern_set *set, const struct spelling *spelling)
{
    if (set->spelling_count == set->spelling_cap) {
        set->spelling_cap = set->spelling_cap ? set->spelling_cap * 2 : 256;
        set->spellings = mem_resize(set->spellings, set->spelling_cap * sizeof *set->spellings);
    }
    uint32_t slot = slot_of(spelling->bytes);
    uint32_t *chain = &set->chains[slot >> (SLOT_BITS - CHAIN_BITS)];
    set->slots[slot / 64] |= UINT64_C(1) << (slot % 64);
    set->spellings[set->spelling_count] = *spelling;
    set->spellings[set->spelling_count].next = *chain;
    *chain = (uint32_t)set->spelling_count++;
}

static void add_place(struct pattern_set *set, uint32_t number, size_t place)
{
    unsigned char bytes[WINDOW][256];
    size_t counts[WINDOW];
    for (size_t i = 0; i < WINDOW; i++)
        counts[i] = bytes_at(set->members[number].hint, place + i, bytes[i]);
    for (size_t a = 0; a < counts[0]; a++) {
        for (size_t b = 0; b < counts[1]; b++) {
            for (size_t c = 0; c < counts[2]; c++) {
                struct spelling spelling = {.pattern = number, .place = (uint32_t)place};
                spelling.bytes =
                    bytes[0][a] | (uint32_t)bytes[1][b] << 8 | (uint32_t)bytes[2][c] << 16;
                add_spelling(set, &spelling);
            }
        }
    }
}

static void add_member(struct pattern_set *set, uint32_t number, const struct pattern *pattern)
{
    struct member *member = &set->members[number];
    *member = (struct member){.hint = &pattern->hint, .first = SPAN_NONE};
    if (set->spelling_count + SPELLINGS_MAX <= SPELLINGS_OF_ALL)
        member->first = choose_places(member->hint);
    if (member->first == SPAN_NONE)
        return;
    set->filtered++;
    for (size_t i = 0; i < STEP; i++)
        add_place(set, number, member->first + i);
}

struct pattern_set *pattern_set_new(const struct pattern *const *patterns, size_t count)
{
    if (count < LEAST_PATTERNS || count >= NONE)
        return NULL;
    struct pattern_set *set = mem_alloc(sizeof *set);
    set->members = mem_alloc(count * sizeof *set->members);
    set->count = count;
    memset(set->chains, 0xff, sizeof set->chains);
    for (size_t i = 0; i < count; i++) {
        if (patterns[i])
            add_member(set, (uint32_t)i, patterns[i]);
    }
    if (set->filtered < LEAST_PATTERNS)
        pattern_set_free(&set);
    return set;
}

void pattern_set_free(struct pattern_set **slot)
{
    struct pattern_set *set = *slot;
    if (!set)
        return;
    *slot = NULL;
    free(set->members);
    free(set->spellings);
    free(set);
}

size_t pattern_set_words(const struct pattern_set *set)
{
    return (set->count + 63) / 64;
}

/* The patterns whose whole run stands where `bytes` at `at` of the text are part of it. false: too
 * much work. */
static bool look_closer(const struct pattern_set *set, struct span text, size_t at, uint32_t bytes,
                        size_t *steps, uint64_t *maybe)
{
    uint32_t next = set->chains[slot_of(bytes) >> (SLOT_BITS - CHAIN_BITS)];
    for (; next != NONE; next = set->spellings[next].next) {
        const struct spelling *spelling = &set->spellings[next];
        if ((*steps)-- == 0)
            return false;
        if (spelling->bytes != bytes || spelling->place > at ||
            pattern_set_has(maybe, spelling->pattern))
            continue;
        const struct hint *hint = set->members[spelling->pattern].hint;
        size_t run = at - spelling->place;
        if (text.len - run >= hint->run && hint_stands_at(hint, text, run))
            maybe[spelling->pattern / 64] |= UINT64_C(1) << (spelling->pattern % 64);
    }
    return true;
}

static uint32_t three_bytes(const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
}

static void scan(const struct pattern_set *set, struct span text, uint64_t *maybe)
{
    size_t steps = text.len * STEPS_PER_BYTE + STEPS_FREE;
    for (size_t at = 0; at + WINDOW <= text.len; at += STEP) {
        uint32_t bytes = three_bytes(text.ptr + at);
        if (slot_is_used(set, slot_of(bytes)) &&
            !look_closer(set, text, at, bytes, &steps, maybe)) {
            memset(maybe, 0xff, pattern_set_words(set) * sizeof *maybe);
            return;
        }
    }
}

void pattern_set_scan(const struct pattern_set *set, const struct pattern_subject *subject,
                      uint64_t *maybe_out)
{
    memset(maybe_out, 0, pattern_set_words(set) * sizeof *maybe_out);
    for (size_t i = 0; i < set->count; i++) {
        const struct member *member = &set->members[i];
        if (!member->hint || member->first == SPAN_NONE || subject->kind > (int)member->hint->text)
            maybe_out[i / 64] |= UINT64_C(1) << (i % 64);
    }
    scan(set, subject->text, maybe_out);
}
