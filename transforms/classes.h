/* SPDX-License-Identifier: Apache-2.0 */
/* classes: all kinds of Transform rules, one file each; registry.c lists them. */
#ifndef CULVERT_TRANSFORMS_CLASSES_H
#define CULVERT_TRANSFORMS_CLASSES_H

#include "transforms/transform.h"

extern const struct transform_class transform_mask;
extern const struct transform_class transform_redact;
extern const struct transform_class transform_replace;
extern const struct transform_class transform_header;
extern const struct transform_class transform_tag;

#endif
