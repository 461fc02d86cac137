/* SPDX-License-Identifier: Apache-2.0 */
/* bech32: the checksums of BIP 173 and BIP 350 and of Bitcoin Cash's addresses. Pure; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_VALIDATORS_BECH32_H
#define CULVERT_RULESETS_DETECTION_VALIDATORS_BECH32_H

#include "engine/base/span.h"

/* A SegWit address of the human-readable part `prefix`: version 0 by BIP 173 with 20 or 32 bytes,
 * versions 1 to 16 by BIP 350. In one case, upper or lower. */
bool bech32_segwit_holds(struct span text, struct span prefix);

/* `text` without its prefix; `prefix` is what the checksum covers besides. */
bool cashaddr_holds(struct span text, struct span prefix);

#endif
