/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_ruleset: any bytes as a message through rules that hide a secret. The first byte chooses the
 * rules, the second the policies. What leaves must be whole: no secret is left where a rule looks,
 * and what no rule touches is what came. What leaves is inspected again by the same rules: where
 * the message was certain it still is, and nothing is found that was hidden before.
 */
#include "engine/message/library.h"
#include "engine/message/open.h"
#include "tests/support/rules_case.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECRET "'QX-\\\\d{4}|\\\\d{3}-\\\\d\\\\d-\\\\d{4}'"

/* Everywhere, by the same transform. */
#define EVERYWHERE(transform)                                                                      \
    "{'extract': 'Subject', 'pattern': " SECRET ", 'rules': [" transform "]},"                     \
    "{'extract': 'Header', 'header_name': 'To', 'pattern': " SECRET ", 'rules': [" transform "]}," \
    "{'extract': 'Body', 'pattern': " SECRET ", 'rules': [" transform "]},"                        \
    "{'extract': 'Filename', 'pattern': " SECRET ", 'rules': [" transform "]},"                    \
    "{'extract': 'Attachment', 'rules': [{'extract': 'Text', 'pattern': " SECRET                   \
    ", 'rules': [" transform "]}]}"

/* What is known of what leaves when it is inspected again. */
enum again { AGAIN_NOTHING, AGAIN_NO_FIND, AGAIN_SAME };

static const struct {
    const char *rules;
    enum again again;
} rulesets[] = {
    {EVERYWHERE("{'transform': 'Mask', 'mask_character': '\xe2\x80\xa2'}"), AGAIN_NO_FIND},

    /* An empty text may put another secret together. */
    {"{'extract': 'Subject', 'pattern': '(?<s>QX-\\\\d{4})', 'rules': [{'transform': 'Header', "
     "'header_name': 'X-Seen', 'header_value': '%(s)s'}, {'transform': 'Tag', 'tag': 'seen', "
     "'subject_prefix': '[%(s)s] '}]},"
     "{'extract': 'Subject', 'pattern': " SECRET ", 'rules': [{'transform': 'Redact', 'with': "
     "'\xc3\xa4'}]},"
     "{'extract': 'Body', 'pattern': " SECRET ", 'rules': [{'transform': 'Redact'}]},"
     "{'extract': 'Filename', 'pattern': " SECRET
     ", 'rules': [{'transform': 'Redact', 'with': ''}]},"
     "{'extract': 'Attachment', 'rules': [{'extract': 'Text', 'pattern': " SECRET ", 'rules': "
     "[{'transform': 'Redact', 'with': '\xe5\xaf\x86'}]}]}",
     AGAIN_NOTHING},

    {"{'extract': 'Subject', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"
     "{'extract': 'Body', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"
     "{'extract': 'Filename', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]},"
     "{'extract': 'Text', 'pattern': 'no such \\\\d{40}', 'rules': [{'transform': 'Mask'}]}",
     AGAIN_SAME},

    {EVERYWHERE("{'transform': 'Mask'}"), AGAIN_SAME},
    {"{'extract': 'Text', 'pattern': " SECRET ", 'rules': [{'transform': 'Mask'}]}", AGAIN_SAME},
    {EVERYWHERE("{'transform': 'Redact'}"), AGAIN_NO_FIND},
    {EVERYWHERE("{'transform': 'Redact', 'with': '\xe5\xaf\x86 = \xf0\x9f\x94\x92'}"),
     AGAIN_NO_FIND},
    /* Found again would be more than before: a mask may make two values of a longer one. */
    {"{'detect': 'secret', 'rules': [{'transform': 'Mask'}]}", AGAIN_NOTHING},
    {"{'match': 'most_restrictive', 'rules': [{'detect': 'secrets', 'min_severity': 'high', "
     "'rules': [{'transform': 'Redact'}]}, {'detect': 'secret', 'rules': [{'transform': "
     "'Mask'}]}]}",
     AGAIN_NOTHING},
};

/* What can be detected. */
#define VOCABULARY                                                                                 \
    "'entities': [{'name': 'secret', 'pattern': 'QX-[0-9]{4}|[0-9]{3}-[0-9]{2}-[0-9]{4}', "        \
    "'boundary': 'none'}], 'dlp_rules': [{'name': 'secrets', 'expression': 'secret', 'unique': "   \
    "true, 'severity': {'low': 1, 'high': 2}}]"

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

static bool is_changed_by_rules(const struct edits *edits)
{
    for (size_t i = 0; i < edits->count; i++) {
        if (strcmp(edits->items[i].rule, CHANGES_EDIT_RULE) != 0)
            return true;
    }
    return false;
}

/* Only fields of our own were put in, in front of all others, and such as came in taken out. */
static void check_untouched(const struct rules_case *c)
{
    const struct edits *edits = c->outcome.edits;
    const struct map *map =
        map_build(c->message.bytes, &map_limits_default, READING_STRICT, c->message_arena);
    size_t front = map->field_count > 0 ? (size_t)(map->fields[0].raw.ptr - map->bytes.ptr) : 0;
    if (is_changed_by_rules(edits))
        fail("something else was changed", c);
    for (size_t i = 0; i < edits->count; i++) {
        struct span gone = span_sub(c->message.bytes, edits->items[i].off, edits->items[i].len);
        if (edits->items[i].with.len > 0 && map->field_count > 0 && edits->items[i].off > front)
            fail("something was put into the middle", c);
        if (gone.len > 0 && !span_starts_nocase(gone, SPAN("X-Culvert-")))
            fail("something of the message is gone", c);
    }
}

/* What leaves, through the same rules again. */
static void check_again(const struct rules_case *c, struct rules_case *second, enum again again)
{
    second->inspection = c->inspection;
    rules_case_run_bytes(second, c->output);
    if (second->outcome.ambiguities != 0)
        fail("certain before, uncertain behind us", c);
    if (second->outcome.uninspected != 0)
        fail("inspected before, uninspectable behind us", c);
    if (second->outcome.verdict != VERDICT_DELIVER)
        fail("would not leave again", c);
    if (is_changed_by_rules(second->outcome.edits))
        fail("found once more what was hidden", c);
    if (again == AGAIN_SAME && !span_equal(second->output, c->output))
        fail("is changed once more", c);
}

static void check(const struct rules_case *c, size_t which, struct rules_case *second)
{
    uint32_t unseen = c->outcome.uninspected;
    bool certain = c->outcome.ambiguities == 0;
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
    if (unseen == 0 && certain && rulesets[which].again != AGAIN_NOTHING)
        check_again(c, second, rulesets[which].again);
}

static void set_up_library(void)
{
    pattern_library_init();
    message_library_init();
}

static void set_up(struct rules_case *cases)
{
    for (size_t i = 0; i < ARRAY_LEN(rulesets); i++) {
        char json[4096];
        (void)snprintf(json, sizeof json,
                       "{" VOCABULARY ", 'rulesets': [{'name': 'r', 'rules': [{'extract': 'SMTP "
                       "Message', 'rules': [%s]}]}]}",
                       rulesets[i].rules);
        rules_case_init(&cases[i], json);
        if (!cases[i].rulesets)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rules_case cases[ARRAY_LEN(rulesets)], seconds[ARRAY_LEN(rulesets)];
    if (!cases[0].arena) {
        set_up_library();
        set_up(cases);
        set_up(seconds);
    }
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
    check(c, which, &seconds[which]);
    return 0;
}
