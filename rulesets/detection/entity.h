/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entity: something that can be found in a text by a pattern and be told from what only looks alike
 * by validators, boundaries, exclusions and the words around it: a card number, a token. Read from
 * the configuration (`entities`) or from the files of predefined ones, on the main thread;
 * immutable; any thread.
 */
#ifndef CULVERT_RULESETS_DETECTION_ENTITY_H
#define CULVERT_RULESETS_DETECTION_ENTITY_H

#include "config/reader/node.h"
#include "engine/pattern/pattern.h"
#include "rulesets/detection/sighting.h"
#include "rulesets/detection/validators/validators.h"

/* What may stand next to a value. */
enum boundary {
    BOUNDARY_WORD,  /* nothing that a longer number, word or address would be made of */
    BOUNDARY_TOKEN, /* anything but letters and digits of ASCII and '_' */
    BOUNDARY_NONE
};

/* One pattern and what is asked of its matches. */
struct entity_row {
    struct span source;
    const struct pattern *pattern;
    size_t group; /* that is the value */
    enum boundary boundary;
    enum confidence confidence; /* before validators and keywords */
    bool keyword_required;
    bool whole;    /* no value is looked for inside one whose validator failed */
    uint32_t near; /* characters between keyword and value */
    const struct validator **validators;
    size_t validator_count;
    struct string_list keywords, exclusion_keywords;
    const struct pattern **excludes; /* of values that are none */
    size_t exclude_count;
};

struct entity {
    const char *name;
    struct span title, source; /* the standard or authority that it follows */
    struct span region;        /* of predefined ones; else empty */
    int category;              /* enum category */
    struct entity_row *rows;
    size_t row_count;
    struct node node; /* where it stands, for complaints */
    struct node samples;
};

enum category {
    CATEGORY_OTHER,
    CATEGORY_CARD,
    CATEGORY_BANK,
    CATEGORY_NATIONAL,
    CATEGORY_TAX,
    CATEGORY_HEALTH,
    CATEGORY_COMPANY,
    CATEGORY_PASSPORT,
    CATEGORY_DRIVER,
    CATEGORY_CONTACT,
    CATEGORY_NETWORK,
    CATEGORY_CRYPTO,
    CATEGORY_SECRET,
    CATEGORY_DATE,
    CATEGORY_VEHICLE
};

struct entities {
    struct entity *items;
    size_t count, cap;
};

/* Of an item of `entities`, and of a file of predefined ones, with the same items. */
extern const struct key_table entity_table;
extern const struct key_table entity_file_table;

const char *category_name(int category);

/* Compiles `node`, an item of `entities`, and adds it, unless it is disabled. In reader->arena.
 * Complains and returns false when it is none. */
bool entity_read(struct reader *reader, const struct node *node,
                 struct entities *entities) MUST_USE;

/* The same for all of a list. */
bool entities_read(struct reader *reader, const struct node *list,
                   struct entities *entities) MUST_USE;

/* The same for a file of predefined entities. */
bool entities_read_file(struct reader *reader, const char *path,
                        struct entities *entities) MUST_USE;

/* NULL: there is none of that name (in the way that an administrator writes it). */
const struct entity *entities_find(const struct entities *entities, struct span name);

#endif
