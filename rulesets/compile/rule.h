/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule: a compiled rule, a node of the tree that walk.h goes through. Owned by the policy's arena,
 * immutable once compiled, shared by all threads.
 */
#ifndef CULVERT_RULESETS_COMPILE_RULE_H
#define CULVERT_RULESETS_COMPILE_RULE_H

#include "rulesets/conditions/condition.h"
#include "transforms/matcher.h"
#include "transforms/transform.h"

enum action {
    ACTION_GROUP,
    ACTION_EXTRACT,
    ACTION_TRANSFORM,
    ACTION_EXIT,
    ACTION_ERROR,
    ACTION_LOG,
    ACTION_DISPOSE,
    ACTION_RECIPIENTS, /* a dispose of recipients, not of the message */
    ACTION_USER,
    ACTION_RULESET,
    ACTION_DETECT,
    ACTION_LATER /* a word of a later version: complained about */
};

/* What an Extract yields. The order is that of extract_kinds[]. */
enum extract_kind {
    EXTRACT_SMTP_MESSAGE,
    EXTRACT_SUBJECT,
    EXTRACT_HEADER,
    EXTRACT_HEADERS,
    EXTRACT_BODY,
    EXTRACT_ATTACHMENT,
    EXTRACT_FILENAME,
    EXTRACT_SENDER,
    EXTRACT_RECIPIENT,
    EXTRACT_TEXT,
    EXTRACT_LATER /* and all above: of a later version */
};

enum body_type { BODY_ANY, BODY_PLAIN, BODY_HTML, BODY_TYPES };

/* One row of `patterns`, or `pattern` and `group`. */
struct extract_pattern {
    struct matcher matcher;
    size_t group;
    const struct ruleset *ruleset; /* runs on the pieces instead of the children; NULL: these */
    struct span ruleset_name;      /* until linked */
    struct node node;              /* for complaints */
};

struct extract {
    enum extract_kind kind;
    struct extract_pattern *patterns;
    size_t pattern_count; /* 0: the whole thing is the piece */
    struct matcher prerequisite;
    struct span header_name;
    enum body_type body_type;
    struct matcher filename, content_type;
    uint64_t min_size, max_size; /* max 0: no limit */
};

enum exit_scope { EXIT_BRANCH, EXIT_RULESET, EXIT_MESSAGE };

struct exit {
    enum exit_scope scope;
    struct matcher has_to_match, must_not_match;
};

struct refusal {
    int code;
    const char *enhanced;
    const struct template *message; /* NULL: a standard text */
    bool close;
};

struct log_rule {
    int level;
    const struct template *message;
};

enum disposition { DISPOSE_DELIVER, DISPOSE_REJECT, DISPOSE_TEMPFAIL, DISPOSE_DISCARD };

struct template_list {
    const struct template **items;
    size_t count;
};

struct dlp_profile;
struct detection;
struct lookout;
struct pattern_set;
struct subject;

struct recipients_rule {
    const struct span *drop; /* wildcards */
    size_t drop_count;
    struct template_list redirect, bcc;
    bool captures; /* an address can hold text of the message */
};

struct reference {
    struct span name; /* until linked */
    const struct ruleset *ruleset;
};

struct detect {
    const struct dlp_profile *profile;
    int min_severity;                /* enum severity */
    const struct subject **subjects; /* of the profile, each once, by index */
    size_t subject_count;
    bool in_content, in_metadata;
};

/* Which of the rules below one are run. */
enum match {
    MATCH_ALL,
    MATCH_FIRST,           /* in order, until one matches */
    MATCH_MOST_RESTRICTIVE /* of those that detect only the one that finds what is most severe */
};

struct rule {
    enum action action;
    const char *name;  /* as configured, else the action's word: for %(rule)s */
    const char *place; /* the name, or word and JSON pointer: for an administrator */
    const char *words; /* "Extract Subject" */
    bool enabled;
    enum match match;
    bool captures; /* ERROR, LOG: its text can hold text of the message */
    size_t index;  /* among all rules of the configuration */
    const struct condition *when;
    struct rule *rules;
    size_t rule_count;
    struct node node; /* for complaints */
    bool complained;  /* while loading */
    union {
        struct extract extract;
        struct {
            const struct transform_class *class;
            const void *settings;
        } transform;
        struct exit exit;
        struct refusal error;
        struct log_rule log;
        enum disposition dispose;
        struct recipients_rule recipients;
        const struct template *user;
        struct reference reference;
        struct detect detect;
    } is;
};

struct ruleset {
    const char *name;
    struct span name_span;
    struct rule *rules;
    size_t rule_count;
    size_t total_rules; /* of the whole configuration: indices are below it */
    bool enabled;
    bool referenced; /* by another ruleset */
    bool in_cycle;
    bool asks_user;                /* it, or one that it refers to */
    int visit;                     /* while cycles are looked for */
    const struct lookout *lookout; /* for all that is detected; NULL: nothing, or below others */
    const struct pattern_set *body_patterns; /* of all rules over the body; NULL: few */
    struct node node;
};

struct rulesets {
    struct ruleset *items;
    size_t count;
    const char **names;
    struct constraint_list constraints;
    size_t rule_count;
};

/* Whether it, or any rule below it, hides something. */
bool rule_hides(const struct rule *rule);

/* Deeper trees than this, references counted in, are refused at load: walking them recurses. */
#define RULE_DEPTH_MAX 64

#endif
