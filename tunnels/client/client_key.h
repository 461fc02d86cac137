/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_key: who counts as one client for limits: an IPv4 address, or the /64 of an IPv6 one,
 * which is what one subscriber has. A value; any thread.
 */
#ifndef CULVERT_TUNNELS_CLIENT_CLIENT_KEY_H
#define CULVERT_TUNNELS_CLIENT_CLIENT_KEY_H

#include "engine/base/network.h"

/* What is no address (there is none such) counts as one client. */
struct network client_key(const char *address);
uint64_t client_key_hash(const struct network *who);
bool client_key_equal(const struct network *a, const struct network *b);

#endif
