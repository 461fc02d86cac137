/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/corpus_recipe.h"

#include "engine/base/attrs.h"

#define LEVELS 8

/* Not one of them is the beginning of another. */
static const char *const boundaries[LEVELS] = {
    "B",        "----=_Part_1.2", "=_alternative 0033_=", "outer/x",
    "(a)+_,.:", "inner?",         "000000a1b2c3",         "-",
};

static const char *const top_fields[] = {
    "Subject: hello\r\n",
    "From: Alice <alice@a.example>\r\n",
    "To: bob@b.example,\r\n\tcarol@c.example\r\n",
    "Received: from a by b\r\n id 1;\r\n now\r\n",
    "MIME-Version: 1.0\r\n",
    "X-Empty:\r\n",
    "X-Tight:value\r\n",
    "x-long: a b c d e f g h i j k l m n o p q r s t u v w x y z\r\n",
    "Date: Tue, 3 Nov 2026 09:58:12 +0100\r\n",
    "X-8bit: h\xc3\xa9llo\r\n",
    "X-Word: =?utf-8?Q?h=C3=A9llo?=\r\n",
    "X--Dashes: --B\r\n",
};

static const char *const part_fields[] = {
    "Content-Type: text/plain\r\n",
    "Content-Type: text/html; charset=\"utf-8\"\r\n",
    "content-type: Application/Pdf;\r\n\tname=\"a b.pdf\"\r\n",
    "Content-Type: text/plain; charset=us-ascii (Plain text); format=flowed\r\n",
    "Content-Type: image/png; name*=utf-8''%C3%A4.png\r\n",
    "Content-Type: message/delivery-status\r\n",
    "Content-Type:text/csv;name=a.csv\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Content-Transfer-Encoding: Quoted-Printable\r\n",
    "Content-Transfer-Encoding: 8bit\r\n",
    "Content-Transfer-Encoding: binary\r\n",
    "Content-Disposition: attachment; filename=a.txt\r\n",
    "Content-Disposition: inline;\r\n filename*0=\"a\";\r\n filename*1=\"b.txt\"\r\n",
    "Content-ID: <1@a.example>\r\n",
    "Content-Description: a (part\r\n",
    "X-Other: field\r\n",
};

static const char *const lines[] = {
    "hello\r\n", "\r\n",         "--\r\n",           "-- \r\n",      "--b\r\n",       "x --B\r\n",
    "-\r\n",     "YWJjZA==\r\n", "a: b\r\n",         "----\r\n",     "---- -\r\n",    " folded\r\n",
    "=3D=\r\n",  "no line end",  "h\xc3\xa9llo\r\n", ">--outer\r\n", "\t--\t--B\r\n",
};

static const char *const subtypes[] = {"mixed",  "alternative", "related",
                                       "digest", "signed",      "report"};

/* What is still to be read of a recipe; behind its end come zeros. */
struct cook {
    struct span recipe;
    struct buf *out;
    const char *open[LEVELS];
    size_t depth;
};

static unsigned take(struct cook *cook, size_t below)
{
    if (cook->recipe.len == 0)
        return 0;
    unsigned byte = (unsigned char)cook->recipe.ptr[0];
    cook->recipe = span_from(cook->recipe, 1);
    return byte % (unsigned)below;
}

static void put(struct cook *cook, const char *text)
{
    buf_add_str(cook->out, text);
}

static void put_some(struct cook *cook, const char *const *choices, size_t count, size_t most)
{
    for (size_t left = take(cook, most + 1); left > 0; left--)
        put(cook, choices[take(cook, count)]);
}

static void put_boundary(struct cook *cook, const char *end)
{
    static const char *const blanks[] = {"", "", "", " ", "\t "};
    put(cook, "\r\n--");
    put(cook, cook->open[cook->depth - 1]);
    put(cook, end);
    put(cook, blanks[take(cook, ARRAY_LEN(blanks))]);
    put(cook, "\r\n");
}

/* The header of a multipart, its prologue and first boundary. Each level has its own boundary. */
static void open_multipart(struct cook *cook)
{
    const char *boundary = boundaries[cook->depth];
    buf_printf(cook->out, "Content-Type: multipart/%s;%sboundary=\"%s\"\r\n",
               subtypes[take(cook, ARRAY_LEN(subtypes))], take(cook, 2) ? " " : "\r\n\t", boundary);
    put_some(cook, top_fields, ARRAY_LEN(top_fields), 1);
    put(cook, "\r\n");
    put_some(cook, lines, ARRAY_LEN(lines), 2);
    cook->open[cook->depth++] = boundary;
    put_boundary(cook, "");
}

static void close_multipart(struct cook *cook)
{
    static const char *const epilogues[] = {"", "", "\r\n", "\r\n \r\n\r\n"};
    put_boundary(cook, "--");
    put(cook, epilogues[take(cook, ARRAY_LEN(epilogues))]);
    cook->depth--;
}

/* A part: a leaf, a multipart or a message, and what comes behind it. Returns whether another has
 * to follow. Behind the end of the recipe it is a leaf that closes all. */
static bool put_part(struct cook *cook)
{
    unsigned kind = take(cook, 8);
    if (kind >= 6 && cook->depth < LEVELS) {
        open_multipart(cook);
        return true;
    }
    if (kind == 5) {
        put(cook, "Content-Type: message/rfc822\r\n\r\n");
        put_some(cook, top_fields, ARRAY_LEN(top_fields), 3);
        return true;
    }
    put_some(cook, part_fields, ARRAY_LEN(part_fields), 3);
    put(cook, "\r\n");
    put_some(cook, lines, ARRAY_LEN(lines), 4);
    while (cook->depth > 0 && take(cook, 3) == 0)
        close_multipart(cook);
    if (cook->depth > 0)
        put_boundary(cook, "");
    return cook->depth > 0;
}

void recipe_cook(struct span recipe, struct buf *message)
{
    struct cook cook = {.recipe = recipe, .out = message};
    put_some(&cook, top_fields, ARRAY_LEN(top_fields), 5);
    while (put_part(&cook)) {
    }
}
