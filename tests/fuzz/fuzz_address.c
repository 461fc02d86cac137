/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments of MAIL and RCPT: what is taken is inside the input, has no byte that could be read in
 * two ways, and is taken again when it is written anew. The first byte chooses the command and
 * UTF-8.
 */
#include "tunnels/wire/address.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static bool parse(bool from, struct span argument, bool utf8, struct address *address,
                  struct span *params)
{
    struct answer answer = {0, NULL, NULL};
    bool ok = from ? address_parse_from(argument, utf8, address, params, &answer)
                   : address_parse_to(argument, utf8, address, params, &answer);
    CHECK(ok || (answer.code >= 500 && answer.code < 600 && answer.text && answer.enhanced));
    return ok;
}

static void check_again(bool from, const struct address *address, bool utf8)
{
    struct buf text = BUF_INIT;
    struct address again;
    struct span params;
    buf_add_str(&text, from ? "FROM:<" : "TO:<");
    buf_add(&text, address->text);
    buf_add_byte(&text, '>');
    CHECK(parse(from, buf_span(&text), utf8, &again, &params));
    CHECK(span_equal(again.text, address->text) && span_equal(again.local, address->local));
    CHECK(span_equal(again.domain, address->domain) && params.len == 0);
    if (address->domain.len > 0)
        CHECK(address_parse_mailbox(address->text, utf8, &again));
    buf_fini(&text);
}

static void check_params(struct span params)
{
    static const struct capabilities all = {.size = true,
                                            .eightbitmime = true,
                                            .smtputf8 = true,
                                            .binarymime = true,
                                            .dsn = true,
                                            .requiretls = true,
                                            .mt_priority = true};
    struct mail_params mail;
    struct answer answer = {0, NULL, NULL};
    bool ok = mail_params_parse(params, &all, &mail, &answer);
    CHECK(ok || answer.code == 501 || answer.code == 552 || answer.code == 555);
    CHECK(!ok || (mail.priority >= -9 && mail.priority <= 9 && mail.envid.len <= params.len));
    struct rcpt_params rcpt;
    bool taken = rcpt_params_parse(params, &all, false, &rcpt, &answer);
    CHECK(taken || answer.code == 501 || answer.code == 555);
    CHECK(!taken || (span_is_ascii(rcpt.orcpt) && span_is_ascii(rcpt.notify)));
    (void)rcpt_params_parse(params, &all, true, &rcpt, &answer);
    char *decoded = malloc(params.len ? params.len : 1);
    size_t len;
    CHECK(decoded);
    if (xtext_decode(params, decoded, &len))
        CHECK(len <= params.len);
    free(decoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    bool from = data[0] & 1;
    bool utf8 = data[0] & 2;
    struct buf argument = BUF_INIT;
    if (data[0] & 4)
        buf_add_str(&argument, from ? "FROM:<" : "TO:<");
    buf_add(&argument, span_of((const char *)data + 1, size - 1));
    char *copy = malloc(argument.len ? argument.len : 1);
    CHECK(copy);
    memcpy(copy, buf_span(&argument).ptr, argument.len);
    struct span whole = span_of(copy, argument.len);
    struct address address;
    struct span params;
    if (parse(from, whole, utf8, &address, &params)) {
        for (size_t i = 0; i < address.text.len; i++) {
            CHECK(!ascii_is_control(address.text.ptr[i]));
            CHECK(utf8 || !ascii_is_8bit(address.text.ptr[i]));
        }
        CHECK(address.local.len <= ADDRESS_LOCAL_MAX && address.domain.len <= ADDRESS_DOMAIN_MAX);
        CHECK(from || address.text.len > 0);
        check_again(from, &address, utf8);
        check_params(params);
    }
    check_params(whole);
    (void)address_is_helo_name(whole);
    free(copy);
    buf_fini(&argument);
    return 0;
}
