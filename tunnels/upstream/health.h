/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health: whether something that we connect to works. What failed is left alone for a while that
 * grows with each failure; then one attempt finds out, and not everybody who waits. A value of its
 * owner.
 */
#ifndef CULVERT_TUNNELS_UPSTREAM_HEALTH_H
#define CULVERT_TUNNELS_UPSTREAM_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

/* The first rest; each one after it is twice as long. */
#define HEALTH_REST_MS 1000u

struct health {
    bool is_failing;
    uint64_t failed_ms; /* the last time */
    uint64_t since_ms;  /* the first time of this outage */
    uint64_t rest_ms;
    uint64_t rests_until_ms;
};

bool health_is_resting(const struct health *health, uint64_t now_ms);
/* Somebody tries it: others leave it alone for as long as before. */
void health_claim(struct health *health, uint64_t now_ms);
/* An attempt that began at `began_ms` failed; rests at most `rest_max_ms`. true: it worked before.
 * Attempts that began before the last failure say nothing new: a hundred clients that ran into one
 * outage are one failure. */
bool health_failed(struct health *health, uint64_t began_ms, uint64_t now_ms, uint64_t rest_max_ms);
/* true: it had failed before. */
bool health_works(struct health *health);

#endif
