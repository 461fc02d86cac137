/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/needs.h"

unsigned needs_of(const struct nfa_profile *profile)
{
    unsigned needs = profile->has_at ? NEEDS_AT : 0;
    needs |= profile->dense >= NEEDS_DIGITS ? NEEDS_DENSE : 0;
    needs |= profile->digit ? NEEDS_DIGIT : 0;
    needs |= profile->far_digit ? NEEDS_FAR_DIGIT : 0;
    needs |= profile->ink >= NEEDS_LONG ? NEEDS_INK : 0;
    needs |= profile->ink >= NEEDS_REACH ? NEEDS_INK_FAR : 0;
    needs |= profile->token >= NEEDS_LONG ? NEEDS_TOKEN : 0;
    needs |= profile->has_mark ? NEEDS_MARK : 0;
    needs |= profile->mark_soon ? NEEDS_MARK_SOON : 0;
    return needs;
}
