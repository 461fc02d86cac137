/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile: what a `detect` names: DLP rules of which any or all must hold. A rule that is named by
 * itself is a profile of one; of an entity or a dictionary one find is enough. Read on the main
 * thread, in its arena; immutable; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_PROFILE_H
#define CULVERT_RULESETS_DETECTION_PROFILE_H

#include "rulesets/detection/dlp_rule.h"

enum profile_match { PROFILE_ANY, PROFILE_ALL };

struct dlp_profile {
    const char *name;
    enum profile_match match;
    const struct dlp_rule **rules;
    size_t rule_count;
    bool is_one; /* made for a rule or a subject that is named by itself */
};

extern const struct key_table dlp_profile_table;

/* The rule of a name, or NULL and why in `err`. */
typedef const struct dlp_rule *profile_rule(struct span name, void *arg, struct error *err);

/* Reads `node`, an item of `dlp_profiles`. Complains and returns NULL when anything is wrong. */
const struct dlp_profile *dlp_profile_read(struct reader *reader, const struct node *node,
                                           profile_rule *find, void *arg) MUST_USE;

const struct dlp_profile *dlp_profile_of_rule(const struct dlp_rule *rule, struct arena *arena);
const struct dlp_profile *dlp_profile_of_subject(const struct subject *subject,
                                                 struct arena *arena);

/* Whether any of its rules looks at content, at metadata. */
bool dlp_profile_scans(const struct dlp_profile *profile, enum dlp_scan scan);

struct dlp_verdict {
    enum severity severity;     /* of those that hold the highest; where all must, the lowest */
    struct dlp_result *results; /* of each rule; `chosen`, `matched` of what it alone was given */
    bool *chosen;               /* of what was seen: the finds that any rule counts */
    bool *matched; /* of what was seen: what made the rules hold that are severe enough */
};

/* `least`: a rule, or a part, of less severity does not match. `seen` as in dlp_rule_judge(). */
void dlp_profile_judge(const struct dlp_profile *profile, const struct seen *seen, size_t count,
                       enum severity least, struct arena *arena, struct dlp_verdict *out);

#endif
