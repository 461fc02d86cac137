/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/outcome.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/utf8.h"

#include <assert.h>

/* Fields in front of a log rule's own. */
#define ABOUT_MAX 8u

/* RFC 5321 section 4.5.3.1.5 has 512 for the line with code and end. */
#define REPLY_TEXT_MAX 400u

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {"deliver", "reject", "tempfail", "discard", "hold"};
    return names[verdict];
}

/* One printable line. A client that did not say SMTPUTF8 gets ASCII (RFC 6531 section 3.7.4.2). */
static struct span reply_text(struct span text, bool utf8, struct arena *arena)
{
    char *out = arena_alloc(arena, REPLY_TEXT_MAX + 1);
    size_t len = 0;
    while (text.len > 0) {
        uint32_t code = 0;
        size_t step = utf8_decode(text, &code);
        bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        size_t written = step > 1 && !control && utf8 ? step : 1;
        if (len + written > REPLY_TEXT_MAX)
            break;
        if (written > 1)
            memcpy(out + len, text.ptr, step);
        else if (step == 0 || step > 1)
            out[len] = '?';
        else
            out[len] = control ? ' ' : text.ptr[0];
        len += written;
        text = span_from(text, step > 0 ? step : 1);
    }
    return span_trim(span_of(out, len));
}

static void refuse(const struct run *run, enum verdict verdict, const char *enhanced,
                   struct span text, struct outcome *out)
{
    out->verdict = verdict;
    out->code = verdict == VERDICT_TEMPFAIL ? 451 : 550;
    out->enhanced = verdict == VERDICT_TEMPFAIL ? "4.7.1" : enhanced;
    out->text = reply_text(text, run->message->envelope.smtputf8, run->arena);
}

/* The text of an `error`: captured texts as they would leave. What could not be looked at to the
 * end is masked. */
static struct span error_text(struct run *run)
{
    const struct rule *rule = run->decider;
    struct template_values values = {
        .piece = run->decider_piece, .rule = rule->name, .user = run->decider_user};
    if (!rule->is.error.message)
        return SPAN("the message was refused by policy");
    bool known = !run->hiding_incomplete && !run->failed && run->scan == SCAN_STRICT;
    if (rule->captures && known)
        known = changes_write_pieces(run->changes, run->deadline_ns, NULL);
    values.tag = known ? changes_tags(run->changes) : changes_tags_masked(run->changes, run->arena);
    return known ? template_expand(rule->is.error.message, &values, run->arena)
                 : template_expand_masked(rule->is.error.message, &values, run->arena);
}

void outcome_of_rule(struct run *run, struct outcome *out)
{
    const struct rule *rule = run->decider;
    out->reason = "rule";
    out->rule = rule->place;
    if (rule->action == ACTION_ERROR) {
        bool temporary = rule->is.error.code < 500;
        refuse(run, temporary ? VERDICT_TEMPFAIL : VERDICT_REJECT, "5.7.1", error_text(run), out);
        out->code = rule->is.error.code;
        out->enhanced = rule->is.error.enhanced;
        out->close = rule->is.error.close;
    } else if (rule->is.dispose == DISPOSE_REJECT) {
        refuse(run, VERDICT_REJECT, "5.7.1", SPAN("the message was refused by policy"), out);
    } else if (rule->is.dispose == DISPOSE_TEMPFAIL) {
        refuse(run, VERDICT_TEMPFAIL, NULL, SPAN("the message cannot be taken now"), out);
    } else if (rule->is.dispose == DISPOSE_DISCARD) {
        out->verdict = VERDICT_DISCARD;
    }
}

void outcome_of_policy(const struct run *run, enum trouble_policy policy, const char *enhanced,
                       struct span words, struct outcome *out)
{
    if (policy == TROUBLE_HOLD)
        out->verdict = VERDICT_HOLD;
    else
        refuse(run, policy == TROUBLE_REJECT ? VERDICT_REJECT : VERDICT_TEMPFAIL, enhanced, words,
               out);
}

void outcome_write_lines(const struct outcome *outcome, const struct log_field *about, size_t count)
{
    struct log_field fields[ABOUT_MAX + 2];
    assert(count <= ABOUT_MAX);
    for (size_t i = 0; i < count; i++)
        fields[i] = about[i];
    for (size_t i = 0; i < outcome->line_count; i++) {
        const struct rule_line *line = &outcome->lines[i];
        fields[count] = LOG_STR("rule", line->rule);
        fields[count + 1] = LOG_SPAN("text", line->text);
        log_fields((enum log_level)line->level, "rule.log", fields, count + 2);
    }
    fields[count] = LOG_NUM("more", outcome->more_lines);
    if (outcome->more_lines > 0 && log_wants(LOG_WARNING))
        log_fields(LOG_WARNING, "rule.log", fields, count + 1);
}

static void add_name(struct buf *list, const char *name)
{
    buf_add_str(list, list->len > 0 ? ", " : "");
    buf_add_str(list, name);
}

static struct span take(struct buf *list, struct arena *arena)
{
    struct span text = arena_copy(arena, buf_span(list));
    buf_fini(list);
    return text;
}

struct span outcome_uninspected_names(uint32_t reasons, struct arena *arena)
{
    struct buf list = BUF_INIT;
    for (int i = 1; i < UNINSPECTED_COUNT; i++) {
        if (reasons & 1u << i)
            add_name(&list, uninspected_name((enum uninspected)i));
    }
    return take(&list, arena);
}

struct span outcome_ambiguity_names(ambiguity_set ambiguities, struct arena *arena)
{
    struct buf list = BUF_INIT;
    for (int i = 0; i < AMBIGUITY_COUNT; i++) {
        if (ambiguities & AMBIGUITY_BIT(i))
            add_name(&list, ambiguity_name((enum ambiguity)i));
    }
    return take(&list, arena);
}
