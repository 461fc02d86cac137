/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/message/idna.h"

#include "engine/base/ascii.h"
#include "engine/base/buf.h"
#include "engine/base/utf8.h"

#include <idn2.h>

/* A label has 63 octets on the wire (RFC 1035 section 2.3.4); what is much longer is none, and
 * would cost. */
#define LABEL_MAX 252u

static bool is_plain(struct span label)
{
    for (size_t i = 0; i < label.len; i++) {
        if (ascii_is_8bit(label.ptr[i]))
            return false;
    }
    return !span_starts_nocase(label, SPAN("xn--"));
}

static bool has_upper(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (ascii_lower(text.ptr[i]) != text.ptr[i])
            return true;
    }
    return false;
}

static void add_lower(struct span text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++)
        buf_add_byte(out, ascii_lower(text.ptr[i]));
}

/* By way of ASCII, which maps what may be written in several ways. */
static bool add_folded(struct span label, struct buf *out)
{
    char copy[LABEL_MAX + 1];
    char *ascii = NULL, *text = NULL;
    if (label.len == 0 || label.len > LABEL_MAX || span_find_byte(label, '\0') != SPAN_NONE ||
        !utf8_is_valid(label))
        return false;
    for (size_t i = 0; i < label.len; i++)
        copy[i] = ascii_lower(label.ptr[i]);
    copy[label.len] = '\0';
    bool good = idn2_to_ascii_8z(copy, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
                idn2_to_unicode_8z8z(ascii, &text, 0) == IDN2_OK;
    if (good)
        buf_add_str(out, text);
    idn2_free(ascii);
    idn2_free(text);
    return good;
}

struct span idna_fold(struct span domain, struct arena *arena)
{
    struct span rest = domain, label;
    struct buf out = BUF_INIT;
    bool plain = true;
    while (rest.len > 0 && rest.ptr[rest.len - 1] == '.')
        rest.len--;
    struct span name = rest;
    while (plain && rest.len > 0 && span_next(&rest, '.', &label))
        plain = is_plain(label);
    if (plain && !has_upper(name))
        return name;
    for (size_t at = 0; at <= name.len; at += label.len + 1) {
        label = span_sub(name, at, span_find_byte(span_from(name, at), '.'));
        if (at > 0)
            buf_add_byte(&out, '.');
        if (is_plain(label) || !add_folded(label, &out))
            add_lower(label, &out);
    }
    while (out.len > 0 && out.ptr[out.len - 1] == '.') /* behind it was what nobody sees */
        out.len--;
    struct span folded = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return folded;
}
