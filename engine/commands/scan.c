/* SPDX-License-Identifier: Apache-2.0 */
/* scan: what is found of entities and dictionaries in files, and why it counts. */
#include "engine/commands/scan.h"

#include "engine/commands/commands.h"
#include "engine/commands/known.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct scan {
    const char *config;
    struct span entities; /* names with commas; ptr NULL: all */
    enum confidence least;
    struct scan_style style;
    bool mail; /* every file is a message, whatever its name */
    struct known known;
    const struct lookout *lookout;
};

static bool usage(const char *what, const char *which)
{
    (void)fprintf(stderr, "culvert scan: %s%s\n", what, which);
    return false;
}

static bool read_confidence(const char *word, enum confidence *out)
{
    static const enum confidence all[] = {CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (same_word(span_str(word), confidence_name(all[i]))) {
            *out = all[i];
            return true;
        }
    }
    return usage("expected low, medium or high, got ", word);
}

static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                        {"entities", required_argument, NULL, 'e'},
                                        {"all", no_argument, NULL, 'a'},
                                        {"json", no_argument, NULL, 'j'},
                                        {"min-confidence", required_argument, NULL, 'm'},
                                        {"show-values", no_argument, NULL, 's'},
                                        {"mail", no_argument, NULL, 'M'},
                                        {NULL, 0, NULL, 0}};

static bool take_option(struct scan *scan, int c, char **argv)
{
    switch (c) {
    case 'c':
        scan->config = optarg;
        return true;
    case 'e':
        scan->entities = span_str(optarg);
        return true;
    case 'a':
        return true;
    case 'j':
        scan->style.json = true;
        return true;
    case 'm':
        return read_confidence(optarg, &scan->least);
    case 's':
        scan->style.show_values = true;
        return true;
    case 'M':
        scan->mail = true;
        return true;
    default:
        return usage(c == ':' ? "a value is missing behind " : "no option ", argv[optind - 1]);
    }
}

static bool read_options(int argc, char **argv, struct scan *scan)
{
    bool all = false;
    optind = 0;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        all |= c == 'a';
        if (!take_option(scan, c, argv))
            return false;
    }
    if (all && scan->entities.ptr)
        return usage("--entities and --all exclude each other", "");
    return optind < argc || usage("expected a FILE, or - for standard input", "");
}

struct chosen {
    const struct subject **items;
    size_t count, cap;
};

/* Each once. */
static bool choose(struct scan *scan, struct span name, struct chosen *chosen)
{
    struct error err = ERROR_INIT;
    const struct subject *subject = known_subject(&scan->known, name, &err);
    if (!subject)
        return usage(err.text, "");
    for (size_t i = 0; i < chosen->count; i++) {
        if (chosen->items[i] == subject)
            return true;
    }
    chosen->items = arena_grow(scan->known.arena, chosen->items, chosen->count, &chosen->cap,
                               sizeof *chosen->items);
    chosen->items[chosen->count++] = subject;
    return true;
}

static bool choose_named(struct scan *scan, struct chosen *chosen)
{
    struct span rest = scan->entities, name;
    while (span_next(&rest, ',', &name)) {
        name = span_trim(name);
        if (name.len > 0 && !choose(scan, name, chosen))
            return false;
    }
    return chosen->count > 0 || usage("expected names behind --entities", "");
}

static bool choose_all(struct scan *scan, struct chosen *chosen)
{
    for (size_t i = 0; i < scan->known.count; i++) {
        if (!choose(scan, span_str(scan->known.names[i]), chosen))
            return false;
    }
    return true;
}

/* EXIT_STATUS_OK: what is looked for is known. */
static int prepare(struct scan *scan)
{
    struct chosen chosen = {.count = 0};
    if (!known_load(&scan->known, scan->config))
        return EXIT_STATUS_ERROR;
    if (scan->entities.ptr && !choose_named(scan, &chosen))
        return EXIT_STATUS_USAGE;
    if (!scan->entities.ptr && !choose_all(scan, &chosen))
        return EXIT_STATUS_ERROR;
    scan->lookout = lookout_new(chosen.items, chosen.count, scan->known.arena);
    return EXIT_STATUS_OK;
}

static void add_find(const struct scan *scan, struct scan_file *file, const struct scan_text *text,
                     struct view *folded, const struct sighting *sighting, struct scan_finds *finds)
{
    uint64_t off, len;
    if (sighting->confidence < scan->least)
        return;
    view_origin(folded, sighting->off, sighting->len, &off, &len);
    struct scan_find find = {.part = text->part,
                             .sighting = *sighting,
                             .value = span_sub(folded->text, sighting->off, sighting->len)};
    scan_file_place(file, off, len, &find.off, &find.len);
    finds->items =
        arena_grow(file->arena, finds->items, finds->count, &finds->cap, sizeof *finds->items);
    finds->items[finds->count++] = find;
}

static int by_place(const void *a, const void *b)
{
    const struct scan_find *x = a, *y = b;
    if (x->off != y->off)
        return x->off < y->off ? -1 : 1;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    size_t left = x->sighting.subject->index, right = y->sighting.subject->index;
    if (left != right)
        return left < right ? -1 : 1;
    return (int)y->sighting.confidence - (int)x->sighting.confidence;
}

/* The same bytes in two texts (a file as it stands and as HTML) are one find, the surest. */
static void join_finds(struct scan_finds *finds)
{
    size_t kept = 0;
    if (finds->count > 1)
        qsort(finds->items, finds->count, sizeof *finds->items, by_place);
    for (size_t i = 0; i < finds->count; i++) {
        const struct scan_find *find = &finds->items[i], *last = find - 1;
        if (i == 0 || find->off != last->off || find->len != last->len ||
            find->sighting.subject != last->sighting.subject)
            finds->items[kept++] = *find;
    }
    finds->count = kept;
}

static bool note_gaps(const struct scan_file *file, const struct scan_texts *texts)
{
    for (size_t i = 0; i < texts->gap_count; i++)
        (void)fprintf(stderr, "culvert scan: %.*s: %s: not all was searched: %s\n",
                      SPAN_ARG(file->name), texts->gaps[i].part,
                      uninspected_name(texts->gaps[i].reason));
    return texts->gap_count == 0;
}

/* Whether all of it could be searched. */
static bool scan_file(const struct scan *scan, struct scan_file *file)
{
    struct scan_texts texts;
    struct scan_finds finds = {.count = 0};
    struct look_limits limits = {0};
    scan_texts_of(file, &texts);
    bool whole = note_gaps(file, &texts);
    for (size_t i = 0; i < texts.count; i++) {
        struct sightings found;
        struct view *folded = texts.items[i].seen;
        look(scan->lookout, folded->text, &limits, file->arena, &found);
        for (size_t n = 0; n < found.count; n++)
            add_find(scan, file, &texts.items[i], folded, &found.items[n], &finds);
        if (!found.complete)
            (void)fprintf(stderr, "culvert scan: %.*s: %s: not all was searched: a limit\n",
                          SPAN_ARG(file->name), texts.items[i].part);
        whole &= found.complete;
    }
    join_finds(&finds);
    struct buf out = BUF_INIT;
    scan_report(file, &finds, &scan->style, &out);
    (void)fwrite(buf_span(&out).ptr, 1, out.len, stdout); /* ferror() tells, at the end */
    buf_fini(&out);
    return whole;
}

static bool scan_path(const struct scan *scan, const char *path)
{
    struct error err = ERROR_INIT;
    struct scan_file file;
    struct span name = span_str(path);
    bool standard = span_is(name, "-");
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        (void)fprintf(stderr, "culvert scan: %s: %s\n", path, strerror(errno));
        return false;
    }
    bool is_mail = scan->mail || span_ends_nocase(name, SPAN(".eml"));
    bool good = scan_file_read(fd, name, is_mail, &file, &err);
    if (good) {
        good = scan_file(scan, &file);
        scan_file_fini(&file);
    } else {
        (void)fprintf(stderr, "culvert scan: %s: %s\n", path, err.text);
    }
    if (!standard)
        (void)close(fd);
    return good;
}

static int run(struct scan *scan, char **paths)
{
    int status = prepare(scan);
    for (; status != EXIT_STATUS_USAGE && scan->lookout && *paths; paths++)
        status |= scan_path(scan, *paths) ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)fputs("culvert scan: the finds cannot be written\n", stderr);
        status = EXIT_STATUS_ERROR;
    }
    known_fini(&scan->known);
    return status;
}

int command_scan(int argc, char **argv)
{
    struct scan scan = {.entities = {NULL, 0}, .least = CONFIDENCE_LOW};
    return read_options(argc, argv, &scan) ? run(&scan, argv + optind) : EXIT_STATUS_USAGE;
}
