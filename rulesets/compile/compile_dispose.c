/* SPDX-License-Identifier: Apache-2.0 */
/* Dispose: of the message, or of its recipients. */
#include "engine/message/map/mailbox.h"
#include "rulesets/compile/compile_rule.h"

#define DISPOSE_LATER 100

static const struct enum_value dispose_values[] = {
    {"deliver", DISPOSE_DELIVER}, {"reject", DISPOSE_REJECT}, {"tempfail", DISPOSE_TEMPFAIL},
    {"discard", DISPOSE_DISCARD}, {"hold", DISPOSE_LATER},    {NULL, 0}};

struct dispose_settings {
    int dispose;
    struct string_list recipients, redirect, bcc;
};

static const struct key dispose_key_list[] = {
    {.name = "dispose",
     .type = KEY_ENUM,
     .offset = offsetof(struct dispose_settings, dispose),
     .required = true,
     .values = dispose_values,
     .help = "What becomes of the message; no further rule runs, unless it is about recipients."},
    {.name = "recipients",
     .type = KEY_STRINGS,
     .offset = offsetof(struct dispose_settings, recipients),
     .help = "With discard: only the client's recipients that match one of these do not get it."},
    {.name = "redirect",
     .type = KEY_STRINGS,
     .offset = offsetof(struct dispose_settings, redirect),
     .help =
         "With deliver: these get it instead of the client's recipients; may hold %(input)s and "
         "the like."},
    {.name = "bcc",
     .type = KEY_STRINGS,
     .offset = offsetof(struct dispose_settings, bcc),
     .help = "With deliver: these get it, too; may hold %(input)s and the like."},
};

const struct key_table dispose_keys = {
    .name = "dispose", .keys = dispose_key_list, .count = ARRAY_LEN(dispose_key_list)};

struct compiling {
    struct reader *reader;
    const struct node *node;
    bool good;
    bool is_asked; /* one of the three keys is there */
};

/* A key for recipients: of use with one word only. */
static bool is_there(struct compiling *c, const char *key, int dispose, int wanted,
                     const char *reason)
{
    struct node place = node_get(c->reader, c->node, key);
    if (!node_is_present(&place))
        return false;
    c->is_asked = true;
    if (dispose != wanted)
        c->good = node_error(c->reader, &place, "%s", reason);
    return true;
}

static void check_count(struct compiling *c, const char *key, const struct string_list *list)
{
    struct node place = node_get(c->reader, c->node, key);
    struct span text;
    if (list->count == 0 && (node_is_array(&place) || node_string(&place, &text)))
        c->good = node_expected(c->reader, &place, "at least one");
}

static void read_wildcards(struct compiling *c, const struct string_list *list,
                           struct recipients_rule *out)
{
    check_count(c, "recipients", list);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].len == 0)
            c->good = node_expected(c->reader, &list->nodes[i], "an address or a wildcard");
    }
    out->drop = list->items;
    out->drop_count = list->count;
}

/* What a text with %(...)s gives shows with the message. */
static void read_address(struct compiling *c, const struct node *place, struct span text,
                         struct template_list *out, bool *captures)
{
    struct arena *arena = c->reader->arena;
    struct error err = ERROR_INIT;
    struct template_values nothing = {.piece = NULL};
    struct template *t = template_new(text, arena, &err);
    if (!t) {
        c->good = node_error(c->reader, place, "%s", err.text);
        return;
    }
    if (template_is_fixed(t) && !mailbox_is_one(template_expand(t, &nothing, arena), true))
        c->good = node_error(c->reader, place,
                             "expected an address such as name@domain.example, got \"%.*s\"",
                             SPAN_ARG(text));
    *captures |= template_captures(t);
    out->items[out->count++] = t;
}

static void read_addresses(struct compiling *c, const char *key, const struct string_list *list,
                           struct template_list *out, bool *captures)
{
    check_count(c, key, list);
    out->items = ARENA_ARRAY(c->reader->arena, list->count, const struct template *);
    for (size_t i = 0; i < list->count; i++)
        read_address(c, &list->nodes[i], list->items[i], out, captures);
}

bool compile_dispose(struct compiler *compiler, const struct node *node, struct rule *rule)
{
    struct dispose_settings settings = {.dispose = DISPOSE_DELIVER};
    struct compiling c = {.reader = compiler->reader, .node = node};
    struct recipients_rule asks = {.drop_count = 0};
    c.good = compile_read(compiler, node, rule, &dispose_keys, &settings, NULL, NULL);
    if (is_there(&c, "recipients", settings.dispose, DISPOSE_DISCARD,
                 settings.dispose == DISPOSE_DELIVER
                     ? "\"recipients\" stands with \"discard\" only"
                     : "\"recipients\" stands with \"discard\" only: behind the text there is one "
                       "reply for all recipients (RFC 5321 3.3)"))
        read_wildcards(&c, &settings.recipients, &asks);
    if (is_there(&c, "redirect", settings.dispose, DISPOSE_DELIVER,
                 "\"redirect\" stands with \"deliver\" only"))
        read_addresses(&c, "redirect", &settings.redirect, &asks.redirect, &asks.captures);
    if (is_there(&c, "bcc", settings.dispose, DISPOSE_DELIVER,
                 "\"bcc\" stands with \"deliver\" only"))
        read_addresses(&c, "bcc", &settings.bcc, &asks.bcc, &asks.captures);
    if (settings.dispose == DISPOSE_LATER) {
        struct node place = node_get(c.reader, node, "dispose");
        c.good = node_error(c.reader, &place, "dispose \"hold\" is not in this version");
    }
    if (c.is_asked) {
        rule->action = ACTION_RECIPIENTS;
        rule->is.recipients = asks;
    } else {
        rule->is.dispose = (enum disposition)settings.dispose;
    }
    return c.good;
}
