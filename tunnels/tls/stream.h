/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls/stream: one TLS connection without its socket: ciphertext in, plaintext out, and the other
 * way round. It does no I/O and keeps no bytes but the library's own record. conn puts it between
 * socket and owner; tests put two of them back to back. One loop's thread.
 */
#ifndef CULVERT_TUNNELS_TLS_STREAM_H
#define CULVERT_TUNNELS_TLS_STREAM_H

#include "engine/base/buf.h"
#include "tunnels/tls/context.h"

struct tls_stream;

/* A session that a client may resume; opaque, one owner. */
struct tls_session;
void tls_session_free(struct tls_session **session);

/* What a handshake came to. Texts live as long as the stream; "" where there is nothing. */
struct tls_info {
    const char *version;             /* "TLSv1.3" */
    const char *suite;               /* IANA name */
    const char *server_name;         /* SNI that the client sent, or that we sent */
    const char *certificate_subject; /* of the peer's certificate, verified: "CN=a, O=b" */
    const char *certificate_san; /* its DNS names, mail and IP addresses: "a.example, b.example" */
    bool verified; /* the peer's certificate is good; a resumed session's was, and is not shown */
};

enum tls_result {
    TLS_DONE,   /* what was asked for is done */
    TLS_MORE,   /* more ciphertext is needed */
    TLS_CLOSED, /* the peer said close_notify */
    TLS_FAILED  /* the reason is in words: tls_stream_reason() */
};

/* NULL, of both: there is no memory for it. */
struct tls_stream *tls_stream_server(struct tls_context *context);
/* `host`: for SNI (where it is a name) and the check of the certificate. `resume` may be NULL and
 * stays the caller's; a session of another host or of other settings is not used. */
struct tls_stream *tls_stream_client(struct tls_context *context, const char *host,
                                     const struct tls_session *resume);
void tls_stream_free(struct tls_stream **stream);

/* Ciphertext that came. It must stay where it is until the stream has used it up: go on with
 * tls_stream_handshake() or tls_stream_read() until these say TLS_MORE; then all is used. */
void tls_stream_input(struct tls_stream *stream, struct span ciphertext);
/* What of it is not used yet. */
struct span tls_stream_unused(const struct tls_stream *stream);
/* What the peer sent first is no TLS: it, or somebody in the line, goes on in clear. */
bool tls_stream_began_plain(const struct tls_stream *stream);
/* The rest of a record is decrypted and not read yet. */
bool tls_stream_buffered(const struct tls_stream *stream);

/* What is to be sent is appended to `out`, also when the result is TLS_FAILED (an alert). */
enum tls_result tls_stream_handshake(struct tls_stream *stream, struct buf *out);
enum tls_result tls_stream_read(struct tls_stream *stream, char *room, size_t len, size_t *len_out,
                                struct buf *out);
/* Bytes of plaintext in one record at most. */
size_t tls_stream_record_max(void);
/* Encrypts all of `plain`. */
enum tls_result tls_stream_write(struct tls_stream *stream, struct span plain, struct buf *out);
void tls_stream_close_notify(struct tls_stream *stream, struct buf *out);

/* After TLS_FAILED: "the peer sent alert unknown_ca: it does not know the authority of our
 * certificate". */
const char *tls_stream_reason(const struct tls_stream *stream);
/* After the handshake. */
struct tls_info tls_stream_info(const struct tls_stream *stream);
/* The client's session as it stands, to resume later; NULL: none (yet: TLS 1.3 sends it with the
 * first bytes). The caller owns it. */
struct tls_session *tls_stream_session(struct tls_stream *stream);

#endif
