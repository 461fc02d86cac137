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
        static const char *const names[] = {"none", "xforward", "xclient", "proxy_v2"};
        for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
            if (span_is(value, names[i])) {
                policy->service.upstream.send_proxy = (enum send_proxy)i;
                return true;
            }
        }
        return false;
    }
    return span_is(name, "proxy_protocol") && set_balancers(policy, value);
}
