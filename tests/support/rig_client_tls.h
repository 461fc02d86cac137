/* SPDX-License-Identifier: Apache-2.0 */
/* rig_client_tls: TLS towards the clients of a rig. One test at a time. */
#ifndef CULVERT_TESTS_RIG_CLIENT_TLS_H
#define CULVERT_TESTS_RIG_CLIENT_TLS_H

#include "tests/support/rig.h"

/* "tls" (none, starttls, required, implicit), with certificates for mail.example, other.example and
 * *.wild.example; then "client_certificates" (none, optional, required). False: another name, or no
 * value. */
bool rig_set_client_tls(struct rig_policy *policy, struct span name, struct span value) MUST_USE;

#endif
