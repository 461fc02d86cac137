#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""CHUNKING and BINARYMIME (RFC 3030) end to end: a thousand messages, octet for octet, cut into chunks
in all ways, to upstreams with and without BDAT, and to Postfix."""
import random
import sys

from client import SmtpClient
from harness import (Culvert, Postfix, Sink, config_of, have_postfix, run_tests, sha256, skip,
                     wait_for)

MANY = 1000
INSPECTED = b"X-Culvert-Inspected: true\r\n"
BASE = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 0")
PIECES = [b"\r\n", b"\r\n.\r\n", b".", b"..", b"\r\n.", b"QUIT\r\n", b"BDAT 5 LAST\r\n", b"word ",
          b"\xc3\xa4\xf6", b"MAIL FROM:<evil@one.example>\r\n", b"=3D", b"x" * 998 + b"\r\n"]


def text(number, dice):
    """A message of lines, not always with an end of the last."""
    head = b"From: a@one.example\r\nMessage-ID: <%d@one.example>\r\n\r\n" % number
    body = b"".join(dice.choice(PIECES) for _ in range(dice.choice([0, 3, 30, 300])))
    return head + body


def octets(number, dice):
    head = (b"Message-ID: <%d@one.example>\r\nMIME-Version: 1.0\r\nContent-Type: image/png\r\n"
            b"Content-Transfer-Encoding: binary\r\n\r\n\x89PNG" % number)
    return head + dice.randbytes(dice.choice([0, 10, 1000, 100000]))


def chunks_of(message, dice):
    """What follows RCPT: one BDAT or many, the last one perhaps without octets."""
    wire, count = b"", 0
    if dice.random() < 0.3:
        return b"BDAT %d LAST\r\n" % len(message) + message, 1
    rest = message
    while rest:
        size = min(len(rest), dice.choice([1, 2, 10, 100, 5000]) if count < 40 else len(rest))
        last = size == len(rest) and dice.random() < 0.5
        wire += b"BDAT %d%s\r\n" % (size, b" LAST" if last else b"") + rest[:size]
        rest, count = rest[size:], count + 1
        if last:
            return wire, count
    return wire + b"BDAT 0 LAST\r\n", count + 1


def send(client, message, dice, body=b"8BITMIME"):
    """All in one write, or command by command."""
    head = (b"MAIL FROM:<a@one.example> BODY=%s\r\nRCPT TO:<b@two.example>\r\n" % body)
    wire, count = chunks_of(message, dice)
    client.socket.sendall(head + wire)
    replies = [client.reply() for _ in range(2 + count)]
    assert all(r.startswith(b"250") for r in replies), replies


def number_of(content):
    return int(content.split(b"Message-ID: <")[1].split(b"@")[0])


def check(scene, sink_offers, make, body, final_line=lambda m: m, command="BDAT", **upstream):
    sink = Sink(scene, extensions=sink_offers)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", service={"upstream": upstream}))
    dice = random.Random(3030)
    sent = [make(i, dice) for i in range(MANY)]
    for start in range(0, MANY, 50):
        client = SmtpClient(culvert.port)
        for message in sent[start:start + 50]:
            send(client, message, dice, body)
        assert client.command(b"QUIT").startswith(b"221")
    assert len(sink.messages) == MANY
    for message in sink.messages:
        content = message["content"]
        assert message["command"] == command
        assert content.startswith(INSPECTED)
        content = content[len(INSPECTED):]
        expected = final_line(sent[number_of(content)])
        assert sha256(content) == sha256(expected), (content[-80:], expected[-80:])
    assert len({number_of(m["content"]) for m in sink.messages}) == MANY
    assert culvert.stop() == 0


def with_end(message):
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def test_bdat_to_bdat(scene):
    """Not an octet is changed, a missing end of the last line included."""
    check(scene, BASE + ("CHUNKING",), text, b"8BITMIME")


def test_bdat_to_data(scene):
    """DATA cannot but end the last line."""
    check(scene, BASE, text, b"8BITMIME", with_end, "DATA")


def test_bdat_to_data_by_choice(scene):
    check(scene, BASE + ("CHUNKING",), text, b"8BITMIME", with_end, "DATA", chunking=False)


def test_binarymime(scene):
    check(scene, BASE + ("CHUNKING", "BINARYMIME"), octets, b"BINARYMIME")


def test_large(scene):
    """One chunk of 40 MB, and many that are larger than what is read at once."""
    sink = Sink(scene, extensions=BASE + ("CHUNKING", "BINARYMIME"))
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}"))
    dice = random.Random(1)
    message = octets(1, random.Random(2)) + dice.randbytes(40_000_000)
    client = SmtpClient(culvert.port)
    for size in (len(message), 3_000_001):
        client.socket.sendall(b"MAIL FROM:<a@one.example> BODY=BINARYMIME\r\nRCPT TO:<b@two.example>\r\n")
        parts = [message[i:i + size] for i in range(0, len(message), size)]
        for i, part in enumerate(parts):
            last = b" LAST" if i + 1 == len(parts) else b""
            client.socket.sendall(b"BDAT %d%s\r\n" % (len(part), last) + part)
        replies = [client.reply() for _ in range(2 + len(parts))]
        assert all(r.startswith(b"250") for r in replies), replies
    assert [sha256(m["content"]) for m in sink.messages] == [sha256(INSPECTED + message)] * 2
    assert culvert.stop() == 0


def test_postfix(scene):
    """Postfix's BDAT and its DATA make the same message of it."""
    if not have_postfix():
        skip("no Postfix")
    sink = Sink(scene)
    postfix = Postfix(scene, "upstream", {"relayhost": f"[127.0.0.1]:{sink.port}",
                                          "smtp_line_length_limit": "0"})  # else it breaks them
    dice = random.Random(5)
    sent = [with_end(text(i, dice)) for i in range(200)]
    for chunking, word in ((True, " bdat=200 "), (False, " data=200 ")):
        culvert = Culvert(scene, config_of(f"127.0.0.1:{postfix.port}",
                                           service={"upstream": {"chunking": chunking}}),
                          name=f"culvert-{chunking}")
        client = SmtpClient(culvert.port)
        for message in sent:
            send(client, message, dice)
        wait_for("the messages", lambda: len(sink.messages) >= len(sent), 60)
        for message in sink.messages:
            content = message["content"]
            inspected = content.index(INSPECTED)
            expected = sent[number_of(content)]
            # Postfix completes the header between what it added and what came.
            body = content.split(b"\r\n\r\n", 1)[1]
            assert sha256(body) == sha256(expected.split(b"\r\n\r\n", 1)[1]), content
            assert inspected >= 0
        assert len({number_of(m["content"]) for m in sink.messages}) == len(sent)
        sink.messages.clear()
        assert client.command(b"QUIT").startswith(b"221")
        assert culvert.stop() == 0
        wait_for(word, lambda: word in postfix.log_path.read_text(errors="replace"))


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
