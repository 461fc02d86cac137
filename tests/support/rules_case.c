/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rules_case.h"

#include "engine/message/render.h"

#include <stdio.h>

static const char INSPECTED[] = "X-Culvert-Inspected: true\n";

static struct span with_quotes(const char *json, struct arena *arena)
{
    struct span copy = arena_copy(arena, span_str(json));
    char *bytes = (char *)(uintptr_t)copy.ptr;
    for (size_t i = 0; i < copy.len; i++) {
        if (bytes[i] == '\'')
            bytes[i] = '"';
    }
    return copy;
}

void rules_case_init(struct rules_case *c, const char *json)
{
    struct node root;
    *c = (struct rules_case){.arena = arena_new()};
    reader_init(&c->reader, c->arena);
    if (reader_load_text(&c->reader, "test", with_quotes(json, c->arena), &root))
        c->rulesets = rulesets_compile(&c->reader, &root, c->arena);
    c->inspection.inspected_name = SPAN("X-Culvert-Inspected");
    c->inspection.inspected_value = SPAN("true");
    c->inspection.on_error = TROUBLE_TEMPFAIL;
    c->inspection.on_uncertain = TROUBLE_TEMPFAIL;
    c->inspection.on_uninspectable = TROUBLE_TEMPFAIL;
    c->envelope = (struct envelope){.client_address = SPAN("192.0.2.1"), .client_helo = SPAN("c")};
    c->envelope.sender = SPAN("from@in.example");
    c->envelope.recipients = ARENA_ARRAY(c->arena, 2, struct span);
    c->envelope.recipients[0] = SPAN("to@out.example");
    c->envelope.recipient_count = 1;
    if (c->rulesets && rulesets_names(c->rulesets)[0])
        c->inspection.ruleset =
            rulesets_find(c->rulesets, span_str(rulesets_names(c->rulesets)[0]));
}

void rules_case_below(struct rules_case *c, const char *rules)
{
    size_t size = strlen(rules) + 200;
    struct arena *arena = arena_new();
    char *json = arena_alloc(arena, size);
    (void)snprintf(json, size,
                   "{'rulesets': [{'name': 'r', 'rules': [{'extract': 'SMTP Message', 'rules': "
                   "[%s]}]}]}",
                   rules);
    rules_case_init(c, json);
    arena_free(&arena);
}

void rules_case_fini(struct rules_case *c)
{
    arena_free(&c->message_arena);
    reader_fini(&c->reader);
    arena_free(&c->arena);
}

int rules_case_end(struct rules_case *c)
{
    if (c->arena)
        rules_case_fini(c);
    c->arena = NULL;
    return 0;
}

const char *rules_case_complaints(struct rules_case *c)
{
    struct buf out = BUF_INIT;
    struct span rest = buf_span(&c->reader.complaints), line;
    while (rest.len > 0 && span_next(&rest, '\n', &line)) {
        size_t at = span_find(line, SPAN(": "));
        buf_add(&out, span_from(line, at == SPAN_NONE ? 0 : at + 2));
        buf_add_byte(&out, '\n');
    }
    const char *text = arena_str(c->arena, buf_span(&out));
    buf_fini(&out);
    return text;
}

void rules_case_run(struct rules_case *c, const char *message)
{
    struct buf crlf = BUF_INIT;
    for (; *message; message++) {
        if (*message == '\n')
            buf_add_byte(&crlf, '\r');
        buf_add_byte(&crlf, *message);
    }
    rules_case_run_bytes(c, buf_span(&crlf));
    buf_fini(&crlf);
}

static void render(struct rules_case *c)
{
    struct render render;
    struct span slices[8];
    struct buf out = BUF_INIT;
    size_t count;
    render_init(&render, c->message.bytes, c->outcome.edits);
    while ((count = render_next(&render, slices, ARRAY_LEN(slices))) > 0) {
        for (size_t i = 0; i < count; i++)
            buf_add(&out, slices[i]);
    }
    c->output = arena_copy(c->message_arena, buf_span(&out));
    buf_fini(&out);
}

void rules_case_run_bytes(struct rules_case *c, struct span bytes)
{
    arena_free(&c->message_arena);
    c->message_arena = arena_new();
    c->message = (struct message){
        .bytes = arena_copy(c->message_arena, bytes), .envelope = c->envelope, .time_s = c->time_s};
    c->trace = c->traced ? trace_new(c->message_arena) : NULL;
    c->output = span_of(NULL, 0);
    inspect(&c->inspection, &c->message, c->message_arena, c->trace, &c->outcome);
    if (c->outcome.verdict == VERDICT_DELIVER)
        render(c);
}

struct span rules_case_bytes(struct rules_case *c)
{
    return c->output;
}

const char *rules_case_output(struct rules_case *c)
{
    if (!c->output.ptr)
        return NULL;
    char *text = arena_alloc(c->message_arena, c->output.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < c->output.len; i++) {
        if (c->output.ptr[i] != '\r')
            text[len++] = c->output.ptr[i];
    }
    if (!span_starts(span_of(text, len), span_str(INSPECTED)))
        return text;
    return text + strlen(INSPECTED);
}
