/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/run/identity.h"

bool identity_set(struct run *run, const struct template *text,
                  const struct template_values *values, bool *set_out, struct error *err)
{
    bool deep;
    const struct user_identity *user =
        user_identity_new(text, values, changes_are_masked(run->changes), run->arena, &deep);
    *set_out = user != NULL;
    if (deep)
        return error_set(err, "the name of the user is made of too many others");
    if (!user)
        return true;
    changes_set_user(run->changes, user);
    trace_note(run->trace, "the user is %.*s", SPAN_ARG(identity_shown(run, SHOW_MASKED)));
    return true;
}

struct span identity_shown(const struct run *run, enum showing showing)
{
    const struct user_identity *user = changes_user(run->changes);
    return user ? user_identity_text(user, showing, run->arena) : span_of(NULL, 0);
}
