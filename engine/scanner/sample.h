/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample: a little of what mail is made of: sentences, numbers of all kinds, addresses, what
 * machines write. The scanner lays out its tables so that text like this is passed over fast; only
 * speed depends on it. Private to engine/scanner.
 */
#ifndef CULVERT_SCANNER_SAMPLE_H
#define CULVERT_SCANNER_SAMPLE_H

#include "engine/base/span.h"

struct span sample_text(void);

#endif
