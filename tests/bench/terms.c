/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast terms of dictionaries are found: bench_terms [MEGABYTES]. Megabytes a second of one core
 * in several texts for 10, 100 and 1,000 dictionaries of 100 terms and one of a million, whole
 * words and parts; how long these take to be read and made, and how large they are; and the worst
 * that terms and a text can do to each other.
 */
#include "tests/bench/look_texts.h"

#include "rulesets/detection/dictionary.h"
#include "rulesets/detection/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct world {
    struct arena *arena;
    struct reader reader;
    struct dictionaries dictionaries;
    const struct subject **subjects;
    char path[32];
    uint64_t seed;
};

/* Of processor time. */
static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static size_t pick(struct world *world, size_t count)
{
    world->seed = world->seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(world->seed >> 33) % count;
}

static void open_world(struct world *world)
{
    *world = (struct world){.arena = arena_new(), .path = "/tmp/bench-terms-XXXXXX", .seed = 1};
    reader_init(&world->reader, world->arena);
    int fd = mkstemp(world->path);
    if (fd < 0)
        exit(1);
    (void)close(fd);
}

static void close_world(struct world *world)
{
    (void)unlink(world->path);
    reader_fini(&world->reader);
    arena_free(&world->arena);
}

/* Names as people and projects have them: one to three words of two to four syllables. */
static void add_name(struct world *world, struct buf *out)
{
    static const char *const syllables[] = {"ma",  "ren", "do", "vik", "sel", "tor", "an",  "li",
                                            "gru", "ber", "ko", "sta", "fi",  "ham", "ne",  "ru",
                                            "wes", "ter", "ol", "din", "pa",  "qui", "son", "el"};
    for (size_t words = 1 + pick(world, 3); words > 0; words--) {
        for (size_t i = 2 + pick(world, 3); i > 0; i--)
            buf_add_str(out, syllables[pick(world, sizeof syllables / sizeof syllables[0])]);
        buf_add_byte(out, words > 1 ? ' ' : '\n');
    }
}

static void read_dictionary(struct world *world, struct span csv, const char *more)
{
    struct node node;
    FILE *file = fopen(world->path, "we");
    if (!file || fwrite(csv.ptr, 1, csv.len, file) != csv.len || fclose(file) != 0)
        exit(1);
    const char *json = arena_printf(world->arena, "{\"name\": \"d%zu\", \"file\": \"%s\"%s}",
                                    world->dictionaries.count, world->path, more);
    if (!reader_load_text(&world->reader, "c.json", span_str(json), &node) ||
        !dictionary_read(&world->reader, &node, &world->dictionaries))
        exit(1);
}

static struct lookout *make_lookout(struct world *world)
{
    size_t count = world->dictionaries.count;
    const struct subject **subjects = ARENA_ARRAY(world->arena, count, const struct subject *);
    for (size_t i = 0; i < count; i++) {
        struct subject *subject = ARENA_NEW(world->arena, struct subject);
        *subject = (struct subject){.kind = SUBJECT_DICTIONARY,
                                    .name = world->dictionaries.items[i].name,
                                    .index = i,
                                    .dictionary = &world->dictionaries.items[i]};
        subjects[i] = subject;
    }
    return lookout_new(subjects, count, world->arena);
}

static void measure(const struct lookout *lookout, const char *name, struct span text)
{
    struct look_limits limits = {.sightings = 50000, .all = 100000};
    double least = 1e9;
    size_t finds = 0;
    bool complete = true;
    for (unsigned round = 0; round < 3; round++) {
        struct arena *arena = arena_new();
        struct sightings found;
        double began = now();
        look(lookout, text, &limits, arena, &found);
        double seconds = now() - began;
        least = seconds < least ? seconds : least;
        finds = found.count;
        complete = found.complete;
        arena_free(&arena);
    }
    printf("  %-8s %8.1f MB/s  %zu finds%s\n", name, (double)text.len / 1e6 / least, finds,
           complete ? "" : ", too many");
    (void)fflush(stdout);
}

static void measure_texts(const struct lookout *lookout, size_t size)
{
    static const struct {
        const char *name;
        void (*make)(struct buf *out, size_t size);
    } texts[] = {{"mail", text_of_mail}, {"base64", text_of_base64}, {"russian", text_of_russian}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buf text = BUF_INIT;
        texts[i].make(&text, size);
        measure(lookout, texts[i].name, buf_span(&text));
        buf_fini(&text);
    }
}

static void measure_names(size_t dictionaries, size_t terms, const char *more, size_t size)
{
    struct world world;
    struct buf csv = BUF_INIT;
    double reading = 0;
    open_world(&world);
    for (size_t i = 0; i < dictionaries; i++) {
        csv.len = 0;
        for (size_t k = 0; k < terms; k++)
            add_name(&world, &csv);
        if (i == 0) /* that are found now and then */
            buf_add_str(&csv, "printer\nnice weekend\naccount manager\n");
        double began = now();
        read_dictionary(&world, buf_span(&csv), more);
        reading += now() - began;
    }
    double began = now();
    size_t before = arena_size(world.arena);
    struct lookout *lookout = make_lookout(&world);
    size_t bytes = arena_size(world.arena), all = dictionaries * terms;
    printf("%zu dictionaries of %zu terms%s: read in %.3f s, made in %.3f s, %zu + %zu bytes a "
           "term\n",
           dictionaries, terms, more, reading, now() - began, before / all, (bytes - before) / all);
    measure_texts(lookout, size);
    buf_fini(&csv);
    close_world(&world);
}

static void add_letters(struct buf *out, char letter, size_t count, const char *between)
{
    for (size_t i = 0; i < count; i++) {
        buf_add_str(out, i > 0 ? between : "");
        buf_add_byte(out, letter);
    }
}

/* a, aa, aaa ... in a text of nothing else, and in one where each is broken off. */
static void measure_hostile(const char *between, const char *more, size_t size)
{
    struct world world;
    struct buf csv = BUF_INIT, text = BUF_INIT, broken = BUF_INIT;
    size_t most = 256 / (1 + strlen(between)); /* that a term may have */
    open_world(&world);
    for (size_t len = 1; len <= most; len++) {
        add_letters(&csv, 'a', len, between);
        buf_add_byte(&csv, '\n');
    }
    read_dictionary(&world, buf_span(&csv), more);
    csv.len = 0;
    for (size_t len = 1; len <= most; len++) {
        add_letters(&csv, 'b', len - 1, between);
        buf_add_str(&csv, "c\n");
    }
    read_dictionary(&world, buf_span(&csv), more);
    add_letters(&text, 'a', size / (1 + strlen(between)), between);
    while (broken.len < size) {
        add_letters(&broken, 'b', most - 2, between);
        buf_add_str(&broken, "d ");
    }
    struct lookout *lookout = make_lookout(&world);
    printf("terms of all lengths of one letter, \"%s\" between%s\n", between, more);
    measure(lookout, "found", buf_span(&text));
    measure(lookout, "broken", buf_span(&broken));
    buf_fini(&csv);
    buf_fini(&text);
    buf_fini(&broken);
    close_world(&world);
}

int main(int argc, char **argv)
{
    size_t size = (argc > 1 ? (size_t)atoi(argv[1]) : 10) << 20;
    static const char part[] = ", \"whole_words\": false";
    pattern_library_init();
    measure_names(10, 100, "", size);
    measure_names(100, 100, "", size);
    measure_names(1000, 100, "", size);
    measure_names(1, 1000000, "", size);
    measure_names(10, 100, part, size);
    measure_names(1000, 100, part, size);
    measure_hostile("", "", size);
    measure_hostile(" ", "", size);
    measure_hostile("", part, size);
    return 0;
}
