/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/compile/check.h"

#include <stdarg.h>

/* Rules looked at, each as often as it is reached. A set of rulesets that refer to each other many
 * times over is exponential. */
#define VISITS_MAX 100000

/* What a piece is a piece of. */
enum piece_kind {
    PIECE_TOP, /* nothing was extracted yet */
    PIECE_MESSAGE,
    PIECE_FIELD,
    PIECE_FIXED_FIELD, /* one that says how to read the body */
    PIECE_BODY,
    PIECE_ATTACHMENT,
    PIECE_FILENAME,
    PIECE_ADDRESS,
    PIECE_TEXT
};

/* The way from the top down to a rule, on the stack of the walk. */
struct scope {
    const struct scope *up;
    const struct rule *rule; /* an Extract */
    enum piece_kind kind;
};

struct check {
    struct reader *reader;
    size_t visits;
    unsigned depth;
    bool good;
};

static const char *kind_word(enum piece_kind kind)
{
    static const char *const words[] = {"nothing",
                                        "SMTP Message",
                                        "a header field",
                                        "a header field that says how to read the body",
                                        "Body",
                                        "Attachment",
                                        "Filename",
                                        "an envelope address",
                                        "Text"};
    return words[kind];
}

/* A rule that several references reach is complained about once. */
static void PRINTF_LIKE(4, 5) complain_of(struct check *check, struct rule *rule,
                                          const struct node *place, const char *format, ...)
{
    check->good = false;
    if (rule->complained)
        return;
    rule->complained = true;
    va_list args;
    va_start(args, format);
    struct buf text = BUF_INIT;
    buf_vprintf(&text, format, args);
    va_end(args);
    (void)node_error(check->reader, place, "%.*s", SPAN_ARG(buf_span(&text)));
    buf_fini(&text);
}

static bool is_fixed_field(struct span name)
{
    static const char *const names[] = {"MIME-Version", "Content-Type", "Content-Transfer-Encoding",
                                        "Content-Disposition"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is_nocase(name, names[i]))
            return true;
    }
    return false;
}

/* What the Extract yields, and whether it may stand below that piece. */
static bool fits(const struct rule *rule, enum piece_kind above, enum piece_kind *kind_out)
{
    const struct extract *extract = &rule->is.extract;
    switch (extract->kind) {
    case EXTRACT_SMTP_MESSAGE:
        *kind_out = PIECE_MESSAGE;
        return above == PIECE_TOP;
    case EXTRACT_HEADER:
        *kind_out = is_fixed_field(extract->header_name) ? PIECE_FIXED_FIELD : PIECE_FIELD;
        return above == PIECE_MESSAGE;
    case EXTRACT_SUBJECT:
    case EXTRACT_HEADERS:
        *kind_out = PIECE_FIELD;
        return above == PIECE_MESSAGE;
    case EXTRACT_BODY:
        *kind_out = PIECE_BODY;
        return above == PIECE_MESSAGE;
    case EXTRACT_ATTACHMENT:
        *kind_out = PIECE_ATTACHMENT;
        return above == PIECE_MESSAGE;
    case EXTRACT_FILENAME:
        *kind_out = PIECE_FILENAME;
        return above == PIECE_MESSAGE || above == PIECE_ATTACHMENT;
    case EXTRACT_SENDER:
    case EXTRACT_RECIPIENT:
        *kind_out = PIECE_ADDRESS;
        return above == PIECE_MESSAGE;
    default:
        *kind_out = above == PIECE_MESSAGE || above == PIECE_ATTACHMENT ? PIECE_TEXT : above;
        return above != PIECE_TOP;
    }
}

static bool is_read_only(enum piece_kind kind)
{
    return kind == PIECE_TOP || kind == PIECE_MESSAGE || kind == PIECE_ADDRESS ||
           kind == PIECE_FIXED_FIELD;
}

/* Looking for the meaning of names in one template. */
struct names {
    struct check *check;
    struct rule *rule;
    const struct scope *scope;
    const char *key;
};

static bool has_group(const struct rule *rule, struct span name)
{
    for (size_t i = 0; i < rule->is.extract.pattern_count; i++) {
        const struct pattern *pattern = rule->is.extract.patterns[i].matcher.text;
        if (pattern && pattern_group_by_name(pattern, name) >= 0)
            return true;
    }
    return false;
}

static bool check_name(struct span name, void *arg)
{
    struct names *names = arg;
    for (const struct scope *scope = names->scope; scope; scope = scope->up) {
        if (has_group(scope->rule, name))
            return true;
    }
    struct node place = node_get(names->check->reader, &names->rule->node, names->key);
    complain_of(names->check, names->rule, node_is_present(&place) ? &place : &names->rule->node,
                "%%(%.*s)s: no pattern of this rule or of one above it has a group of that name",
                SPAN_ARG(name));
    return false;
}

static void check_template(const struct template *t, const char *key, void *arg)
{
    struct names *names = arg;
    names->key = key;
    if (t) /* else it was complained about */
        (void)template_each_name(t, check_name, names);
}

static void check_recipients(const struct recipients_rule *asks, struct names *names)
{
    for (size_t i = 0; i < asks->redirect.count; i++)
        check_template(asks->redirect.items[i], "redirect", names);
    for (size_t i = 0; i < asks->bcc.count; i++)
        check_template(asks->bcc.items[i], "bcc", names);
}

static void check_leaf(struct check *check, struct rule *rule, const struct scope *scope,
                       enum piece_kind kind)
{
    struct names names = {check, rule, scope, NULL};
    if (rule->action == ACTION_TRANSFORM && rule->is.transform.class) {
        const struct transform_class *class = rule->is.transform.class;
        struct node place = node_get(check->reader, &rule->node, "transform");
        if (class->edits_piece && is_read_only(kind))
            complain_of(check, rule, &place, "%s cannot change %s", class->name, kind_word(kind));
        if (class->each_template)
            class->each_template(rule->is.transform.settings, check_template, &names);
    }
    if (rule->action == ACTION_ERROR && rule->is.error.message)
        check_template(rule->is.error.message, "error", &names);
    if (rule->action == ACTION_LOG && rule->is.log.message)
        check_template(rule->is.log.message, "log", &names);
    if (rule->action == ACTION_USER && rule->is.user)
        check_template(rule->is.user, "set_user_identity", &names);
    if (rule->action == ACTION_RECIPIENTS)
        check_recipients(&rule->is.recipients, &names);
}

static void check_rules(struct check *check, struct rule *rules, size_t count,
                        const struct scope *scope, enum piece_kind kind);

static void check_reference(struct check *check, struct rule *rule, const struct ruleset *ruleset,
                            const struct scope *scope, enum piece_kind kind)
{
    if (!ruleset || ruleset->in_cycle)
        return;
    if (check->depth >= RULE_DEPTH_MAX) {
        complain_of(check, rule, &rule->node, "references are nested deeper than %d levels",
                    RULE_DEPTH_MAX);
        return;
    }
    check_rules(check, ruleset->rules, ruleset->rule_count, scope, kind);
}

static void check_extract(struct check *check, struct rule *rule, const struct scope *up,
                          enum piece_kind above)
{
    enum piece_kind kind;
    struct node place = node_get(check->reader, &rule->node, "extract");
    if (!fits(rule, above, &kind)) {
        complain_of(check, rule, &place,
                    above == PIECE_TOP ? "\"%s\" must stand below \"extract\": \"SMTP Message\""
                                       : "\"%s\" does not fit below %s",
                    rule->words, kind_word(above));
        return;
    }
    struct scope scope = {up, rule, kind};
    check_rules(check, rule->rules, rule->rule_count, &scope, kind);
    for (size_t i = 0; i < rule->is.extract.pattern_count; i++)
        check_reference(check, rule, rule->is.extract.patterns[i].ruleset, &scope, kind);
}

/* Its pieces are texts, of whatever can be seen. */
static void check_detect(struct check *check, struct rule *rule, const struct scope *scope,
                         enum piece_kind kind)
{
    struct node place = node_get(check->reader, &rule->node, "detect");
    if (kind == PIECE_TOP)
        complain_of(check, rule, &place, "\"%s\" must stand below \"extract\": \"SMTP Message\"",
                    rule->words);
    else
        check_rules(check, rule->rules, rule->rule_count, scope,
                    kind == PIECE_MESSAGE || kind == PIECE_ATTACHMENT ? PIECE_TEXT : kind);
}

static void check_rule(struct check *check, struct rule *rule, const struct scope *scope,
                       enum piece_kind kind)
{
    if (!rule->enabled || check->visits >= VISITS_MAX)
        return;
    check->visits++;
    if (check->visits == VISITS_MAX) {
        complain_of(check, rule, &rule->node, "the rulesets refer to each other too many times");
        return;
    }
    check->depth++;
    if (rule->action == ACTION_EXTRACT)
        check_extract(check, rule, scope, kind);
    else if (rule->action == ACTION_DETECT)
        check_detect(check, rule, scope, kind);
    else if (rule->action == ACTION_GROUP)
        check_rules(check, rule->rules, rule->rule_count, scope, kind);
    else if (rule->action == ACTION_RULESET)
        check_reference(check, rule, rule->is.reference.ruleset, scope, kind);
    else
        check_leaf(check, rule, scope, kind);
    check->depth--;
}

static void check_rules(struct check *check, struct rule *rules, size_t count,
                        const struct scope *scope, enum piece_kind kind)
{
    for (size_t i = 0; i < count; i++)
        check_rule(check, &rules[i], scope, kind);
}

bool check_ruleset(struct reader *reader, const struct ruleset *ruleset)
{
    struct check check = {.reader = reader, .good = true};
    check_rules(&check, ruleset->rules, ruleset->rule_count, NULL, PIECE_TOP);
    return check.good;
}
