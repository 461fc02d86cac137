/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/definition.h"

#include "rulesets/detection/dictionary.h"
#include "rulesets/detection/documents/documents.h"
#include "rulesets/detection/exact/exact.h"

const char *const definition_lists[DEFINITION_KINDS] = {
    "dictionaries", "entities", "exact_matches", "fingerprints", "dlp_rules", "dlp_profiles"};

struct definition *definition_find(const struct detection *detection, struct span name)
{
    for (size_t i = 0; i < detection->count; i++) {
        if (same_word(name, detection->items[i]->name))
            return detection->items[i];
    }
    return NULL;
}

static bool add(struct detection *detection, struct reader *reader, enum definition_kind kind,
                const struct node *item)
{
    struct node value = node_get(reader, item, "name");
    struct span name = SPAN("");
    if (!node_is_object(item) || node_is_disabled(item))
        return true; /* whoever reads the list complains */
    if (!node_string(&value, &name) || name.len == 0)
        return node_error(reader, item, "expected key \"name\" (string), got none");
    const struct definition *other = definition_find(detection, name);
    if (other && other->reader != reader)
        return true; /* the configuration's own is meant */
    if (other)
        return node_error(reader, item, "the name \"%.*s\" is taken, at %s", SPAN_ARG(name),
                          node_place(reader, &other->node));
    struct definition *definition = ARENA_NEW(detection->arena, struct definition);
    definition->kind = kind;
    definition->name = arena_str(detection->arena, name);
    definition->reader = reader;
    definition->node = *item;
    detection->items = arena_grow(detection->arena, detection->items, detection->count,
                                  &detection->cap, sizeof(struct definition *));
    detection->items[detection->count++] = definition;
    return true;
}

bool definitions_add(struct detection *detection, struct reader *reader, const struct node *root)
{
    bool good = true;
    for (size_t kind = 0; kind < DEFINITION_KINDS; kind++) {
        struct node list = node_get(reader, root, definition_lists[kind]);
        for (size_t i = 0; i < node_count(&list); i++) {
            struct node item = node_at(reader, &list, i);
            good &= add(detection, reader, (enum definition_kind)kind, &item);
        }
    }
    return good;
}

static void read_dictionary(struct detection *detection, struct definition *definition)
{
    struct dictionaries one = {NULL, 0, 0};
    if (!dictionary_read(definition->reader, &definition->node, &one) || one.count == 0)
        return;
    struct subject subject = {
        .kind = SUBJECT_DICTIONARY, .name = definition->name, .dictionary = &one.items[0]};
    definition->subject = vocabulary_add(&detection->vocabulary, &subject);
}

static void read_entity(struct detection *detection, struct definition *definition)
{
    struct entities one = {NULL, 0, 0};
    if (!entity_read(definition->reader, &definition->node, &one) || one.count == 0)
        return;
    struct subject subject = {
        .kind = SUBJECT_ENTITY, .name = definition->name, .entity = &one.items[0]};
    definition->subject = vocabulary_add(&detection->vocabulary, &subject);
}

static void read_exact(struct detection *detection, struct definition *definition)
{
    struct exact_matches one = {NULL, 0, 0};
    if (!exact_match_read(definition->reader, &definition->node, &one) || one.count == 0)
        return;
    struct subject subject = {
        .kind = SUBJECT_EXACT, .name = definition->name, .exact = &one.items[0]};
    definition->subject = vocabulary_add(&detection->vocabulary, &subject);
}

static void read_documents(struct detection *detection, struct definition *definition)
{
    struct document_sets one = {NULL, 0, 0};
    if (!document_set_read(definition->reader, &definition->node, &one) || one.count == 0)
        return;
    struct subject subject = {
        .kind = SUBJECT_DOCUMENTS, .name = definition->name, .documents = &one.items[0]};
    definition->subject = vocabulary_add(&detection->vocabulary, &subject);
}

static const struct subject *find_subject(struct span name, void *arg, struct error *err)
{
    return detection_subject(arg, name, err);
}

static void read_rule(struct detection *detection, struct definition *definition)
{
    struct dlp_rule *rule = ARENA_NEW(detection->arena, struct dlp_rule);
    if (dlp_rule_read(definition->reader, &definition->node, find_subject, detection, rule))
        definition->rule = rule;
}

static const struct dlp_rule *find_rule(struct span name, void *arg, struct error *err)
{
    struct detection *detection = arg;
    struct definition *found = definition_find(detection, name);
    if (!found && definitions_add_predefined(detection, err))
        found = definition_find(detection, name);
    if (!found && error_is_set(err))
        return NULL;
    if (!found || found->kind != DEFINES_RULE) {
        definition_missing(detection, name, "DLP rule", err);
        return NULL;
    }
    definition_read(detection, found);
    if (!found->rule)
        (void)error_set(err, "the DLP rule \"%s\" is wrong itself", found->name);
    return found->rule;
}

void definition_read(struct detection *detection, struct definition *definition)
{
    if (definition->is_read)
        return;
    definition->is_read = true;
    switch (definition->kind) {
    case DEFINES_DICTIONARY:
        read_dictionary(detection, definition);
        break;
    case DEFINES_ENTITY:
        read_entity(detection, definition);
        break;
    case DEFINES_EXACT:
        read_exact(detection, definition);
        break;
    case DEFINES_DOCUMENTS:
        read_documents(detection, definition);
        break;
    case DEFINES_RULE:
        read_rule(detection, definition);
        break;
    case DEFINES_PROFILE:
        definition->profile =
            dlp_profile_read(definition->reader, &definition->node, find_rule, detection);
        break;
    case DEFINITION_KINDS:
        break;
    }
}

static bool may_be(const struct definition *definition, const char *what)
{
    if (strcmp(what, "DLP rule") == 0)
        return definition->kind == DEFINES_RULE;
    bool is_subject = definition->kind != DEFINES_RULE && definition->kind != DEFINES_PROFILE;
    return is_subject || strncmp(what, "profile", 7) == 0;
}

void definition_missing(struct detection *detection, struct span name, const char *what,
                        struct error *err)
{
    size_t count = 0, predefined = 0;
    const char *const *more = NULL;
    if (strcmp(what, "DLP rule") != 0)
        more = predefined_names(detection->predefined, &predefined);
    const char **names =
        ARENA_ARRAY(detection->arena, detection->count + predefined + 1, const char *);
    for (size_t i = 0; i < detection->count; i++) {
        if (may_be(detection->items[i], what))
            names[count++] = detection->items[i]->name;
    }
    for (size_t i = 0; i < predefined; i++)
        names[count++] = more[i];
    const char *near = suggest(name, names);
    (void)error_set(err, "there is no %s \"%.*s\"%s%s%s", what, SPAN_ARG(span_sub(name, 0, 100)),
                    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}
