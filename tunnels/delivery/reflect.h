/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reflect: mail must not come back to ourselves. `reflect` sends it to its client's address: that
 * may be this host, and the port one of a tunnel of ours. A forwarding address may be, or have
 * become, the tunnel that the mail came by: each mail would open sessions without end. (Circles of
 * several tunnels are refused with the configuration.) One loop's thread.
 */
#ifndef CULVERT_TUNNELS_DELIVERY_REFLECT_H
#define CULVERT_TUNNELS_DELIVERY_REFLECT_H

#include "tunnels/place.h"

/* Whether the hop would take that client's mail of that tunnel to a tunnel of this process that
 * must not get it. */
bool hop_is_ourselves(const struct tunnel_loop *tunnels, const struct tunnel *tunnel,
                      const struct hop *hop, const char *client_address);

#endif
