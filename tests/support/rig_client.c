/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rig_client.h"

#include "engine/base/arena.h"

static bool set_balancers(struct rig_policy *policy, struct span value)
{
    struct error err = ERROR_INIT;
    struct network *network = ARENA_NEW(policy->arena, struct network);
    policy->tunnel.balancers = network;
    policy->tunnel.balancer_count = 1;
    return network_parse(value, network, &err);
}

bool rig_set_client(struct rig_policy *policy, struct span name, struct span value)
{
    if (span_is(name, "auth")) {
        policy->tunnel.auth_pass = !span_is(value, "none");
        policy->tunnel.auth_without_tls = span_is(value, "clear");
        return policy->tunnel.auth_pass == policy->tunnel.auth_without_tls ||
               span_is(value, "pass");
    }
    if (span_is(name, "upstream.send_proxy")) {
        policy->service.upstream.send_proxy = SEND_PROXY_XFORWARD;
        return span_is(value, "xforward");
    }
    return span_is(name, "proxy_protocol") && set_balancers(policy, value);
}
