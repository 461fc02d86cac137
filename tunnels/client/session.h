/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: one client connection (RFC 5321 section 3). It reads commands, keeps their answers in
 * order, and hands mail to a transaction. It belongs to the place that accepted it and frees itself
 * when its connection ends. One loop's thread.
 */
#ifndef CULVERT_TUNNELS_CLIENT_SESSION_H
#define CULVERT_TUNNELS_CLIENT_SESSION_H

#include "tunnels/place.h"

struct session;

/* Takes over the socket and greets; where the client may not come, says so and closes. */
void session_accept(struct tunnel_place *place, int fd);

/* session_proxy.c: the place closes: those of whom a PROXY header is to come go without a word. */
void session_drop_introductions(struct tunnel_place *place);

/* The place closes: an idle session gets 421 now, another one after its message. */
void session_drain(struct session *session);
/* Closes whatever it does, without a word. */
void session_cut(struct session *session);

#endif
