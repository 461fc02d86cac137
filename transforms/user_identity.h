/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_identity: who a rule says that the sender is (set_user_identity). `when` compares the text
 * as it was captured, which nobody gets to see; what is written anywhere is the text as it leaves,
 * with every hide applied, as of a tag. Lives in the arena of the inspection; one thread.
 */
#ifndef CULVERT_TRANSFORMS_USER_IDENTITY_H
#define CULVERT_TRANSFORMS_USER_IDENTITY_H

#include "transforms/template.h"

/* Longer names are cut: servers take no more in AUTH and XCLIENT. */
#define USER_IDENTITY_MAX 255u
/* Of names of names, %(user)s in the text of a rule. More is an error. */
#define USER_IDENTITY_DEPTH_MAX 8u

/* NULL: the text is empty, or (*deep_out) made of too many others. `masked`: captured texts are of
 * another reading than the one that leaves. */
const struct user_identity *user_identity_new(const struct template *text,
                                              const struct template_values *values, bool masked,
                                              struct arena *arena, bool *deep_out);

/* One line of printable characters, not empty but where it is hidden wholly. */
struct span user_identity_text(const struct user_identity *user, enum showing showing,
                               struct arena *arena);

#endif
