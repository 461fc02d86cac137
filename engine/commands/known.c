/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/known.h"

#include "rulesets/detection/predefined.h"

#include <stdio.h>

static const char *const lists[] = {"entities", "dictionaries", "exact_matches", "fingerprints"};

static bool is_listed(const struct known *known, const char *name)
{
    for (size_t i = 0; i < known->count; i++) {
        if (same_word(span_str(name), known->names[i]))
            return true;
    }
    return false;
}

static void list_configured(struct known *known, const struct node *root, size_t *cap)
{
    for (size_t n = 0; n < ARRAY_LEN(lists); n++) {
        struct node list = node_get(&known->reader, root, lists[n]);
        for (size_t i = 0; i < node_count(&list); i++) {
            struct span text;
            struct node item = node_at(&known->reader, &list, i);
            struct node name = node_get(&known->reader, &item, "name");
            if (node_is_disabled(&item) || !node_string(&name, &text))
                continue;
            known->names =
                arena_grow(known->arena, known->names, known->count, cap, sizeof(char *));
            known->names[known->count++] = arena_str(known->arena, text);
        }
    }
}

/* One of the configuration takes the place of a predefined one of its name. */
static bool list_predefined(struct known *known, size_t *cap)
{
    size_t count, own = known->count, files;
    struct error err = ERROR_INIT;
    struct predefined *predefined = predefined_open(&known->reader);
    const char *const *paths = predefined_files("entities", known->arena, &files);
    const char *const *names = predefined_names(predefined, &count);
    bool good = files > 0 || error_set(&err, "the files of predefined entities are not there; "
                                             "see CULVERT_DATA");
    good = good && predefined_is_good(predefined, paths[0], &err);
    for (size_t i = 0; i < count; i++) {
        if (own > 0 && is_listed(known, names[i]))
            continue;
        known->names = arena_grow(known->arena, known->names, known->count, cap, sizeof(char *));
        known->names[known->count++] = names[i];
    }
    predefined_close(&predefined);
    if (!good)
        (void)fprintf(stderr, "culvert: %s\n", err.text);
    return good;
}

bool known_load(struct known *known, const char *config)
{
    struct node root;
    size_t cap = 0;
    *known = (struct known){.arena = arena_new()};
    reader_init(&known->reader, known->arena);
    bool good = config ? reader_load(&known->reader, config, &root)
                       : reader_load_text(&known->reader, "", SPAN("{}"), &root);
    if (good) {
        known->detection = detection_compile(&known->reader, &root, known->arena);
        list_configured(known, &root, &cap);
        good = list_predefined(known, &cap) && known->reader.error_count == 0;
    }
    struct buf complaints = BUF_INIT;
    reader_report(&known->reader, &complaints);
    (void)fprintf(stderr, "%.*s", SPAN_ARG(buf_span(&complaints)));
    buf_fini(&complaints);
    return good;
}

void known_fini(struct known *known)
{
    reader_fini(&known->reader);
    arena_free(&known->arena);
}

const struct subject *known_subject(struct known *known, struct span name, struct error *err)
{
    return detection_subject(known->detection, name, err);
}
