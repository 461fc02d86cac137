/* SPDX-License-Identifier: Apache-2.0 */
/* stream_link: the inside of a TLS stream, for the files of this folder. */
#ifndef CULVERT_TUNNELS_TLS_STREAM_LINK_H
#define CULVERT_TUNNELS_TLS_STREAM_LINK_H

#include "tunnels/tls/stream.h"

#include <mbedtls/ssl.h>

/* There may be many thousands that do nothing: what few have is allocated when it comes. */
struct tls_stream {
    struct tls_context *context;
    mbedtls_ssl_context ssl;
    struct span input;
    struct buf *out; /* of the call that runs */
    char *host;      /* a client's peer; a server's SNI, or NULL */
    char *reason;    /* NULL: nothing failed */
    char *subject;   /* of a certificate that was verified, or NULL */
    char *san;
    bool verified;
    bool has_ticket; /* of TLS 1.3 */
    bool began_plain;
    unsigned char seen; /* bytes of the peer that began_plain was made of: 2 at most */
};

/* Good only for whom it was made: another host, or settings that look at the certificate in another
 * way, begin anew. */
struct tls_session {
    mbedtls_ssl_session native;
    struct tls_fingerprint fingerprint;
    enum tls_upstream_mode mode;
    char *host;
};

bool tls_session_is_for(const struct tls_session *session, const struct tls_stream *stream);

/* A server's: the client named that host (SNI). Returns what counts of it (tls_names_host()). */
struct span tls_stream_asked_for(struct tls_stream *stream, struct span name);

#endif
