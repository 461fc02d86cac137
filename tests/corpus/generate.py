#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the sample messages of this folder (see README.md). Python 3, standard library only.

    tests/corpus/generate.py            writes all messages beside itself
    tests/corpus/generate.py --check    says which files differ from what it would write
"""
import base64
import hashlib
import os
import quopri
import sys

CRLF = b"\r\n"
MESSAGES = {}

# Published test numbers; they belong to nobody.
SSN = "078-05-1120"
CARD = "4111 1111 1111 1111"


def b(text):
    return text if isinstance(text, bytes) else text.encode("ascii")


def lines(*texts):
    """The texts as lines, each with CRLF."""
    return b"".join(b(text) + CRLF for text in texts)


def crlf(text):
    return b(text).replace(b"\r\n", b"\n").replace(b"\n", CRLF)


def noise(size, seed="noise"):
    """Bytes that look like an image or archive, the same ones each time."""
    out = b""
    while len(out) < size:
        out += hashlib.sha256(b(f"{seed} {len(out)}")).digest()
    return out[:size]


def b64(data, width=76):
    text = base64.b64encode(data)
    return b"".join(text[i:i + width] + CRLF for i in range(0, len(text), width))


def qp(data):
    return quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", CRLF)


def word(text, charset, encoding="B"):
    """An RFC 2047 encoded word."""
    data = text.encode(PYTHON_NAMES.get(charset, charset))
    if encoding == "B":
        return f"=?{charset}?B?{base64.b64encode(data).decode()}?="
    quoted = "".join(chr(c) if chr(c).isalnum() and c < 128 else f"={c:02X}" for c in data)
    return f"=?{charset}?Q?{quoted}?="


PYTHON_NAMES = {"windows-1250": "cp1250", "windows-1251": "cp1251", "windows-1252": "cp1252",
                "windows-1256": "cp1256", "iso-8859-8-i": "iso8859-8", "ks_c_5601-1987": "euc_kr",
                "tis-620": "tis-620", "utf-16": "utf-16"}


def head(subject="Hello", number=1, extra=(), sender="Alice Example <alice@a.example>",
         to="Bob Example <bob@b.example>", mime=True):
    """The fields that nearly every message has."""
    fields = [f"Received: from mail.a.example (mail.a.example [192.0.2.1])",
              f"\tby mx.b.example with ESMTPS id {number:06X};",
              f"\tTue, 3 Nov 2026 10:{number % 60:02d}:00 +0100",
              f"From: {sender}", f"To: {to}", "Date: Tue, 3 Nov 2026 09:58:12 +0100",
              f"Message-ID: <{number}.20261103@a.example>"]
    if subject is not None:
        fields.append(b"Subject: " + subject if isinstance(subject, bytes)
                      else f"Subject: {subject}")
    if mime:
        fields.append("MIME-Version: 1.0")
    return lines(*fields, *extra)


def part(fields, body):
    return lines(*fields) + CRLF + body


def multipart(boundary, parts, prologue=b"", epilogue=b"", end=b"--\r\n"):
    """The body of a multipart. Each part comes with its line end, which the boundary owns."""
    mark = b"--" + b(boundary)
    body = prologue
    for one in parts:
        body += mark + CRLF + one
        if not one.endswith(CRLF):
            body += CRLF
    return body + mark + end + epilogue


def add(name, *pieces):
    assert name not in MESSAGES, name
    MESSAGES[name] = b"".join(b(piece) for piece in pieces)


def text(body, fields=("Content-Type: text/plain; charset=utf-8",)):
    return part(fields, crlf(body))


HTML = ('<html><head><meta charset="utf-8"><style>p { margin-top: 0; }</style></head>'
        "<body><p>Dear Bob,</p><p>my card is <b>4111</b> 1111 1111 1111.</p>\n"
        "<!-- --><p>Yours,<br>Alice</p></body></html>\n")
PLAIN = f"Dear Bob,\n\nmy number is {SSN} and the card {CARD}.\n\n-- \nAlice\n"


# ------ ordinary mail --------------------------------------------------------------------------


def plain_mail():
    add("o-plain.eml", head("Hello"), CRLF, crlf(PLAIN))
    add("o-plain-no-mime-version.eml", head("Hello", 2, mime=False), CRLF, crlf(PLAIN))
    add("o-no-subject.eml", head(None, 3), CRLF, crlf(PLAIN))
    add("o-empty-subject.eml", head("", 4), CRLF, crlf(PLAIN))
    add("o-empty-body.eml", head("Empty", 5), CRLF)
    add("o-header-only.eml", head("Header only", 6))
    add("o-header-only-one-line.eml", "Subject: from a device")
    add("o-body-of-blank-lines.eml", head("Blank", 7), CRLF, CRLF * 5)
    add("o-no-line-end-at-the-end.eml", head("No end", 8), CRLF, "last words")
    add("o-body-looks-like-header.eml", head("Body with colons", 9), CRLF,
        lines("Note: this is text", "Subject: also text", "", "End"))
    add("o-body-with-dashes.eml", head("Dashes", 10), CRLF,
        lines("--", "-- ", "---", "--boundary", "----- Original Message -----", "--boundary--"))
    add("o-body-with-from-line.eml", head("From", 11), CRLF, lines(">From me to you", "From here"))
    add("o-body-with-dots.eml", head("Dots", 12), CRLF, lines(".", "..", ".a", "", "."))
    add("o-format-flowed.eml", head("Flowed", 13, [
        "Content-Type: text/plain; charset=UTF-8; format=flowed; delsp=yes",
        "Content-Transfer-Encoding: 7bit"]), CRLF,
        lines("This paragraph is long and  ", "goes on here, with the number 078-05-  ", "1120.",
              "", "> quoted text ", "> goes on"))
    add("o-long-lines.eml", head("Long lines", 14), CRLF, b"word " * 190 + CRLF, b"x" * 998 + CRLF)
    add("o-blanks-behind-lines.eml", head("Blanks", 15), CRLF, lines("a  ", "\t", "b\t "))
    add("o-tabs-and-form-feed.eml", head("Tabs", 16), CRLF, lines("a\tb\tc", "\f", "next page"))
    add("o-many-received.eml", *(
        lines(f"Received: from host{i}.a.example by host{i + 1}.a.example id {i}") for i in range(30)),
        head("Far travelled", 17), CRLF, crlf(PLAIN))
    add("o-list-mail.eml", head("[list] Hello", 18, [
        "List-Id: Talk <talk.lists.a.example>", "List-Post: <mailto:talk@lists.a.example>",
        "List-Unsubscribe: <https://lists.a.example/u?a=b>, <mailto:u@lists.a.example>",
        "Precedence: list", "Reply-To: talk@lists.a.example",
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=a.example; s=k1;",
        "\th=from:to:subject:date; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;",
        "\tb=" + "A" * 60, "\t " + "B" * 60 + "==",
        "DKIM-Signature: v=1; a=ed25519-sha256; d=lists.a.example; s=k2; b=CCCC"]), CRLF,
        crlf(PLAIN))
    add("o-long-references.eml", head("Re: Long", 19, [
        "References: <0@a.example>", *(f" <{i}.{i * i}@a.example>" for i in range(60)),
        "In-Reply-To: <59.3481@a.example>"]), CRLF, crlf(PLAIN))
    add("o-many-recipients.eml", head("All of you", 20, to=",\r\n\t".join(
        f"\"Person {i}, Sales\" <p{i}@b.example>" for i in range(150))), CRLF, crlf(PLAIN))
    add("o-group-address.eml", head("Group", 21, to="undisclosed-recipients:;"), CRLF, crlf(PLAIN))
    add("o-folded-subject.eml", head("this subject is long and goes\r\n on in the next line and\r\n"
                                     "\tin one more", 22), CRLF, crlf(PLAIN))
    add("o-field-names-in-odd-case.eml", "FROM: alice@a.example\r\nto: bob@b.example\r\n",
        "sUbJeCt: odd\r\nCONTENT-TYPE: TEXT/PLAIN; CHARSET=US-ASCII\r\n", CRLF, crlf(PLAIN))
    add("o-no-blank-behind-colon.eml", "From:alice@a.example\r\nTo:bob@b.example\r\n",
        "Subject:tight\r\nContent-Type:text/plain;charset=us-ascii\r\n", CRLF, crlf(PLAIN))
    add("o-empty-fields.eml", "From: alice@a.example\r\nTo:\r\nX-Empty: \r\nX-Folded:\r\n here\r\n",
        CRLF, crlf(PLAIN))
    add("o-reply-quoted.eml", head("Re: Hello", 23), CRLF,
        lines("Yes.", "", "On Tue, Alice wrote:", "> my number is 219-09-9999", ">> --", "> bye"))
    add("o-inline-forward.eml", head("Fwd: Hello", 24), CRLF,
        lines("-------- Forwarded Message --------", "Subject: Hello", "From: carol@c.example", "",
              "my card is 5500 0000 0000 0004"))
    add("o-pgp-inline.eml", head("Signed", 25), CRLF,
        lines("-----BEGIN PGP SIGNED MESSAGE-----", "Hash: SHA256", "", "hello",
              "-----BEGIN PGP SIGNATURE-----", ""), b64(noise(200), 64),
        lines("-----END PGP SIGNATURE-----"))
    add("o-mime-version-twice.eml", head("Twice", 26, ["MIME-Version: 1.0"]), CRLF, crlf(PLAIN))
    add("o-resent.eml", "Resent-From: carol@c.example\r\nResent-To: dave@d.example\r\n",
        "Resent-Date: Wed, 4 Nov 2026 09:00:00 +0000\r\n", head("Resent", 27), CRLF, crlf(PLAIN))
    add("o-auto-reply.eml", head("Out of office", 28, ["Auto-Submitted: auto-replied",
                                                        "X-Auto-Response-Suppress: All"]), CRLF,
        lines("I am away."))
    add("o-smtputf8.eml", head("Gr\u00fc\u00dfe".encode(), 29,
                               ["X-Name: J\u00f6rg".encode()]), CRLF, "h\u00e9llo\r\n".encode())


CHARSETS = [
    ("us-ascii", "plain old text"),
    ("utf-8", "Gr\u00fc\u00dfe aus K\u00f6ln \u2014 \u20ac 5 \U0001f600"),
    ("iso-8859-1", "Gr\u00fc\u00dfe aus K\u00f6ln"),
    ("iso-8859-15", "5 \u20ac f\u00fcr alles"),
    ("windows-1252", "\u201cquoted\u201d \u2014 \u20ac"),
    ("iso-8859-2", "P\u0159\u00edli\u0161 \u017elu\u0165ou\u010dk\u00fd k\u016f\u0148"),
    ("windows-1250", "za\u017c\u00f3\u0142\u0107 g\u0119\u015bl\u0105"),
    ("iso-8859-5", "\u043f\u0440\u0438\u0432\u0435\u0442"),
    ("windows-1251", "\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440"),
    ("koi8-r", "\u043f\u0440\u0438\u0432\u0435\u0442, \u043a\u0430\u043a \u0434\u0435\u043b\u0430"),
    ("iso-8859-7", "\u03ba\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1"),
    ("iso-8859-8-i", "\u05e9\u05dc\u05d5\u05dd"),
    ("windows-1256", "\u0645\u0631\u062d\u0628\u0627"),
    ("iso-8859-9", "T\u00fcrk\u00e7e \u015fi\u015fe"),
    ("iso-2022-jp", "\u3053\u3093\u306b\u3061\u306f\u4e16\u754c"),
    ("shift_jis", "\u3053\u3093\u306b\u3061\u306f\u8868\u793a"),
    ("euc-jp", "\u3053\u3093\u306b\u3061\u306f"),
    ("gb2312", "\u4f60\u597d\u4e16\u754c"),
    ("gb18030", "\u4f60\u597d\u4e16\u754c \u20ac \U00020000"),
    ("big5", "\u4f60\u597d\u4e16\u754c"),
    ("euc-kr", "\uc548\ub155\ud558\uc138\uc694"),
    ("ks_c_5601-1987", "\uc548\ub155\ud558\uc138\uc694"),
    ("tis-620", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35"),
    ("utf-16", "wide Gr\u00fc\u00dfe"),
    ("utf-16le", "wide Gr\u00fc\u00dfe"),
    ("utf-7", "Gr\u00fc\u00dfe + more"),
]


def charset_mail():
    for number, (charset, sample) in enumerate(CHARSETS):
        data = (sample + f" {SSN}\r\n" * 2).encode(PYTHON_NAMES.get(charset, charset))
        wide = charset.startswith("utf-16")
        plain = wide or charset in ("us-ascii", "iso-2022-jp", "utf-7")
        how = "base64" if wide or number % 3 == 0 else ("7bit" if plain else ("8bit",
              "quoted-printable")[number % 2])
        body = b64(data) if how == "base64" else qp(data) if how == "quoted-printable" else data
        subject = word(sample, charset, "BQ"[number % 2]) if len(sample) < 30 else "Charset"
        add(f"o-charset-{charset.replace('_', '-')}.eml", head(subject, 100 + number, [
            f"Content-Type: text/plain; charset={charset}",
            f"Content-Transfer-Encoding: {how}"]), CRLF, body)
    add("o-raw-8bit-subject-latin1.eml", head("Gr\u00fc\u00dfe".encode("latin-1"), 140), CRLF,
        crlf(PLAIN))
    add("o-raw-8bit-subject-utf8.eml", head("Gr\u00fc\u00dfe \u20ac".encode(), 141), CRLF,
        crlf(PLAIN))
    add("o-raw-8bit-body-no-charset.eml", head("Raw", 142), CRLF,
        "Gr\u00fc\u00dfe\r\n".encode("latin-1"))
    add("o-charset-quoted-upper.eml", head("Upper", 143, [
        'Content-Type: Text/Plain; Charset="ISO-8859-1" (Latin 1)',
        "Content-Transfer-Encoding: 8BIT"]), CRLF, "Gr\u00fc\u00dfe\r\n".encode("latin-1"))
    add("o-encoded-word-sequence.eml", head(
        word("one ", "utf-8") + " " + word("two ", "iso-8859-1", "Q") + "\r\n " +
        word("\u4f60\u597d", "gb2312") + " plain " + word("three", "utf-8", "Q"), 144), CRLF,
        crlf(PLAIN))
    add("o-encoded-word-split-number.eml", head(
        word("SSN 078-05-", "utf-8") + "\r\n " + word("1120", "utf-8"), 145), CRLF, crlf(PLAIN))
    add("o-encoded-names.eml", head("Names", 146,
                                    sender=word("J\u00f6rg M\u00fcller", "iso-8859-1", "Q") +
                                    " <joerg@a.example>",
                                    to=word("\u5f20\u4e09", "gb18030") + " <zhang@b.example>,\r\n "
                                    '"Doe, John" <john@b.example>'), CRLF, crlf(PLAIN))
    add("o-thread-topic.eml", head(f"Re: my number {SSN}", 147, [
        f"Thread-Topic: my number {SSN}", "Thread-Index: AdG3k4Zb1Q==",
        "Accept-Language: en-US", "X-MS-Has-Attach:"]), CRLF, crlf(PLAIN))


def alternative(boundary, extra=()):
    return multipart(boundary, [
        text(PLAIN, ['Content-Type: text/plain; charset="utf-8"', *extra]),
        text(HTML, ['Content-Type: text/html; charset="utf-8"', *extra])])


def client_mail():
    """The shapes that known clients give to the same message."""
    outlook = "----=_NextPart_000_0012_01DA2B3C.4D5E6F70"
    add("o-client-outlook.eml", head("Invoice", 200, [
        "Content-Type: multipart/alternative;", f'\tboundary="{outlook}"',
        "X-Mailer: Microsoft Outlook 16.0", "Thread-Index: AdG3k4Zb1Q==", "Content-Language: en-us"
    ]), CRLF, multipart(outlook, [
        part(["Content-Type: text/plain;", '\tcharset="us-ascii"',
              "Content-Transfer-Encoding: 7bit"], crlf(PLAIN) + CRLF),
        part(["Content-Type: text/html;", '\tcharset="us-ascii"',
              "Content-Transfer-Encoding: quoted-printable"], qp(crlf(HTML)) + CRLF)],
        b"This is a multipart message in MIME format.\r\n\r\n", b"\r\n"))
    exchange = "_000_AM0PR01MB1234A1B2C3D4E5F6_"
    add("o-client-exchange.eml", head("Invoice", 201, [
        "Content-Language: en-US", "X-MS-Exchange-Organization-SCL: -1",
        f'Content-Type: multipart/related; boundary="_004_{exchange}";',
        '\ttype="multipart/alternative"']), CRLF, multipart("_004_" + exchange, [
        part([f'Content-Type: multipart/alternative; boundary="{exchange}"'],
             alternative(exchange, ["Content-Transfer-Encoding: 7bit"])),
        part(['Content-Type: image/png; name="image001.png"', "Content-Description: image001.png",
              'Content-Disposition: inline; filename="image001.png"; size=300;',
              '\tcreation-date="Tue, 03 Nov 2026 09:00:00 GMT"',
              "Content-ID: <image001.png@01DA2B3C>", "Content-Transfer-Encoding: base64"],
             b64(noise(300)))]))
    gmail = "000000000000a1b2c305f0e1d2c3"
    add("o-client-gmail.eml", head("Invoice", 202, [
        f'Content-Type: multipart/mixed; boundary="{gmail}"']), CRLF, multipart(gmail, [
        part([f'Content-Type: multipart/alternative; boundary="{gmail[::-1]}"'],
             alternative(gmail[::-1])),
        part(['Content-Type: application/pdf; name="invoice.pdf"',
              'Content-Disposition: attachment; filename="invoice.pdf"',
              "Content-Transfer-Encoding: base64", "X-Attachment-Id: f_abc",
              "Content-ID: <f_abc>"], b64(noise(2000)))]))
    apple = "Apple-Mail=_1A2B3C4D-0000-4000-8000-AABBCCDDEEFF"
    add("o-client-apple-mail.eml", head("Invoice", 203, [
        "Content-Type: multipart/alternative;", f'\tboundary="{apple}"',
        "Mime-Version: 1.0", "X-Mailer: Apple Mail (2.3774)"], mime=False), CRLF, CRLF,
        multipart(apple, [
            text(PLAIN, ["Content-Transfer-Encoding: 7bit", "Content-Type: text/plain;",
                         "\tcharset=us-ascii"]),
            text(HTML, ["Content-Transfer-Encoding: 7bit", "Content-Type: text/html;",
                        "\tcharset=us-ascii"])]))
    bird = "------------0a1B2c3D4e5F6g7H8i9J0kLm"
    add("o-client-thunderbird.eml", head("Invoice", 204, [
        f'Content-Type: multipart/mixed; boundary="{bird}"', "User-Agent: Mozilla Thunderbird",
        "Content-Language: en-US"]), CRLF, lines("This is a multi-part message in MIME format."),
        multipart(bird, [
            text(PLAIN, ["Content-Type: text/plain; charset=UTF-8; format=flowed",
                         "Content-Transfer-Encoding: 8bit"]),
            part(['Content-Type: text/csv; charset=UTF-8; name="people.csv"',
                  'Content-Disposition: attachment; filename="people.csv"',
                  "Content-Transfer-Encoding: base64"],
                 b64(b"name,ssn\r\nAlice,078-05-1120\r\n"))]))
    add("o-client-mutt.eml", head("Invoice", 205, [
        'Content-Type: multipart/mixed; boundary="G4iJoqBmSsgzjUCe"', "Content-Disposition: inline",
        "User-Agent: Mutt/2.2.9"]), CRLF, CRLF, multipart("G4iJoqBmSsgzjUCe", [
            text(PLAIN, ["Content-Type: text/plain; charset=us-ascii",
                         "Content-Disposition: inline"]),
            text("a,b\n", ["Content-Type: text/plain; charset=us-ascii",
                           "Content-Disposition: attachment; filename=a.csv"])]))
    notes = "=_alternative 0033F6A1C12589A0_="
    add("o-client-lotus-notes.eml", head("Invoice", 206, [
        f'Content-Type: multipart/alternative; boundary="{notes}"']), CRLF,
        lines("This is a multipart message in MIME format."), alternative(notes))
    java = "----=_Part_12_1234567.1700000000000"
    add("o-client-javamail.eml", head("Invoice", 207, [
        "Content-Type: multipart/mixed; ", f'\tboundary="{java}"']), CRLF, multipart(java, [
            text(PLAIN, ["Content-Type: text/plain; charset=us-ascii",
                         "Content-Transfer-Encoding: 7bit"]),
            part(["Content-Type: application/octet-stream; name=data.bin",
                  "Content-Transfer-Encoding: base64",
                  "Content-Disposition: attachment; filename=data.bin"], b64(noise(400)))]))
    python = "===============1234567890123456789=="
    add("o-client-python.eml", head("Invoice", 208, [
        f'Content-Type: multipart/alternative; boundary="{python}"']), CRLF, alternative(python))
    php = "b1_0123456789abcdef0123456789abcdef"
    add("o-client-phpmailer.eml", head("Invoice", 209, [
        f'Content-Type: multipart/alternative;\r\n boundary="{php}"',
        "Content-Transfer-Encoding: 8bit", "X-Mailer: PHPMailer 6.9.1"]), CRLF,
        lines("This is a multi-part message in MIME format.", ""),
        alternative(php), CRLF)
    sun = "Boundary_(ID_0123456789abcdef)"
    add("o-client-sun.eml", head("Invoice", 210, [
        f'Content-Type: multipart/mixed; boundary="{sun}"']), CRLF,
        multipart(sun, [text(PLAIN), text(HTML, ["Content-Type: text/html"])]))
    add("o-client-unquoted-boundary.eml", head("Invoice", 211, [
        "Content-Type: multipart/mixed; boundary=----=_Part_1:2/3?4=5"]), CRLF,
        multipart("----=_Part_1:2/3?4=5", [text(PLAIN)]))
    add("o-client-shell-script.eml", "To: bob@b.example\r\nSubject: nightly report\r\n",
        "From: root@a.example\r\n", CRLF, lines("done", "0 errors"))
    add("o-client-printer.eml", head("Scan from a device", 212, [
        "Content-Type: multipart/mixed;boundary=\"SCAN--BOUNDARY--1\""]), CRLF,
        multipart("SCAN--BOUNDARY--1", [
            text("", ["Content-Type: text/plain"]),
            part(["Content-Type: image/tiff;name=scan0001.tif",
                  "Content-Disposition:attachment;filename=scan0001.tif",
                  "Content-Transfer-Encoding:base64"], b64(noise(1000), 72))], end=b"--"))


def attachment(name_fields, data=b"secret-abc\r\n", how="base64"):
    body = b64(data) if how == "base64" else data
    return part([*name_fields, f"Content-Transfer-Encoding: {how}"], body)


GRUESSE = "gr\u00fc\u00dfe.txt"


def names_mail():
    """File names in all their spellings."""
    shapes = {
        "plain": ["Content-Type: text/plain; name=confidential.txt",
                  "Content-Disposition: attachment; filename=confidential.txt"],
        "quoted": ['Content-Type: text/plain; name="my file; v=1.txt"',
                   'Content-Disposition: attachment; filename="my file; v=1.txt"'],
        "rfc2047": [f'Content-Type: text/plain; name="{word(GRUESSE, "utf-8")}"',
                    'Content-Disposition: attachment; filename="' +
                    word(GRUESSE, "utf-8", "Q") + '"'],
        "rfc2231": ["Content-Type: text/plain",
                    "Content-Disposition: attachment;\r\n filename*=utf-8''gr%C3%BC%C3%9Fe.txt"],
        "rfc2231-sections": ["Content-Type: text/plain",
                             "Content-Disposition: attachment;", " filename*0*=iso-8859-1'de'gr%FC;",
                             " filename*1*=%DFe%20und%20;", ' filename*2="mehr.txt"'],
        "rfc2231-sections-plain": ["Content-Type: text/plain;", ' name*0="a rather long ";',
                                   ' name*1="name.txt"', "Content-Disposition: attachment"],
        "both": ["Content-Type: text/plain;", f' name="{word(GRUESSE, "utf-8")}"',
                 "Content-Disposition: attachment;", " filename*=UTF-8''gr%C3%BC%C3%9Fe.txt"],
        "fallback": ["Content-Type: text/plain",
                     "Content-Disposition: attachment; filename=\"gruesse.txt\";",
                     " filename*=UTF-8''gr%C3%BC%C3%9Fe.txt"],
        "raw-8bit": ["Content-Type: text/plain",
                     'Content-Disposition: attachment; filename="gr\u00fc\u00dfe.txt"'.encode()],
        "folded": ["Content-Type: text/plain",
                   'Content-Disposition: attachment;\r\n\tfilename="a long\r\n name.txt"'],
        "backslash": ["Content-Type: text/plain",
                      'Content-Disposition: attachment; filename="a \\"quoted\\" name.txt"'],
        "none": ["Content-Type: application/octet-stream", "Content-Disposition: attachment"],
        "only-in-type": ["Content-Type: image/png; name=logo.png"],
    }
    for number, (name, fields) in enumerate(shapes.items()):
        add(f"o-filename-{name}.eml", head("File", 300 + number, [
            "Content-Type: multipart/mixed; boundary=B"]), CRLF,
            multipart("B", [text(PLAIN), attachment(fields)]))


def inner(subject="Inner", body=PLAIN, extra=()):
    return lines("From: carol@c.example", "To: dave@d.example", f"Subject: {subject}",
                 "Date: Mon, 2 Nov 2026 08:00:00 +0000", *extra) + CRLF + crlf(body)


def structure_mail():
    mixed = ["Content-Type: multipart/mixed; boundary=\"B\""]
    rfc822 = ["Content-Type: message/rfc822"]
    add("o-mixed.eml", head("Mixed", 400, mixed), CRLF,
        multipart("B", [text(PLAIN), text(HTML, ["Content-Type: text/html"])]))
    add("o-prologue-and-epilogue.eml", head("Around", 401, mixed), CRLF, multipart(
        "B", [text(PLAIN)], lines("If you can read this,", "your reader knows no MIME.", ""),
        CRLF * 4))
    add("o-blanks-behind-boundaries.eml", head("Blanks", 402, mixed), CRLF,
        lines("--B \t", "", "one", "--B  ", "", "two", "--B-- "))
    add("o-empty-parts.eml", head("Empty parts", 403, mixed), CRLF,
        lines("--B", "", "--B", "", "", "--B", "Content-Type: text/html", "", "--B--"))
    add("o-single-part.eml", head("Single", 404, mixed), CRLF, multipart("B", [text(PLAIN)]))
    add("o-no-line-end-behind-close.eml", head("End", 405, mixed), CRLF,
        multipart("B", [text(PLAIN)], end=b"--"))
    add("o-nested-four.eml", head("Deep", 406, ["Content-Type: multipart/mixed; boundary=one"]),
        CRLF, multipart("one", [part(["Content-Type: multipart/related; boundary=two"], multipart(
            "two", [part(["Content-Type: multipart/alternative; boundary=three"], multipart(
                "three", [text(PLAIN), part(["Content-Type: multipart/mixed; boundary=four"],
                                            multipart("four", [text(HTML)]))]))]))]))
    add("o-boundary-70.eml", head("Long boundary", 407, [
        "Content-Type: multipart/mixed;\r\n boundary=" + "x" * 70]), CRLF,
        multipart("x" * 70, [text(PLAIN)]))
    add("o-boundary-all-chars.eml", head("All chars", 408, [
        "Content-Type: multipart/mixed;\r\n boundary=\"gc0p4Jq0M2Yt08jU534c0p'()+_,-./:=?  x\""]),
        CRLF, multipart("gc0p4Jq0M2Yt08jU534c0p'()+_,-./:=?  x", [text(PLAIN)]))
    add("o-boundary-of-dashes.eml", head("Dashes", 409, [
        "Content-Type: multipart/digest; boundary=\"----------------------------\""]), CRLF,
        multipart("-" * 28, [part([], inner())]))
    add("o-forwarded.eml", head("Fwd: Inner", 410, mixed), CRLF,
        multipart("B", [text("see below\n"), part(rfc822, inner())]))
    add("o-forwarded-multipart.eml", head("Fwd: Inner", 411, mixed), CRLF, multipart(
        "B", [text("see below\n"), part(rfc822 + ["Content-Disposition: attachment"], head(
            "Inner", 1, ["Content-Type: multipart/alternative; boundary=I"]) + CRLF +
            alternative("I"))]))
    add("o-forwarded-three-deep.eml", head("Fwd: Fwd: Fwd:", 412, rfc822), CRLF, lines(
        "Subject: one", *rfc822, "", "Subject: two", *rfc822, ""), inner("three"))
    add("o-forwarded-as-body.eml", head("Fwd", 413, rfc822), CRLF, inner())
    add("o-forwarded-header-only.eml", head("Fwd", 414, mixed), CRLF, multipart("B", [
        part(rfc822, lines("Subject: only a header", "From: carol@c.example") + CRLF)]))
    add("o-forwarded-global.eml", head("Fwd", 415, ["Content-Type: message/global"]), CRLF,
        lines("Subject: \u4f60\u597d".encode(), "", "\u4f60\u597d".encode()))
    add("o-digest.eml", head("Digest", 416, ["Content-Type: multipart/digest; boundary=\"B\""]),
        CRLF, multipart("B", [CRLF + inner("One"), CRLF + inner("Two"),
                              part(["Content-Type: text/plain"], b"three\r\n")]))
    add("o-list-digest.eml", head("Talk Digest, Vol 1", 417, mixed), CRLF, multipart("B", [
        text("Contents\n", ["Content-Type: text/plain; charset=us-ascii",
                            "Content-Description: Masthead"]),
        part(["Content-Type: multipart/digest; boundary=\"D\""],
             multipart("D", [part(rfc822, inner("One")), part(rfc822, inner("Two"))])),
        text("footer\n")]))
    add("o-signed-smime.eml", head("Signed", 418, [
        "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";",
        "\tmicalg=sha-256; boundary=\"----ABCD\""]), CRLF,
        lines("This is an S/MIME signed message", ""), multipart("----ABCD", [
            text(PLAIN), part(["Content-Type: application/pkcs7-signature; name=\"smime.p7s\"",
                               "Content-Transfer-Encoding: base64",
                               "Content-Disposition: attachment; filename=\"smime.p7s\""],
                              b64(noise(800), 64))]))
    add("o-signed-pgp.eml", head("Signed", 419, [
        "Content-Type: multipart/signed; micalg=pgp-sha512;",
        "\tprotocol=\"application/pgp-signature\"; boundary=\"sig\""]), CRLF, multipart("sig", [
            part(["Content-Type: multipart/mixed; boundary=\"in\""],
                 multipart("in", [text(PLAIN), text(HTML)])),
            part(["Content-Type: application/pgp-signature; name=signature.asc"],
                 lines("-----BEGIN PGP SIGNATURE-----", "", "wsB5BAABCAAjFiEE",
                       "-----END PGP SIGNATURE-----"))]))
    add("o-encrypted-pgp.eml", head("Encrypted", 420, [
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=e"]),
        CRLF, multipart("e", [
            part(["Content-Type: application/pgp-encrypted"], b"Version: 1\r\n"),
            part(["Content-Type: application/octet-stream; name=encrypted.asc"],
                 lines("-----BEGIN PGP MESSAGE-----", "") + b64(noise(300), 64) +
                 lines("-----END PGP MESSAGE-----"))]))
    add("o-encrypted-smime.eml", head("Encrypted", 421, [
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=\"smime.p7m\"",
        "Content-Disposition: attachment; filename=\"smime.p7m\"",
        "Content-Transfer-Encoding: base64"]), CRLF, b64(noise(1500), 64))
    add("o-bounce.eml", head("Undelivered Mail Returned to Sender", 422, [
        "Auto-Submitted: auto-replied", "Content-Type: multipart/report;",
        "\treport-type=delivery-status; boundary=\"4F1.1/mail.a.example\""],
        sender="MAILER-DAEMON (Mail Delivery System)"), CRLF,
        lines("This is a MIME-encapsulated message.", ""), multipart("4F1.1/mail.a.example", [
            text("I could not deliver your message.\n", ["Content-Description: Notification",
                                                         "Content-Type: text/plain; charset=us-ascii"]),
            part(["Content-Description: Delivery report", "Content-Type: message/delivery-status"],
                 lines("Reporting-MTA: dns; mail.a.example", "", "Final-Recipient: rfc822; x@b.example",
                       "Action: failed", "Status: 5.1.1")),
            part(["Content-Description: Undelivered Message", *rfc822], inner())]))
    add("o-bounce-headers-only.eml", head("Undelivered", 423, [
        "Content-Type: multipart/report; report-type=delivery-status; boundary=R"]), CRLF,
        multipart("R", [text("no\n"), part(["Content-Type: message/delivery-status"],
                                           lines("Reporting-MTA: dns; a.example")),
                        part(["Content-Type: text/rfc822-headers"],
                             lines("Subject: x", "From: a@a.example"))]))
    add("o-read-receipt.eml", head("Read: Hello", 424, [
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=R"]), CRLF,
        multipart("R", [text("It was read.\n"),
                        part(["Content-Type: message/disposition-notification"],
                             lines("Final-Recipient: rfc822;bob@b.example",
                                   "Disposition: manual-action/MDN-sent-manually; displayed"))]))
    calendar = lines("BEGIN:VCALENDAR", "METHOD:REQUEST", "VERSION:2.0", "BEGIN:VEVENT",
                     "UID:1@a.example", "DTSTART:20261104T090000Z", "SUMMARY:Meeting about",
                     " 078-05-1120", "END:VEVENT", "END:VCALENDAR")
    add("o-invitation.eml", head("Invitation", 425, ["Content-Type: multipart/alternative; boundary=C"]),
        CRLF, multipart("C", [text(PLAIN), part([
            "Content-Type: text/calendar; charset=\"utf-8\"; method=REQUEST",
            "Content-Transfer-Encoding: base64"], b64(calendar))]))
    add("o-invitation-as-body.eml", head("Invitation", 426, [
        "Content-Type: text/calendar; method=REQUEST; charset=UTF-8"]), CRLF, calendar)
    add("o-vcard.eml", head("Card", 427, mixed), CRLF, multipart("B", [text(PLAIN), part(
        ["Content-Type: text/x-vcard; charset=utf-8; name=\"alice.vcf\"",
         "Content-Disposition: attachment; filename=\"alice.vcf\""],
        lines("BEGIN:VCARD", "VERSION:2.1", "FN:Alice", "END:VCARD"))]))
    add("o-html-only.eml", head("HTML", 428, ["Content-Type: text/html; charset=utf-8",
                                              "Content-Transfer-Encoding: quoted-printable"]), CRLF,
        qp(crlf(HTML)))
    add("o-html-entities.eml", head("HTML", 429, ["Content-Type: text/html; charset=utf-8"]), CRLF,
        lines("<p>0&#55;8-0<b>5</b>-&#x31;120</p>", "<a href=\"mailto:x@b.example\">mail</a>"))
    add("o-related-inline-image.eml", head("Picture", 430, [
        "Content-Type: multipart/related; type=\"text/html\"; start=\"<a@a.example>\"; boundary=R"]),
        CRLF, multipart("R", [
            part(["Content-Type: text/html", "Content-ID: <a@a.example>"],
                 lines("<img src=\"cid:b@a.example\">")),
            part(["Content-Type: image/gif", "Content-ID: <b@a.example>", "Content-Location: b.gif",
                  "Content-Disposition: inline", "Content-Transfer-Encoding: base64"],
                 b64(b"GIF89a" + noise(60)))]))
    add("o-apple-double.eml", head("Mac file", 431, mixed), CRLF, multipart("B", [
        part(["Content-Type: multipart/appledouble; boundary=D"], multipart("D", [
            part(["Content-Type: application/applefile", "Content-Transfer-Encoding: base64"],
                 b64(noise(50))),
            part(["Content-Type: application/octet-stream", "Content-Transfer-Encoding: base64"],
                 b64(noise(90)))]))]))
    add("o-external-body.eml", head("Fetch it", 432, [
        "Content-Type: message/external-body; access-type=URL; URL=\"http://x.example/a\""]), CRLF,
        lines("Content-Type: text/plain", "Content-ID: <x@a.example>", ""))
    add("o-tnef.eml", head("Outlook rich text", 433, mixed), CRLF, multipart("B", [text(PLAIN), part(
        ["Content-Type: application/ms-tnef; name=\"winmail.dat\"",
         "Content-Disposition: attachment; filename=\"winmail.dat\"",
         "Content-Transfer-Encoding: base64"], b64(b"\x78\x9f\x3e\x22" + noise(200)))]))
    add("o-many-attachments.eml", head("Many", 434, mixed), CRLF, multipart("B", [text(PLAIN)] + [
        attachment([f"Content-Type: application/octet-stream; name=f{i}.bin",
                    f"Content-Disposition: attachment; filename=f{i}.bin"], noise(100, str(i)))
        for i in range(40)]))
    add("o-large-base64.eml", head("Large", 435, mixed), CRLF, multipart("B", [
        text(PLAIN), attachment(["Content-Type: application/zip; name=a.zip"], noise(40000))]))
    add("o-base64-text.eml", head("Base64", 436, ["Content-Type: text/plain; charset=utf-8",
                                                  "Content-Transfer-Encoding: base64"]), CRLF,
        b64(crlf(PLAIN * 20)))
    add("o-base64-no-padding-needed.eml", head("Base64", 437, [
        "Content-Transfer-Encoding: BASE64"]), CRLF, b64(b"abc" * 20))
    add("o-base64-short-lines.eml", head("Base64", 438, [
        "Content-Transfer-Encoding: base64"]), CRLF, b64(crlf(PLAIN), 20))
    add("o-quoted-printable-soft-breaks.eml", head("QP", 439, [
        "Content-Type: text/plain; charset=iso-8859-1",
        "Content-Transfer-Encoding: quoted-printable"]), CRLF,
        lines("my number is 078-=", "05-1120 and h=E4lt =", "=3D.", "trailing blank=20"))
    add("o-uuencoded-part.eml", head("UU", 440, mixed), CRLF, multipart("B", [
        text(PLAIN), part(["Content-Type: application/octet-stream; name=a.txt",
                           "Content-Transfer-Encoding: x-uuencode"],
                          lines("begin 644 a.txt", "%:&5L;&\\", "`", "end"))]))
    add("o-binary-part.eml", head("Binary", 441, mixed), CRLF, multipart("B", [
        part(["Content-Type: application/octet-stream", "Content-Transfer-Encoding: binary"],
             bytes(c for c in noise(300) if c not in b"\r\n\0"))]))
    add("o-comments-everywhere.eml", head("Comments", 442, [
        "Content-Type: multipart/mixed (no, really); boundary=\"B\" (that is B)"]), CRLF,
        multipart("B", [text(PLAIN, ["Content-Type: text/plain; charset=us-ascii (Plain text)",
                                     "Content-Transfer-Encoding: 7bit (of course)"])]))
    add("o-parameters-spread.eml", head("Spread", 443, [
        "Content-Type:", "\tmultipart/mixed", "\t;", "\tboundary", "\t=", "\t\"B\"", "\t;"]), CRLF,
        multipart("B", [text(PLAIN)]))
    add("o-reused-boundary-after-close.eml", head("Reused", 444, [
        "Content-Type: multipart/mixed; boundary=outer"]), CRLF, multipart("outer", [
            part(["Content-Type: multipart/mixed; boundary=i"], multipart("i", [text("a\n")])),
            part(["Content-Type: multipart/mixed; boundary=i"], multipart("i", [text("b\n")]))]))
    add("o-close-lookalikes.eml", head("Lookalikes", 445, [
        "Content-Type: multipart/mixed; boundary=\"frontier\""]), CRLF, multipart("frontier", [
            text("--front\n-frontier\n ---frontier\nx --frontier\n--Frontier\n---frontier--\n")]))
    add("o-header-field-8000.eml", head("Long", 446, ["X-Data: " + "\r\n ".join(["y" * 70] * 110)]),
        CRLF, crlf(PLAIN))


def odd_mail():
    """What breaks a rule and is read in one way all the same."""
    add("o-subject-twice-the-same.eml", head("Your order of today", 460, [
        "Subject: Your order", " of today"]), CRLF, crlf(PLAIN))
    add("o-two-cc.eml", head("Hello", 461, [
        "Cc: carol@c.example", "Cc: dave@d.example", "To: eve@e.example"]), CRLF, crlf(PLAIN))
    add("o-two-names-of-one-kind.eml", head("Invoice", 462, [
        "Content-Type: application/pdf; name=\"Invoice.pdf\"",
        "Content-Disposition: attachment; filename=\"Invoice 2026.PDF\"",
        "Content-Transfer-Encoding: base64"]), CRLF, b64(noise(100, "invoice")))
    for number, (name, encoding) in enumerate((
            ("7-bit", "7-bit"), ("quoted", '"7bit"'), ("semicolon", "8bit;"), ("empty", ""),
            ("none", "none"), ("charset", "UTF-8"))):
        add(f"o-encoding-{name}.eml", head("Hello", 463 + number, [
            f"Content-Transfer-Encoding: {encoding}"]), CRLF, crlf(PLAIN))
    for encoding in ("base64", "quoted-printable"):
        add(f"o-multipart-says-{encoding}.eml", head("Hello", 470, [
            "Content-Type: multipart/alternative; boundary=B",
            f"Content-Transfer-Encoding: {encoding}"]), CRLF,
            multipart("B", [text(PLAIN), text("<p>Dear Bob</p>\n", ["Content-Type: text/html"])]))
    report = ["Content-Type: multipart/report; report-type=delivery-status; boundary=R"]
    returned = lines("Content-Type: message/rfc822", "", "Subject: sent",
                     "Content-Type: multipart/alternative; boundary=S", "")
    add("o-bounce-cut-off.eml", head("Undelivered", 472, report), CRLF,
        multipart("R", [text("no\n"), returned + lines("--S", "", "this was cut o")]))
    add("o-bounce-header-as-message.eml", head("Undelivered", 473, report), CRLF,
        multipart("R", [text("no\n"), returned]))


# ------ honest mail that breaks a rule ---------------------------------------------------------

def honest_mail():
    """What careless but honest senders write, and every reader shows in one way where it counts."""
    def one(name, number, body, fields=(), subject="Honest"):
        add(f"honest-{name}.eml", head(subject, number, fields), CRLF, body)

    def plain(name, number, charset, body=PLAIN, encoding="8bit"):
        one(name, number, body if isinstance(body, bytes) else crlf(body), [
            f"Content-Type: text/plain; charset={charset}", f"Content-Transfer-Encoding: {encoding}"])

    for number, charset in enumerate((
            "x-unknown", "ansi_x3.110-1983", "iso-8859-8-i", "utf-8-sig", "x-user-defined", "foo",
            "x-mac-gurmukhi", "iso-8859-12", "ebcdic-us", "utf-9", "hz-gb-2312", "iso-2022-cn")):
        plain(f"charset-{charset}", 800 + number, charset)
    plain("charset-empty", 820, '""')
    plain("charset-unknown-phone", 821, "x-made-up", "Call +49 30 123456 or +4930123456, A&B.\n")
    plain("charset-unicode-1-1-utf-8", 822, "unicode-1-1-utf-8", "Gr\u00fc\u00dfe\n".encode())
    plain("charset-x-sjis", 823, "x-sjis", "\u3053\u3093 078\n".encode("shift_jis"))
    plain("charset-cp-850", 824, "cp-850", "Gr\u00fc\u00dfe\r\n".encode("cp850"))
    plain("charset-x-gbk", 825, "x-gbk", "\u4f60\u597d 078\r\n".encode("gbk"))
    plain("charset-windows-874", 826, "windows-874", "\u0e01 078\r\n".encode("cp874"))
    plain("bytes-windows-1252", 827, "windows-1252", b"Total\x81 \x8d\x8f\x90\x9d 10 \x80\r\n")
    plain("bytes-windows-1253", 828, "windows-1253", b"Total\xaa \xd2\xff 10\r\n")
    plain("bytes-iso-8859-7", 829, "iso-8859-7", b"Total \xae\xd2\xff 10\r\n")
    plain("bytes-latin1-in-ascii", 830, "us-ascii", b"caf\xe9 10 \x80 na\xefve\r\n")
    plain("bytes-utf8-in-ascii", 831, "us-ascii", "caf\u00e9 10\r\n".encode())
    plain("bytes-latin1-in-utf8", 832, "utf-8", b"caf\xe9 10 \xa0 na\xefve\r\n")
    plain("bytes-cut-utf8", 833, "utf-8", b"Gr\xc3\xbc\xc3\r\n\xe2\x82 10 \xf0\x9f\x98\r\n")
    plain("bytes-latin1-in-utf8-qp", 834, "utf-8", qp(b"caf\xe9 10 \xfc\r\n"), "quoted-printable")
    one("bytes-latin1-in-html", 835, b"<p>caf\xe9 10</p>\r\n",
        ["Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: 8bit"])
    row_13 = b"\x1b$B\x2d\x21\x2d\x36\x2d\x6a\x1b(B 078\r\n"
    plain("iso-2022-jp-nec-row-13", 836, "iso-2022-jp", row_13, "7bit")
    plain("iso-2022-jp-half-width-kana", 837, "iso-2022-jp", b"\x1b(I1234\x1b(B 078\r\n", "7bit")
    plain("iso-2022-jp-ibm", 838, "iso-2022-jp", b"\x1b$By!|q\x1b(B 078\r\n", "7bit")
    plain("shift-jis-nec-row-13", 839, "shift_jis", b"\x87\x40\x87\x55 078\r\n")
    plain("euc-jp-nec-row-13", 840, "euc-jp", b"\xad\xa1\xad\xb6 078\r\n")
    plain("gb2312-with-gbk", 841, "gb2312", "\u9555\u4f60 078\r\n".encode("gbk"))
    plain("ks-c-5601-with-cp949", 842, "ks_c_5601-1987", "\ub620\u3131 078\r\n".encode("cp949"))
    inside = [text("the text\n")]
    mixed = ["Content-Type: multipart/mixed; boundary=\"B\""]
    footer = lines("_" * 47, "talk mailing list", "talk@lists.example",
                   "https://lists.example/listinfo/talk", "To unsubscribe: send a mail")
    one("footer-of-a-list", 843, multipart("B", inside, epilogue=footer), mixed)
    one("footer-below-dashes", 844, multipart("B", inside, epilogue=lines("", "-- ", "Example Ltd")
        + lines("-" * 60, "Phone: +49 30 123456, Fax: none")), mixed)
    one("footer-in-utf8", 845, multipart("B", inside, epilogue="Vertraulich \u2013 f\u00fcr Sie\r\n"
        .encode()), mixed)
    one("footer-in-inner-multipart", 846, multipart("B", [part(
        ["Content-Type: multipart/alternative; boundary=\"I\""],
        multipart("I", inside, epilogue=footer))]), mixed)
    one("prologue", 847, multipart("B", inside, prologue=lines(
        "This is a multi-part message in MIME format.", "")), mixed)
    for number, (name, subject) in enumerate((
            ("blank", "=?utf-8?Q?Gr=C3=BC=C3=9Fe aus Berlin?="),
            ("question", "=?utf-8?Q?Gr=C3=BC=C3=9Fe? Ja??="),
            ("b-blank", "=?utf-8?B?R3LDvMOf ZQ==?="),
            ("unknown-charset", "=?x-made-up?Q?Hello_Bob?="),
            ("latin1-in-utf8", "=?utf-8?Q?caf=E9?="),
            ("8bit-in-ascii", "=?us-ascii?Q?Gr=C3=BC=C3=9Fe?="),
            ("windows-1252", "=?windows-1252?Q?a=81b?="))):
        one(f"word-{name}", 850 + number, crlf(PLAIN), ["Content-Type: text/plain"], subject)


# ------ hostile mail ---------------------------------------------------------------------------

SECRET = lines("secret-078-05-1120")


def hidden(boundary="B", fields=("Content-Type: text/plain",)):
    """A multipart body whose only part holds what a sender would hide."""
    return multipart(boundary, [part(fields, SECRET)])


def hostile_header():
    mixed = ["Content-Type: multipart/mixed; boundary=\"B\""]
    add("h-duplicate-subject.eml", head("Harmless", 500, [f"Subject: {SSN}"]), CRLF, crlf(PLAIN))
    add("h-duplicate-from.eml", head("Two senders", 501, ["From: eve@e.example"]), CRLF, crlf(PLAIN))
    add("h-duplicate-content-type.eml", head("Two types", 502, [
        "Content-Type: text/plain", *mixed]), CRLF, hidden())
    add("h-duplicate-content-type-first.eml", head("Two types", 503, [
        *mixed, "Content-Type: text/plain"]), CRLF, hidden())
    add("h-duplicate-encoding.eml", head("Two encodings", 504, [
        "Content-Transfer-Encoding: 7bit", "Content-Transfer-Encoding: base64"]), CRLF, b64(SECRET))
    add("h-duplicate-disposition.eml", head("Two dispositions", 505, [
        "Content-Disposition: inline", "Content-Disposition: attachment; filename=a.exe"]), CRLF,
        SECRET)
    add("h-blank-before-colon.eml", head(None, 506, [f"Subject : {SSN}"]), CRLF, crlf(PLAIN))
    add("h-blank-before-colon-content-type.eml", head("Blank", 507, [
        "Content-Type\t: multipart/mixed; boundary=\"B\""]), CRLF, hidden())
    add("h-no-colon.eml", head("No colon", 508, ["Content-Type text/html"]), CRLF, crlf(PLAIN))
    add("h-text-in-header.eml", head("Text", 509), SECRET, CRLF, crlf(PLAIN))
    add("h-no-header.eml", SECRET, SECRET)
    add("h-header-ended-by-blanks.eml", head("Blanks", 510), b" \t\r\n", SECRET, CRLF,
        crlf(PLAIN))
    add("h-blank-line-before-header.eml", CRLF, head("Late", 511, mixed), CRLF, hidden())
    add("h-blank-line-before-inner-header.eml", head("Fwd", 512, ["Content-Type: message/rfc822"]),
        CRLF, CRLF, head("Late", 1, mixed), CRLF, hidden())
    add("h-mbox-from-line.eml", "From alice@a.example Tue Nov  3 10:00:00 2026\r\n",
        head("mbox", 513), CRLF, crlf(PLAIN))
    add("h-continuation-first.eml", " Subject: nobody's\r\n", head("Continued", 514), CRLF,
        crlf(PLAIN))
    add("h-nul-in-subject.eml", head(b"Harm\0less " + b(SSN), 515), CRLF, crlf(PLAIN))
    add("h-nul-in-boundary.eml", head("NUL", 516, [
        b"Content-Type: multipart/mixed; boundary=\"B\0C\""]), CRLF, hidden(b"B\0C"))
    add("h-escape-in-subject.eml", head(b"\x1b]0;title\x07\x1b[2J", 517), CRLF, crlf(PLAIN))
    add("h-backspace-in-subject.eml", head(b"078-05-1\x081120", 518), CRLF, crlf(PLAIN))
    add("h-bare-cr-in-subject.eml", head(b"a\rBcc: eve@e.example", 519), CRLF, crlf(PLAIN))
    add("h-bare-lf-in-subject.eml", head(b"a\nBcc: eve@e.example", 520), CRLF, crlf(PLAIN))
    add("h-lf-only.eml", (head("LF", 521, mixed) + CRLF + hidden()).replace(b"\r\n", b"\n"))
    add("h-cr-only.eml", (head("CR", 522, mixed) + CRLF + hidden()).replace(b"\r\n", b"\r"))
    add("h-cr-cr-lf.eml", head("CR CR LF", 523).replace(b"\r\n", b"\r\r\n"), CRLF, crlf(PLAIN))
    add("h-8bit-field-name.eml", head("8-bit", 524, ["Subj\u00e9ct: x".encode()]), CRLF,
        crlf(PLAIN))
    add("h-byte-order-mark.eml", b"\xef\xbb\xbf", head("BOM", 525), CRLF, crlf(PLAIN))
    add("h-proto-field.eml", "__proto__: x\r\nconstructor: y\r\n", head("Names", 526), CRLF,
        crlf(PLAIN))
    add("h-crlf-in-encoded-word.eml", head(
        "=?utf-8?B?" + base64.b64encode(b"a\r\nBcc: eve@e.example").decode() + "?=", 527), CRLF,
        crlf(PLAIN))
    add("h-encoded-word-bad-base64.eml", head("=?utf-8?B?!!!=?= =?utf-8?B?MDc4LTA1LTExMjA?=", 528),
        CRLF, crlf(PLAIN))
    add("h-encoded-word-splits-character.eml", head("=?utf-8?B?w6Q?= =?utf-8?Q?=C3?= =?utf-8?Q?=A4?=",
                                                    529), CRLF, crlf(PLAIN))
    add("h-encoded-word-unknown-charset.eml", head("=?x-none?Q?078-05-1120?=", 530), CRLF,
        crlf(PLAIN))
    add("h-encoded-word-blanks-inside.eml", head("=?utf-8?Q?078-05 1120?= =?utf-8?Q? a?=", 531), CRLF,
        crlf(PLAIN))
    add("h-many-encoded-words.eml", head("\r\n ".join(["=?utf-8?Q?a?="] * 3000), 532), CRLF,
        crlf(PLAIN))
    add("h-encoded-word-openers.eml", head("=?" * 20000, 533), CRLF, crlf(PLAIN))


def hostile_mime():
    def one(name, number, content_type, body=None, more=()):
        add(name, head("MIME", number, [content_type, *more]), CRLF,
            hidden() if body is None else body)

    one("h-duplicate-boundary-param.eml", 600, "Content-Type: multipart/mixed; boundary=A; boundary=B")
    one("h-boundary-rfc2231.eml", 601, "Content-Type: multipart/mixed; boundary*=us-ascii''%42")
    one("h-boundary-rfc2231-sections.eml", 602,
        "Content-Type: multipart/mixed; boundary*0=\"X\"; boundary*1=\"Y\"", hidden("XY"))
    one("h-boundary-rfc2231-repeated-section.eml", 603,
        "Content-Type: multipart/mixed; boundary*0=X; boundary*0=Y; boundary*1=Z", hidden("YZ"))
    one("h-boundary-rfc2231-and-plain.eml", 604,
        "Content-Type: multipart/mixed; boundary=A; boundary*=utf-8''B")
    one("h-boundary-rfc2047.eml", 605,
        "Content-Type: multipart/mixed; boundary=\"=?us-ascii?Q?B?=\"")
    one("h-boundary-rfc2047-part.eml", 606,
        "Content-Type: multipart/mixed; boundary=\"abc=?us-ascii?Q?def?=\"", hidden("abcdef"))
    one("h-boundary-escaped.eml", 607, "Content-Type: multipart/mixed; boundary=\"\\B\"")
    one("h-boundary-empty.eml", 608, "Content-Type: multipart/mixed; boundary=\"\"", hidden(""))
    one("h-boundary-missing.eml", 609, "Content-Type: multipart/mixed")
    one("h-boundary-trailing-blank.eml", 610, "Content-Type: multipart/mixed; boundary=\"B \"")
    one("h-boundary-2000-long.eml", 611, "Content-Type: multipart/mixed; boundary=\"" + "b" * 2000 +
        "\"", hidden("b" * 2000))
    one("h-boundary-5000-long.eml", 612, "Content-Type: multipart/mixed; boundary=\"" + "b" * 5000 +
        "\"", hidden("b" * 5000))
    one("h-boundary-8bit.eml", 613, "Content-Type: multipart/mixed; boundary=\"\u00e9\"".encode(),
        hidden("\u00e9".encode()))
    one("h-boundary-folded.eml", 614, "Content-Type: multipart/mixed; boundary=\"a\r\n b\"",
        hidden("a b"))
    one("h-boundary-unclosed-quote.eml", 615, "Content-Type: multipart/mixed; boundary=\"B")
    one("h-boundary-text-behind-quote.eml", 616, "Content-Type: multipart/mixed; boundary=\"B\"C",
        hidden() + hidden("BC"))
    one("h-boundary-comment-in-name.eml", 617,
        "Content-Type: multipart/mixed; boundary((c))=\"A\"; boundary=B")
    one("h-boundary-after-bad-param.eml", 618, "Content-Type: multipart/mixed; x:y=1; boundary=B")
    one("h-boundary-in-comment.eml", 619,
        "Content-Type: multipart/mixed; (; boundary=A ) boundary=B", hidden() + hidden("A"))
    one("h-boundary-other-case.eml", 620, "Content-Type: multipart/mixed; boundary=b", hidden())
    one("h-content-type-empty.eml", 621, "Content-Type:")
    one("h-content-type-no-subtype.eml", 622, "Content-Type: multipart; boundary=B")
    one("h-content-type-blank-inside.eml", 623, "Content-Type: multipart / mixed; boundary=B")
    one("h-content-type-quoted.eml", 624, "Content-Type: \"multipart/mixed\"; boundary=B")
    one("h-content-type-comment-first.eml", 625, "Content-Type: (x) multipart/mixed; boundary=B")
    one("h-content-type-no-semicolon.eml", 626, "Content-Type: multipart/mixed boundary=B")
    one("h-content-type-trailing-junk.eml", 627, "Content-Type: multipart/mixed;;; boundary=B; ;x")
    one("h-charset-twice.eml", 628, "Content-Type: text/plain; charset=utf-8; charset=utf-7",
        lines("+ADAANwA4-05-1120"))
    one("h-charset-unknown.eml", 629, "Content-Type: text/plain; charset=x-none", SECRET)
    one("h-charset-overlong-utf8.eml", 630, "Content-Type: text/plain; charset=utf-8",
        b"\xc0\xb078-05-1120\r\n")
    one("h-charset-utf16-lies.eml", 631, "Content-Type: text/plain; charset=utf-16", SECRET)
    one("h-encoding-unknown.eml", 632, "Content-Type: text/plain", b64(SECRET),
        ["Content-Transfer-Encoding: x-base65"])
    one("h-encoding-quoted.eml", 633, "Content-Type: text/plain", b64(SECRET),
        ["Content-Transfer-Encoding: \"base64\""])
    one("h-encoding-comment-first.eml", 634, "Content-Type: text/plain", b64(SECRET),
        ["Content-Transfer-Encoding: (x) base64"])
    one("h-encoding-two-tokens.eml", 635, "Content-Type: text/plain", b64(SECRET),
        ["Content-Transfer-Encoding: 7bit base64"])
    one("h-encoding-encoded-word.eml", 636, "Content-Type: text/plain", b64(SECRET),
        ["Content-Transfer-Encoding: =?utf-8?Q?base64?="])
    one("h-encoded-multipart.eml", 637, "Content-Type: multipart/mixed; boundary=B", b64(hidden()),
        ["Content-Transfer-Encoding: base64"])
    one("h-encoded-multipart-qp.eml", 638, "Content-Type: multipart/mixed; boundary=B",
        multipart("B", [part([], lines("Hello", "=2D-B", "") + SECRET)]),
        ["Content-Transfer-Encoding: quoted-printable"])
    one("h-encoded-rfc822.eml", 639, "Content-Type: message/rfc822", b64(inner()),
        ["Content-Transfer-Encoding: base64"])
    one("h-base64-junk.eml", 640, "Content-Type: text/plain",
        b"!" + b64(SECRET)[:8] + b"*" + b64(SECRET)[8:], ["Content-Transfer-Encoding: base64"])
    one("h-base64-padding-inside.eml", 641, "Content-Type: text/plain",
        base64.b64encode(b"harmless") + CRLF + b64(SECRET), ["Content-Transfer-Encoding: base64"])
    one("h-base64-urlsafe.eml", 642, "Content-Type: text/plain",
        base64.urlsafe_b64encode(b"\xfb\xff" + SECRET) + CRLF, ["Content-Transfer-Encoding: base64"])
    one("h-base64-footer.eml", 643, "Content-Type: text/plain",
        b64(SECRET) + lines("", "_______", "talk mailing list"),
        ["Content-Transfer-Encoding: base64"])
    one("h-qp-bad-escapes.eml", 644, "Content-Type: text/plain",
        lines("=ZZ =4 078-05=2D1120 =", "=", "=3"), ["Content-Transfer-Encoding: quoted-printable"])
    one("h-filename-disagrees.eml", 645, "Content-Type: text/plain; name=\"report.txt\"", SECRET,
        ["Content-Disposition: attachment; filename=\"report.exe\""])
    one("h-filename-rfc2231-disagrees.eml", 646, "Content-Type: text/plain", SECRET, [
        "Content-Disposition: attachment; filename=report.txt; filename*=utf-8''r%C3%A9port.exe"])
    one("h-filename-sections-out-of-order.eml", 647, "Content-Type: text/plain", SECRET, [
        "Content-Disposition: attachment; filename*1=exe; filename*0=\"report.\""])
    one("h-filename-sections-gap.eml", 648, "Content-Type: text/plain", SECRET, [
        "Content-Disposition: attachment; filename*0=\"report.\"; filename*2=exe"])
    one("h-filename-unquoted-blanks.eml", 649, "Content-Type: text/plain", SECRET, [
        "Content-Disposition: attachment; filename=report.txt .exe"])
    one("h-filename-control.eml", 650, "Content-Type: text/plain", SECRET, [
        b"Content-Disposition: attachment; filename=\"report.txt\0.exe\""])
    one("h-filename-path.eml", 651, "Content-Type: text/plain", SECRET, [
        "Content-Disposition: attachment; filename=\"../../etc/passwd\""])
    one("h-filename-bidi.eml", 652, "Content-Type: text/plain", SECRET, [
        "Content-Disposition: attachment; filename*=utf-8''report%E2%80%AEtxt.exe"])
    one("h-message-partial.eml", 653,
        "Content-Type: message/partial; id=\"a@a.example\"; number=1; total=2", SECRET)
    one("h-gmime-param-70-bytes.eml", 654, b"Content-Type: multipart/mixed; " + b"n" * 70 +
        "=\"\u00e9\"".encode())
    one("h-gmime-param-71-bytes.eml", 655, b"Content-Type: multipart/mixed; " + b"n" * 71 +
        "=\"\u00e9\"".encode())
    one("h-gmime-param-72-bytes.eml", 656, b"Content-Type: multipart/mixed; " + b"n" * 72 +
        "=\"\u00e9\"; boundary=B".encode())
    one("h-201-parameters.eml", 657, "Content-Type: multipart/mixed;\r\n" + "".join(
        f" p{i}=1;\r\n" for i in range(201)) + " boundary=B")
    one("h-rfc2231-many-sections.eml", 658, "Content-Type: text/plain;\r\n" + ";\r\n".join(
        f" name*{i}=a" for i in range(180)), SECRET)
    one("h-unclosed-comments.eml", 659, "Content-Type: text/plain; " + "(" * 50000, SECRET)
    one("h-backslashes.eml", 660, "Content-Type: text/plain; name=\"" + "\\" * 50001 + "\"", SECRET)


def hostile_structure():
    mixed = ["Content-Type: multipart/mixed; boundary=\"B\""]

    def one(name, number, body, fields=mixed):
        add(name, head("Structure", number, fields), CRLF, body)

    one("h-part-without-empty-line.eml", 700, lines("--B") + SECRET + lines("--B--"))
    one("h-part-header-runs-into-boundary.eml", 701,
        lines("--B", "Content-Type: text/html", "--B", "Content-Type: text/plain", "") + SECRET +
        lines("--B--"))
    one("h-text-after-close.eml", 702, multipart("B", [text("harmless\n")]) + SECRET)
    one("h-parts-after-close.eml", 703, multipart("B", [text("harmless\n")]) + hidden())
    one("h-unclosed.eml", 704, lines("--B", "Content-Type: text/plain", "") + SECRET)
    one("h-no-parts.eml", 705, SECRET)
    one("h-closed-before-parts.eml", 706, lines("--B--") + hidden())
    one("h-boundary-line-with-text.eml", 707, lines("--B", "", "harmless", "--B x", "") + SECRET +
        lines("--B--"))
    one("h-boundary-line-indented.eml", 708, lines("--B", "", "harmless", " --B", "") + SECRET +
        lines("--B--"))
    one("h-boundary-behind-bare-cr.eml", 709, b"--B\r\n\r\nharmless\r--B\r\n\r\n" + SECRET +
        lines("--B--"))
    one("h-boundary-behind-bare-lf.eml", 710, b"--B\r\n\r\nharmless\n--B\r\n\r\n" + SECRET +
        lines("--B--"))
    one("h-boundary-prefix-inner-longer.eml", 711, multipart("B", [part(
        ["Content-Type: multipart/mixed; boundary=BB"], hidden("BB"))]))
    one("h-boundary-prefix-inner-shorter.eml", 712, multipart("BB", [part(
        ["Content-Type: multipart/mixed; boundary=B"], hidden("B"))]),
        ["Content-Type: multipart/mixed; boundary=BB"])
    one("h-boundary-same-inside.eml", 713, multipart("B", [part(mixed, hidden())]))
    one("h-boundary-closes-outer.eml", 714, multipart("B", [part(
        ["Content-Type: multipart/mixed; boundary=\"B--\""], hidden("B--"))]))
    nest = ["Content-Type: multipart/mixed; boundary=\"bou\""]
    one("h-boundary-prefix-chain.eml", 715, lines(
        "--bou", "Content-Type: multipart/related; boundary=\"bound\"", "", "--bound",
        "Content-Type: multipart/digest; boundary=\"boundary\"", "", "--boundary",
        "Content-Type: application/pdf", "", "x", "--bound", "", "y", "--bou--"), nest)
    one("h-midline-boundary-4096.eml", 716, b"")
    fill = 4096 - len(MESSAGES["h-midline-boundary-4096.eml"]) - len(b"--B\r\n\r\n")
    del MESSAGES["h-midline-boundary-4096.eml"]
    filler = b"x" * 76 + CRLF
    body = filler * (fill // 78 - 4)
    body += b"y" * (fill - len(body)) + b"--B\r\n"
    one("h-midline-boundary-4096.eml", 716, b"--B\r\n\r\n" + body + SECRET + lines("--B--"))
    assert MESSAGES["h-midline-boundary-4096.eml"].index(b"y--B\r\n") == 4095
    levels = b""
    for i in range(1000):
        levels += (b"--n%d\r\n" % (i - 1) if i else b"") + lines(
            f"Content-Type: multipart/mixed; boundary=n{i}", "")
    add("h-1000-nested.eml", lines("Subject: deep"), levels, lines("--n999", "") + SECRET,
        b"--n\r\n" * 5000)
    add("h-1000-nested-rfc822.eml", lines("Content-Type: message/rfc822", "") * 1000, SECRET)
    levels = b""
    for i in range(32):
        levels += (b"--n%02d\r\n" % (i - 1) if i else b"") + lines(
            f"Content-Type: multipart/mixed; boundary=n{i:02d}", "")
    add("h-32-nested.eml", levels, lines("--n31", "") + SECRET,
        b"".join(lines(f"--n{i:02d}--") for i in reversed(range(32))))
    one("h-2000-parts.eml", 717, b"--B\r\n\r\n" * 2000 + lines("--B--"))
    one("h-3000-fields.eml", 718, SECRET, ["X: y"] * 3000)
    one("h-header-300-kilobytes.eml", 719, SECRET, ["X: " + "y" * 990] * 310)
    one("h-field-110-kilobytes.eml", 720, SECRET, ["X: " + "\r\n ".join(["y" * 900] * 125)])
    one("h-one-line-of-200-kilobytes.eml", 721, b"x" * 200000 + CRLF + SECRET, ["X: y"])
    one("h-group-recursion.eml", 722, SECRET, ["Cc: " + "g:" * 20000])
    one("h-group-recursion-in-parts.eml", 723, multipart("B", [part(
        ["Content-Type: message/rfc822"], lines("To: " + "g:" * 10000, "") + SECRET)]))
    one("h-address-comments.eml", 724, SECRET, ["Cc: " + "(" * 30000])
    one("h-address-quotes.eml", 725, SECRET, ["Cc: " + "\"a\\" * 20000])
    one("h-html-deep.eml", 726, b"<div>" * 8000 + SECRET, ["Content-Type: text/html"])
    one("h-html-digits-in-tags.eml", 727, lines(
        "<p>0<!-- x -->7<i></i>8&shy;-0<wbr>5-<span style='display:none'>zz</span>1120</p>"),
        ["Content-Type: text/html"])
    one("h-zero-width-digits.eml", 728, "078\u200b-05\u2060-11\u00ad20\r\n".encode(),
        ["Content-Type: text/plain; charset=utf-8"])
    one("h-fullwidth-digits.eml", 729, "\uff10\uff17\uff18-05-1120\r\n".encode(),
        ["Content-Type: text/plain; charset=utf-8"])
    one("h-uuencode-in-text.eml", 730, lines("begin 644 a.txt", "%:&5L;&\\", "`", "end"),
        ["Content-Type: text/plain"])
    one("h-preamble-holds-text.eml", 731, SECRET + multipart("B", [text("harmless\n")]))
    one("h-text-plain-holds-mime.eml", 732, lines(*mixed, "") + hidden(), ["Content-Type: text/plain"])
    one("h-digest-of-encoded.eml", 733, multipart("B", [part(
        ["Content-Transfer-Encoding: base64"], b64(inner()))]),
        ["Content-Type: multipart/digest; boundary=B"])
    one("h-fields-in-1000-parts.eml", 734, multipart("B", [
        lines(*["a:"] * 100) + CRLF + b"x" for _ in range(900)]))


def main():
    for make in (plain_mail, charset_mail, client_mail, names_mail, structure_mail, odd_mail,
                 honest_mail,
                 hostile_header, hostile_mime, hostile_structure):
        make()
    folder = os.path.dirname(os.path.abspath(__file__))
    differ = 0
    for name, content in sorted(MESSAGES.items()):
        path = os.path.join(folder, name)
        if "--check" in sys.argv:
            with open(path, "rb") as file:
                if file.read() != content:
                    differ += 1
                    print(f"{name}: differs")
            continue
        with open(path, "wb") as file:
            file.write(content)
    print(f"{len(MESSAGES)} messages")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
