/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/ciphers.h"

struct cipher {
    const char *iana;
    const char *openssl;
};

/* mbedTLS writes the IANA name with '-' for '_', and TLS 1.3 suites as "TLS1-3-...". */
static const struct cipher ciphers[] = {
    {"TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"},
    {"TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"},
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
    {"TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CCM", "ECDHE-ECDSA-AES256-CCM"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM"},
    {"TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384"},
    {"TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305"},
    {"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256"},
};

static bool is_tls13_of_mbedtls(struct span name, const char *iana)
{
    struct span prefix = SPAN("TLS1-3-");
    return span_starts_nocase(name, prefix) && same_word(span_from(name, prefix.len), iana + 4);
}

const char *cipher_by_name(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(ciphers); i++) {
        const struct cipher *cipher = &ciphers[i];
        if (same_word(name, cipher->iana) || same_word(name, cipher->openssl) ||
            is_tls13_of_mbedtls(name, cipher->iana))
            return cipher->iana;
    }
    return NULL;
}

static bool unknown(struct reader *reader, const struct node *node, struct span name)
{
    const char *names[2 * ARRAY_LEN(ciphers) + 1];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(ciphers); i++) {
        names[count++] = ciphers[i].iana;
        names[count++] = ciphers[i].openssl;
    }
    names[count] = NULL;
    const char *near = suggest(name, names);
    if (near)
        return node_error(reader, node, "unknown cipher suite \"%.*s\"; did you mean \"%s\"?",
                          SPAN_ARG(name), near);
    return node_error(reader, node,
                      "unknown cipher suite \"%.*s\"; expected names such as %s, %s or %s",
                      SPAN_ARG(name), ciphers[0].iana, ciphers[4].iana, ciphers[4].openssl);
}

bool ciphers_check(struct reader *reader, const struct node *node, struct span list)
{
    bool good = true;
    while (list.len > 0) {
        size_t len = 0;
        while (len < list.len && !strchr(";:,", list.ptr[len]))
            len++;
        struct span name = span_trim(span_sub(list, 0, len));
        if (name.len > 0 && !cipher_by_name(name))
            good = unknown(reader, node, name);
        list = span_from(list, len + 1);
    }
    return good;
}
