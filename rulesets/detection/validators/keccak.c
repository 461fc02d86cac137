/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/validators/keccak.h"

static uint64_t rotate(uint64_t lane, unsigned by)
{
    return by == 0 ? lane : lane << by | lane >> (64 - by);
}

/* The constants of iota come of an LFSR with x^8 + x^6 + x^5 + x^4 + 1 (FIPS 202 section 3.2.5). */
static uint64_t round_constant(unsigned *lfsr)
{
    uint64_t constant = 0;
    for (unsigned j = 0; j < 7; j++) {
        if (*lfsr & 1)
            constant |= (uint64_t)1 << ((1u << j) - 1);
        *lfsr = *lfsr & 0x80 ? ((*lfsr << 1) ^ 0x171) & 0xff : *lfsr << 1;
    }
    return constant;
}

/* theta: every lane takes the parity of two columns. */
static void mix_columns(uint64_t lanes[25])
{
    uint64_t parity[5];
    for (unsigned x = 0; x < 5; x++)
        parity[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
    for (unsigned x = 0; x < 5; x++) {
        uint64_t mixed = parity[(x + 4) % 5] ^ rotate(parity[(x + 1) % 5], 1);
        for (unsigned y = 0; y < 25; y += 5)
            lanes[x + y] ^= mixed;
    }
}

/* rho and pi: each lane is turned and goes to another place. */
static void turn_lanes(uint64_t lanes[25])
{
    unsigned x = 1, y = 0;
    uint64_t carried = lanes[1];
    for (unsigned t = 0; t < 24; t++) {
        unsigned next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
        uint64_t here = lanes[x + 5 * y];
        lanes[x + 5 * y] = rotate(carried, (t + 1) * (t + 2) / 2 % 64);
        carried = here;
    }
}

/* chi: the one step that is not linear. */
static void mix_rows(uint64_t lanes[25])
{
    for (unsigned y = 0; y < 25; y += 5) {
        uint64_t row[5];
        memcpy(row, lanes + y, sizeof row);
        for (unsigned x = 0; x < 5; x++)
            lanes[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
}

void keccak_256(struct span text, unsigned char out[KECCAK_SIZE])
{
    unsigned char block[KECCAK_INPUT_MAX + 1] = {0};
    uint64_t lanes[25] = {0};
    size_t length = text.len < KECCAK_INPUT_MAX ? text.len : KECCAK_INPUT_MAX;
    if (length > 0)
        memcpy(block, text.ptr, length);
    block[length] ^= 0x01;
    block[KECCAK_INPUT_MAX] ^= 0x80;
    for (size_t i = 0; i < sizeof block; i++)
        lanes[i / 8] ^= (uint64_t)block[i] << (8 * (i % 8));
    unsigned lfsr = 1;
    for (int round = 0; round < 24; round++) {
        mix_columns(lanes);
        turn_lanes(lanes);
        mix_rows(lanes);
        lanes[0] ^= round_constant(&lfsr);
    }
    for (size_t i = 0; i < KECCAK_SIZE; i++)
        out[i] = (unsigned char)(lanes[i / 8] >> (8 * (i % 8)));
}
