/* SPDX-License-Identifier: Apache-2.0 */
/*
 * needs: what must stand around a place that something of a bucket begins at, beside its first
 * bytes: told from bits of the text in a few instructions, so asked before an automaton is
 * followed. Private to engine/scanner.
 */
#ifndef CULVERT_SCANNER_NEEDS_H
#define CULVERT_SCANNER_NEEDS_H

#include "engine/base/byte_masks.h"
#include "engine/scanner/nfa.h"

enum needs {
    NEEDS_LITERAL = 1,     /* one of the literals stands there */
    NEEDS_APART = 2,       /* no token goes on in front of it */
    NEEDS_AT = 4,          /* '@' comes before a blank */
    NEEDS_DENSE = 8,       /* NEEDS_DIGITS of the first NFA_DENSE_DEPTH bytes are digits */
    NEEDS_DIGIT = 16,      /* one of the first NFA_DIGIT_DEPTH bytes is a digit */
    NEEDS_FAR_DIGIT = 32,  /* one of the first NFA_FAR_DEPTH bytes is one */
    NEEDS_INK = 64,        /* no blank is among NEEDS_LONG bytes */
    NEEDS_TOKEN = 128,     /* these are all of one token */
    NEEDS_MARK = 256,      /* a mark comes before a blank, or none of both for NEEDS_REACH bytes */
    NEEDS_MARK_SOON = 512, /* one of the first NFA_DIGIT_DEPTH bytes is a mark */
    NEEDS_INK_FAR = 1024   /* no blank is among NEEDS_REACH bytes */
};
#define NEEDS_COUNT 11u
#define NEEDS_ALL ((1u << NEEDS_COUNT) - 1)
#define NEEDS_DIGITS 5u
#define NEEDS_LONG 16u
#define NEEDS_REACH 32u

/* Of all that begins so; NEEDS_LITERAL and NEEDS_APART are not told. */
unsigned needs_of(const struct nfa_profile *profile);

/* The bits of the 32 bytes from place `bit` of masks[0] on that are digits. */
static inline uint32_t needs_digits(const struct byte_masks masks[2], unsigned bit)
{
    const unsigned rest = (unsigned)BYTE_MASKS_WIDTH - 1 - bit;
    return (uint32_t)(masks[0].digit >> bit | masks[1].digit << 1 << rest);
}

/* Whether NEEDS_DIGITS of the eight bits are set. */
static inline bool needs_many(uint32_t bits)
{
    bits -= bits >> 1 & 0x55;
    bits = (bits & 0x33) + (bits >> 2 & 0x33);
    return (bits & 0xf) + (bits >> 4) >= NEEDS_DIGITS;
}

/* Which are met at place `bit` of masks[0], behind which masks[1] come: of those that these bits
 * can tell, which are all but the first three. */
static inline unsigned needs_met(const struct byte_masks masks[2], unsigned bit)
{
    const unsigned rest = (unsigned)BYTE_MASKS_WIDTH - 1 - bit;
#define NEEDS_FROM(kind) (uint32_t)(masks[0].kind >> bit | masks[1].kind << 1 << rest)
    const uint32_t digit = needs_digits(masks, bit), blank = NEEDS_FROM(blank),
                   mark = NEEDS_FROM(mark);
    const uint32_t token = NEEDS_FROM(token), ink = blank == 0 ? UINT32_MAX : (blank & -blank) - 1;
#undef NEEDS_FROM
    const uint32_t soon = (UINT32_C(1) << NFA_DIGIT_DEPTH) - 1;
    const uint32_t near = (UINT32_C(1) << NFA_DENSE_DEPTH) - 1;
    const uint32_t far = (UINT32_C(1) << NEEDS_LONG) - 1;
    unsigned met = needs_many(digit & near) ? NEEDS_DENSE : 0;
    met |= (digit & soon) != 0 ? NEEDS_DIGIT : 0;
    met |= digit != 0 ? NEEDS_FAR_DIGIT : 0;
    met |= (blank & far) == 0 ? NEEDS_INK : 0;
    met |= blank == 0 ? NEEDS_INK_FAR : 0;
    met |= (token & far) == far ? NEEDS_TOKEN : 0;
    met |= (mark & ink) != 0 || blank == 0 ? NEEDS_MARK : 0;
    met |= (mark & soon) != 0 ? NEEDS_MARK_SOON : 0;
    return met;
}
_Static_assert(NFA_FAR_DEPTH == 32 && NEEDS_REACH == 32, "bits of uint32_t");

#endif
