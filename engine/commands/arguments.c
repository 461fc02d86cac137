/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/arguments.h"

#include "engine/base/mem.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static bool wrong(struct arguments *arguments, const char *command, const char *what,
                  const char *which)
{
    (void)fprintf(stderr, "culvert %s: %s%s\n", command, what, which);
    arguments_fini(arguments);
    return false;
}

static bool read_rest(int argc, char **argv, const char *operand, struct arguments *out)
{
    if (operand && optind < argc)
        out->operand = argv[optind++];
    if (optind < argc)
        return wrong(out, argv[0], "unexpected argument ", argv[optind]);
    if (!out->config)
        return wrong(out, argv[0], "expected --config FILE (or a folder)", "");
    if (operand && !out->operand)
        return wrong(out, argv[0], "expected ", operand);
    return true;
}

bool arguments_read(int argc, char **argv, struct arguments *out)
{
    return arguments_read_with(argc, argv, NULL, out);
}

bool arguments_read_with(int argc, char **argv, const char *operand, struct arguments *out)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"node", required_argument, NULL, 'n'},
                                            {"label", required_argument, NULL, 'l'},
                                            {NULL, 0, NULL, 0}};
    const char **labels = mem_alloc((size_t)argc * sizeof *labels);
    *out = (struct arguments){.options.labels = labels};
    optind = 0; /* from the beginning, whoever read options before */
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (c == 'c')
            out->config = optarg;
        else if (c == 'n')
            out->options.node_name = optarg;
        else if (c == 'l')
            labels[out->options.label_count++] = optarg;
        else
            return wrong(out, argv[0], c == ':' ? "a value is missing behind " : "no option ",
                         argv[optind - 1]);
    }
    return read_rest(argc, argv, operand, out);
}

void arguments_fini(struct arguments *arguments)
{
    free((void *)(uintptr_t)arguments->options.labels);
    *arguments = (struct arguments){0};
}
