/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/upstream/health.h"

bool health_is_resting(const struct health *health, uint64_t now_ms)
{
    return health->is_failing && now_ms < health->rests_until_ms;
}

void health_claim(struct health *health, uint64_t now_ms)
{
    if (health->is_failing)
        health->rests_until_ms = now_ms + health->rest_ms;
}

bool health_failed(struct health *health, uint64_t began_ms, uint64_t now_ms, uint64_t rest_max_ms)
{
    bool is_new = !health->is_failing;
    if (!is_new && began_ms < health->failed_ms)
        return false;
    uint64_t rest_ms = is_new ? HEALTH_REST_MS : health->rest_ms * 2;
    health->rest_ms = rest_ms < rest_max_ms ? rest_ms : rest_max_ms;
    if (is_new)
        health->since_ms = now_ms;
    health->is_failing = true;
    health->failed_ms = now_ms;
    health->rests_until_ms = now_ms + health->rest_ms;
    return is_new;
}

bool health_works(struct health *health)
{
    bool had_failed = health->is_failing;
    health->is_failing = false;
    return had_failed;
}
