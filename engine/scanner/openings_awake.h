/* SPDX-License-Identifier: Apache-2.0 */
/* openings_awake: which rows and buckets are looked for in one text. Private to engine/scanner. */
#ifndef CULVERT_SCANNER_OPENINGS_AWAKE_H
#define CULVERT_SCANNER_OPENINGS_AWAKE_H

#include "engine/scanner/openings_build.h"

struct openings_awake {
    uint64_t buckets[OPENINGS_FAMILIES];
    bool literals;  /* of some bucket of these */
    uint64_t *rows; /* sets of each automaton, by number */
};

#endif
