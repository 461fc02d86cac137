/* SPDX-License-Identifier: Apache-2.0 */
/* admin: where the process tells of itself: the metrics, and whether it is ready. */
#include "config/policy/build.h"

#include <arpa/inet.h>

struct admin_raw {
    struct span listening_interface;
    int64_t port;
};

#define KEY(n, t) .name = #n, .type = (t), .offset = offsetof(struct admin_raw, n)
static const struct key admin_keys[] = {
    {KEY(listening_interface, KEY_STRING), .standard = "127.0.0.1",
     .help = "Where it listens, as of a tunnel. There is neither a login nor TLS: keep it to "
             "addresses that only the right people reach."},
    {KEY(port, KEY_INTEGER), .required = true, .min = 0, .max = 65535,
     .help = "TCP port of GET /metrics, /healthz and /readyz; 0: the system chooses one."},
};
#undef KEY
const struct key_table admin_key_table = {"admin", admin_keys, ARRAY_LEN(admin_keys), NULL};

static bool is_loopback(const char *address)
{
    struct in_addr v4;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return strcmp(address, "::1") == 0;
}

static bool find_address(struct build *build, struct span interface)
{
    struct node node = node_get(&build->reader, &build->top.admin, "listening_interface");
    struct admin_settings *admin = &build->policy->admin;
    const char *why = NULL;
    admin->address = interface_address(&build->reader, &build->aliases, interface, build->host,
                                       &build->names_left_ms, &why);
    if (!admin->address)
        return build->options->interfaces_optional || node_error(&build->reader, &node, "%s", why);
    if (!is_loopback(admin->address))
        node_warning(&build->reader, &node,
                     "%s is not of this host alone: whoever reaches it can read the metrics, "
                     "without a login",
                     admin->address);
    return true;
}

bool build_admin(struct build *build)
{
    struct admin_raw raw;
    struct node node = build->top.admin;
    if (!node_is_present(&node))
        return true;
    if (!settings_read_part(&build->reader, &node, &admin_key_table, &raw, sizeof raw))
        return false;
    if (!node_is_present(&node))
        return true; /* disabled */
    build->policy->admin.port = (uint16_t)raw.port;
    return find_address(build, raw.listening_interface);
}
