/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/csv.h"

#include "engine/base/ascii.h"
#include "engine/base/mem.h"
#include "engine/base/utf8.h"

#include <stdlib.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static const struct span quotes[] = {
    SPAN_INIT("\""),           /* first: the one that may be doubled */
    SPAN_INIT("\xe2\x80\x9c"), /* U+201C */
    SPAN_INIT("\xe2\x80\x9d"), /* U+201D */
    SPAN_INIT("\xe2\x80\x9e"), /* U+201E */
    SPAN_INIT("\xe2\x80\x9f"), /* U+201F */
};

/* Length of the quotation mark at `at`; 0: there is none. */
static size_t quote_at(const struct csv *csv, size_t at)
{
    struct span rest = span_from(csv->text, at);
    for (size_t i = 0; i < ARRAY_LEN(quotes); i++) {
        if (span_starts(rest, quotes[i]))
            return quotes[i].len;
    }
    return 0;
}

static size_t column_of(const struct csv *csv, size_t line_start, size_t at)
{
    return utf8_count(span_sub(csv->text, line_start, at - line_start)) + 1;
}

static bool fail(struct csv *csv, size_t line, size_t column, const char *what)
{
    csv->problem = (struct csv_problem){line, column, what};
    return false;
}

static bool at_line_end(const struct csv *csv)
{
    return csv->at == csv->text.len || csv->text.ptr[csv->at] == '\n' ||
           csv->text.ptr[csv->at] == '\r';
}

static void pass_line_end(struct csv *csv)
{
    if (csv->at == csv->text.len)
        return;
    bool pair = span_starts(span_from(csv->text, csv->at), SPAN("\r\n"));
    csv->at += pair ? 2 : 1;
    csv->line++;
    csv->line_start = csv->at;
}

/* Says where the first byte is that is no UTF-8. */
static void complain_of_bytes(struct csv *csv, size_t valid)
{
    struct csv look = *csv;
    while (look.at < valid) {
        if (at_line_end(&look))
            pass_line_end(&look);
        else
            look.at++;
    }
    (void)fail(csv, look.line, column_of(&look, look.line_start, valid), "expected UTF-8");
}

void csv_open(struct csv *csv, struct span text, char separator, size_t cells_max,
              const char *too_many)
{
    *csv = (struct csv){.text = text,
                        .separator = separator,
                        .cells_max = cells_max,
                        .too_many = too_many,
                        .line = 1};
    csv->cells = mem_alloc(cells_max * sizeof *csv->cells);
    if (span_starts(text, SPAN(BYTE_ORDER_MARK)))
        csv->at = csv->line_start = sizeof BYTE_ORDER_MARK - 1;
    size_t valid = utf8_valid_prefix(text);
    if (valid < text.len)
        complain_of_bytes(csv, valid);
}

void csv_fini(struct csv *csv)
{
    buf_fini(&csv->bytes);
    free(csv->cells);
    csv->cells = NULL;
}

struct span csv_cell(const struct csv *csv, size_t index)
{
    if (index >= csv->count)
        return SPAN("");
    return span_trim(span_sub(buf_span(&csv->bytes), csv->cells[index].off, csv->cells[index].len));
}

size_t csv_column(const struct csv *csv, size_t index)
{
    return column_of(csv, csv->cells[index].line_start, csv->cells[index].at);
}

/* Behind the opening quotation mark, up to behind the closing one. */
static bool read_quoted(struct csv *csv)
{
    size_t line = csv->line, line_start = csv->line_start, start = csv->at;
    csv->at += quote_at(csv, csv->at);
    while (csv->at < csv->text.len) {
        size_t quote = quote_at(csv, csv->at);
        if (quote == 1 && quote_at(csv, csv->at + 1) == 1) {
            buf_add_byte(&csv->bytes, '"');
            csv->at += 2;
        } else if (quote > 0) {
            csv->at += quote;
            return true;
        } else if (at_line_end(csv)) {
            pass_line_end(csv);
            buf_add_byte(&csv->bytes, '\n');
        } else {
            buf_add_byte(&csv->bytes, csv->text.ptr[csv->at++]);
        }
    }
    return fail(csv, line, column_of(csv, line_start, start), "this quotation mark is not closed");
}

static bool at_cell_end(const struct csv *csv)
{
    return at_line_end(csv) || csv->text.ptr[csv->at] == csv->separator;
}

static void read_plain(struct csv *csv)
{
    size_t start = csv->at;
    while (!at_cell_end(csv))
        csv->at++;
    buf_add(&csv->bytes, span_sub(csv->text, start, csv->at - start));
}

/* A tab may be the separator. */
static void pass_blanks(struct csv *csv)
{
    while (csv->at < csv->text.len && ascii_is_blank(csv->text.ptr[csv->at]) &&
           csv->text.ptr[csv->at] != csv->separator)
        csv->at++;
}

static bool read_cell(struct csv *csv)
{
    pass_blanks(csv);
    struct csv_cell cell = {csv->bytes.len, 0, csv->at, csv->line_start};
    size_t line = csv->line;
    bool good = true;
    if (quote_at(csv, csv->at) > 0) {
        good = read_quoted(csv);
        pass_blanks(csv);
        if (good && !at_cell_end(csv))
            good = fail(csv, csv->line, column_of(csv, csv->line_start, csv->at),
                        "expected ',' or the end of the line behind the quotation mark");
    } else {
        read_plain(csv);
    }
    cell.len = csv->bytes.len - cell.off;
    if (good && csv->count == csv->cells_max)
        good = fail(csv, line, column_of(csv, cell.line_start, cell.at), csv->too_many);
    if (good)
        csv->cells[csv->count++] = cell;
    return good;
}

static bool read_row(struct csv *csv)
{
    csv->row_line = csv->line;
    csv->count = 0;
    csv->bytes.len = 0;
    for (;;) {
        if (!read_cell(csv))
            return false;
        if (at_line_end(csv))
            break;
        csv->at++;
    }
    pass_line_end(csv);
    return true;
}

bool csv_next(struct csv *csv)
{
    while (!csv->problem.what && csv->at < csv->text.len) {
        if (!read_row(csv))
            return false;
        if (csv->count > 1 || csv_cell(csv, 0).len > 0)
            return true;
    }
    return false;
}
