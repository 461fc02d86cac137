/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/mail_inspect.h"

static void refuse(const struct reply *reply, struct arena *arena, struct outcome *out)
{
    *out = (struct outcome){.verdict = reply->code < 500 ? VERDICT_TEMPFAIL : VERDICT_REJECT,
                            .code = (int)reply->code,
                            .enhanced = arena_str(arena, reply->enhanced),
                            .text = reply->text,
                            .tags = SPAN(""),
                            .reason = "reception"};
}

void mail_inspect(const struct mail_file *file, struct span sender, const struct address_list *to,
                  struct arena *arena, struct trace *trace, struct message *message_out,
                  struct outcome *out)
{
    const struct reply *refusal = mail_file_refusal(file);
    *message_out =
        (struct message){.bytes = mail_file_bytes(file), .spool = &file->receiver.tunnel->spool};
    mail_envelope(message_out->bytes, sender, to, arena, &message_out->envelope);
    if (refusal)
        refuse(refusal, arena, out);
    else
        inspect(&file->receiver.tunnel->service->inspection, message_out, arena, trace, out);
    outcome_write_lines(out, NULL, 0);
}
