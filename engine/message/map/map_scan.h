/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map_scan: the loops of the map that touch every byte, at memory speed. Pure functions. Each
 * has a portable form, which is also the one that the tests hold the fast one against.
 */
#ifndef CULVERT_MESSAGE_MAP_MAP_SCAN_H
#define CULVERT_MESSAGE_MAP_MAP_SCAN_H

#include <stddef.h>

/*
 * The first offset in [at, len) where "--" stands behind a blank, line end or other control
 * character: where a boundary line may begin. `len` when there is none. `at` > 0.
 */
size_t scan_dashes(const char *bytes, size_t at, size_t len);
size_t scan_dashes_portable(const char *bytes, size_t at, size_t len);

/* The first offset in [at, len) of a byte that is no printable ASCII, blank or tab; else `len`. */
size_t scan_special(const char *bytes, size_t at, size_t len);
size_t scan_special_portable(const char *bytes, size_t at, size_t len);

/* The first offset in [at, len) of a byte that cannot be in a field name (RFC 5322 section 3.6.8);
 * else `len`. */
size_t scan_name(const char *bytes, size_t at, size_t len);
size_t scan_name_portable(const char *bytes, size_t at, size_t len);

#endif
