/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/certificates.h"

#include "engine/base/list.h"
#include "engine/base/mem.h"
#include "tunnels/tls/context.h"

#include <mbedtls/error.h>
#include <mbedtls/oid.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>

#define PEM_MAX 8192u
#define NAMES_MAX 8u

struct certificate {
    char subject[2048];
    mbedtls_pk_context key;
    char *pem;
    char *key_pem;
};

static void check(int result)
{
    char words[160];
    if (result >= 0)
        return;
    mbedtls_strerror(result, words, sizeof words);
    (void)fprintf(stderr, "certificates: %s\n", words);
    abort();
}

static void make_key(mbedtls_pk_context *key, enum certificate_key kind)
{
    mbedtls_pk_init(key);
    if (kind == CERTIFICATE_RSA) {
        check(mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)));
        check(mbedtls_rsa_gen_key(mbedtls_pk_rsa(*key), mbedtls_psa_get_random,
                                  MBEDTLS_PSA_RANDOM_STATE, 2048, 65537));
        return;
    }
    check(mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
    check(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), mbedtls_psa_get_random,
                              MBEDTLS_PSA_RANDOM_STATE));
}

/* The library writes a list and wants it linked; it only reads the bytes. */
static unsigned char *bytes_of(struct span value)
{
    unsigned char *bytes;
    memcpy(&bytes, &value.ptr, sizeof bytes);
    return bytes;
}

static void set_names(mbedtls_x509write_cert *writing, const struct certificate_order *order)
{
    struct mbedtls_x509_san_list list[NAMES_MAX] = {{.next = NULL}};
    size_t count = 0;
    const struct certificate_name *name = order->names;
    struct certificate_name host = {2, span_str(order->host)};
    for (bool more = name && name->tag != 0; more || (order->host && count == 0);) {
        const struct certificate_name *own = order->host && count == 0 ? &host : name++;
        if (count == NAMES_MAX)
            abort();
        list[count].node.type = own->tag;
        list[count].node.san.unstructured_name =
            (mbedtls_x509_buf){own->tag, own->value.len, bytes_of(own->value)};
        if (count > 0)
            list[count - 1].next = &list[count];
        count++;
        more = name && name->tag != 0;
    }
    if (count > 0)
        check(mbedtls_x509write_crt_set_subject_alternative_name(writing, list));
}

static void set_purpose(mbedtls_x509write_cert *writing, enum certificate_purpose purpose)
{
    static const struct span oids[] = {
        [CERTIFICATE_SERVER] = SPAN_INIT(MBEDTLS_OID_SERVER_AUTH),
        [CERTIFICATE_CLIENT] = SPAN_INIT(MBEDTLS_OID_CLIENT_AUTH),
        [CERTIFICATE_CODE_SIGNING] = SPAN_INIT(MBEDTLS_OID_CODE_SIGNING),
    };
    if (purpose == CERTIFICATE_ANY)
        return;
    struct span oid = oids[purpose];
    mbedtls_asn1_sequence sequence = {.buf = {MBEDTLS_ASN1_OID, oid.len, bytes_of(oid)}};
    check(mbedtls_x509write_crt_set_ext_key_usage(writing, &sequence));
}

static void fill(mbedtls_x509write_cert *writing, const struct certificate_order *order,
                 struct certificate *certificate)
{
    static unsigned char serial;
    const struct certificate *issuer = order->issuer ? order->issuer : certificate;
    mbedtls_pk_context *issuer_key;
    const mbedtls_pk_context *key = &issuer->key;
    memcpy(&issuer_key, &key, sizeof issuer_key);
    unsigned char number[] = {1, ++serial};
    mbedtls_x509write_crt_set_version(writing, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(writing, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(writing, &certificate->key);
    mbedtls_x509write_crt_set_issuer_key(writing, issuer_key);
    check(mbedtls_x509write_crt_set_serial_raw(writing, number, sizeof number));
    check(mbedtls_x509write_crt_set_subject_name(writing, certificate->subject));
    check(mbedtls_x509write_crt_set_issuer_name(writing, issuer->subject));
    check(mbedtls_x509write_crt_set_validity(writing, order->from ? order->from : "20200101000000",
                                             order->to ? order->to : "20991231235959"));
    check(mbedtls_x509write_crt_set_basic_constraints(writing, order->is_authority, -1));
    check(mbedtls_x509write_crt_set_subject_key_identifier(writing));
    check(mbedtls_x509write_crt_set_authority_key_identifier(writing));
    set_names(writing, order);
    set_purpose(writing, order->purpose);
}

struct certificate *certificate_new(const struct certificate_order *order)
{
    struct error err = ERROR_INIT;
    if (!tls_library_init(&err))
        abort();
    struct certificate *certificate = mem_alloc(sizeof *certificate);
    (void)snprintf(certificate->subject, sizeof certificate->subject, "%s", order->subject);
    make_key(&certificate->key, order->key);
    unsigned char pem[PEM_MAX];
    mbedtls_x509write_cert writing;
    mbedtls_x509write_crt_init(&writing);
    fill(&writing, order, certificate);
    check(mbedtls_x509write_crt_pem(&writing, pem, sizeof pem, mbedtls_psa_get_random,
                                    MBEDTLS_PSA_RANDOM_STATE));
    mbedtls_x509write_crt_free(&writing);
    certificate->pem = mem_copy((char *)pem, strlen((char *)pem));
    check(mbedtls_pk_write_key_pem(&certificate->key, pem, sizeof pem));
    certificate->key_pem = mem_copy((char *)pem, strlen((char *)pem));
    return certificate;
}

void certificate_free(struct certificate **slot)
{
    struct certificate *certificate = *slot;
    *slot = NULL;
    if (!certificate)
        return;
    mbedtls_pk_free(&certificate->key);
    free(certificate->pem);
    free(certificate->key_pem);
    free(certificate);
}

struct span certificate_pem(const struct certificate *certificate)
{
    return span_str(certificate->pem);
}

struct tls_identity certificate_identity(const struct certificate *certificate)
{
    return (struct tls_identity){.chain = span_str(certificate->pem),
                                 .key = span_str(certificate->key_pem)};
}

#define EXPIRED .from = "20200101000000", .to = "20210101000000"
#define FUTURE .from = "20900101000000", .to = "20910101000000"

static const struct certificate_name addresses[] = {
    {7, SPAN_INIT("\xc0\x00\x02\x01")},
    {7, SPAN_INIT("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01")},
    {0, SPAN_INIT("")}};
static const struct certificate_name wild[] = {{2, SPAN_INIT("*.wild.example")},
                                               {0, SPAN_INIT("")}};
static const struct certificate_name mail[] = {{1, SPAN_INIT("client@corp.example")},
                                               {0, SPAN_INIT("")}};

/* In the order of the enum; the issuer by READY_STRANGE_AUTHORITY or, for all others, the first. */
static const struct certificate_order orders[READY_COUNT] = {
    [READY_AUTHORITY] = {.subject = "CN=Test authority", .is_authority = true},
    [READY_SERVER_EC] = {.subject = "CN=mail.example", .host = "mail.example"},
    [READY_SERVER_RSA] = {.subject = "CN=mail.example",
                          .host = "mail.example",
                          .key = CERTIFICATE_RSA},
    [READY_SERVER_EXPIRED] = {.subject = "CN=mail.example", .host = "mail.example", EXPIRED},
    [READY_SERVER_ADDRESS] = {.subject = "CN=by address", .names = addresses},
    [READY_SERVER_OTHER] = {.subject = "CN=other.example", .host = "other.example", .names = wild},
    [READY_CLIENT] = {.subject = "CN=client,O=Corp",
                      .names = mail,
                      .host = "client.corp.example",
                      .purpose = CERTIFICATE_CLIENT},
    [READY_CLIENT_RSA] = {.subject = "CN=client",
                          .key = CERTIFICATE_RSA,
                          .purpose = CERTIFICATE_CLIENT},
    [READY_CLIENT_EXPIRED] = {.subject = "CN=client", .purpose = CERTIFICATE_CLIENT, EXPIRED},
    [READY_CLIENT_FUTURE] = {.subject = "CN=client", .purpose = CERTIFICATE_CLIENT, FUTURE},
    [READY_CLIENT_PURPOSE] = {.subject = "CN=client", .purpose = CERTIFICATE_CODE_SIGNING},
    [READY_CLIENT_STRANGE] = {.subject = "CN=client", .purpose = CERTIFICATE_CLIENT},
    [READY_SERVER_STRANGE] = {.subject = "CN=mail.example", .host = "mail.example"},
    [READY_STRANGE_AUTHORITY] = {.subject = "CN=Strange authority", .is_authority = true},
};

static struct certificate *ready[READY_COUNT];

static const struct certificate *issuer_of(enum certificate_ready which)
{
    if (orders[which].is_authority)
        return NULL;
    bool is_strange = which == READY_CLIENT_STRANGE || which == READY_SERVER_STRANGE;
    return certificate_ready(is_strange ? READY_STRANGE_AUTHORITY : READY_AUTHORITY);
}

const struct certificate *certificate_ready(enum certificate_ready which)
{
    if (!ready[which]) {
        struct certificate_order order = orders[which];
        order.issuer = issuer_of(which);
        ready[which] = certificate_new(&order);
    }
    return ready[which];
}

void certificates_fini(void)
{
    for (size_t i = 0; i < READY_COUNT; i++)
        certificate_free(&ready[i]);
}
