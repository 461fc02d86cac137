/* SPDX-License-Identifier: Apache-2.0 */
/* tls: what a tunnel offers under TLS. */
#include "engine/commands/arguments.h"
#include "engine/commands/commands.h"
#include "tunnels/tls/describe.h"

#include <stdio.h>

static const char *mode_word(enum tls_mode mode)
{
    static const char *const words[] = {[TLS_MODE_NONE] = "none",
                                        [TLS_MODE_STARTTLS] = "starttls",
                                        [TLS_MODE_STARTTLS_REQUIRED] = "starttls_required",
                                        [TLS_MODE_IMPLICIT] = "implicit"};
    return words[mode];
}

static void print_tunnel(const struct tunnel *tunnel)
{
    struct buf text = BUF_INIT;
    buf_printf(&text, "%.*s:\n  tls_mode: %s\n", SPAN_ARG(tunnel->name),
               mode_word(tunnel->tls_mode));
    if (tunnel->tls)
        tls_describe_server(tunnel->tls, &text);
    (void)printf("%.*s", SPAN_ARG(buf_span(&text)));
    buf_fini(&text);
}

/* Of a tunnel that does not load the files were not read. */
static int describe(const struct policy *policy, const char *name)
{
    const struct loading *loading = policy_tunnel(policy, span_str(name));
    if (loading && loading->loads) {
        print_tunnel(loading->tunnel);
        return EXIT_STATUS_OK;
    }
    if (loading)
        (void)fprintf(stderr, "culvert tls: the tunnel \"%s\" does not load: %s\n", name,
                      loading->why);
    else
        (void)fprintf(stderr, "culvert tls: no tunnel \"%s\"\n", name);
    return EXIT_STATUS_ERROR;
}

int command_tls(int argc, char **argv)
{
    struct arguments arguments;
    if (!arguments_read_with(argc, argv, "the name of a tunnel", &arguments))
        return EXIT_STATUS_USAGE;
    struct buf complaints = BUF_INIT;
    arguments.options.dates_forgiven = true; /* as `run` does: it is offered, and said so below */
    struct policy *policy = policy_load(arguments.config, &arguments.options, &complaints);
    (void)fprintf(stderr, "%.*s", SPAN_ARG(buf_span(&complaints)));
    int status = policy ? describe(policy, arguments.operand) : EXIT_STATUS_ERROR;
    policy_unref(&policy);
    buf_fini(&complaints);
    arguments_fini(&arguments);
    return status;
}
