/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_world: a rig, a faulty_mta behind it and a client that keeps to SMTP, for the fault
 * matrices. Only for programs that link the fake. One test at a time; what must hold is asserted.
 */
#ifndef CULVERT_TESTS_FAULT_WORLD_H
#define CULVERT_TESTS_FAULT_WORLD_H

#include "tests/support/faulty_mta.h"
#include "tests/support/rig.h"

#define SAID_MAX 200u
#define WORDS_MAX 20u
/* All recipients, a bit each. */
#define ALL_RCPTS ((1u << MTA_RCPTS) - 1)

struct world {
    struct rig rig;
    struct rig_policy *policy;
    struct mta mta;
    struct fake_peer *client; /* whom the functions below mean */
};

/* One attempt to send a message. */
struct sending {
    char said[SAID_MAX]; /* by the engine, where it is not what one hopes for; and to the text */
    unsigned taken;      /* recipients for whom it was acknowledged */
    unsigned later;      /* who were to come again */
    uint64_t slowest_ms; /* the longest wait for an answer */
};

/* `setting`: "upstream.tls require"; NULL: none. */
void world_begin(struct world *world, const char *offers, const char *setting);
/* A client calls and says `hello` ("HELO client.example\r\n"). */
void world_call(struct world *world, const char *hello);
/* The next reply's code, 0 for a closed connection; `words` get it with the enhanced code of a
 * refusal. `sending` notes the time. */
unsigned world_hear(struct world *world, struct sending *sending, char words[WORDS_MAX]);
/* Sends a line and hears; a refusal is noted in `sending`, as what was said at `at`. */
unsigned world_say(struct world *world, struct sending *sending, const char *at, const char *line);
/* The text of message number `mail` with its final dot. */
void world_text(struct buf *out, unsigned mail);
/* Message number `mail` from MAIL to the answer to its text. */
struct sending world_send(struct world *world, unsigned mail, unsigned to);
/* "kept": the connection of before, "new": another one, "closed", all perhaps with ", rests". */
const char *world_pool(struct world *world, unsigned dials_before);
/* Nothing may be left behind. */
void world_finish(struct world *world);

#endif
