/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/settings/settings_tls.h"

#include "tunnels/settings/settings.h"
#include "tunnels/tls/fingerprint.h"
#include "tunnels/tls/kinds.h"
#include "tunnels/tls/suites.h"

#define SMTP_PORT 25
#define SUBMISSIONS_PORT 465 /* RFC 8314 */

const struct enum_value tls_mode_values[] = {{"none", TLS_MODE_NONE},
                                             {"starttls", TLS_MODE_STARTTLS},
                                             {"starttls_required", TLS_MODE_STARTTLS_REQUIRED},
                                             {"implicit", TLS_MODE_IMPLICIT},
                                             {NULL, 0}};
static const struct enum_value cert_reqs_values[] = {{"CERT_NONE", TLS_CERT_NONE},
                                                     {"CERT_OPTIONAL", TLS_CERT_OPTIONAL},
                                                     {"CERT_REQUIRED", TLS_CERT_REQUIRED},
                                                     {NULL, 0}};
static const struct enum_value ssl_versions[] = {
    {"PROTOCOL_SSLv23", TLS_ANY_VERSION},     {"PROTOCOL_TLS", TLS_ANY_VERSION},
    {"PROTOCOL_TLS_SERVER", TLS_ANY_VERSION}, {"PROTOCOL_TLSv1_2", TLS_1_2_ONLY},
    {"PROTOCOL_TLSv1_3", TLS_1_3_ONLY},       {NULL, 0}};

struct ssl_options {
    int cert_reqs;
    int ca_reqs;
    struct node ssl_version;
    struct span ca_certs;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct ssl_options, n)
static const struct key ssl_keys[] = {
    {KEY(cert_reqs, KEY_ENUM), .values = cert_reqs_values, .standard = "CERT_NONE",
     .help = "Whether clients show a certificate: not asked for, checked when shown, or needed."},
    {KEY(ca_reqs, KEY_ENUM), .values = cert_reqs_values,
     .help = "Another spelling of cert_reqs; read with a warning."},
    {KEY(ssl_version, KEY_ANY), .values = ssl_versions, .standard = "PROTOCOL_SSLv23",
     .help = "TLS versions; PROTOCOL_SSLv23 is the best of TLS 1.2 and 1.3."},
    {KEY(ca_certs, KEY_PATH),
     .help = "PEM file of the authorities that client certificates are checked against."},
};
#undef KEY
const struct key_table ssl_key_table = {"ssl_options", ssl_keys, ARRAY_LEN(ssl_keys), NULL};

struct certificate_raw {
    struct span certificate, certificate_key, certificate_key_password_file;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct certificate_raw, n)
static const struct key certificate_keys[] = {
    {KEY(certificate, KEY_PATH), .required = true,
     .help = "PEM file of a certificate and its chain, for clients that ask for one of its names."},
    {KEY(certificate_key, KEY_PATH), .standard = "(the file of the certificate)",
     .help = "PEM file of the certificate's private key."},
    {KEY(certificate_key_password_file, KEY_PATH),
     .help = "File whose first line is the password of an encrypted key."},
};
#undef KEY
const struct key_table certificate_key_table = {"certificate", certificate_keys,
                                                ARRAY_LEN(certificate_keys), NULL};

bool settings_tls_is_safe(struct reader *reader, const struct node *node, const char *instead)
{
    static const struct {
        const char *name;
        const char *reason;
    } old[] = {
        {"SSLv2", "SSL 2.0 is broken (RFC 6176)"},
        {"SSLv3", "SSL 3.0 is broken (RFC 7568)"},
        {"TLSv1", "TLS 1.0 is no longer safe (RFC 8996)"},
        {"TLSv1.0", "TLS 1.0 is no longer safe (RFC 8996)"},
        {"TLSv1_0", "TLS 1.0 is no longer safe (RFC 8996)"},
        {"TLSv1.1", "TLS 1.1 is no longer safe (RFC 8996)"},
        {"TLSv1_1", "TLS 1.1 is no longer safe (RFC 8996)"},
    };
    static const struct span prefix = SPAN_INIT("PROTOCOL_");
    struct span word;
    if (!node_string(node, &word))
        return true;
    struct span name = span_starts_nocase(word, prefix) ? span_from(word, prefix.len) : word;
    for (size_t i = 0; i < ARRAY_LEN(old); i++) {
        if (same_word(name, old[i].name))
            return node_error(reader, node, "%.*s is refused: %s; expected %s", SPAN_ARG(word),
                              old[i].reason, instead);
    }
    return true;
}

static bool read_version(struct reader *reader, const struct node *node, enum tls_versions *out)
{
    int value = TLS_ANY_VERSION;
    bool good =
        !node_is_present(node) ||
        (settings_tls_is_safe(reader, node, "PROTOCOL_SSLv23, the best of TLS 1.2 and 1.3") &&
         node_enum(reader, node, ssl_versions, &value));
    *out = (enum tls_versions)value;
    return good;
}

static bool take_ca_reqs(struct reader *reader, const struct node *node, struct ssl_options *ssl)
{
    struct node other = node_get(reader, node, "ca_reqs");
    struct node proper = node_get(reader, node, "cert_reqs");
    if (!node_is_present(&other))
        return true;
    if (node_is_present(&proper))
        return node_error(reader, &other,
                          "ca_reqs is another spelling of cert_reqs, which is "
                          "given too");
    node_warning(reader, &other, "ca_reqs is read as cert_reqs; write cert_reqs");
    ssl->cert_reqs = ssl->ca_reqs;
    return true;
}

static bool read_ssl(struct reader *reader, struct node part, struct tls_server_plan *out)
{
    const struct node *node = &part;
    struct ssl_options ssl;
    bool good = settings_read_part(reader, &part, &ssl_key_table, &ssl, sizeof ssl);
    good &= read_version(reader, &ssl.ssl_version, &out->settings.versions);
    good &= take_ca_reqs(reader, node, &ssl);
    struct node asked = node_get(reader, node, "cert_reqs");
    if (!node_is_present(&asked))
        asked = node_get(reader, node, "ca_reqs");
    struct node authorities = node_get(reader, node, "ca_certs");
    out->settings.client_certificates = (enum tls_client_certificates)ssl.cert_reqs;
    if (good && ssl.ca_certs.len > 0 && !node_is_present(&asked))
        node_warning(reader, &authorities,
                     "it is not used: without cert_reqs clients are not asked for certificates");
    if (ssl.cert_reqs == TLS_CERT_NONE)
        return good;
    out->authorities = (struct tls_file){authorities, ssl.ca_certs};
    if (ssl.ca_certs.len == 0)
        good = node_error(reader, &asked,
                          "expected ca_certs beside it: without authorities no "
                          "client certificate can be checked");
    return good;
}

struct tls_identity_files settings_tls_files(struct reader *reader, const struct node *node,
                                             struct span certificate, struct span key,
                                             struct span password)
{
    return (struct tls_identity_files){
        {node_get(reader, node, "certificate"), certificate},
        {node_get(reader, node, "certificate_key"), key},
        {node_get(reader, node, "certificate_key_password_file"), password}};
}

bool settings_tls_together(struct reader *reader, const struct tls_identity_files *files)
{
    bool good = true;
    if (files->certificate.path.len > 0)
        return true;
    if (files->key.path.len > 0)
        good = node_error(reader, &files->key.node,
                          "expected the certificate that it belongs to beside it");
    if (files->password.path.len > 0)
        good = node_error(reader, &files->password.node,
                          "expected the certificate and the key that it belongs to beside it");
    return good;
}

static bool read_certificates(struct reader *reader, const struct node *list,
                              struct tls_server_plan *out)
{
    size_t count = node_count(list);
    bool good = true;
    if (count > 0 && out->identity_count == 0)
        good = node_error(reader, list,
                          "expected certificate beside it: it is shown to clients that ask for "
                          "no name");
    for (size_t i = 0; i < count; i++) {
        struct node item = node_at(reader, list, i);
        struct certificate_raw raw = {{0}, {0}, {0}};
        struct common_keys common;
        good &= node_read(reader, &item, &certificate_key_table, &raw, &common);
        if (!common.enabled || raw.certificate.len == 0)
            continue;
        out->identities[out->identity_count++] = settings_tls_files(
            reader, &item, raw.certificate, raw.certificate_key, raw.certificate_key_password_file);
    }
    return good;
}

static bool read_identities(struct reader *reader, const struct node *node,
                            const struct tls_server_raw *raw, struct tls_server_plan *out)
{
    struct tls_identity_files first = settings_tls_files(
        reader, node, raw->certificate, raw->certificate_key, raw->certificate_key_password_file);
    bool good = settings_tls_together(reader, &first);
    out->identities =
        ARENA_ARRAY(reader->arena, node_count(&raw->certificates) + 1, struct tls_identity_files);
    if (raw->certificate.len > 0)
        out->identities[out->identity_count++] = first;
    return good & read_certificates(reader, &raw->certificates, out);
}

static bool choose_mode(struct reader *reader, const struct node *node, int configured,
                        bool has_certificate, enum tls_mode *out)
{
    struct node mode = node_get(reader, node, "tls_mode");
    struct node certificate = node_get(reader, node, "certificate");
    *out = configured != TLS_MODE_UNSET ? (enum tls_mode)configured
           : has_certificate            ? TLS_MODE_STARTTLS
                                        : TLS_MODE_NONE;
    if (*out != TLS_MODE_NONE && !has_certificate)
        return node_error(reader, &mode, "expected a certificate beside it: TLS needs one");
    if (*out == TLS_MODE_NONE && has_certificate)
        node_warning(reader, &certificate, "it is not used: tls_mode is none");
    return true;
}

static void warn_port(struct reader *reader, const struct node *node, enum tls_mode mode,
                      int64_t port)
{
    struct node key = node_get(reader, node, "tls_mode");
    struct node port_key = node_get(reader, node, "port");
    if (mode == TLS_MODE_IMPLICIT && port == SMTP_PORT)
        node_warning(reader, &key,
                     "clients of port 25 expect no TLS before STARTTLS; implicit TLS belongs to "
                     "port 465 (RFC 8314)");
    if (port == SUBMISSIONS_PORT &&
        (mode == TLS_MODE_STARTTLS || mode == TLS_MODE_STARTTLS_REQUIRED))
        node_warning(reader, node_is_present(&key) ? &key : &port_key,
                     "clients of port 465 expect TLS from the first byte: \"tls_mode\": implicit "
                     "(RFC 8314)");
}

/* Who asks for certificates must not believe that clients in clear have shown one. */
static bool check_asked(struct reader *reader, struct node ssl_options, enum tls_mode mode,
                        enum tls_client_certificates asked)
{
    struct node key = node_get(reader, &ssl_options, "cert_reqs");
    if (!node_is_present(&key))
        key = node_get(reader, &ssl_options, "ca_reqs");
    if (asked != TLS_CERT_NONE && mode == TLS_MODE_NONE)
        return node_error(reader, &key,
                          "expected CERT_NONE in a tunnel without TLS: only under TLS clients can "
                          "show a certificate");
    if (asked == TLS_CERT_REQUIRED && mode == TLS_MODE_STARTTLS)
        node_warning(reader, &key,
                     "clients that do not use TLS need no certificate; \"tls_mode\": "
                     "starttls_required makes them");
    return true;
}

bool settings_tls_read(struct reader *reader, const struct node *node,
                       const struct tls_server_raw *raw, struct node ssl_options, int64_t port,
                       struct tls_server_plan *out, enum tls_mode *mode_out)
{
    out->suites = node_get(reader, node, "cipher_suites");
    bool good = read_ssl(reader, ssl_options, out);
    good &= tls_suites_read(reader, &out->suites, raw->cipher_suites, &out->settings.versions,
                            &out->settings.suites);
    good &= read_identities(reader, node, raw, out);
    good &= choose_mode(reader, node, raw->tls_mode, raw->certificate.len > 0, mode_out);
    warn_port(reader, node, *mode_out, port);
    if (good)
        good = check_asked(reader, ssl_options, *mode_out, out->settings.client_certificates);
    return good;
}

bool settings_tls_open(struct reader *reader, const struct tls_server_plan *plan,
                       enum tls_mode mode, const struct tls_server_settings **out)
{
    *out = NULL;
    if (mode == TLS_MODE_NONE)
        return true;
    struct tls_server_settings *settings = ARENA_NEW(reader->arena, struct tls_server_settings);
    struct tls_identity *identities =
        ARENA_ARRAY(reader->arena, plan->identity_count, struct tls_identity);
    *settings = plan->settings;
    bool good = true;
    for (size_t i = 0; i < plan->identity_count; i++)
        good &= tls_files_identity(reader, &plan->identities[i], TLS_FOR_SERVER, &identities[i]);
    if (plan->authorities.path.len > 0)
        good &= tls_files_authorities(reader, &plan->authorities, TLS_FOR_CLIENT,
                                      &settings->authorities, &settings->authorities_validity);
    settings->identities = identities;
    settings->identity_count = plan->identity_count;
    if (!good)
        return false;
    tls_files_warn_hidden(reader, plan->identities, identities, plan->identity_count);
    tls_fingerprint_server(settings);
    *out = settings;
    /* Behind an error it would say the same twice. */
    return reader->error_count > 0 || tls_kinds_check(reader, &plan->suites, settings);
}
