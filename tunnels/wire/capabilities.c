/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/capabilities.h"

#include "tunnels/wire/client_identity.h"

/* Keywords that are there or not. */
struct keyword {
    const char *name;
    size_t offset; /* of the bool in struct capabilities */
    bool offered;  /* written by capabilities_write() */
};

#define KEYWORD(name, member, offered)                                                             \
    {                                                                                              \
        (name), offsetof(struct capabilities, member), (offered)                                   \
    }

static const struct keyword keywords[] = {
    KEYWORD("PIPELINING", pipelining, true),
    KEYWORD("8BITMIME", eightbitmime, true),
    KEYWORD("SMTPUTF8", smtputf8, true),
    KEYWORD("ENHANCEDSTATUSCODES", enhancedstatuscodes, true),
    KEYWORD("CHUNKING", chunking, true),
    KEYWORD("BINARYMIME", binarymime, true),
    KEYWORD("DSN", dsn, true),
    KEYWORD("MT-PRIORITY", mt_priority, true),
    KEYWORD("REQUIRETLS", requiretls, true),
    KEYWORD("STARTTLS", starttls, true),
    KEYWORD("SIZE", size, false), /* with its number */
    KEYWORD("XCLIENT", xclient, false),
    KEYWORD("XFORWARD", xforward, false),
};

static bool *flag_of(struct capabilities *capabilities, const struct keyword *keyword)
{
    return (bool *)(void *)((char *)capabilities + keyword->offset);
}

static void parse_auth(struct span mechanisms, struct capabilities *out)
{
    struct span one;
    while (span_next(&mechanisms, ' ', &one)) {
        out->auth_plain |= span_is_nocase(one, "PLAIN");
        out->auth_login |= span_is_nocase(one, "LOGIN");
        auth_list_add(&out->auth, one);
    }
}

static const char *const xforward_names[XFORWARD_COUNT] = {"NAME",  "ADDR", "PORT",
                                                           "PROTO", "HELO", "SOURCE"};

static unsigned parse_set(struct span words, const char *const *names, unsigned count)
{
    unsigned set = 0;
    struct span one;
    while (span_next(&words, ' ', &one)) {
        for (unsigned i = 0; i < count; i++)
            set |= span_is_nocase(one, names[i]) ? 1u << i : 0u;
    }
    return set;
}

static void parse_line(struct span line, struct capabilities *out)
{
    struct span rest = span_trim(line);
    struct span keyword;
    if (!span_next(&rest, ' ', &keyword))
        return;
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        if (span_is_nocase(keyword, keywords[i].name))
            *flag_of(out, &keywords[i]) = true;
    }
    rest = span_trim(rest);
    if (span_is_nocase(keyword, "SIZE")) {
        if (!span_to_u64(rest, &out->size_limit))
            out->size_limit = 0;
    } else if (span_is_nocase(keyword, "AUTH")) {
        parse_auth(rest, out);
    } else if (span_is_nocase(keyword, "XFORWARD")) {
        out->xforward_attributes |= parse_set(rest, xforward_names, XFORWARD_COUNT);
    } else if (span_is_nocase(keyword, "XCLIENT")) {
        out->xclient_attributes |= parse_set(rest, xclient_names, XCLIENT_COUNT);
    } else if (span_is_nocase(keyword, "LIMITS")) {
        smtp_limits_parse(rest, &out->limits);
    } else if (span_starts_nocase(keyword, SPAN("AUTH="))) {
        /* The form of a draft that some servers still send beside the right one. */
        parse_auth(span_from(line, 5), out);
    }
}

void capabilities_parse(const struct reply *reply, struct capabilities *out)
{
    *out = (struct capabilities){0};
    if (reply->code != 250)
        return;
    struct span rest = reply->text;
    struct span line;
    if (!span_next(&rest, '\n', &line)) /* the greeting */
        return;
    while (span_next(&rest, '\n', &line))
        parse_line(line, out);
}

struct capabilities capabilities_both(const struct capabilities *a, const struct capabilities *b)
{
    struct capabilities left = *a;
    struct capabilities right = *b;
    struct capabilities both = {0};
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        *flag_of(&both, &keywords[i]) =
            *flag_of(&left, &keywords[i]) && *flag_of(&right, &keywords[i]);
    }
    both.auth_plain = a->auth_plain && b->auth_plain;
    both.auth_login = a->auth_login && b->auth_login;
    if (both.size) {
        bool take_a = b->size_limit == 0 || (a->size_limit > 0 && a->size_limit < b->size_limit);
        both.size_limit = take_a ? a->size_limit : b->size_limit;
    }
    return both;
}

void capabilities_write(struct buf *out, struct span name, const struct capabilities *offer)
{
    struct capabilities offered = *offer;
    struct buf text = BUF_INIT;
    buf_add(&text, name);
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        if (keywords[i].offered && *flag_of(&offered, &keywords[i]))
            buf_printf(&text, "\n%s", keywords[i].name);
    }
    if (offer->size)
        buf_printf(&text, "\nSIZE %llu", (unsigned long long)offer->size_limit);
    if (offer->limits.rcpt_max > 0)
        buf_printf(&text, "\nLIMITS RCPTMAX=%u", offer->limits.rcpt_max);
    if (offer->auth.text[0] != '\0')
        buf_printf(&text, "\nAUTH %s", offer->auth.text);
    reply_write(out, 250, SPAN(""), buf_span(&text));
    buf_fini(&text);
}
