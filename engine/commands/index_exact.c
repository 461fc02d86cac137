/* SPDX-License-Identifier: Apache-2.0 */
/* index exact: the rows of a table, as an index that a configuration names and that shows none. */
#include "engine/base/buf.h"
#include "engine/base/mapped_file.h"
#include "engine/commands/commands.h"
#include "rulesets/detection/exact/exact_table.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMON_STANDARD 100u

struct indexing {
    const char *key, *out, *path;
    struct mapped_file *file;
    struct exact_table table;
    struct exact_heads heads;
    struct exact_report report;
    size_t short_rows;
};

static bool fail(const char *what, const char *which)
{
    (void)fprintf(stderr, "culvert index exact: %s%s\n", what, which);
    return false;
}

static bool read_separator(const char *text, char *out)
{
    *out = strcmp(text, "tab") == 0 ? '\t' : text[0];
    return (*out == '\t' || (text[0] != '\0' && text[1] == '\0' && strchr(",;|", text[0]))) ||
           fail("expected ',', ';', '|' or tab behind --separator, got ", text);
}

static bool read_common(const char *text, uint32_t *out)
{
    uint64_t number;
    if (!span_to_u64(span_str(text), &number) || number < 1 || number > EXACT_COMMON_MAX)
        return fail("expected a number from 1 to 1000 behind --common, got ", text);
    *out = (uint32_t)number;
    return true;
}

static bool take_option(int option, struct indexing *in)
{
    switch (option) {
    case 'k':
        in->key = optarg;
        return true;
    case 'o':
        in->out = optarg;
        return true;
    case 's':
        return read_separator(optarg, &in->table.separator);
    default:
        return read_common(optarg, &in->table.common);
    }
}

static bool read_options(int argc, char **argv, struct indexing *in)
{
    static const struct option options[] = {{"key", required_argument, NULL, 'k'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"separator", required_argument, NULL, 's'},
                                            {"common", required_argument, NULL, 'c'},
                                            {NULL, 0, NULL, 0}};
    optind = 0;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
        if (c == ':' || c == '?')
            return fail(c == ':' ? "a value is missing behind " : "no option ", argv[optind - 1]);
        if (!take_option(c, in))
            return false;
    }
    if (optind < argc)
        in->path = argv[optind++];
    if (optind < argc)
        return fail("unexpected argument ", argv[optind]);
    if (!in->key)
        return fail("expected --key FILE", "");
    return in->path || fail("expected a table", "");
}

/* Only as much as is looked at is in memory. */
static bool map_table(struct indexing *in)
{
    struct error err = ERROR_INIT;
    struct stat info;
    in->file = mapped_file_open(in->path, &err);
    if (!in->file) {
        (void)fprintf(stderr, "culvert index exact: %s: %s\n", in->path, err.text);
        return false;
    }
    if (stat(in->path, &info) == 0 && !S_ISREG(info.st_mode))
        return fail("expected a file with a table, got something else at ", in->path);
    in->table.text = mapped_file_bytes(in->file);
    return true;
}

static void say_column(const struct indexing *in, uint32_t i)
{
    const struct exact_column *column = &in->report.columns[i];
    (void)printf("column %.*s: %zu cells", SPAN_ARG(in->heads.names[i]),
                 column->strong + column->weak);
    if (column->weak > 0)
        (void)printf(", %zu of them in more than %u rows or short: these count beside others only",
                     column->weak, in->table.common);
    if (column->empty > 0)
        (void)printf("; %zu empty", column->empty);
    if (column->too_short > 0)
        (void)printf("; %zu too short to be looked for", column->too_short);
    if (column->too_long > 0)
        (void)printf("; %zu too long to be looked for", column->too_long);
    (void)printf("\n");
}

static void say(const struct indexing *in)
{
    const struct exact_report *report = &in->report;
    size_t strong = 0;
    (void)printf("%s: %zu row%s, %zu different cells, %zu bytes\n", in->out, report->rows,
                 report->rows == 1 ? "" : "s", report->cells, report->bytes);
    for (uint32_t i = 0; i < in->heads.count; i++) {
        say_column(in, i);
        strong += report->columns[i].strong;
    }
    if (report->repeated > 0)
        (void)printf("rows that an earlier one is equal to: %zu\n", report->repeated);
    if (in->short_rows > 0)
        (void)printf("rows with fewer cells than columns: %zu\n", in->short_rows);
    if (strong == 0)
        (void)fail("no cell is rare and long enough to find a row by it", "");
}

static bool write_index(struct indexing *in, const struct index_key *key)
{
    struct error err = ERROR_INIT;
    struct exact_builder *builder =
        exact_table_read(&in->table, key, &in->heads, &in->report, &in->short_rows, &err);
    if (!builder) {
        (void)fprintf(stderr, "culvert index exact: %s:%s\n", in->path, err.text);
        return false;
    }
    bool good =
        mapped_file_is_whole(in->file) || fail("the table was changed meanwhile: ", in->path);
    good = good && (exact_builder_write(builder, in->out, &err) || fail(err.text, ""));
    exact_builder_free(&builder);
    if (good)
        say(in);
    return good;
}

/* Beside the table, "customers.index" for "customers.csv". */
static char *standard_out(const char *path)
{
    struct span name = span_str(path);
    if (span_ends_nocase(name, SPAN(".csv")))
        name.len -= 4;
    struct buf out = BUF_INIT;
    buf_printf(&out, "%.*s.index", SPAN_ARG(name));
    buf_add_byte(&out, '\0');
    return out.ptr;
}

static int make_index(struct indexing *in)
{
    struct error err = ERROR_INIT;
    struct index_key key;
    if (!index_key_read(in->key, geteuid(), &key, &err)) {
        (void)fail(err.text, "");
        return EXIT_STATUS_ERROR;
    }
    bool good = map_table(in);
    if (good) {
        char *standard = in->out ? NULL : standard_out(in->path);
        in->out = standard ? standard : in->out;
        good = write_index(in, &key);
        free(standard);
    }
    mapped_file_close(&in->file);
    index_key_wipe(&key);
    return good ? EXIT_STATUS_OK : EXIT_STATUS_ERROR;
}

int command_index_exact(int argc, char **argv)
{
    struct indexing in = {.table = {SPAN(""), ',', COMMON_STANDARD}};
    return read_options(argc, argv, &in) ? make_index(&in) : EXIT_STATUS_USAGE;
}
