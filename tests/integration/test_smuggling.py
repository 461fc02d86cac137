#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Smuggling, seen from behind a real Postfix that is told to believe in bare line ends.

One connection, one text with an end of data that only some servers see, and a second mail in it:
exactly one message arrives, or none, and never one from the address inside.
"""
import sys

from client import SmtpClient
from harness import (Culvert, LOCALHOST, Postfix, Sink, config_of, have_postfix, run_tests, skip,
                     wait_for)

VARIANTS = {
    "LF.LF": b"\n.\n", "LF.CRLF": b"\n.\r\n", "LF.CR": b"\n.\r", "CR.CR": b"\r.\r",
    "CR.LF": b"\r.\n", "CR.CRLF": b"\r.\r\n", "CRLF.LF": b"\r\n.\n", "CRLF.CR": b"\r\n.\r",
    "CRLF.CRCRLF": b"\r\n.\r\r\n", "CRCRLF.CRCRLF": b"\r\r\n.\r\r\n", "LFLF.LFLF": b"\n\n.\n\n",
    "CRLF NUL.CRLF": b"\r\n\0.\r\n", "CRLF.NUL CRLF": b"\r\n.\0\r\n",
    "CRLF.CR NUL LF": b"\r\n.\r\0\n", "CRCRLF.CRLF": b"\r\r\n.\r\n",
    "CRLF..CRLF": b"\r\n..\r\n", "NEL.NEL": b"\x85.\x85",
}
EVIL = (b"MAIL FROM:<evil@client.example>\r\nRCPT TO:<victim@there.example>\r\nDATA\r\n"
        b"Subject: smuggled\r\n\r\nsecond\r\n.\r\n")


def is_doubtful(text):
    """Some see no end at the end of such a text: nothing behind it is taken."""
    return b"\0" in text or b"\r" in text.replace(b"\r\n", b"")


def attack(port, name, variant, by_chunk):
    """Whether the message was taken."""
    text = b"Subject: " + name.encode() + b"\r\n\r\nfirst" + variant + EVIL
    client = SmtpClient(port)
    assert client.command(b"MAIL FROM:<ann@client.example>").startswith(b"250")
    assert client.command(b"RCPT TO:<bob@there.example>").startswith(b"250")
    if by_chunk:
        reply = client.command(b"BDAT %d LAST\r\n" % len(text) + text[:-2])
    else:
        assert client.command(b"DATA").startswith(b"354")
        reply = client.command(text[:-2])
    assert reply[:3] in (b"250", b"550"), (name, reply)
    if not by_chunk and is_doubtful(text):
        assert client.reply().startswith(b"421 4.7.0 "), name
        assert client.at_end(), name
    else:
        assert client.command(b"NOOP").startswith(b"250"), name  # one answer, and no more
        client.quit()
    return reply.startswith(b"250")


def play(scene, policy):
    sink = Sink(scene)
    postfix = Postfix(scene, "far", main={
        "relayhost": f"[{LOCALHOST}]:{sink.port}", "smtpd_forbid_bare_newline": "no",
        "strict_smtputf8": "no", "disable_mime_input_processing": "yes"})
    taken = []
    for chunking in (True, False):
        culvert = Culvert(scene, config_of(
            f"{LOCALHOST}:{postfix.port}", tunnel={"bare_newline": policy},
            service={"upstream": {"chunking": chunking}}), name=f"culvert-{chunking}")
        for name, variant in VARIANTS.items():
            for by_chunk in (False, True):
                subject = f"{name}, {chunking}, {by_chunk}"
                if attack(culvert.port, subject, variant, by_chunk):
                    taken.append(subject.encode())
        culvert.stop()
    wait_for("all to arrive", lambda: len(sink.messages) >= len(taken) and postfix.queue_is_empty())
    arrived = []
    for message in sink.messages:
        assert message["sender"].startswith(b"<ann@client.example>"), message["sender"]
        arrived.append(message["content"].split(b"Subject: ")[1].split(b"\r\n")[0])
    assert sorted(arrived) == sorted(taken), (sorted(arrived), sorted(taken))
    return len(taken)


def test_reject(scene):
    """Four ways each: by DATA and BDAT, in and out. What is left has no line end of its own."""
    assert play(scene, "reject") == 4 * 2


def test_normalize(scene):
    """What is mended arrives, but for texts with NUL: on_uncertain refuses them."""
    assert play(scene, "normalize") == 4 * sum(b"\0" not in v for v in VARIANTS.values())


if __name__ == "__main__":
    if not have_postfix():
        skip("needs root and Postfix")
    run_tests(sys.modules[__name__])
