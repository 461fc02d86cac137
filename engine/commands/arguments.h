/* SPDX-License-Identifier: Apache-2.0 */
/* arguments: the command line of commands that look at a configuration: --config, --node, --label.
 */
#ifndef CULVERT_COMMANDS_ARGUMENTS_H
#define CULVERT_COMMANDS_ARGUMENTS_H

#include "config/policy/policy.h"

struct arguments {
    const char *config;
    struct policy_options options; /* its labels are ours to free */
};

/* false: a line on standard error says what is wrong; nothing is to be freed. */
bool arguments_read(int argc, char **argv, struct arguments *out) MUST_USE;
void arguments_fini(struct arguments *arguments);

#endif
