/* SPDX-License-Identifier: Apache-2.0 */
/*
 * condition_link: the inside of a condition, for condition*.c: condition.c reads it by the tables
 * of condition_keys.c, condition_addresses.c what is about addresses, condition_holds.c asks.
 */
#ifndef CULVERT_RULESETS_CONDITIONS_CONDITION_LINK_H
#define CULVERT_RULESETS_CONDITIONS_CONDITION_LINK_H

#include "engine/base/network.h"
#include "rulesets/conditions/address_set.h"
#include "rulesets/conditions/condition.h"
#include "rulesets/conditions/listed.h"

/* --- compiled --- */

/* Wildcards that a quantifier is about. `asked` false: the quantifier is not there. */
struct name_list {
    bool asked;
    struct span *items;
    const struct network **networks; /* of a client: NULL where the item is a wildcard */
    size_t count;
};

/* Of a client, a certificate or a login. */
struct quantifiers {
    struct name_list any, all, any_not, none;
};

enum where { WHERE_ENVELOPE, WHERE_HEADER, WHERE_BOTH, WHERE_EITHER };

/* Of sender or recipients. A set that is NULL is not asked for. */
struct address_quantifiers {
    const struct address_set *any, *all, *any_not, *none;
    enum where where;
    const struct span *fields; /* of the header */
    size_t field_count;
    size_t index; /* among all of the configuration: its answer is remembered for a message */
};

struct condition {
    const struct address_quantifiers *recipients, *sender; /* NULL: not asked */
    const struct quantifiers *client;
    const struct quantifiers *subject, *san; /* of the client's certificate */
    const struct quantifiers *user;          /* who is logged in */
    struct string_list tags;
    int64_t min_size, max_size; /* 0: not asked */
    int tls;                    /* -1: not asked */
    const struct constraint *const *constraints;
    size_t constraint_count;
};

/* --- as written --- */

struct quantifier_settings {
    struct string_list any, all, any_not, none;
};

struct address_settings {
    struct quantifier_settings lists;
    struct string_list fields;
    int where;
    bool case_sensitive;
};

/* "client": its address, and what its certificate says. */
struct client_settings {
    struct quantifier_settings address;
    struct node subject, san;
};

struct size_settings {
    int64_t min, max;
};

struct condition_settings {
    struct node recipients, sender, client, user, size;
    struct string_list tag, constraint;
    bool tls;
};

/* A string, or a list of strings and files, by itself: short for "any". */
bool condition_read_short(struct reader *reader, const struct node *node,
                          struct string_list *out) MUST_USE;

/* Reads "sender" or "recipients"; `*out` NULL where it is not there. */
bool condition_read_addresses(struct reader *reader, const struct node *node, bool is_sender,
                              struct constraint_list *constraints,
                              const struct address_quantifiers **out) MUST_USE;

#endif
