/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/keyed_hashes.h"

#include "engine/base/mem.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <stdlib.h>

#define BLOCK 64u

/* What RFC 2104 hashes first is the same for all texts: SHA-256 has gone past it. */
struct keyed_hashes {
    mbedtls_sha256_context inner, outer;
};

/* Nothing that can fail, once the library works at all. */
static void check(int result)
{
    if (result != 0)
        abort();
}

static void begin(mbedtls_sha256_context *context, const unsigned char key[BLOCK],
                  unsigned char with)
{
    unsigned char block[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = (unsigned char)(key[i] ^ with);
    mbedtls_sha256_init(context);
    check(mbedtls_sha256_starts(context, 0));
    check(mbedtls_sha256_update(context, block, BLOCK));
    mbedtls_platform_zeroize(block, sizeof block);
}

struct keyed_hashes *keyed_hashes_new(struct span key)
{
    struct keyed_hashes *hashes = mem_alloc(sizeof *hashes);
    unsigned char padded[BLOCK] = {0};
    if (key.len > BLOCK)
        check(mbedtls_sha256((const unsigned char *)key.ptr, key.len, padded, 0));
    else if (key.len > 0)
        memcpy(padded, key.ptr, key.len);
    begin(&hashes->inner, padded, 0x36);
    begin(&hashes->outer, padded, 0x5c);
    mbedtls_platform_zeroize(padded, sizeof padded);
    return hashes;
}

void keyed_hashes_free(struct keyed_hashes **slot)
{
    struct keyed_hashes *hashes = *slot;
    if (!hashes)
        return;
    mbedtls_sha256_free(&hashes->inner);
    mbedtls_sha256_free(&hashes->outer);
    free(hashes);
    *slot = NULL;
}

void keyed_hashes_of(const struct keyed_hashes *hashes, struct span text,
                     unsigned char out[KEYED_HASH_SIZE])
{
    mbedtls_sha256_context context;
    unsigned char inner[KEYED_HASH_SIZE];
    mbedtls_sha256_init(&context);
    mbedtls_sha256_clone(&context, &hashes->inner);
    check(mbedtls_sha256_update(&context, (const unsigned char *)text.ptr, text.len));
    check(mbedtls_sha256_finish(&context, inner));
    mbedtls_sha256_clone(&context, &hashes->outer);
    check(mbedtls_sha256_update(&context, inner, sizeof inner));
    check(mbedtls_sha256_finish(&context, out));
    mbedtls_sha256_free(&context);
}
