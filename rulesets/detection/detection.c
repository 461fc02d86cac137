/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/detection.h"

#include "rulesets/detection/definition.h"

/* What a file of predefined profiles may hold. */
struct profile_file {
    struct node dictionaries, dlp_rules, dlp_profiles;
};

static const struct key profile_file_key_list[] = {
    {.name = "dictionaries",
     .type = KEY_ARRAY,
     .offset = offsetof(struct profile_file, dictionaries),
     .object = &dictionary_table,
     .help = "Lists of words of the rules."},
    {.name = "dlp_rules",
     .type = KEY_ARRAY,
     .offset = offsetof(struct profile_file, dlp_rules),
     .object = &dlp_rule_table,
     .help = "Rules."},
    {.name = "dlp_profiles",
     .type = KEY_ARRAY,
     .offset = offsetof(struct profile_file, dlp_profiles),
     .object = &dlp_profile_table,
     .help = "Profiles of them."},
};
static const struct key_table profile_file_table = {.name = "file of profiles",
                                                    .keys = profile_file_key_list,
                                                    .count = ARRAY_LEN(profile_file_key_list)};

static void free_predefined(void *arg)
{
    detection_close(arg);
}

struct detection *detection_compile(struct reader *reader, const struct node *root,
                                    struct arena *arena)
{
    struct detection *detection = ARENA_NEW(arena, struct detection);
    detection->reader = reader;
    detection->arena = arena;
    detection->vocabulary.arena = arena;
    detection->predefined = predefined_open(reader);
    arena_defer(arena, free_predefined, detection);
    (void)definitions_add(detection, reader, root); /* each complaint is counted */
    /* By kind: what a rule names is read before it. */
    for (size_t i = 0; i < detection->count; i++)
        definition_read(detection, detection->items[i]);
    return detection;
}

void detection_close(struct detection *detection)
{
    predefined_close(&detection->predefined);
}

const struct vocabulary *detection_vocabulary(const struct detection *detection)
{
    return &detection->vocabulary;
}

bool definitions_add_predefined(struct detection *detection, struct error *err)
{
    struct reader *reader = predefined_reader(detection->predefined);
    size_t count;
    if (detection->has_profiles)
        return true;
    detection->has_profiles = true;
    const char *const *paths = predefined_files("profiles", detection->arena, &count);
    for (size_t i = 0; i < count; i++) {
        struct node root;
        struct profile_file file = {.dictionaries = {NULL, NULL, ""}};
        reader_note_file(detection->reader, paths[i]);
        if (!reader_load(reader, paths[i], &root) ||
            !node_read(reader, &root, &profile_file_table, &file, NULL) ||
            !definitions_add(detection, reader, &root))
            return predefined_is_good(detection->predefined, paths[i], err);
    }
    return true;
}

/* A predefined entity becomes a definition when it is named first. */
static struct definition *add_entity(struct detection *detection, struct span name,
                                     struct error *err)
{
    const struct entity *entity = predefined_entity(detection->predefined, name, err);
    if (!entity)
        return NULL;
    struct subject subject = {.kind = SUBJECT_ENTITY, .name = entity->name, .entity = entity};
    struct definition *definition = ARENA_NEW(detection->arena, struct definition);
    definition->kind = DEFINES_ENTITY;
    definition->name = entity->name;
    definition->reader = predefined_reader(detection->predefined);
    definition->is_read = true;
    definition->subject = vocabulary_add(&detection->vocabulary, &subject);
    detection->items = arena_grow(detection->arena, detection->items, detection->count,
                                  &detection->cap, sizeof(struct definition *));
    detection->items[detection->count++] = definition;
    return definition;
}

/* The configuration's own comes first, then what is predefined. `what` may be named here. */
static struct definition *find(struct detection *detection, struct span name, const char *what,
                               struct error *err)
{
    struct definition *found = definition_find(detection, name);
    if (!found)
        found = add_entity(detection, name, err);
    if (!found && !error_is_set(err) && definitions_add_predefined(detection, err))
        found = definition_find(detection, name);
    if (!found && !error_is_set(err))
        definition_missing(detection, name, what, err);
    if (found)
        definition_read(detection, found);
    return found;
}

/* What was read of predefined files is good. */
static bool is_good(struct detection *detection, const struct definition *found, struct error *err)
{
    if (found->reader == detection->reader)
        return true;
    return predefined_is_good(detection->predefined, found->name, err);
}

const struct subject *detection_subject(struct detection *detection, struct span name,
                                        struct error *err)
{
    static const char what[] = "entity, dictionary or other thing to find";
    struct definition *found = find(detection, name, what, err);
    if (!found || !is_good(detection, found, err))
        return NULL;
    if (found->kind == DEFINES_RULE || found->kind == DEFINES_PROFILE)
        (void)error_set(err, "\"%s\" is a DLP %s, and an expression is made of what can be found",
                        found->name, found->kind == DEFINES_RULE ? "rule" : "profile");
    else if (!found->subject)
        (void)error_set(err, "\"%s\" is wrong itself", found->name);
    return found->subject;
}

const struct dlp_profile *detection_find(struct detection *detection, struct span name,
                                         struct error *err)
{
    struct definition *found =
        find(detection, name, "profile, DLP rule, entity or dictionary", err);
    if (!found || !is_good(detection, found, err))
        return NULL;
    if (!found->profile && found->rule)
        found->profile = dlp_profile_of_rule(found->rule, detection->arena);
    else if (!found->profile && found->subject)
        found->profile = dlp_profile_of_subject(found->subject, detection->arena);
    if (!found->profile)
        (void)error_set(err, "\"%s\" is wrong itself", found->name);
    return found->profile;
}
