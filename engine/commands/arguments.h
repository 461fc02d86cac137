/* SPDX-License-Identifier: Apache-2.0 */
/* arguments: the command line of commands that look at a configuration: --config, --node, --label,
 * and what one of them looks at;
 * options of its own stand among them. */
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

/* Options that one command alone has; at most OWN_OPTIONS_MAX. */
#define OWN_OPTIONS_MAX 8
struct own_option {
    const char *name; /* without the dashes */
    bool has_value;
};
struct own_options {
    const struct own_option *items;
    size_t count;
    void (*take)(void *arg, const char *name, const char *value);
    void *arg;
};
bool arguments_read_own(int argc, char **argv, const struct own_options *own,
                        struct arguments *out) MUST_USE;

void arguments_fini(struct arguments *arguments);

#endif
