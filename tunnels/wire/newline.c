/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/newline.h"

#include "tunnels/wire/newline_masks.h"

/* Classified at a time: the masks of so many blocks stay in the first cache. */
#define BLOCKS_MAX 32u

static uint64_t low_bits(size_t count)
{
    return count >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << count) - 1;
}

static void count_length(struct newline_counts *counts, uint64_t length)
{
    if (length > counts->longest)
        counts->longest = length;
    counts->lines++;
    counts->line = 0;
}

void newline_count_line(struct newline_counts *counts, uint64_t tail)
{
    count_length(counts, counts->line - tail);
}

/* The line ends `lf` within the `passed` first bytes of a block. */
static void count_lines(struct newline_counts *counts, uint64_t lf, size_t passed)
{
    size_t at = 0;
    while (lf != 0) {
        size_t end = (size_t)__builtin_ctzll(lf);
        count_length(counts, counts->line + end - at - 1); /* without its CR */
        at = end + 1;
        lf &= lf - 1;
    }
    counts->line += passed - at;
}

static void count(struct newline_counts *counts, const struct newline_masks *masks, size_t passed)
{
    uint64_t valid = low_bits(passed);
    uint64_t nul = masks->nul & valid;
    if (nul != 0 && counts->nul_at == UINT64_MAX)
        counts->nul_at = counts->bytes + (unsigned)__builtin_ctzll(nul);
    counts->has_8bit |= (masks->high & valid) != 0;
    counts->bytes += passed;
    count_lines(counts, masks->lf & valid, passed);
}

/* Carried from one block to the next: bit 0 belongs to the first byte of the next. */
struct carry {
    uint64_t cr;    /* a CR stands before it */
    uint64_t start; /* a line begins with it */
};

static enum newline_state state_of(const struct carry *carry)
{
    return carry->cr ? NEWLINE_CR : carry->start ? NEWLINE_START : NEWLINE_LINE;
}

/* Passes the bytes of a block up to the first that is not in order; returns how many. */
static size_t pass_block(const struct newline_masks *masks, size_t len, struct carry *carry,
                         struct newline_counts *counts)
{
    uint64_t after_cr = masks->cr << 1 | carry->cr;
    uint64_t ends = masks->lf & after_cr;
    uint64_t start = ends << 1 | carry->start;
    uint64_t wrong = ((after_cr ^ masks->lf) | (masks->dot & start)) & low_bits(len);
    size_t passed = wrong != 0 ? (size_t)__builtin_ctzll(wrong) : len;
    if (passed == 0)
        return 0;
    carry->cr = masks->cr >> (passed - 1) & 1;
    carry->start = ends >> (passed - 1) & 1;
    count(counts, masks, passed);
    return passed;
}

/*
 * Passes the blocks in which all is in order and nothing is rare, the work on the usual message;
 * returns how many. The counters are kept in variables of its own while it runs.
 */
static size_t pass_usual(const struct newline_masks *masks, size_t blocks, struct carry *carry,
                         struct newline_counts *counts)
{
    uint64_t cr = carry->cr;
    uint64_t line_start = carry->start;
    uint64_t line = counts->line;
    uint64_t longest = counts->longest;
    uint64_t lines = counts->lines;
    uint64_t high = 0;
    size_t i = 0;
    for (; i < blocks; i++) {
        uint64_t after_cr = masks[i].cr << 1 | cr;
        uint64_t ends = masks[i].lf & after_cr;
        uint64_t wrong = (after_cr ^ masks[i].lf) | (masks[i].dot & (ends << 1 | line_start));
        if ((wrong | masks[i].nul) != 0)
            break;
        high |= masks[i].high;
        cr = masks[i].cr >> 63;
        line_start = ends >> 63;
        uint64_t at = 0; /* in the block, behind the last line end */
        for (; ends != 0; ends &= ends - 1) {
            uint64_t end = (uint64_t)__builtin_ctzll(ends);
            uint64_t length = line + end - at - 1;
            longest = length > longest ? length : longest;
            lines++;
            line = 0;
            at = end + 1;
        }
        line += NEWLINE_BLOCK - at;
    }
    carry->cr = cr;
    carry->start = line_start;
    counts->bytes += i * NEWLINE_BLOCK;
    counts->has_8bit |= high != 0;
    counts->line = line;
    counts->longest = longest;
    counts->lines = lines;
    return i;
}

static size_t pass_blocks(const char *bytes, size_t blocks, struct carry *carry,
                          struct newline_counts *counts)
{
    struct newline_masks masks[BLOCKS_MAX];
    newline_classify(bytes, blocks, masks);
    for (size_t i = 0; i < blocks; i++) {
        i += pass_usual(masks + i, blocks - i, carry, counts);
        if (i == blocks)
            break;
        size_t passed = pass_block(&masks[i], NEWLINE_BLOCK, carry, counts);
        if (passed < NEWLINE_BLOCK)
            return i * NEWLINE_BLOCK + passed;
    }
    return blocks * NEWLINE_BLOCK;
}

static size_t pass_all(struct span s, struct carry *carry, struct newline_counts *counts)
{
    size_t at = 0;
    while (s.len - at >= NEWLINE_BLOCK) {
        size_t blocks = (s.len - at) / NEWLINE_BLOCK;
        if (blocks > BLOCKS_MAX)
            blocks = BLOCKS_MAX;
        size_t passed = pass_blocks(s.ptr + at, blocks, carry, counts);
        at += passed;
        if (passed < blocks * NEWLINE_BLOCK)
            return at;
    }
    if (at < s.len) {
        char last[NEWLINE_BLOCK] = {0};
        struct newline_masks masks;
        memcpy(last, s.ptr + at, s.len - at);
        newline_classify(last, 1, &masks);
        at += pass_block(&masks, s.len - at, carry, counts);
    }
    return at;
}

size_t newline_scan(struct span s, enum newline_state *state, struct newline_counts *counts)
{
    struct newline_counts nobody_asks = {0};
    struct carry carry = {*state == NEWLINE_CR, *state == NEWLINE_START};
    size_t passed = pass_all(s, &carry, counts ? counts : &nobody_asks);
    if (passed > 0)
        *state = state_of(&carry);
    return passed;
}
