/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smtp_walk: reads an SMTP conversation back from its two streams, after it: which texts were sent
 * for whom and how each was answered. Each command has one answer, in order; so this knows nothing
 * of the engine's states and can judge it, on either of its sides. One thread.
 */
#ifndef CULVERT_TESTS_SMTP_WALK_H
#define CULVERT_TESTS_SMTP_WALK_H

#include "engine/base/buf.h"

/* From the byte `reply` on, answers were said when `commands` bytes of commands had come. */
struct walk_mark {
    size_t reply, commands;
};

/* The two directions of one stream; `marks` in order, NULL: nobody asks who was first. */
struct walk_streams {
    struct span commands, replies;
    const struct walk_mark *marks;
    size_t mark_count;
    struct span client; /* whom the commands come from, where that is known */
    bool greets;        /* the replies begin with a greeting */
};

#define WALK_CLIENT_MAX 64u

struct walk_text {
    char client[WALK_CLIENT_MAX]; /* its address, as XCLIENT says; "": not known */
    struct buf envelope;          /* the sender and who was taken, a line each */
    struct buf bytes;             /* without dots that were stuffed */
    unsigned code;                /* of its answer; 0: there was none */
    bool complete;                /* to the final dot, or the last octet of BDAT LAST */
    bool early;                   /* answered before it was complete */
    bool bare;                    /* has a CR or LF that stands alone */
    bool odd_envelope;            /* an address may be written in other ways */
    bool used;                    /* the caller's */
};

struct walk {
    struct walk_text *texts;
    size_t count, cap;
    struct buf secrets; /* what was said in AUTH exchanges, a line each */
    unsigned surplus;   /* answers that no command is left for */
    unsigned last_code; /* of the last answer */
    unsigned mails;     /* MAIL that was taken */
    unsigned logins;    /* AUTH that was asked for */
    bool in_auth;       /* the commands end in such an exchange */
};

/* Adds to what was found before: `surplus` and what is below it are of this conversation. */
void walk_read(struct walk *walk, const struct walk_streams *streams);
void walk_fini(struct walk *walk);

#endif
