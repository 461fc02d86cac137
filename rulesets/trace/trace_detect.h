/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace_detect: what was detected and why it counts, for a trace: the subject, its confidence and
 * the evidence, never the value. Like trace.h.
 */
#ifndef CULVERT_RULESETS_TRACE_TRACE_DETECT_H
#define CULVERT_RULESETS_TRACE_TRACE_DETECT_H

#include "rulesets/detection/profile.h"
#include "rulesets/trace/trace.h"

/* One find, in `view` from `base` on; whether a rule counts it. */
void trace_sighting(struct trace *trace, const struct sighting *sighting, const struct view *view,
                    uint64_t base, bool is_counted);

/* What a rule, and what a profile, came to. */
void trace_judgement(struct trace *trace, const struct dlp_rule *rule,
                     const struct dlp_result *result);
void trace_profile(struct trace *trace, const struct dlp_profile *profile, enum severity severity);

#endif
