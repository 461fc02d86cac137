/* SPDX-License-Identifier: Apache-2.0 */
/* scanner_none: where there was no library to build with. */
#include "engine/scanner/scanner.h"

const char *scanner_library(void)
{
    return NULL;
}

bool scanner_measure(const struct scanner_expression *expression, struct scanner_widths *widths_out,
                     struct error *err)
{
    (void)expression;
    (void)widths_out;
    return error_set(err, "there is no library to scan with");
}

struct scanner *scanner_new(const struct scanner_expression *expressions, size_t count,
                            const char *cache, struct error *err)
{
    (void)expressions;
    (void)count;
    (void)cache;
    (void)err;
    return NULL;
}

void scanner_free(struct scanner **scanner)
{
    *scanner = NULL;
}

bool scanner_widths(const struct scanner *scanner, size_t index, struct scanner_widths *widths_out)
{
    (void)scanner;
    (void)index;
    (void)widths_out;
    return false;
}

struct scanner_scratch *scanner_scratch_new(const struct scanner *scanner)
{
    (void)scanner;
    return NULL;
}

void scanner_scratch_free(struct scanner_scratch **scratch)
{
    *scratch = NULL;
}

bool scanner_scan(const struct scanner *scanner, struct scanner_scratch *scratch, struct span text,
                  scanner_found *found, void *arg)
{
    (void)scanner;
    (void)scratch;
    (void)text;
    (void)found;
    (void)arg;
    return false;
}
