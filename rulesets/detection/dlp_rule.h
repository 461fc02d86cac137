/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlp_rule: an expression and how much of it is how severe: finds counted, all or different ones,
 * or their weights summed, against a ladder of thresholds. Read on the main thread, in its arena;
 * immutable; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_DLP_RULE_H
#define CULVERT_RULESETS_DETECTION_DLP_RULE_H

#include "config/reader/node.h"
#include "rulesets/detection/expression.h"

enum severity {
    SEVERITY_NONE,
    SEVERITY_LOW,
    SEVERITY_MEDIUM,
    SEVERITY_HIGH,
    SEVERITY_CRITICAL,
    SEVERITIES
};

enum count_of { COUNT_MATCHES, COUNT_WEIGHT };

/* What a rule counts together. */
enum dlp_scope {
    DLP_SCOPE_MESSAGE,
    DLP_SCOPE_PART /* each text, each attachment by itself, and what stands in fields */
};

/* What a rule looks at. */
enum dlp_scan {
    DLP_SCAN_CONTENT,  /* subject, bodies, file names, texts of attachments */
    DLP_SCAN_METADATA, /* From, To, Cc, Reply-To, Sender, file names */
    DLP_SCAN_BOTH
};

struct dlp_rule {
    const char *name;
    const struct expression *expression;
    enum dlp_scope scope;
    enum dlp_scan scan;
    bool unique;
    int count; /* enum count_of */
    enum confidence min_confidence;
    bool has[SEVERITIES]; /* there is a threshold for it */
    int64_t least[SEVERITIES];
    struct node node;
};

extern const struct key_table dlp_rule_table;

/* Reads `node`, an item of `dlp_rules`; names are looked up by `find`. Complains and returns false
 * when anything is wrong. */
bool dlp_rule_read(struct reader *reader, const struct node *node, expression_name *find, void *arg,
                   struct dlp_rule *out) MUST_USE;

struct dlp_result {
    enum severity severity;
    /* Of the whole, or of the most severe part. */
    int64_t count; /* what was held against the ladder */
    size_t total, unique;
    int64_t weight;
    bool *chosen; /* of what was seen: the finds that count */
    bool *
        matched; /* those of them that are of wholes, or parts, of the severity that is asked for */
};

/* `seen`: of the whole message, in order of view and place. `least`: NONE counts as LOW. */
void dlp_rule_judge(const struct dlp_rule *rule, const struct seen *seen, size_t count,
                    enum severity least, struct arena *arena, struct dlp_result *out);

const char *severity_name(enum severity severity); /* "none", "low" ... "critical" */

/* The words for them, for keys. */
extern const struct enum_value severity_words[];

#endif
