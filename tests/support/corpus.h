/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus: the sample messages of tests/corpus, and maps written as short texts that a table can
 * hold. One thread.
 */
#ifndef CULVERT_TESTS_SUPPORT_CORPUS_H
#define CULVERT_TESTS_SUPPORT_CORPUS_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/message/map/map.h"

/* The names of all .eml files of the folder, sorted. The test fails when there are none. */
const char **corpus_names(const char *folder, struct arena *arena, size_t *count_out);

/* The content of a file; the test fails when it cannot be read. */
struct span corpus_read(const char *folder, const char *name, struct arena *arena);

/* "multipart/mixed(text/plain,message/rfc822(text/html))"; "*" behind a part that is an
 * attachment. */
const char *map_tree_text(const struct map *map, struct arena *arena);

/*
 * A letter for each tile: F field, J junk, E header end, D body (data), B boundary, C close,
 * P prologue, S epilogue (suffix), U unread.
 */
const char *map_tiles_text(const struct map *map, struct arena *arena);

/*
 * Maps `sample` behind a first field that grows byte by byte from `from` to `to`: the tiles must be
 * whole and the tree, tiles and ambiguities those of the sample alone, wherever it comes to lie in
 * blocks and pages. A sample that does not begin with a field is only held against the first.
 */
bool map_survives_shifts(struct span sample, size_t from, size_t to, struct error *err) MUST_USE;

/* "duplicate_field unclosed": the names of a set, "" for none. */
const char *ambiguities_text(ambiguity_set set, struct arena *arena);

#endif
