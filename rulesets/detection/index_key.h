/* SPDX-License-Identifier: Apache-2.0 */
/*
 * index_key: the key of an index of values or documents that must not be guessed from it: any bytes
 * of a file that nobody else may read. What an index needs is derived from it, each for a purpose
 * (HMAC-SHA256, RFC 2104). Its owner's, who wipes it; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_INDEX_KEY_H
#define CULVERT_RULESETS_DETECTION_INDEX_KEY_H

#include "engine/base/error.h"
#include "engine/base/span.h"

#include <sys/types.h>

#define INDEX_KEY_SIZE 32u

struct index_key {
    unsigned char secret[INDEX_KEY_SIZE];
};

/* Of a file of 16 to 4096 bytes; line ends behind them do not count. It belongs to root, to the
 * user of this process or to `owner`, and nobody else has access. */
bool index_key_read(const char *path, uid_t owner, struct index_key *out,
                    struct error *err) MUST_USE;

/* The same of bytes at hand. */
void index_key_of(struct span bytes, struct index_key *out);

void index_key_derive(const struct index_key *key, const char *purpose,
                      unsigned char out[INDEX_KEY_SIZE]);

void index_key_wipe(struct index_key *key);

#endif
