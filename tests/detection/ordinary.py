#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ordinary business mail without secrets and without identifiers of people: ordinary.py FOLDER [COUNT
[SEED]]. The same seed makes the same files."""
import email.charset
import email.encoders
import html
import pathlib
import random
import sys
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText

import figures as f
import machines
from phrases import BYE, CHAT, FIRST, HELLO, TEXTS

LEGACY = {"de": "iso-8859-1", "fr": "iso-8859-1", "es": "iso-8859-1", "it": "iso-8859-1", "nl": "windows-1252",
          "pl": "iso-8859-2", "pt": "iso-8859-1", "tr": "iso-8859-9", "ja": "iso-2022-jp", "en": "us-ascii"}
DOMAINS = ["corp.example", "one.example", "supplier.example", "kunde.example", "mail.shop.example"]


def slots(rng, language):
    values = {"name": rng.choice(FIRST[language]), "room": f"{rng.randrange(1, 9)}.{f.digits(rng, 2)}",
              "four": f.digits(rng, 4), "six": f.digits(rng, 6), "flight": f.digits(rng, 4),
              "locator": f.letters(rng, 6, f.UPPER + "23456789"), "version": f.version(rng),
              "count": rng.randrange(2, 90), "serial": f.serial(rng), "phone": f.phone(rng, language),
              "ticket": f"{f.digits(rng, 3)}-{f.digits(rng, 10)}", "conference": f.spaced(f.digits(rng, 9), 3, 3, 3),
              "ticket_key": f"{f.letters(rng, 3)}-{f.digits(rng, 4)}",
              "meeting": rng.choice([f.spaced(f.digits(rng, 11), 3, 4, 4), f.spaced(f.digits(rng, 10), 3, 3, 4),
                                     f.spaced(f.digits(rng, 12), 3, 3, 3, 3), f.spaced(f.digits(rng, 9), 3, 3, 3)])}
    for i in ("", "2", "3", "4"):
        values[f"order{i}"] = f.order(rng)
        values[f"day{i}"] = f.day(rng, language)
        values[f"price{i}"] = f.price(rng, language)
        values[f"carrier{i}"], values[f"track{i}"] = f.tracking(rng)
    return values


def items(rng, language):
    return [f"{i + 1:>2}  {f.part_number(rng):<20} {rng.randrange(1, 400):>4} x {f.price(rng, language):>12}"
            for i in range(rng.randrange(1, 7))]


def links(rng):
    return rng.choice([
        lambda: f"https://www.shop.example/orders/{f.digits(rng, 12)}?utm_source=mail&mc_eid={f.hexa(rng, 10)}",
        lambda: f"https://click.mail.example/ls/click?upn={f.letters(rng, 80, f.UPPER + f.UPPER.lower() + '0123456789-_')}",
        lambda: f"https://track.example/{f.digits(rng, 16)}",
        lambda: f"https://docs.example/d/{f.letters(rng, 44, f.UPPER + f.UPPER.lower() + '0123456789-_')}/edit#gid={f.digits(rng, 9)}",
        lambda: f"https://teams.example/l/meetup-join/19%3ameeting_{f.base64_of(rng, 33)}%40thread.v2/0",
        lambda: f"https://zoom.example/j/{f.digits(rng, 11)}",
        lambda: f"https://news.example/unsubscribe/{f.uuid4(rng)}"])()


def body_of(rng, language):
    """Subject and paragraphs."""
    fill = slots(rng, language)
    kind = rng.choice([*TEXTS, "chat", "machine", "machine"])
    lines = [HELLO[language].format(**fill), ""]
    if kind in TEXTS:
        subject, *texts = TEXTS[kind][language]
        for text in texts:
            lines += [text.format(**fill), ""]
        if kind in ("order", "invoice"):
            lines += items(rng, language) + [""]
    else:
        subject = rng.choice(["Re: {order}", "Fwd: {ticket_key}", "{ticket_key} {version}", "Status {day}"])
        for text in rng.sample(CHAT[language], 3):
            lines += [text.format(**slots(rng, language)), ""]
        if kind == "machine":
            lines += rng.choice(machines.ALL)(rng) + [""]
    if rng.random() < 0.5:
        lines += [links(rng), ""]
    lines += [BYE[language], fill["name"], "--", f"Tel. {f.phone(rng, language)} | Fax {f.phone(rng, language)}",
              f"info@{rng.choice(DOMAINS)} | www.{rng.choice(DOMAINS)}"]
    if rng.random() < 0.3:
        lines += [""] + ["> " + line for line in machines.forwarded(rng)]
    return subject.format(**fill), lines


def html_of(rng, lines):
    rows = "".join(f"<p style=\"margin:0 0 12px\">{html.escape(line)}</p>\n" if "\t" not in line else
                   "<tr><td>" + "</td><td>".join(map(html.escape, line.split("\t"))) + "</td></tr>\n"
                   for line in lines if line)
    return (f"<html><head><style>.c{f.hexa(rng, 6)}{{color:#{f.hexa(rng, 6)}}}</style></head><body>\n"
            f"<div id=\"x_{f.digits(rng, 13)}\" data-id=\"{f.hexa(rng, 24)}\"><table>\n{rows}</table>"
            f"<a href=\"{html.escape(links(rng))}\">&#187;</a><img src=\"cid:{f.hexa(rng, 16)}@{f.hexa(rng, 8)}\" "
            f"width=1 height=1 alt=\"\"></div></body></html>\n")


def text_part(rng, text, subtype, language):
    charset = "utf-8"
    try:
        if rng.random() < 0.4:
            text.encode(LEGACY[language])
            charset = LEGACY[language]
    except UnicodeEncodeError:
        pass
    coding = rng.choice([email.charset.QP, email.charset.BASE64, None])
    if charset in ("us-ascii", "iso-2022-jp"):
        return MIMEText(text, subtype, charset)
    how = email.charset.Charset(charset)
    how.body_encoding = coding
    if coding:
        part = MIMENonMultipart("text", subtype)
        part.set_payload(text, how)
        return part
    part = MIMEText("", subtype, "us-ascii")
    part.replace_header("Content-Type", f'text/{subtype}; charset="{charset}"')
    part.replace_header("Content-Transfer-Encoding", "8bit")
    part.set_payload(text.encode(charset).decode("ascii", "surrogateescape"))
    return part


def attachment(rng):
    kind = rng.choice(["csv", "txt", "ics", "log"])
    lines = {"csv": machines.table, "txt": machines.hex_dump, "log": machines.app_log,
             "ics": lambda r: ["BEGIN:VCALENDAR", "VERSION:2.0", f"UID:{f.hexa(r, 112).upper()}",
                               f"DTSTAMP:{f.moment(r):%Y%m%dT%H%M%SZ}", f"SEQUENCE:{f.digits(r, 9)}",
                               f"X-MICROSOFT-CDO-APPT-SEQUENCE:0", "END:VCALENDAR"]}[kind](rng)
    part = MIMEBase("text", {"csv": "csv", "ics": "calendar"}.get(kind, "plain"), charset="utf-8")
    part.set_payload("\r\n".join(lines).encode())
    (email.encoders.encode_base64 if rng.random() < 0.6 else email.encoders.encode_quopri)(part)
    part.add_header("Content-Disposition", "attachment", filename=f"{f.order(rng).replace('/', '_')}.{kind}")
    return part


def message_of(rng, language):
    subject, lines = body_of(rng, language)
    text = "\n".join(lines) + "\n"
    shape = rng.randrange(6)
    if shape == 0:
        body = text_part(rng, html_of(rng, lines), "html", language)
    elif shape in (1, 2):
        body = MIMEMultipart("alternative")
        body.attach(text_part(rng, text, "plain", language))
        body.attach(text_part(rng, html_of(rng, lines), "html", language))
    else:
        body = text_part(rng, text, "plain", language)
    if rng.random() < 0.25:
        whole = MIMEMultipart("mixed")
        whole.attach(body)
        whole.attach(attachment(rng))
        body = whole
    if isinstance(body, MIMEMultipart):
        for part in body.walk():
            if part.is_multipart():
                part.set_boundary(f"=_{f.hexa(rng, 24)}")
    host = rng.choice(machines.HOSTS)
    body["From"] = f"{Header(rng.choice(FIRST[language]), 'utf-8').encode()} <sales@{rng.choice(DOMAINS)}>"
    body["To"] = f"purchasing{rng.randrange(90)}@{rng.choice(DOMAINS)}"
    body["Subject"] = Header(subject, "utf-8")
    body["Date"] = f"{f.moment(rng):%a, %d %b %Y %H:%M:%S} +0000"
    body["Message-ID"] = f.message_id(rng, host)
    if rng.random() < 0.4:
        body["In-Reply-To"] = f.message_id(rng, host)
        body["References"] = " ".join(f.message_id(rng, host) for _ in range(3))
    body["X-Mailer-Batch"] = f.digits(rng, 16)
    body["DKIM-Signature"] = (f"v=1; a=rsa-sha256; d=corp.example; s=s{f.digits(rng, 6)}; t={machines.epoch(rng)};\n"
                              f" bh={f.base64_of(rng, 32)};\n b={f.base64_of(rng, 128)}")
    return body.as_bytes(), language


def generate(folder, count=700, seed=5):
    """Paths of the messages and the language of each."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for i in range(count):
        rng = random.Random(f"{seed} {i}")
        octets, language = message_of(rng, list(FIRST)[i % len(FIRST)])
        path = folder / f"{i:04}-{language}.eml"
        path.write_bytes(octets)
        out.append(path)
    return out


if __name__ == "__main__":
    generate(sys.argv[1], *map(int, sys.argv[2:]))
