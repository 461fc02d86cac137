/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reflect: mail that goes back to the system that sent it (`reflect`) must not come back to
 * ourselves: a client on this host, and a port that a tunnel of ours listens on. One loop's thread.
 */
#ifndef CULVERT_TUNNELS_DELIVERY_REFLECT_H
#define CULVERT_TUNNELS_DELIVERY_REFLECT_H

#include "tunnels/place.h"

/* Whether the hop would take the mail of that client to a tunnel of this process. */
bool reflect_is_ourselves(const struct tunnel_loop *tunnels, const struct hop *hop,
                          const char *client_address);

#endif
