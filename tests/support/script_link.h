/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script_link: the inside of a script: script.c (its steps), script_client.c (clients),
 * script_mta.c (upstreams), script_judge.c (what must hold in the end).
 */
#ifndef CULVERT_TESTS_SCRIPT_LINK_H
#define CULVERT_TESTS_SCRIPT_LINK_H

#include "tests/support/script.h"
#include "tests/support/script_mode.h"
#include "tests/support/smtp_walk.h"
#include "tests/support/tls_far.h"

#define CLIENTS_MAX 8u
#define UPSTREAMS_MAX 64u

/* What one end said, and how much of the other it had heard then. */
struct tape {
    struct buf said;
    struct walk_mark *marks;
    size_t mark_count, mark_cap;
};

struct caller {
    struct fake_peer *peer;
    struct tls_end *tls; /* NULL: in clear */
    struct buf heard;    /* in clear, before TLS began */
    size_t clear_bytes;  /* that it said before */
    struct buf said;     /* under TLS */
    bool greeted_in_tls; /* by implicit TLS */
    bool muddled;        /* what it said and heard are no two streams any more */
    bool broken, ended;
    char address[32];
    bool proxied; /* its bytes begin with a header */
};

struct mta {
    struct fake_peer *peer;
    struct tls_end *tls; /* NULL: in clear */
    size_t host;
    struct buf heard; /* in clear, before TLS began */
    struct tape clear, secret;
    char client[32];         /* whom the PROXY header names; "": nobody */
    size_t read;             /* of what it received: a polite one's */
    size_t mails;            /* that it took, as a polite one */
    size_t rcpts;            /* of this one */
    struct script_mode mode; /* what it offered, as a polite one */
    unsigned challenges;     /* of AUTH that are to come, and its end */
    bool in_text;
    uint64_t chunk; /* octets of it that are to come */
    char last;      /* the one before */
    bool binary;    /* of BODY=BINARYMIME */
    bool utf8;      /* of SMTPUTF8 */
    bool ended, muddled;
};

struct script {
    struct rig rig;
    struct script_mode mode; /* the present one */
    struct script_mode ever; /* of all that were */
    bool reloaded;
    struct caller callers[CLIENTS_MAX];
    size_t clients;
    struct mta mtas[UPSTREAMS_MAX];
    size_t mta_count;
    bool polite;
    bool mute;          /* polite upstreams say nothing for now */
    unsigned next_code; /* what a polite upstream says next; 0: what is right */
    bool never_clear;   /* no policy allowed mail in clear */
    bool has_tls;       /* some policy has TLS for clients */
    bool only_tls;      /* no policy allowed clients mail in clear */
};

void script_die(const char *why);
void script_unescape(struct span text, struct buf *out);

/* script_client.c */
/* NULL: none is there. */
struct caller *script_client(struct script *script);
void script_call(struct script *script, unsigned number);
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

/* script_mta.c */
/* The newest; NULL: none. */
struct mta *script_mta(struct script *script);
void script_meet_mtas(struct script *script);
/* Whether something was said. */
bool script_serve_mtas(struct script *script);
bool script_carry_mtas(struct script *script);
void script_say_mta(struct script *script, struct span text, bool raw);
void script_secure_mta(struct script *script);
/* What came before TLS, or without. */
void script_check_clear(const struct script *script, const struct mta *mta);

/* The bytes of a PROXY header of version 2 in front of the others; `client` (32 bytes) gets its
 * IPv4 address, or "" where it names nobody. 0: there is none, or not yet all of it. */
size_t script_read_header(struct span bytes, char *client);

/* script_judge.c: what the clients were told against what the upstreams have. */
void script_judge(struct script *script);
/* Where the log goes, from the first script on; that it tells nothing it must not. */
void script_open_log(void);

#endif
