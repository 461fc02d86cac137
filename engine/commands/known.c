/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/known.h"

#include "rulesets/detection/predefined.h"

#include <stdio.h>

static bool load_predefined(struct known *known)
{
    size_t count;
    const char *const *paths = predefined_files("entities", known->arena, &count);
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good &= entities_read_file(&known->reader, paths[i], &known->entities);
    if (count == 0)
        (void)fputs("culvert: the files of predefined entities are not there; see CULVERT_DATA\n",
                    stderr);
    return good && count > 0;
}

static bool load_config(struct known *known, const char *config)
{
    struct node root;
    if (!reader_load(&known->reader, config, &root))
        return false;
    struct node entities = node_get(&known->reader, &root, "entities");
    struct node dictionaries = node_get(&known->reader, &root, "dictionaries");
    return entities_read(&known->reader, &entities, &known->entities) &
           dictionaries_read(&known->reader, &dictionaries, &known->dictionaries);
}

/* An entity of the configuration takes the place of a predefined one of its name. */
static void list_subjects(struct known *known)
{
    size_t most = known->entities.count + known->dictionaries.count;
    known->subjects = ARENA_ARRAY(known->arena, most, struct subject);
    known->names = ARENA_ARRAY(known->arena, most + 1, const char *);
    for (size_t i = 0; i < known->entities.count; i++) {
        const struct entity *entity = &known->entities.items[i];
        if (entities_find(&known->entities, span_str(entity->name)) != entity)
            continue;
        known->names[known->count] = entity->name;
        known->subjects[known->count] = (struct subject){
            .kind = SUBJECT_ENTITY, .name = entity->name, .index = known->count, .entity = entity};
        known->count++;
    }
    for (size_t i = 0; i < known->dictionaries.count; i++) {
        const struct dictionary *dictionary = &known->dictionaries.items[i];
        known->names[known->count] = dictionary->name;
        known->subjects[known->count] = (struct subject){.kind = SUBJECT_DICTIONARY,
                                                         .name = dictionary->name,
                                                         .index = known->count,
                                                         .dictionary = dictionary};
        known->count++;
    }
}

bool known_load(struct known *known, const char *config)
{
    *known = (struct known){.arena = arena_new()};
    reader_init(&known->reader, known->arena);
    bool good = (!config || load_config(known, config)) && load_predefined(known);
    struct buf complaints = BUF_INIT;
    reader_report(&known->reader, &complaints);
    (void)fprintf(stderr, "%.*s", SPAN_ARG(buf_span(&complaints)));
    buf_fini(&complaints);
    list_subjects(known);
    return good;
}

void known_fini(struct known *known)
{
    reader_fini(&known->reader);
    arena_free(&known->arena);
}

const struct subject *known_find(const struct known *known, struct span name)
{
    for (size_t i = 0; i < known->count; i++) {
        if (same_word(name, known->names[i]))
            return &known->subjects[i];
    }
    return NULL;
}
