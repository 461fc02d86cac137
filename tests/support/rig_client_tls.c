/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rig_client_tls.h"

#include "engine/base/arena.h"
#include "tests/support/certificates.h"
#include "tunnels/tls/suites.h"

#define IDENTITIES 2u

/* The index of the word in a NULL-terminated list; false: it is none of them. */
static bool word_of(struct span value, const char *const *words, unsigned *out)
{
    for (unsigned i = 0; words[i]; i++) {
        if (span_is(value, words[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

static const struct tls_server_settings *settings_new(struct arena *arena,
                                                      enum tls_client_certificates wanted)
{
    struct tls_identity *identities = ARENA_ARRAY(arena, IDENTITIES, struct tls_identity);
    struct tls_server_settings *tls = ARENA_NEW(arena, struct tls_server_settings);
    identities[0] = certificate_identity(certificate_ready(READY_SERVER_EC));
    identities[1] = certificate_identity(certificate_ready(READY_SERVER_OTHER));
    *tls = (struct tls_server_settings){.identities = identities,
                                        .identity_count = IDENTITIES,
                                        .suites = tls_suites_default,
                                        .client_certificates = wanted};
    if (wanted != TLS_CERT_NONE)
        tls->authorities = certificate_pem(certificate_ready(READY_AUTHORITY));
    tls->fingerprint.bytes[0] = (unsigned char)(1 + wanted);
    return tls;
}

bool rig_set_client_tls(struct rig_policy *policy, struct span name, struct span value)
{
    static const char *const modes[] = {"none", "starttls", "required", "implicit", NULL};
    static const char *const certificates[] = {"none", "optional", "required", NULL};
    struct tunnel *tunnel = &policy->tunnel;
    unsigned which;
    if (span_is(name, "tls") && word_of(value, modes, &which)) {
        tunnel->tls_mode = (enum tls_mode)which;
        tunnel->tls = which == TLS_MODE_NONE ? NULL : settings_new(policy->arena, TLS_CERT_NONE);
        return true;
    }
    if (span_is(name, "client_certificates") && word_of(value, certificates, &which)) {
        tunnel->tls = settings_new(policy->arena, (enum tls_client_certificates)which);
        return true;
    }
    return false;
}
