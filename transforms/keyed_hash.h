/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyed_hash: SHA-256 and, with a key, HMAC-SHA256 (RFC 2104), of bytes that come in pieces. Its
 * owner's; any thread.
 */
#ifndef CULVERT_TRANSFORMS_KEYED_HASH_H
#define CULVERT_TRANSFORMS_KEYED_HASH_H

#include "engine/base/span.h"

#define KEYED_HASH_SIZE 32u

struct keyed_hash;

/* An empty key: SHA-256. Never NULL. */
struct keyed_hash *keyed_hash_new(struct span key);
void keyed_hash_add(struct keyed_hash *hash, struct span bytes);
/* Gives the hash and frees; `out` may be NULL. */
void keyed_hash_end(struct keyed_hash **hash, unsigned char out[KEYED_HASH_SIZE]);

/* Takes the same time wherever they differ. */
bool keyed_hash_equal(struct span a, struct span b);

#endif
