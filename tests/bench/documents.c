/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast documents are indexed and looked for: bench_documents [DOCUMENTS [KILOBYTES [TEXT]]],
 * 1000 of 50 KB by default. Prints the time that an index takes to make and to open, its size, and
 * megabytes a second of one core of texts that have nothing of them, a paragraph in ten, or nothing
 * else; only of TEXT, as it is named there, if that is given. The index is a file, as it is in use.
 */
#include "rulesets/detection/documents/documents.h"
#include "engine/base/mem.h"
#include "engine/pattern/pattern.h"
#include "rulesets/detection/documents/document_index.h"
#include "rulesets/detection/documents/index_build.h"
#include "rulesets/detection/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define WORDS 4000u
#define ROUNDS 5u
#define TEXT_BYTES ((size_t)16 << 20)

static uint64_t seed = 42;

static uint32_t random_below(uint32_t most)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % most;
}

static char words[WORDS][12];

static void make_words(void)
{
    for (size_t i = 0; i < WORDS; i++) {
        size_t len = 2 + random_below(5) + random_below(5);
        for (size_t n = 0; n < len; n++)
            words[i][n] = "etaoinshrdlucmfwypvbgkjqxz"[random_below(1 + random_below(26))];
    }
}

/* Words as in a language: few of them often. Sentences, lines of about 72 characters. */
static void add_prose(struct buf *out, size_t size)
{
    size_t end = out->len + size, column = 0;
    bool first = true;
    while (out->len < end) {
        const char *word = words[random_below(1 + random_below(WORDS))];
        size_t from = out->len;
        buf_add_str(out, word);
        if (first)
            out->ptr[from] = (char)(out->ptr[from] - 32);
        column += strlen(word) + 1;
        first = random_below(12) == 0;
        buf_add_str(out, first ? "." : random_below(9) == 0 ? "," : "");
        buf_add_str(out, column > 72 ? "\r\n" : " ");
        column = column > 72 ? 0 : column;
    }
}

/* Of this process's work: others may be at theirs. */
static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void ignore(struct span name, void *arg)
{
    (void)name;
    (void)arg;
}

static void build(const struct buf *documents, size_t count, const struct index_key *key,
                  struct buf *out)
{
    struct index_built built;
    struct error err = ERROR_INIT;
    size_t bytes = documents->len, size = bytes / count;
    double began = now();
    struct index_build *build = index_build_new(key);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "document %zu", i);
        (void)index_build_text(build, span_sub(buf_span(documents), i * size, size));
        (void)index_build_document(build, span_str(name));
    }
    double read = now() - began;
    if (!index_build_finish(build, ignore, NULL, out, &built, &err)) {
        (void)fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    index_build_free(&build);
    (void)printf("%zu documents of %zu bytes: %.2f s (%.0f MB/s, then %.2f s), %u fingerprints, "
                 "%.1f MB of index, %.1f bytes a fingerprint\n",
                 count, size, now() - began, (double)bytes / 1e6 / read, now() - began - read,
                 built.fingerprints, (double)out->len / 1e6, (double)out->len / built.fingerprints);
}

struct measuring {
    const struct lookout *lookout;
    const char *only; /* NULL: all */
};

static void measure(const struct measuring *m, const char *what, struct span text)
{
    double best = 1e9;
    size_t finds = 0;
    if (m->only && strcmp(m->only, what) != 0)
        return;
    for (size_t i = 0; i < ROUNDS; i++) {
        struct arena *arena = arena_new();
        struct look_limits limits = {.deadline_ns = 0};
        struct sightings found;
        double began = now();
        look(m->lookout, text, &limits, arena, &found);
        double took = now() - began;
        best = took < best ? took : best;
        finds = found.count;
        arena_free(&arena);
    }
    (void)printf("%-24s %6.1f MB/s, %zu finds\n", what, (double)text.len / 1e6 / best, finds);
}

/* A paragraph of a document for each nine of other text. */
static void add_mixed(struct buf *out, const struct buf *documents)
{
    while (out->len < TEXT_BYTES) {
        size_t at = random_below((uint32_t)(documents->len - 600));
        add_prose(out, 5400);
        buf_add(out, span_sub(buf_span(documents), at, 600));
    }
}

static void measure_all(struct document_set *set, const struct buf *documents, const char *only)
{
    struct arena *arena = arena_new();
    struct subject subject = {.kind = SUBJECT_DOCUMENTS, .name = "d", .documents = set};
    const struct subject *subjects[] = {&subject};
    struct measuring m = {lookout_new(subjects, 1, arena), only};
    struct buf text = BUF_INIT;
    add_prose(&text, TEXT_BYTES);
    measure(&m, "nothing of them", buf_span(&text));
    measure(&m, "10 KB of nothing", span_sub(buf_span(&text), 0, 10240));
    text.len = 0;
    add_mixed(&text, documents);
    measure(&m, "a paragraph in ten", buf_span(&text));
    measure(&m, "10 KB of a document", span_sub(buf_span(documents), 0, 10240));
    measure(&m, "nothing else", span_sub(buf_span(documents), 0, TEXT_BYTES));
    text.len = 0;
    while (text.len < TEXT_BYTES) {
        char letter[4] = {(char)0xd0, (char)(0xb0 + random_below(16)), ' ', 0};
        letter[2] = random_below(6) ? 0 : ' ';
        buf_add_str(&text, letter);
    }
    measure(&m, "Cyrillic", buf_span(&text));
    buf_fini(&text);
    arena_free(&arena);
}

static const struct document_index *open_file(const struct buf *bytes, const struct index_key *key,
                                              struct arena *arena)
{
    char path[] = "/tmp/bench_documents.XXXXXX";
    struct error err = ERROR_INIT;
    int fd = mkstemp(path);
    bool good = fd >= 0 && write(fd, bytes->ptr, bytes->len) == (ssize_t)bytes->len;
    double began = now();
    const struct document_index *index = good ? document_index_open(path, key, arena, &err) : NULL;
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(path);
    }
    if (!index) {
        (void)fprintf(stderr, "%s %s\n", path, good ? err.text : "cannot be written");
        exit(1);
    }
    (void)printf("checked and opened in %.3f s\n", now() - began);
    return index;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    size_t size = (argc > 2 ? strtoul(argv[2], NULL, 10) : 50) * 1000;
    struct buf documents = BUF_INIT, file = BUF_INIT;
    struct index_key key;
    if (count == 0 || size < 1000) {
        (void)fprintf(stderr, "bench_documents [DOCUMENTS [KILOBYTES [TEXT]]]\n");
        return 2;
    }
    pattern_library_init();
    make_words();
    index_key_of(SPAN("a key of sixteen"), &key);
    add_prose(&documents, count * size);
    documents.len = count * size;
    build(&documents, count, &key, &file);
    struct arena *arena = arena_new();
    struct document_set set = {.name = "d",
                               .index = open_file(&file, &key, arena),
                               .threshold = 1,
                               .of = CONTAINMENT_SOURCE};
    measure_all(&set, &documents, argc > 3 ? argv[3] : NULL);
    arena_free(&arena);
    buf_fini(&documents);
    buf_fini(&file);
    return 0;
}
