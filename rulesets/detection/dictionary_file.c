/* SPDX-License-Identifier: Apache-2.0 */
/* dictionary_file: the terms of a dictionary in a file, checked row by row. */
#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "rulesets/detection/csv.h"
#include "rulesets/detection/dictionary_keys.h"

#include <errno.h>
#include <stdio.h>

#define CELLS_MAX 3u /* term, weight, flags */
#define FILE_BYTES_MAX ((size_t)256 << 20)

/* One file that is being read. */
struct source {
    struct reader *reader;
    struct node place; /* of the key that names it */
    const char *path;
    const struct dictionary_settings *settings;
    struct dictionary_terms *terms;
    bool good;
};

static void PRINTF_LIKE(4, 5)
    complain_at(struct source *source, size_t line, size_t column, const char *format, ...)
{
    struct buf text = BUF_INIT;
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    source->good = node_error(source->reader, &source->place, "%s:%zu:%zu: %.*s", source->path,
                              line, column, SPAN_ARG(buf_span(&text)));
    buf_fini(&text);
}

static bool read_weight(struct span text, int *out)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    bool sign = negative || (text.len > 0 && text.ptr[0] == '+');
    uint64_t number;
    if (!span_to_u64(span_from(text, sign), &number) || number > DICTIONARY_WEIGHT_MAX)
        return false;
    *out = negative ? -(int)number : (int)number;
    return true;
}

static bool read_flag(struct span flag, struct dictionary_term *term)
{
    if (span_is_nocase(flag, "regex"))
        term->is_pattern = true;
    else if (span_is_nocase(flag, "keyword"))
        term->is_pattern = false;
    else if (span_is_nocase(flag, "case"))
        term->case_sensitive = true;
    else if (span_is_nocase(flag, "nocase"))
        term->case_sensitive = false;
    else if (span_is_nocase(flag, "whole"))
        term->whole = true;
    else if (span_is_nocase(flag, "part"))
        term->whole = false;
    else
        return false;
    return true;
}

static bool read_flags(struct source *source, const struct csv *csv, struct dictionary_term *term)
{
    struct span rest = csv_cell(csv, 2), flag;
    while (span_next(&rest, ' ', &flag)) {
        if (flag.len == 0 || read_flag(flag, term))
            continue;
        complain_at(source, csv->row_line, csv_column(csv, 2),
                    "expected keyword, regex, case, nocase, whole or part, got \"%.*s\"",
                    SPAN_ARG(span_sub(flag, 0, 40)));
        return false;
    }
    return true;
}

/* The first row of a table with heads. */
static bool is_head(const struct csv *csv)
{
    return csv->count > 1 && span_is_nocase(csv_cell(csv, 1), "weight");
}

static void add_row(struct source *source, const struct csv *csv)
{
    const struct dictionary_settings *settings = source->settings;
    struct dictionary_term term = {.text = arena_copy(source->reader->arena, csv_cell(csv, 0)),
                                   .weight = 1,
                                   .case_sensitive = settings->case_sensitive,
                                   .whole = settings->whole_words,
                                   .is_pattern = settings->type == TERM_REGEX};
    struct error err = ERROR_INIT;
    if (term.text.len == 0) {
        complain_at(source, csv->row_line, csv_column(csv, 0), "expected a term");
        return;
    }
    if (csv->count > 1 && csv_cell(csv, 1).len > 0 &&
        !read_weight(csv_cell(csv, 1), &term.weight)) {
        complain_at(source, csv->row_line, csv_column(csv, 1),
                    "expected a weight from -%d to %d, got \"%.*s\"", DICTIONARY_WEIGHT_MAX,
                    DICTIONARY_WEIGHT_MAX, SPAN_ARG(span_sub(csv_cell(csv, 1), 0, 40)));
        return;
    }
    if (csv->count > 2 && !read_flags(source, csv, &term))
        return;
    if (!term.is_pattern && term.text.len > WORDS_LONGEST / 4)
        complain_at(source, csv->row_line, csv_column(csv, 0),
                    "expected a term of at most %u bytes", WORDS_LONGEST / 4);
    else if (!dictionary_compile(source->reader, &term, &err))
        complain_at(source, csv->row_line, csv_column(csv, 0), "%s", err.text);
    else
        dictionary_add(source->terms, &term);
}

static bool read_bytes(struct source *source, struct buf *out)
{
    FILE *file = fopen(source->path, "rbe");
    if (!file)
        return node_error(source->reader, &source->place, "cannot open \"%s\": %s", source->path,
                          strerror(errno));
    size_t got;
    out->max = FILE_BYTES_MAX;
    do {
        char *room = buf_try_reserve(out, 65536);
        if (!room) {
            (void)fclose(file);
            return node_error(source->reader, &source->place, "\"%s\" is larger than %zu bytes",
                              source->path, FILE_BYTES_MAX);
        }
        got = fread(room, 1, 65536, file);
        out->len += got;
    } while (got > 0);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    return !failed ||
           node_error(source->reader, &source->place, "cannot read \"%s\"", source->path);
}

bool dictionary_read_file(struct reader *reader, const struct node *node,
                          const struct dictionary_settings *settings,
                          struct dictionary_terms *terms)
{
    struct source source = {.reader = reader,
                            .place = node_get(reader, node, "file"),
                            .path = arena_str(reader->arena, settings->file),
                            .settings = settings,
                            .terms = terms,
                            .good = true};
    struct buf bytes = BUF_INIT;
    struct csv csv;
    reader_note_file(reader, source.path);
    if (!read_bytes(&source, &bytes)) {
        buf_fini(&bytes);
        return false;
    }
    csv_open(&csv, buf_span(&bytes), ',', CELLS_MAX,
             "expected at most term, weight and flags in a row");
    for (bool first = true; csv_next(&csv); first = false) {
        if (!first || !is_head(&csv))
            add_row(&source, &csv);
    }
    if (csv.problem.what)
        complain_at(&source, csv.problem.line, csv.problem.column, "%s", csv.problem.what);
    csv_fini(&csv);
    buf_fini(&bytes);
    return source.good;
}
