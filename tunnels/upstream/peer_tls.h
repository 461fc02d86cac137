/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer_tls: TLS and login towards one peer: what the settings want, and what the last connections
 * taught. Part of a peer of the pool; one loop's thread.
 */
#ifndef CULVERT_TUNNELS_UPSTREAM_PEER_TLS_H
#define CULVERT_TUNNELS_UPSTREAM_PEER_TLS_H

#include "tunnels/tls/stream.h"
#include "tunnels/tunnel.h"

struct peer;

/* A peer whose TLS failed where it may fail gets its mail in clear for this long, before TLS is
 * tried again: else each connection would fail first. */
#define PEER_IN_CLEAR_MS (10u * 60u * 1000u)
/* No session is resumed that began longer ago: a certificate is looked at in a full handshake. */
#define PEER_SESSION_MS (60u * 60u * 1000u)

struct peer_tls {
    bool implicit; /* smtps:// */
    enum tls_upstream_mode mode;
    struct tls_fingerprint fingerprint;
    struct tls_context *context; /* NULL: never TLS, or it could not be made */
    struct tls_session *session; /* of the last connection; NULL: none */
    uint64_t session_until_ms;
    uint64_t clear_until_ms;
    bool offered; /* STARTTLS, at an EHLO before */
};

/* Takes `twin`'s context, whose settings are the same, or makes one. */
void peer_tls_init(struct peer_tls *tls, const struct tls_client_settings *settings, bool implicit,
                   const struct peer_tls *twin);
void peer_tls_fini(struct peer_tls *tls);
/* The same settings, files' contents included. */
bool peer_tls_equals(const struct peer_tls *tls, const struct tls_client_settings *settings);

/* TLS is to be tried now; it must not be missed. */
bool peer_wants_tls(const struct peer *peer);
bool peer_needs_tls(const struct peer *peer);

/* For a handshake that begins; NULL where there is no context. */
struct tls_stream *peer_tls_stream(struct peer *peer);
/* Takes over the session; NULL leaves the one that is there. */
void peer_keep_session(struct peer *peer, struct tls_session *session);
void peer_forget_session(struct peer *peer);
/* It got a connection in clear after TLS had failed. */
void peer_goes_in_clear(struct peer *peer);

#endif
