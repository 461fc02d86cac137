/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/mail/weight.h"

#include "engine/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool is_heavy(const char *begin, size_t len)
{
    struct buf message = BUF_INIT;
    buf_add_str(&message, begin);
    while (message.len < len)
        buf_add_str(&message,
                    "Tea at 7 in 2022, 1/2 of it <hot> on the 7th; utf-8, iso-8859-2.\r\n");
    bool heavy = weight_is_heavy(buf_span(&message));
    buf_fini(&message);
    return heavy;
}

static void large_html_and_states_are_heavy(void **state)
{
    (void)state;
    static const char *const heavy[] = {
        "Content-Type: text/html\r\n\r\n",
        "Content-Type: TEXT/HTML;\r\n\r\n",
        "content-type: application/xhtml+xml\r\n\r\n",
        "\r\n<HTML>",
        "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n",
        "Content-Type: text/plain; charset=\"ISO_2022-KR\"\r\n\r\n",
        "Content-Type: text/plain; charset=csISO2022JP\r\n\r\n",
        "Content-Type: text/plain; charset=utf-7\r\n\r\n",
        "Content-Type: text/plain; charset=UTF7\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof heavy / sizeof heavy[0]; i++) {
        assert_true(is_heavy(heavy[i], 2 * WEIGHT_LIGHT));
        assert_false(is_heavy(heavy[i], WEIGHT_LIGHT / 2));
    }
}

static void plain_text_is_not(void **state)
{
    (void)state;
    assert_false(is_heavy("", 2 * WEIGHT_LIGHT));
    assert_false(is_heavy("7", 2 * WEIGHT_LIGHT));
    assert_false(is_heavy("2022", 2 * WEIGHT_LIGHT));
    assert_false(is_heavy("Content-Type: text/plain; charset=iso-8859-1\r\n\r\n", 10240));
    assert_false(is_heavy("See <htm> and a/htm.\r\n", 2 * WEIGHT_LIGHT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_html_and_states_are_heavy),
        cmocka_unit_test(plain_text_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
