/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_inspect: what would become of a message from a file if it came in through a tunnel: refused
 * on its way in, or inspected. For commands; main thread.
 */
#ifndef CULVERT_COMMANDS_MAIL_INSPECT_H
#define CULVERT_COMMANDS_MAIL_INSPECT_H

#include "engine/commands/mail_envelope.h"
#include "engine/commands/mail_file.h"
#include "rulesets/inspect.h"

/* `sender` and `to` as in mail_envelope(). The tunnel has a service. All that is made is in the
 * arena; `trace` may be NULL. A refusal has the reason "reception". */
void mail_inspect(const struct mail_file *file, struct span sender, const struct address_list *to,
                  struct arena *arena, struct trace *trace, struct message *message_out,
                  struct outcome *out);

#endif
