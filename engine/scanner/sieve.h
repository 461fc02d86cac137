/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sieve: where in a text any of some sets of four bytes may stand, asked of 32 places at a time:
 * coarser than asking each place for itself, and many times faster. It may let too much pass, never
 * too little; without AVX2 it lets all pass. Private to engine/scanner.
 */
#ifndef CULVERT_SCANNER_SIEVE_H
#define CULVERT_SCANNER_SIEVE_H

#include "engine/base/byte_masks.h"
#include "engine/scanner/nfa.h"

#define SIEVE_DEPTH 4u
#define SIEVE_GROUPS 8u

/* Of each of the four bytes: the groups that its lower and its upper half let pass, as bits. */
struct sieve {
    uint8_t low[SIEVE_DEPTH][16], high[SIEVE_DEPTH][16];
};

/* What begins with one byte of each set passes. */
void sieve_add(struct sieve *sieve, unsigned group, const struct nfa_set sets[SIEVE_DEPTH]);

/* bits[i]: the places of the 64 from (off + 64 i) on where one of the groups passes, `count` times.
 */
void sieve_fill(const struct sieve *sieve, struct span text, size_t off, size_t count,
                uint64_t *bits);

/* The same in a way that the processor can, for tests. */
void sieve_fill_by(enum byte_masks_way way, const struct sieve *sieve, struct span text, size_t off,
                   size_t count, uint64_t *bits);

#endif
