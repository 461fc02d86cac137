/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyed_hashes: HMAC-SHA256 (RFC 2104) of many short texts under one key, which is prepared once.
 * Its owner's; immutable; any thread.
 */
#ifndef CULVERT_TRANSFORMS_KEYED_HASHES_H
#define CULVERT_TRANSFORMS_KEYED_HASHES_H

#include "transforms/keyed_hash.h"

struct keyed_hashes;

/* Never NULL. The key is not kept, and what stands for it is overwritten when it is freed. */
struct keyed_hashes *keyed_hashes_new(struct span key);
void keyed_hashes_free(struct keyed_hashes **hashes);

void keyed_hashes_of(const struct keyed_hashes *hashes, struct span text,
                     unsigned char out[KEYED_HASH_SIZE]);

#endif
