/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/map/field_params.h"

#include "engine/base/ascii.h"
#include "engine/message/codecs/codec_header.h"
#include "engine/message/codecs/codec_param.h"
#include "engine/message/codecs/codec_reader.h"
#include "engine/message/codecs/spelling.h"

/* The parameters of a field that is read as such; NULL: it is another field, or a later one of its
 * name. */
static const struct params *params_of(const struct part *part, const struct field *field)
{
    if (field == part->type_field)
        return &part->type;
    return field == part->disposition_field ? &part->disposition : NULL;
}

static bool decides_reading(const struct param *param)
{
    static const char *const names[] = {"boundary", "charset", "smime-type"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is_nocase(param->attribute, names[i]))
            return true;
    }
    return false;
}

struct view *open_param(struct views *views, const struct part *part, const struct field *field,
                        const struct spelling *spelling)
{
    const struct param *first = spelling->items[0];
    uint64_t off = (uint64_t)(field->value.ptr - views_map(views)->bytes.ptr);
    for (size_t i = 1; i < spelling->count; i++)
        first = spelling->items[i] < first ? spelling->items[i] : first;
    struct view *view =
        view_open(views_root(views), off, field->value.len, &codec_param, part, first);
    if (decides_reading(first) && !view->read_only)
        view->read_only = "this parameter says how the body is read";
    return view;
}

static bool begins_spelling(const struct params *params, const struct param *param)
{
    for (const struct param *other = params->items; param->section >= 0 && other < param; other++) {
        if (other->section >= 0 && span_equal_nocase(other->attribute, param->attribute))
            return false;
    }
    return true;
}

/* Without escapes, folds and encoded words. */
static bool is_verbatim(const struct view *view, const struct param *param)
{
    return view->text.ptr == param->value.ptr && view->text.len == param->value.len &&
           view->text.ptr >= param->raw_value.ptr &&
           span_end(view->text) <= span_end(param->raw_value);
}

size_t open_hidden_params(struct views *views, const struct field *field, struct view **out,
                          size_t max)
{
    const struct part *part = &views_map(views)->parts[field->part];
    const struct params *params = params_of(part, field);
    size_t count = 0;
    for (size_t i = 0; params && i < params->count && count < max; i++) {
        const struct param *param = &params->items[i];
        if (!begins_spelling(params, param))
            continue;
        struct spelling spelling = spelling_of(params, param, views_arena(views));
        struct view *view = open_param(views, part, field, &spelling);
        if (!is_verbatim(view, param))
            out[count++] = view;
    }
    return count;
}

/* The parameter in whose value the range of the message lies, or NULL. */
static const struct param *param_at(const struct params *params, struct span range)
{
    for (size_t i = 0; i < params->count; i++) {
        struct span value = params->items[i].raw_value;
        if (range.ptr >= value.ptr && span_end(range) <= span_end(value))
            return &params->items[i];
    }
    return NULL;
}

/* In sections any of them is told to belong to all. */
static const struct param *first_of(const struct params *params, const struct param *param)
{
    const struct param *first = params->items;
    while (first < param && (first->section < 0 || param->section < 0 ||
                             !span_equal_nocase(first->attribute, param->attribute)))
        first++;
    return first;
}

/* Where the text stands in the view's. Where the value is written with escapes or encoded: only
 * when there is but one place that it can be. */
static bool place_in(const struct view *view, const struct param *param, struct span raw,
                     struct span text, uint64_t *off_out)
{
    if (is_verbatim(view, param) && span_equal(raw, text)) {
        *off_out = (uint64_t)(raw.ptr - param->value.ptr);
        return raw.ptr >= param->value.ptr && span_end(raw) <= span_end(param->value);
    }
    size_t first = span_find(view->text, text);
    *off_out = first;
    return first != SPAN_NONE && span_find(span_from(view->text, first + 1), text) == SPAN_NONE;
}

static struct view *change_in_param(struct view *view, uint64_t *off, uint64_t len)
{
    if (view->codec != &codec_header || !view->read_only)
        return view;
    const struct field *field = view->detail;
    const struct params *params = params_of(view->part, field);
    struct span text = span_sub(view->text, *off, len);
    uint64_t raw_off, raw_len, at;
    if (!params || text.len == 0)
        return view;
    view_origin(view, *off, text.len, &raw_off, &raw_len);
    struct span raw = span_sub(views_map(view->views)->bytes, raw_off, raw_len);
    const struct param *param = param_at(params, raw);
    if (!param)
        return view;
    struct spelling spelling =
        spelling_of(params, first_of(params, param), views_arena(view->views));
    struct view *value = open_param(view->views, view->part, field, &spelling);
    if (!place_in(value, param, raw, text, &at))
        return view;
    *off = at;
    return value;
}

/* Found as it is read: the same place as the value of the parameter is read. */
struct view *open_for_change(struct view *view, uint64_t *off, uint64_t len)
{
    if (view->codec != &codec_reader)
        return change_in_param(view, off, len);
    uint64_t below, below_len, at, at_len;
    view->codec->origin(view, *off, len, &below, &below_len);
    struct view *value = change_in_param(view->parent, &below, below_len);
    struct view *read = value == view->parent ? NULL : view_as_read(value);
    if (!read)
        return view;
    reader_range(read, below, below_len, &at, &at_len);
    if (!span_equal(span_sub(read->text, at, at_len), span_sub(view->text, *off, len)))
        return view;
    *off = at;
    return read;
}
