/* SPDX-License-Identifier: Apache-2.0 */
/*
 * downgrade: a message for a server that takes 7-bit text only (RFC 6152 section 3): parts with
 * 8-bit bodies are encoded, text in quoted-printable, else in base64; nothing else changes, and
 * what a reader decodes is the same. Headers have no such way (their 8-bit text is RFC 6532), and
 * what is signed or encrypted must stay as it is. The result lives in the arena. Any thread.
 */
#ifndef CULVERT_MESSAGE_DOWNGRADE_H
#define CULVERT_MESSAGE_DOWNGRADE_H

#include "engine/message/edits.h"
#include "engine/message/spool.h"

enum downgrade_result {
    DOWNGRADE_NEEDLESS, /* it is 7-bit as it stands */
    DOWNGRADE_DONE,     /* `bytes` and `edits` */
    DOWNGRADE_REFUSED,  /* it cannot be done; `reason` */
    DOWNGRADE_FAILED    /* no room now */
};

struct downgrade {
    enum downgrade_result result;
    bool has_8bit_header; /* raw 8-bit text in a header of the message or of a part: REFUSED */
    const char *reason;   /* a constant, in words that go behind "because" */
    struct span bytes;    /* what the edits are of: the original, or it with the edits of rules */
    const struct edits *edits; /* sealed */
};

/* `edits` (sealed, may be NULL) are those that the message leaves with; `spool`: where large
 * results are kept, NULL: the default; it must outlive the arena. */
void downgrade(struct span original, const struct edits *edits, const struct spool_limits *spool,
               struct arena *arena, struct downgrade *out);

/* Whether all of it is ASCII as it leaves. */
bool downgrade_is_needless(struct span original, const struct edits *edits);

#endif
