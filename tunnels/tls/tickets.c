/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/tickets.h"

#include "engine/base/counted.h"
#include "engine/base/list.h"
#include "engine/base/mem.h"
#include "tunnels/tls/context_link.h"
#include "tunnels/tls/words.h"

#include <mbedtls/psa_util.h>
#include <stdlib.h>

/* The library locks and rotates: a key makes tickets for one lifetime and takes them for two. */
struct tls_tickets {
    struct counted counted;
    mbedtls_ssl_ticket_context native;
};

static void tickets_free(struct counted *counted)
{
    struct tls_tickets *tickets = CONTAINER_OF(counted, struct tls_tickets, counted);
    mbedtls_ssl_ticket_free(&tickets->native);
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
