/* SPDX-License-Identifier: Apache-2.0 */
/* What a handshake came to, and the session that can be resumed. */
#include "engine/base/mem.h"
#include "tunnels/tls/context_link.h"
#include "tunnels/tls/names.h"
#include "tunnels/tls/stream_link.h"
#include "tunnels/tls/suites.h"

#include <stdlib.h>

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

struct tls_info tls_stream_info(const struct tls_stream *stream)
{
    return (struct tls_info){
        .version = mbedtls_ssl_get_version(&stream->ssl),
        .suite = tls_suite_name(mbedtls_ssl_get_ciphersuite_id_from_ssl(&stream->ssl)),
        .server_name = or_empty(stream->host),
        .certificate_subject = or_empty(stream->subject),
        .certificate_san = or_empty(stream->san),
        .verified = stream->verified,
    };
}

struct span tls_stream_asked_for(struct tls_stream *stream, struct span name)
{
    struct span host = tls_names_host(name);
    free(stream->host);
    stream->host = host.len > 0 ? mem_copy(host.ptr, host.len) : NULL;
    return host;
}

struct tls_session *tls_stream_session(struct tls_stream *stream)
{
    bool is_1_3 = mbedtls_ssl_get_version_number(&stream->ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
    if (is_1_3 && !stream->has_ticket)
        return NULL;
    struct tls_session *session = mem_alloc(sizeof *session);
    mbedtls_ssl_session_init(&session->native);
    session->fingerprint = stream->context->fingerprint;
    session->mode = stream->context->mode;
    session->host = mem_copy(stream->host, strlen(stream->host));
    if (mbedtls_ssl_get_session(&stream->ssl, &session->native) != 0)
        tls_session_free(&session);
    stream->has_ticket = false;
    return session;
}

void tls_session_free(struct tls_session **slot)
{
    struct tls_session *session = *slot;
    *slot = NULL;
    if (!session)
        return;
    mbedtls_ssl_session_free(&session->native);
    free(session->host);
    free(session);
}

bool tls_session_is_for(const struct tls_session *session, const struct tls_stream *stream)
{
    const struct tls_context *context = stream->context;
    return session->mode == context->mode && strcmp(session->host, stream->host) == 0 &&
           memcmp(&session->fingerprint, &context->fingerprint, sizeof session->fingerprint) == 0;
}
