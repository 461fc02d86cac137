/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_loop: any bytes as a message before the loop guard. Nobody without the key is believed; what
 * left is known when it comes back, and passes as it left where it is certain; with one byte of its
 * body changed it is not the same. The first byte says which.
 */
#include "rulesets/loop/loop_guard.h"

#include "engine/message/library.h"
#include "tests/support/rules_case.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct loop_guard guard = {.key = SPAN_INIT("0123456789abcdef"),
                                  .node = SPAN_INIT("edge"),
                                  .service = SPAN_INIT("corp"),
                                  .max_hops = 10,
                                  .max_age_s = 3600,
                                  .on_return = LOOP_PASS};

static void set_up(struct rules_case *c)
{
    message_library_init();
    rules_case_below(c, "{'extract': 'Subject', 'pattern': '\\\\d', 'rules': [{'transform': "
                        "'Mask'}]}");
    c->inspection.loop_guard = &guard;
    c->inspection.on_uncertain = c->inspection.on_uninspectable = TROUBLE_TAG;
    c->time_s = 1795000000;
}

/* What left, in memory of its own. */
static struct buf left(struct rules_case *c)
{
    struct buf out = BUF_INIT;
    buf_add(&out, rules_case_bytes(c));
    return out;
}

static size_t fields_of_ours(struct span bytes)
{
    struct loop_content content;
    struct arena *arena = arena_new();
    struct loop_digest *digest = loop_digest_new(SPAN(""), NULL, 0, arena);
    loop_digest_add(digest, bytes);
    loop_digest_end(digest, &content);
    arena_free(&arena);
    return content.guard_count;
}

static void send_back(struct rules_case *c, struct buf *first, uint8_t which)
{
    const struct outcome *outcome = &c->outcome;
    rules_case_run_bytes(c, buf_span(first));
    CHECK(outcome->loop.state == LOOP_SAME && outcome->loop.hops == 1);
    if (outcome->ambiguities == 0) {
        CHECK(outcome->verdict == VERDICT_DELIVER && outcome->rules_matched == 0);
        CHECK(outcome->edit_count <= 2); /* the old field and the new one */
    }
    size_t body = span_find(buf_span(first), SPAN("\r\n\r\n"));
    if (body == SPAN_NONE || body + 4 == first->len)
        return;
    size_t at = body + 4 + which % (first->len - body - 4);
    first->ptr[at] = (char)(first->ptr[at] ^ 1);
    rules_case_run_bytes(c, buf_span(first));
    CHECK(outcome->loop.state != LOOP_SAME);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rules_case c;
    if (!c.arena)
        set_up(&c);
    if (size < 1)
        return 0;
    rules_case_run_bytes(&c, span_of((const char *)data + 1, size - 1));
    CHECK(c.outcome.loop.state == LOOP_NONE || c.outcome.loop.state == LOOP_FORGED);
    if (c.outcome.verdict != VERDICT_DELIVER)
        return 0;
    struct buf first = left(&c);
    if (fields_of_ours(buf_span(&first)) == 1)
        send_back(&c, &first, data[0]);
    buf_fini(&first);
    return 0;
}
