/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/scanning.h"

#include <string.h>

struct gathering {
    struct starts starts;
    struct scanner_widths widths;
};

static bool gather(unsigned id, size_t end, void *arg)
{
    struct gathering *gathering = arg;
    (void)id;
    starts_add(&gathering->starts, end, gathering->widths.least, gathering->widths.most);
    return true;
}

static bool same(const struct pattern_match *a, const struct pattern_match *b)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->group[i].off != b->group[i].off || a->group[i].len != b->group[i].len)
            return false;
    }
    return a->count == b->count;
}

static enum scanning compare(const struct pattern *pattern, struct span text,
                             const struct starts *starts)
{
    struct pattern_subject subject = pattern_subject(text);
    for (size_t from = 0; from <= text.len;) {
        struct pattern_match plain, narrow;
        enum pattern_result whole = pattern_search_plain(pattern, text, from, 0, &plain);
        enum pattern_result part = starts_search(starts, pattern, &subject, from, 0, &narrow);
        if (whole == PATTERN_OVER_LIMIT || part == PATTERN_OVER_LIMIT)
            return SCANNING_NOT_HELD;
        if (whole != part || (whole == PATTERN_FOUND && !same(&plain, &narrow)))
            return SCANNING_DIFFERS;
        if (whole == PATTERN_NOT_FOUND)
            break;
        from = plain.group[0].off + 1;
        while (from < text.len && ((unsigned char)text.ptr[from] & 0xc0) == 0x80)
            from++;
    }
    return SCANNING_EQUAL;
}

enum scanning scanning_compare(const struct pattern *pattern, struct span text)
{
    struct gathering gathering = {STARTS_INIT, {0, 0}};
    struct buf form = BUF_INIT;
    struct error err = ERROR_INIT;
    enum dialect_text texts;
    enum scanning result = SCANNING_NOT_HELD;
    bool held =
        dialect_write(pattern_source(pattern), &form, &texts) && dialect_text_of(text) <= texts;
    struct scanner_expression expression = {buf_span(&form), 7, false};
    struct scanner *scanner = held ? scanner_new(&expression, 1, NULL, &err) : NULL;
    if (scanner && scanner_widths(scanner, 0, &gathering.widths)) {
        struct scanner_scratch *scratch = scanner_scratch_new(scanner);
        if (scanner_scan(scanner, scratch, text, gather, &gathering))
            result = compare(pattern, text, &gathering.starts);
        scanner_scratch_free(&scratch);
    }
    scanner_free(&scanner);
    starts_fini(&gathering.starts);
    buf_fini(&form);
    return result;
}
