/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/newline.h"

#include "tunnels/wire/newline_masks.h"
#include "tunnels/wire/newline_usual.h"

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

static enum newline_state state_of(const struct newline_carry *carry)
{
    return carry->cr ? NEWLINE_CR : carry->start ? NEWLINE_START : NEWLINE_LINE;
}

/* Passes the bytes of a block up to the first that is not in order; returns how many. */
static size_t pass_block(const struct newline_masks *masks, size_t len, struct newline_carry *carry,
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

static size_t pass_all(struct span s, struct newline_carry *carry, struct newline_counts *counts)
{
    size_t at = 0;
    while (at < s.len) {
        at += NEWLINE_BLOCK *
              newline_pass_usual(s.ptr + at, (s.len - at) / NEWLINE_BLOCK, carry, counts);
        char block[NEWLINE_BLOCK] = {0};
        struct newline_masks masks;
        size_t len = s.len - at < NEWLINE_BLOCK ? s.len - at : NEWLINE_BLOCK;
        memcpy(block, s.ptr + at, len);
        newline_classify(block, &masks);
        size_t passed = pass_block(&masks, len, carry, counts);
        at += passed;
        if (passed < len)
            break;
    }
    return at;
}

size_t newline_scan(struct span s, enum newline_state *state, struct newline_counts *counts)
{
    struct newline_counts nobody_asks = {0};
    struct newline_carry carry = {*state == NEWLINE_CR, *state == NEWLINE_START};
    size_t passed = pass_all(s, &carry, counts ? counts : &nobody_asks);
    if (passed > 0)
        *state = state_of(&carry);
    return passed;
}
