/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/stream.h"

#include "engine/base/mem.h"
#include "tunnels/tls/context_link.h"
#include "tunnels/tls/memory.h"
#include "tunnels/tls/names.h"
#include "tunnels/tls/stream_link.h"
#include "tunnels/tls/suites.h"
#include "tunnels/tls/words.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#define REASON_MAX 256u

/* A peer begins with a handshake or an alert, in a record whose version is 3.x (RFC 8446 section
 * 5.1). */
static void look_at_first(struct tls_stream *stream, struct span bytes)
{
    for (; stream->seen < 2 && bytes.len > 0; stream->seen++, bytes = span_from(bytes, 1)) {
        char byte = bytes.ptr[0];
        bool fits = stream->seen == 0
                        ? byte == MBEDTLS_SSL_MSG_HANDSHAKE || byte == MBEDTLS_SSL_MSG_ALERT
                        : byte == 3;
        stream->began_plain |= !fits;
    }
}

/* The library's side of the wire: it reads what conn got and writes into what conn will send. */
static int give_input(void *arg, unsigned char *room, size_t len)
{
    struct tls_stream *stream = arg;
    size_t given = stream->input.len < len ? stream->input.len : len;
    if (given == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    look_at_first(stream, span_sub(stream->input, 0, given));
    if (stream->began_plain)
        return MBEDTLS_ERR_SSL_INVALID_RECORD; /* at once: the rest of a record may never come */
    memcpy(room, stream->input.ptr, given);
    stream->input = span_from(stream->input, given);
    return (int)given;
}

static int take_output(void *arg, const unsigned char *bytes, size_t len)
{
    struct tls_stream *stream = arg;
    buf_add(stream->out, span_of((const char *)bytes, len));
    return (int)len;
}

/* NULL: no memory for the record buffers. */
static struct tls_stream *stream_new(struct tls_context *context)
{
    struct tls_stream *stream = mem_alloc(sizeof *stream);
    tls_context_ref(context);
    stream->context = context;
    mbedtls_ssl_init(&stream->ssl);
    if (mbedtls_ssl_setup(&stream->ssl, &context->config) != 0) {
        tls_stream_free(&stream);
        return NULL;
    }
    mbedtls_ssl_set_user_data_p(&stream->ssl, stream);
    mbedtls_ssl_set_bio(&stream->ssl, stream, take_output, give_input, NULL);
    return stream;
}

struct tls_stream *tls_stream_server(struct tls_context *context)
{
    return stream_new(context);
}

/* The bytes of an address literal, or nothing for a host name. */
static struct span address_of(const char *host, unsigned char room[16])
{
    if (inet_pton(AF_INET, host, room) == 1)
        return span_of((char *)room, 4);
    if (inet_pton(AF_INET6, host, room) == 1)
        return span_of((char *)room, 16);
    return SPAN("");
}

/* "mail.example." is the same host, but neither SNI nor certificates have the dot. */
static char *without_root(const char *host)
{
    size_t len = strlen(host);
    if (len > 1 && host[len - 1] == '.')
        len--;
    return mem_copy(host, len);
}

struct tls_stream *tls_stream_client(struct tls_context *context, const char *host,
                                     const struct tls_session *resume)
{
    struct tls_stream *stream = stream_new(context);
    unsigned char room[16];
    if (!stream)
        return NULL;
    bool is_address = address_of(host, room).len > 0;
    stream->host = without_root(host);
    /* RFC 6066 section 3: an address is not for SNI; it is checked when the handshake is over. */
    if (mbedtls_ssl_set_hostname(&stream->ssl, is_address ? NULL : stream->host) != 0)
        tls_stream_free(&stream);
    else if (resume && tls_session_is_for(resume, stream))
        (void)mbedtls_ssl_set_session(&stream->ssl, &resume->native);
    return stream;
}

void tls_stream_free(struct tls_stream **slot)
{
    struct tls_stream *stream = *slot;
    *slot = NULL;
    if (!stream)
        return;
    mbedtls_ssl_free(&stream->ssl);
    tls_context_unref(&stream->context);
    free(stream->host);
    free(stream->reason);
    free(stream->subject);
    free(stream->san);
    free(stream);
}

size_t tls_stream_record_max(void)
{
    return MBEDTLS_SSL_OUT_CONTENT_LEN;
}

void tls_stream_input(struct tls_stream *stream, struct span ciphertext)
{
    stream->input = ciphertext;
}

struct span tls_stream_unused(const struct tls_stream *stream)
{
    return stream->input;
}

bool tls_stream_began_plain(const struct tls_stream *stream)
{
    return stream->began_plain;
}

bool tls_stream_buffered(const struct tls_stream *stream)
{
    return mbedtls_ssl_get_bytes_avail(&stream->ssl) > 0;
}

static enum tls_result fail_for(struct tls_stream *stream, const char *words)
{
    free(stream->reason);
    stream->reason = mem_copy(words, strlen(words));
    stream->input = SPAN("");
    return TLS_FAILED;
}

static enum tls_result fail_by_alert(struct tls_stream *stream, unsigned char number)
{
    const char *meaning = tls_alert_meaning(number);
    char words[REASON_MAX];
    (void)snprintf(words, sizeof words, "the peer sent alert %s (%u)%s%s", tls_alert_name(number),
                   number, meaning ? ": " : "", meaning ? meaning : "");
    return fail_for(stream, words);
}

/* In the handshake of TLS 1.3 a peer may be at a loss before it has keys to send with: its alert
 * then comes in clear, where the library wants it encrypted. Two bytes are too few for that. The
 * handshake has failed in any case; this is only to say why. */
static bool is_alert_in_clear(const struct tls_stream *stream)
{
    const unsigned char *record = stream->ssl.MBEDTLS_PRIVATE(in_hdr);
    return record && record[0] == MBEDTLS_SSL_MSG_ALERT && record[3] == 0 && record[4] == 2;
}

/* For another purpose is another error of the library than all that is wrong with a certificate
 * besides, and has its flag as well. */
static bool is_about_certificate(const struct tls_stream *stream, int result)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(&stream->ssl);
    return result == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ||
           (result == MBEDTLS_ERR_SSL_BAD_CERTIFICATE && flags != 0 && flags != UINT32_MAX);
}

static enum tls_result fail(struct tls_stream *stream, int result)
{
    char room[REASON_MAX];
    /* The library has no call for the number of the alert that ended the connection. */
    if (result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
        return fail_by_alert(stream, stream->ssl.MBEDTLS_PRIVATE(in_msg)[1]);
    if (result == MBEDTLS_ERR_SSL_INVALID_MAC && is_alert_in_clear(stream))
        return fail_by_alert(stream, stream->ssl.MBEDTLS_PRIVATE(in_hdr)[6]);
    if (is_about_certificate(stream, result))
        return fail_for(stream, tls_certificate_words(mbedtls_ssl_get_verify_result(&stream->ssl)));
    return fail_for(stream, tls_error_words(result, room, sizeof room));
}

/* Of a client: what the library found. With TLS_CERT_OPTIONAL it may show none, but none that is
 * bad. */
static uint32_t faults_of_client(const struct tls_stream *stream, bool has_shown)
{
    enum tls_client_certificates wanted = stream->context->client_certificates;
    if (wanted == TLS_CERT_NONE)
        return 0;
    if (!has_shown)
        return wanted == TLS_CERT_REQUIRED ? MBEDTLS_X509_BADCERT_MISSING : 0;
    return mbedtls_ssl_get_verify_result(&stream->ssl);
}

/* Of a server: the library has refused all but what is for another address. */
static uint32_t faults_of_server(const struct tls_stream *stream,
                                 const mbedtls_x509_crt *certificate)
{
    unsigned char room[16];
    struct span address = address_of(stream->host, room);
    if (stream->context->mode == TLS_UPSTREAM_VERIFY && certificate && address.len > 0 &&
        !tls_names_match_address(certificate, address))
        return MBEDTLS_X509_BADCERT_CN_MISMATCH;
    return 0;
}

/* False: the subject cannot be written, and a rule that refuses some would never know it. */
static bool describe_peer(struct tls_stream *stream, const mbedtls_x509_crt *certificate)
{
    struct buf text = BUF_INIT;
    bool is_whole = tls_names_dn(&certificate->subject, &text);
    stream->subject = mem_copy(buf_span(&text).ptr, text.len);
    text.len = 0;
    tls_names_alternatives(certificate, &text);
    stream->san = mem_copy(buf_span(&text).ptr, text.len);
    buf_fini(&text);
    return is_whole;
}

static bool is_verified(const struct tls_context *context)
{
    return context->is_server ? context->client_certificates != TLS_CERT_NONE
                              : context->mode == TLS_UPSTREAM_VERIFY;
}

static enum tls_result refuse(struct tls_stream *stream, uint32_t faults)
{
    bool is_1_3 = mbedtls_ssl_get_version_number(&stream->ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
    (void)mbedtls_ssl_send_alert_message(&stream->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                         tls_certificate_alert(faults, is_1_3));
    return fail_for(stream, tls_certificate_words(faults));
}

/* A client that verifies and gets no certificate has resumed a session: the library takes none
 * otherwise. */
static enum tls_result finish(struct tls_stream *stream)
{
    const mbedtls_x509_crt *certificate = mbedtls_ssl_get_peer_cert(&stream->ssl);
    uint32_t faults = stream->context->is_server ? faults_of_client(stream, certificate != NULL)
                                                 : faults_of_server(stream, certificate);
    if (faults != 0)
        return refuse(stream, faults);
    stream->verified = is_verified(stream->context) && (certificate || !stream->context->is_server);
    if (stream->verified && certificate && !describe_peer(stream, certificate) &&
        stream->context->is_server)
        return refuse(stream, MBEDTLS_X509_BADCERT_OTHER);
    /* The library has written all over it for its keys, and all of it is sent. */
    tls_memory_settle(stream->ssl.MBEDTLS_PRIVATE(out_buf));
    return TLS_DONE;
}

enum tls_result tls_stream_handshake(struct tls_stream *stream, struct buf *out)
{
    stream->out = out;
    stream->context->shaking = stream;
    int result = mbedtls_ssl_handshake(&stream->ssl);
    stream->context->shaking = NULL;
    tls_resume_settle(stream->context);
    if (result == MBEDTLS_ERR_SSL_WANT_READ)
        return TLS_MORE;
    return result == 0 ? finish(stream) : fail(stream, result);
}

enum tls_result tls_stream_read(struct tls_stream *stream, char *room, size_t len, size_t *len_out,
                                struct buf *out)
{
    stream->out = out;
    *len_out = 0;
    for (;;) {
        int result = mbedtls_ssl_read(&stream->ssl, (unsigned char *)room, len);
        if (result > 0) {
            *len_out = (size_t)result;
            return TLS_DONE;
        }
        if (result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
            stream->has_ticket = true;
            continue;
        }
        if (result == MBEDTLS_ERR_SSL_WANT_READ) {
            /* It says so, too, when it has got a ticket and wants to be called again for it. */
            if (mbedtls_ssl_check_pending(&stream->ssl))
                continue;
            return TLS_MORE;
        }
        if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
            return TLS_CLOSED;
        /* The library says nothing to a KeyUpdate, which it does not know. */
        if (result == MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE)
            (void)mbedtls_ssl_send_alert_message(&stream->ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                                 MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE);
        if (result != 0) /* 0 is an empty record: give_input() never ends the input */
            return fail(stream, result);
    }
}

enum tls_result tls_stream_write(struct tls_stream *stream, struct span plain, struct buf *out)
{
    stream->out = out;
    while (plain.len > 0) {
        int written = mbedtls_ssl_write(&stream->ssl, (const unsigned char *)plain.ptr, plain.len);
        if (written <= 0)
            return fail(stream, written);
        plain = span_from(plain, (size_t)written);
    }
    return TLS_DONE;
}

void tls_stream_close_notify(struct tls_stream *stream, struct buf *out)
{
    stream->out = out;
    (void)mbedtls_ssl_close_notify(&stream->ssl);
}

const char *tls_stream_reason(const struct tls_stream *stream)
{
    return stream->reason ? stream->reason : "";
}
