/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/commands/outcome_report.h"

#include "engine/base/json_text.h"

#include <inttypes.h>

#define CHANGES_SHOWN 100u

struct span outcome_reply(const struct outcome *outcome, struct arena *arena)
{
    if (outcome->verdict != VERDICT_REJECT && outcome->verdict != VERDICT_TEMPFAIL)
        return SPAN("");
    return span_str(arena_printf(arena, "%d %s %.*s", outcome->code, outcome->enhanced,
                                 SPAN_ARG(outcome->text)));
}

struct address_list outcome_recipients(const struct outcome *outcome,
                                       const struct envelope *envelope, struct arena *arena)
{
    struct address_list list = {NULL, 0, 0};
    if (outcome->verdict != VERDICT_DELIVER)
        return list;
    if (!outcome->readdressed)
        return (struct address_list){envelope->recipients, envelope->recipient_count,
                                     envelope->recipient_count};
    for (size_t i = 0; i < outcome->recipient_count; i++)
        address_list_add(&list, outcome->recipients[i].address, arena);
    return list;
}

static void loop_line(struct buf *out, const struct loop_finding *loop)
{
    if (loop->state == LOOP_NONE)
        return;
    buf_printf(out, "loop: %s", loop_state_name(loop->state));
    if (loop->hops > 0)
        buf_printf(out, ", passed %u times, last at %.*s", loop->hops, SPAN_ARG(loop->node));
    buf_add_byte(out, '\n');
}

/* Those of them whom no hostname of the service takes. */
static struct address_list without_route(const struct address_list *list,
                                         const struct service *service, struct arena *arena)
{
    struct address_list lost = {NULL, 0, 0};
    for (size_t i = 0; i < list->count; i++) {
        if (!service_route(service, list->items[i]))
            address_list_add(&lost, list->items[i], arena);
    }
    return lost;
}

static void recipients_line(struct buf *out, const char *key, const struct address_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        buf_printf(out, "%s%s%.*s", i > 0 ? "" : key, i > 0 ? ", " : ": ",
                   SPAN_ARG(list->items[i]));
    buf_add_str(out, list->count > 0 ? "\n" : "");
}

static void line(struct buf *out, const char *key, struct span value)
{
    if (value.len > 0)
        buf_printf(out, "%s: %.*s\n", key, SPAN_ARG(value));
}

static void report_changes(const struct outcome *outcome, struct buf *out)
{
    const struct edits *edits = outcome->edits;
    for (size_t i = 0; edits && i < edits->count && i < CHANGES_SHOWN; i++) {
        const struct edit *edit = &edits->items[i];
        buf_printf(out, "changed: %" PRIu64 " bytes at %" PRIu64 " are now %zu (%s)\n", edit->len,
                   edit->off, edit->with.len, edit->rule);
    }
    if (edits && edits->count > CHANGES_SHOWN)
        buf_printf(out, "changed: %zu more\n", edits->count - CHANGES_SHOWN);
}

void outcome_report(const struct outcome *outcome, const struct envelope *envelope,
                    const struct service *service, const struct trace *trace, struct arena *arena,
                    struct buf *out)
{
    struct address_list recipients = outcome_recipients(outcome, envelope, arena);
    struct address_list lost = without_route(&recipients, service, arena);
    buf_printf(out, "verdict: %s\n", verdict_name(outcome->verdict));
    line(out, "reply", outcome_reply(outcome, arena));
    if (outcome->close)
        buf_add_str(out, "connection: close\n");
    line(out, "reason", span_str(outcome->reason));
    line(out, "rule", span_str(outcome->rule));
    line(out, "detail", span_str(outcome->detail));
    line(out, "tags", outcome->tags);
    recipients_line(out, "recipients", &recipients);
    recipients_line(out, "no route", &lost);
    loop_line(out, &outcome->loop);
    line(out, "uncertain", outcome_ambiguity_names(outcome->ambiguities, arena));
    line(out, "not inspected", outcome_uninspected_names(outcome->uninspected, arena));
    if (outcome->signature_broken)
        buf_add_str(out, "signature: broken\n");
    report_changes(outcome, out);
    if (trace)
        trace_explain(trace, out);
}

static void member(struct buf *out, const char *key, struct span value)
{
    buf_printf(out, ",\"%s\":", key);
    json_text(out, value);
}

/* "a, b" as a list. */
static void list_member(struct buf *out, const char *key, struct span names)
{
    struct span name;
    bool first = true;
    buf_printf(out, ",\"%s\":[", key);
    while (names.len > 0 && span_next(&names, ',', &name)) {
        buf_add_str(out, first ? "" : ",");
        json_text(out, span_trim(name));
        first = false;
    }
    buf_add_byte(out, ']');
}

static void json_changes(const struct outcome *outcome, struct buf *out)
{
    const struct edits *edits = outcome->edits;
    buf_add_str(out, ",\"changes\":[");
    for (size_t i = 0; edits && i < edits->count; i++) {
        const struct edit *edit = &edits->items[i];
        buf_printf(out, "%s{\"offset\":%" PRIu64 ",\"length\":%" PRIu64 ",\"new_length\":%zu",
                   i > 0 ? "," : "", edit->off, edit->len, edit->with.len);
        member(out, "rule", span_str(edit->rule));
        buf_add_byte(out, '}');
    }
    buf_add_byte(out, ']');
}

static void json_loop(const struct loop_finding *loop, struct buf *out)
{
    buf_printf(out, ",\"loop\":{\"state\":\"%s\",\"hops\":%u", loop_state_name(loop->state),
               loop->hops);
    member(out, "node", loop->node);
    buf_add_byte(out, '}');
}

static void json_recipients(const char *key, const struct address_list *list, struct buf *out)
{
    buf_printf(out, ",\"%s\":[", key);
    for (size_t i = 0; i < list->count; i++) {
        buf_add_str(out, i > 0 ? "," : "");
        json_text(out, list->items[i]);
    }
    buf_add_byte(out, ']');
}

void outcome_json(const struct outcome *outcome, const struct envelope *envelope,
                  const struct service *service, const struct trace *trace, struct arena *arena,
                  struct buf *out)
{
    struct address_list recipients = outcome_recipients(outcome, envelope, arena);
    struct address_list lost = without_route(&recipients, service, arena);
    buf_add_str(out, "{\"verdict\":");
    json_text(out, span_str(verdict_name(outcome->verdict)));
    if (outcome_reply(outcome, arena).len > 0) {
        buf_printf(out, ",\"code\":%d", outcome->code);
        member(out, "enhanced", span_str(outcome->enhanced));
        member(out, "text", outcome->text);
        buf_printf(out, ",\"close\":%s", outcome->close ? "true" : "false");
    }
    member(out, "reason", span_str(outcome->reason));
    member(out, "rule", span_str(outcome->rule));
    member(out, "detail", span_str(outcome->detail));
    list_member(out, "tags", outcome->tags);
    json_recipients("recipients", &recipients, out);
    if (lost.count > 0)
        json_recipients("no_route", &lost, out);
    json_loop(&outcome->loop, out);
    list_member(out, "uncertain", outcome_ambiguity_names(outcome->ambiguities, arena));
    list_member(out, "not_inspected", outcome_uninspected_names(outcome->uninspected, arena));
    buf_printf(out, ",\"signature_broken\":%s", outcome->signature_broken ? "true" : "false");
    buf_printf(out, ",\"rules_matched\":%zu", outcome->rules_matched);
    json_changes(outcome, out);
    if (trace) {
        buf_add_str(out, ",\"rules\":");
        trace_json(trace, out);
    }
    buf_add_str(out, "}\n");
}
