/* SPDX-License-Identifier: Apache-2.0 */
/* condition_holds: a condition against a message. */
#include "rulesets/condition_link.h"
#include "rulesets/wildcard.h"

static bool in_list(const struct address_list *list, struct span address)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct network *network = list->networks ? list->networks[i] : NULL;
        if (network ? networks_hold(network, 1, address)
                    : wildcard_matches(list->items[i], address))
            return true;
    }
    return false;
}

/* How many of the addresses match something in the list. */
static size_t count_in(const struct address_list *list, const struct span *addresses, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += in_list(list, addresses[i]);
    return found;
}

static bool quantifiers_hold(const struct quantifiers *q, const struct span *addresses,
                             size_t count)
{
    if (!q)
        return true;
    if (q->any.items && count_in(&q->any, addresses, count) == 0)
        return false;
    if (q->all.items && (count == 0 || count_in(&q->all, addresses, count) < count))
        return false;
    if (q->any_not.items && count_in(&q->any_not, addresses, count) == count)
        return false;
    return !q->none.items || count_in(&q->none, addresses, count) == 0;
}

/* None without a certificate: "any" does not hold then, "none" does. */
static bool subject_holds(const struct condition *c, const struct envelope *envelope)
{
    return quantifiers_hold(c->subject, &envelope->certificate_subject,
                            envelope->certificate_subject.len > 0 ? 1 : 0);
}

/* How many of the names in a list match something. */
struct names_found {
    size_t count, any, all, any_not, none;
};

static bool san_holds(const struct condition *c, const struct envelope *envelope)
{
    const struct quantifiers *q = c->san;
    struct span rest = envelope->certificate_san;
    struct names_found found = {0};
    struct span name;
    while (q && rest.len > 0 && span_next(&rest, ',', &name)) {
        name = span_trim(name);
        found.count++;
        found.any += in_list(&q->any, name);
        found.all += in_list(&q->all, name);
        found.any_not += in_list(&q->any_not, name);
        found.none += in_list(&q->none, name);
    }
    if (!q)
        return true;
    return (!q->any.items || found.any > 0) &&
           (!q->all.items || (found.count > 0 && found.all == found.count)) &&
           (!q->any_not.items || found.any_not < found.count) &&
           (!q->none.items || found.none == 0);
}

/* None without a login, unless a rule said who it is: as with certificates. */
static bool user_holds(const struct condition *c, const struct envelope *envelope,
                       const struct changes *changes)
{
    const struct user_identity *set = changes_user(changes);
    struct span user = set ? user_identity_text(set, SHOW_CAPTURED, NULL) : envelope->user;
    return quantifiers_hold(c->user, &user, user.len > 0 ? 1 : 0);
}

static bool has_tag(const struct condition *condition, const struct changes *changes)
{
    for (size_t i = 0; i < condition->tags.count; i++) {
        if (changes_has_tag(changes, condition->tags.items[i]))
            return true;
    }
    return condition->tags.items == NULL;
}

static const char *failing(const struct condition *c, const struct message *message,
                           const struct changes *changes)
{
    const struct envelope *envelope = &message->envelope;
    int64_t size = (int64_t)message->bytes.len;
    if (!quantifiers_hold(c->recipients, envelope->recipients, envelope->recipient_count))
        return "recipients";
    if (!quantifiers_hold(c->sender, &envelope->sender, 1))
        return "sender";
    if (!quantifiers_hold(c->client, &envelope->client_address, 1))
        return "client";
    if (!subject_holds(c, envelope))
        return "certificate_subject";
    if (!san_holds(c, envelope))
        return "certificate_san";
    if (!user_holds(c, envelope, changes))
        return "user";
    if ((c->min_size > 0 && size < c->min_size) || (c->max_size > 0 && size > c->max_size))
        return "size";
    if (c->tls >= 0 && envelope->tls != (c->tls == 1))
        return "tls";
    if (!has_tag(c, changes))
        return "tag";
    for (size_t i = 0; i < c->constraint_count; i++) {
        if (failing(c->constraints[i], message, changes))
            return "constraint";
    }
    return NULL;
}

bool condition_asks_user(const struct condition *condition)
{
    bool asks = condition && condition->user;
    for (size_t i = 0; condition && !asks && i < condition->constraint_count; i++)
        asks = condition->constraints[i]->user != NULL;
    return asks;
}

bool condition_holds(const struct condition *condition, const struct message *message,
                     const struct changes *changes, const char **why_out)
{
    *why_out = condition ? failing(condition, message, changes) : NULL;
    return *why_out == NULL;
}
