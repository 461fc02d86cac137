/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/dictionary_csv.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"

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

static size_t column_of(const struct csv *csv, size_t at)
{
    return utf8_count(span_sub(csv->text, csv->line_start, at - csv->line_start)) + 1;
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

static void pass_blanks(struct csv *csv)
{
    while (csv->at < csv->text.len && ascii_is_blank(csv->text.ptr[csv->at]))
        csv->at++;
}

void csv_open(struct csv *csv, struct span text, struct arena *arena)
{
    *csv = (struct csv){.text = text, .line = 1, .arena = arena};
    if (span_starts(text, SPAN(BYTE_ORDER_MARK)))
        csv->at = csv->line_start = sizeof BYTE_ORDER_MARK - 1;
    size_t valid = utf8_valid_prefix(text);
    if (valid == text.len)
        return;
    struct csv look = *csv;
    while (look.at < valid) {
        if (at_line_end(&look))
            pass_line_end(&look);
        else
            look.at++;
    }
    (void)fail(csv, look.line, column_of(&look, valid), "expected UTF-8");
}

/* Behind the opening quotation mark, up to behind the closing one. */
static bool read_quoted(struct csv *csv, struct buf *out)
{
    size_t line = csv->line, column = column_of(csv, csv->at);
    csv->at += quote_at(csv, csv->at);
    while (csv->at < csv->text.len) {
        size_t quote = quote_at(csv, csv->at);
        if (quote == 1 && quote_at(csv, csv->at + 1) == 1) {
            buf_add_byte(out, '"');
            csv->at += 2;
        } else if (quote > 0) {
            csv->at += quote;
            return true;
        } else if (at_line_end(csv)) {
            pass_line_end(csv);
            buf_add_byte(out, '\n');
        } else {
            buf_add_byte(out, csv->text.ptr[csv->at++]);
        }
    }
    return fail(csv, line, column, "this quotation mark is not closed");
}

static bool read_cell(struct csv *csv, struct csv_row *row)
{
    struct buf cell = BUF_INIT;
    pass_blanks(csv);
    size_t start = csv->at, line = csv->line, column = column_of(csv, start);
    bool good = true, quoted = quote_at(csv, start) > 0;
    if (quoted)
        good = read_quoted(csv, &cell);
    pass_blanks(csv);
    while (!quoted && !at_line_end(csv) && csv->text.ptr[csv->at] != ',')
        buf_add_byte(&cell, csv->text.ptr[csv->at++]);
    if (good && !at_line_end(csv) && csv->text.ptr[csv->at] != ',')
        good = fail(csv, csv->line, column_of(csv, csv->at),
                    "expected ',' or the end of the line behind the quotation mark");
    if (good && row->count == CSV_CELLS_MAX)
        good = fail(csv, line, column, "expected at most term, weight and flags in a row");
    if (good) {
        row->columns[row->count] = column;
        row->cells[row->count++] = span_trim(arena_copy(csv->arena, buf_span(&cell)));
    }
    buf_fini(&cell);
    return good;
}

static bool is_empty(const struct csv_row *row)
{
    return row->count == 1 && row->cells[0].len == 0;
}

bool csv_next(struct csv *csv, struct csv_row *row)
{
    while (!csv->problem.what && csv->at < csv->text.len) {
        *row = (struct csv_row){.line = csv->line};
        for (;;) {
            if (!read_cell(csv, row))
                return false;
            if (at_line_end(csv))
                break;
            csv->at++;
        }
        pass_line_end(csv);
        if (!is_empty(row))
            return true;
    }
    return false;
}
