/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/table.h"

#define ROWS_ASKED 3u     /* that must have as many columns as the head, for it to be a table */
#define COLUMNS_MAX 256u  /* further ones have no head */
#define HEAD_LONGEST 200u /* bytes; longer is no head of a column */
#define ROW_LONGEST ((size_t)16 << 10) /* bytes; what stands behind them has no head */

struct table {
    struct span text;
    char separator;
    size_t columns;
    struct cell {
        size_t off, len;
    } heads[COLUMNS_MAX];
    uint32_t *rows; /* where each begins */
    size_t row_count, row_cap;
};

/* One cell from `off` on: where it ends; whether the row ends with it. */
static size_t cell_end(struct span text, size_t off, char separator, bool *row_ends)
{
    size_t at = off;
    if (at < text.len && text.ptr[at] == '"') {
        for (at++; at < text.len; at++) {
            if (text.ptr[at] != '"')
                continue;
            if (at + 1 == text.len || text.ptr[at + 1] != '"')
                break;
            at++;
        }
    }
    while (at < text.len && text.ptr[at] != separator && text.ptr[at] != '\n')
        at++;
    *row_ends = at == text.len || text.ptr[at] == '\n';
    return at;
}

/* Where the next row begins; its cells counted. */
static size_t row_end(struct span text, size_t off, char separator, size_t *cells_out)
{
    bool ends = false;
    for (*cells_out = 0; !ends; ++*cells_out) {
        off = cell_end(text, off, separator, &ends);
        off += off < text.len;
    }
    return off;
}

/* Whether the first row may have two cells. */
static bool may_have_two(struct span text, char separator)
{
    size_t end = span_find_byte(text, '\n');
    struct span line = span_sub(text, 0, end != SPAN_NONE ? end : text.len);
    return span_find_byte(line, separator) != SPAN_NONE || span_starts(text, SPAN("\""));
}

static bool looks_like_table(struct span text, char separator)
{
    size_t columns = 0, cells, rows = 0, off = 0;
    if (!may_have_two(text, separator))
        return false;
    for (; off < text.len && rows < ROWS_ASKED; rows++) {
        off = row_end(text, off, separator, &cells);
        if (rows == 0)
            columns = cells;
        if (cells < 2 || cells != columns)
            return false;
    }
    return rows > 1;
}

static bool read_heads(struct table *table)
{
    bool ends = false;
    for (size_t off = 0; !ends && table->columns < COLUMNS_MAX;) {
        size_t end = cell_end(table->text, off, table->separator, &ends);
        if (end - off > HEAD_LONGEST)
            return false;
        table->heads[table->columns++] = (struct cell){off, end - off};
        off = end + 1;
    }
    return true;
}

struct table *table_open(struct span text, struct arena *arena)
{
    static const char separators[] = ",;\t|";
    char separator = 0;
    for (size_t i = 0; separators[i] && !separator; i++) {
        if (looks_like_table(text, separators[i]))
            separator = separators[i];
    }
    if (!separator || text.len > UINT32_MAX)
        return NULL;
    struct table *table = ARENA_NEW(arena, struct table);
    table->text = text;
    table->separator = separator;
    if (!read_heads(table))
        return NULL;
    size_t cells;
    for (size_t off = 0; off < text.len; off = row_end(text, off, separator, &cells)) {
        table->rows =
            arena_grow(arena, table->rows, table->row_count, &table->row_cap, sizeof *table->rows);
        table->rows[table->row_count++] = (uint32_t)off;
    }
    return table;
}

static size_t row_of(const struct table *table, size_t off)
{
    size_t low = 0, high = table->row_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (table->rows[middle] <= off)
            low = middle;
        else
            high = middle;
    }
    return low;
}

bool table_head(const struct table *table, size_t off, size_t *off_out, size_t *len_out)
{
    size_t row = row_of(table, off), at = table->rows[row];
    if (row == 0 || off - at > ROW_LONGEST)
        return false;
    bool ends = false;
    for (size_t column = 0; column < table->columns && !ends; column++) {
        at = cell_end(table->text, at, table->separator, &ends);
        if (off < at) {
            *off_out = table->heads[column].off;
            *len_out = table->heads[column].len;
            return true;
        }
        at++;
    }
    return false;
}
