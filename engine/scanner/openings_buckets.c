/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openings_buckets: which alternatives share an automaton: those of one kind whose first bytes are
 * most alike, so that few texts that begin like one of them begin like another.
 */
#include "engine/base/ascii.h"
#include "engine/base/mem.h"
#include "engine/scanner/openings_build.h"
#include "engine/scanner/sample.h"

#include <stdlib.h>

/* Buckets that are there before the most alike ones are joined; what comes then goes to one of
 * them. */
#define DRAFTS_MOST 640u
#define NONE SIZE_MAX
/* A place more that passes, in bytes more that pass: the sample is small. */
#define PASSING_COSTS 32
#define ALWAYS_INLINE __attribute__((always_inline)) static inline
#define WORDS 8u
#define PLACES (WORDS * 64u) /* of the sample */

/* Places of the sample, as bits, by how deep a byte stands behind them. */
struct passes {
    uint64_t at[NFA_FIRST][WORDS];
};

/* What may become a bucket, and buckets that may become a group. */
struct draft {
    unsigned kind; /* only those of one are joined */
    unsigned needs;
    struct passes passes;
    struct nfa_set sets[NFA_FIRST]; /* bytes that pass ... */
    int bytes;                      /* ... how many, at all depths */
    uint64_t passing[WORDS];        /* at all depths */
    int weight;                     /* how many these are */
    size_t first, last;             /* what it is made of: numbers, in a list ... */
    size_t size;                    /* ... of so many */
    size_t nearest;                 /* another draft of this kind, or NONE ... */
    int cost;                       /* ... and how many more pass when they are one */
};

struct drafts {
    struct draft items[DRAFTS_MOST];
    size_t count;
    size_t most;           /* numbers of one draft: larger ones have more than one automaton */
    bool sieved;           /* these are of the sieve */
    size_t *nexts;         /* of each number in its list, or NONE */
    size_t places[PLACES]; /* offsets in the sample */
    uint64_t met[NEEDS_COUNT][WORDS]; /* places where each need is met */
};

/* --- how much of the sample passes --- */

static bool is_place(struct span text, size_t off, enum openings_family_of family)
{
    bool token = ascii_is_token(text.ptr[off]);
    return family == OPENINGS_SOME || (token && (off == 0 || !ascii_is_token(text.ptr[off - 1])));
}

/* Places where tokens begin, or of all, evenly. */
static void choose_places(struct drafts *drafts, enum openings_family_of family)
{
    struct span text = sample_text();
    size_t last = text.len - NFA_FIRST, all = 0, seen = 0, count = 0;
    for (size_t i = 0; i < last; i++)
        all += is_place(text, i, family);
    for (size_t i = 0; i < last && count < PLACES; i++) {
        if (is_place(text, i, family) && seen++ * PLACES >= count * all)
            drafts->places[count++] = i;
    }
}

/* Literals are taken to stand anywhere: what begins with one is only joined with its like. */
static unsigned met_at(struct span text, size_t off)
{
    struct byte_masks masks[2];
    size_t at = span_find_byte(span_from(text, off), '@');
    size_t blank = span_find_byte(span_from(text, off), ' ');
    byte_masks_fill(text, off, 2, masks);
    return needs_met(masks, 0) | NEEDS_LITERAL | NEEDS_APART |
           (at < blank ? (unsigned)NEEDS_AT : 0);
}

static void find_met(struct drafts *drafts)
{
    for (size_t i = 0; i < PLACES; i++) {
        unsigned met = met_at(sample_text(), drafts->places[i]);
        for (unsigned need = 0; need < NEEDS_COUNT; need++)
            drafts->met[need][i / 64] |= (uint64_t)(met >> need & 1) << (i % 64);
    }
}

static void find_passes(const struct drafts *drafts, const struct openings_member *member,
                        struct passes *out)
{
    const unsigned char *text = (const unsigned char *)sample_text().ptr;
    memset(out, 0, sizeof *out);
    for (size_t depth = 0; depth < NFA_FIRST; depth++) {
        for (size_t i = 0; i < PLACES; i++) {
            bool passes = nfa_set_has(&member->first[depth], text[drafts->places[i] + depth]);
            out->at[depth][i / 64] |= (uint64_t)passes << (i % 64);
        }
    }
}

/* Which places pass two drafts as one. */
ALWAYS_INLINE void find_passing(const struct drafts *drafts, const struct draft *a,
                                const struct draft *b, uint64_t out[WORDS])
{
    memset(out, 0xff, WORDS * sizeof *out);
    for (size_t depth = 0; depth < NFA_FIRST; depth++) {
        for (size_t i = 0; i < WORDS; i++)
            out[i] &= a->passes.at[depth][i] | b->passes.at[depth][i];
    }
    for (unsigned needs = a->needs & b->needs; needs != 0; needs &= needs - 1) {
        const uint64_t *met = drafts->met[__builtin_ctz(needs)];
        for (size_t i = 0; i < WORDS; i++)
            out[i] &= met[i];
    }
}

/* What passes is followed for each bucket, but only asked once for all groups of the sieve. */
ALWAYS_INLINE int added(const struct drafts *drafts, const struct draft *a, const struct draft *b)
{
    uint64_t passing[WORDS];
    int count = drafts->sieved ? 0 : -a->weight - b->weight, bytes = 0;
    for (size_t depth = 0; depth < NFA_FIRST; depth++) {
        for (size_t i = 0; i < 4; i++)
            bytes += __builtin_popcountll(a->sets[depth].has[i] | b->sets[depth].has[i]);
    }
    bytes -= a->bytes > b->bytes ? a->bytes : b->bytes;
    find_passing(drafts, a, b, passing);
    for (size_t i = 0; i < WORDS; i++) {
        uint64_t known = drafts->sieved ? a->passing[i] | b->passing[i] : 0;
        count += __builtin_popcountll(passing[i] & ~known);
    }
    return count * PASSING_COSTS + bytes;
}

#ifdef __SSE2__
/* Asked half a million times. */
__attribute__((target("avx2,popcnt"))) static int added_avx2(const struct drafts *drafts,
                                                             const struct draft *a,
                                                             const struct draft *b)
{
    return added(drafts, a, b);
}
#endif

static int cost_of(const struct drafts *drafts, const struct draft *a, const struct draft *b)
{
#ifdef __SSE2__
    if (__builtin_cpu_supports("avx2"))
        return added_avx2(drafts, a, b);
#endif
    return added(drafts, a, b);
}

static void weigh(const struct drafts *drafts, struct draft *draft)
{
    draft->weight = draft->bytes = 0;
    for (size_t depth = 0; depth < NFA_FIRST; depth++) {
        for (size_t i = 0; i < 4; i++)
            draft->bytes += __builtin_popcountll(draft->sets[depth].has[i]);
    }
    find_passing(drafts, draft, draft, draft->passing);
    for (size_t i = 0; i < WORDS; i++)
        draft->weight += __builtin_popcountll(draft->passing[i]);
}

/* --- joining --- */

/* The draft that one like it joins at the least cost; NONE: there is none of its kind. */
static size_t nearest_to(const struct drafts *drafts, const struct draft *draft, size_t but,
                         int *cost_out)
{
    size_t best = NONE;
    for (size_t i = 0; i < drafts->count; i++) {
        const struct draft *other = &drafts->items[i];
        if (i == but || other->kind != draft->kind || other->size + draft->size > drafts->most)
            continue;
        int cost = cost_of(drafts, other, draft);
        if (best == NONE || cost < *cost_out) {
            best = i;
            *cost_out = cost;
        }
    }
    return best;
}

/* What `from` has is in `into` too. */
static void join(struct drafts *drafts, struct draft *into, const struct draft *from)
{
    for (size_t depth = 0; depth < NFA_FIRST; depth++) {
        for (size_t i = 0; i < WORDS; i++)
            into->passes.at[depth][i] |= from->passes.at[depth][i];
    }
    for (size_t depth = 0; depth < NFA_FIRST; depth++) {
        for (size_t i = 0; i < 4; i++)
            into->sets[depth].has[i] |= from->sets[depth].has[i];
    }
    into->size += from->size;
    into->needs &= from->needs;
    weigh(drafts, into);
    drafts->nexts[into->last] = from->first;
    into->last = from->last;
}

static void find_nearest(struct drafts *drafts, size_t at)
{
    struct draft *draft = &drafts->items[at];
    draft->nearest = nearest_to(drafts, draft, at, &draft->cost);
}

/* The draft that is cheapest to join with its nearest. */
static size_t cheapest(const struct drafts *drafts)
{
    size_t best = NONE;
    for (size_t i = 0; i < drafts->count; i++) {
        if (drafts->items[i].nearest != NONE &&
            (best == NONE || drafts->items[i].cost < drafts->items[best].cost))
            best = i;
    }
    return best;
}

static void join_cheapest(struct drafts *drafts)
{
    size_t into = cheapest(drafts), gone = drafts->items[into].nearest, last = drafts->count - 1;
    join(drafts, &drafts->items[into], &drafts->items[gone]);
    for (size_t i = 0; i <= last; i++) {
        if (drafts->items[i].nearest == gone)
            drafts->items[i].nearest = into;
    }
    drafts->items[gone] = drafts->items[last];
    drafts->count--;
    for (size_t i = 0; i < last; i++) {
        if (i == into || i == gone || drafts->items[i].nearest == into)
            find_nearest(drafts, i);
        else if (drafts->items[i].nearest == last)
            drafts->items[i].nearest = gone;
    }
}

static void join_down_to(struct drafts *drafts, size_t count)
{
    for (size_t i = 0; i < drafts->count; i++)
        find_nearest(drafts, i);
    while (drafts->count > count) {
        if (cheapest(drafts) != NONE) {
            join_cheapest(drafts);
            continue;
        }
        drafts->most *= 2;
        for (size_t i = 0; i < drafts->count; i++)
            find_nearest(drafts, i);
    }
}

/* --- buckets --- */

static bool same(const struct draft *a, const struct draft *b)
{
    return a->size < AUTOMATON_ROWS && a->kind == b->kind && a->needs == b->needs &&
           memcmp(&a->passes, &b->passes, sizeof a->passes) == 0;
}

/* What sleeps is apart from what does not, and literals from all else. */
#define KINDS 8u
static unsigned kind_of(const struct openings_member *member)
{
    return (member->needs & (NEEDS_LITERAL | NEEDS_APART)) * 2 + member->may_sleep;
}

static bool has_kind(const struct drafts *drafts, unsigned kind)
{
    size_t i = 0;
    while (i < drafts->count && drafts->items[i].kind != kind)
        i++;
    return i < drafts->count;
}

/* To one that is the same, or as a new one as long as there is room. */
static void add(struct drafts *drafts, struct draft *draft)
{
    int cost = 0;
    size_t nearest = NONE;
    weigh(drafts, draft);
    for (size_t i = 0; i < drafts->count; i++) {
        if (same(&drafts->items[i], draft)) {
            join(drafts, &drafts->items[i], draft);
            return;
        }
    }
    /* The first of a kind has room. */
    bool full = drafts->count >= DRAFTS_MOST - KINDS && has_kind(drafts, draft->kind);
    if (full)
        nearest = nearest_to(drafts, draft, NONE, &cost);
    while (full && nearest == NONE) { /* there is one of its kind */
        drafts->most *= 2;
        nearest = nearest_to(drafts, draft, NONE, &cost);
    }
    if (nearest != NONE)
        join(drafts, &drafts->items[nearest], draft);
    else
        drafts->items[drafts->count++] = *draft;
}

static void add_member(struct drafts *drafts, const struct openings_member *member, size_t number)
{
    struct draft draft = {.kind = kind_of(member),
                          .needs = member->needs,
                          .first = number,
                          .last = number,
                          .size = 1};
    find_passes(drafts, member, &draft.passes);
    memcpy(draft.sets, member->first, sizeof draft.sets);
    add(drafts, &draft);
}

static struct drafts *drafts_new(enum openings_family_of family, size_t count)
{
    struct drafts *drafts = mem_alloc(sizeof *drafts);
    drafts->nexts = mem_alloc(count * sizeof *drafts->nexts);
    memset(drafts->nexts, 0xff, count * sizeof *drafts->nexts);
    drafts->most = AUTOMATON_ROWS;
    choose_places(drafts, family);
    find_met(drafts);
    return drafts;
}

static void drafts_free(struct drafts *drafts)
{
    free(drafts->nexts);
    free(drafts);
}

size_t openings_find_buckets(struct openings_member *members, size_t count,
                             enum openings_family_of family)
{
    struct drafts *drafts = drafts_new(family, count);
    for (size_t i = 0; i < count; i++) {
        if (openings_family_of(&members[i]) == family)
            add_member(drafts, &members[i], i);
    }
    join_down_to(drafts, OPENINGS_BUCKETS);
    for (unsigned bucket = 0; bucket < drafts->count; bucket++) {
        for (size_t i = drafts->items[bucket].first; i != NONE; i = drafts->nexts[i])
            members[i].bucket = bucket;
    }
    size_t buckets = drafts->count;
    drafts_free(drafts);
    return buckets;
}

/* --- groups of the sieve --- */

/* The halves of a byte pass each for itself (sieve.h), so they are rows of their own here. */
static void find_sieved(const struct drafts *drafts, const struct sieve *sieve, struct passes *out)
{
    const unsigned char *text = (const unsigned char *)sample_text().ptr;
    memset(out, 0xff, sizeof *out);
    memset(out, 0, 2 * SIEVE_DEPTH * sizeof *out->at);
    for (size_t depth = 0; depth < SIEVE_DEPTH; depth++) {
        for (size_t i = 0; i < PLACES; i++) {
            unsigned c = text[drafts->places[i] + depth];
            uint64_t bit = UINT64_C(1) << (i % 64);
            out->at[2 * depth][i / 64] |= sieve->low[depth][c & 15] != 0 ? bit : 0;
            out->at[2 * depth + 1][i / 64] |= sieve->high[depth][c >> 4] != 0 ? bit : 0;
        }
    }
}
_Static_assert(2 * SIEVE_DEPTH <= NFA_FIRST, "rows of struct passes");

static void add_sieved(struct drafts *drafts, const struct openings_member *member, size_t number)
{
    struct draft draft = {.first = number, .last = number, .size = 1};
    struct sieve sieve = {.low = {{0}}};
    sieve_add(&sieve, 0, member->first);
    find_sieved(drafts, &sieve, &draft.passes);
    add(drafts, &draft);
}

void openings_fill_sieve(struct openings_member *members, size_t count, struct sieve *sieve)
{
    struct drafts *drafts = drafts_new(OPENINGS_SOME, count);
    drafts->sieved = true;
    drafts->most = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        if ((members[i].needs & (NEEDS_APART | NEEDS_LITERAL)) == 0)
            add_sieved(drafts, &members[i], i);
    }
    join_down_to(drafts, SIEVE_GROUPS);
    for (unsigned group = 0; group < drafts->count; group++) {
        for (size_t i = drafts->items[group].first; i != NONE; i = drafts->nexts[i])
            sieve_add(sieve, group, members[i].first);
    }
    drafts_free(drafts);
}
