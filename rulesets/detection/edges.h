/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edges: whether what stands around a value shows that it is a piece of something longer (a number,
 * an address, a hash) or that it is no real value at all (1111111, 123456789). Looks at a bounded
 * stretch on both sides. Pure functions; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_EDGES_H
#define CULVERT_RULESETS_DETECTION_EDGES_H

#include "rulesets/detection/entity.h"

/* Whether text [off, off + len) may be a value by what stands next to it. */
bool edges_are_clear(struct span text, size_t off, size_t len, enum boundary boundary);

/* One digit (or letter) over and over, or digits that go up or down one by one. */
bool value_is_filler(struct span value);

#endif
