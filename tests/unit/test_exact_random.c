/* SPDX-License-Identifier: Apache-2.0 */
/* Random tables in random texts: the finds are those of a search that knows no filter, no hash and
 * no stretches, written from the words of exact_search.h alone. */
#include "tests/support/exact_rig.h"
#include "tests/support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "rulesets/detection/exact/exact_rows.h"

#include <stdlib.h>

#define ROWS 12
#define COLUMNS 4
#define PLACES_MAX 20000

static struct random_source source = {1};

/* The letters and digits. */
static void plain_of(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_is_alnum(text.ptr[i]))
            buf_add_byte(out, ascii_lower(text.ptr[i]));
    }
}

struct table {
    char cells[ROWS][COLUMNS][24]; /* letters and digits alone */
    unsigned rows, columns, common;
    struct buf csv;
};

static void random_cell(char *out)
{
    static const char *const words[] = {"ann", "bo", "anna", "12", "123", "4567", "x", "smith", ""};
    out[0] = '\0';
    for (unsigned i = 1 + random_below(&source, 2); i > 0; i--)
        (void)strncat(out, words[random_below(&source, ARRAY_LEN(words))], 10);
}

static void random_table(struct table *table)
{
    *table = (struct table){.rows = 1 + random_below(&source, ROWS),
                            .columns = 1 + random_below(&source, COLUMNS),
                            .common = 1 + random_below(&source, 3)};
    for (unsigned c = 0; c < table->columns; c++)
        buf_printf(&table->csv, "%sc%u", c > 0 ? "," : "", c);
    for (unsigned r = 0; r < table->rows; r++) {
        buf_add_byte(&table->csv, '\n');
        for (unsigned c = 0; c < table->columns; c++) {
            random_cell(table->cells[r][c]);
            /* One that is there, so that no row is empty and passed over. */
            if (c == 0 && table->cells[r][c][0] == '\0')
                (void)strncat(table->cells[r][c], "ann", 4);
            buf_printf(&table->csv, "%s%s", c > 0 ? "," : "", table->cells[r][c]);
        }
    }
}

static bool rows_equal(const struct table *table, unsigned a, unsigned b)
{
    for (unsigned c = 0; c < table->columns; c++) {
        const char *x = table->cells[a][c], *y = table->cells[b][c];
        bool same = strcmp(x, y) == 0 || (strlen(x) < 2 && strlen(y) < 2);
        if (!same)
            return false;
    }
    return true;
}

static bool is_repeated(const struct table *table, unsigned row)
{
    for (unsigned r = 0; r < row; r++) {
        if (rows_equal(table, r, row))
            return true;
    }
    return false;
}

static bool is_strong(const struct table *table, const char *cell)
{
    unsigned rows = 0;
    for (unsigned r = 0; r < table->rows; r++) {
        bool there = false;
        for (unsigned c = 0; c < table->columns; c++)
            there = there || strcmp(table->cells[r][c], cell) == 0;
        rows += there && !is_repeated(table, r);
    }
    return strlen(cell) > 2 && rows <= table->common;
}

/* Pieces of cells, cells, cells cut apart, and what is near them. */
static void random_text(const struct table *table, struct buf *out)
{
    static const char *const gaps[] = {" ", "-", ", ", "\n", "", "    ", " .;. ", ".... "};
    for (unsigned count = random_below(&source, 60); count > 0; count--) {
        const char *cell =
            table->cells[random_below(&source, table->rows)][random_below(&source, table->columns)];
        size_t len = strlen(cell),
               cut = len > 1 && random_below(&source, 3) == 0 ? random_below(&source, 3) : 0;
        buf_add(out, span_of(cell, cut < len ? cut : 0));
        if (cut > 0 && random_below(&source, 2))
            buf_add_str(out, gaps[random_below(&source, 4)]);
        buf_add(out, span_of(cell + cut, len - cut));
        buf_add_str(out, gaps[random_below(&source, ARRAY_LEN(gaps))]);
        for (unsigned i = random_below(&source, 20) == 0 ? random_below(&source, 90) : 0; i > 0;
             i--)
            buf_add_str(out, "; ");
    }
}

/* Gaps as exact_text.h has them: three characters, blanks in a row counted as one. */
static bool gap_is_small(struct span gap)
{
    unsigned wide = 0;
    for (size_t i = 0; i < gap.len; i++) {
        bool blank = gap.ptr[i] == ' ' || gap.ptr[i] == '\n';
        wide += !blank || i == 0 || (gap.ptr[i - 1] != ' ' && gap.ptr[i - 1] != '\n');
    }
    return wide <= EXACT_GAP;
}

static size_t word_end(struct span text, size_t at)
{
    while (at < text.len && ascii_is_alnum(text.ptr[at]))
        at++;
    return at;
}

/* Where a cell stands. */
struct piece {
    size_t off, end, line, last_line;
    uint64_t columns;
    bool strong, gone, told;
};

/* Whether text [off, ...), where a word begins, goes on as the cell; where that ends. */
static size_t cell_at(struct span text, size_t off, const char *cell, unsigned most)
{
    struct buf plain = BUF_INIT;
    size_t at = off, found = 0;
    for (unsigned words = 0; words < most && at < text.len; words++) {
        size_t end = word_end(text, at);
        plain_of(span_sub(text, at, end - at), &plain);
        if (span_is(buf_span(&plain), cell)) {
            found = end;
            break;
        }
        size_t next = end;
        while (next < text.len && !ascii_is_alnum(text.ptr[next]))
            next++;
        if (plain.len >= strlen(cell) || !gap_is_small(span_sub(text, end, next - end)))
            break;
        at = next;
    }
    buf_fini(&plain);
    return found;
}

static size_t line_of(struct span text, size_t at)
{
    size_t lines = 0;
    for (size_t i = 0; i < at; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

/* Words that a text may show it in: the most that a cell of the index of its sort may. */
static unsigned most_words(const struct exact_head *head, const char *cell)
{
    size_t letters = strlen(cell), digits = 0;
    for (size_t i = 0; i < letters; i++)
        digits += ascii_is_digit(cell[i]);
    return head->words[exact_sort_of(letters, digits)];
}

/* One more place of a cell, which another column may have as well. */
static void add_piece(struct piece *pieces, size_t *count, struct span text, struct piece piece)
{
    size_t at = 0, last = piece.end;
    while (at < *count && (pieces[at].off != piece.off || pieces[at].end != piece.end))
        at++;
    if (at < *count) {
        pieces[at].columns |= piece.columns;
        return;
    }
    assert_true(*count < PLACES_MAX);
    while (!ascii_is_alnum(text.ptr[last - 1]))
        last--;
    piece.line = line_of(text, piece.off);
    piece.last_line = line_of(text, last - 1);
    pieces[(*count)++] = piece;
}

/* All places of the cells of a row that count. */
static size_t pieces_of(const struct table *table, const struct exact_rig *rig, unsigned row,
                        struct span text, struct piece *out)
{
    const struct exact_head *head = &rig->index->head;
    size_t count = 0;
    for (size_t off = 0; off < text.len; off++) {
        if (!ascii_is_alnum(text.ptr[off]) || (off > 0 && ascii_is_alnum(text.ptr[off - 1])))
            continue;
        for (unsigned c = 0; c < table->columns; c++) {
            const char *cell = table->cells[row][c];
            if (!(rig->match.columns >> c & 1) || strlen(cell) < 2)
                continue;
            size_t end = cell_at(text, off, cell, most_words(head, cell));
            if (end > 0)
                add_piece(out, &count, text,
                          (struct piece){.off = off,
                                         .end = end,
                                         .columns = UINT64_C(1) << c,
                                         .strong = is_strong(table, cell)});
        }
    }
    return count;
}

static void drop_covered(struct piece *pieces, size_t *count)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        for (size_t k = 0; k < *count; k++) {
            const struct piece *a = &pieces[i], *b = &pieces[k];
            bool overlap = i != k && a->off < b->end && b->off < a->end;
            size_t x = a->end - a->off, y = b->end - b->off;
            if (overlap && (y > x || (y == x && b->off < a->off)))
                pieces[i].gone = true;
        }
    }
    for (size_t i = 0; i < *count; i++) {
        if (!pieces[i].gone)
            pieces[kept++] = pieces[i];
    }
    *count = kept;
}

/* Every window that begins with one piece and ends with another. */
static void tell(const struct exact_match *match, struct piece *pieces, size_t count)
{
    for (size_t from = 0; from < count; from++) {
        uint64_t keys = 0, columns = 0;
        bool strong = false;
        for (size_t to = from; to < count; to++) {
            bool together = pieces[to].end - pieces[from].off <= exact_rows_reach(match) &&
                            (match->within || pieces[to].last_line == pieces[from].line);
            if (!together)
                break;
            keys |= pieces[to].columns & (~pieces[to].columns + 1);
            columns |= pieces[to].columns;
            strong = strong || pieces[to].strong;
            if ((unsigned)__builtin_popcountll(keys) >= match->match && strong &&
                (match->required & ~columns) == 0) {
                for (size_t i = from; i <= to; i++)
                    pieces[i].told = true;
            }
        }
    }
}

static size_t total;

/* Whether the finds of a row, the next of `got`, are the pieces that are told. */
static bool is_same(const struct exact_finds *got, size_t *at, unsigned row,
                    const struct piece *pieces, size_t count)
{
    bool same = true;
    for (size_t i = 0; i < count; i++) {
        if (!pieces[i].told)
            continue;
        const struct exact_find *find = *at < got->count ? &got->items[*at] : NULL;
        same = same && find && find->row == row && find->off == pieces[i].off &&
               find->len == pieces[i].end - pieces[i].off;
        ++*at;
    }
    return same;
}

static void compare(const struct table *table, const struct exact_rig *rig, struct span text)
{
    static struct piece pieces[PLACES_MAX];
    struct exact_finds got = exact_rig_search(&rig->match, text);
    size_t at = 0;
    bool same = true;
    for (unsigned row = 0; row < table->rows; row++) {
        if (is_repeated(table, row))
            continue;
        size_t count = pieces_of(table, rig, row, text, pieces);
        drop_covered(pieces, &count);
        tell(&rig->match, pieces, count);
        same &= is_same(&got, &at, row, pieces, count);
    }
    if (!same || at != got.count)
        fail_msg("%zu finds, not %zu, or others, of\n%.*s\nin\n%.*s", got.count, at,
                 SPAN_ARG(buf_span(&table->csv)), SPAN_ARG(text));
    total += got.count;
    free(got.items);
}

static void random_match(const struct table *table, struct exact_match *match)
{
    uint64_t all = match->columns;
    match->match = 1 + random_below(&source, table->columns);
    match->within = random_below(&source, 3) == 0 ? 0 : 10 + random_below(&source, 60);
    if (random_below(&source, 3) == 0)
        match->columns = 1 + random_below(&source, (unsigned)all);
    if (random_below(&source, 3) == 0)
        match->required = match->columns & (1 + random_below(&source, (unsigned)all));
}

static void play(const struct table *table, struct buf *text)
{
    struct exact_rig rig;
    exact_rig_open(&rig, buf_span(&table->csv), table->common);
    assert_non_null(rig.index);
    random_match(table, &rig.match);
    compare(table, &rig, buf_span(text));
    exact_rig_close(&rig);
    buf_fini(text);
}

static void test_small_texts(void **state)
{
    (void)state;
    source.state = 1;
    total = 0;
    for (unsigned round = 0; round < 3000; round++) {
        struct table table;
        struct buf text = BUF_INIT;
        random_table(&table);
        random_text(&table, &text);
        play(&table, &text);
        buf_fini(&table.csv);
    }
    assert_true(total > 3000); /* or it would be no test */
}

/* Stretches are judged one after the other: around where one ends and the next begins, and where
 * the finds end that are told with the first, the text is full of cells. */
#define STRETCH 32768u

static void fill_stretches(const struct table *table, struct buf *text)
{
    for (size_t end = STRETCH; end < 4 * STRETCH; end += STRETCH) {
        while (text->len < end - 4000)
            buf_add_byte(text, ';');
        while (text->len < end + 1000)
            random_text(table, text);
    }
}

static void test_large_texts(void **state)
{
    (void)state;
    source.state = 2;
    total = 0;
    for (unsigned round = 0; round < 20; round++) {
        struct table table;
        struct buf text = BUF_INIT;
        random_table(&table);
        fill_stretches(&table, &text);
        play(&table, &text);
        buf_fini(&table.csv);
    }
    assert_true(total > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_small_texts),
                                       cmocka_unit_test(test_large_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
