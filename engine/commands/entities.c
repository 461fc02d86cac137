/* SPDX-License-Identifier: Apache-2.0 */
/* entities: what can be found by name: the predefined entities and those of a configuration. */
#include "engine/base/json_text.h"
#include "engine/commands/commands.h"
#include "engine/commands/known.h"

#include <getopt.h>
#include <stdio.h>

struct listing {
    const char *config, *region, *category; /* NULL: any */
    bool json;
};

static bool usage(const char *what, const char *which)
{
    (void)fprintf(stderr, "culvert entities: %s%s\n", what, which);
    return false;
}

static bool read_options(int argc, char **argv, struct listing *listing)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"region", required_argument, NULL, 'r'},
                                            {"category", required_argument, NULL, 'k'},
                                            {"json", no_argument, NULL, 'j'},
                                            {NULL, 0, NULL, 0}};
    optind = 0;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (c == 'c')
            listing->config = optarg;
        else if (c == 'r')
            listing->region = optarg;
        else if (c == 'k')
            listing->category = optarg;
        else if (c == 'j')
            listing->json = true;
        else
            return usage(c == ':' ? "a value is missing behind " : "no option ", argv[optind - 1]);
    }
    return optind == argc || usage("unexpected argument ", argv[optind]);
}

/* The lowest of its rows, before validators and keywords. */
static enum confidence base_of(const struct entity *entity)
{
    enum confidence least = CONFIDENCE_HIGH;
    for (size_t i = 0; i < entity->row_count; i++)
        least = entity->rows[i].confidence < least ? entity->rows[i].confidence : least;
    return least;
}

static bool needs_keyword(const struct entity *entity)
{
    for (size_t i = 0; i < entity->row_count; i++) {
        if (!entity->rows[i].keyword_required)
            return false;
    }
    return true;
}

struct validator_names {
    const char **items;
    size_t count, cap;
};

static void add_name(struct validator_names *names, const char *name, struct arena *arena)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0)
            return;
    }
    names->items = arena_grow(arena, names->items, names->count, &names->cap, sizeof(char *));
    names->items[names->count++] = name;
}

static struct validator_names validators_of(const struct entity *entity, struct arena *arena)
{
    struct validator_names names = {.count = 0};
    for (size_t i = 0; i < entity->row_count; i++) {
        for (size_t n = 0; n < entity->rows[i].validator_count; n++)
            add_name(&names, entity->rows[i].validators[n]->name, arena);
    }
    return names;
}

static void print_json(const struct entity *entity, struct arena *arena, struct buf *out)
{
    const struct {
        const char *name;
        struct span text;
    } texts[] = {{"title", entity->title},
                 {"category", span_str(category_name(entity->category))},
                 {"region", entity->region},
                 {"source", entity->source},
                 {"confidence", span_str(confidence_name(base_of(entity)))}};
    buf_add_str(out, "{\"name\":");
    json_text(out, span_str(entity->name));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        buf_printf(out, ",\"%s\":", texts[i].name);
        json_text(out, texts[i].text);
    }
    struct validator_names names = validators_of(entity, arena);
    buf_add_str(out, ",\"validators\":[");
    for (size_t i = 0; i < names.count; i++) {
        buf_add_str(out, i > 0 ? "," : "");
        json_text(out, span_str(names.items[i]));
    }
    buf_printf(out, "],\"patterns\":%zu,\"keyword_required\":%s}\n", entity->row_count,
               needs_keyword(entity) ? "true" : "false");
}

static void print_line(const struct entity *entity, struct arena *arena, struct buf *out)
{
    buf_printf(out, "%s\t%.*s\t%s\t%.*s\t%s\t", entity->name, SPAN_ARG(entity->title),
               category_name(entity->category), SPAN_ARG(entity->region),
               confidence_name(base_of(entity)));
    struct validator_names names = validators_of(entity, arena);
    for (size_t i = 0; i < names.count; i++)
        buf_printf(out, "%s%s", i > 0 ? "," : "", names.items[i]);
    buf_printf(out, "%s\t%zu\t%s\t%.*s\n", names.count == 0 ? "-" : "", entity->row_count,
               needs_keyword(entity) ? "with keyword" : "-", SPAN_ARG(entity->source));
}

static bool is_wanted(const struct listing *listing, const struct entity *entity)
{
    return (!listing->region || same_word(entity->region, listing->region)) &&
           (!listing->category ||
            same_word(span_str(category_name(entity->category)), listing->category));
}

struct found {
    const struct entity **items;
    size_t count;
};

/* false: one is wrong. */
static bool find_all(struct known *known, struct found *found)
{
    struct error err = ERROR_INIT;
    found->items = ARENA_ARRAY(known->arena, known->count, const struct entity *);
    for (size_t i = 0; i < known->count; i++) {
        const struct subject *subject = known_subject(known, span_str(known->names[i]), &err);
        if (!subject) {
            (void)fprintf(stderr, "culvert entities: %s\n", err.text);
            return false;
        }
        if (subject->kind == SUBJECT_ENTITY)
            found->items[found->count++] = subject->entity;
    }
    return true;
}

static bool knows_region(const struct found *found, const char *region)
{
    for (size_t i = 0; i < found->count; i++) {
        if (same_word(found->items[i]->region, region))
            return true;
    }
    (void)fprintf(stderr, "culvert entities: there is no region \"%s\"; there are", region);
    for (size_t i = 0; i < found->count; i++) {
        struct span name = found->items[i]->region;
        if (name.len > 0 && (i == 0 || !span_equal(name, found->items[i - 1]->region)))
            (void)fprintf(stderr, " %.*s", SPAN_ARG(name));
    }
    (void)fputs("\n", stderr);
    return false;
}

static bool knows_category(const char *category)
{
    for (int i = CATEGORY_OTHER; i <= CATEGORY_VEHICLE; i++) {
        if (same_word(span_str(category_name(i)), category))
            return true;
    }
    (void)fprintf(stderr, "culvert entities: there is no category \"%s\"; there are", category);
    for (int i = CATEGORY_OTHER; i <= CATEGORY_VEHICLE; i++)
        (void)fprintf(stderr, " %s", category_name(i));
    (void)fputs("\n", stderr);
    return false;
}

static int list(const struct listing *listing, struct known *known)
{
    struct found found = {.count = 0};
    if (!find_all(known, &found))
        return EXIT_STATUS_ERROR;
    if ((listing->region && !knows_region(&found, listing->region)) ||
        (listing->category && !knows_category(listing->category)))
        return EXIT_STATUS_USAGE;
    struct buf out = BUF_INIT;
    for (size_t i = 0; i < found.count; i++) {
        if (!is_wanted(listing, found.items[i]))
            continue;
        if (listing->json)
            print_json(found.items[i], known->arena, &out);
        else
            print_line(found.items[i], known->arena, &out);
    }
    bool good = fwrite(buf_span(&out).ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    buf_fini(&out);
    return good ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}

int command_entities(int argc, char **argv)
{
    struct listing listing = {.config = NULL};
    struct known known;
    if (!read_options(argc, argv, &listing))
        return EXIT_STATUS_USAGE;
    bool good = known_load(&known, listing.config);
    int status = good ? list(&listing, &known) : EXIT_STATUS_ERROR;
    known_fini(&known);
    return status;
}
