/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pattern/pattern.h"

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/base/utf8.h"
#include "engine/pattern/compiled.h"

#include <stdlib.h>

/* Calls of groups (\g) that one search may make. */
#define CALLS_IN_SEARCH 1000000UL

/* Prefixes tried to find the place of an error. */
#define PLACE_SEARCH_BYTES 1000

void pattern_library_init(void)
{
    OnigEncoding encodings[] = {ONIG_ENCODING_UTF8, ONIG_ENCODING_ASCII};
    if (onig_initialize(encodings, (int)ARRAY_LEN(encodings)) != ONIG_NORMAL)
        abort();
    (void)onig_set_subexp_call_limit_in_search(CALLS_IN_SEARCH);
    onig_set_warn_func(onig_null_warn);
    onig_set_verb_warn_func(onig_null_warn);
}

const char *pattern_library_version(void)
{
    return onig_version();
}

static int compile(regex_t **regex_out, struct span source, enum pattern_text text,
                   OnigErrorInfo *info)
{
    OnigEncoding encoding = text == PATTERN_UTF8 ? ONIG_ENCODING_UTF8 : ONIG_ENCODING_ASCII;
    const OnigUChar *from = (const OnigUChar *)source.ptr;
    /* Groups without a name count beside those with one: "group": 2 means what it says. */
    return onig_new(regex_out, from, from + source.len, ONIG_OPTION_CAPTURE_GROUP, encoding,
                    ONIG_SYNTAX_RUBY, info);
}

/* The library rarely names a place. The end of the longest beginning that is a pattern by itself is
 * where a person would look: the parenthesis that is never closed, the name that is not known. */
static size_t place_of_error(struct span source, enum pattern_text text)
{
    for (size_t len = source.len; len > 0; len = utf8_floor(source, len - 1)) {
        regex_t *regex = NULL;
        OnigErrorInfo info;
        size_t shorter = utf8_floor(source, len - 1);
        if (compile(&regex, span_sub(source, 0, shorter), text, &info) == ONIG_NORMAL) {
            onig_free(regex);
            return shorter;
        }
    }
    return 0;
}

static void set_error(struct error *err, int code, OnigErrorInfo *info, struct span source,
                      enum pattern_text text)
{
    OnigUChar message[ONIG_MAX_ERROR_MESSAGE_LEN];
    int len = onig_error_code_to_str(message, code, info);
    const char *named = (const char *)info->par;
    if (named && named >= source.ptr && named <= span_end(source))
        (void)error_set(err, "%.*s at offset %zu", len, (const char *)message,
                        (size_t)(named - source.ptr));
    else if (source.len <= PLACE_SEARCH_BYTES)
        (void)error_set(err, "%.*s at offset %zu", len, (const char *)message,
                        place_of_error(source, text));
    else
        (void)error_set(err, "%.*s", len, (const char *)message);
}

static int take_name(const OnigUChar *name, const OnigUChar *name_end, int count, int *groups,
                     regex_t *regex, void *arg)
{
    (void)regex;
    struct pattern *pattern = arg;
    for (int i = 0; i < count; i++) {
        if (groups[i] > 0 && (size_t)groups[i] < pattern->group_count)
            pattern->names[groups[i]] = span_of((const char *)name, (size_t)(name_end - name));
    }
    return 0;
}

/*
 * The library (6.9.8) takes "\b.*x" to begin at the start of a line, as ".*x" does, and misses
 * what begins at a word. Beside an alternative, though one that never matches, it makes no such
 * guess.
 */
static regex_t *without_guess(regex_t *regex, struct span source, enum pattern_text text)
{
    bool word_edge =
        span_find(source, SPAN("\\b")) != SPAN_NONE || span_find(source, SPAN("\\B")) != SPAN_NONE;
    bool any = span_find(source, SPAN(".*")) != SPAN_NONE ||
               span_find(source, SPAN(".+")) != SPAN_NONE ||
               span_find(source, SPAN(".{")) != SPAN_NONE;
    /* Behind a comment of (?x) the alternative would be one more comment. */
    if (!word_edge || !any || span_find_byte(source, '#') != SPAN_NONE)
        return regex;
    struct buf wrapped = BUF_INIT;
    regex_t *other = NULL;
    OnigErrorInfo info;
    buf_printf(&wrapped, "(?:%.*s|(?!))", SPAN_ARG(source));
    bool good = compile(&other, buf_span(&wrapped), text, &info) == ONIG_NORMAL;
    buf_fini(&wrapped);
    if (!good)
        return regex;
    onig_free(regex);
    return other;
}

struct pattern *pattern_new(struct span source, enum pattern_text text, struct error *err)
{
    if (!source.ptr)
        source.ptr = "";
    if (!utf8_is_valid(source)) {
        (void)error_set(err, "not valid UTF-8 at offset %zu", utf8_valid_prefix(source));
        return NULL;
    }
    regex_t *regex = NULL;
    OnigErrorInfo info = {0};
    int code = compile(&regex, source, text, &info);
    if (code != ONIG_NORMAL) {
        set_error(err, code, &info, source, text);
        return NULL;
    }
    struct pattern *pattern = mem_alloc(sizeof *pattern);
    pattern->regex = without_guess(regex, source, text);
    pattern->text = text;
    pattern->group_count = (size_t)onig_number_of_captures(pattern->regex) + 1;
    pattern->source = span_of(mem_copy(source.ptr, source.len), source.len);
    pattern->names = mem_alloc(pattern->group_count * sizeof *pattern->names);
    for (size_t i = 0; i < pattern->group_count; i++)
        pattern->names[i] = SPAN("");
    (void)onig_foreach_name(pattern->regex, take_name, pattern);
    pattern->from_start = span_find(pattern->source, SPAN("\\G")) != SPAN_NONE;
    pattern->has_first = first_bytes_of(pattern->source, &pattern->first);
    hint_make(pattern->source, &pattern->hint);
    pattern->steps = steps_new(pattern->source);
    return pattern;
}

void pattern_free(struct pattern **slot)
{
    struct pattern *pattern = *slot;
    if (!pattern)
        return;
    *slot = NULL;
    onig_free(pattern->regex);
    steps_free(&pattern->steps);
    free((void *)(uintptr_t)pattern->source.ptr);
    free(pattern->names);
    free(pattern);
}

struct span pattern_source(const struct pattern *pattern)
{
    return pattern->source;
}

size_t pattern_group_count(const struct pattern *pattern)
{
    return pattern->group_count;
}

int pattern_group_by_name(const struct pattern *pattern, struct span name)
{
    for (size_t i = 1; i < pattern->group_count; i++) {
        if (name.len > 0 && span_equal(pattern->names[i], name))
            return (int)i;
    }
    return -1;
}

struct span pattern_group_name(const struct pattern *pattern, size_t n)
{
    return n < pattern->group_count ? pattern->names[n] : SPAN("");
}
