/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/trace/trace_detect.h"

#include "engine/base/json_text.h"
#include "rulesets/trace/trace_event.h"

#include <inttypes.h>

static void member(struct buf *out, const char *key, struct span text)
{
    buf_printf(out, ",\"%s\":", key);
    json_text(out, text);
}

/* Moves what was put together into the event. */
static void finish(struct trace *trace, struct event *event, struct buf *words, struct buf *json)
{
    event->text = arena_str(trace_arena(trace), buf_span(words));
    event->json = arena_str(trace_arena(trace), buf_span(json));
    buf_fini(words);
    buf_fini(json);
}

/* A term of a dictionary is what stands in the message, so its number must do. */
static void add_why(const struct sighting *sighting, struct buf *words, struct buf *json)
{
    const struct evidence *why = &sighting->evidence;
    if (sighting->subject->kind == SUBJECT_DICTIONARY) {
        buf_printf(words, ", term %" PRIu32 ", weight %d", sighting->term + 1, sighting->weight);
        buf_printf(json, ",\"term\":%" PRIu32 ",\"weight\":%d", sighting->term + 1,
                   sighting->weight);
        return;
    }
    if (why->validator) {
        buf_printf(words, ", validator %s", why->validator);
        member(json, "validator", span_str(why->validator));
    }
    if (why->keyword.len > 0) {
        buf_printf(words, ", keyword \"%.*s\"", SPAN_ARG(why->keyword));
        if (why->column_head)
            buf_add_str(words, " at the head of the column");
        else
            buf_printf(words, " at distance %" PRIu32, why->distance);
        member(json, "keyword", why->keyword);
        buf_printf(json, ",\"distance\":%" PRIu32 ",\"column_head\":%s", why->distance,
                   why->column_head ? "true" : "false");
    }
    if (why->detail) {
        buf_printf(words, ", %s", why->detail);
        member(json, "detail", span_str(why->detail));
    }
}

void trace_sighting(struct trace *trace, const struct sighting *sighting, const struct view *view,
                    uint64_t base, bool is_counted)
{
    struct event *event = trace ? trace_add(trace, EVENT_OTHER) : NULL;
    struct buf words = BUF_INIT, json = BUF_INIT;
    if (!event)
        return;
    const char *confidence = confidence_name(sighting->confidence);
    uint64_t off = base + sighting->off, origin, origin_len;
    const char *text = trace_masked(trace, span_sub(view->text, off, sighting->len));
    view_origin(view, off, sighting->len, &origin, &origin_len);
    buf_printf(&words, "found %s (%s%s", sighting->subject->name, confidence,
               is_counted ? "" : ", not counted");
    buf_add_str(&json, "\"found\":");
    json_text(&json, span_str(sighting->subject->name));
    member(&json, "kind", span_str(subject_kind_name(sighting->subject->kind)));
    member(&json, "confidence", span_str(confidence));
    buf_printf(&json, ",\"counted\":%s", is_counted ? "true" : "false");
    add_why(sighting, &words, &json);
    buf_printf(&words, ") at %" PRIu64 ", %" PRIu32 " bytes at %" PRIu64 " of %s: %s", origin,
               sighting->len, off, trace_where(view), text);
    member(&json, "text", span_str(text));
    member(&json, "of", span_str(trace_where(view)));
    buf_printf(&json, ",\"offset\":%" PRIu64 ",\"length\":%" PRIu32 ",\"origin\":%" PRIu64, off,
               sighting->len, origin);
    finish(trace, event, &words, &json);
}

void trace_judgement(struct trace *trace, const struct dlp_rule *rule,
                     const struct dlp_result *result)
{
    struct event *event = trace ? trace_add(trace, EVENT_OTHER) : NULL;
    struct buf words = BUF_INIT, json = BUF_INIT;
    if (!event)
        return;
    const char *severity = severity_name(result->severity);
    buf_printf(&words,
               "%s: total %zu, unique %zu, weight %" PRId64 "; count %" PRId64 ": severity %s",
               rule->name, result->total, result->unique, result->weight, result->count, severity);
    buf_add_str(&json, "\"dlp_rule\":");
    json_text(&json, span_str(rule->name));
    buf_printf(&json,
               ",\"total\":%zu,\"unique\":%zu,\"weight\":%" PRId64 ",\"count\":%" PRId64
               ",\"severity\":\"%s\"",
               result->total, result->unique, result->weight, result->count, severity);
    finish(trace, event, &words, &json);
}

void trace_profile(struct trace *trace, const struct dlp_profile *profile, enum severity severity)
{
    struct event *event = trace ? trace_add(trace, EVENT_OTHER) : NULL;
    struct buf words = BUF_INIT, json = BUF_INIT;
    if (!event)
        return;
    const char *match = profile->match == PROFILE_ANY ? "any" : "all";
    buf_printf(&words, "profile %s, %s of %zu rules: severity %s", profile->name, match,
               profile->rule_count, severity_name(severity));
    buf_add_str(&json, "\"dlp_profile\":");
    json_text(&json, span_str(profile->name));
    buf_printf(&json, ",\"match\":\"%s\",\"severity\":\"%s\"", match, severity_name(severity));
    finish(trace, event, &words, &json);
}
