/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/random_mail.h"

#include <stdlib.h>

struct mail {
    struct random_source *random;
    struct buf *out;
    bool tricks;
    unsigned boundaries;
};

static uint32_t below(struct mail *mail, uint32_t limit)
{
    return random_below(mail->random, limit);
}

static bool trick(struct mail *mail)
{
    return mail->tricks && below(mail, 4) == 0;
}

static void secret(struct mail *mail, struct buf *text)
{
    buf_printf(text, RANDOM_MAIL_SECRET "%08u", below(mail, 100000000));
}

static void add_words(struct mail *mail, struct buf *text, uint32_t count)
{
    static const char *const words[] = {"alpha",
                                        "and",
                                        "b=c",
                                        "x",
                                        "Gr\xc3\xbc\xc3\x9f"
                                        "e",
                                        "1234",
                                        "(a)",
                                        "--",
                                        "&amp;",
                                        "\xe2\x82\xac"
                                        "5"};
    for (uint32_t i = 0; i < count; i++) {
        if (below(mail, 6) == 0)
            secret(mail, text);
        else
            buf_add_str(text, words[below(mail, ARRAY_LEN(words))]);
        buf_add_str(text, below(mail, 8) == 0 ? "\r\n" : " ");
    }
}

static void add_base64(struct buf *out, struct span bytes, uint32_t line)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t column = 0;
    for (size_t i = 0; i < bytes.len; i += 3) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (i + k < bytes.len ? (unsigned char)bytes.ptr[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            buf_add_byte(out, i + k > bytes.len ? '=' : alphabet[group >> (18 - 6 * k) & 63]);
        column += 4;
        if (column >= line) {
            buf_add_str(out, "\r\n");
            column = 0;
        }
    }
}

/* Encodes more than has to be, at random. */
static void add_quoted(struct mail *mail, struct buf *out, struct span bytes)
{
    size_t column = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.ptr[i];
        if (c == '\r' || c == '\n') {
            buf_add_byte(out, c);
            column = 0;
            continue;
        }
        if (column > 60 + below(mail, 10)) {
            buf_add_str(out, "=\r\n");
            column = 0;
        }
        bool end = i + 1 == bytes.len || bytes.ptr[i + 1] == '\r';
        if ((unsigned char)c >= 0x80 || c == '=' || (c == ' ' && end) || below(mail, 10) == 0) {
            buf_printf(out, "=%02X", (unsigned char)c);
            column += 3;
        } else {
            buf_add_byte(out, c);
            column++;
        }
    }
}

static void add_encoded(struct mail *mail, struct span text)
{
    struct buf *out = mail->out;
    uint32_t encoding = below(mail, 3);
    static const char *const names[] = {"8bit", "quoted-printable", "base64"};
    buf_printf(out, "Content-Transfer-Encoding: %s\r\n", names[encoding]);
    if (trick(mail))
        buf_printf(out, "Content-Transfer-Encoding: %s\r\n", names[below(mail, 3)]);
    buf_add_str(out, trick(mail) ? " \r\n\r\n" : "\r\n");
    if (encoding == 0)
        buf_add(out, text);
    else if (encoding == 1)
        add_quoted(mail, out, text);
    else
        add_base64(out, text, 4 * (1 + below(mail, 19)));
    if (trick(mail))
        buf_add_str(out, "==\r\nQVFRWA==\r\n");
}

static void add_text_part(struct mail *mail)
{
    struct buf text = BUF_INIT;
    bool html = below(mail, 3) == 0;
    if (html)
        buf_add_str(&text, "<p>");
    add_words(mail, &text, 1 + below(mail, 40));
    if (html)
        buf_add_str(&text, "</p>\r\n");
    buf_printf(mail->out, "Content-Type: text/%s; charset=utf-8\r\n", html ? "html" : "plain");
    if (trick(mail))
        buf_add_str(mail->out, "Content-Type: text/plain; charset=us-ascii\r\n");
    if (below(mail, 4) == 0)
        buf_add_str(mail->out, "Content-Disposition: attachment; filename=a.txt\r\n");
    add_encoded(mail, buf_span(&text));
    buf_fini(&text);
}

static void add_part(struct mail *mail, unsigned depth);

static void add_multipart(struct mail *mail, unsigned depth)
{
    struct buf *out = mail->out;
    unsigned number = mail->boundaries++;
    buf_printf(out, "Content-Type: multipart/mixed; boundary=bnd%u_\r\n", number);
    if (trick(mail))
        buf_printf(out, "Content-Type: multipart/alternative; boundary=bnd%u_x\r\n", number);
    buf_add_str(out, "\r\n");
    if (trick(mail))
        add_words(mail, out, 5);
    for (uint32_t count = 1 + below(mail, 3); count > 0; count--) {
        buf_printf(out, "\r\n--bnd%u_%s\r\n", number, trick(mail) ? "x" : "");
        add_part(mail, depth + 1);
    }
    if (!trick(mail))
        buf_printf(out, "\r\n--bnd%u_--\r\n", number);
    if (trick(mail))
        add_words(mail, out, 5);
}

static void add_part(struct mail *mail, unsigned depth)
{
    uint32_t kind = below(mail, 6);
    if (kind == 0 && depth < 3) {
        buf_add_str(mail->out, "Content-Type: message/rfc822\r\n\r\n");
        buf_add_str(mail->out, "Subject: nested ");
        secret(mail, mail->out);
        buf_add_str(mail->out, "\r\n");
        add_part(mail, depth + 1);
    } else if (kind < 3 && depth < 3) {
        add_multipart(mail, depth);
    } else {
        add_text_part(mail);
    }
}

static void add_subject(struct mail *mail)
{
    struct buf text = BUF_INIT;
    buf_add_str(&text, "about ");
    secret(mail, &text);
    uint32_t form = below(mail, 3);
    buf_add_str(mail->out, "Subject: ");
    if (form == 0) {
        buf_add(mail->out, buf_span(&text));
    } else if (form == 1) {
        buf_add_str(mail->out, "=?utf-8?B?");
        add_base64(mail->out, buf_span(&text), UINT32_MAX);
        buf_add_str(mail->out, "?=");
    } else {
        buf_printf(mail->out, "=?us-ascii?Q?about?=\r\n =?us-ascii?Q?_%.*s?=",
                   SPAN_ARG(span_from(buf_span(&text), 6)));
    }
    buf_add_str(mail->out, "\r\n");
    buf_fini(&text);
}

void random_mail(struct random_source *random, bool tricks, struct buf *out)
{
    struct mail mail = {.random = random, .out = out, .tricks = tricks};
    buf_add_str(out, "From: a@in.example\r\nTo: b@out.example\r\n");
    add_subject(&mail);
    if (trick(&mail))
        add_subject(&mail);
    if (below(&mail, 3) == 0) {
        buf_add_str(out, "Thread-Topic: ");
        secret(&mail, out);
        buf_add_str(out, "\r\n");
    }
    buf_add_str(out, "MIME-Version: 1.0\r\n");
    add_part(&mail, 0);
}
