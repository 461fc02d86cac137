/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/upstream/peer_tls.h"

#include "engine/base/log.h"
#include "tunnels/tls/suites.h"
#include "tunnels/upstream/pool.h"

#include <string.h>

static void make_context(struct peer_tls *tls, const struct tls_client_settings *settings)
{
    struct tls_client_settings copy = *settings;
    struct error err = ERROR_INIT;
    if (!copy.suites)
        copy.suites = tls_suites_default;
    tls->context = tls_context_client(&copy, &err);
    if (!tls->context)
        log_event(LOG_ERROR, "upstream.tls_settings", LOG_WHOLE("reason", span_str(err.text)));
}

void peer_tls_init(struct peer_tls *tls, const struct tls_client_settings *settings, bool implicit,
                   const struct peer_tls *twin)
{
    *tls = (struct peer_tls){
        .implicit = implicit, .mode = settings->mode, .fingerprint = settings->fingerprint};
    if (!implicit && settings->mode == TLS_UPSTREAM_NONE)
        return;
    if (twin && twin->context) {
        tls->context = twin->context;
        tls_context_ref(tls->context);
    } else {
        make_context(tls, settings);
    }
}

void peer_tls_fini(struct peer_tls *tls)
{
    if (tls->context)
        tls_context_unref(&tls->context);
    tls_session_free(&tls->session);
}

bool peer_tls_equals(const struct peer_tls *tls, const struct tls_client_settings *settings)
{
    return tls->mode == settings->mode &&
           memcmp(&tls->fingerprint, &settings->fingerprint, sizeof tls->fingerprint) == 0;
}

/* A login needs it as much as the settings do: the password goes under TLS only. */
bool peer_needs_tls(const struct peer *peer)
{
    return peer->tls.implicit || peer->tls.mode >= TLS_UPSTREAM_REQUIRE || peer->username != NULL;
}

bool peer_wants_tls(const struct peer *peer)
{
    if (peer->tls.mode == TLS_UPSTREAM_NONE)
        return false;
    return peer_needs_tls(peer) || loop_now_ms(pool_loop(peer->pool)) >= peer->tls.clear_until_ms;
}

struct tls_stream *peer_tls_stream(struct peer *peer)
{
    if (!peer->tls.context)
        return NULL;
    if (loop_now_ms(pool_loop(peer->pool)) >= peer->tls.session_until_ms)
        peer_forget_session(peer);
    return tls_stream_client(peer->tls.context, peer->host, peer->tls.session);
}

void peer_keep_session(struct peer *peer, struct tls_session *session)
{
    if (!session)
        return;
    /* One that came of a resumed session does not live longer than the first. */
    if (!peer->tls.session)
        peer->tls.session_until_ms = loop_now_ms(pool_loop(peer->pool)) + PEER_SESSION_MS;
    tls_session_free(&peer->tls.session);
    peer->tls.session = session;
}

void peer_forget_session(struct peer *peer)
{
    tls_session_free(&peer->tls.session);
}

void peer_goes_in_clear(struct peer *peer)
{
    peer->tls.clear_until_ms = loop_now_ms(pool_loop(peer->pool)) + PEER_IN_CLEAR_MS;
}
