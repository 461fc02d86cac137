/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/ruleset_test.h"

#include "engine/commands/outcome_report.h"
#include "engine/message/codecs/codec_charset.h"
#include "engine/message/codecs/codec_transfer.h"
#include "engine/message/formats/inline_file.h"
#include "engine/message/map/mailbox.h"
#include "engine/message/open.h"
#include "engine/message/render.h"

#define SHOWN_MAX 200

static const struct enum_value verdict_values[] = {
    {"deliver", VERDICT_DELIVER}, {"reject", VERDICT_REJECT}, {"tempfail", VERDICT_TEMPFAIL},
    {"discard", VERDICT_DISCARD}, {"hold", VERDICT_HOLD},     {NULL, 0}};

struct expectation_settings {
    struct expectation e;
    bool unchanged;
};

static const struct key expectation_key_list[] = {
    {.name = "verdict",
     .type = KEY_ENUM,
     .offset = offsetof(struct expectation_settings, e.verdict),
     .values = verdict_values,
     .help = "What becomes of the message."},
    {.name = "code",
     .type = KEY_INTEGER,
     .offset = offsetof(struct expectation_settings, e.code),
     .min = 400,
     .max = 599,
     .help = "Code of the reply."},
    {.name = "enhanced",
     .type = KEY_STRING,
     .offset = offsetof(struct expectation_settings, e.enhanced),
     .help = "Enhanced status code of the reply."},
    {.name = "text",
     .type = KEY_STRING,
     .offset = offsetof(struct expectation_settings, e.text),
     .help = "What the text of the reply holds."},
    {.name = "subject",
     .type = KEY_STRING,
     .offset = offsetof(struct expectation_settings, e.subject),
     .help = "The decoded subject of the message that leaves."},
    {.name = "header",
     .type = KEY_OBJECT,
     .offset = offsetof(struct expectation_settings, e.header),
     .help = "Names and decoded values of header fields that are there."},
    {.name = "header_lacks",
     .type = KEY_STRINGS,
     .offset = offsetof(struct expectation_settings, e.header_lacks),
     .help = "Names of header fields that are not there."},
    {.name = "body_has",
     .type = KEY_STRINGS,
     .offset = offsetof(struct expectation_settings, e.body_has),
     .help = "Each stands in some text of the message, attachments included."},
    {.name = "body_lacks",
     .type = KEY_STRINGS,
     .offset = offsetof(struct expectation_settings, e.body_lacks),
     .help = "None stands in any text of the message, attachments included."},
    {.name = "tags",
     .type = KEY_STRINGS,
     .offset = offsetof(struct expectation_settings, e.tags),
     .help = "Tags that the rules set."},
    {.name = "recipients",
     .type = KEY_STRINGS,
     .offset = offsetof(struct expectation_settings, e.recipients),
     .help = "Who gets the message, all of them, in any order."},
    {.name = "unchanged",
     .type = KEY_BOOL,
     .offset = offsetof(struct expectation_settings, unchanged),
     .help = "Whether nothing but header fields differs."},
};

const struct key_table expectation_keys = {
    .name = "expect", .keys = expectation_key_list, .count = ARRAY_LEN(expectation_key_list)};

/* Else the case could never fail. */
static bool says_anything(struct reader *reader, const struct node *node)
{
    for (size_t i = 0; i < expectation_keys.count; i++) {
        struct node value = node_get(reader, node, expectation_keys.keys[i].name);
        if (node_is_present(&value))
            return true;
    }
    return false;
}

bool expectation_read(struct reader *reader, const struct node *node, struct expectation *out)
{
    struct expectation_settings settings = {.e.verdict = -1};
    bool good = node_read(reader, node, &expectation_keys, &settings, NULL);
    struct node unchanged = node_get(reader, node, "unchanged");
    struct node recipients = node_get(reader, node, "recipients");
    *out = settings.e;
    out->unchanged = node_is_present(&unchanged) ? settings.unchanged : -1;
    out->asks_recipients = node_is_present(&recipients);
    if (good && !says_anything(reader, node))
        good = node_error(reader, node, "expected at least one thing that is to become of it");
    return good;
}

/* One comparison at work. */
struct check {
    const struct expectation *expectation;
    struct reader *reader;
    struct arena *arena;
    struct buf *failures;
    size_t count;
    struct views *views; /* of the message that leaves; NULL when none does */
};

static struct span shown(struct span text)
{
    return span_sub(text, 0, SHOWN_MAX);
}

static void differ(struct check *check, const char *what, struct span wanted, struct span got)
{
    check->count++;
    buf_printf(check->failures, "  %s: expected \"%.*s\", got \"%.*s\"\n", what,
               SPAN_ARG(shown(wanted)), SPAN_ARG(shown(got)));
}

/* All of the message that leaves, in memory. */
static struct span rendered(struct span original, const struct edits *edits, struct arena *arena)
{
    struct render render;
    render_init(&render, original, edits);
    char *bytes = arena_alloc(arena, render_size(&render) + 1);
    size_t len = 0, count;
    struct span slices[64];
    while ((count = render_next(&render, slices, ARRAY_LEN(slices))) > 0) {
        for (size_t i = 0; i < count; i++) {
            memcpy(bytes + len, slices[i].ptr, slices[i].len);
            len += slices[i].len;
        }
    }
    return span_of(bytes, len);
}

static void check_reply(struct check *check, const struct outcome *outcome)
{
    const struct expectation *e = check->expectation;
    if (e->verdict >= 0 && e->verdict != (int)outcome->verdict)
        differ(check, "verdict", span_str(verdict_name((enum verdict)e->verdict)),
               span_str(verdict_name(outcome->verdict)));
    if (e->code > 0 && e->code != outcome->code)
        differ(check, "code", span_str(arena_printf(check->arena, "%d", (int)e->code)),
               span_str(arena_printf(check->arena, "%d", outcome->code)));
    if (e->enhanced.ptr && !span_equal(e->enhanced, span_str(outcome->enhanced)))
        differ(check, "enhanced", e->enhanced, span_str(outcome->enhanced));
    if (e->text.ptr && span_find(outcome->text, e->text) == SPAN_NONE)
        differ(check, "text", e->text, outcome->text);
    for (size_t i = 0; i < e->tags.count; i++) {
        struct span rest = outcome->tags, tag;
        bool found = false;
        while (!found && span_next(&rest, ',', &tag))
            found = span_equal(span_trim(tag), e->tags.items[i]);
        if (!found)
            differ(check, "tags", e->tags.items[i], outcome->tags);
    }
}

static bool is_in(const struct span *list, size_t count, struct span address)
{
    for (size_t i = 0; i < count; i++) {
        if (mailbox_compare(list[i], address) == 0)
            return true;
    }
    return false;
}

static struct span joined(const struct span *list, size_t count, struct arena *arena)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s%.*s", i > 0 ? ", " : "", SPAN_ARG(list[i]));
    struct span out = arena_copy(arena, buf_span(&text));
    buf_fini(&text);
    return out;
}

static void check_recipients(struct check *check, const struct message *message,
                             const struct outcome *outcome)
{
    const struct expectation *e = check->expectation;
    const struct string_list *wanted = &e->recipients;
    struct address_list got = outcome_recipients(outcome, &message->envelope, check->arena);
    bool same = true;
    if (!e->asks_recipients)
        return;
    for (size_t i = 0; i < got.count; i++)
        same &= is_in(wanted->items, wanted->count, got.items[i]);
    for (size_t i = 0; i < wanted->count; i++)
        same &= is_in(got.items, got.count, wanted->items[i]);
    if (!same)
        differ(check, "recipients", joined(wanted->items, wanted->count, check->arena),
               joined(got.items, got.count, check->arena));
}

static bool only_header_fields(const struct edits *edits)
{
    for (size_t i = 0; i < edits->count; i++) {
        if (strcmp(edits->items[i].rule, CHANGES_EDIT_RULE) != 0)
            return false;
    }
    return true;
}

/* The decoded value of the `nth` field of that name; ptr NULL: there is none. */
static struct span header_value_of(struct check *check, const char *name, size_t nth)
{
    const struct map *map = views_map(check->views);
    const struct field *field = map_field(map, &map->parts[0], name, nth);
    return field ? open_field(check->views, field)->text : span_of(NULL, 0);
}

static void check_field(struct check *check, const char *name, struct span wanted)
{
    struct span got = span_of(NULL, 0), value;
    for (size_t i = 0; (value = header_value_of(check, name, i)).ptr; i++) {
        if (span_equal(value, wanted))
            return;
        got = value;
    }
    differ(check, name, wanted, got.ptr ? got : SPAN("(no such field)"));
}

static void check_header(struct check *check)
{
    const struct expectation *e = check->expectation;
    json_t *object = (json_t *)(uintptr_t)e->header.json; /* iteration wants it writable */
    const char *name;
    json_t *member;
    if (e->subject.ptr)
        check_field(check, "Subject", e->subject);
    for (size_t i = 0; i < e->header_lacks.count; i++) {
        struct span value = header_value_of(check, e->header_lacks.items[i].ptr, 0);
        if (value.ptr)
            differ(check, e->header_lacks.items[i].ptr, SPAN("(no such field)"), value);
    }
    json_object_foreach(object, name, member)
    {
        struct node node = node_get(check->reader, &e->header, name);
        struct span wanted;
        (void)member;
        if (node_string(&node, &wanted))
            check_field(check, name, wanted);
        else
            differ(check, name, SPAN("a string in the test"), SPAN("another type"));
    }
}

/* Files that stand uuencoded in a text are attachments to a reader. */
static bool stands_in_files(struct view *text, struct span wanted)
{
    struct inline_file file;
    if (text->codec != &codec_charset)
        return false;
    for (uint64_t at = 0; inline_file_in(text, at, &file); at = file.off + file.len) {
        if (file.kind != INLINE_UUENCODE)
            continue;
        struct view *octets =
            view_open(text, file.off, file.len, &codec_uuencode, text->part, NULL);
        struct view *inner =
            view_open(octets, 0, octets->text.len, &codec_charset, text->part, NULL);
        if (span_find(octets->text, wanted) != SPAN_NONE ||
            span_find(inner->text, wanted) != SPAN_NONE)
            return true;
    }
    return false;
}

static bool stands_in_body(struct check *check, struct span text)
{
    const struct map *map = views_map(check->views);
    for (size_t i = 0; i < map->part_count; i++) {
        if (map->parts[i].kind != PART_LEAF)
            continue;
        struct view *view = open_text(check->views, &map->parts[i]);
        if (!view)
            view = open_content(check->views, &map->parts[i]);
        if (span_find(view->text, text) != SPAN_NONE || stands_in_files(view, text))
            return true;
    }
    return false;
}

static void check_body(struct check *check)
{
    const struct expectation *e = check->expectation;
    for (size_t i = 0; i < e->body_has.count; i++) {
        if (!stands_in_body(check, e->body_has.items[i]))
            differ(check, "body_has", e->body_has.items[i], SPAN("(not found)"));
    }
    for (size_t i = 0; i < e->body_lacks.count; i++) {
        if (stands_in_body(check, e->body_lacks.items[i]))
            differ(check, "body_lacks", SPAN("(not there)"), e->body_lacks.items[i]);
    }
}

/* Whether it says anything about a message that leaves. */
static bool asks_for_message(const struct expectation *e)
{
    return e->subject.ptr || node_is_present(&e->header) || e->header_lacks.count > 0 ||
           e->body_has.count > 0 || e->body_lacks.count > 0 || e->unchanged >= 0;
}

size_t expectation_check(const struct expectation *expectation, struct reader *reader,
                         const struct message *message, const struct outcome *outcome,
                         struct arena *arena, struct buf *failures)
{
    struct check check = {
        .expectation = expectation, .reader = reader, .arena = arena, .failures = failures};
    check_reply(&check, outcome);
    check_recipients(&check, message, outcome);
    if (outcome->verdict != VERDICT_DELIVER) {
        if (expectation->verdict < 0 && asks_for_message(expectation))
            differ(&check, "verdict", SPAN("deliver"), span_str(verdict_name(outcome->verdict)));
        return check.count;
    }
    bool unchanged = only_header_fields(outcome->edits);
    if (expectation->unchanged >= 0 && (expectation->unchanged == 1) != unchanged)
        differ(&check, "unchanged", expectation->unchanged ? SPAN("true") : SPAN("false"),
               unchanged ? SPAN("true") : SPAN("false"));
    struct span bytes = rendered(message->bytes, outcome->edits, arena);
    struct map *map = map_build(bytes, &map_limits_default, READING_STRICT, arena);
    check.views = views_new(map, &view_limits_default, arena);
    check_header(&check);
    check_body(&check);
    return check.count;
}
