/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tunnel: the settings of one tunnel and of the service that it feeds, as the configuration gave
 * them: immutable, part of a policy, shared by all threads. A transaction holds a reference on the
 * policy from MAIL to its end and so finishes under the settings it began with.
 */
#ifndef CULVERT_TUNNELS_TUNNEL_H
#define CULVERT_TUNNELS_TUNNEL_H

#include "engine/base/counted.h"
#include "engine/base/network.h"
#include "engine/message/spool.h"
#include "rulesets/inspect.h"
#include "tunnels/client/rates.h"
#include "tunnels/tls/settings.h"
#include "tunnels/wire/conn.h"

enum bare_newline { BARE_NEWLINE_REJECT, BARE_NEWLINE_NORMALIZE };

/* When TLS begins on the tunnel's side (tls_mode). */
enum tls_mode {
    TLS_MODE_NONE,
    TLS_MODE_STARTTLS,          /* offered */
    TLS_MODE_STARTTLS_REQUIRED, /* no mail without (RFC 3207 section 4) */
    TLS_MODE_IMPLICIT           /* from the first byte (RFC 8314) */
};

enum hop_kind { HOP_SMTP, HOP_MAILDIR, HOP_REFLECT };

/* One forwarding address. */
struct hop {
    enum hop_kind kind;
    const char *host; /* SMTP: name or address literal without brackets */
    uint16_t port;
    unsigned priority; /* lower ones first */
    bool implicit_tls; /* smtps://: TLS from the first byte */
    const char *path;  /* Maildir */
    const char *text;  /* as configured, for the log and as key of the connection pool */
};

/* One entry of `hostnames`: the hops are in the order of their priorities. */
struct route {
    struct span hostname; /* "*" matches all; case-insensitive; "*.x" matches below x */
    struct hop *hops;
    size_t hop_count;
};

/* How the upstream is told who the client is (send_proxy). */
enum send_proxy { SEND_PROXY_NONE, SEND_PROXY_XFORWARD, SEND_PROXY_XCLIENT, SEND_PROXY_V2 };

struct upstream_settings {
    enum send_proxy send_proxy;
    const char *helo_name; /* never NULL: the host's name when not configured */
    unsigned connect_timeout_s;
    unsigned reply_timeout_s;  /* for a command's reply */
    unsigned data_timeout_s;   /* for the reply to the final dot */
    unsigned idle_timeout_s;   /* a kept connection is closed after this */
    unsigned kept_connections; /* per hop and loop */
    unsigned max_connections;  /* to a hop, over all loops; 0: no limit */
    unsigned wait_timeout_s;   /* for one of them to become free */
    unsigned connection_mails; /* that go over one connection; 0: no limit */
    unsigned retry_delay_s;    /* the longest time that a hop that failed is left out */
    bool no_chunks;            /* DATA even where CHUNKING is offered */
    bool no_downgrade;         /* 8-bit text is refused, not encoded, for a hop without 8BITMIME */
    struct tls_client_settings tls;
    /* AUTH towards the upstream (RFC 4954), under TLS only; NULL: none. */
    const char *username;
    const char *password;
};

struct service {
    struct span name;
    struct route *routes;
    size_t route_count;
    struct upstream_settings upstream;
    struct inspection inspection;
};

struct tunnel {
    struct span name;
    struct counted *policy;  /* whose part this is */
    const char *address;     /* numeric, to listen on */
    uint16_t port;           /* 0: the kernel chooses */
    const char *server_name; /* in the greeting and EHLO reply */
    const struct service *service;
    enum tls_mode tls_mode;
    const struct tls_server_settings *tls; /* NULL with TLS_MODE_NONE */
    struct conn_limits conn;
    struct spool_limits spool;
    unsigned idle_timeout_s;    /* of a command */
    unsigned message_timeout_s; /* of a whole DATA */
    uint64_t max_message_size;  /* bytes; 0: no limit */
    unsigned min_data_rate;     /* bytes of a text in a second, on average; 0: no limit */
    unsigned max_errors;        /* wrong commands between two messages; 0: no limit */
    unsigned max_recipients;
    unsigned max_connections;            /* of the tunnel, over all loops */
    unsigned max_connections_per_client; /* 0: no limit */
    unsigned max_rates[RATE_COUNT];      /* of a client in a minute; 0: no limit */
    enum bare_newline bare_newline;
    bool auth_pass;                /* AUTH is offered and passed on to the next hop */
    bool auth_without_tls;         /* also in clear, on either side */
    unsigned max_received;         /* Received fields of a message; 0: no limit */
    bool received_header;          /* each message gets one */
    const struct network *allowed; /* clients that may connect; NULL: all */
    size_t allowed_count;
    const struct network *balancers; /* each connection is one of theirs and begins with a PROXY
                                        header; NULL: there are none */
    size_t balancer_count;
};

/* Whether a client of that numeric address (IPv6 also as "IPv6:...") may connect. */
bool tunnel_allows(const struct tunnel *tunnel, const char *address);

/* The route for all mail of a client that named that host in its TLS handshake (SNI): the first
 * whose hostname, other than "*", matches. NULL: none, the recipients choose. */
const struct route *service_route_of_client(const struct service *service, struct span server_name);

/* The route for a recipient's domain: the first whose hostname matches, or NULL. */
const struct route *service_route(const struct service *service, struct span recipient);

#endif
