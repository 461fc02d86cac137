/* SPDX-License-Identifier: Apache-2.0 */
/* condition_holds: a condition against a message. */
#include "engine/base/wildcard.h"
#include "rulesets/conditions/condition_link.h"

/* Of some addresses or names: how many there are, and how many match what each quantifier lists. */
struct tally {
    size_t count, any, all, any_not, none;
    bool incomplete; /* there may be more of them */
};

/* Which quantifiers are asked for. */
struct asks {
    bool any, all, any_not, none;
};

/* The quantifier that does not hold, or NULL. What more addresses could mend holds where there may
 * be more: rather a rule too many than one too few. */
static const char *unmet_quantifier(const struct tally *tally, struct asks asks)
{
    if (asks.any && tally->any == 0 && !tally->incomplete)
        return "any";
    if (asks.all && (tally->all < tally->count || (tally->count == 0 && !tally->incomplete)))
        return "all";
    if (asks.any_not && tally->any_not == tally->count && !tally->incomplete)
        return "any_not";
    return asks.none && tally->none > 0 ? "none" : NULL;
}

/* --- names --- */

static bool in_list(const struct name_list *list, struct span name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->networks[i] ? networks_hold(list->networks[i], 1, name)
                              : wildcard_matches(list->items[i], name))
            return true;
    }
    return false;
}

static void count_name(const struct quantifiers *q, struct span name, struct tally *tally)
{
    tally->count++;
    tally->any += in_list(&q->any, name);
    tally->all += in_list(&q->all, name);
    tally->any_not += in_list(&q->any_not, name);
    tally->none += in_list(&q->none, name);
}

static const char *unmet_of_names(const struct quantifiers *q, const struct tally *tally)
{
    struct asks asks = {q->any.asked, q->all.asked, q->any_not.asked, q->none.asked};
    return unmet_quantifier(tally, asks);
}

/* Of a name that may be missing: "any" does not hold then, "none" does. */
static const char *unmet_name(const struct quantifiers *q, struct span name, bool may_be_missing)
{
    struct tally tally = {0};
    if (!q)
        return NULL;
    if (name.len > 0 || !may_be_missing)
        count_name(q, name, &tally);
    return unmet_of_names(q, &tally);
}

static const char *unmet_san(const struct quantifiers *q, struct span names)
{
    struct tally tally = {0};
    struct span name;
    if (!q)
        return NULL;
    while (names.len > 0 && span_next(&names, ',', &name))
        count_name(q, span_trim(name), &tally);
    return unmet_of_names(q, &tally);
}

/* Nobody without a login, unless a rule said who it is: as with certificates. */
static struct span user_of(const struct envelope *envelope, const struct changes *changes)
{
    const struct user_identity *set = changes_user(changes);
    return set ? user_identity_text(set, SHOW_CAPTURED, NULL) : envelope->user;
}

/* --- addresses --- */

static void count_address(const struct address_quantifiers *q, const struct mail_address *address,
                          struct tally *tally)
{
    tally->count++;
    tally->any += q->any && address_set_has(q->any, address);
    tally->all += q->all && address_set_has(q->all, address);
    tally->any_not += q->any_not && address_set_has(q->any_not, address);
    tally->none += q->none && address_set_has(q->none, address);
}

static const char *unmet_of_addresses(const struct address_quantifiers *q,
                                      const struct tally *tally)
{
    struct asks asks = {q->any != NULL, q->all != NULL, q->any_not != NULL, q->none != NULL};
    return unmet_quantifier(tally, asks);
}

static const char *unmet_of_envelope(const struct address_quantifiers *q, bool is_sender,
                                     struct asked *asked)
{
    struct tally tally = {0};
    size_t count = is_sender ? 1 : asked->message->envelope.recipient_count;
    const struct mail_address *addresses =
        is_sender ? asked_sender(asked) : asked_recipients(asked);
    for (size_t i = 0; i < count; i++)
        count_address(q, &addresses[i], &tally);
    return unmet_of_addresses(q, &tally);
}

static bool is_asked_for(const struct address_quantifiers *q, struct span name)
{
    for (size_t i = 0; i < q->field_count; i++) {
        if (span_equal_nocase(q->fields[i], name))
            return true;
    }
    return false;
}

static const char *unmet_of_header(const struct address_quantifiers *q, struct asked *asked)
{
    const struct map *map = asked->map;
    const struct part *top = &map->parts[0];
    struct tally tally = {.incomplete = map->over_limit != NULL};
    for (uint32_t i = 0; i < top->field_count; i++) {
        if (!is_asked_for(q, map->fields[top->first_field + i].name))
            continue;
        const struct header_addresses *found = asked_field(asked, i);
        for (size_t k = 0; k < found->count; k++)
            count_address(q, &found->items[k], &tally);
        tally.incomplete |= found->incomplete;
    }
    return unmet_of_addresses(q, &tally);
}

static struct asked_answer answer_to(const struct address_quantifiers *q, bool is_sender,
                                     struct asked *asked)
{
    struct asked_answer answer = {.known = true, .where = "envelope"};
    if (q->where != WHERE_HEADER) {
        answer.quantifier = unmet_of_envelope(q, is_sender, asked);
        if (q->where == WHERE_ENVELOPE || (q->where == WHERE_BOTH) == (answer.quantifier != NULL))
            return answer;
    }
    answer.where = q->where == WHERE_EITHER ? "envelope or header" : "header";
    answer.quantifier = unmet_of_header(q, asked);
    return answer;
}

static bool addresses_hold(const struct address_quantifiers *q, const char *part,
                           struct asked *asked, struct unmet *why)
{
    if (!q)
        return true;
    struct asked_answer *answer = asked_answer_to(asked, q->index);
    if (!answer->known)
        *answer = answer_to(q, part[0] == 's', asked);
    if (!answer->quantifier)
        return true;
    why->part = part;
    why->where = answer->where;
    why->quantifier = answer->quantifier;
    return false;
}

/* --- all of it --- */

static bool has_tag(const struct condition *condition, const struct changes *changes)
{
    for (size_t i = 0; i < condition->tags.count; i++) {
        if (changes_has_tag(changes, condition->tags.items[i]))
            return true;
    }
    return condition->tags.items == NULL;
}

/* `unmet`: the quantifier, or NULL. */
static bool name_holds(const char *unmet, const char *part, struct unmet *why)
{
    if (unmet) {
        why->part = part;
        why->quantifier = unmet;
    }
    return !unmet;
}

static bool part_holds(bool holds, const char *part, struct unmet *why)
{
    if (!holds)
        why->part = part;
    return holds;
}

static bool parts_hold(const struct condition *c, struct asked *asked,
                       const struct changes *changes, struct unmet *why)
{
    const struct envelope *envelope = &asked->message->envelope;
    int64_t size = (int64_t)asked->message->bytes.len;
    return addresses_hold(c->recipients, "recipients", asked, why) &&
           addresses_hold(c->sender, "sender", asked, why) &&
           name_holds(unmet_name(c->client, envelope->client_address, false), "client", why) &&
           name_holds(unmet_name(c->subject, envelope->certificate_subject, true),
                      "certificate_subject", why) &&
           name_holds(unmet_san(c->san, envelope->certificate_san), "certificate_san", why) &&
           name_holds(unmet_name(c->user, user_of(envelope, changes), true), "user", why) &&
           part_holds(c->min_size <= 0 || size >= c->min_size, "size", why) &&
           part_holds(c->max_size <= 0 || size <= c->max_size, "size", why) &&
           part_holds(c->tls < 0 || envelope->tls == (c->tls == 1), "tls", why) &&
           part_holds(has_tag(c, changes), "tag", why);
}

bool condition_asks_user(const struct condition *condition)
{
    bool asks = condition && condition->user;
    for (size_t i = 0; condition && !asks && i < condition->constraint_count; i++)
        asks = condition->constraints[i]->condition->user != NULL;
    return asks;
}

bool condition_holds(const struct condition *condition, struct asked *asked,
                     const struct changes *changes, struct unmet *why_out)
{
    *why_out = (struct unmet){.part = NULL};
    if (!condition)
        return true;
    if (!parts_hold(condition, asked, changes, why_out))
        return false;
    for (size_t i = 0; i < condition->constraint_count; i++) {
        const struct constraint *constraint = condition->constraints[i];
        if (parts_hold(constraint->condition, asked, changes, why_out))
            continue;
        why_out->constraint = constraint->name.ptr;
        return false;
    }
    return true;
}

const char *unmet_text(const struct unmet *unmet, struct arena *arena)
{
    const char *text = unmet->part;
    if (unmet->where)
        text = arena_printf(arena, "%s of the %s", text, unmet->where);
    if (unmet->quantifier)
        text = arena_printf(arena, "%s: %s", text, unmet->quantifier);
    return unmet->constraint ? arena_printf(arena, "constraint \"%s\": %s", unmet->constraint, text)
                             : text;
}
