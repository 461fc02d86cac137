/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast detection looks: bench_look FOLDER [MEGABYTES [plain|own|library|TIMES [TEXT [RULES]]]].
 * FOLDER has files of entities (config/entities). Prints how long all take to load, how large the
 * openings are, and megabytes a second of one core for several texts and numbers of rules; "mails"
 * is the text "mail" in pieces of 10 KB.
 */
#include "tests/bench/look_texts.h"

#include "engine/base/mem.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/entity.h"
#include "rulesets/detection/look.h"
#include "rulesets/detection/lookout.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct all {
    struct arena *arena;
    struct reader reader;
    struct entities entities;
    size_t predefined;
    const struct subject **subjects;
};

static int is_json(const struct dirent *entry)
{
    return span_ends_nocase(span_str(entry->d_name), SPAN(".json"));
}

/* Of processor time. */
static uint64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static double seconds_since(uint64_t began)
{
    return (double)(now() - began) / 1e9;
}

/* Entities as a user writes them, up to `count` of all. */
static bool add_own(struct all *all, size_t count)
{
    struct buf text = BUF_INIT;
    struct node node;
    buf_add_str(&text, "{\"entities\": [");
    for (size_t i = all->entities.count; i < count; i++) {
        const char *comma = i + 1 < count ? "," : "";
        buf_printf(&text,
                   "{\"name\": \"own_%zu\", \"pattern\": \"[A-Z]{2}%zu-[0-9]{4,6}\", "
                   "\"keywords\": [\"case %zu\"]}%s",
                   i, i, i, comma);
    }
    buf_add_str(&text, "]}");
    struct span kept = arena_copy(all->arena, buf_span(&text));
    buf_fini(&text);
    if (!reader_load_text(&all->reader, "own.json", kept, &node))
        return false;
    struct node list = node_get(&all->reader, &node, "entities");
    return entities_read(&all->reader, &list, &all->entities);
}

#define ENTITIES 1000u

static bool load(struct all *all, const char *folder)
{
    struct dirent **names;
    int count = scandir(folder, &names, is_json, alphasort);
    bool good = count > 0;
    for (int i = 0; i < count; i++) {
        const char *path = arena_printf(all->arena, "%s/%s", folder, names[i]->d_name);
        good = entities_read_file(&all->reader, path, &all->entities) && good;
        free(names[i]);
    }
    free(count > 0 ? names : NULL);
    all->predefined = all->entities.count;
    good = good && add_own(all, ENTITIES);
    all->subjects = ARENA_ARRAY(all->arena, all->entities.count, const struct subject *);
    for (size_t i = 0; i < all->entities.count; i++) {
        struct subject *subject = ARENA_NEW(all->arena, struct subject);
        *subject = (struct subject){.kind = SUBJECT_ENTITY,
                                    .name = all->entities.items[i].name,
                                    .index = i,
                                    .entity = &all->entities.items[i]};
        all->subjects[i] = subject;
    }
    return good;
}

struct how {
    enum look_how look;
    unsigned times;
    const char *text;
    size_t rules;
};

/* In pieces of `piece` bytes, each a text of its own. */
static void measure(const struct lookout *lookout, const char *name, struct span text, size_t piece,
                    enum look_how how)
{
    struct look_limits limits = {.how = how};
    size_t finds = 0;
    bool complete = true;
    uint64_t began = now();
    for (size_t from = 0, end; from < text.len; from = end) {
        struct arena *arena = arena_new();
        struct sightings found;
        end = text.len - from > piece ? utf8_floor(text, from + piece) : text.len;
        look(lookout, span_sub(text, from, end - from), &limits, arena, &found);
        finds += found.count;
        complete = complete && found.complete;
        arena_free(&arena);
    }
    double seconds = seconds_since(began);
    printf("  %-8s %9.1f MB/s  %zu finds%s\n", name, (double)text.len / 1e6 / seconds, finds,
           complete ? "" : ", not complete");
    (void)fflush(stdout);
}

#define MAIL_BYTES 10000u /* of one mail among many */

static void measure_texts(const struct lookout *lookout, size_t size, const struct how *how)
{
    static const struct {
        const char *name;
        void (*make)(struct buf *out, size_t size);
        size_t part, piece;
    } texts[] = {{"mail", text_of_mail, 1, SIZE_MAX},
                 {"mails", text_of_mail, 1, MAIL_BYTES},
                 {"base64", text_of_base64, 4, SIZE_MAX},
                 {"digits", text_of_digits, 16, SIZE_MAX},
                 {"russian", text_of_russian, 4, SIZE_MAX}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buf text = BUF_INIT;
        if (how->text && strcmp(how->text, texts[i].name) != 0)
            continue;
        texts[i].make(&text, size / texts[i].part);
        for (unsigned n = 0; n < how->times; n++)
            measure(lookout, texts[i].name, buf_span(&text), texts[i].piece, how->look);
        buf_fini(&text);
    }
}

static void measure_rules(const struct all *all, size_t count, size_t size, const struct how *how)
{
    struct arena *arena = arena_new();
    uint64_t began = now();
    const struct subject **some = ARENA_ARRAY(arena, count, const struct subject *);
    for (size_t i = 0; i < count; i++) /* of all regions */
        some[i] = all->subjects[count > all->predefined ? i : i * all->predefined / count];
    const struct lookout *lookout = lookout_new(some, count, arena);
    double seconds = seconds_since(began);
    struct openings_size openings = openings_size(lookout->openings);
    size_t others = 0;
    for (size_t i = 0; i < lookout->row_count; i++)
        others += !lookout->rows[i].held;
    printf("%zu entities, %zu rows (%zu by Oniguruma alone): made in %.3f s; %zu automata, %zu "
           "states, %zu KB\n",
           count, lookout->row_count, others, seconds, openings.automata, openings.states,
           openings.bytes >> 10);
    measure_texts(lookout, size, how);
    arena_free(&arena);
}

int main(int argc, char **argv)
{
    struct all all = {.arena = arena_new()};
    if (argc < 2)
        return 2;
    size_t size = (argc > 2 ? (size_t)atoi(argv[2]) : 10) << 20;
    struct how how = {.look = LOOK_FASTEST, .times = 1};
    if (argc > 3 && strcmp(argv[3], "plain") == 0)
        how.look = LOOK_PLAIN;
    else if (argc > 3 && strcmp(argv[3], "own") == 0)
        how.look = LOOK_WITHOUT_LIBRARY;
    else if (argc > 3 && strcmp(argv[3], "library") == 0)
        how.look = LOOK_BY_LIBRARY;
    else if (argc > 3)
        how.times = (unsigned)atoi(argv[3]);
    how.text = argc > 4 ? argv[4] : NULL;
    how.rules = argc > 5 ? (size_t)atoi(argv[5]) : 0;
    mem_keep_freed(); /* as the server does */
    pattern_library_init();
    reader_init(&all.reader, all.arena);
    uint64_t began = now();
    if (!load(&all, argv[1]))
        return 1;
    printf("all entities read in %.3f s\n", seconds_since(began));
    const size_t counts[] = {10, 100, all.predefined, all.entities.count};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (how.rules == 0 || how.rules == counts[i])
            measure_rules(&all, counts[i], size, &how);
    reader_fini(&all.reader);
    arena_free(&all.arena);
    return 0;
}
