/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/entity_keys.h"

static const struct enum_value boundaries[] = {
    {"word", BOUNDARY_WORD}, {"token", BOUNDARY_TOKEN}, {"none", BOUNDARY_NONE}, {NULL, 0}};

const struct enum_value entity_categories[] = {
    {"other", CATEGORY_OTHER},     {"card", CATEGORY_CARD},
    {"bank", CATEGORY_BANK},       {"national", CATEGORY_NATIONAL},
    {"tax", CATEGORY_TAX},         {"health", CATEGORY_HEALTH},
    {"company", CATEGORY_COMPANY}, {"passport", CATEGORY_PASSPORT},
    {"driver", CATEGORY_DRIVER},   {"contact", CATEGORY_CONTACT},
    {"network", CATEGORY_NETWORK}, {"crypto", CATEGORY_CRYPTO},
    {"secret", CATEGORY_SECRET},   {"date", CATEGORY_DATE},
    {"vehicle", CATEGORY_VEHICLE}, {NULL, 0}};

/* The same keys for an entity and, where they differ from those, for a row. */
#define ROW_KEYS(at)                                                                               \
    {.name = "group",                                                                              \
     .type = KEY_INTEGER,                                                                          \
     .offset = (at) + offsetof(struct row_settings, group),                                        \
     .max = PATTERN_GROUPS_MAX - 1,                                                                \
     .standard = "0",                                                                              \
     .help = "The group of the pattern that is the value; 0 is the whole match."},                 \
        {.name = "confidence",                                                                     \
         .type = KEY_INTEGER,                                                                      \
         .offset = (at) + offsetof(struct row_settings, confidence),                               \
         .min = CONFIDENCE_LOW,                                                                    \
         .max = CONFIDENCE_HIGH,                                                                   \
         .standard = "65",                                                                         \
         .help = "65 (low), 75 (medium) or 85 (high), of a match without more evidence."},         \
        {.name = "near",                                                                           \
         .type = KEY_INTEGER,                                                                      \
         .offset = (at) + offsetof(struct row_settings, near),                                     \
         .min = 1,                                                                                 \
         .max = 10000,                                                                             \
         .standard = "300",                                                                        \
         .help = "Most characters between a keyword and the value."},                              \
        {.name = "boundary",                                                                       \
         .type = KEY_ENUM,                                                                         \
         .offset = (at) + offsetof(struct row_settings, boundary),                                 \
         .values = boundaries,                                                                     \
         .standard = "word",                                                                       \
         .help = "What may not stand next to the value: what a longer number, word or address "    \
                 "would be made of, letters and digits only, or nothing."},                        \
        {.name = "keyword_required",                                                               \
         .type = KEY_BOOL,                                                                         \
         .offset = (at) + offsetof(struct row_settings, keyword_required),                         \
         .standard = "false",                                                                      \
         .help = "Whether values without a keyword near are none."},                               \
        {.name = "whole",                                                                          \
         .type = KEY_BOOL,                                                                         \
         .offset = (at) + offsetof(struct row_settings, whole),                                    \
         .standard = "false",                                                                      \
         .help = "Whether nothing is looked for inside a match that a validator rejects."},        \
        {.name = "validators",                                                                     \
         .type = KEY_STRINGS,                                                                      \
         .offset = (at) + offsetof(struct row_settings, validators),                               \
         .help = "Checks that a value must pass, by name: luhn, iban, ..."},                       \
        {.name = "keywords",                                                                       \
         .type = KEY_STRINGS,                                                                      \
         .offset = (at) + offsetof(struct row_settings, keywords),                                 \
         .help = "Words near a value that lift its confidence by one level."},                     \
        {.name = "exclusion_keywords",                                                             \
         .type = KEY_STRINGS,                                                                      \
         .offset = (at) + offsetof(struct row_settings, exclusion_keywords),                       \
         .help = "Words near a value that show that it is none."},                                 \
    {                                                                                              \
        .name = "exclude", .type = KEY_STRINGS,                                                    \
        .offset = (at) + offsetof(struct row_settings, exclude),                                   \
        .help = "Patterns of whole values that are none."                                          \
    }

static const struct key row_key_list[] = {
    {.name = "pattern",
     .type = KEY_PATTERN,
     .offset = offsetof(struct row_settings, pattern),
     .required = true,
     .help = "What values look like."},
    ROW_KEYS(0),
};
const struct key_table entity_row_table = {
    .name = "row of an entity", .keys = row_key_list, .count = ARRAY_LEN(row_key_list)};

static const struct key entity_key_list[] = {
    {.name = "pattern",
     .type = KEY_PATTERN,
     .offset = offsetof(struct entity_settings, row.pattern),
     .help = "What values look like."},
    {.name = "patterns",
     .type = KEY_ARRAY,
     .offset = offsetof(struct entity_settings, patterns),
     .object = &entity_row_table,
     .help = "Several patterns; each may say otherwise than the entity what is asked of it."},
    {.name = "title",
     .type = KEY_STRING,
     .offset = offsetof(struct entity_settings, title),
     .help = "What it is, for people."},
    {.name = "source",
     .type = KEY_STRING,
     .offset = offsetof(struct entity_settings, source),
     .help = "The standard or authority that it follows."},
    {.name = "category",
     .type = KEY_ENUM,
     .offset = offsetof(struct entity_settings, category),
     .values = entity_categories,
     .standard = "other",
     .help = "Of what kind it is."},
    {.name = "samples",
     .type = KEY_ANY,
     .offset = offsetof(struct entity_settings, samples),
     .help = "Texts with and without values, for tests."},
    ROW_KEYS(offsetof(struct entity_settings, row)),
};
const struct key_table entity_table = {
    .name = "entity", .keys = entity_key_list, .count = ARRAY_LEN(entity_key_list)};

static const struct key file_key_list[] = {
    {.name = "region",
     .type = KEY_STRING,
     .offset = offsetof(struct entity_file, region),
     .required = true,
     .help = "Of the world, or of trade."},
    {.name = "entities",
     .type = KEY_ARRAY,
     .offset = offsetof(struct entity_file, entities),
     .object = &entity_table,
     .required = true,
     .help = "What can be found."},
};
const struct key_table entity_file_table = {
    .name = "file of entities", .keys = file_key_list, .count = ARRAY_LEN(file_key_list)};
