/* SPDX-License-Identifier: Apache-2.0 */
/* run: the engine in the foreground until SIGTERM. */
#include "engine/commands/arguments.h"
#include "engine/commands/commands.h"
#include "engine/server/server.h"

#include <stdio.h>

int command_run(int argc, char **argv)
{
    struct arguments arguments;
    if (!arguments_read(argc, argv, &arguments))
        return EXIT_STATUS_USAGE;
    const struct server_options options = {.config = arguments.config,
                                           .node_name = arguments.options.node_name,
                                           .labels = arguments.options.labels,
                                           .label_count = arguments.options.label_count,
                                           .managed = true};
    struct buf complaints = BUF_INIT;
    struct server *server = server_start(&options, &complaints);
    (void)fwrite(buf_span(&complaints).ptr, 1, complaints.len, stderr);
    buf_fini(&complaints);
    int status = server ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
    if (server) {
        server_run(server);
        server_stop(&server);
    }
    arguments_fini(&arguments);
    return status;
}
