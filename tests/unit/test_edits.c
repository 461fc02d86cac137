/* SPDX-License-Identifier: Apache-2.0 */
/* Edits and render: joining of overlaps, conflicts, and random sets against a plain model. */
#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "engine/message/render.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

struct edit_case {
    const char *name;
    const char *original;
    struct edit edits[4];
    const char *expected; /* NULL: a conflict */
    const char *error;
};

#define E(o, l, w, k, r)                                                                           \
    {                                                                                              \
        (o), (l), SPAN_INIT(w), (k), (r), 0                                                        \
    }
/* What is left of a mask of `n` characters, in a text that has others. */
#define M(o, l, w, n, r)                                                                           \
    {                                                                                              \
        (o), (l), SPAN_INIT(w), EDIT_REDACT, (r), (n)                                              \
    }

/* What is emptied behind the first piece of it. */
#define R(o, l, r)                                                                                 \
    {                                                                                              \
        (o), (l), SPAN_INIT(""), EDIT_REDACT, (r), MASKED_BEFORE                                   \
    }

static const struct edit_case cases[] = {
    {"none", "abc", {{0}}, "abc", NULL},
    {"replace", "abcdef", {E(1, 2, "XYZ", EDIT_REPLACE, "a")}, "aXYZdef", NULL},
    {"insert at the ends",
     "abc",
     {E(3, 0, ">", EDIT_REPLACE, "a"), E(0, 0, "<", EDIT_REPLACE, "a")},
     "<abc>",
     NULL},
    {"insertions keep their order and stand before a range",
     "abc",
     {E(1, 1, "X", EDIT_REPLACE, "a"), E(1, 0, "1", EDIT_REPLACE, "b"),
      E(1, 0, "2", EDIT_REPLACE, "a")},
     "a12Xc",
     NULL},
    {"touching is not overlapping",
     "abcd",
     {E(0, 2, "1", EDIT_REPLACE, "a"), E(2, 2, "2", EDIT_REPLACE, "b")},
     "12",
     NULL},
    {"touching hides stay two",
     "abcd",
     {E(0, 2, "[1]", EDIT_REDACT, "a"), E(2, 2, "[2]", EDIT_REDACT, "b")},
     "[1][2]",
     NULL},
    {"identical ones are one",
     "abcd",
     {E(1, 2, "X", EDIT_REPLACE, "a"), E(1, 2, "X", EDIT_REPLACE, "b")},
     "aXd",
     NULL},
    {"masks join character by character",
     "123-45-6789",
     {E(0, 11, "***-**-6789", EDIT_MASK, "a"), E(4, 7, "45-****", EDIT_MASK, "b")},
     "***-**-****",
     NULL},
    {"masks join in characters of several bytes",
     "\xc3\xa4\xc3\xb6\xc3\xbc!",
     {E(0, 4, "**", EDIT_MASK, "a"), E(2, 4, "\xc3\xb6#", EDIT_MASK, "b")},
     "**#!",
     NULL},
    {"a mask of fewer characters and one beside it are as long as both",
     "id 1..2345678 9012 end",
     {M(3, 10, "********", 8, "a"), E(9, 9, "*********", EDIT_MASK, "b")},
     "id ************* end",
     NULL},
    {"a piece of a mask does not stand for all",
     "0123456789ab",
     {M(0, 3, "***", 3, "a"), E(2, 10, "**********", EDIT_MASK, "b")},
     "************",
     NULL},
    {"masks together are not shorter than one of them",
     "....56",
     {M(0, 4, "*", 1, "a"), E(1, 4, "####", EDIT_MASK, "b")},
     "****6",
     NULL},
    {"what masks repeat may be an escape",
     "0123456",
     {M(0, 4, "&#60;&#60;", 2, "a"), E(2, 4, "<<<<", EDIT_MASK, "b")},
     "&#60;&#60;&#60;&#60;6",
     NULL},
    {"what a mask leaves is hidden by another that has no places",
     "01234567",
     {E(0, 6, "**2*4*", EDIT_MASK, "a"), M(2, 6, "***", 3, "b")},
     "********",
     NULL},
    {"a redaction speaks for masks of any length",
     "01234567",
     {M(0, 6, "**", 2, "a"), E(2, 6, "[X]", EDIT_REDACT, "b")},
     "[X]",
     NULL},
    {"what a mask has emptied does not speak for another mask",
     "12<34<56 789 end",
     {M(0, 2, "******", 6, "a"), R(3, 2, "a"), R(6, 2, "a"), E(6, 6, "######", EDIT_MASK, "b")},
     "******<<###### end",
     NULL},
    {"what two masks have emptied is empty",
     "12<3456<",
     {M(0, 2, "****", 4, "a"), R(3, 2, "a"), R(4, 3, "b")},
     "****<<",
     NULL},
    {"a redaction speaks for what a mask has emptied",
     "12<3456",
     {M(0, 2, "****", 4, "a"), R(3, 2, "a"), E(4, 3, "[X]", EDIT_REDACT, "b")},
     "****<[X]",
     NULL},
    {"a mask that leaves some is known by what it changes",
     "01234567",
     {E(0, 6, "##2#4#", EDIT_MASK, "a"), M(2, 6, "***", 3, "b")},
     "########",
     NULL},
    {"a redaction takes what a mask hides",
     "abcdefgh",
     {E(1, 4, "****", EDIT_MASK, "a"), E(3, 4, "[X]", EDIT_REDACT, "b")},
     "a[X]h",
     NULL},
    {"the first of two redactions speaks",
     "abcdefgh",
     {E(3, 4, "[2]", EDIT_REDACT, "b"), E(1, 4, "[1]", EDIT_REDACT, "a")},
     "a[1]h",
     NULL},
    {"a replacement that is cut by a mask is hidden with it",
     "abcdefgh",
     {E(0, 4, "WXYZ", EDIT_REPLACE, "a"), E(2, 4, "####", EDIT_MASK, "b")},
     "**####gh",
     NULL},
    {"a replacement that covers a mask wins",
     "abcdefgh",
     {E(0, 8, "gone", EDIT_REPLACE, "a"), E(2, 4, "####", EDIT_MASK, "b")},
     "gone",
     NULL},
    {"but not when it repeats what was hidden",
     "id 123456 x",
     {E(0, 9, "was 123456", EDIT_REPLACE, "a"), E(3, 6, "######", EDIT_MASK, "b")},
     "***###### x",
     NULL},
    {"nor when it repeats what was redacted",
     "id 123456 x",
     {E(0, 9, "was 123456", EDIT_REPLACE, "a"), E(3, 6, "[X]", EDIT_REDACT, "b")},
     "[X] x",
     NULL},
    {"a whole field is never hidden half",
     "A: 123456\nB: x\n",
     {E(0, 10, "A: 123456!\n", EDIT_REPLACE, "a"), E(3, 6, "######", EDIT_MASK, "b")},
     NULL,
     "rules \"b\" and \"a\" want different changes of the same place"},
    {"a replacement that covers a re-encoding wins",
     "abcdefgh",
     {E(2, 4, "=?x?=", EDIT_CODEC, "b"), E(0, 8, "gone", EDIT_REPLACE, "a")},
     "gone",
     NULL},
    {"a redaction that covers a re-encoding wins",
     "abcdefgh",
     {E(2, 4, "=?x?=", EDIT_CODEC, "b"), E(0, 8, "[X]", EDIT_REDACT, "a")},
     "[X]",
     NULL},
    {"different replacements are a conflict",
     "abcdefgh",
     {E(0, 4, "1", EDIT_REPLACE, "one"), E(2, 4, "2", EDIT_REPLACE, "two")},
     NULL,
     "rules \"one\" and \"two\" want different changes of the same place"},
    {"also when one covers the other",
     "abcdefgh",
     {E(0, 8, "1", EDIT_REPLACE, "one"), E(2, 4, "2", EDIT_REPLACE, "two")},
     NULL,
     "rules \"one\" and \"two\" want different changes of the same place"},
    {"also of one rule",
     "abcdefgh",
     {E(0, 4, "1", EDIT_REPLACE, "one"), E(0, 4, "2", EDIT_REPLACE, "one")},
     NULL,
     "rule \"one\" wants two different changes of the same place"},
    {"a re-encoding and a mask are a conflict",
     "abcdefgh",
     {E(0, 4, "1", EDIT_CODEC, "one"), E(2, 4, "****", EDIT_MASK, "two")},
     NULL,
     "rules \"one\" and \"two\" want different changes of the same place"},
    {"an insertion inside of a redaction is hidden",
     "abcdefgh",
     {E(2, 4, "[X]", EDIT_REDACT, "one"), E(3, 0, "new", EDIT_REPLACE, "two")},
     "ab[X]gh",
     NULL},
    {"replacements joined by a mask are hidden, not a conflict",
     "abcdefghij",
     {E(0, 4, "1", EDIT_REPLACE, "one"), E(2, 6, "######", EDIT_MASK, "m"),
      E(6, 4, "2", EDIT_REPLACE, "two")},
     "**######**",
     NULL},
    {"outside of the text",
     "abc",
     {E(2, 2, "x", EDIT_REPLACE, "far")},
     NULL,
     "rule \"far\": a change outside of the text"},
};

static struct span render_all(struct span original, const struct edits *edits, size_t max,
                              struct arena *arena)
{
    struct render render;
    struct span slices[8];
    struct buf out = BUF_INIT;
    render_init(&render, original, edits);
    uint64_t announced = render_size(&render);
    for (size_t count; (count = render_next(&render, slices, max)) > 0;) {
        for (size_t i = 0; i < count; i++) {
            assert_true(slices[i].len > 0);
            buf_add(&out, slices[i]);
        }
    }
    assert_int_equal(announced, out.len);
    assert_int_equal(render_next(&render, slices, max), 0);
    struct span copy = arena_copy(arena, buf_span(&out));
    buf_fini(&out);
    return copy;
}

static void check_case(const struct edit_case *test, bool backwards)
{
    struct arena *arena = arena_new();
    struct edits edits;
    struct error err = ERROR_INIT;
    struct span original = span_str(test->original);
    size_t count = 0;
    edits_init(&edits, arena);
    while (count < 4 && test->edits[count].rule)
        count++;
    for (size_t i = 0; i < count; i++)
        edits_add(&edits, test->edits[backwards ? count - 1 - i : i]);
    bool sealed = edits_seal(&edits, original, &err);
    if (sealed != (test->expected != NULL))
        fail_msg("%s: sealed %d (%s)", test->name, sealed, err.text);
    if (test->error && !backwards)
        assert_string_equal(err.text, test->error);
    if (sealed) {
        for (size_t max = 1; max < 4; max++) {
            struct span out = render_all(original, &edits, max, arena);
            if (!span_is(out, test->expected))
                fail_msg("%s: \"%.*s\"", test->name, SPAN_ARG(out));
        }
        struct span whole = edits_apply_range(&edits, original, 0, original.len, arena);
        assert_true(span_is(whole, test->expected));
    }
    arena_free(&arena);
}

static void joins_and_conflicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_case(&cases[i], false);
}

/* Promise: the order of rules does not decide. Only insertions keep theirs. */
static void order_does_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (!strstr(cases[i].name, "insertions keep"))
            check_case(&cases[i], true);
    }
}

static void cover_and_ranges(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct edits edits;
    edits_init(&edits, arena);
    edits_add(&edits, (struct edit)E(6, 4, "####", EDIT_MASK, "a"));
    edits_add(&edits, (struct edit)E(2, 4, "[X]", EDIT_REDACT, "a"));
    assert_true(edits_cover(&edits, 2, 8));
    assert_true(edits_cover(&edits, 3, 5));
    assert_false(edits_cover(&edits, 1, 3));
    assert_false(edits_cover(&edits, 8, 3));
    assert_true(edits_cover(&edits, 4, 0));
    struct span original = SPAN("0123456789ab");
    assert_true(edits_seal(&edits, original, NULL));
    assert_true(edits_cover(&edits, 2, 8));
    assert_true(span_is(edits_apply_range(&edits, original, 0, 4, arena), "01[X]"));
    assert_true(span_is(edits_apply_range(&edits, original, 4, 4, arena), "[X]##"));
    assert_true(span_is(edits_apply_range(&edits, original, 8, 4, arena), "##ab"));
    assert_true(span_is(edits_apply_range(&edits, original, 10, 99, arena), "ab"));
    arena_free(&arena);
}

/* The model: each position of the text has a character of its own, so the output tells what of the
 * original came through. Replacements are ASCII. */
#define POSITIONS 40u

static void make_text(char *text)
{
    for (uint32_t i = 0; i < POSITIONS; i++)
        (void)utf8_encode(0x4e00 + i, text + 3 * (size_t)i);
}

static struct edit random_edit(struct arena *arena, const char *text, unsigned number)
{
    size_t from = (size_t)rand() % (POSITIONS + 1);
    size_t count = (size_t)rand() % 8;
    if (count > POSITIONS - from)
        count = POSITIONS - from;
    int dice = rand() % 10;
    struct edit edit = {.off = from * 3, .len = count * 3};
    edit.kind = dice < 5   ? EDIT_MASK
                : dice < 8 ? EDIT_REDACT
                : dice < 9 ? EDIT_REPLACE
                           : EDIT_CODEC;
    edit.rule = arena_printf(arena, "r%u", number);
    edit.with = span_str(arena_printf(arena, "<%u>", number % 5));
    edit.masked = dice == 7 ? edit.with.len : 0;
    if (dice == 6) {
        edit.with = SPAN("");
        edit.masked = MASKED_BEFORE;
    }
    if (edit.kind == EDIT_MASK) {
        struct buf with = BUF_INIT;
        for (size_t i = 0; i < count; i++)
            buf_add(&with, rand() % 3 ? SPAN("*") : span_of(text + edit.off + 3 * i, 3));
        edit.with = arena_copy(arena, buf_span(&with));
        buf_fini(&with);
    }
    return edit;
}

/* Whether the original character at a position may be in the output: no edit takes it away. */
static bool stays(const struct edits *edits, const char *text, size_t position)
{
    for (size_t i = 0; i < edits->count; i++) {
        const struct edit *edit = &edits->items[i];
        if (edit->off > position * 3 || edit->off + edit->len <= position * 3)
            continue;
        if (edit->kind != EDIT_MASK)
            return false;
        struct span rest = edit->with;
        for (size_t k = edit->off / 3; k < position; k++)
            rest = span_from(rest, rest.ptr[0] == '*' ? 1 : 3);
        if (!span_starts(rest, span_of(text + position * 3, 3)))
            return false;
    }
    return true;
}

static bool is_touched(const struct edits *edits, size_t position)
{
    for (size_t i = 0; i < edits->count; i++) {
        const struct edit *edit = &edits->items[i];
        if (edit->off <= position * 3 && edit->off + edit->len > position * 3)
            return true;
    }
    return false;
}

static bool replacements_clash(const struct edits *edits)
{
    for (size_t i = 0; i < edits->count; i++) {
        for (size_t k = i + 1; k < edits->count; k++) {
            const struct edit *a = &edits->items[i], *b = &edits->items[k];
            bool overlap = a->off < b->off + b->len && b->off < a->off + a->len;
            bool same = a->off == b->off && a->len == b->len && span_equal(a->with, b->with);
            if (a->kind == EDIT_REPLACE && b->kind == EDIT_REPLACE && overlap && !same)
                return true;
        }
    }
    return false;
}

static bool has_codec(const struct edits *edits)
{
    for (size_t i = 0; i < edits->count; i++) {
        if (edits->items[i].kind == EDIT_CODEC)
            return true;
    }
    return false;
}

/* What came through is what nobody touched (all of it, in order), and at most what all keep. */
static void check_output(const struct edits *wanted, const char *text, struct span out)
{
    size_t next = 0;
    for (size_t at = 0; at < out.len;) {
        uint32_t code;
        size_t len = utf8_decode(span_from(out, at), &code);
        assert_true(len > 0);
        at += len;
        if (code < 0x80)
            continue;
        size_t position = code - 0x4e00;
        assert_true(stays(wanted, text, position));
        for (; next < position; next++)
            assert_true(is_touched(wanted, next));
        assert_int_equal(next, position);
        next++;
    }
    for (; next < POSITIONS; next++)
        assert_true(is_touched(wanted, next));
}

static void promise_4_hidden_stays_hidden(void **state)
{
    (void)state;
    char text[POSITIONS * 3 + 4];
    unsigned sealed = 0, refused = 0;
    make_text(text);
    srand(1);
    for (unsigned round = 0; round < 20000; round++) {
        struct arena *arena = arena_new();
        struct edits edits, wanted;
        struct span original = span_of(text, POSITIONS * 3);
        edits_init(&edits, arena);
        edits_init(&wanted, arena);
        for (int i = rand() % 7; i > 0; i--) {
            struct edit edit = random_edit(arena, text, (unsigned)rand());
            edits_add(&edits, edit);
            edits_add(&wanted, edit);
        }
        struct error err = ERROR_INIT;
        if (edits_seal(&edits, original, &err)) {
            sealed++;
            assert_false(replacements_clash(&wanted));
            check_output(&wanted, text, render_all(original, &edits, 3, arena));
        } else {
            refused++;
            assert_true(replacements_clash(&wanted) || has_codec(&wanted));
            assert_non_null(strstr(err.text, "same place"));
        }
        arena_free(&arena);
    }
    assert_true(sealed > 5000 && refused > 500);
}

static void many_edits_are_cheap(void **state)
{
    (void)state;
    const size_t count = 100000;
    struct arena *arena = arena_new();
    struct edits edits;
    char *text = arena_alloc(arena, count * 10);
    memset(text, 'x', count * 10);
    edits_init(&edits, arena);
    for (size_t i = 0; i < count; i++) {
        size_t at = (i * 7919 % count) * 10;
        edits_add(&edits, (struct edit)E(at, 6, "******", EDIT_MASK, "a"));
    }
    for (size_t i = 0; i < count; i++)
        edits_add(&edits, (struct edit)E(i * 10 + 3, 7, "#######", EDIT_MASK, "b"));
    assert_true(edits_seal(&edits, span_of(text, count * 10), NULL));
    struct span out = render_all(span_of(text, count * 10), &edits, 8, arena);
    assert_int_equal(out.len, count * 10);
    assert_int_equal(span_find_byte(out, 'x'), SPAN_NONE);
    arena_free(&arena);
}

static void promise_1_untouched_is_identical(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct edits edits;
    struct span original = {"a\0b\r\n\xff", 6};
    edits_init(&edits, arena);
    assert_true(edits_seal(&edits, original, NULL));
    assert_true(span_equal(render_all(original, &edits, 1, arena), original));
    struct render render;
    struct span slice;
    render_init(&render, original, NULL);
    assert_int_equal(render_size(&render), 6);
    assert_int_equal(render_next(&render, &slice, 1), 1);
    assert_ptr_equal(slice.ptr, original.ptr);
    render_init(&render, SPAN(""), NULL);
    assert_int_equal(render_next(&render, &slice, 1), 0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_and_conflicts),  cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(cover_and_ranges),     cmocka_unit_test(promise_4_hidden_stays_hidden),
        cmocka_unit_test(many_edits_are_cheap), cmocka_unit_test(promise_1_untouched_is_identical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
