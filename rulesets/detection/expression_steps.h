/* SPDX-License-Identifier: Apache-2.0 */
/* expression_steps: an expression as steps of a stack machine. Private to expression. */
#ifndef CULVERT_RULESETS_DETECTION_EXPRESSION_STEPS_H
#define CULVERT_RULESETS_DETECTION_EXPRESSION_STEPS_H

#include "rulesets/detection/expression.h"

enum step_kind { STEP_NAME, STEP_NOT, STEP_NEAR, STEP_AND, STEP_OR };

struct step {
    enum step_kind kind;
    const struct subject *subject; /* STEP_NAME */
    uint32_t near;                 /* STEP_NEAR: characters */
};

struct expression {
    struct step *steps; /* operands before their operator */
    size_t count;
    const struct subject **subjects;
    size_t subject_count;
};

#endif
