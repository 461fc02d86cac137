/* SPDX-License-Identifier: Apache-2.0 */
/* demo_mail: what the demo does as a mail client: send one message, read one file. Blocking. */
#ifndef CULVERT_COMMANDS_DEMO_MAIL_H
#define CULVERT_COMMANDS_DEMO_MAIL_H

#include "engine/base/arena.h"
#include "engine/base/error.h"

/* `address` is "a.b.c.d:port"; `message` has LF line ends and leaves with CRLF. The whole dialogue
 * is shown on standard output. */
bool demo_send(const char *address, const char *sender, const char *recipient, struct span message,
               struct error *err) MUST_USE;

/* In the arena; ptr NULL on failure. */
struct span demo_read_file(const char *path, struct arena *arena, struct error *err);

#endif
