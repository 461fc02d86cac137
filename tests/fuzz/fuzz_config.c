/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a configuration: no crash, every complaint has its form, and our own reading of JSON
 * agrees with Jansson's about what is JSON.
 */
#include "config/policy/policy.h"
#include "config/reader/syntax.h"
#include "engine/base/ascii.h"
#include "engine/base/mem.h"
#include "engine/pattern/pattern.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME "c.json"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void broken(const char *what, struct span text)
{
    (void)fprintf(stderr, "%s: %.*s\n", what, SPAN_ARG(text));
    abort();
}

static const char *no_address(const char *name, struct arena *arena)
{
    (void)name;
    (void)arena;
    return NULL;
}

static const char *no_name(const char *name, unsigned *left_ms, struct arena *arena)
{
    (void)left_ms;
    return no_address(name, arena);
}

static const char *host_name(struct arena *arena)
{
    (void)arena;
    return "fuzz.example";
}

static const struct host host = {no_address, no_name, host_name};

static bool skip_number(struct span *line)
{
    size_t len = 0;
    while (len < line->len && ascii_is_digit(line->ptr[len]))
        len++;
    bool good = len > 0 && len < line->len && line->ptr[len] == ':' && line->ptr[0] != '0';
    *line = span_from(*line, len + 1);
    return good;
}

/* "c.json:LINE:COLUMN: /pointer: text" */
static void check_line(struct span whole)
{
    struct span line = whole;
    if (span_starts(line, SPAN("and ")) && span_ends_nocase(line, SPAN(" more")))
        return;
    if (!span_starts(line, SPAN(NAME ":")))
        broken("no file", whole);
    line = span_from(line, strlen(NAME ":"));
    if (!skip_number(&line) || !skip_number(&line))
        broken("no place", whole);
    if (!span_starts(line, SPAN(" /")) || span_find(line, SPAN(": ")) == SPAN_NONE)
        broken("no pointer", whole);
    for (size_t i = 0; i < whole.len; i++) {
        if (ascii_is_control(whole.ptr[i]))
            broken("a control character", whole);
    }
}

static void check_complaints(const struct buf *complaints, bool accepted)
{
    struct span rest = buf_span(complaints);
    if (!accepted && rest.len == 0)
        broken("refused without a word", rest);
    for (struct span line; rest.len > 0 && span_next(&rest, '\n', &line);) {
        check_line(line);
        if (accepted && span_find(line, SPAN(": warning: ")) == SPAN_NONE)
            broken("accepted with an error", line);
    }
}

/* Where we are stricter than Jansson: deep nesting, numbers of 400 digits, and NUL bytes, one of
 * which it overlooks behind a number. */
static bool is_extreme(struct span text)
{
    size_t depth = 0;
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        depth += text.ptr[i] == '[' || text.ptr[i] == '{';
        digits += ascii_is_digit(text.ptr[i]);
    }
    return depth > SYNTAX_DEPTH_MAX || digits > 350 || span_find_byte(text, '\0') != SPAN_NONE;
}

static void compare_with_jansson(struct span text)
{
    json_error_t error;
    struct arena *arena = arena_new();
    struct reader reader;
    struct node root;
    reader_init(&reader, arena);
    bool ours = reader_load_text(&reader, NAME, text, &root);
    /* reader_load_text() wants an object on top and skips a byte order mark. */
    struct span json = span_starts(text, SPAN("\xef\xbb\xbf")) ? span_from(text, 3) : text;
    json_t *theirs = json_loadb(json.ptr, json.len, JSON_REJECT_DUPLICATES, &error);
    if (ours && !theirs)
        broken(error.text, text);
    if (!ours && json_is_object(theirs) && !is_extreme(text))
        broken("we refuse it", buf_span(&reader.complaints));
    json_decref(theirs);
    reader_fini(&reader);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        pattern_library_init();
    ready = true;
    struct span text = span_of((const char *)data, size);
    struct policy_options options = {.host = &host};
    struct buf complaints = BUF_INIT;
    compare_with_jansson(text);
    struct policy *policy = policy_load_text(NAME, text, &options, &complaints);
    check_complaints(&complaints, policy != NULL);
    policy_unref(&policy);
    buf_fini(&complaints);
    return 0;
}
