/* SPDX-License-Identifier: Apache-2.0 */
/* random: numbers as if by chance; the same seed gives the same ones everywhere. A test's own. */
#ifndef CULVERT_TESTS_RANDOM_H
#define CULVERT_TESTS_RANDOM_H

#include <stdint.h>

struct random_source {
    uint64_t state; /* the seed, at first */
};

uint32_t random_below(struct random_source *random, uint32_t limit);

#endif
