/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/conditions/mail_address.h"

#include "engine/base/ascii.h"
#include "engine/message/idna.h"

size_t mail_address_last_at(struct span text)
{
    for (size_t at = text.len; at > 0; at--) {
        if (text.ptr[at - 1] == '@')
            return at - 1;
    }
    return SPAN_NONE;
}

struct span mail_address_unquoted(struct span local, struct arena *arena)
{
    if (local.len < 2 || local.ptr[0] != '"' || local.ptr[local.len - 1] != '"')
        return local;
    char *text = arena_alloc(arena, local.len);
    size_t len = 0;
    for (size_t i = 1; i + 1 < local.len; i++) {
        if (local.ptr[i] == '\\' && i + 2 < local.len)
            i++;
        text[len++] = local.ptr[i];
    }
    return span_of(text, len);
}

struct span mail_address_lower(struct span text, struct arena *arena)
{
    size_t first = 0;
    while (first < text.len && ascii_lower(text.ptr[first]) == text.ptr[first])
        first++;
    if (first == text.len)
        return text;
    char *lower = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++)
        lower[i] = ascii_lower(text.ptr[i]);
    return span_of(lower, text.len);
}

static struct span joined(struct span local, struct span domain, struct arena *arena)
{
    char *text = arena_alloc(arena, local.len + 1 + domain.len);
    if (local.len > 0)
        memcpy(text, local.ptr, local.len);
    text[local.len] = '@';
    if (domain.len > 0)
        memcpy(text + local.len + 1, domain.ptr, domain.len);
    return span_of(text, local.len + 1 + domain.len);
}

struct mail_address mail_address_of_parts(struct span local, struct span domain,
                                          struct arena *arena)
{
    struct mail_address address = {.local = local, .domain = idna_fold(domain, arena)};
    address.text = domain.len > 0 ? joined(local, address.domain, arena) : local;
    struct span lower = mail_address_lower(local, arena);
    address.folded = lower.ptr == local.ptr ? address.text
                     : domain.len > 0       ? joined(lower, address.domain, arena)
                                            : lower;
    return address;
}

struct mail_address mail_address_of(struct span text, struct arena *arena)
{
    size_t at = mail_address_last_at(text);
    if (at == SPAN_NONE)
        return mail_address_of_parts(mail_address_unquoted(text, arena), SPAN(""), arena);
    return mail_address_of_parts(mail_address_unquoted(span_sub(text, 0, at), arena),
                                 span_from(text, at + 1), arena);
}
