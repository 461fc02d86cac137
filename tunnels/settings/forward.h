/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forward: forwarding addresses of a service: "host:port", "192.0.2.1:25", "[2001:db8::1]:25" (port
 * 25 when left out), "smtps://host:port" (port 465 when left out), "maildir:PATH", "reflect",
 * "reflect:port" (port 25 when left out). Main thread.
 */
#ifndef CULVERT_TUNNELS_SETTINGS_FORWARD_H
#define CULVERT_TUNNELS_SETTINGS_FORWARD_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "tunnels/tunnel.h"

#define FORWARD_PORT 25
#define FORWARD_PORT_IMPLICIT_TLS 465 /* RFC 8314 */

/* Everything in `out` is in the arena. The path of a Maildir is left as it is written. */
bool forward_parse(struct span text, struct arena *arena, struct hop *out,
                   struct error *err) MUST_USE;

/* A host name as DNS has it (RFC 1123, section 2.1; also '_'), without a final dot. */
bool forward_is_host_name(struct span text);

#endif
