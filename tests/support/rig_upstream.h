/* SPDX-License-Identifier: Apache-2.0 */
/* rig_upstream: TLS and login towards the upstreams of a rig. One test at a time. */
#ifndef CULVERT_TESTS_RIG_UPSTREAM_H
#define CULVERT_TESTS_RIG_UPSTREAM_H

#include "tests/support/rig.h"

/* "upstream.tls", "upstream.username", "upstream.password"; false: another name, or no value. */
bool rig_set_upstream(struct rig_policy *policy, struct span name, struct span value) MUST_USE;

#endif
