/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/settings/settings_upstream.h"

#include "engine/base/ascii.h"
#include "tunnels/settings/forward.h"
#include "tunnels/settings/settings.h"
#include "tunnels/tls/fingerprint.h"
#include "tunnels/tls/suites.h"

static const struct enum_value tls_values[] = {{"none", TLS_UPSTREAM_NONE},
                                               {"opportunistic", TLS_UPSTREAM_OPPORTUNISTIC},
                                               {"require", TLS_UPSTREAM_REQUIRE},
                                               {"require_verify", TLS_UPSTREAM_VERIFY},
                                               {NULL, 0}};
static const struct enum_value version_values[] = {
    {"TLSv1.2", TLS_ANY_VERSION}, {"TLSv1.3", TLS_1_3_ONLY}, {NULL, 0}};
static const struct enum_value send_proxy_values[] = {{"none", SEND_PROXY_NONE},
                                                      {"xforward", SEND_PROXY_XFORWARD},
                                                      {"xclient", SEND_PROXY_XCLIENT},
                                                      {"proxy_v2", SEND_PROXY_V2},
                                                      {NULL, 0}};

struct upstream_raw {
    int tls;
    struct node minimum_version;
    struct span ca_certs, certificate, certificate_key, certificate_key_password_file;
    struct span helo_name, username, password_file;
    int64_t connect_timeout, reply_timeout, data_timeout, idle_timeout, kept_connections;
    int64_t retry_delay, max_messages_per_connection, max_connections, connection_wait_timeout;
    bool chunking;
    bool downgrade_8bit;
    int send_proxy;
};

#define DAY 86400
/* Of Debian's package ca-certificates; other systems have them there, too. */
#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"
/* Longer names and passwords would not fit into the lines of AUTH (RFC 4954 section 4). */
#define USERNAME_MAX 255u
#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct upstream_raw, n)
static const struct key upstream_keys[] = {
    {KEY(tls, KEY_ENUM), .values = tls_values, .standard = "opportunistic",
     .help = "TLS towards the upstream: never, where it is offered, always, or always and with a "
             "certificate of one of ca_certs for the upstream's name."},
    {KEY(minimum_version, KEY_ANY), .values = version_values, .standard = "TLSv1.2",
     .help = "The lowest TLS version that is taken."},
    {KEY(ca_certs, KEY_PATH), .standard = "(those of the system)",
     .help = "PEM file of the authorities that the upstream's certificate is checked against."},
    {KEY(certificate, KEY_PATH), .help = "PEM file of our certificate towards the upstream."},
    {KEY(certificate_key, KEY_PATH), .standard = "(the file of the certificate)",
     .help = "PEM file of that certificate's private key."},
    {KEY(certificate_key_password_file, KEY_PATH),
     .help = "File whose first line is the password of an encrypted key."},
    {KEY(helo_name, KEY_STRING), .standard = "(the host's name)",
     .help = "Name that we give in EHLO."},
    {KEY(username, KEY_STRING),
     .help = "Name to log in with at the upstream (AUTH PLAIN or LOGIN); only under TLS."},
    {KEY(password_file, KEY_PATH), .help = "File whose first line is the password."},
    {KEY(connect_timeout, KEY_INTEGER), .min = 1, .max = DAY, .standard = "30",
     .help = "Seconds for connecting, of all addresses of a host together."},
    {KEY(reply_timeout, KEY_INTEGER), .min = 1, .max = DAY, .standard = "300",
     .help = "Seconds for the reply to a command (RFC 5321, section 4.5.3.2)."},
    {KEY(data_timeout, KEY_INTEGER), .min = 1, .max = DAY, .standard = "600",
     .help = "Seconds for the reply to a whole message."},
    {KEY(idle_timeout, KEY_INTEGER), .min = 1, .max = DAY, .standard = "60",
     .help = "Seconds that a connection is kept open for the next message."},
    {KEY(kept_connections, KEY_INTEGER), .min = 0, .max = 100000, .standard = "100",
     .help = "Connections kept open, of each upstream and event loop."},
    {KEY(max_connections, KEY_INTEGER), .min = 0, .max = 1000000, .standard = "0",
     .help = "Connections to one forwarding address at a time, over all event loops; 0: no limit."},
    {KEY(connection_wait_timeout, KEY_INTEGER), .min = 1, .max = DAY, .standard = "30",
     .help = "Seconds that a mail waits in line for one of max_connections, or of those that the "
             "upstream itself allows; then its client is told to come later."},
    {KEY(max_messages_per_connection, KEY_INTEGER), .min = 0, .max = 1000000, .standard = "0",
     .help =
         "Messages that go over one connection before it is closed; 0: no limit but the one that "
         "the upstream names."},
    {KEY(retry_delay, KEY_INTEGER), .min = 1, .max = DAY, .standard = "30",
     .help = "The most seconds that an upstream, or one of its addresses, that failed is left out; "
             "the first time it is one, then twice as long each time."},
    {KEY(chunking, KEY_BOOL), .standard = "true",
     .help = "Send messages by BDAT where CHUNKING is offered; false: always by DATA."},
    {KEY(downgrade_8bit, KEY_BOOL), .standard = "true",
     .help = "Encode 8-bit text (quoted-printable, base64) for an upstream without 8BITMIME; "
             "false: refuse it with 554 5.6.1."},
    {KEY(send_proxy, KEY_ENUM), .values = send_proxy_values, .standard = "none",
     .help =
         "How the upstream is told who the client is: XFORWARD, for its log; XCLIENT or a PROXY "
         "header of version 2, for its decisions, too."},
};
#undef KEY
const struct key_table upstream_key_table = {"upstream", upstream_keys, ARRAY_LEN(upstream_keys),
                                             NULL};

static bool read_version(struct reader *reader, const struct node *node, enum tls_versions *out)
{
    int value = TLS_ANY_VERSION;
    bool good =
        !node_is_present(node) || (settings_tls_is_safe(reader, node, "TLSv1.2 or TLSv1.3") &&
                                   node_enum(reader, node, version_values, &value));
    *out = (enum tls_versions)value;
    return good;
}

static bool is_login(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (ascii_is_control(name.ptr[i]))
            return false;
    }
    return name.len <= USERNAME_MAX;
}

/* A password in clear on the way would be everybody's. */
static bool check_login(struct reader *reader, const struct node *node,
                        const struct upstream_raw *raw)
{
    struct node username = node_get(reader, node, "username");
    struct node password = node_get(reader, node, "password_file");
    bool good = true;
    if (raw->password_file.len > 0 && raw->username.len == 0)
        good = node_error(reader, &password, "expected the username that it belongs to beside it");
    if (raw->username.len == 0)
        return good;
    if (!is_login(raw->username))
        good = node_expected(reader, &username,
                             "a name of 255 bytes at most, without control characters");
    if (raw->password_file.len == 0)
        good = node_error(reader, &username, "expected password_file beside it");
    if (raw->tls != TLS_UPSTREAM_REQUIRE && raw->tls != TLS_UPSTREAM_VERIFY)
        good = node_error(reader, &username,
                          "expected \"tls\": require_verify or require beside it: a password is "
                          "never sent in clear");
    return good;
}

static void check_tls(struct reader *reader, const struct node *node,
                      const struct upstream_raw *raw)
{
    struct node authorities = node_get(reader, node, "ca_certs");
    struct node certificate = node_get(reader, node, "certificate");
    if (raw->tls != TLS_UPSTREAM_VERIFY && raw->ca_certs.len > 0)
        node_warning(reader, &authorities,
                     "it is not used: only with \"tls\": require_verify the upstream's certificate "
                     "is looked at");
    if (raw->tls == TLS_UPSTREAM_NONE && raw->certificate.len > 0)
        node_warning(reader, &certificate, "it is not used: \"tls\" is none");
    struct node username = node_get(reader, node, "username");
    if (raw->tls == TLS_UPSTREAM_REQUIRE && raw->username.len > 0)
        node_warning(reader, &username,
                     "the password goes to whoever answers in the upstream's place; \"tls\": "
                     "require_verify looks at its certificate first");
}

static bool uses_implicit_tls(const struct service *service)
{
    for (size_t i = 0; i < service->route_count; i++) {
        for (size_t k = 0; k < service->routes[i].hop_count; k++) {
            if (service->routes[i].hops[k].implicit_tls)
                return true;
        }
    }
    return false;
}

static bool check(struct reader *reader, const struct node *node, const struct upstream_raw *raw,
                  const struct service *service)
{
    struct node tls = node_get(reader, node, "tls");
    struct node helo = node_get(reader, node, "helo_name");
    bool good = true;
    if (raw->helo_name.len > 0 && !forward_is_host_name(raw->helo_name))
        good = node_expected(reader, &helo, "a host name");
    good &= check_login(reader, node, raw);
    check_tls(reader, node, raw);
    if (raw->tls == TLS_UPSTREAM_NONE && uses_implicit_tls(service))
        good = node_error(reader, &tls, "none does not go with a forwarding address of smtps://");
    return good;
}

static void plan_files(struct reader *reader, const struct node *node,
                       const struct upstream_raw *raw, struct tls_client_plan *out)
{
    struct tls_identity_files identity = settings_tls_files(
        reader, node, raw->certificate, raw->certificate_key, raw->certificate_key_password_file);
    if (raw->tls != TLS_UPSTREAM_NONE)
        out->identity = identity;
    if (raw->tls == TLS_UPSTREAM_VERIFY && raw->ca_certs.len > 0)
        out->authorities = (struct tls_file){node_get(reader, node, "ca_certs"), raw->ca_certs};
    else if (raw->tls == TLS_UPSTREAM_VERIFY)
        out->system = (struct tls_file){node_get(reader, node, "tls"), SPAN(SYSTEM_AUTHORITIES)};
    if (raw->username.len > 0)
        out->password =
            (struct tls_file){node_get(reader, node, "password_file"), raw->password_file};
}

bool settings_upstream_read(struct reader *reader, struct node node, struct service *service,
                            struct tls_client_plan *out)
{
    struct upstream_raw raw;
    struct upstream_settings *upstream = &service->upstream;
    bool good = settings_read_part(reader, &node, &upstream_key_table, &raw, sizeof raw);
    *upstream =
        (struct upstream_settings){.helo_name = arena_str(reader->arena, raw.helo_name),
                                   .connect_timeout_s = (unsigned)raw.connect_timeout,
                                   .reply_timeout_s = (unsigned)raw.reply_timeout,
                                   .data_timeout_s = (unsigned)raw.data_timeout,
                                   .idle_timeout_s = (unsigned)raw.idle_timeout,
                                   .kept_connections = (unsigned)raw.kept_connections,
                                   .max_connections = (unsigned)raw.max_connections,
                                   .wait_timeout_s = (unsigned)raw.connection_wait_timeout,
                                   .connection_mails = (unsigned)raw.max_messages_per_connection,
                                   .retry_delay_s = (unsigned)raw.retry_delay,
                                   .send_proxy = (enum send_proxy)raw.send_proxy,
                                   .no_chunks = !raw.chunking,
                                   .no_downgrade = !raw.downgrade_8bit,
                                   .tls.mode = (enum tls_upstream_mode)raw.tls,
                                   .tls.suites = tls_suites_default};
    good &= read_version(reader, &raw.minimum_version, &upstream->tls.versions);
    good &= check(reader, &node, &raw, service);
    if (raw.username.len > 0)
        upstream->username = arena_str(reader->arena, raw.username);
    plan_files(reader, &node, &raw, out);
    struct tls_identity_files identity = settings_tls_files(
        reader, &node, raw.certificate, raw.certificate_key, raw.certificate_key_password_file);
    return good & settings_tls_together(reader, &identity);
}

static bool open_identity(struct reader *reader, const struct tls_client_plan *plan,
                          struct tls_client_settings *tls)
{
    if (plan->identity.certificate.path.len == 0)
        return true;
    struct tls_identity *identity = ARENA_NEW(reader->arena, struct tls_identity);
    tls->identity = identity;
    return tls_files_identity(reader, &plan->identity, TLS_FOR_CLIENT, identity);
}

bool settings_upstream_open(struct reader *reader, const struct tls_client_plan *plan,
                            struct upstream_settings *out)
{
    bool good = open_identity(reader, plan, &out->tls);
    struct span password;
    if (plan->authorities.path.len > 0)
        good &= tls_files_authorities(reader, &plan->authorities, TLS_FOR_SERVER,
                                      &out->tls.authorities, &out->tls.authorities_validity);
    if (plan->system.path.len > 0)
        good &= tls_files_system_authorities(reader, &plan->system, &out->tls.authorities,
                                             &out->tls.authorities_validity);
    if (plan->password.path.len > 0) {
        good &= tls_files_password(reader, &plan->password, &password);
        out->password = good ? password.ptr : NULL;
    }
    if (good)
        tls_fingerprint_client(&out->tls);
    return good;
}
