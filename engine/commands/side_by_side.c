/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/side_by_side.h"

#include "engine/base/mem.h"
#include "engine/base/utf8.h"

#include <stdlib.h>

struct lines {
    struct span *items;
    size_t count;
};

static struct lines split(struct span text)
{
    struct lines lines = {mem_alloc(SIDE_BY_SIDE_LINES * sizeof(struct span)), 0};
    struct span line;
    while (lines.count < SIDE_BY_SIDE_LINES && span_next(&text, '\n', &line)) {
        if (!text.ptr && line.len == 0)
            break; /* behind the last line end */
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        lines.items[lines.count++] = line;
    }
    return lines;
}

static void add_cell(struct buf *out, struct span text, size_t width)
{
    size_t columns = utf8_count(text);
    if (columns > width) {
        size_t at = 0;
        for (size_t i = 0; i + 1 < width && at < text.len; i++) {
            size_t len = utf8_decode(span_from(text, at), NULL);
            at += len > 0 ? len : 1;
        }
        buf_add(out, span_sub(text, 0, at));
        buf_add_str(out, "…");
        columns = width;
    } else {
        buf_add(out, text);
    }
    for (; columns < width; columns++)
        buf_add_byte(out, ' ');
}

static void add_row(struct buf *out, struct span left, const char *mark, struct span right,
                    size_t width)
{
    add_cell(out, left, width);
    buf_add_str(out, mark);
    size_t before = out->len;
    add_cell(out, right, width);
    while (out->len > before && out->ptr[out->len - 1] == ' ')
        out->len--;
    buf_add_byte(out, '\n');
}

/* common[i * (right.count + 1) + j]: length of the longest common run of lines from i and j on. */
static unsigned *longest_common(struct lines left, struct lines right)
{
    size_t row = right.count + 1;
    unsigned *common = mem_alloc((left.count + 1) * row * sizeof *common);
    for (size_t i = left.count; i-- > 0;) {
        for (size_t j = right.count; j-- > 0;) {
            unsigned down = common[(i + 1) * row + j];
            unsigned across = common[i * row + j + 1];
            common[i * row + j] = span_equal(left.items[i], right.items[j])
                                      ? common[(i + 1) * row + j + 1] + 1
                                      : (down > across ? down : across);
        }
    }
    return common;
}

/* Lines that only one side has stand opposite each other as long as both sides have some. */
static void add_changes(struct buf *out, struct span *left, size_t lefts, struct span *right,
                        size_t rights, size_t width)
{
    static const struct span none = SPAN_INIT("");
    for (size_t i = 0; i < lefts || i < rights; i++) {
        const char *mark = i >= lefts ? " > " : i >= rights ? " < " : " | ";
        add_row(out, i < lefts ? left[i] : none, mark, i < rights ? right[i] : none, width);
    }
}

void side_by_side(struct span left_text, struct span right_text, size_t width, struct buf *out)
{
    struct lines left = split(left_text);
    struct lines right = split(right_text);
    unsigned *common = longest_common(left, right);
    size_t row = right.count + 1, i = 0, j = 0;
    while (i < left.count || j < right.count) {
        size_t from_i = i, from_j = j;
        while ((i < left.count && common[i * row + j] == common[(i + 1) * row + j]) ||
               (j < right.count && common[i * row + j] == common[i * row + j + 1])) {
            if (i < left.count && common[i * row + j] == common[(i + 1) * row + j])
                i++;
            else
                j++;
        }
        add_changes(out, left.items + from_i, i - from_i, right.items + from_j, j - from_j, width);
        for (; i < left.count && j < right.count && span_equal(left.items[i], right.items[j]) &&
               common[i * row + j] == common[(i + 1) * row + j + 1] + 1;
             i++, j++)
            add_row(out, left.items[i], "   ", right.items[j], width);
    }
    free(common);
    free(left.items);
    free(right.items);
}
