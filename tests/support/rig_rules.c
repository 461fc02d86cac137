/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rig.h"

#include "config/policy/policy.h"

#include <stdio.h>

/* A configuration around the rules: the real compiler makes a real ruleset of them. */
static void wrap(struct buf *out, const char *json)
{
    buf_add_str(out, "{ \"tunnels\": [ { \"name\": \"t\", \"listening_interface\": \"127.0.0.1\", "
                     "\"port\": 0 } ], \"services\": [ { \"name\": \"s\", \"tunnels\": [\"t\"], "
                     "\"ruleset\": \"r\", \"hostnames\": [ { \"hostname\": \"*\", "
                     "\"forwarding_address\": \"mta.example:25\" } ] } ], \"rulesets\": [ { "
                     "\"name\": \"r\", \"rules\": [ { \"extract\": \"SMTP Message\", "
                     "\"rules\": ");
    buf_add_str(out, json);
    buf_add_str(out, " } ] } ] }");
}

static void drop_rules(void *arg)
{
    struct policy *rules = arg;
    policy_unref(&rules);
}

bool rig_rules(struct rig_policy *policy, const char *json)
{
    struct policy_options options = {.node_name = "test"};
    struct buf text = BUF_INIT;
    struct buf complaints = BUF_INIT;
    wrap(&text, json);
    policy->rules = policy_load_text("rules", buf_span(&text), &options, &complaints);
    if (policy->rules) {
        const struct loading *loading = policy_tunnel(policy->rules, SPAN("t"));
        arena_defer(policy->arena, drop_rules, policy->rules);
        policy->service.inspection = loading->tunnel->service->inspection;
    } else {
        (void)fprintf(stderr, "%.*s\n", SPAN_ARG(buf_span(&complaints)));
    }
    buf_fini(&text);
    buf_fini(&complaints);
    return policy->rules != NULL;
}
