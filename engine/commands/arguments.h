/* SPDX-License-Identifier: Apache-2.0 */
/* arguments: the command line of commands that look at a configuration: --config, --node, --label,
 * and what one of them looks at. */
#ifndef CULVERT_COMMANDS_ARGUMENTS_H
#define CULVERT_COMMANDS_ARGUMENTS_H

#include "config/policy/policy.h"

struct arguments {
    const char *config;
    const char *operand;           /* or NULL */
    struct policy_options options; /* its labels are ours to free */
};

/* false: a line on standard error says what is wrong; nothing is to be freed. */
bool arguments_read(int argc, char **argv, struct arguments *out) MUST_USE;
/* The same with one argument more, which `operand` says in words; NULL: none. */
bool arguments_read_with(int argc, char **argv, const char *operand,
                         struct arguments *out) MUST_USE;
void arguments_fini(struct arguments *arguments);

#endif
