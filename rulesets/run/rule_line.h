/* SPDX-License-Identifier: Apache-2.0 */
/* rule_line: a line that a log rule asked for. In the arena of the inspection. */
#ifndef CULVERT_RULESETS_RUN_RULE_LINE_H
#define CULVERT_RULESETS_RUN_RULE_LINE_H

#include "engine/base/span.h"

/* Lines of one message; more are counted. */
#define RULE_LINES_MAX 1000

struct rule_line {
    int level;        /* enum log_level */
    const char *rule; /* its name, or word and place */
    struct span text; /* captured texts are masked */
};

#endif
