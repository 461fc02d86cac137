/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/arguments.h"

#include "engine/base/mem.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    if (!out->config)
        return wrong(out, argv[0], "expected --config FILE (or a folder)", "");
    if (optind < argc)
        return wrong(out, argv[0], "unexpected argument ", argv[optind]);
    if (operand && !out->operand)
        return wrong(out, argv[0], "expected ", operand);
    return true;
}

/* What getopt gives for the first of the command's own options; the others follow. */
#define OWN_FIRST 256

static const struct option common_options[] = {{"config", required_argument, NULL, 'c'},
                                               {"node", required_argument, NULL, 'n'},
                                               {"label", required_argument, NULL, 'l'}};

static void list_options(const struct own_options *own, struct option *options)
{
    memcpy(options, common_options, sizeof common_options);
    options += ARRAY_LEN(common_options);
    assert(own->count <= OWN_OPTIONS_MAX);
    for (size_t i = 0; i < own->count; i++) {
        int has_value = own->items[i].has_value ? required_argument : no_argument;
        options[i] = (struct option){own->items[i].name, has_value, NULL, OWN_FIRST + (int)i};
    }
    options[own->count] = (struct option){NULL, 0, NULL, 0};
}

static bool read_options(int argc, char **argv, const struct own_options *own,
                         struct arguments *out)
{
    struct option options[ARRAY_LEN(common_options) + OWN_OPTIONS_MAX + 1];
    const char **labels = mem_alloc((size_t)argc * sizeof *labels);
    list_options(own, options);
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
        else if (c >= OWN_FIRST)
            own->take(own->arg, own->items[c - OWN_FIRST].name, optarg);
        else
            return wrong(out, argv[0], c == ':' ? "a value is missing behind " : "no option ",
                         argv[optind - 1]);
    }
    return true;
}

bool arguments_read(int argc, char **argv, struct arguments *out)
{
    return arguments_read_with(argc, argv, NULL, out);
}

bool arguments_read_with(int argc, char **argv, const char *operand, struct arguments *out)
{
    static const struct own_options none = {0};
    return read_options(argc, argv, &none, out) && read_rest(argc, argv, operand, out);
}

bool arguments_read_own(int argc, char **argv, const struct own_options *own, struct arguments *out)
{
    return read_options(argc, argv, own, out) && read_rest(argc, argv, NULL, out);
}

void arguments_fini(struct arguments *arguments)
{
    free((void *)(uintptr_t)arguments->options.labels);
    *arguments = (struct arguments){0};
}
