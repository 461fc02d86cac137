/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/run/recipients.h"

#include "engine/base/wildcard.h"
#include "engine/message/map/mailbox.h"
#include "rulesets/compile/rule.h"

#include <errno.h>
#include <stdlib.h>

struct asked_address {
    const struct template *text;
    struct template_values values;
    const char *place; /* of the rule */
    bool masked;
};

struct address_asks {
    struct asked_address *items;
    size_t count, cap;
};

struct recipients {
    struct arena *arena;
    struct address_asks redirects, copies;
    const struct rule **droppers;
    size_t dropper_count, dropper_cap;
};

struct recipients *recipients_new(struct arena *arena)
{
    struct recipients *recipients = ARENA_NEW(arena, struct recipients);
    recipients->arena = arena;
    return recipients;
}

static void ask_addresses(struct recipients *recipients, const struct rule *rule,
                          const struct template_values *values, const struct template_list *list,
                          bool masked, struct address_asks *out)
{
    /* One more than may be is kept: recipients_final() then fails. */
    for (size_t i = 0; i < list->count && out->count <= RECIPIENTS_ASKED_MAX; i++) {
        out->items =
            arena_grow(recipients->arena, out->items, out->count, &out->cap, sizeof *out->items);
        out->items[out->count++] = (struct asked_address){
            .text = list->items[i], .values = *values, .place = rule->place, .masked = masked};
    }
}

/* A rule that fires for each of many matches says the same each time, unless it captures. */
void recipients_ask(struct recipients *recipients, const struct rule *rule,
                    const struct template_values *values, bool repeated, bool masked)
{
    const struct recipients_rule *asks = &rule->is.recipients;
    if (repeated && !asks->captures)
        return;
    if (asks->drop_count > 0) {
        recipients->droppers =
            arena_grow(recipients->arena, recipients->droppers, recipients->dropper_count,
                       &recipients->dropper_cap, sizeof(const struct rule *));
        recipients->droppers[recipients->dropper_count++] = rule;
    }
    ask_addresses(recipients, rule, values, &asks->redirect, masked, &recipients->redirects);
    ask_addresses(recipients, rule, values, &asks->bcc, masked, &recipients->copies);
}

bool recipients_are_asked(const struct recipients *recipients)
{
    return recipients->dropper_count > 0 || recipients->redirects.count > 0 ||
           recipients->copies.count > 0;
}

/* The rule that drops the address, or NULL. */
static const struct rule *dropper_of(const struct recipients *recipients, struct span address)
{
    for (size_t i = 0; i < recipients->dropper_count; i++) {
        const struct recipients_rule *asks = &recipients->droppers[i]->is.recipients;
        for (size_t k = 0; k < asks->drop_count; k++) {
            if (wildcard_matches(asks->drop[k], address))
                return recipients->droppers[i];
        }
    }
    return NULL;
}

/* --- putting together --- */

struct list {
    struct recipient *items;
    size_t count;
};

static void keep_clients(const struct recipients *recipients, const struct envelope *envelope,
                         struct list *list, struct recipient_set *out)
{
    for (size_t i = 0; i < envelope->recipient_count; i++) {
        const struct rule *dropper = dropper_of(recipients, envelope->recipients[i]);
        if (dropper)
            out->rule = dropper->place;
        else
            list->items[list->count++] = (struct recipient){
                .address = envelope->recipients[i], .origin = RECIPIENT_KEPT, .asked = i};
    }
}

static bool add_asked(const struct recipients *recipients, const struct address_asks *asks,
                      enum recipient_origin origin, struct changes *changes, struct list *list,
                      struct error *err)
{
    for (size_t i = 0; i < asks->count; i++) {
        const struct asked_address *asked = &asks->items[i];
        struct template_values values = asked->values;
        values.tag = changes_tags(changes);
        struct span text = span_trim(
            asked->masked ? template_expand_masked(asked->text, &values, recipients->arena)
                          : template_expand(asked->text, &values, recipients->arena));
        if (!mailbox_is_one(text, true))
            return error_set_code(err, EROFS, "rule \"%s\": what its text gives is no address",
                                  asked->place);
        list->items[list->count++] = (struct recipient){.address = text, .origin = origin};
    }
    return true;
}

static int compare(const void *left, const void *right)
{
    const struct recipient *a = *(struct recipient *const *)left;
    const struct recipient *b = *(struct recipient *const *)right;
    int order = mailbox_compare(a->address, b->address);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Of several the first stays: the client's, with what the client asked for it, before ours. */
static void remove_repeated(struct list *list, struct arena *arena)
{
    struct recipient **sorted = ARENA_ARRAY(arena, list->count, struct recipient *);
    bool *repeated = ARENA_ARRAY(arena, list->count, bool);
    size_t kept = 0;
    if (list->count == 0)
        return;
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = &list->items[i];
    qsort(sorted, list->count, sizeof(struct recipient *), compare);
    for (size_t i = 1; i < list->count; i++) {
        if (mailbox_compare(sorted[i - 1]->address, sorted[i]->address) == 0)
            repeated[sorted[i] - list->items] = true;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (!repeated[i])
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

/* A client that names somebody twice gets what it asks for, as long as no rule has a say. */
static bool is_of_client(const struct list *list, const struct envelope *envelope)
{
    if (list->count != envelope->recipient_count)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].origin != RECIPIENT_KEPT)
            return false;
    }
    return true;
}

bool recipients_final(const struct recipients *recipients, const struct envelope *envelope,
                      struct changes *changes, struct recipient_set *out, struct error *err)
{
    const struct address_asks *redirects = &recipients->redirects, *copies = &recipients->copies;
    *out = (struct recipient_set){.changed = false};
    if (!recipients_are_asked(recipients))
        return true;
    if (redirects->count > RECIPIENTS_ASKED_MAX || copies->count > RECIPIENTS_ASKED_MAX)
        return error_set_code(err, E2BIG, "the rules ask for more than %u recipients",
                              RECIPIENTS_ASKED_MAX);
    struct list list = {.count = 0};
    list.items = ARENA_ARRAY(recipients->arena,
                             envelope->recipient_count + redirects->count + copies->count + 1,
                             struct recipient);
    if (redirects->count == 0)
        keep_clients(recipients, envelope, &list, out);
    if (!add_asked(recipients, redirects, RECIPIENT_REDIRECTED, changes, &list, err) ||
        !add_asked(recipients, copies, RECIPIENT_BCC, changes, &list, err))
        return false;
    remove_repeated(&list, recipients->arena);
    out->changed = !is_of_client(&list, envelope);
    out->items = list.items;
    out->count = list.count;
    return true;
}
