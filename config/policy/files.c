/* SPDX-License-Identifier: Apache-2.0 */
/* Which certificates, keys and passwords are opened: those of tunnels that load here, and of the
 * services that these feed. The files of another node's tunnels need not be on this one. */
#include "config/policy/build.h"

static bool loads(const struct build *build, size_t tunnel)
{
    return build->policy->loadings[tunnel].loads;
}

static bool is_used(const struct build *build, const struct service_settings *service)
{
    for (size_t i = 0; i < build->tunnel_count; i++) {
        if (loads(build, i) && build->users[i] == service)
            return true;
    }
    return false;
}

/* Rules are tried by people who may not read keys. */
static bool try_files(struct build *build)
{
    bool good = true;
    for (size_t i = 0; i < build->service_count; i++) {
        if (build->services[i].common.enabled)
            good &= service_settings_try(&build->reader, &build->services[i]);
    }
    return good;
}

bool build_files(struct build *build)
{
    bool good = true;
    if (build->options->interfaces_optional)
        return try_files(build);
    for (size_t i = 0; i < build->tunnel_count; i++) {
        if (loads(build, i))
            good &= tunnel_settings_open(&build->reader, &build->tunnels[i]);
    }
    for (size_t i = 0; i < build->service_count; i++) {
        if (is_used(build, &build->services[i]))
            good &= service_settings_open(&build->reader, &build->services[i]);
    }
    build->policy->files = build->reader.files;
    build->policy->file_count = build->reader.file_count;
    return good;
}
