/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interfaces: from the `listening_interface` of a tunnel to the numeric address to listen on. It
 * is, in this order: an alias of node.interfaces (whose value is again one of the following), a
 * numeric address, the name of a network interface of this host, or a host name. An interface with
 * several addresses stands for its first IPv4 address, without one for its first IPv6 address that
 * is not link-local: a tunnel listens on one address. Main thread.
 */
#ifndef CULVERT_CONFIG_INTERFACES_H
#define CULVERT_CONFIG_INTERFACES_H

#include "config/reader/node.h"

/* All names of a configuration have this long together: it is read while mail goes on, by the
 * thread that takes signals. */
#define INTERFACE_NAMES_MS 5000u

/* What a host knows; tests have their own. Each returns a numeric address in `arena` or NULL. */
struct host {
    const char *(*interface_address)(const char *name, struct arena *arena);
    /* Takes off *left_ms what it took of it. */
    const char *(*resolve)(const char *name, unsigned *left_ms, struct arena *arena);
    const char *(*name)(struct arena *arena); /* of the host itself */
};
extern const struct host this_host;

/*
 * The numeric address, normalised, in the reader's arena; NULL with the reason in *why_out, a text
 * that says what was expected and names a near alias. `aliases` is node.interfaces.
 * Names are looked up for *left_ms (INTERFACE_NAMES_MS) at most.
 */
const char *interface_address(struct reader *reader, const struct node *aliases, struct span name,
                              const struct host *host, unsigned *left_ms,
                              const char **why_out) MUST_USE;

#endif
