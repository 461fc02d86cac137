/* SPDX-License-Identifier: Apache-2.0 */
/* What a text is read as, by what declares it, by its name and by its looks. */
#include "engine/base/buf.h"
#include "engine/message/codecs/codec_source.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *const looks[] = {
    "plain 123",
    "<p>a <b>1</b></p>",
    "<?xml version='1.0'?><a>1</a>",
    "<?xml version='1.0'?><html><p>1</p></html>",
    "<?xml version='1.0'?><div xmlns='http://www.w3.org/1999/xhtml'>1</div>",
    "<?xml version='1.0'?><?xml-stylesheet href='#'?><a>1</a>",
    "<!DOCTYPE svg PUBLIC 'a>' 'b'><!-- c --><s:svg><text>1</text></s:svg>",
    "BEGIN:VCARD\r\nN:1\r\nEND:VCARD\r\n",
    "BEGIN 1\r\n",
    "X:1\r\n",
};
enum { PLAIN, TAG, XML, XHTML, SPACE, STYLE, SVG, CARD, BEGIN, LINE, LOOKS };

/* By look, in their order: "-" the text as it is, "h" HTML, "x" XML, "l" lines; two of them for two
 * readings. */
static const struct {
    const char *type, *name;
    const char *read[LOOKS];
} rows[] = {
    {"text/html", "", {"h", "h", "h", "h", "h", "h", "h", "h", "h", "h"}},
    {"text/html", "a.ics", {"h", "h", "h", "h", "h", "h", "h", "h", "h", "h"}},
    {"text/html", "a.txt", {"h", "h", "h", "h", "h", "h", "h", "h", "h", "h"}},
    {"application/xhtml+xml", "a.xml", {"h", "h", "h", "h", "h", "h", "h", "h", "h", "h"}},
    {"text/plain", "", {"-", "-", "-", "-", "-", "-", "-", "-", "-", "-"}},
    {"text/plain", "a.txt", {"-", "-", "-", "-", "-", "-", "-", "-", "-", "-"}},
    {"text/plain", "a.ics", {"-", "-", "-", "-", "-", "-", "-", "l", "l", "-"}},
    {"text/plain", "a.VCF. ", {"-", "-", "-", "-", "-", "-", "-", "l", "l", "-"}},
    {"text/plain", "a.html", {"h-", "h-", "h-", "h-", "h-", "h-", "h-", "h-", "h-", "h-"}},
    {"text/csv", "", {"-", "h", "x", "hx", "hx", "hx", "x", "-", "-", "-"}},
    {"text/csv", "a.vcs", {"-", "h", "x", "hx", "hx", "hx", "x", "l", "l", "-"}},
    {"text/calendar", "", {"l", "h", "x", "hx", "hx", "hx", "x", "l", "l", "l"}},
    {"text/vcard", "a.ics", {"l", "h", "x", "hx", "hx", "hx", "x", "l", "l", "l"}},
    {"text/calendar", "a.html", {"hl", "h", "hx", "hx", "hx", "hx", "hx", "hl", "hl", "hl"}},
    {"application/ics", "a.txt", {"l", "h", "x", "hx", "hx", "hx", "x", "l", "l", "l"}},
    {"text/xml", "", {"x", "x", "x", "hx", "hx", "hx", "x", "x", "x", "x"}},
    {"application/xml", "a.xml", {"x", "x", "x", "hx", "hx", "hx", "x", "l", "x", "x"}},
    {"application/xml", "a.htm", {"hx", "hx", "hx", "hx", "hx", "hx", "hx", "hx", "hx", "hx"}},
    {"image/svg+xml", "a.svg", {"x", "x", "x", "hx", "hx", "hx", "x", "l", "x", "x"}},
    {"application/octet-stream", "", {"-", "h", "x", "hx", "hx", "hx", "x", "l", "-", "-"}},
    {"application/octet-stream", "a.ics", {"-", "h", "x", "hx", "hx", "hx", "x", "l", "l", "-"}},
    {"application/octet-stream", "a.html", {"h", "h", "hx", "hx", "hx", "hx", "hx", "h", "h", "h"}},
    {"application/octet-stream",
     "a.xhtml.",
     {"h", "h", "hx", "hx", "hx", "hx", "hx", "h", "h", "h"}},
    {"image/png", "a.png", {"-", "h", "x", "hx", "hx", "hx", "x", "l", "-", "-"}},
};

static char letter_of(const struct view *view)
{
    static const struct {
        const char *codec;
        char letter;
    } letters[] = {{"charset", '-'}, {"HTML", 'h'}, {"XML", 'x'}, {"content line", 'l'}};
    for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
        if (strcmp(view->codec->name, letters[i].codec) == 0)
            return letters[i].letter;
    }
    return '?';
}

static size_t check(const char *type, const char *name, const char *look, const char *wanted)
{
    struct views_rig rig;
    struct buf message = BUF_INIT;
    struct view *texts[TEXTS_MAX];
    char got[TEXTS_MAX + 1] = "";
    buf_printf(&message, "Content-Type: %s; name=\"%s\"\r\n\r\n%s", type, name, look);
    views_rig_open(&rig, buf_span(&message));
    size_t count = open_texts(rig.views, &rig.map->parts[0], texts);
    for (size_t i = 0; i < count; i++)
        got[i] = letter_of(texts[i]);
    assert_ptr_equal(count > 0 ? texts[0] : NULL, open_text(rig.views, &rig.map->parts[0]));
    bool good = strcmp(got, wanted) == 0;
    if (!good)
        print_error("%s, \"%s\", %s: read as %s, not %s\n", type, name, look, got, wanted);
    buf_fini(&message);
    views_rig_close(&rig);
    return !good;
}

static void type_name_and_look_tell(void **state)
{
    (void)state;
    size_t wrong = 0;
    assert_int_equal(ARRAY_LEN(looks), LOOKS);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (size_t k = 0; k < LOOKS; k++)
            wrong += check(rows[i].type, rows[i].name, looks[k], rows[i].read[k]);
    }
    assert_int_equal(wrong, 0);
}

/* What stands in the message is searched beside what its lines say. */
static void lines_are_read_as_they_stand_too(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    static const char head[] = "Content-Type: text/plain; charset=utf-8; name=a.ics\r\n"
                               "Content-Transfer-Encoding: 8bit\r\n\r\n";
    struct buf message = BUF_INIT, wanted = BUF_INIT;
    buf_printf(&message, "%sBEGIN\r\nX:9\r\n 4111\\,1 \xc3\xa9\r\nY:2\r\n", head);
    buf_printf(&wanted, "%sBEGIN\r\nX:9[gone] \xc3\xa9\r\nY:2\r\n", head);
    views_rig_open(&rig, buf_span(&message));
    struct view *view = rig_text(&rig, 0), *source = view_source(view);
    assert_same_bytes(view->text, SPAN("BEGIN\r\nX:94111,1 \xc3\xa9\r\nY:2\r\n"));
    assert_same_bytes(source->text, SPAN("BEGIN\r\nX:9\r\n 4111\\,1 \xc3\xa9\r\nY:2\r\n"));
    uint64_t off, len;
    source_range(source, 9, 7, &off, &len);
    assert_same_bytes(span_sub(source->text, off, len), SPAN("9\r\n 4111\\,1"));
    assert_int_equal(rig_edit(source, "4111\\,1", "[gone]", EDIT_REDACT), 1);
    struct span out = rig_output(&rig, &err);
    if (!out.ptr)
        fail_msg("%s", err.text);
    assert_same_bytes(out, buf_span(&wanted));
    views_rig_close(&rig);
    views_rig_open(&rig, SPAN("Content-Type: text/calendar\r\n\r\nX:1\r\nY:2\r\n"));
    assert_null(view_source(rig_text(&rig, 0)));
    views_rig_close(&rig);
    buf_fini(&message);
    buf_fini(&wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(type_name_and_look_tell),
        cmocka_unit_test(lines_are_read_as_they_stand_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
