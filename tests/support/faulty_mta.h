/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faulty_mta: an upstream on the network in memory that keeps to SMTP but for one fault, once, at
 * one stage. It notes what it took, and for whom. Only for programs that link the fake. One test at
 * a time.
 */
#ifndef CULVERT_TESTS_FAULTY_MTA_H
#define CULVERT_TESTS_FAULTY_MTA_H

#include "engine/base/buf.h"
#include "tests/support/fake/fake.h"
#include "tests/support/tls_end.h"

enum mta_stage {
    MTA_CONNECT,
    MTA_BANNER,
    MTA_EHLO,
    MTA_STARTTLS,
    MTA_HANDSHAKE,
    MTA_MAIL,
    MTA_RCPT, /* the second of a mail */
    MTA_DATA,
    MTA_TEXT,  /* in the middle of it, be it behind DATA or BDAT */
    MTA_FINAL, /* behind the last byte of it */
    MTA_RSET,
    MTA_QUIT,
    MTA_IDLE, /* nothing is asked; mta_strike() */
    MTA_STAGES
};

enum mta_fault {
    MTA_4XX,
    MTA_5XX,
    MTA_421, /* and the end of the stream */
    MTA_CLOSE,
    MTA_RESET,
    MTA_SILENCE,
    MTA_GARBAGE,
    MTA_FLOOD, /* lines of one reply without an end */
    MTA_SLOW,  /* all is well, byte by byte, ten in a second */
    MTA_DRIP,  /* one byte in ten seconds */
    MTA_FAULTS
};

#define MTA_MAILS 4u
#define MTA_RCPTS 3u
#define MTA_CONNECTIONS 16u

/* One connection. */
struct mta_talk {
    struct fake_peer *peer;
    struct tls_end *tls; /* NULL: in clear */
    struct buf say;      /* what is said byte by byte */
    uint64_t pace_ms;    /* between two bytes */
    uint64_t next_ms;
    struct buf text;
    size_t chunk; /* of the text, to come; 0: lines up to the dot */
    bool in_text;
    bool has_mail;
    unsigned rcpts;      /* RCPT commands of this mail */
    unsigned taken;      /* its recipients, a bit each */
    bool dead;           /* it says nothing more */
    bool ended;          /* its side of the stream */
    bool takes_by_byte;  /* of what is written to it */
    bool slow_handshake; /* by TLS */
};

struct mta {
    const char *host;
    struct loop *loop;
    const char *offers; /* "PIPELINING, CHUNKING" */
    enum mta_stage stage;
    enum mta_fault fault;
    bool armed; /* the fault is to come */
    uint64_t now_ms;
    struct mta_talk talks[MTA_CONNECTIONS];
    unsigned talk_count;
    unsigned took[MTA_MAILS][MTA_RCPTS]; /* how often, by the digit of the subject */
    unsigned quits;
};

/* Serves HOST:25 until mta_fini(). */
void mta_init(struct mta *mta, struct loop *loop, const char *host, const char *offers);
/* The fault comes at the next time that the stage is reached. */
void mta_arm(struct mta *mta, enum mta_stage stage, enum mta_fault fault);
/* The fault now, on the last connection, unasked: what MTA_IDLE is for. */
void mta_strike(struct mta *mta);
/* Answers what can be answered without time passing. */
void mta_settle(struct mta *mta);
/* Time passes for both sides, until `until` says so or the time is over; what is left of it. */
uint64_t mta_sleep(struct mta *mta, uint64_t ms, bool (*until)(void *arg), void *arg);
void mta_fini(struct mta *mta);

const char *mta_stage_name(enum mta_stage stage);
const char *mta_fault_name(enum mta_fault fault);

#endif
