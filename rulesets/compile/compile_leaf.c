/* SPDX-License-Identifier: Apache-2.0 */
/* The rules without rules below them: Transform, Exit, Error, Log, Ruleset. */
#include "engine/base/ascii.h"
#include "engine/base/log.h"
#include "rulesets/compile/compile_rule.h"

struct transform_settings {
    struct span transform;
};

static const struct key transform_key_list[] = {
    {.name = "transform",
     .type = KEY_STRING,
     .offset = offsetof(struct transform_settings, transform),
     .required = true,
     .help = "What to do with the piece: Mask, Redact, Replace, Header or Tag."},
};

const struct key_table transform_rule_keys = {
    .name = "transform", .keys = transform_key_list, .count = ARRAY_LEN(transform_key_list)};

static bool is_later(struct span word)
{
    static const char *const later[] = {"Protect",          "Unprotect", "Reprotect", "Hash",
                                        "Strip Attachment", "Banner",    NULL};
    for (size_t i = 0; later[i]; i++) {
        if (same_word(word, later[i]))
            return true;
    }
    return false;
}

static bool unknown_transform(struct reader *reader, const struct node *place, struct span word)
{
    const char *names[16] = {NULL};
    struct buf list = BUF_INIT;
    for (size_t i = 0; transform_classes[i] && i + 1 < ARRAY_LEN(names); i++) {
        names[i] = transform_classes[i]->name;
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const char *near = suggest(word, names);
    (void)node_error(reader, place, "expected one of %.*s, got \"%.*s\"%s%s%s",
                     SPAN_ARG(buf_span(&list)), SPAN_ARG(word), near ? "; did you mean \"" : "",
                     near ? near : "", near ? "\"?" : "");
    buf_fini(&list);
    return false;
}

static bool compile_transform(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    struct reader *reader = compiler->reader;
    struct node value = node_get(reader, node, "transform");
    struct transform_settings key = {.transform = SPAN("")};
    struct span word;
    if (!node_string(&value, &word))
        return node_error(reader, &value, "expected string");
    const struct transform_class *class = transform_by_name(word);
    if (!class && is_later(word))
        return node_error(reader, &value, "transform \"%.*s\" is not in this version",
                          SPAN_ARG(word));
    if (!class)
        return unknown_transform(reader, &value, word);
    void *settings = arena_alloc(reader->arena, class->settings_size);
    memcpy(settings, class->defaults, class->settings_size);
    rule->is.transform.class = class;
    rule->is.transform.settings = settings;
    bool good =
        compile_read(compiler, node, rule, &transform_rule_keys, &key, class->keys, settings);
    return (!class->finish || class->finish(settings, node, reader)) && good;
}

struct exit_settings {
    int scope;
    struct pattern_source has_to_match, must_not_match;
};

static const struct enum_value scope_values[] = {
    {"Branch", EXIT_BRANCH}, {"Ruleset", EXIT_RULESET}, {"Message", EXIT_MESSAGE}, {NULL, 0}};

static const struct key exit_key_list[] = {
    {.name = "exit",
     .type = KEY_ENUM,
     .offset = offsetof(struct exit_settings, scope),
     .required = true,
     .values = scope_values,
     .help = "What ends: the rules of this branch, of this ruleset, or all of them."},
    {.name = "has_to_match",
     .type = KEY_PATTERN,
     .offset = offsetof(struct exit_settings, has_to_match),
     .help = "Exit only if this is found in the piece."},
    {.name = "must_not_match",
     .type = KEY_PATTERN,
     .offset = offsetof(struct exit_settings, must_not_match),
     .help = "Exit only if this is not found in the piece."},
};

const struct key_table exit_keys = {
    .name = "exit", .keys = exit_key_list, .count = ARRAY_LEN(exit_key_list)};

static bool compile_exit(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    struct exit_settings settings = {.scope = EXIT_BRANCH};
    struct exit *exit = &rule->is.exit;
    bool good = compile_read(compiler, node, rule, &exit_keys, &settings, NULL, NULL);
    exit->scope = (enum exit_scope)settings.scope;
    good &= matcher_read(compiler->reader, &settings.has_to_match, &exit->has_to_match);
    return matcher_read(compiler->reader, &settings.must_not_match, &exit->must_not_match) && good;
}

/* The object of the action is disabled: a rule without an action is left, a group. */
static void forget_action(struct rule *rule)
{
    memset(&rule->is, 0, sizeof rule->is);
    rule->action = ACTION_GROUP;
    rule->captures = false;
}

struct error_settings {
    int64_t code;
    struct span enhanced;
    struct span message;
    bool close;
};

static const struct key error_key_list[] = {
    {.name = "code",
     .type = KEY_INTEGER,
     .offset = offsetof(struct error_settings, code),
     .min = 400,
     .max = 599,
     .standard = "550",
     .help = "Reply code (RFC 5321 4.2): 4xx try again, 5xx never."},
    {.name = "enhanced",
     .type = KEY_STRING,
     .offset = offsetof(struct error_settings, enhanced),
     .help = "Enhanced status code (RFC 3463), 5.7.1 or 4.7.1 by default."},
    {.name = "message",
     .type = KEY_STRING,
     .offset = offsetof(struct error_settings, message),
     .help = "Text of the reply; may hold %(input)s and the like."},
    {.name = "close",
     .type = KEY_BOOL,
     .offset = offsetof(struct error_settings, close),
     .standard = "false",
     .help = "Whether the connection is closed behind the reply; behind 421 and 521 it always is."},
};

const struct key_table error_keys = {
    .name = "reply", .keys = error_key_list, .count = ARRAY_LEN(error_key_list)};

struct error_rule_settings {
    struct node error;
};

static const struct key error_rule_key_list[] = {
    {.name = "error",
     .type = KEY_OBJECT,
     .offset = offsetof(struct error_rule_settings, error),
     .required = true,
     .object = &error_keys,
     .help = "Refuses the message with this reply."},
};

const struct key_table error_rule_keys = {
    .name = "error", .keys = error_rule_key_list, .count = ARRAY_LEN(error_rule_key_list)};

/* RFC 3463 section 2: class "." subject "." detail, the class that of the code. */
static bool is_enhanced(struct span text, int64_t code)
{
    struct span part;
    size_t count = 0;
    while (span_next(&text, '.', &part)) {
        uint64_t number;
        if (part.len > 3 || !span_to_u64(part, &number))
            return false;
        if (count++ == 0 && number != (uint64_t)code / 100)
            return false;
    }
    return count == 3;
}

/* 421 and 521 say that the connection is closed (RFC 5321 section 4.2.2, RFC 7504). */
static bool says_closing(int64_t code)
{
    return code == 421 || code == 521;
}

/* Behind a text these are taken for a word about the connection, and the mail comes again, or is
 * given up with a reason that nobody understands. */
static void warn_code(struct reader *reader, const struct node *error, int64_t code)
{
    struct node place = node_get(reader, error, "code");
    struct node close = node_get(reader, error, "close");
    if ((code >= 500 && code <= 504) || code == 530 || code == 534 || code == 535 || code == 538)
        node_warning(reader, &place,
                     "%d says something of commands or of a login, not of the message: write 550 "
                     "or 554",
                     (int)code);
    if (says_closing(code) && node_is_present(&close))
        node_warning(reader, &close, "it is not used: behind %d the connection is closed",
                     (int)code);
}

static bool compile_error(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    struct error_rule_settings outer = {.error = {0}};
    struct error_settings settings = {.code = 550};
    struct reader *reader = compiler->reader;
    struct refusal *refusal = &rule->is.error;
    bool good = compile_read(compiler, node, rule, &error_rule_keys, &outer, NULL, NULL);
    if (node_is_present(&outer.error))
        good &= node_read(reader, &outer.error, &error_keys, &settings, NULL);
    if (good && node_is_present(&outer.error))
        warn_code(reader, &outer.error, settings.code);
    refusal->code = (int)settings.code;
    refusal->close = settings.close || says_closing(settings.code);
    refusal->enhanced = settings.code < 500 ? "4.7.1" : "5.7.1";
    if (settings.enhanced.ptr) {
        struct node place = node_get(reader, &outer.error, "enhanced");
        refusal->enhanced = settings.enhanced.ptr;
        if (!is_enhanced(settings.enhanced, settings.code))
            good = node_error(reader, &place, "expected an enhanced status code such as %s",
                              settings.code < 500 ? "4.7.1" : "5.7.1");
    }
    if (settings.message.ptr) {
        refusal->message = transform_template(reader, &outer.error, "message", settings.message);
        good &= refusal->message != NULL;
        rule->captures = refusal->message && template_captures(refusal->message);
    }
    if (node_is_disabled(&outer.error))
        forget_action(rule);
    return good;
}

struct log_settings {
    int level;
    struct span message;
};

static const struct enum_value level_values[] = {{"debug", LOG_DEBUG},
                                                 {"info", LOG_INFO},
                                                 {"warning", LOG_WARNING},
                                                 {"error", LOG_ERROR},
                                                 {NULL, 0}};

static const struct key log_key_list[] = {
    {.name = "level",
     .type = KEY_ENUM,
     .offset = offsetof(struct log_settings, level),
     .values = level_values,
     .standard = "info",
     .help = "Level of the log line."},
    {.name = "message",
     .type = KEY_STRING,
     .offset = offsetof(struct log_settings, message),
     .required = true,
     .help = "Text of the log line; captured texts are masked."},
};

const struct key_table log_keys = {
    .name = "log line", .keys = log_key_list, .count = ARRAY_LEN(log_key_list)};

struct log_rule_settings {
    struct node log;
};

static const struct key log_rule_key_list[] = {
    {.name = "log",
     .type = KEY_OBJECT,
     .offset = offsetof(struct log_rule_settings, log),
     .required = true,
     .object = &log_keys,
     .help = "Writes a line to the log."},
};

const struct key_table log_rule_keys = {
    .name = "log", .keys = log_rule_key_list, .count = ARRAY_LEN(log_rule_key_list)};

static bool compile_log(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    struct log_rule_settings outer = {.log = {0}};
    struct log_settings settings = {.level = LOG_INFO, .message = SPAN("")};
    bool good = compile_read(compiler, node, rule, &log_rule_keys, &outer, NULL, NULL);
    if (node_is_present(&outer.log))
        good &= node_read(compiler->reader, &outer.log, &log_keys, &settings, NULL);
    rule->is.log.level = settings.level;
    rule->is.log.message =
        transform_template(compiler->reader, &outer.log, "message", settings.message);
    good &= rule->is.log.message != NULL;
    if (node_is_disabled(&outer.log))
        forget_action(rule);
    return good;
}

struct reference_settings {
    struct span ruleset;
};

static const struct key reference_key_list[] = {
    {.name = "ruleset",
     .type = KEY_STRING,
     .offset = offsetof(struct reference_settings, ruleset),
     .required = true,
     .help = "Runs the rules of another ruleset on this piece."},
};

const struct key_table reference_keys = {.name = "ruleset reference",
                                         .keys = reference_key_list,
                                         .count = ARRAY_LEN(reference_key_list)};

static bool compile_reference(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    struct reference_settings settings = {.ruleset = SPAN("")};
    bool good = compile_read(compiler, node, rule, &reference_keys, &settings, NULL, NULL);
    rule->is.reference.name = settings.ruleset;
    return good;
}

bool compile_leaf(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    switch (rule->action) {
    case ACTION_TRANSFORM:
        return compile_transform(compiler, node, rule);
    case ACTION_EXIT:
        return compile_exit(compiler, node, rule);
    case ACTION_ERROR:
        return compile_error(compiler, node, rule);
    case ACTION_LOG:
        return compile_log(compiler, node, rule);
    case ACTION_USER:
        return compile_user(compiler, node, rule);
    case ACTION_DISPOSE:
        return compile_dispose(compiler, node, rule);
    default:
        return compile_reference(compiler, node, rule);
    }
}
