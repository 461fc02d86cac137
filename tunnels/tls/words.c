/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/words.h"

#include "engine/base/mem.h"

#include <mbedtls/error.h>
#include <mbedtls/pem.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509.h>
#include <stdio.h>

struct alert {
    unsigned char number;
    const char *name;
    const char *meaning;
};

static const struct alert alerts[] = {
    {0, "close_notify", NULL},
    {10, "unexpected_message", NULL},
    {20, "bad_record_mac", "what it got was damaged on the way"},
    {21, "decryption_failed", NULL},
    {22, "record_overflow", NULL},
    {40, "handshake_failure", "no suite or version in common, or no certificate"},
    {41, "no_certificate", "it has no certificate"},
    {42, "bad_certificate", "it does not take our certificate"},
    {43, "unsupported_certificate", "it cannot use our kind of certificate"},
    {44, "certificate_revoked", "it takes our certificate for revoked"},
    {45, "certificate_expired", "it takes our certificate for expired"},
    {46, "certificate_unknown", "it does not take our certificate"},
    {47, "illegal_parameter", NULL},
    {48, "unknown_ca", "it does not know the authority of our certificate"},
    {49, "access_denied", "our certificate is not allowed there"},
    {50, "decode_error", NULL},
    {51, "decrypt_error", NULL},
    {70, "protocol_version", "it takes none of the TLS versions offered"},
    {71, "insufficient_security", "it asks for stronger suites"},
    {80, "internal_error", NULL},
    {86, "inappropriate_fallback", NULL},
    {90, "user_canceled", NULL},
    {100, "no_renegotiation", NULL},
    {109, "missing_extension", NULL},
    {110, "unsupported_extension", NULL},
    {112, "unrecognized_name", "it does not serve the name that we asked for"},
    {113, "bad_certificate_status_response", NULL},
    {114, "bad_certificate_hash_value", NULL},
    {115, "unknown_psk_identity", NULL},
    {116, "certificate_required", "it wants a client certificate"},
    {120, "no_application_protocol", NULL},
};

static const struct alert *find_alert(unsigned char number)
{
    for (size_t i = 0; i < ARRAY_LEN(alerts); i++) {
        if (alerts[i].number == number)
            return &alerts[i];
    }
    return NULL;
}

const char *tls_alert_name(unsigned char number)
{
    const struct alert *alert = find_alert(number);
    return alert ? alert->name : "unknown";
}

const char *tls_alert_meaning(unsigned char number)
{
    const struct alert *alert = find_alert(number);
    return alert ? alert->meaning : NULL;
}

struct meaning {
    int result;
    const char *words;
};

static const struct meaning meanings[] = {
    {MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, "no cipher suite, group or signature in common"},
    {MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, "no TLS version in common"},
    {MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE, "the client showed no certificate"},
    {MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, "the peer said goodbye (close_notify) in the handshake"},
    {MBEDTLS_ERR_SSL_INVALID_RECORD, "what came is not TLS"},
    {MBEDTLS_ERR_SSL_INVALID_MAC, "what came was damaged on the way"},
    {MBEDTLS_ERR_SSL_DECODE_ERROR, "what came is no proper TLS message"},
    {MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, "what came is no proper TLS message"},
    {MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION, "an extension came that was not offered"},
    {MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, "a TLS message came out of order"},
    {MBEDTLS_ERR_SSL_BAD_CERTIFICATE, "the certificate that came cannot be used"},
    {MBEDTLS_ERR_SSL_PRIVATE_KEY_REQUIRED, "there is no certificate and key to show"},
    {MBEDTLS_ERR_SSL_ALLOC_FAILED, "out of memory"},
    {MBEDTLS_ERR_SSL_INTERNAL_ERROR, "internal error of the TLS library"},
    {MBEDTLS_ERR_PK_PASSWORD_REQUIRED, "the key is encrypted and there is no password"},
    {MBEDTLS_ERR_PK_PASSWORD_MISMATCH, "the password is not the key's"},
    {MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT, "no PEM block in it"},
};

const char *tls_error_words(int result, char *room, size_t size)
{
    for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
        if (meanings[i].result == result)
            return meanings[i].words;
    }
    mbedtls_strerror(result, room, size);
    return room;
}

struct fault {
    uint32_t flag;
    unsigned char alert;
    const char *words;
};

/* The first that applies is said: the gravest first. */
static const struct fault faults[] = {
    {MBEDTLS_X509_BADCERT_MISSING, MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE,
     "the client showed no certificate"},
    {MBEDTLS_X509_BADCERT_REVOKED, MBEDTLS_SSL_ALERT_MSG_CERT_REVOKED,
     "the certificate is revoked"},
    {MBEDTLS_X509_BADCERT_NOT_TRUSTED, MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA,
     "no authority that is trusted here signed the certificate"},
    {MBEDTLS_X509_BADCERT_EXPIRED, MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED,
     "the certificate has expired"},
    {MBEDTLS_X509_BADCERT_FUTURE, MBEDTLS_SSL_ALERT_MSG_BAD_CERT,
     "the certificate is not valid yet"},
    {MBEDTLS_X509_BADCERT_CN_MISMATCH, MBEDTLS_SSL_ALERT_MSG_BAD_CERT,
     "the certificate is for another host"},
    {MBEDTLS_X509_BADCERT_KEY_USAGE, MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT,
     "the certificate is for another purpose (key usage)"},
    {MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT,
     "the certificate is for another purpose (extended key usage)"},
    {MBEDTLS_X509_BADCERT_NS_CERT_TYPE, MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT,
     "the certificate is for another purpose"},
    {MBEDTLS_X509_BADCERT_BAD_MD, MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT,
     "the certificate is signed with a hash that is not safe"},
    {MBEDTLS_X509_BADCERT_BAD_PK, MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT,
     "the certificate is signed with an algorithm that is not allowed"},
    {MBEDTLS_X509_BADCERT_BAD_KEY, MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT,
     "the key of the certificate is too short, or of a curve that is not taken"},
    {MBEDTLS_X509_BADCERT_OTHER, MBEDTLS_SSL_ALERT_MSG_BAD_CERT,
     "the subject of the certificate has a part that is too long"},
};

const char *tls_certificate_words(uint32_t flags)
{
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        if (flags & faults[i].flag)
            return faults[i].words;
    }
    return "the certificate cannot be verified";
}

/* RFC 8446 section 6.2 has an alert for a certificate that is not there, RFC 5246 section 7.4.6 has
 * not. */
unsigned char tls_certificate_alert(uint32_t flags, bool is_1_3)
{
    if (flags & MBEDTLS_X509_BADCERT_MISSING)
        return is_1_3 ? MBEDTLS_SSL_ALERT_MSG_CERT_REQUIRED
                      : MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE;
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        if (flags & faults[i].flag)
            return faults[i].alert;
    }
    return MBEDTLS_SSL_ALERT_MSG_BAD_CERT;
}

bool tls_error(struct error *err, int result, const char *what)
{
    char room[160];
    return error_set(err, "%s: %s", what, tls_error_words(result, room, sizeof room));
}
