/* SPDX-License-Identifier: Apache-2.0 */
/* check: whether a configuration is good. Its complaints are its output, so on standard output. */
#include "engine/commands/arguments.h"
#include "engine/commands/commands.h"

#include <stdio.h>

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
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
        (void)printf("%s: ok, %zu tunnel%s, %zu service%s, %zu ruleset%s\n", arguments.config,
                     policy->loading_count, plural(policy->loading_count), policy->service_count,
                     plural(policy->service_count), policy->ruleset_count,
                     plural(policy->ruleset_count));
    policy_unref(&policy);
    buf_fini(&complaints);
    arguments_fini(&arguments);
    return status;
}
