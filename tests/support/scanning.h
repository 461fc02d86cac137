/* SPDX-License-Identifier: Apache-2.0 */
/* scanning: what a pattern finds with the scanner in front and without, for tests and fuzzing. */
#ifndef CULVERT_TESTS_SUPPORT_SCANNING_H
#define CULVERT_TESTS_SUPPORT_SCANNING_H

#include "engine/pattern/starts.h"
#include "engine/scanner/dialect.h"
#include "engine/scanner/scanner.h"

enum scanning {
    SCANNING_EQUAL,
    SCANNING_DIFFERS,
    SCANNING_NOT_HELD, /* or no library, or a text it is not good for, or a limit */
};

/* All finds, overlapping ones too, both ways. */
enum scanning scanning_compare(const struct pattern *pattern, struct span text);

#endif
