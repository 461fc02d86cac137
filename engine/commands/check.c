/* SPDX-License-Identifier: Apache-2.0 */
/* check: whether a configuration is good. Its complaints are its output, so on standard output. */
#include "engine/base/socket.h"
#include "engine/commands/arguments.h"
#include "engine/commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* An address that another host has, or that comes with a service, is right elsewhere or later. */
static void warn_of_address(const char *config, const struct tunnel *tunnel)
{
    struct error err = ERROR_INIT;
    int fd = socket_bind(tunnel->address, 0, false, &err);
    if (fd >= 0) {
        (void)close(fd);
        return;
    }
    (void)printf("%s: warning: tunnel \"%.*s\": ", config, SPAN_ARG(tunnel->name));
    if (err.code == EADDRNOTAVAIL)
        (void)printf("no interface of this host has the address %s\n", tunnel->address);
    else
        (void)printf("the address %s cannot be used here: %s\n", tunnel->address,
                     strerror(err.code));
}

/* What is no fault of the configuration and still keeps `run` from taking mail here. */
static void warn_of_run(const char *config, const struct policy *policy)
{
    size_t loading = 0;
    for (size_t i = 0; i < policy->loading_count; i++) {
        if (!policy->loadings[i].loads)
            continue;
        loading++;
        warn_of_address(config, policy->loadings[i].tunnel);
    }
    if (loading == 0)
        (void)printf("%s: warning: no tunnel loads on node \"%.*s\"; `culvert tunnels` says why\n",
                     config, SPAN_ARG(policy->node_name));
}

int command_check(int argc, char **argv)
{
    struct arguments arguments;
    if (!arguments_read(argc, argv, &arguments))
        return EXIT_STATUS_USAGE;
    struct buf complaints = BUF_INIT;
    struct policy *policy = policy_load(arguments.config, &arguments.options, &complaints);
    (void)printf("%.*s", SPAN_ARG(buf_span(&complaints)));
    int status = policy ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
    if (policy)
        warn_of_run(arguments.config, policy);
    if (policy)
        (void)printf("%s: ok, %zu tunnel%s, %zu service%s, %zu ruleset%s\n", arguments.config,
                     policy->loading_count, plural(policy->loading_count), policy->service_count,
                     plural(policy->service_count), policy->ruleset_count,
                     plural(policy->ruleset_count));
    policy_unref(&policy);
    buf_fini(&complaints);
    arguments_fini(&arguments);
    return status;
}
