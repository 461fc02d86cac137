/* SPDX-License-Identifier: Apache-2.0 */
/* rig_client: settings of the rig about who a client is: the PROXY protocol, and how the upstream
 * is told. */
#ifndef CULVERT_TESTS_RIG_CLIENT_H
#define CULVERT_TESTS_RIG_CLIENT_H

#include "tests/support/rig.h"

/* "proxy_protocol NETWORK", "auth none | pass | clear" (clear: without TLS, too). False: another
 * one's setting. */
bool rig_set_client(struct rig_policy *policy, struct span name, struct span value) MUST_USE;

#endif
