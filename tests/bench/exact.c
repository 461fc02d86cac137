/* SPDX-License-Identifier: Apache-2.0 */
/* exact INDEX KEY TABLE.csv TEXT: how fast an index is opened and asked. For tests/bench/exact.sh.
 */
#include "engine/base/buf.h"
#include "rulesets/detection/csv.h"
#include "rulesets/detection/exact/exact_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rbe");
    size_t got = 0;
    do {
        char *room = file ? buf_try_reserve(out, 1 << 20) : NULL;
        got = room ? fread(room, 1, 1 << 20, file) : 0;
        out->len += got;
    } while (got > 0);
    if (!file || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

/* Of the processor, which may have others to serve. */
static uint64_t now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static double seconds_since(uint64_t start)
{
    return (double)(now() - start) / 1e9;
}

/* Cells of the table: the filter, the HMAC and the table. */
static void ask_cells(const struct exact_index *index, struct span table)
{
    static struct exact_normal cells[200000];
    size_t count = 0, found = 0;
    struct csv csv;
    struct exact_cell cell;
    csv_open(&csv, table, ',', EXACT_COLUMNS_MAX, "too many columns");
    while (count < 200000 - EXACT_COLUMNS_MAX && csv_next(&csv)) {
        for (size_t i = 0; i < csv.count && csv.row_line > 1; i++)
            count += exact_normal_of(csv_cell(&csv, i), &cells[count]) && cells[count].letters > 1;
    }
    csv_fini(&csv);
    uint64_t start = now();
    for (size_t i = 0; i < count; i++)
        found +=
            exact_index_passes(
                index, exact_keys_filter(&index->keys, exact_hash(index->keys.base, &cells[i]))) &&
            exact_index_find(index, &cells[i], &cell);
    double took = seconds_since(start);
    (void)printf("cells that are there: %.0f lookups/s (%zu of %zu found)\n", (double)count / took,
                 found, count);
}

/* Random hashes: the filter alone, which is what nearly all words of a text come to. */
static void ask_filter(const struct exact_index *index)
{
    size_t passed = 0, count = 5000000;
    uint64_t start = now(), hash = start;
    for (size_t i = 0; i < count; i++) {
        hash = hash * UINT64_C(6364136223846793005) + 1442695040888963407u;
        passed += exact_index_passes(index, exact_keys_filter(&index->keys, hash >> 3));
    }
    double took = seconds_since(start);
    (void)printf("cells that are not there: %.0f lookups/s (%.2f %% pass the filter)\n",
                 (double)count / took, 100.0 * (double)passed / (double)count);
}

static bool count_find(const struct exact_find *find, void *arg)
{
    (void)find;
    ++*(size_t *)arg;
    return true;
}

static void search_text(const struct exact_index *index, struct span text, const char *what)
{
    struct exact_match match = {.index = index,
                                .columns = UINT64_MAX >> (64 - index->head.columns),
                                .match = 2,
                                .within = 300};
    size_t finds = 0;
    uint64_t start = now();
    enum exact_result result = exact_search(&match, text, 0, count_find, &finds);
    double took = seconds_since(start);
    (void)printf("%s: %.1f MB/s, %zu finds in %.1f MB%s\n", what, (double)text.len / took / 1e6,
                 finds, (double)text.len / 1e6, result == EXACT_DONE ? "" : ", not to the end");
}

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct index_key key;
    struct buf table = BUF_INIT, text = BUF_INIT;
    if (argc != 5 || !index_key_read(argv[2], geteuid(), &key, &err)) {
        (void)fprintf(stderr, "exact INDEX KEY TABLE.csv TEXT %s\n", err.text);
        return 2;
    }
    uint64_t start = now();
    struct exact_index *index = exact_index_open(argv[1], &key, &err);
    if (!index) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    (void)printf("opened and checked in %.3f s; words of letters %u, of both %u, of numbers %u\n",
                 seconds_since(start), index->head.words[0], index->head.words[1],
                 index->head.words[2]);
    read_file(argv[3], &table);
    read_file(argv[4], &text);
    ask_filter(index);
    ask_cells(index, buf_span(&table));
    search_text(index, buf_span(&text), "text without rows");
    search_text(index, span_sub(buf_span(&table), 0, 4 << 20), "the table itself");
    exact_index_free(&index);
    buf_fini(&table);
    buf_fini(&text);
    return 0;
}
