/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/exact/exact_table.h"

#include "rulesets/detection/csv.h"

static bool fail_at(const struct csv *csv, size_t cell, struct error *err, const char *what)
{
    return error_set(err, "%zu:%zu: %s", csv->row_line, csv_column(csv, cell), what);
}

static bool has_controls(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
            return true;
    }
    return false;
}

static bool read_head(const struct csv *csv, size_t index, struct exact_heads *heads,
                      struct error *err)
{
    struct span name = csv_cell(csv, index);
    if (name.len == 0 || name.len >= EXACT_NAME_SIZE || has_controls(name))
        return fail_at(csv, index, err,
                       "expected the name of a column, of at most 127 bytes on one line");
    for (uint32_t i = 0; i < heads->count; i++) {
        if (span_equal_nocase(heads->names[i], name))
            return fail_at(csv, index, err, "there is a column of that name already");
    }
    memcpy(heads->bytes[heads->count], name.ptr, name.len);
    heads->names[heads->count] = span_of(heads->bytes[heads->count], name.len);
    heads->count++;
    return true;
}

static bool read_heads(struct csv *csv, struct exact_heads *heads, struct error *err)
{
    heads->count = 0;
    if (!csv_next(csv))
        return csv->problem.what ||
               error_set(err, "1: expected a table whose first line has the names of its columns");
    for (size_t i = 0; i < csv->count; i++) {
        if (!read_head(csv, i, heads, err))
            return false;
    }
    return true;
}

static bool add_row(const struct csv *csv, struct exact_builder *builder, uint32_t columns,
                    struct error *err)
{
    struct span cells[EXACT_COLUMNS_MAX];
    for (size_t i = columns; i < csv->count; i++) {
        if (csv_cell(csv, i).len > 0)
            return fail_at(csv, i, err, "this row has more cells than there are columns");
    }
    for (uint32_t i = 0; i < columns; i++)
        cells[i] = csv_cell(csv, i);
    return exact_builder_add(builder, cells) ||
           fail_at(csv, 0, err, "expected a table of fewer than 2147483648 cells");
}

static bool read_rows(struct csv *csv, struct exact_builder *builder, uint32_t columns,
                      size_t *short_out, struct error *err)
{
    *short_out = 0;
    while (csv_next(csv)) {
        if (!add_row(csv, builder, columns, err))
            return false;
        *short_out += csv->count < columns;
    }
    return !csv->problem.what;
}

struct exact_builder *exact_table_read(const struct exact_table *table, const struct index_key *key,
                                       struct exact_heads *heads_out, struct exact_report *out,
                                       size_t *short_out, struct error *err)
{
    struct csv csv;
    struct exact_builder *builder = NULL;
    csv_open(&csv, table->text, table->separator, EXACT_COLUMNS_MAX, "expected at most 64 columns");
    bool good = read_heads(&csv, heads_out, err) && !csv.problem.what;
    if (good) {
        builder = exact_builder_new(key, heads_out->names, heads_out->count, table->common);
        good = read_rows(&csv, builder, heads_out->count, short_out, err);
    }
    if (!good && csv.problem.what && !error_is_set(err))
        (void)error_set(err, "%zu:%zu: %s", csv.problem.line, csv.problem.column, csv.problem.what);
    csv_fini(&csv);
    if (good && !exact_builder_end(builder, out))
        good = error_set(err, "the table is too large");
    if (!good)
        exact_builder_free(&builder);
    return builder;
}
