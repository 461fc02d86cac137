/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/readings.h"

#include "rulesets/walk/walk.h"

static const struct {
    enum reading reading;
    enum scan scan;
    const char *name;
} others[] = {
    {READING_LAST, SCAN_READING, "the last of duplicates"},
    {READING_LENIENT, SCAN_READING, "lenient"},
    {READING_LENIENT, SCAN_FLAT, "without structure"},
};

static const struct hide *scan(struct run *strict, const struct ruleset *ruleset, size_t which)
{
    struct hides *hides = ARENA_NEW(strict->arena, struct hides);
    hides->arena = strict->arena;
    struct run run = *strict;
    run.scan = others[which].scan;
    run.map =
        map_build(strict->map->bytes, &map_limits_default, others[which].reading, strict->arena);
    run.views = views_new(run.map, views_limits(strict->views), strict->arena);
    *views_html_time(run.views) = *views_html_time(strict->views);
    run.hides = hides;
    run.piece_count = 0;
    /* Who it is, is a thing of each reading for itself; what leaves is the first one's. */
    const struct user_identity *user = changes_user(strict->changes);
    changes_set_user(strict->changes, NULL);
    trace_enter(run.trace, "Reading", others[which].name);
    walk_ruleset(&run, ruleset);
    changes_set_user(strict->changes, user);
    *views_html_time(strict->views) = *views_html_time(run.views); /* one budget for all */
    const struct hide *open = hides_first_uncovered(hides, strict->hides);
    if (open)
        trace_note(run.trace, "rule \"%s\" hides what the message as read by us shows", open->rule);
    trace_leave(run.trace, hides->count > 0);
    strict->uninspected |= run.uninspected;
    strict->half_hidden |= run.half_hidden;
    strict->fired_count = run.fired_count;
    strict->decider = run.decider;
    strict->hiding_incomplete |= run.decider != NULL; /* its texts are not those that leave */
    strict->decider_piece = run.decider_piece;
    strict->decider_user = run.decider_user;
    return open;
}

const struct hide *readings_scan(struct run *strict, const struct ruleset *ruleset)
{
    const struct hide *open = NULL;
    changes_mask_captures(strict->changes);
    for (size_t i = 0; i < sizeof others / sizeof others[0] && !open && !strict->decider; i++)
        open = scan(strict, ruleset, i);
    return open;
}
