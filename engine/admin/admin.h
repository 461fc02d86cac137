/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin: the HTTP listener that tells of the process: GET and HEAD of /metrics (engine/metrics),
 * /healthz (200 while its threads do) and /readyz (200 while mail is taken). It has a thread of
 * its own, so that it answers when the loops do not. Neither login nor TLS: loopback, or a network
 * of machines that may read it.
 */
#ifndef CULVERT_ADMIN_ADMIN_H
#define CULVERT_ADMIN_ADMIN_H

#include "engine/base/attrs.h"
#include "engine/base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Whether mail is taken. Set by anybody; outlives the listeners that show it. */
enum readiness { READINESS_STARTING, READINESS_READY, READINESS_DRAINING };
struct admin_status {
    _Atomic(enum readiness) readiness;
    atomic_uint_fast64_t
        alive_ns; /* when all threads were last known to run; 0: nobody looks yet */
};

/* Longer without a sign of life is no health. */
#define ADMIN_ALIVE_S 15u

struct admin;

/* Listens on a numeric address; port 0 asks the system for one. `present` (or NULL) goes on for now
 * and may have the same port, of that address or of all. Everything here on one thread. */
struct admin *admin_open(const char *address, uint16_t port, const struct admin *present,
                         const struct admin_status *status, struct error *err) MUST_USE;
/* The same on a socket that listens already, wherever that is; a duplicate of `fd` is used. */
struct admin *admin_open_given(int fd, const char *address, uint16_t port,
                               const struct admin_status *status, struct error *err) MUST_USE;
/* Waits for the answer that is being given, for no client. */
void admin_close(struct admin **admin);

/* Ends requests that take too long. To be called every few seconds. */
void admin_sweep(struct admin *admin);

/* Whether it was opened with these. */
bool admin_serves(const struct admin *admin, const char *address, uint16_t port);

/* "127.0.0.1:9090", as bound. */
const char *admin_address(const struct admin *admin);

#endif
