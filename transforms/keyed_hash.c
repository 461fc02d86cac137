/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/keyed_hash.h"

#include "engine/base/mem.h"

#include <mbedtls/constant_time.h>
#include <mbedtls/md.h>
#include <stdlib.h>

struct keyed_hash {
    mbedtls_md_context_t context;
    bool has_key;
};

/* With memory at hand none of these fails, and without it nothing goes on (mem.h). */
static void check(int result)
{
    if (result != 0)
        abort();
}

struct keyed_hash *keyed_hash_new(struct span key)
{
    struct keyed_hash *hash = mem_alloc(sizeof *hash);
    hash->has_key = key.len > 0;
    mbedtls_md_init(&hash->context);
    check(mbedtls_md_setup(&hash->context, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
                           hash->has_key));
    if (hash->has_key)
        check(mbedtls_md_hmac_starts(&hash->context, (const unsigned char *)key.ptr, key.len));
    else
        check(mbedtls_md_starts(&hash->context));
    return hash;
}

void keyed_hash_add(struct keyed_hash *hash, struct span bytes)
{
    const unsigned char *octets = (const unsigned char *)bytes.ptr;
    if (bytes.len == 0)
        return;
    check(hash->has_key ? mbedtls_md_hmac_update(&hash->context, octets, bytes.len)
                        : mbedtls_md_update(&hash->context, octets, bytes.len));
}

void keyed_hash_end(struct keyed_hash **slot, unsigned char out[KEYED_HASH_SIZE])
{
    struct keyed_hash *hash = *slot;
    unsigned char octets[KEYED_HASH_SIZE];
    *slot = NULL;
    check(hash->has_key ? mbedtls_md_hmac_finish(&hash->context, octets)
                        : mbedtls_md_finish(&hash->context, octets));
    if (out)
        memcpy(out, octets, sizeof octets);
    mbedtls_md_free(&hash->context);
    free(hash);
}

bool keyed_hash_equal(struct span a, struct span b)
{
    return a.len == b.len && mbedtls_ct_memcmp(a.ptr, b.ptr, a.len) == 0;
}
