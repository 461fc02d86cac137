/* SPDX-License-Identifier: Apache-2.0 */
/* tunnels: which tunnels load on this node, and why each does or does not. */
#include "engine/commands/arguments.h"
#include "engine/commands/commands.h"

#include <stdio.h>

static void print_node(const struct policy *policy)
{
    (void)printf("node %.*s, labels:", SPAN_ARG(policy->node_name));
    for (size_t i = 0; i < policy->label_count; i++)
        (void)printf("%s %.*s", i > 0 ? "," : "", SPAN_ARG(policy->labels[i]));
    (void)printf("%s\n", policy->label_count == 0 ? " none" : "");
}

static void print_loading(const struct loading *loading)
{
    const struct tunnel *tunnel = loading->tunnel;
    (void)printf("%.*s: ", SPAN_ARG(tunnel->name));
    if (loading->loads)
        (void)printf(strchr(tunnel->address, ':') ? "loads on [%s]:%u: %s\n"
                                                  : "loads on %s:%u: %s\n",
                     tunnel->address, (unsigned)tunnel->port, loading->why);
    else
        (void)printf("does not load: %s\n", loading->why);
}

int command_tunnels(int argc, char **argv)
{
    struct arguments arguments;
    if (!arguments_read(argc, argv, &arguments))
        return EXIT_STATUS_USAGE;
    arguments.options.interfaces_optional = true;
    struct buf complaints = BUF_INIT;
    struct policy *policy = policy_load(arguments.config, &arguments.options, &complaints);
    (void)fprintf(stderr, "%.*s", SPAN_ARG(buf_span(&complaints)));
    int status = policy ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
    if (policy) {
        print_node(policy);
        for (size_t i = 0; i < policy->loading_count; i++)
            print_loading(&policy->loadings[i]);
    }
    policy_unref(&policy);
    buf_fini(&complaints);
    arguments_fini(&arguments);
    return status;
}
