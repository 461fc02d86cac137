/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scanner_cache: compiled databases in a folder, each under the name of what it was made of. What
 * is read back is what was written, for just that key, by us or root, where nobody else may
 * write; anything else is as if it were not there. Private to engine/scanner.
 */
#ifndef CULVERT_SCANNER_SCANNER_CACHE_H
#define CULVERT_SCANNER_SCANNER_CACHE_H

#include "engine/base/buf.h"
#include "engine/base/span.h"

/* Appends what was kept for `key` to an empty `out`. false: nothing is, or nothing to be trusted.
 */
bool scanner_cache_read(const char *folder, struct span key, struct buf *out);

/* Keeps it; where it cannot, nothing is lost but time. */
void scanner_cache_write(const char *folder, struct span key, struct span body);

#endif
