/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/auth.h"

#include "engine/base/ascii.h"
#include "engine/base/attrs.h"
#include "engine/message/codecs/base64.h"

/* Of a response that is looked into; longer ones are passed on all the same. */
#define LOOKED_AT_MAX 8192u

static bool is_mechanism(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!ascii_is_alnum(c) && c != '-' && c != '_')
            return false;
    }
    return name.len > 0 && name.len <= AUTH_MECHANISM_MAX;
}

bool auth_list_has(const struct auth_list *list, struct span mechanism)
{
    struct span rest = span_str(list->text);
    struct span one;
    while (span_next(&rest, ' ', &one)) {
        if (one.len > 0 && span_equal_nocase(one, mechanism))
            return true;
    }
    return false;
}

void auth_list_add(struct auth_list *list, struct span mechanism)
{
    size_t len = strlen(list->text);
    if (!is_mechanism(mechanism) || span_is_nocase(mechanism, "EXTERNAL") ||
        span_ends_nocase(mechanism, SPAN("-PLUS")) || auth_list_has(list, mechanism) ||
        len + 1 + mechanism.len >= sizeof list->text)
        return;
    if (len > 0)
        list->text[len++] = ' ';
    memcpy(list->text + len, mechanism.ptr, mechanism.len);
    list->text[len + mechanism.len] = '\0';
}

void auth_list_keep(struct auth_list *list, const struct auth_list *other)
{
    struct auth_list before = *list;
    struct span rest = span_str(before.text);
    struct span one;
    list->text[0] = '\0';
    while (span_next(&rest, ' ', &one)) {
        if (auth_list_has(other, one))
            auth_list_add(list, one);
    }
}

bool auth_is_line(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] < ' ' || line.ptr[i] > '~')
            return false;
    }
    return true;
}

bool auth_parse(struct span argument, struct span *mechanism_out, struct span *response_out)
{
    size_t space = span_find_byte(argument, ' ');
    *mechanism_out = span_sub(argument, 0, space);
    *response_out = space == SPAN_NONE ? (struct span){NULL, 0} : span_from(argument, space + 1);
    return is_mechanism(*mechanism_out) && auth_is_line(*response_out) &&
           (space == SPAN_NONE ||
            (response_out->len > 0 && span_find_byte(*response_out, ' ') == SPAN_NONE));
}

/* A name goes into logs and header fields: one line, no control characters. */
static bool take(struct span name, char out[AUTH_NAME_MAX + 1])
{
    if (name.len == 0 || name.len > AUTH_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (ascii_is_control(name.ptr[i]))
            return false;
    }
    memcpy(out, name.ptr, name.len);
    out[name.len] = '\0';
    return true;
}

/* authzid NUL authcid NUL password: who has the password. */
static bool take_plain(struct span octets, char out[AUTH_NAME_MAX + 1])
{
    size_t first = span_find_byte(octets, '\0');
    if (first == SPAN_NONE)
        return false;
    struct span rest = span_from(octets, first + 1);
    size_t second = span_find_byte(rest, '\0');
    return second != SPAN_NONE && take(span_sub(rest, 0, second), out);
}

/* "user=NAME" 0x01 ... */
static bool take_xoauth2(struct span octets, char out[AUTH_NAME_MAX + 1])
{
    size_t end = span_find_byte(octets, '\x01');
    return span_starts(octets, SPAN("user=")) && end != SPAN_NONE &&
           take(span_sub(octets, 5, end - 5), out);
}

/* "n,a=NAME," 0x01 ...; ',' and '=' in it are "=2C" and "=3D" (RFC 5801 section 4). */
static bool take_oauthbearer(struct span octets, char out[AUTH_NAME_MAX + 1])
{
    char plain[AUTH_NAME_MAX];
    size_t len = 0;
    if (!span_starts(octets, SPAN("n,a=")))
        return false;
    struct span rest = span_from(octets, 4);
    struct span name = span_sub(rest, 0, span_find_byte(rest, ','));
    if (name.len == rest.len)
        return false;
    for (size_t i = 0; i < name.len && len < sizeof plain; i++) {
        struct span left = span_from(name, i);
        bool comma = span_starts(left, SPAN("=2C")), equals = span_starts(left, SPAN("=3D"));
        plain[len++] = comma ? ',' : equals ? '=' : name.ptr[i];
        i += comma || equals ? 2 : 0;
    }
    return take(span_of(plain, len), out);
}

static bool take_name(struct span mechanism, struct span octets, char out[AUTH_NAME_MAX + 1])
{
    if (span_is_nocase(mechanism, "PLAIN"))
        return take_plain(octets, out);
    if (span_is_nocase(mechanism, "LOGIN"))
        return take(octets, out);
    if (span_is_nocase(mechanism, "XOAUTH2"))
        return take_xoauth2(octets, out);
    return span_is_nocase(mechanism, "OAUTHBEARER") && take_oauthbearer(octets, out);
}

bool auth_read_name(struct span mechanism, unsigned step, struct span response,
                    char out[AUTH_NAME_MAX + 1])
{
    char octets[LOOKED_AT_MAX];
    struct base64_decoder decoder = {.phase = 0};
    if (step > 0 || response.len == 0 || base64_room(response.len) > sizeof octets)
        return false;
    size_t len = base64_decode(&decoder, response, 0, octets);
    len += base64_decode_end(&decoder, response.len, octets + len);
    bool known = !decoder.junk && take_name(mechanism, span_of(octets, len), out);
    explicit_bzero(octets, sizeof octets);
    return known;
}
