/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expiry: tells in the log, when a policy takes effect and once a day from then on, which of its
 * certificates have expired, are not valid yet, or expire within TLS_SOON_DAYS. They are shown
 * nevertheless: most senders do not look, and an engine that does not start takes no mail at all.
 * One loop's thread.
 */
#ifndef CULVERT_SERVER_EXPIRY_H
#define CULVERT_SERVER_EXPIRY_H

#include "config/policy/policy.h"
#include "engine/loop/loop.h"

#define EXPIRY_LOOK_MS 86400000u

struct expiry {
    struct timer timer;
    int64_t (*clock)(void); /* seconds since 1970 */
    const struct policy *policy;
};

void expiry_init(struct expiry *expiry, struct loop *loop, int64_t (*clock)(void));
/* `policy` outlives the next call of this or of expiry_stop(). */
void expiry_watch(struct expiry *expiry, const struct policy *policy);
void expiry_stop(struct expiry *expiry);

#endif
