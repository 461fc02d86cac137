/* SPDX-License-Identifier: Apache-2.0 */
/* outcome_report: what became of a message, for people and for programs. No message content. */
#ifndef CULVERT_COMMANDS_OUTCOME_REPORT_H
#define CULVERT_COMMANDS_OUTCOME_REPORT_H

#include "engine/base/buf.h"
#include "engine/commands/mail_envelope.h"
#include "rulesets/inspect.h"
#include "tunnels/tunnel.h"

/* "550 5.7.1 text"; empty where there is no reply to the client. In the arena. */
struct span outcome_reply(const struct outcome *outcome, struct arena *arena);

/* Who gets the message; nobody where it does not leave. In the arena. */
struct address_list outcome_recipients(const struct outcome *outcome,
                                       const struct envelope *envelope, struct arena *arena);

/* Lines of "key: value", a line for each change, the trace (may be NULL) behind. Of `service` it is
 * said who has no route there. */
void outcome_report(const struct outcome *outcome, const struct envelope *envelope,
                    const struct service *service, const struct trace *trace, struct arena *arena,
                    struct buf *out);

/* The same as one JSON object and a line end. */
void outcome_json(const struct outcome *outcome, const struct envelope *envelope,
                  const struct service *service, const struct trace *trace, struct arena *arena,
                  struct buf *out);

#endif
