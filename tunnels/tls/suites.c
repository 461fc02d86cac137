/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/tls/suites.h"

#include <mbedtls/ssl_ciphersuites.h>

struct suite {
    int number;
    const char *iana;
    const char *openssl;
};

/* mbedTLS writes the IANA name with '-' for '_', and TLS 1.3 suites as "TLS1-3-...". */
static const struct suite suites[] = {
    {MBEDTLS_TLS1_3_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
    {MBEDTLS_TLS1_3_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
    {MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256",
     "TLS_CHACHA20_POLY1305_SHA256"},
    {MBEDTLS_TLS1_3_AES_128_CCM_SHA256, "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_SHA256"},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
     "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
     "ECDHE-RSA-AES128-GCM-SHA256"},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
     "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
     "ECDHE-RSA-AES256-GCM-SHA384"},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
     "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
     "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
     "ECDHE-ECDSA-AES128-CCM"},
    {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_CCM, "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
     "ECDHE-ECDSA-AES256-CCM"},
    {MBEDTLS_TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
     "DHE-RSA-AES128-GCM-SHA256"},
    {MBEDTLS_TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
     "DHE-RSA-AES256-GCM-SHA384"},
    {MBEDTLS_TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
     "DHE-RSA-CHACHA20-POLY1305"},
};

/* AES-128 first: as safe in practice and faster; no CCM and finite-field groups unless asked for.
 */
const int tls_suites_default[] = {MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
                                  MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
                                  MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
                                  MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                                  MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                                  MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                                  MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                                  MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                                  MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
                                  0};

const char *tls_suite_name(int number)
{
    for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
        if (suites[i].number == number)
            return suites[i].iana;
    }
    return "unknown";
}

bool tls_suite_is_1_3(int number)
{
    return number >> 8 == 0x13; /* RFC 8446 appendix B.4 */
}

static bool is_1_3_of_mbedtls(struct span name, const char *iana)
{
    struct span prefix = SPAN("TLS1-3-");
    return span_starts_nocase(name, prefix) && same_word(span_from(name, prefix.len), iana + 4);
}

static const struct suite *find(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
        if (same_word(name, suites[i].iana) || same_word(name, suites[i].openssl) ||
            is_1_3_of_mbedtls(name, suites[i].iana))
            return &suites[i];
    }
    return NULL;
}

/* Known elsewhere, and left out here for a reason: why, or NULL. */
static const char *left_out(struct span name)
{
    static const char *const keywords[] = {"HIGH",  "MEDIUM", "LOW",   "ALL",    "DEFAULT",
                                           "AES",   "ECDHE",  "ECDH",  "AESGCM", "CHACHA20",
                                           "RSA",   "kEECDH", "kEDH",  "EECDH",  "COMPLEMENTOFALL",
                                           "SSLv3", "TLSv1",  "aNULL", "eNULL",  "STRENGTH"};
    static const char *const no_secrecy[] = {"TLS_RSA_", "TLS-RSA-", "TLS_ECDH_", "TLS-ECDH-",
                                             "AES128-",  "AES256-",  "DES-",      "RC4-",
                                             "ECDH-",    "CAMELLIA", "TLS_PSK_",  "TLS-PSK-"};
    if (strchr("!+-@", name.ptr[0]))
        return "keywords and operators of OpenSSL's lists are not taken: name each suite";
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        if (span_equal_nocase(name, span_str(keywords[i])))
            return "keywords and operators of OpenSSL's lists are not taken: name each suite";
    }
    for (size_t i = 0; i < ARRAY_LEN(no_secrecy); i++) {
        if (span_starts_nocase(name, span_str(no_secrecy[i])))
            return "it has no forward secrecy: who gets the key later reads all old mail";
    }
    bool misspelt = span_find(name, SPAN("GCM")) != SPAN_NONE;
    if (!misspelt &&
        (span_find(name, SPAN("CBC")) != SPAN_NONE || span_ends_nocase(name, SPAN("-SHA"))))
        return "it has no authenticated encryption (RFC 9325)";
    return NULL;
}

static bool unknown(struct reader *reader, const struct node *node, struct span name)
{
    const char *names[2 * ARRAY_LEN(suites) + 1];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
        names[count++] = suites[i].iana;
        names[count++] = suites[i].openssl;
    }
    names[count] = NULL;
    const char *reason = left_out(name);
    if (reason)
        return node_error(reader, node,
                          "cipher suite \"%.*s\" is refused: %s; expected names such "
                          "as %s, %s or %s",
                          SPAN_ARG(name), reason, suites[0].iana, suites[4].iana,
                          suites[4].openssl);
    const char *near = suggest(name, names);
    if (near)
        return node_error(reader, node, "unknown cipher suite \"%.*s\"; did you mean \"%s\"?",
                          SPAN_ARG(name), near);
    return node_error(reader, node,
                      "unknown cipher suite \"%.*s\"; expected names such as %s, %s or %s",
                      SPAN_ARG(name), suites[0].iana, suites[4].iana, suites[4].openssl);
}

static struct span next_name(struct span *list)
{
    size_t len = 0;
    while (len < list->len && !strchr(";:,", list->ptr[len]))
        len++;
    struct span name = span_trim(span_sub(*list, 0, len));
    *list = span_from(*list, len < list->len ? len + 1 : len);
    return name;
}

static bool holds(const int *numbers, size_t count, int number)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == number)
            return true;
    }
    return false;
}

/* A version is left out when there is no suite for it. */
static bool narrow(struct reader *reader, const struct node *node, const int *numbers,
                   enum tls_versions *versions)
{
    bool has_1_3 = false, has_1_2 = false;
    for (; *numbers != 0; numbers++) {
        has_1_3 |= tls_suite_is_1_3(*numbers);
        has_1_2 |= !tls_suite_is_1_3(*numbers);
    }
    if (*versions == TLS_1_2_ONLY && !has_1_2)
        return node_error(reader, node,
                          "expected a suite of TLS 1.2 too: ssl_version allows no "
                          "other version");
    if (*versions == TLS_1_3_ONLY && !has_1_3)
        return node_error(reader, node,
                          "expected a suite of TLS 1.3 too: ssl_version allows no "
                          "other version");
    if (*versions == TLS_ANY_VERSION && !has_1_3)
        *versions = TLS_1_2_ONLY;
    else if (*versions == TLS_ANY_VERSION && !has_1_2)
        *versions = TLS_1_3_ONLY;
    return true;
}

bool tls_suites_read(struct reader *reader, const struct node *node, struct span list,
                     enum tls_versions *versions, const int **suites_out)
{
    *suites_out = tls_suites_default;
    if (!node_is_present(node))
        return true;
    int *numbers = ARENA_ARRAY(reader->arena, list.len + 1, int);
    size_t count = 0;
    bool good = true;
    while (list.len > 0) {
        struct span name = next_name(&list);
        const struct suite *suite = name.len > 0 ? find(name) : NULL;
        if (suite && !holds(numbers, count, suite->number))
            numbers[count++] = suite->number;
        if (!suite && name.len > 0)
            good = unknown(reader, node, name);
    }
    if (!good)
        return false;
    if (count == 0)
        return node_error(reader, node, "expected at least one cipher suite");
    *suites_out = numbers;
    return narrow(reader, node, numbers, versions);
}
