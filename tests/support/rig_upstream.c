/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rig_upstream.h"

#include "engine/base/arena.h"
#include "tests/support/certificates.h"
#include "tunnels/tls/suites.h"

static bool set_tls(struct tls_client_settings *tls, struct span value)
{
    static const char *const modes[] = {"none", "opportunistic", "require", "verify"};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        if (!span_is(value, modes[i]))
            continue;
        tls->mode = (enum tls_upstream_mode)i;
        tls->suites = tls_suites_default;
        tls->authorities = certificate_pem(certificate_ready(READY_AUTHORITY));
        tls->fingerprint.bytes[0] = (unsigned char)i;
        return true;
    }
    return false;
}

bool rig_set_upstream(struct rig_policy *policy, struct span name, struct span value)
{
    struct upstream_settings *upstream = &policy->service.upstream;
    if (span_is(name, "upstream.tls"))
        return set_tls(&upstream->tls, value);
    if (span_is(name, "upstream.username"))
        upstream->username = arena_str(policy->arena, value);
    else if (span_is(name, "upstream.password"))
        upstream->password = arena_str(policy->arena, value);
    else
        return false;
    return true;
}
