/* SPDX-License-Identifier: Apache-2.0 */
/* literals_none: built where neither Hyperscan nor Vectorscan is there. */
#include "engine/scanner/literals.h"
#include "engine/scanner/scanner.h"

const char *scanner_library(void)
{
    return NULL;
}

struct literals_library *literals_library_new(const struct span *texts, size_t count, bool now,
                                              struct arena *arena)
{
    (void)texts;
    (void)count;
    (void)now;
    (void)arena;
    return NULL;
}

bool literals_library_scan(struct literals_library *library, struct span text, size_t from,
                           size_t end, uint64_t *starts)
{
    (void)library;
    (void)text;
    (void)from;
    (void)end;
    (void)starts;
    return false;
}
