/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/map/mailbox.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

#include <arpa/inet.h>

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

size_t mailbox_scan_domain(struct span s)
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

size_t mailbox_scan(struct span s, struct mailbox *out)
{
    size_t local = s.len > 0 && s.ptr[0] == '"' ? scan_quoted_string(s) : scan_dot_string(s);
    if (local == 0 || local >= s.len || s.ptr[local] != '@')
        return 0;
    struct span behind = span_from(s, local + 1);
    out->is_literal = behind.len > 0 && behind.ptr[0] == '[';
    size_t domain = out->is_literal ? scan_literal(behind) : mailbox_scan_domain(behind);
    if (domain == 0)
        return 0;
    out->local = span_sub(s, 0, local);
    out->domain = span_sub(behind, 0, domain);
    out->text = span_sub(s, 0, local + 1 + domain);
    return out->text.len;
}

bool mailbox_is_too_long(const struct mailbox *mailbox)
{
    return mailbox->local.len > MAILBOX_LOCAL_MAX || mailbox->domain.len > MAILBOX_DOMAIN_MAX;
}

bool mailbox_is_one(struct span text, bool utf8)
{
    struct mailbox mailbox;
    if (utf8 ? !utf8_is_valid(text) : !span_is_ascii(text))
        return false;
    return text.len > 0 && mailbox_scan(text, &mailbox) == text.len &&
           !mailbox_is_too_long(&mailbox);
}

static int order_of(int bytes, size_t a, size_t b)
{
    return bytes != 0 ? bytes : a < b ? -1 : a > b;
}

static int compare_local(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    return order_of(len > 0 ? memcmp(a.ptr, b.ptr, len) : 0, a.len, b.len);
}

static int compare_domain(struct span a, struct span b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int difference =
            (unsigned char)ascii_lower(a.ptr[i]) - (unsigned char)ascii_lower(b.ptr[i]);
        if (difference != 0)
            return difference;
    }
    return order_of(0, a.len, b.len);
}

/* A quoted local part may hold others. */
static size_t last_at(struct span address)
{
    size_t at = address.len;
    while (at > 0 && address.ptr[at - 1] != '@')
        at--;
    return at;
}

int mailbox_compare(struct span a, struct span b)
{
    size_t at_a = last_at(a), at_b = last_at(b);
    int domains =
        compare_domain(at_a ? span_from(a, at_a) : SPAN(""), at_b ? span_from(b, at_b) : SPAN(""));
    if (domains != 0)
        return domains;
    return compare_local(at_a ? span_sub(a, 0, at_a - 1) : a, at_b ? span_sub(b, 0, at_b - 1) : b);
}
