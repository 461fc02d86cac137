/* SPDX-License-Identifier: Apache-2.0 */
/*
 * literals: where any of many literals stands in a text, letters of ASCII without case: by our own
 * filter of their first bytes, or by Hyperscan or Vectorscan where one was there when Culvert was
 * built and this processor is one for it. Both tell of the same places. Made with the policy, in
 * its arena; immutable; any thread.
 */
#ifndef CULVERT_SCANNER_LITERALS_H
#define CULVERT_SCANNER_LITERALS_H

#include "engine/base/arena.h"
#include "engine/base/span.h"

struct literals;

#define LITERALS_LEAST 3u /* bytes of one */

/* `texts`: of at least LITERALS_LEAST bytes, letters of ASCII in lower case; no equal ones. */
struct literals *literals_new(const struct span *texts, size_t count, struct arena *arena);

enum literals_by {
    LITERALS_BY_FASTEST, /* our own where there is AVX2, else the library */
    LITERALS_BY_LIBRARY, /* if it is there */
    LITERALS_BY_OWN
};

/* Sets the bit (at - from) of `starts` for each literal that begins at `at` in [from, end). Bits
 * that are set stay so. */
void literals_scan(const struct literals *literals, struct span text, size_t from, size_t end,
                   enum literals_by by, uint64_t *starts);

/* --- the library, private to engine/scanner --- */

struct literals_library;

/* NULL: there is no library, or it cannot be used here. `texts` stay. Its database is made `now`,
 * or when it is asked first: that takes long. */
struct literals_library *literals_library_new(const struct span *texts, size_t count, bool now,
                                              struct arena *arena);
/* false: it could not be scanned. */
bool literals_library_scan(struct literals_library *library, struct span text, size_t from,
                           size_t end, uint64_t *starts) MUST_USE;

#endif
