/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/auth.h"

#include "engine/base/ascii.h"

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

void auth_list_keep_named(struct auth_list *list)
{
    struct auth_list before = *list;
    struct span rest = span_str(before.text);
    struct span one;
    list->text[0] = '\0';
    while (span_next(&rest, ' ', &one)) {
        if (auth_has_name(one))
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
