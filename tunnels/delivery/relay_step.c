/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/delivery/relay_link.h"

/*
 * relay_step: an upstream that says something unasked shifts its answers, each is taken for that to
 * the next command. DATA notices: its answer is 354, and nothing else has that. BDAT is answered by
 * 250 as RCPT is, and would let the answer to a recipient pass for that to the message. So a text
 * follows BDAT only where the two cannot be mixed up (engine/decisions/0030): each recipient was
 * answered with a code of subject 1 (RFC 3463 section 3.2), and the text with another.
 */

/* "2.1.5": it speaks of an address. */
static bool is_of_an_address(const struct reply *reply)
{
    return reply->enhanced.len > 4 && reply->enhanced.ptr[2] == '1' &&
           reply->enhanced.ptr[3] == '.';
}

void relay_note_rcpt(struct relay *relay, const struct reply *reply)
{
    relay->confusable |= !is_of_an_address(reply);
}

bool relay_may_chunk(const struct relay *relay)
{
    return !relay->confusable && upstream_takes_chunks(relay->upstream);
}

bool relay_find_step(struct relay *relay)
{
    if (!relay->confusable || !relay->by_chunk)
        return false;
    relay->confusable = false;
    relay->step_owed = true;
    upstream_command(relay->upstream, SPAN("HELP\r\n"));
    return true;
}

/* 211, 214, or that it is not known (RFC 5321 section 4.2.2): anything but what RCPT has. */
void relay_step_reply(struct relay *relay, const struct reply *reply)
{
    bool is_shifted = reply->code / 10 == 25 || reply->code == 421;
    relay->step_owed = false;
    if (!is_shifted) {
        relay_start_message(relay);
        return;
    }
    upstream_release(&relay->upstream, RELEASE_CLOSE);
    relay_fail(relay, &relay_lost);
}

enum relay_step relay_final_step(const struct relay *relay, const struct reply *reply)
{
    if (!upstream_is_in_step(relay->upstream))
        return STEP_EARLY;
    if (!relay->by_chunk)
        return STEP_RIGHT;
    bool is_own = reply->code == 250 || !reply_is_positive(reply);
    return is_own && !is_of_an_address(reply) ? STEP_RIGHT : STEP_WRONG;
}
