/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/settings/forward.h"

#include "engine/base/ascii.h"

#include <arpa/inet.h>

#define NAME_MAX_LEN 253
#define LABEL_MAX_LEN 63

static bool is_label(struct span label)
{
    if (label.len == 0 || label.len > LABEL_MAX_LEN || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-')
        return false;
    for (size_t i = 0; i < label.len; i++) {
        if (!ascii_is_alnum(label.ptr[i]) && label.ptr[i] != '-' && label.ptr[i] != '_')
            return false;
    }
    return true;
}

static bool is_number(struct span text)
{
    uint64_t value;
    return span_to_u64(text, &value);
}

bool forward_is_host_name(struct span text)
{
    struct span rest = text;
    struct span label = {"", 0};
    if (text.len == 0 || text.len > NAME_MAX_LEN)
        return false;
    while (span_next(&rest, '.', &label)) {
        if (!is_label(label))
            return false;
    }
    /* A last label of digits is half an address: "10.0.0.256". */
    return !is_number(label);
}

static bool is_address(int family, struct span text)
{
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[16];
    if (text.len >= sizeof copy || memchr(text.ptr, '\0', text.len))
        return false;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return inet_pton(family, copy, address) == 1;
}

static bool parse_port(struct span text, uint16_t *out, struct error *err)
{
    uint64_t port;
    if (!span_to_u64(text, &port) || port < 1 || port > 65535)
        return error_set(err, "expected a port 1..65535 behind the ':'");
    *out = (uint16_t)port;
    return true;
}

/* "[2001:db8::1]:25" */
static bool parse_bracketed(struct span text, struct arena *arena, struct hop *out,
                            struct error *err)
{
    size_t end = span_find_byte(text, ']');
    struct span host = span_sub(text, 1, end == SPAN_NONE ? 0 : end - 1);
    struct span rest = end == SPAN_NONE ? span_of("", 0) : span_from(text, end + 1);
    if (!is_address(AF_INET6, host) || (rest.len > 0 && rest.ptr[0] != ':'))
        return error_set(err, "expected an IPv6 address in brackets and a port, like "
                              "[2001:db8::1]:25; names and IPv4 addresses have no brackets");
    out->host = arena_str(arena, host);
    return rest.len == 0 || parse_port(span_from(rest, 1), &out->port, err);
}

static bool parse_host(struct span text, struct arena *arena, struct hop *out, struct error *err)
{
    size_t colon = span_find_byte(text, ':');
    struct span host = span_sub(text, 0, colon);
    bool is_url = span_find(text, SPAN("://")) != SPAN_NONE;
    if (is_address(AF_INET6, text))
        return error_set(err, "expected an IPv6 address in brackets, like [2001:db8::1]:25");
    if (is_url || (!is_address(AF_INET, host) && !forward_is_host_name(host)))
        return error_set(
            err, "expected host:port, [IPv6 address]:port, smtps://host:port, reflect:PORT or "
                 "maildir:PATH; of several hosts a list");
    out->host = arena_str(arena, host);
    return colon == SPAN_NONE || parse_port(span_from(text, colon + 1), &out->port, err);
}

bool forward_parse(struct span text, struct arena *arena, struct hop *out, struct error *err)
{
    *out = (struct hop){.kind = HOP_SMTP, .port = FORWARD_PORT, .text = arena_str(arena, text)};
    struct span reflect = SPAN("reflect");
    if (span_is_nocase(text, "reflect") || span_starts_nocase(text, SPAN("reflect:"))) {
        out->kind = HOP_REFLECT;
        return text.len == reflect.len ||
               parse_port(span_from(text, reflect.len + 1), &out->port, err);
    }
    if (span_starts_nocase(text, SPAN("maildir:"))) {
        struct span path = span_from(text, strlen("maildir:"));
        out->kind = HOP_MAILDIR;
        out->path = arena_str(arena, path);
        return path.len > 0 || error_set(err, "expected the path of a Maildir behind the ':'");
    }
    struct span scheme = SPAN("smtps://");
    if (span_starts_nocase(text, scheme)) {
        text = span_from(text, scheme.len);
        out->implicit_tls = true;
        out->port = FORWARD_PORT_IMPLICIT_TLS;
    }
    return text.len > 0 && text.ptr[0] == '[' ? parse_bracketed(text, arena, out, err)
                                              : parse_host(text, arena, out, err);
}
