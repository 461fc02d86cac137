/* SPDX-License-Identifier: Apache-2.0 */
/* test_params: values of Content-Type and Content-Disposition, as they should be and as they are.
 */
#include "engine/base/buf.h"
#include "engine/message/library.h"
#include "engine/message/map/params.h"
#include "tests/support/corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct sample {
    const char *value;
    const char *type;   /* "text/plain" */
    const char *params; /* "a=b c[0]*=d": attribute, section, star, value without quotes */
    const char *found;
};

static const struct sample types[] = {
    {" text/plain", "text/plain", "", ""},
    {"TEXT/Plain;", "TEXT/Plain", "", ""},
    {" text/plain; charset=utf-8; format=flowed\r\n", "text/plain", "charset=utf-8 format=flowed",
     ""},
    {" text/plain;charset=\"utf-8\";;\r\n\tdelsp=yes ;", "text/plain", "charset=utf-8 delsp=yes",
     ""},
    {" text/plain; charset = \"utf-8\"", "text/plain", "charset=utf-8", ""},
    {" text/plain; charset=us-ascii (Plain (really) \\) text)", "text/plain", "charset=us-ascii",
     ""},
    {" application/x; name=\"a \\\"b\\\" c;d.txt\"", "application/x", "name=a \"b\" c;d.txt", ""},
    {" application/x; name=\"a\r\n b\"", "application/x", "name=a b", ""},
    {" application/x; name=\"\"; b=", "application/x", "name= b=", ""},
    {" application/x; name=h\xc3\xa4.txt", "application/x", "name=h\xc3\xa4.txt", ""},
    {" application/x; url=http://x.example/?a=b", "application/x", "url=http://x.example/?a=b", ""},
    {" a/b; n*0*=utf-8''%C3; n*1*=%A4; n*2=\"x y\"", "a/b", "n[0]*=utf-8''%C3 n[1]*=%A4 n[2]=x y",
     ""},
    {" a/b; n*=utf-8'en'x; n=x", "a/b", "n*=utf-8'en'x n=x", ""},
    {" a/b; n=x; N=x", "a/b", "n=x N=x", ""},
    {" a/b; n=x; n=y", "a/b", "n=x n=y", "duplicate_parameter"},
    {" a/b; n*=a''x; n*=a''y", "a/b", "n*=a''x n*=a''y", "duplicate_parameter"},
    {" a/b; n*0=x; n*0=y", "a/b", "n[0]=x n[0]=y", "duplicate_parameter bad_parameter"},
    {" a/b; n*=a''x; n*0=y", "a/b", "n*=a''x n[0]=y", "duplicate_parameter"},
    {" a/b; n*1=x; n*0=y", "a/b", "n[1]=x n[0]=y", "bad_parameter"},
    {" a/b; n*0=x; n*2=y", "a/b", "n[0]=x n[2]=y", "bad_parameter"},
    {" a/b; n*00=x", "a/b", "n[9999]=x", "bad_parameter"},
    {" a/b; n*x*=x", "a/b", "n[9999]*=x", "bad_parameter"},
    {" a/b; n", "a/b", "", "bad_parameter"},
    {" a/b; =x; n=y", "a/b", "n=y", "bad_parameter"},
    {" a/b; x:y=1; n=y", "a/b", "n=y", "bad_parameter"},
    {" a/b; x\xc3\xa4=\";\"; n=y", "a/b", "n=y", "bad_parameter"},
    {" a/b; n(c)=y", "a/b", "n=y", "bad_parameter"},
    {" a/b; n=(c)y", "a/b", "n=y", "bad_parameter"},
    {" a/b; n=y(c)", "a/b", "n=y", "bad_parameter"},
    {" a/b; n=y\"z\"", "a/b", "n=y\"z\"", "bad_parameter"},
    {" a/b; n=\"y\"z; m=o", "a/b", "n=y m=o", "bad_parameter"},
    {" a/b; n=y z; m=o", "a/b", "n=y m=o", "bad_parameter"},
    {" a/b; n=\"y; m=o ", "a/b", "n=y; m=o", "bad_parameter"},
    {" a/b; n=y (c; m=o", "a/b", "n=y", "bad_parameter"},
    {" a/b n=y; m=o", "a/b", "m=o", "bad_parameter"},
    {"", "/", "", "bad_content_type"},
    {" ; n=y", "/", "n=y", "bad_content_type"},
    {" text; n=y", "text/", "n=y", "bad_content_type"},
    {" text/; n=y", "text/", "n=y", "bad_content_type"},
    {" a/b/c; n=y", "a/b", "n=y", "bad_parameter"},
    {" a / b; n=y", "a/b", "n=y", "bad_content_type"},
};

static const struct sample dispositions[] = {
    {" attachment; filename=a.txt", "attachment/", "filename=a.txt", ""},
    {" inline", "inline/", "", ""},
    {" attachment; filename=\"C:\\x\\a.txt\"", "attachment/", "filename=C:xa.txt", ""},
    {" attachment; filename=a b.txt; size=1", "attachment/", "filename=a size=1", "bad_parameter"},
    {" ; filename=a.txt", "/", "filename=a.txt", "bad_parameter"},
    {" \"attachment\"; filename=a.txt", "/", "filename=a.txt", "bad_parameter"},
};

static const char *params_text(const struct params *params, struct arena *arena)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < params->count; i++) {
        const struct param *param = &params->items[i];
        buf_printf(&text, "%s%.*s", i > 0 ? " " : "", SPAN_ARG(param->attribute));
        if (param->section >= 0)
            buf_printf(&text, "[%d]", param->section);
        buf_printf(&text, "%s=%.*s", param->extended ? "*" : "", SPAN_ARG(param->value));
    }
    const char *copy = arena_str(arena, buf_span(&text));
    buf_fini(&text);
    return copy;
}

static void check_sample(const struct sample *sample, bool with_subtype)
{
    struct arena *arena = arena_new();
    struct params params;
    print_message("  %s\n", sample->value);
    params_parse(span_str(sample->value), with_subtype, 200, arena, &params);
    assert_string_equal(
        arena_printf(arena, "%.*s/%.*s", SPAN_ARG(params.type), SPAN_ARG(params.subtype)),
        sample->type);
    assert_string_equal(params_text(&params, arena), sample->params);
    assert_string_equal(ambiguities_text(params.ambiguities, arena), sample->found);
    assert_false(params.over_limit);
    arena_free(&arena);
}

static void values_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        check_sample(&types[i], true);
    for (size_t i = 0; i < ARRAY_LEN(dispositions); i++)
        check_sample(&dispositions[i], false);
}

static void places_are_those_of_the_value(void **state)
{
    (void)state;
    static const char value[] = " a/b; name=\"x y\" ; n*0*=u''z";
    struct arena *arena = arena_new();
    struct params params;
    params_parse(span_str(value), true, 200, arena, &params);
    assert_int_equal(params.count, 2);
    assert_true(span_is(params.items[0].raw, "name=\"x y\""));
    assert_ptr_equal(params.items[0].raw.ptr, value + 6);
    assert_true(span_is(params.items[0].raw_value, "\"x y\""));
    assert_ptr_equal(params.items[0].value.ptr, value + 12);
    assert_true(params.items[0].quoted);
    assert_true(span_is(params.items[1].raw, "n*0*=u''z"));
    assert_true(span_is(params.items[1].attribute, "n"));
    assert_false(params.items[1].quoted);
    arena_free(&arena);
}

static void the_plain_one_is_found_first(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct params params;
    params_parse(span_str("a/b; n*=x''1; n*0=2; N=3; n=4"), true, 200, arena, &params);
    assert_true(span_is(params_find(&params, "n")->value, "3"));
    assert_null(params_find(&params, "m"));
    arena_free(&arena);
}

static void the_limit_ends_the_reading(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct params params;
    params_parse(span_str("a/b; a=1; b=2; c=3"), true, 2, arena, &params);
    assert_int_equal(params.count, 2);
    assert_true(params.over_limit);
    params_parse(span_str("a/b; a=1; b=2;"), true, 2, arena, &params);
    assert_false(params.over_limit);
    arena_free(&arena);
}

struct extended_sample {
    const char *value;
    const char *text; /* NULL: there is none */
    const char *found;
};

static const struct extended_sample extended[] = {
    {"a/b; n=x", NULL, ""},
    {"a/b; n*=utf-8''%e2%82%ac%20rates", "\xe2\x82\xac rates", ""},
    {"a/b; n*=UTF-8'de'x", "x", ""},
    {"a/b; n*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "This is ***fun***", ""},
    {"a/b; n*=iso-8859-1''%A3%20rates", "\xc2\xa3 rates", ""},
    {"a/b; n*=windows-1252''%80", "\xe2\x82\xac", ""},
    {"a/b; n*=iso-2022-jp''%1B%24B%24%22%1B%28B", "\xe3\x81\x82", ""},
    {"a/b; n*0=\"long \"; n*1=name", "long name", ""},
    {"a/b; n*0*=utf-8''a%20; n*1*=%C3; n*2*=%A4; n*3=\"%20b\"", "a \xc3\xa4%20b", ""},
    {"a/b; n*1=b; n*0=a", "ab", ""},
    {"a/b; n*=''x", "x", ""},
    {"a/b; n*=x", "x", "bad_parameter"},
    {"a/b; n*=utf-8''%4", "%4", "bad_parameter"},
    {"a/b; n*=utf-8''%zz", "%zz", "bad_parameter"},
    {"a/b; n*=utf-8''%C3", "\xef\xbf\xbd", ""},
    {"a/b; n*=utf-8''%C0%B1", "\xef\xbf\xbd\xef\xbf\xbd", "bad_charset_bytes"},
    {"a/b; n*=x-none''a", "a", ""},
    {"a/b; n*=x-none''%C3", "\xc3\x83", "unknown_charset"},
    {"a/b; n*=utf-16//IGNORE''%C3", "\xc3\x83", "unknown_charset"},
    {"a/b; n*=gb18030''%FF", "\xef\xbf\xbd", "bad_charset_bytes"},
    {"a/b; n*=utf-8''", "", ""},
};

static void extended_values_are_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(extended); i++) {
        const struct extended_sample *sample = &extended[i];
        struct arena *arena = arena_new();
        struct params params;
        ambiguity_set found = 0;
        print_message("  %s\n", sample->value);
        params_parse(span_str(sample->value), true, 200, arena, &params);
        struct span text = params_find_extended(&params, "n", arena, &found);
        assert_int_equal(text.ptr == NULL, sample->text == NULL);
        if (sample->text)
            assert_string_equal(arena_str(arena, text), sample->text);
        assert_string_equal(ambiguities_text(found, arena), sample->found);
        arena_free(&arena);
    }
}

int main(void)
{
    message_library_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_taken_apart),
        cmocka_unit_test(places_are_those_of_the_value),
        cmocka_unit_test(the_plain_one_is_found_first),
        cmocka_unit_test(the_limit_ends_the_reading),
        cmocka_unit_test(extended_values_are_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
