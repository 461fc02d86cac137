/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keccak: Keccak-256 with the padding of the submission to SHA-3 (0x01), which Ethereum and Monero
 * took; FIPS 202 changed it afterwards, so that libraries of today have another one. Any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_VALIDATORS_KECCAK_H
#define CULVERT_RULESETS_DETECTION_VALIDATORS_KECCAK_H

#include "engine/base/span.h"

#define KECCAK_SIZE 32u
/* What one block holds: 136 bytes, one of which is padding. No address is longer. */
#define KECCAK_INPUT_MAX 135u

/* `text` of KECCAK_INPUT_MAX bytes at most. */
void keccak_256(struct span text, unsigned char out[KECCAK_SIZE]);

#endif
