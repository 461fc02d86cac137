/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/address.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

#include <arpa/inet.h>

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

/* Each scan_ function gives the length of what it looks for at the front of `s`, 0 for none. */

/* atext of RFC 5321 section 4.1.2 with RFC 6531 section 3.3; UTF-8 was checked before. */
static bool is_atext(char c)
{
    return ascii_is_alnum(c) || ascii_is_8bit(c) ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Dots may stand anywhere: addresses such as "name..@" of telephone companies are in real use, and
 * the upstream decides on them. */
static size_t scan_dot_string(struct span s)
{
    size_t len = 0;
    while (len < s.len && (is_atext(s.ptr[len]) || s.ptr[len] == '.'))
        len++;
    return len;
}

static size_t scan_quoted_string(struct span s)
{
    if (s.len < 2 || s.ptr[0] != '"')
        return 0;
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '"')
            return i + 1;
        if (s.ptr[i] == '\\')
            i++;
        if (i >= s.len || ascii_is_control(s.ptr[i]))
            return 0;
    }
    return 0;
}

/* '_' is no letter of host names, but is in use. */
static bool is_label_byte(char c)
{
    return ascii_is_alnum(c) || ascii_is_8bit(c) || c == '-' || c == '_';
}

static bool label_is_good(struct span label)
{
    return label.len > 0 && label.ptr[0] != '-' && label.ptr[label.len - 1] != '-' &&
           (label.len <= 63 || !span_is_ascii(label));
}

static size_t scan_domain(struct span s)
{
    size_t len = 0;
    size_t label = 0;
    for (; len < s.len; len++) {
        if (s.ptr[len] == '.') {
            if (!label_is_good(span_sub(s, label, len - label)))
                return 0;
            label = len + 1;
        } else if (!is_label_byte(s.ptr[len])) {
            break;
        }
    }
    return label_is_good(span_sub(s, label, len - label)) ? len : 0;
}

static bool is_ip(struct span text)
{
    char copy[64];
    unsigned char ip[16];
    bool ip6 = span_starts_nocase(text, SPAN("IPv6:"));
    if (ip6)
        text = span_from(text, 5);
    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return inet_pton(ip6 ? AF_INET6 : AF_INET, copy, ip) == 1;
}

/* Standardized-tag ":" 1*dcontent, for address families to come. */
static bool is_general_literal(struct span text)
{
    size_t colon = span_find_byte(text, ':');
    if (colon == SPAN_NONE || colon == 0 || colon + 1 == text.len || !ascii_is_alpha(text.ptr[0]) ||
        span_starts_nocase(text, SPAN("IPv6:")))
        return false;
    for (size_t i = 0; i < colon; i++) {
        if (!ascii_is_alnum(text.ptr[i]) && text.ptr[i] != '-')
            return false;
    }
    return text.ptr[colon - 1] != '-';
}

static size_t scan_literal(struct span s)
{
    size_t end = span_find_byte(s, ']');
    if (s.len < 3 || s.ptr[0] != '[' || end == SPAN_NONE)
        return 0;
    struct span content = span_sub(s, 1, end - 1);
    for (size_t i = 0; i < content.len; i++) {
        char c = content.ptr[i];
        if (c <= ' ' || c == 0x7f || c == '[' || c == '\\')
            return 0; /* dcontent; 8-bit is negative where char is signed, so ask for it too */
        if (ascii_is_8bit(c))
            return 0;
    }
    return is_ip(content) || is_general_literal(content) ? end + 1 : 0;
}

/* A-d-l ":" of a source route (RFC 5321 appendix C); SPAN_NONE where it is begun and wrong. */
static size_t scan_route(struct span s)
{
    size_t at = 0;
    if (s.len == 0 || s.ptr[0] != '@')
        return 0;
    while (at < s.len && s.ptr[at] == '@') {
        size_t domain = scan_domain(span_from(s, at + 1));
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
    size_t local = s.len > 0 && s.ptr[0] == '"' ? scan_quoted_string(s) : scan_dot_string(s);
    if (local == 0 || local >= s.len || s.ptr[local] != '@')
        return 0;
    struct span behind = span_from(s, local + 1);
    out->is_literal = behind.len > 0 && behind.ptr[0] == '[';
    size_t domain = out->is_literal ? scan_literal(behind) : scan_domain(behind);
    if (domain == 0)
        return 0;
    out->local = span_sub(s, 0, local);
    out->domain = span_sub(behind, 0, domain);
    out->text = span_sub(s, 0, local + 1 + domain);
    out->is_8bit = !span_is_ascii(out->text);
    return out->text.len;
}

static bool too_long(const struct address *address)
{
    return address->local.len > ADDRESS_LOCAL_MAX || address->domain.len > ADDRESS_DOMAIN_MAX;
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
    if (utf8 ? !utf8_is_valid(text) : !span_is_ascii(text))
        return false;
    return scan_mailbox(text, out) == text.len && text.len > 0 && !too_long(out);
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
