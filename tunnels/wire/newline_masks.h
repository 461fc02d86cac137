/* SPDX-License-Identifier: Apache-2.0 */
/* newline_masks: where CR, LF, dots, NUL and 8-bit bytes stand in a block, as one bit a byte. Part
 * of newline. */
#ifndef CULVERT_WIRE_NEWLINE_MASKS_H
#define CULVERT_WIRE_NEWLINE_MASKS_H

#include <stddef.h>
#include <stdint.h>

#define NEWLINE_BLOCK 64u /* bytes that one set of masks stands for */

/* Of one block; the first byte is the lowest bit. */
struct newline_masks {
    uint64_t cr;
    uint64_t lf;
    uint64_t dot;
    uint64_t nul;
    uint64_t high;
};

void newline_classify(const char *bytes, struct newline_masks *out);

#endif
