/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_header_addresses: the value of a field that holds addresses. Each is what it is made of and
 * is found again where it stands alone; whatever stands in front of a further address cannot hide
 * it; what is compared is folded once and for all.
 */
#include "rulesets/conditions/header_addresses.h"

#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/idna.h"
#include "engine/message/library.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_address(const struct mail_address *address, struct arena *arena)
{
    size_t len = address->local.len + 1 + address->domain.len;
    check(address->text.len == len && address->folded.len == len);
    check(address->text.ptr[address->local.len] == '@');
    check(span_equal(span_sub(address->text, 0, address->local.len), address->local));
    check(span_equal(span_from(address->text, address->local.len + 1), address->domain));
    check(span_equal_nocase(address->text, address->folded));
    check(utf8_is_valid(address->text));
    check(span_equal(idna_fold(address->domain, arena), address->domain));
}

static bool is_plain(struct span domain)
{
    for (size_t i = 0; i < domain.len; i++) {
        if ((unsigned char)domain.ptr[i] <= ' ' || domain.ptr[i] == 0x7f ||
            strchr("()<>@,;:\"[]\\", domain.ptr[i]))
            return false;
    }
    return domain.len > 0 && domain.ptr[domain.len - 1] != '.';
}

/* Written as RFC 5322 would have it. */
static void check_alone(const struct mail_address *address, struct arena *arena)
{
    struct header_addresses again;
    struct buf text = BUF_INIT;
    if (!is_plain(address->domain) || span_find(address->text, SPAN("=?")) != SPAN_NONE)
        return;
    buf_add_str(&text, "Name (comment) <\"");
    for (size_t i = 0; i < address->local.len; i++) {
        char c = address->local.ptr[i];
        if (c == '"' || c == '\\')
            buf_add_byte(&text, '\\');
        buf_add_byte(&text, c);
    }
    buf_add_str(&text, "\"@");
    buf_add(&text, address->domain);
    buf_add_str(&text, ">");
    header_addresses_read(buf_span(&text), arena, &again);
    bool folds = span_find_byte(address->local, '\n') != SPAN_NONE; /* a line end in a local part */
    check(folds || (again.count == 1 && span_equal(again.items[0].text, address->text)));
    buf_fini(&text);
}

static void check_last(struct span value, struct arena *arena)
{
    struct header_addresses found;
    struct buf text = BUF_INIT;
    buf_add(&text, value);
    buf_add_str(&text, ", last@z.example");
    header_addresses_read(buf_span(&text), arena, &found);
    check(found.incomplete ||
          (found.count > 0 && span_is(found.items[found.count - 1].text, "last@z.example")));
    buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        message_library_init();
    ready = true;
    struct arena *arena = arena_new();
    struct header_addresses found;
    struct span value = span_of((const char *)data, size);
    header_addresses_read(value, arena, &found);
    check(found.count <= HEADER_ADDRESSES_MAX);
    for (size_t i = 0; i < found.count; i++) {
        check_address(&found.items[i], arena);
        if (i < 20)
            check_alone(&found.items[i], arena);
    }
    check_last(value, arena);
    arena_free(&arena);
    return 0;
}
