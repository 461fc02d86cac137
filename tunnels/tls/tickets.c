/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/tickets.h"

#include "engine/base/ascii.h"
#include "engine/base/counted.h"
#include "engine/base/list.h"
#include "engine/base/mem.h"
#include "tunnels/tls/context_link.h"
#include "tunnels/tls/words.h"

#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/psa_util.h>
#include <stdlib.h>

#define SEAL_KEY_SIZE 32u

/* The library locks and rotates: a key makes tickets for one lifetime and takes them for two. */
struct tls_tickets {
    struct counted counted;
    mbedtls_ssl_ticket_context native;
    unsigned char seal_key[SEAL_KEY_SIZE]; /* written once */
};

static void tickets_free(struct counted *counted)
{
    struct tls_tickets *tickets = CONTAINER_OF(counted, struct tls_tickets, counted);
    mbedtls_ssl_ticket_free(&tickets->native);
    mbedtls_platform_zeroize(tickets->seal_key, sizeof tickets->seal_key);
    free(tickets);
}

struct tls_tickets *tls_tickets_new(struct error *err)
{
    struct tls_tickets *tickets = mem_alloc(sizeof *tickets);
    counted_init(&tickets->counted, tickets_free);
    mbedtls_ssl_ticket_init(&tickets->native);
    int result =
        mbedtls_ssl_ticket_setup(&tickets->native, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE,
                                 MBEDTLS_CIPHER_AES_256_GCM, TLS_TICKET_LIFETIME_S);
    if (result == 0)
        result = mbedtls_psa_get_random(MBEDTLS_PSA_RANDOM_STATE, tickets->seal_key,
                                        sizeof tickets->seal_key);
    if (result != 0) {
        tls_error(err, result, "no keys for session tickets");
        tls_tickets_unref(&tickets);
    }
    return tickets;
}

void tls_tickets_ref(struct tls_tickets *tickets)
{
    counted_ref(&tickets->counted);
}

void tls_tickets_unref(struct tls_tickets **slot)
{
    struct tls_tickets *tickets = *slot;
    *slot = NULL;
    if (tickets)
        counted_unref(&tickets->counted);
}

mbedtls_ssl_ticket_context *tls_tickets_native(struct tls_tickets *tickets)
{
    return &tickets->native;
}

/* The name's end is known by its length, so that no other pair gives the same bytes. */
static bool add_pair(mbedtls_md_context_t *hmac, struct span name, struct span ticket)
{
    unsigned char len = (unsigned char)name.len; /* 253 at most */
    if (mbedtls_md_hmac_update(hmac, &len, 1) != 0)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char lower = (unsigned char)ascii_lower(name.ptr[i]);
        if (mbedtls_md_hmac_update(hmac, &lower, 1) != 0)
            return false;
    }
    return mbedtls_md_hmac_update(hmac, (const unsigned char *)ticket.ptr, ticket.len) == 0;
}

bool tls_tickets_seal(const struct tls_tickets *tickets, struct span name, struct span ticket,
                      unsigned char seal_out[TLS_SEAL_SIZE])
{
    unsigned char whole[MBEDTLS_MD_MAX_SIZE];
    mbedtls_md_context_t hmac;
    mbedtls_md_init(&hmac);
    bool good = mbedtls_md_setup(&hmac, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1) == 0 &&
                mbedtls_md_hmac_starts(&hmac, tickets->seal_key, sizeof tickets->seal_key) == 0 &&
                add_pair(&hmac, name, ticket) && mbedtls_md_hmac_finish(&hmac, whole) == 0;
    mbedtls_md_free(&hmac);
    if (good)
        memcpy(seal_out, whole, TLS_SEAL_SIZE);
    return good;
}
