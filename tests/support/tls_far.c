/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_far.h"

#include "engine/base/mem.h"
#include "tunnels/tls/suites.h"

#include <stdlib.h>

struct tls_end *tls_far_server(enum certificate_ready certificate)
{
    struct error err = ERROR_INIT;
    struct tls_identity identity = certificate_identity(certificate_ready(certificate));
    struct tls_server_settings settings = {
        .identities = &identity, .identity_count = 1, .suites = tls_suites_default};
    struct tls_context *context = tls_context_server(&settings, NULL, &err);
    if (!context)
        abort();
    struct tls_end *end = mem_alloc(sizeof *end);
    end->stream = tls_stream_server(context);
    tls_context_unref(&context);
    tls_end_begin(end);
    return end;
}

struct tls_end *tls_far_client(const char *host, enum certificate_ready certificate)
{
    struct error err = ERROR_INIT;
    struct tls_client_settings settings = {.mode = TLS_UPSTREAM_REQUIRE,
                                           .suites = tls_suites_default};
    struct tls_identity identity;
    if (certificate != READY_COUNT) {
        identity = certificate_identity(certificate_ready(certificate));
        settings.identity = &identity;
    }
    struct tls_context *context = tls_context_client(&settings, &err);
    if (!context)
        abort();
    struct tls_end *end = mem_alloc(sizeof *end);
    /* An address is no name for SNI. */
    end->stream = tls_stream_client(context, host ? host : "192.0.2.1", NULL);
    tls_context_unref(&context);
    tls_end_begin(end);
    return end;
}

void tls_far_free(struct tls_end **slot)
{
    struct tls_end *end = *slot;
    *slot = NULL;
    if (!end)
        return;
    tls_end_fini(end);
    free(end);
}

bool tls_far_carry(struct tls_end *end, struct fake_peer *peer)
{
    struct span received = fake_received(peer);
    bool moved = received.len > 0;
    tls_end_give(end, received, 0);
    fake_forget(peer, received.len);
    if (end->out.len > 0 && !fake_is_closed(peer)) {
        fake_send(peer, buf_span(&end->out));
        moved = true;
    }
    buf_fini(&end->out);
    return moved;
}
