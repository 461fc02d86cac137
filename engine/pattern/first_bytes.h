/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first_bytes: with which bytes can a match of a pattern begin? Read off the pattern's own text,
 * and always on the safe side: the set may be too large, never too small; where a construct is not
 * understood there is no answer. Lets a search skip what cannot begin a match.
 */
#ifndef CULVERT_PATTERN_FIRST_BYTES_H
#define CULVERT_PATTERN_FIRST_BYTES_H

#include "engine/base/byte_set.h"

/* false: not known, or a match may be empty. `source` compiles as a pattern. */
bool first_bytes_of(struct span source, struct byte_set *out);

#endif
