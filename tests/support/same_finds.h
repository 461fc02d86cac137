/* SPDX-License-Identifier: Apache-2.0 */
/* same_finds: what is found does not depend on how it is looked for. */
#ifndef CULVERT_TESTS_SUPPORT_SAME_FINDS_H
#define CULVERT_TESTS_SUPPORT_SAME_FINDS_H

#include "rulesets/detection/look.h"

/* Looks by the openings, with the library and without, and by Oniguruma alone; fails the test with
 * the text where one find, or what is known of it, differs. Returns how many there are. */
size_t same_finds(const struct lookout *lookout, struct span text);

#endif
