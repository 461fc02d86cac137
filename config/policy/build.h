/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build: a policy while it is made of a configuration. Private to config/policy. Main thread.
 */
#ifndef CULVERT_CONFIG_BUILD_H
#define CULVERT_CONFIG_BUILD_H

#include "config/policy/policy.h"
#include "tunnels/settings/settings.h"

/* The top level, as read. */
struct top {
    struct span schema;
    struct string_list own_domains;
    struct node node, log, admin, run, tunnels, services, rulesets, constraints;
    struct node dictionaries, entities, dlp_rules, dlp_profiles, exact_matches, fingerprints;
    struct node keys, data_elements;
};

struct build {
    struct reader reader;
    const struct policy_options *options;
    const struct host *host;
    unsigned names_left_ms; /* to look up names of interfaces */
    struct policy *policy;
    struct node root;
    struct top top;
    struct node aliases; /* node.interfaces */
    struct tunnel_settings *tunnels;
    size_t tunnel_count;
    struct service_settings *services;
    size_t service_count;
    const struct service_settings **users; /* of each tunnel: the service that it feeds, or NULL */
};

/* The top level with node and log, and that no section is used that a later version brings. */
bool build_top(struct build *build) MUST_USE;
/* config/policy/admin.c */
extern const struct key_table admin_key_table;
bool build_admin(struct build *build) MUST_USE;
/* config/policy/run.c */
extern const struct key_table run_key_table;
bool build_run(struct build *build) MUST_USE;
/* References between tunnels, services and rulesets. */
bool build_links(struct build *build) MUST_USE;
/* config/policy/logins.c: the clients' logins, passed on to the service, which may be NULL. */
bool build_login(struct build *build, const struct tunnel_settings *tunnel,
                 const struct service_settings *service) MUST_USE;
/* Which tunnels load on this node; their addresses. */
bool build_loadings(struct build *build) MUST_USE;
/* config/policy/circles.c: no mail comes back to the tunnel that it came by. */
bool build_circles(struct build *build) MUST_USE;
/* The files of what loads: of its tunnels and of their services. */
bool build_files(struct build *build) MUST_USE;

#endif
