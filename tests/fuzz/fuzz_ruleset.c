/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_ruleset: any bytes as a message through rules that hide a secret. The first byte chooses the
 * rules, the second the policies. What leaves must be whole: no secret is left where a rule looks,
 * and what no rule touches is what came.
 */
#include "engine/message/library.h"
#include "engine/message/open.h"
#include "tests/support/rules_case.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECRET "'QX-\\\\d{4}'"

static const char *const rulesets[] = {
    "{'extract': 'Subject', 'pattern': " SECRET ", 'rules': [{'transform': 'Mask'}]},"
    "{'extract': 'Body', 'pattern': " SECRET ", 'rules': [{'transform': 'Mask'}]},"
    "{'extract': 'Attachment', 'rules': [{'extract': 'Text', 'pattern': " SECRET ", 'rules': "
    "[{'transform': 'Mask', 'mask_character': '\xe2\x80\xa2'}]}]}",

    "{'extract': 'Subject', 'pattern': '(?<s>QX-\\\\d{4})', 'rules': [{'transform': 'Header', "
    "'header_name': 'X-Seen', 'header_value': '%(s)s'}, {'transform': 'Tag', 'tag': 'seen', "
    "'subject_prefix': '[%(s)s] '}]},"
    "{'extract': 'Subject', 'pattern': " SECRET ", 'rules': [{'transform': 'Redact', 'with': "
    "'\xc3\xa4'}]},"
    "{'extract': 'Body', 'pattern': " SECRET ", 'rules': [{'transform': 'Redact'}]},"
    "{'extract': 'Filename', 'pattern': " SECRET
    ", 'rules': [{'transform': 'Redact', 'with': ''}]},"
    "{'extract': 'Attachment', 'rules': [{'extract': 'Text', 'pattern': " SECRET ", 'rules': "
    "[{'transform': 'Redact', 'with': '\xe5\xaf\x86'}]}]}",

    "{'extract': 'Subject', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"
    "{'extract': 'Body', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"
    "{'extract': 'Filename', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"
    "{'extract': 'Text', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]}",
};

#define NOTHING 2

static void fail(const char *what, const struct rules_case *c)
{
    (void)fprintf(stderr, "%s\n--- in\n%.*s\n--- out\n%.*s\n", what, SPAN_ARG(c->message.bytes),
                  SPAN_ARG(c->output));
    abort();
}

static bool has_secret(struct span text)
{
    for (size_t at = 0; at < text.len; at++) {
        struct span rest = span_from(text, at);
        size_t digits = 0;
        if (!span_starts(rest, SPAN("QX-")))
            continue;
        while (3 + digits < rest.len && rest.ptr[3 + digits] >= '0' && rest.ptr[3 + digits] <= '9')
            digits++;
        if (digits >= 4)
            return true;
    }
    return false;
}

/* What the rules look at, in the message that leaves. */
static void check_hidden(const struct rules_case *c)
{
    struct arena *arena = c->message_arena;
    struct map *map = map_build(c->output, &map_limits_default, READING_STRICT, arena);
    struct views *views = views_new(map, &view_limits_default, arena);
    const struct field *field;
    for (size_t i = 0; (field = map_field(map, &map->parts[0], "Subject", i)) != NULL; i++) {
        if (has_secret(open_field(views, field)->text))
            fail("a secret in the subject", c);
    }
    for (size_t i = 0; i < map->part_count; i++) {
        struct view *view =
            map->parts[i].kind == PART_LEAF ? open_text(views, &map->parts[i]) : NULL;
        if (view && has_secret(view->text))
            fail("a secret in a text", c);
    }
}

/* Insertions and removals of our fields, in front of everything that came. */
static void check_untouched(const struct rules_case *c)
{
    const struct edits *edits = c->outcome.edits;
    for (size_t i = 0; i < edits->count; i++) {
        if (strcmp(edits->items[i].rule, CHANGES_EDIT_RULE) != 0)
            fail("something else was changed", c);
    }
}

static void check(const struct rules_case *c, size_t which)
{
    uint32_t unseen = c->outcome.uninspected;
    if (c->outcome.verdict != VERDICT_DELIVER) {
        if (c->outcome.edits)
            fail("edits without delivery", c);
        return;
    }
    if (c->output.len != edits_output_size(c->outcome.edits, c->message.bytes.len))
        fail("another size than announced", c);
    if (span_find_nocase(c->output, SPAN("X-Culvert-Inspected: true\r\n")) == SPAN_NONE)
        fail("not marked", c);
    if (which == NOTHING)
        check_untouched(c);
    else if (unseen == 0)
        check_hidden(c);
}

static void set_up(struct rules_case *cases)
{
    pattern_library_init();
    message_library_init();
    for (size_t i = 0; i < ARRAY_LEN(rulesets); i++) {
        rules_case_below(&cases[i], rulesets[i]);
        if (!cases[i].rulesets)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rules_case cases[ARRAY_LEN(rulesets)];
    if (!cases[0].arena)
        set_up(cases);
    if (size < 2)
        return 0;
    size_t which = data[0] % ARRAY_LEN(rulesets);
    struct rules_case *c = &cases[which];
    enum trouble_policy policy = data[1] & 1 ? TROUBLE_PASS : TROUBLE_TAG;
    c->inspection.on_uncertain = data[1] & 2 ? TROUBLE_REJECT : policy;
    c->inspection.on_uninspectable = policy;
    c->inspection.on_error = policy;
    c->traced = data[1] & 4;
    rules_case_run_bytes(c, span_of((const char *)data + 2, size - 2));
    check(c, which);
    return 0;
}
