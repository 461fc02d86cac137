/* SPDX-License-Identifier: Apache-2.0 */
/* script_link: the inside of a script: script.c and script_client.c (clients under TLS). */
#ifndef CULVERT_TESTS_SCRIPT_LINK_H
#define CULVERT_TESTS_SCRIPT_LINK_H

#include "engine/base/buf.h"
#include "tests/support/script.h"
#include "tests/support/tls_far.h"

#define CLIENTS_MAX 8u
#define UPSTREAMS_MAX 64u

struct mta {
    struct fake_peer *peer;
    struct tls_end *tls; /* NULL: in clear */
    bool in_text;
    uint64_t chunk; /* octets of it that are to come */
    char last;      /* the one before */
    bool binary;    /* of BODY=BINARYMIME */
    bool ended;
};

struct script {
    struct rig rig;
    struct fake_peer *client; /* the newest; NULL: gone */
    bool client_ended;
    size_t clients;
    struct fake_peer *all[CLIENTS_MAX];
    struct tls_end *ends[CLIENTS_MAX]; /* NULL: in clear */
    bool broken[CLIENTS_MAX];
    struct mta mtas[UPSTREAMS_MAX];
    size_t mta_count;
    bool polite;
    bool has_chunks;  /* a polite upstream offers CHUNKING */
    bool never_clear; /* no policy allowed mail in clear */
    bool has_tls;     /* some policy has TLS for clients */
    bool only_tls;    /* no policy allowed clients mail in clear */
};

void script_die(const char *why);
void script_unescape(struct span text, struct buf *out);

/* script_client.c */
/* A reload: 'e' offers STARTTLS, 'f' requires it, 'i' is implicit TLS. */
void script_reload_client(struct script *script, char how);
/* The newest client begins a handshake, after what it was told so far. */
void script_secure_client(struct script *script);
/* `raw`: as they are, also where the stream is under TLS. */
void script_say_client(struct script *script, struct span text, bool raw);
/* Whether something was carried. */
bool script_carry_clients(struct script *script);
/* What the clients got: replies and nothing else. */
void script_check_clients(struct script *script);
/* Mail has reached an upstream. */
void script_check_mail(const struct script *script);

#endif
