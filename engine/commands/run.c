/* SPDX-License-Identifier: Apache-2.0 */
/* run: the engine in the foreground until SIGTERM. */
#include "engine/base/mem.h"
#include "engine/commands/commands.h"
#include "engine/server/server.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static bool read_options(int argc, char **argv, struct server_options *out, const char **labels)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"node", required_argument, NULL, 'n'},
                                            {"label", required_argument, NULL, 'l'},
                                            {NULL, 0, NULL, 0}};
    out->labels = labels;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'c')
            out->config = optarg;
        else if (c == 'n')
            out->node_name = optarg;
        else if (c == 'l')
            labels[out->label_count++] = optarg;
        else
            return false;
    }
    return out->config && optind == argc;
}

int command_run(int argc, char **argv)
{
    struct server_options options = {.managed = true};
    const char **labels = mem_alloc((size_t)argc * sizeof *labels);
    if (!read_options(argc, argv, &options, labels)) {
        (void)fputs("usage: culvert run --config PATH [--node NAME] [--label L]...\n", stderr);
        free(labels);
        return EXIT_STATUS_USAGE;
    }
    struct buf complaints = BUF_INIT;
    struct server *server = server_start(&options, &complaints);
    (void)fwrite(buf_span(&complaints).ptr, 1, complaints.len, stderr);
    buf_fini(&complaints);
    int status = server ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
    if (server) {
        server_run(server);
        server_stop(&server);
    }
    free(labels);
    return status;
}
