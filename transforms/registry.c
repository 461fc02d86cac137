/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/classes.h"

const struct transform_class *const transform_classes[] = {
    &transform_mask, &transform_redact, &transform_replace, &transform_header, &transform_tag, NULL,
};

const struct transform_class *transform_by_name(struct span name)
{
    for (size_t i = 0; transform_classes[i]; i++) {
        if (same_word(name, transform_classes[i]->name))
            return transform_classes[i];
    }
    return NULL;
}
