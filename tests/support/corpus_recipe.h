/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corpus_recipe: turns any bytes into a message that is well-formed, or nearly: what random bytes
 * hardly ever are. So a fuzzer reaches deep structures with which two readers can be compared.
 */
#ifndef CULVERT_TESTS_SUPPORT_CORPUS_RECIPE_H
#define CULVERT_TESTS_SUPPORT_CORPUS_RECIPE_H

#include "engine/base/buf.h"

/* Appends the message that `recipe` describes. */
void recipe_cook(struct span recipe, struct buf *message);

#endif
