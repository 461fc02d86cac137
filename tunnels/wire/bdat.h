/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bdat: the argument of BDAT (RFC 3030 section 2).
 *
 *     bdat-cmd = "BDAT" SP chunk-size [SP "LAST"] CRLF        chunk-size = 1*DIGIT
 *
 * The octets of the chunk follow the line at once. Who does not know how many they are cannot tell
 * what is a command and what is message. Pure; any thread.
 */
#ifndef CULVERT_WIRE_BDAT_H
#define CULVERT_WIRE_BDAT_H

#include "engine/base/span.h"
#include "tunnels/wire/parse.h"

struct bdat {
    uint64_t size;
    bool last;
};

/* PARSE_DONE; PARSE_BAD: not such an argument; PARSE_MORE: the size is more than fits. */
enum parse_result bdat_parse(struct span argument, struct bdat *out);

#endif
