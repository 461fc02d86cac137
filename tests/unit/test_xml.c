/* SPDX-License-Identifier: Apache-2.0 */
/* XML texts: references, CDATA sections, comments, drawings, and back. */
#include "engine/base/buf.h"
#include "tests/support/views_rig.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdlib.h>

#define XML                                                                                        \
    "Content-Type: application/xml; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"

static void read_as(const char *source, const char *text, enum uninspected reason)
{
    struct views_rig rig;
    struct buf message = BUF_INIT;
    buf_add_str(&message, XML);
    buf_add_str(&message, source);
    views_rig_open(&rig, buf_span(&message));
    struct view *view = rig_text(&rig, 0);
    assert_same_bytes(view->text, span_str(text));
    assert_int_equal(view->uninspected, reason);
    buf_fini(&message);
    views_rig_close(&rig);
}

static void references_are_resolved(void **state)
{
    (void)state;
    read_as("<a>&#49;&#x32;&#X33;&#0000052;</a>", "<a>1234</a>", UNINSPECTED_NONE);
    read_as("&lt;&gt;&amp;&apos;&quot;", "<>&'\"", UNINSPECTED_NONE);
    read_as("&amp;#49; &#49 &#; &#x; &#xg; & &", "&#49; &#49 &#; &#x; &#xg; & &", UNINSPECTED_NONE);
    read_as("&#0;&#xd800;&#x110000;&#99999999999;",
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", UNINSPECTED_NONE);
    read_as("<a b='&#49;'/>&#x20ac;", "<a b='1'/>\xe2\x82\xac", UNINSPECTED_NONE);
    read_as("<style>&#49;</style><xmp>&#50;</xmp>", "<style>1</style><xmp>2</xmp>",
            UNINSPECTED_NONE);
}

static void markup_within_a_text_is_moved(void **state)
{
    (void)state;
    read_as("<a>12<![CDATA[3&#52;<b>]]>5</a>", "<a>123&#52;<b>5</a>", UNINSPECTED_NONE);
    read_as("<a>1<!-- &#50; -->3</a>", "<a>13</a>\n<!-- &#50; -->", UNINSPECTED_NONE);
    read_as("<a> <!-- x --> 3</a>", "<a> <!-- x --> 3</a>", UNINSPECTED_NONE);
    read_as("<a>1<?x y?>3</a>", "<a>13</a>\n<?x y?>", UNINSPECTED_NONE);
    read_as("<a>1<tspan>3</tspan></a>", "<a>1<tspan>3</tspan></a>", UNINSPECTED_NONE);
    read_as("<svg><text>1<tspan x='&#50;>'>3</tspan>4</text></svg>",
            "<svg><text>134</text></svg>\n<tspan x='2>'>\n</tspan>", UNINSPECTED_NONE);
    read_as("<s:svg><s:text>1<s:tspan>3</s:tspan>4</s:text></s:svg>",
            "<s:svg><s:text>134</s:text></s:svg>\n<s:tspan>\n</s:tspan>", UNINSPECTED_NONE);
}

static void texts_of_drawings_are_joined(void **state)
{
    (void)state;
    read_as("<svg><text>12<x/>3</text></svg>", "<svg><text>123</text></svg>\n<x/>",
            UNINSPECTED_NONE);
    read_as("<svg><text>12<title>a<b/></title>3</text></svg>",
            "<svg><text>123</text></svg>\n<title>a<b/></title>", UNINSPECTED_NONE);
    read_as("<svg><text>1<x>a<x y='>'>b</x><!-- </x> --><z/></x>2</text><g>1<x/>2</g></svg>",
            "<svg><text>12</text><g>1<x/>2</g></svg>\n<x>a<x y='>'>b</x><!-- </x> --><z/></x>",
            UNINSPECTED_NONE);
    read_as("<svg><text>1<a><tspan>2</tspan>3</a><text>4</text>5</text>6<a/>7</svg>",
            "<svg><text>12345</text>6<a/>7</svg>\n<a>\n<tspan>\n</tspan>\n</a>\n<text>\n</text>",
            UNINSPECTED_NONE);
    read_as("<svg><text>1 <tspan>2</tspan> 3</text></svg>",
            "<svg><text>1 <tspan>2</tspan> 3</text></svg>", UNINSPECTED_NONE);
    read_as("<svg><text/>1<x/>2</svg>", "<svg><text/>1<x/>2</svg>", UNINSPECTED_NONE);
    read_as("<svg><text>1<x>2</x", "<svg><text>1<x>2</x", UNINSPECTED_CONTAINER);
    read_as("<svg><text>1<x", "<svg><text>1<x", UNINSPECTED_CONTAINER);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    read_as("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            UNINSPECTED_CONTAINER);
    read_as("<!DOCTYPE a SYSTEM 'b'><a>&x;</a>", "<!DOCTYPE a SYSTEM 'b'><a>&x;</a>",
            UNINSPECTED_CONTAINER);
    read_as("<!DOCTYPE a SYSTEM 'b'><a>&amp;</a>", "<!DOCTYPE a SYSTEM 'b'><a>&</a>",
            UNINSPECTED_NONE);
    read_as("<a>1<!-- 2</a>&#49;", "<a>1<!-- 2</a>1", UNINSPECTED_CONTAINER);
    read_as("<a>1<![CDATA[ 2</a>", "<a>1<![CDATA[ 2</a>", UNINSPECTED_CONTAINER);
}

static void written(const char *source, const char *needle, const char *with, enum edit_kind kind,
                    const char *expected)
{
    struct views_rig rig;
    struct error err = ERROR_INIT;
    struct buf message = BUF_INIT, wanted = BUF_INIT;
    buf_printf(&message, XML "%s", source);
    buf_printf(&wanted, XML "%s", expected);
    views_rig_open(&rig, buf_span(&message));
    assert_true(rig_edit(rig_text(&rig, 0), needle, with, kind) > 0);
    struct span out = rig_output(&rig, &err);
    if (!out.ptr)
        fail_msg("%s", err.text);
    assert_same_bytes(out, buf_span(&wanted));
    buf_fini(&message);
    buf_fini(&wanted);
    views_rig_close(&rig);
}

static void changes_go_to_the_source(void **state)
{
    (void)state;
    written("<a>x&#49;2&amp;y</a>", "12", "**", EDIT_MASK, "<a>x**&amp;y</a>");
    written("<a>x&#49;2&amp;y</a>", "12&", "a<b", EDIT_REPLACE, "<a>xa&#60;by</a>");
    written("<a>1<![CDATA[2]]>3</a>", "123", "***", EDIT_MASK, "<a>*<![CDATA[*]]>*</a>");
    written("<a>1<![CDATA[2]]>3</a>", "123", "[x]", EDIT_REDACT, "<a>[x]<![CDATA[]]></a>");
    written("<a><![CDATA[2]]></a>", "2", "]]>", EDIT_REPLACE, "<a><![CDATA[]] ]]></a>");
    written("<a>1<!-- 12 -->2</a>", "12", "-->", EDIT_REPLACE, "<a>--&#62;<!-- __> --></a>");
    written("<a b='1'/>", "1", "'>", EDIT_REPLACE, "<a b='&#39;&#62;'/>");
}

/* As of HTML: what the mask of a reader has emptied says nothing about another. */
static void rest_of_a_mask_and_another(void **state)
{
    (void)state;
    struct views_rig rig;
    struct error err = ERROR_INIT;
    views_rig_open(&rig, SPAN(XML "<a>1<![CDATA[2]]>3 4</a>"));
    struct view *view = rig_text(&rig, 0);
    size_t off = span_find(view->text, SPAN("123 4"));
    struct edit first = {off, 3, SPAN("**"), EDIT_REDACT, "first", 2};
    assert_true(off != SPAN_NONE);
    assert_true(view_edit(view, first, &err));
    assert_int_equal(rig_edit(view->parent, "3 4", "###", EDIT_MASK), 1);
    assert_same_bytes(rig_output(&rig, &err), SPAN(XML "<a>**<![CDATA[]]>###</a>"));
    views_rig_close(&rig);
}

static bool is_read_as_xml(const char *header, const char *start)
{
    struct views_rig rig;
    struct buf message = BUF_INIT;
    buf_printf(&message, "%s\r\n\r\n%s<a><xmp>&#49;</xmp></a>", header, start);
    views_rig_open(&rig, buf_span(&message));
    bool found = span_find(rig_text(&rig, 0)->text, SPAN("<xmp>1</xmp>")) != SPAN_NONE;
    buf_fini(&message);
    views_rig_close(&rig);
    return found;
}

static void types_and_looks_tell(void **state)
{
    (void)state;
    assert_true(is_read_as_xml("Content-Type: text/xml", ""));
    assert_true(is_read_as_xml("Content-Type: application/atom+xml", ""));
    assert_true(is_read_as_xml("Content-Type: image/svg+xml", ""));
    assert_true(is_read_as_xml("Content-Type: application/octet-stream", "<?xml version='1.0'?>"));
    assert_false(is_read_as_xml("Content-Type: application/octet-stream", ""));
    assert_false(is_read_as_xml("Content-Type: text/plain", "<?xml version='1.0'?>"));
    assert_false(is_read_as_xml("Content-Type: text/xml", "<?xml version='1.0'?><html>"));
}

static void the_declaration_names_the_charset(void **state)
{
    (void)state;
    struct views_rig rig;
    views_rig_open(&rig, SPAN("Content-Type: text/xml\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
                              "<?xml version=\"1.0\" encoding=\"koi8-r\"?><a>\xc1</a>"));
    assert_true(span_ends_nocase(rig_text(&rig, 0)->text, SPAN("<a>\xd0\xb0</a>")));
    assert_int_equal(rig.map->ambiguities, 0);
    views_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_resolved),
        cmocka_unit_test(markup_within_a_text_is_moved),
        cmocka_unit_test(texts_of_drawings_are_joined),
        cmocka_unit_test(what_cannot_be_read_is_named),
        cmocka_unit_test(changes_go_to_the_source),
        cmocka_unit_test(rest_of_a_mask_and_another),
        cmocka_unit_test(types_and_looks_tell),
        cmocka_unit_test(the_declaration_names_the_charset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
