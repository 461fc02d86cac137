/* SPDX-License-Identifier: Apache-2.0 */
/* condition_keys: how a condition is written. */
#include "rulesets/conditions/condition_link.h"

/* `owner` is the structure, `what` is "address" or "name". */
#define QUANTIFIERS(owner, lists, what)                                                            \
    {.name = "any",                                                                                \
     .type = KEY_STRINGS,                                                                          \
     .offset = offsetof(struct owner, lists any),                                                  \
     .object = &list_file_keys,                                                                    \
     .help = "Holds when some " what " matches one of these."},                                    \
        {.name = "all",                                                                            \
         .type = KEY_STRINGS,                                                                      \
         .offset = offsetof(struct owner, lists all),                                              \
         .object = &list_file_keys,                                                                \
         .help = "Holds when each " what " matches one of these, and there is one."},              \
        {.name = "any_not",                                                                        \
         .type = KEY_STRINGS,                                                                      \
         .offset = offsetof(struct owner, lists any_not),                                          \
         .object = &list_file_keys,                                                                \
         .help = "Holds when some " what " matches none of these."},                               \
    {                                                                                              \
        .name = "none", .type = KEY_STRINGS, .offset = offsetof(struct owner, lists none),         \
        .object = &list_file_keys, .help = "Holds when no " what " matches any of these."          \
    }

static const struct enum_value where_values[] = {{"envelope", WHERE_ENVELOPE},
                                                 {"header", WHERE_HEADER},
                                                 {"both", WHERE_BOTH},
                                                 {"either", WHERE_EITHER},
                                                 {NULL, 0}};

static const struct key address_key_list[] = {
    QUANTIFIERS(address_settings, lists., "address"),
    {.name = "where",
     .type = KEY_ENUM,
     .offset = offsetof(struct address_settings, where),
     .values = where_values,
     .standard = "envelope",
     .help = "Whose addresses: of the envelope, of header fields; both: it holds of each of the "
             "two; either: of one of the two at least."},
    {.name = "fields",
     .type = KEY_STRINGS,
     .offset = offsetof(struct address_settings, fields),
     .standard = "(From and Sender; To, Cc and Bcc)",
     .help = "Which header fields, where it is about the header, such as Reply-To."},
    {.name = "case_sensitive",
     .type = KEY_BOOL,
     .offset = offsetof(struct address_settings, case_sensitive),
     .standard = "false",
     .help = "Whether what is in front of the @ has to have the same case."},
};

const struct key_table address_keys = {
    .name = "addresses", .keys = address_key_list, .count = ARRAY_LEN(address_key_list)};

static const struct key quantifier_key_list[] = {
    QUANTIFIERS(quantifier_settings, , "name"),
};

const struct key_table quantifier_keys = {
    .name = "names", .keys = quantifier_key_list, .count = ARRAY_LEN(quantifier_key_list)};

static const struct key client_key_list[] = {
    {.name = "any",
     .type = KEY_STRINGS,
     .offset = offsetof(struct client_settings, address.any),
     .object = &list_file_keys,
     .help = "Holds when its address matches one of these."},
    {.name = "all",
     .type = KEY_STRINGS,
     .offset = offsetof(struct client_settings, address.all),
     .object = &list_file_keys,
     .help = "The same: a client has one address."},
    {.name = "any_not",
     .type = KEY_STRINGS,
     .offset = offsetof(struct client_settings, address.any_not),
     .object = &list_file_keys,
     .help = "Holds when its address matches none of these."},
    {.name = "none",
     .type = KEY_STRINGS,
     .offset = offsetof(struct client_settings, address.none),
     .object = &list_file_keys,
     .help = "The same."},
    {.name = "certificate_subject",
     .type = KEY_ANY,
     .offset = offsetof(struct client_settings, subject),
     .object = &quantifier_keys,
     .help = "Subject of its verified certificate, like \"C=DE, O=Corp, CN=mail.example\": "
             "wildcards, or {any, all, any_not, none}."},
    {.name = "certificate_san",
     .type = KEY_ANY,
     .offset = offsetof(struct client_settings, san),
     .object = &quantifier_keys,
     .help = "Alternative names of its verified certificate (host names, addresses, mail "
             "addresses, URIs), each by itself."},
};

const struct key_table client_keys = {
    .name = "client", .keys = client_key_list, .count = ARRAY_LEN(client_key_list)};

static const struct key size_key_list[] = {
    {.name = "min",
     .type = KEY_INTEGER,
     .offset = offsetof(struct size_settings, min),
     .min = 0,
     .max = INT64_MAX,
     .help = "Least size of the message in bytes."},
    {.name = "max",
     .type = KEY_INTEGER,
     .offset = offsetof(struct size_settings, max),
     .min = 0,
     .max = INT64_MAX,
     .help = "Largest size of the message in bytes."},
};

const struct key_table size_keys = {
    .name = "size", .keys = size_key_list, .count = ARRAY_LEN(size_key_list)};

#define CONDITION_KEYS                                                                             \
    {.name = "recipients",                                                                         \
     .type = KEY_ANY,                                                                              \
     .offset = offsetof(struct condition_settings, recipients),                                    \
     .object = &address_keys,                                                                      \
     .help = "Recipients of the envelope or header: {any, all, any_not, none}, or a list as with " \
             "any."},                                                                              \
        {.name = "sender",                                                                         \
         .type = KEY_ANY,                                                                          \
         .offset = offsetof(struct condition_settings, sender),                                    \
         .object = &address_keys,                                                                  \
         .help = "Sender of the envelope (<> of bounces) or header."},                             \
        {.name = "client",                                                                         \
         .type = KEY_ANY,                                                                          \
         .offset = offsetof(struct condition_settings, client),                                    \
         .object = &client_keys,                                                                   \
         .help = "Address of the client: networks (10.0.0.0/8) or wildcards; its certificate."},   \
        {.name = "user",                                                                           \
         .type = KEY_ANY,                                                                          \
         .offset = offsetof(struct condition_settings, user),                                      \
         .object = &quantifier_keys,                                                               \
         .help = "Who the client logged in as (AUTH), or set_user_identity says: wildcards."},     \
        {.name = "size",                                                                           \
         .type = KEY_OBJECT,                                                                       \
         .offset = offsetof(struct condition_settings, size),                                      \
         .object = &size_keys,                                                                     \
         .help = "Size of the message in bytes."},                                                 \
        {.name = "tls",                                                                            \
         .type = KEY_BOOL,                                                                         \
         .offset = offsetof(struct condition_settings, tls),                                       \
         .help = "Whether the message came in under TLS."},                                        \
    {                                                                                              \
        .name = "tag", .type = KEY_STRINGS, .offset = offsetof(struct condition_settings, tag),    \
        .help = "One of these tags was set by an earlier rule."                                    \
    }

static const struct key constraint_key_list[] = {CONDITION_KEYS};

static const struct key when_key_list[] = {
    CONDITION_KEYS,
    {.name = "constraint",
     .type = KEY_STRINGS,
     .offset = offsetof(struct condition_settings, constraint),
     .help = "Names of constraints, all of which must hold."},
};

const struct key_table constraint_keys = {
    .name = "constraint", .keys = constraint_key_list, .count = ARRAY_LEN(constraint_key_list)};
const struct key_table when_keys = {
    .name = "when", .keys = when_key_list, .count = ARRAY_LEN(when_key_list)};
