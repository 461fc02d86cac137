/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/mail_inspect.h"

#include "tunnels/mail/received.h"

#include <time.h>

static void refuse(const struct reply *reply, struct arena *arena, struct outcome *out)
{
    *out = (struct outcome){.verdict = reply->code < 500 ? VERDICT_TEMPFAIL : VERDICT_REJECT,
                            .code = (int)reply->code,
                            .enhanced = arena_str(arena, reply->enhanced),
                            .text = reply->text,
                            .tags = SPAN(""),
                            .reason = "reception"};
}

/* There is no client, and no number of a session. */
static struct span received_of(const struct tunnel *tunnel, const struct message *message,
                               struct arena *arena)
{
    const struct envelope *envelope = &message->envelope;
    struct received received = {
        .server_name = span_str(tunnel->server_name),
        .recipient = envelope->recipient_count == 1 ? envelope->recipients[0] : SPAN(""),
        .id = "apply",
        .time_s = message->time_s};
    return tunnel->received_header ? received_value(&received, arena) : SPAN("");
}

void mail_inspect(const struct mail_file *file, struct span sender, const struct address_list *to,
                  struct arena *arena, struct trace *trace, struct message *message_out,
                  struct outcome *out)
{
    const struct reply *refusal = mail_file_refusal(file);
    *message_out = (struct message){.bytes = mail_file_bytes(file),
                                    .time_s = (int64_t)time(NULL),
                                    .spool = &file->receiver.tunnel->spool};
    mail_envelope(message_out->bytes, sender, to, arena, &message_out->envelope);
    message_out->received = received_of(file->receiver.tunnel, message_out, arena);
    if (refusal)
        refuse(refusal, arena, out);
    else
        inspect(&file->receiver.tunnel->service->inspection, message_out, arena, trace, out);
    outcome_write_lines(out, NULL, 0);
}
