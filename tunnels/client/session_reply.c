/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a session, in the order of the commands (replies.h). */
#include "tunnels/client/session_link.h"

void session_reply_bytes(struct session *session, struct reply_slot *slot, struct span bytes)
{
    if (slot)
        replies_settle(&session->replies, slot, bytes);
    else
        replies_say(&session->replies, bytes);
}

/* RFC 2034 section 4: once offered, every 2xx, 4xx and 5xx has an enhanced code of the same class,
 * and no 3xx has one; an upstream may not give any. */
static struct span enhanced_of(const struct reply *reply)
{
    static const struct span defaults[] = {SPAN_INIT("2.0.0"), SPAN_INIT(""), SPAN_INIT("4.0.0"),
                                           SPAN_INIT("5.0.0")};
    unsigned class = reply_class(reply);
    if (class < 2 || class > 5)
        return SPAN("");
    bool fits = reply->enhanced.len > 0 && reply->enhanced.ptr[0] == (char)('0' + class);
    return fits && class != 3 ? reply->enhanced : defaults[class - 2];
}

void session_reply(struct session *session, struct reply_slot *slot, const struct reply *reply)
{
    struct buf *scratch = &session->place->loop->scratch;
    scratch->len = 0;
    reply_write(scratch, reply->code, enhanced_of(reply), reply->text);
    session_reply_bytes(session, slot, buf_span(scratch));
}

void session_refuse(struct session *session, const struct answer *answer)
{
    struct buf *scratch = &session->place->loop->scratch;
    session->errors++;
    scratch->len = 0;
    reply_write_answer(scratch, answer);
    session_reply_bytes(session, NULL, buf_span(scratch));
}
