/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/address.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

/* What a path may be, and how to refuse it. */
struct kind {
    struct span keyword;
    bool null_path;  /* "<>" */
    bool postmaster; /* "<Postmaster>" without a domain (RFC 5321 section 4.1.1.3) */
    struct answer no_keyword;
    struct answer no_brackets;
    struct answer bad;
    struct answer too_long;
    struct answer not_ascii;
};

static const struct kind from_kind = {
    .keyword = SPAN_INIT("FROM:"),
    .null_path = true,
    .no_keyword = {501, "5.5.4", "Syntax: MAIL FROM:<address>"},
    .no_brackets = {501, "5.1.7", "Syntax: MAIL FROM:<address>, with the angle brackets"},
    .bad = {501, "5.1.7", "Bad sender address syntax"},
    .too_long = {501, "5.1.7", "Sender address too long"},
    .not_ascii = {553, "5.6.7", "Sender address needs SMTPUTF8"},
};

static const struct kind to_kind = {
    .keyword = SPAN_INIT("TO:"),
    .postmaster = true,
    .no_keyword = {501, "5.5.4", "Syntax: RCPT TO:<address>"},
    .no_brackets = {501, "5.1.3", "Syntax: RCPT TO:<address>, with the angle brackets"},
    .bad = {501, "5.1.3", "Bad recipient address syntax"},
    .too_long = {501, "5.1.3", "Recipient address too long"},
    .not_ascii = {553, "5.6.7", "Recipient address needs SMTPUTF8"},
};

/* A-d-l ":" of a source route (RFC 5321 appendix C); SPAN_NONE where it is begun and wrong. */
static size_t scan_route(struct span s)
{
    size_t at = 0;
    if (s.len == 0 || s.ptr[0] != '@')
        return 0;
    while (at < s.len && s.ptr[at] == '@') {
        size_t domain = mailbox_scan_domain(span_from(s, at + 1));
        at += 1 + domain;
        if (domain == 0 || at >= s.len || (s.ptr[at] != ',' && s.ptr[at] != ':'))
            return SPAN_NONE;
        if (s.ptr[at++] == ':')
            return at;
    }
    return SPAN_NONE;
}

/* Local-part "@" ( Domain / address-literal ) */
static size_t scan_mailbox(struct span s, struct address *out)
{
    struct mailbox mailbox;
    size_t len = mailbox_scan(s, &mailbox);
    if (len == 0)
        return 0;
    out->text = mailbox.text;
    out->local = mailbox.local;
    out->domain = mailbox.domain;
    out->is_literal = mailbox.is_literal;
    out->is_8bit = !span_is_ascii(mailbox.text);
    return len;
}

static bool too_long(const struct address *address)
{
    return mailbox_is_too_long(
        &(struct mailbox){.local = address->local, .domain = address->domain});
}

static bool refuse(struct answer *answer_out, struct answer answer)
{
    *answer_out = answer;
    return false;
}

/* What stands between the brackets; `s` begins behind "<". On success *len_out is its length. */
static bool parse_inside(const struct kind *kind, struct span s, struct address *out,
                         size_t *len_out, struct answer *answer_out)
{
    struct span postmaster = SPAN("Postmaster");
    *len_out = 0;
    if (s.len > 0 && s.ptr[0] == '>')
        return kind->null_path || refuse(answer_out, kind->bad);
    if (kind->postmaster && span_starts_nocase(s, postmaster) && s.len > postmaster.len &&
        s.ptr[postmaster.len] == '>') {
        out->text = out->local = span_sub(s, 0, postmaster.len);
        *len_out = postmaster.len;
        return true;
    }
    size_t route = scan_route(s);
    size_t mailbox = route == SPAN_NONE ? 0 : scan_mailbox(span_from(s, route), out);
    if (mailbox == 0)
        return refuse(answer_out, kind->bad);
    *len_out = route + mailbox;
    if (too_long(out) || *len_out > ADDRESS_PATH_MAX)
        return refuse(answer_out, kind->too_long);
    return true;
}

static bool utf8_is_fine(const struct kind *kind, struct span path, bool utf8,
                         struct answer *answer_out)
{
    if (span_is_ascii(path))
        return true;
    if (!utf8)
        return refuse(answer_out, kind->not_ascii);
    return utf8_is_valid(path) || refuse(answer_out, kind->bad);
}

static bool parse_path(const struct kind *kind, struct span argument, bool utf8,
                       struct address *out, struct span *params_out, struct answer *answer_out)
{
    struct span empty = SPAN("");
    *out = (struct address){.text = empty, .local = empty, .domain = empty};
    *params_out = empty;
    if (!span_starts_nocase(argument, kind->keyword))
        return refuse(answer_out, kind->no_keyword);
    struct span rest = span_from(argument, kind->keyword.len);
    while (rest.len > 0 && ascii_is_blank(rest.ptr[0]))
        rest = span_from(rest, 1);
    if (rest.len == 0 || rest.ptr[0] != '<')
        return refuse(answer_out, kind->no_brackets);
    rest = span_from(rest, 1);
    size_t len;
    if (!utf8_is_fine(kind, rest, utf8, answer_out) ||
        !parse_inside(kind, rest, out, &len, answer_out))
        return false;
    if (len >= rest.len || rest.ptr[len] != '>')
        return refuse(answer_out, kind->bad);
    rest = span_from(rest, len + 1);
    if (rest.len > 0 && rest.ptr[0] != ' ')
        return refuse(answer_out, kind->bad);
    *params_out = span_trim(rest);
    return true;
}

bool address_parse_from(struct span argument, bool utf8, struct address *out,
                        struct span *params_out, struct answer *answer_out)
{
    return parse_path(&from_kind, argument, utf8, out, params_out, answer_out);
}

bool address_parse_to(struct span argument, bool utf8, struct address *out, struct span *params_out,
                      struct answer *answer_out)
{
    return parse_path(&to_kind, argument, utf8, out, params_out, answer_out);
}

bool address_parse_mailbox(struct span text, bool utf8, struct address *out)
{
    *out = (struct address){.text = SPAN("")};
    return mailbox_is_one(text, utf8) && scan_mailbox(text, out) == text.len;
}

bool address_is_helo_name(struct span name)
{
    if (name.len == 0 || name.len > ADDRESS_DOMAIN_MAX)
        return false;
    bool literal = name.ptr[0] == '[' && name.ptr[name.len - 1] == ']';
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool printable = c > ' ' && c < 0x7f;
        if (!ascii_is_alnum(c) && strchr("-._:", c) == NULL && !(literal && printable))
            return false;
        if (c == '\0')
            return false;
    }
    return true;
}
