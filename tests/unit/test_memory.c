/* SPDX-License-Identifier: Apache-2.0 */
/* What reading a message costs in memory, for each of its bytes: the shapes that cost most. */
#include "engine/base/buf.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CARD "Content-Type: text/x-vcard\r\n\r\nBEGIN:VCARD\r\n"

static struct span repeated(struct buf *out, const char *header, const char *piece, size_t len)
{
    buf_add_str(out, header);
    while (out->len < len)
        buf_add_str(out, piece);
    return buf_span(out);
}

/* Bytes that the arena of a message takes, its own copy apart. */
static size_t arena_cost(const char *header, const char *piece, size_t len)
{
    struct views_rig rig;
    struct buf message = BUF_INIT;
    views_rig_open(&rig, repeated(&message, header, piece, len));
    struct view *subject = rig_field(&rig, "Content-Type");
    assert_non_null(subject);
    (void)rig_text(&rig, 0);
    size_t cost = arena_size(rig.arena) - message.len;
    buf_fini(&message);
    views_rig_close(&rig);
    return cost;
}

static void a_charset_is_opened_once(void **state)
{
    (void)state;
    size_t cost = arena_cost(CARD,
                             "N;ENCODING=QUOTED-PRINTABLE;CHARSET=windows-1250:=80\r\n"
                             "N;ENCODING=QUOTED-PRINTABLE;CHARSET=windows-1251:=80\r\n",
                             (size_t)1 << 20);
    assert_in_range(cost, 0, (size_t)1 << 20);
}

static void words_share_their_charsets(void **state)
{
    (void)state;
    struct views_rig rig;
    struct buf message = BUF_INIT;
    (void)repeated(&message,
                   "Subject:", "\r\n =?koi8-r?q?=C1?= =?windows-1251?q?=C1?=", (size_t)60 << 10);
    buf_add_str(&message, "\r\n\r\n");
    views_rig_open(&rig, buf_span(&message));
    (void)rig_field(&rig, "Subject");
    assert_in_range(arena_size(rig.arena), 0, message.len + ((size_t)1 << 20));
    buf_fini(&message);
    views_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_charset_is_opened_once),
        cmocka_unit_test(words_share_their_charsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
