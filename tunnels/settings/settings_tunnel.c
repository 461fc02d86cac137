/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/settings/forward.h"
#include "tunnels/settings/settings.h"
#include "tunnels/settings/settings_tls.h"

enum protocol { PROTOCOL_SMTP };
enum auth { AUTH_NONE, AUTH_PASS };

static const struct enum_value protocols[] = {{"SMTP", PROTOCOL_SMTP}, {NULL, 0}};
static const struct enum_value auths[] = {{"none", AUTH_NONE}, {"pass", AUTH_PASS}, {NULL, 0}};
static const struct enum_value bare_newlines[] = {
    {"reject", BARE_NEWLINE_REJECT}, {"normalize", BARE_NEWLINE_NORMALIZE}, {NULL, 0}};

struct advanced {
    int64_t idle_connection_timeout, message_timeout;
    int64_t default_window_size, default_max_packet_size;
    int64_t max_message_size, max_recipients, max_connections, max_connections_per_client;
    int64_t max_connection_rate_per_client, max_message_rate_per_client;
    int64_t max_recipient_rate_per_client;
    int64_t max_errors, min_data_rate;
    int64_t message_memory, total_message_memory;
    struct span spool_directory, server_name;
    struct node ssl_options;
    int bare_newline;
    int64_t max_received;
    bool received_header;
    int auth;
    bool auth_without_tls;
    bool proxy_protocol;
    struct string_list proxy_protocol_clients, allowed_clients;
};

#define DAY 86400
#define GIB (1LL << 30)
#define MANY 1000000
#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct advanced, n)
static const struct key advanced_keys[] = {
    {KEY(idle_connection_timeout, KEY_INTEGER), .min = 1, .max = DAY, .standard = "30",
     .help = "Seconds that a client may take for a command."},
    {KEY(message_timeout, KEY_INTEGER), .min = 1, .max = DAY, .standard = "600",
     .help = "Seconds that a client may take for a whole message."},
    {KEY(default_window_size, KEY_INTEGER), .min = 4096, .max = GIB, .standard = "2097152",
     .help = "Bytes buffered for a connection before reading pauses."},
    {KEY(default_max_packet_size, KEY_INTEGER), .min = 512, .max = 16777216, .standard = "32768",
     .help = "Bytes of the largest single read from or write to a socket."},
    {KEY(ssl_options, KEY_OBJECT), .object = &ssl_key_table, .help = "Options of TLS."},
    {KEY(max_message_size, KEY_INTEGER), .min = 0, .max = 1024 * GIB, .standard = "52428800",
     .help = "Bytes of the largest message; 0: no limit."},
    {KEY(max_recipients, KEY_INTEGER), .min = 1, .max = MANY, .standard = "1000",
     .help = "Recipients of one message."},
    {KEY(max_connections, KEY_INTEGER), .min = 1, .max = MANY, .standard = "10000",
     .help = "Connections of all clients at a time."},
    {KEY(max_connections_per_client, KEY_INTEGER), .min = 0, .max = MANY, .standard = "0",
     .help = "Connections of one client address at a time; 0: no limit."},
    {KEY(max_connection_rate_per_client, KEY_INTEGER), .min = 0, .max = MANY, .standard = "0",
     .help = "Connections of one client in a minute; 0: no limit."},
    {KEY(max_message_rate_per_client, KEY_INTEGER), .min = 0, .max = MANY, .standard = "0",
     .help = "Messages of one client in a minute; 0: no limit."},
    {KEY(max_recipient_rate_per_client, KEY_INTEGER), .min = 0, .max = MANY, .standard = "0",
     .help = "Recipients of one client in a minute; 0: no limit."},
    {KEY(max_errors, KEY_INTEGER), .min = 0, .max = MANY, .standard = "20",
     .help = "Wrong commands of a client between two messages; 0: no limit."},
    {KEY(min_data_rate, KEY_INTEGER), .min = 0, .max = GIB, .standard = "100",
     .help = "Bytes in a second, on average, that the text of a message comes with; 0: no limit."},
    {KEY(bare_newline, KEY_ENUM), .values = bare_newlines, .standard = "reject",
     .help = "What happens to a message with a CR or LF that stands alone."},
    {KEY(max_received, KEY_INTEGER), .min = 0, .max = 1000, .standard = "100",
     .help = "Received fields of a message; one with more goes round in circles. 0: no limit."},
    {KEY(received_header, KEY_BOOL), .standard = "false",
     .help = "Every message gets a Received field that says where it came from."},
    {KEY(auth, KEY_ENUM), .values = auths, .standard = "none",
     .help = "Whether clients may log in at the upstream: pass offers AUTH where every upstream "
             "does, and passes it on."},
    {KEY(auth_without_tls, KEY_BOOL), .standard = "false",
     .help = "AUTH also in clear, from clients and to upstreams."},
    {KEY(proxy_protocol, KEY_BOOL), .standard = "false",
     .help =
         "Connections begin with a header of the PROXY protocol, version 1 or 2, that names the "
         "client."},
    {KEY(proxy_protocol_clients, KEY_STRINGS),
     .help = "Networks of the balancers that send it; nobody else may connect."},
    {KEY(allowed_clients, KEY_STRINGS), .standard = "(all)",
     .help = "Networks that may connect, as 192.0.2.0/24 or 2001:db8::/32."},
    {KEY(server_name, KEY_STRING), .standard = "(the host's name)",
     .help = "Name in the greeting and in the reply to EHLO."},
    {KEY(message_memory, KEY_INTEGER), .min = 65536, .max = 64 * GIB, .standard = "33554432",
     .help = "Bytes of one message kept in memory; a longer one moves to a temporary file."},
    {KEY(total_message_memory, KEY_INTEGER), .min = 1048576, .max = 1024 * GIB,
     .standard = "536870912",
     .help = "Bytes of all messages in memory; above it they move to temporary files."},
    {KEY(spool_directory, KEY_PATH), .standard = "($TMPDIR, else /var/tmp)",
     .help = "Folder of the temporary files."},
};
#undef KEY
static const struct key_table advanced_key_table = {"advanced_settings", advanced_keys,
                                                    ARRAY_LEN(advanced_keys), NULL};

struct raw {
    struct span name;
    int protocol;
    struct string_list labels;
    struct span listening_interface;
    int64_t port;
    struct tls_server_raw tls;
    struct node advanced_settings;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct raw, n)
#define TLS(n, t) .name = #n, .type = (t), .offset = offsetof(struct raw, tls.n)
static const struct key tunnel_keys[] = {
    {KEY(name, KEY_STRING), .required = true, .help = "Name by which services use the tunnel."},
    {KEY(protocol, KEY_ENUM), .values = protocols, .standard = "SMTP",
     .help = "What clients speak."},
    {KEY(labels, KEY_STRINGS), .standard = "(every node)",
     .help = "The tunnel loads on nodes that have one of these labels."},
    {KEY(listening_interface, KEY_STRING), .required = true,
     .help = "Where it listens: an alias of node.interfaces, a network interface, an address or a "
             "host name; 0.0.0.0 is all interfaces."},
    {KEY(port, KEY_INTEGER), .required = true, .min = 0, .max = 65535,
     .help = "TCP port; 0: the system chooses one."},
    {TLS(tls_mode, KEY_ENUM), .values = tls_mode_values,
     .standard = "(starttls with a certificate, else none)",
     .help = "Whether and how TLS begins: offered, required before any mail, or from the first "
             "byte."},
    {TLS(certificate, KEY_PATH), .help = "PEM file of the server's certificate and its chain."},
    {TLS(certificate_key, KEY_PATH), .standard = "(the file of the certificate)",
     .help = "PEM file of the certificate's private key."},
    {TLS(certificate_key_password_file, KEY_PATH),
     .help = "File whose first line is the password of an encrypted key."},
    {TLS(certificates, KEY_ARRAY), .object = &certificate_key_table,
     .help = "Further certificates: each is shown to clients that ask for one of its names (SNI)."},
    {TLS(cipher_suites, KEY_STRING),
     .help = "Allowed cipher suites, separated by ; : or , in IANA, mbedTLS or OpenSSL names."},
    {KEY(advanced_settings, KEY_OBJECT), .object = &advanced_key_table, .as_text = true,
     .help = "Limits and TLS options; also as a JSON string that holds the object."},
};
#undef KEY
#undef TLS
const struct key_table tunnel_key_table = {"tunnel", tunnel_keys, ARRAY_LEN(tunnel_keys), NULL};

/* NULL: the list is absent, or complained about. */
static bool read_networks(struct reader *reader, const struct string_list *list,
                          const struct node *given, const struct network **out, size_t *count_out)
{
    if (list->count == 0 && !node_is_array(given))
        return true;
    if (list->count == 0)
        return node_error(reader, given,
                          "expected at least one network, got none: no client "
                          "could connect");
    struct network *networks = ARENA_ARRAY(reader->arena, list->count, struct network);
    bool good = true;
    for (size_t i = 0; i < list->count; i++) {
        struct error err = ERROR_INIT;
        if (!network_parse(list->items[i], &networks[i], &err))
            good = node_error(reader, &list->nodes[i], "%s", err.text);
    }
    *out = networks;
    *count_out = list->count;
    return good;
}

static bool read_allowed(struct reader *reader, const struct string_list *list,
                         const struct node *node, struct tunnel *out)
{
    struct node given = node_get(reader, node, "allowed_clients");
    return read_networks(reader, list, &given, &out->allowed, &out->allowed_count);
}

/* Whoever may name clients decides who may come, so nobody may unless he is named. */
static bool read_balancers(struct reader *reader, const struct advanced *advanced,
                           const struct node *node, struct tunnel *out)
{
    struct node proxy = node_get(reader, node, "proxy_protocol");
    struct node given = node_get(reader, node, "proxy_protocol_clients");
    const struct network *balancers = NULL;
    size_t count = 0;
    if (!read_networks(reader, &advanced->proxy_protocol_clients, &given, &balancers, &count))
        return false;
    if (!advanced->proxy_protocol) {
        if (node_is_present(&given))
            node_warning(reader, &given, "it is not used: \"proxy_protocol\" is false");
        return true;
    }
    if (!node_is_present(&given))
        return node_error(reader, &proxy,
                          "expected proxy_protocol_clients beside it, the networks of the "
                          "balancers: whoever may send the header may say that it is anybody");
    out->balancers = balancers;
    out->balancer_count = count;
    return true;
}

static void take_limits(struct reader *reader, const struct advanced *advanced,
                        struct tunnel *tunnel)
{
    /* The session counts the content itself; the spool stops what goes far beyond. */
    const uint64_t slack = 65536;
    uint64_t largest = (uint64_t)advanced->max_message_size;
    tunnel->conn = (struct conn_limits){(size_t)advanced->default_max_packet_size,
                                        (size_t)advanced->default_window_size};
    tunnel->spool =
        (struct spool_limits){.max_bytes = largest ? largest + slack : 0,
                              .memory_bytes = (uint64_t)advanced->message_memory,
                              .total_memory = (uint64_t)advanced->total_message_memory,
                              .directory = advanced->spool_directory.len > 0
                                               ? arena_str(reader->arena, advanced->spool_directory)
                                               : NULL};
    tunnel->idle_timeout_s = (unsigned)advanced->idle_connection_timeout;
    tunnel->message_timeout_s = (unsigned)advanced->message_timeout;
    tunnel->max_message_size = largest;
    tunnel->max_recipients = (unsigned)advanced->max_recipients;
    tunnel->max_connections = (unsigned)advanced->max_connections;
    tunnel->max_connections_per_client = (unsigned)advanced->max_connections_per_client;
    tunnel->max_rates[RATE_CONNECTIONS] = (unsigned)advanced->max_connection_rate_per_client;
    tunnel->max_rates[RATE_MESSAGES] = (unsigned)advanced->max_message_rate_per_client;
    tunnel->max_rates[RATE_RECIPIENTS] = (unsigned)advanced->max_recipient_rate_per_client;
    tunnel->max_errors = (unsigned)advanced->max_errors;
    tunnel->min_data_rate = (unsigned)advanced->min_data_rate;
    tunnel->max_received = (unsigned)advanced->max_received;
    tunnel->received_header = advanced->received_header;
    tunnel->auth_pass = advanced->auth == AUTH_PASS;
    tunnel->auth_without_tls = advanced->auth_without_tls;
    tunnel->bare_newline = (enum bare_newline)advanced->bare_newline;
    tunnel->server_name = arena_str(reader->arena, advanced->server_name);
}

static bool read_advanced(struct reader *reader, struct node node, struct tunnel_settings *settings,
                          struct node *ssl_options_out)
{
    struct advanced advanced;
    struct tunnel *out = &settings->tunnel;
    bool good = settings_read_part(reader, &node, &advanced_key_table, &advanced, sizeof advanced);
    *ssl_options_out = advanced.ssl_options;
    good &= read_allowed(reader, &advanced.allowed_clients, &node, out);
    struct node name = node_get(reader, &node, "server_name");
    if (advanced.server_name.len > 0 && !forward_is_host_name(advanced.server_name))
        good = node_expected(reader, &name, "a host name");
    good &= read_balancers(reader, &advanced, &node, out);
    settings->spool_directory = node_get(reader, &node, "spool_directory");
    take_limits(reader, &advanced, out);
    return good;
}

bool tunnel_settings_read(struct reader *reader, const struct node *node,
                          struct tunnel_settings *out)
{
    struct raw raw = {.tls.tls_mode = TLS_MODE_UNSET};
    *out = (struct tunnel_settings){.node = *node};
    node_defaults(&tunnel_key_table, &raw);
    bool good = node_read(reader, node, &tunnel_key_table, &raw, &out->common);
    struct node ssl_options;
    good &= settings_check_name(reader, node);
    good &= read_advanced(reader, raw.advanced_settings, out, &ssl_options);
    good &= settings_tls_read(reader, node, &raw.tls, ssl_options, raw.port, &out->tls,
                              &out->tunnel.tls_mode);
    out->labels = raw.labels;
    out->listening_interface = raw.listening_interface;
    out->tunnel.name = raw.name;
    out->tunnel.port = (uint16_t)raw.port;
    return good;
}

bool tunnel_settings_open(struct reader *reader, struct tunnel_settings *settings)
{
    return settings_tls_open(reader, &settings->tls, settings->tunnel.tls_mode,
                             &settings->tunnel.tls);
}
