/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scanner: one pass over a text that tells which of many expressions may be found in it, and where
 * they may end: the filter in front of Oniguruma, which decides. Made by Hyperscan or Vectorscan,
 * where one was there when Culvert was built; else scanner_new() gives NULL without an error and
 * everything is left to Oniguruma. It may tell of too much, never of too little.
 * Immutable once made; scanned from any thread, each with a scratch of its own.
 */
#ifndef CULVERT_SCANNER_SCANNER_H
#define CULVERT_SCANNER_SCANNER_H

#include "engine/base/error.h"
#include "engine/base/span.h"

struct scanner;
struct scanner_scratch;

struct scanner_expression {
    struct span source; /* in the dialect that dialect.h writes */
    unsigned id;        /* what scanner_found is told */
    bool caseless;      /* of ASCII letters */
};

struct scanner_widths {
    size_t least, most; /* bytes of a match; most SIZE_MAX: any number */
};

#define SCANNER_WIDTH_ANY SIZE_MAX

/* "Hyperscan 5.4.0", "Vectorscan 5.4.11", or NULL: there is none in this build. */
const char *scanner_library(void);

/* The widths of one expression. false: the library cannot hold it (`err` says why). */
bool scanner_measure(const struct scanner_expression *expression, struct scanner_widths *widths_out,
                     struct error *err) MUST_USE;

/*
 * Compiles, or takes a compiled one of just these expressions from the folder `cache` (NULL: none),
 * and leaves it there. Damaged or foreign files in it are made anew, never trusted. Slow: on a
 * thread that may block. What the library cannot hold is left out: scanner_widths() says so. NULL
 * with an empty `err`: there is no library, or this processor is none for it.
 */
struct scanner *scanner_new(const struct scanner_expression *expressions, size_t count,
                            const char *cache, struct error *err) MUST_USE;
void scanner_free(struct scanner **scanner);

/* The widths of the expression at `index` of those it was made of. false: it was left out. */
bool scanner_widths(const struct scanner *scanner, size_t index,
                    struct scanner_widths *widths_out) MUST_USE;

struct scanner_scratch *scanner_scratch_new(const struct scanner *scanner) MUST_USE;
void scanner_scratch_free(struct scanner_scratch **scratch);

/* An expression may end in front of text[end]. false ends the scan. */
typedef bool scanner_found(unsigned id, size_t end, void *arg);

/* Ends come in ascending order; the same one may come several times. false: the scan failed, and
 * anything may be anywhere. */
bool scanner_scan(const struct scanner *scanner, struct scanner_scratch *scratch, struct span text,
                  scanner_found *found, void *arg) MUST_USE;

#endif
