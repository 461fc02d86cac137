/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/entity.h"

#include "rulesets/detection/entity_keys.h"

const struct entity *entities_find(const struct entities *entities, struct span name)
{
    for (size_t i = 0; i < entities->count; i++) {
        if (same_word(name, entities->items[i].name))
            return &entities->items[i];
    }
    return NULL;
}

const char *category_name(int category)
{
    for (size_t i = 0; entity_categories[i].name; i++) {
        if (entity_categories[i].value == category)
            return entity_categories[i].name;
    }
    return "other";
}

const char *confidence_name(enum confidence confidence)
{
    return confidence >= CONFIDENCE_HIGH     ? "high"
           : confidence >= CONFIDENCE_MEDIUM ? "medium"
                                             : "low";
}

bool entities_read(struct reader *reader, const struct node *list, struct entities *entities)
{
    bool good = true;
    for (size_t i = 0; i < node_count(list); i++) {
        struct node item = node_at(reader, list, i);
        good &= entity_read(reader, &item, entities);
    }
    return good;
}

bool entities_read_file(struct reader *reader, const char *path, struct entities *entities)
{
    struct node root;
    struct entity_file file = {.region = SPAN("")};
    if (!reader_load(reader, path, &root) ||
        !node_read(reader, &root, &entity_file_table, &file, NULL))
        return false;
    size_t before = entities->count;
    bool good = entities_read(reader, &file.entities, entities);
    for (size_t i = before; i < entities->count; i++)
        entities->items[i].region = file.region;
    return good;
}
