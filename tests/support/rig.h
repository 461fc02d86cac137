/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig: the whole SMTP engine of one loop on the fake network, with settings made by hand, for
 * dialogues, properties and fuzzing. Only for programs that link the fake (support/fake). One test
 * at a time.
 */
#ifndef CULVERT_TESTS_RIG_H
#define CULVERT_TESTS_RIG_H

#include "tests/support/fake/fake.h"
#include "tunnels/node.h"

struct policy;

/* One policy: a tunnel, its service and all below. Change it freely until it is in use. */
struct rig_policy {
    struct counted counted;
    struct arena *arena;
    struct tunnel tunnel;
    struct service service;
    struct policy *rules; /* where the ruleset comes from; NULL: none */
};

/* Timeouts of 30 s, messages of 1 MB, one route "*" to mta.example:25. */
struct rig_policy *rig_policy_new(void);
void rig_policy_drop(struct rig_policy **policy);
/* "HOSTNAME FORWARDING_ADDRESS..." as another route; "maildir:PATH" and "reflect" as in CONFIG. */
void rig_route(struct rig_policy *policy, const char *text);
void rig_no_routes(struct rig_policy *policy);
/* The rules of an SMTP Message as JSON. False with the complaints on standard error. */
bool rig_rules(struct rig_policy *policy, const char *json) MUST_USE;
/* A setting by its name: "max_recipients", "upstream.reply_timeout". */
bool rig_set(struct rig_policy *policy, struct span name, struct span value) MUST_USE;
/* Policies that somebody still holds. */
unsigned rig_policies(void);

struct rig {
    struct loop *loop;
    struct workers *workers;
    struct tunnel_loop *tunnels;
    struct tunnel_place *place; /* NULL: closed */
    struct tunnel_shared shared;
    struct upstream_shared *upstreams;
    bool drained;
};

/* `policy` stays the caller's. Settings of the fake (cuts) are made before. */
void rig_init(struct rig *rig, struct rig_policy *policy);
struct fake_peer *rig_call(struct rig *rig, const char *address);
/* What a small message may take on the loop. Long, unless set: the real clock must not decide. */
void rig_inline_ms(struct rig *rig, unsigned ms);
void rig_reload(struct rig *rig, struct rig_policy *policy);
/* Begins to stop; rig->drained tells when that is done. */
void rig_drain(struct rig *rig);
/* Cuts off what is left, frees all. NULL, or what was left behind. */
const char *rig_fini(struct rig *rig);

#endif
