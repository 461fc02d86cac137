/* SPDX-License-Identifier: Apache-2.0 */
/* scanning: what a pattern finds at its openings and in all of a text, for tests and fuzzing. */
#ifndef CULVERT_TESTS_SUPPORT_SCANNING_H
#define CULVERT_TESTS_SUPPORT_SCANNING_H

#include "engine/pattern/pattern.h"
#include "engine/scanner/dialect.h"

enum scanning {
    SCANNING_EQUAL,
    SCANNING_DIFFERS,
    SCANNING_NOT_HELD, /* or a text it is not good for, or a limit */
};

/* All finds, overlapping ones too: in all of the text, at the openings, and at those that the
 * library of literals tells of. */
enum scanning scanning_compare(const struct pattern *pattern, struct span text);

#endif
