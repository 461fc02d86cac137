/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/random.h"

uint32_t random_below(struct random_source *random, uint32_t limit)
{
    random->state = random->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random->state >> 33) % limit;
}
