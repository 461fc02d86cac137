#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Culvert before and behind Postfix, Exim and OpenSMTPD, in clear and under TLS: every kind of mail
arrives as it was sent, every refusal reaches its sender, nothing is lost and nothing comes twice."""
import email
import os
import random
import re
import subprocess
import sys
import time

from certificates import make_ca, make_cert
from client import SmtpClient
from harness import (Culvert, LOCALHOST, SSN_RULES, Scene, Sink, config_of, have_postfix, run_tests,
                     skip, wait_for, without_fields)
from mtas import BANNED, Exim, OpenSmtpd, PostfixMta, REFUSED, UNWANTED

RULES = SSN_RULES + [{"extract": "Subject", "pattern": "forbidden", "rules": [
    {"error": {"code": 550, "enhanced": "5.7.1", "message": "not for outside"}}]}]
GONE = "gone@two.example"  # whom the sink refuses
ADDED = ("Received", "X-Culvert-Inspected", "Return-Path", "Delivered-To")


class Parcel:
    """One mail; its Message-ID says which. `content` is what must arrive, but for trace fields."""

    def __init__(self, name, body, subject="hello", sender="a@one.example",
                 recipients=("b@two.example",), fields="", needs=(), sent_body=None):
        self.name, self.sender, self.recipients, self.needs = name, sender, recipients, set(needs)
        header = (f"From: <{sender}>\r\nTo: <{recipients[0]}>\r\nSubject: {subject}\r\n{fields}"
                  f"Message-ID: <{name}@one.example>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
                  "MIME-Version: 1.0\r\n\r\n").encode()
        self.content = header + body
        self.sent = header + (sent_body or body)

    def options(self, ehlo):
        return (b" BODY=8BITMIME" if b"8BITMIME" in ehlo and "8BITMIME" in self.needs else b"") + \
            (b" SMTPUTF8" if "SMTPUTF8" in self.needs else b"")


def parcels():
    plain = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
    big = random.Random(1).randbytes(3_800_000).hex().upper()[:5_000_000]
    lines = "\r\n".join(big[i:i + 76] for i in range(0, len(big), 76)) + "\r\n"
    return [
        Parcel("plain", b"one line\r\n"),
        Parcel("dots", b".\r\n..\r\n.dot\r\n...\r\n\r\n.\r\n"),
        Parcel("masked", b"The number is ***-**-6789.\r\n",
               sent_body=b"The number is 123-45-6789.\r\n"),
        Parcel("eight-bit", "Grüße, 你好, ***-**-6789\r\n".encode(), needs=["8BITMIME"],
               fields=f"{plain}8bit\r\n", sent_body="Grüße, 你好, 123-45-6789\r\n".encode()),
        Parcel("blanks", b"  \t\r\n\r\n\r\ntrailing blanks \t \r\n\r\n\r\n"),
        Parcel("folded", b"x\r\n", fields="X-Odd:\r\n\t folded  \r\n  twice\r\nX-EMPTY:\r\nx-CaSe:y\r\n"),
        Parcel("lines-998", b"".join(b"%d" % (i % 10) * 998 + b"\r\n" for i in range(30))),
        Parcel("many", b"to many\r\n", recipients=[f"r{i}@two.example" for i in range(60)]),
        Parcel("null", b"a bounce\r\n", sender=""),
        Parcel("big", lines.encode()),
        Parcel("utf8", "Grüße\r\n".encode(), subject="Grüße 你好", sender="ä@one.example",
               recipients=["用户@two.example"], needs=["8BITMIME", "SMTPUTF8"],
               fields=f"{plain}8bit\r\n"),
    ]


def submit(client, parcel):
    """The replies to each command and to the final dot; commands one by one unless PIPELINING is
    offered, since there are servers that end the session otherwise."""
    commands = [b"MAIL FROM:<" + parcel.sender.encode() + b">" + parcel.options(client.ehlo)]
    commands += [b"RCPT TO:<" + r.encode() + b">" for r in parcel.recipients]
    commands += [b"DATA"]
    if b"PIPELINING" in client.ehlo:
        client.socket.sendall(b"".join(c + b"\r\n" for c in commands))
        replies = [client.reply() for _ in commands]
    else:
        replies = []
        for command in commands:
            if command != b"DATA" or any(r.startswith(b"25") for r in replies[1:]):
                replies.append(client.command(command))
    if replies[-1].startswith(b"354"):
        text = parcel.sent.replace(b"\r\n.", b"\r\n..")
        client.socket.sendall(text + b".\r\n")
        replies.append(client.reply())
    return replies


class Chain:
    """One of the two orders. The sink refuses GONE and "no thanks", and asks once to wait with
    later@... and with "later"."""

    def __init__(self, scene, Mta, order, tls):
        self.scene, self.deferred = scene, []
        ca = make_ca(scene.dir, "ca") if tls else None
        mx = make_cert(scene.dir, "mx", ca, "mx.example", ["mx.example", LOCALHOST]) if tls else None
        own = make_cert(scene.dir, "mta", ca, "mta.example", [LOCALHOST]) if tls else None
        self.sink = Sink(scene)
        self.sink.on_recipient = self.answer_recipient
        self.sink.on_message = self.answer_text
        tunnel = {"tls_mode": "starttls_required", "certificate": str(mx.certificate),
                  "certificate_key": str(mx.key)} if tls and order == "sender" else {}
        upstream = {"tls": "require_verify", "ca_certs": str(ca.certificate)} \
            if tls and order == "upstream" else {"tls": "none"}
        if order == "upstream":
            self.mta = Mta(scene, self.sink.port, server=own)
            behind = self.mta.port
        else:
            behind = self.sink.port
        config = config_of(f"127.0.0.1:{behind}", RULES, service={"upstream": upstream})
        config["tunnels"][0] |= tunnel
        self.culvert = Culvert(scene, config)
        if order == "sender":
            self.mta = Mta(scene, self.culvert.port, trusted=ca)
        self.port = self.mta.port if order == "sender" else self.culvert.port

    def answer_recipient(self, address):
        if address == GONE:
            return "550 5.1.1 no such user here"
        if address.startswith("later") and address not in self.deferred:
            self.deferred.append(address)
            return "451 4.2.1 not now"
        return None

    def answer_text(self, message, content):
        if b"\r\nSubject: no thanks" in content and not message["sender"].startswith(b"<>"):
            return "554 5.7.0 not wanted here"
        if b"\r\nSubject: later" in content and "text" not in self.deferred:
            self.deferred.append("text")
            return "452 4.3.1 no room now"
        return None

    def arrived(self, name):
        wanted = f"Message-ID: <{name}@one.example>".encode()
        return [m for m in self.sink.messages if re.search(rb"(?mi)^" + wanted, m["header"])
                and m["sender"].split(b">")[0] != b"<" or
                (name == "null" and wanted in m["header"])]

    def recipients(self, name):
        return sorted(r for m in self.arrived(name) for r in m["recipients"])

    def wait_for(self, parcel, without=()):
        """All copies are there, each recipient once, and they are what was sent."""
        wanted = sorted(set(parcel.recipients) - set(without))
        wait_for(f"{parcel.name} at {wanted[:3]}",
                 lambda: len(self.recipients(parcel.name)) >= len(wanted))
        assert self.recipients(parcel.name) == wanted, (parcel.name, self.recipients(parcel.name))
        for message in self.arrived(parcel.name):
            content = without_fields(message["content"], *ADDED)
            assert content == parcel.content, (parcel.name, content[:1500], parcel.content[:1500])

    def wait_for_bounce(self, address, *words):
        """A bounce to the sender names the recipient and the reason."""
        def found():
            return [m for m in self.sink.messages if m["sender"].startswith(b"<>")
                    and m["recipients"] == ["a@one.example"] and address.encode() in m["content"]
                    and all(w.encode() in m["content"] for w in words)]
        wait_for(f"a bounce of {address} with {words}", found)
        assert len(found()) == 1, found()

    def end(self):
        wait_for("an empty queue", self.mta.queue_is_empty)
        ids = [re.search(rb"(?mi)^Message-ID: *(.*?)\r?$", m["header"] + b"\r\n")[1]
               + b" ".join(r.encode() for r in m["recipients"]) for m in self.sink.messages]
        assert len(ids) == len(set(ids)), "something came twice"
        assert self.culvert.stop() == 0


def assert_all_accepted(port, batch, extensions):
    client = SmtpClient(port)
    sent = []
    for parcel in batch:
        if "SMTPUTF8" in parcel.needs and "SMTPUTF8" not in extensions:
            assert b"SMTPUTF8" not in client.ehlo, "offered, though the upstream lacks it"
            continue
        replies = submit(client, parcel)
        assert replies[-1].startswith(b"250") and len(replies) == len(parcel.recipients) + 3, \
            (parcel.name, replies)
        sent.append(parcel)
    client.quit()
    return sent


def play_sender(scene, Mta, tls):
    chain = Chain(scene, Mta, "sender", tls)
    sent = assert_all_accepted(chain.port, parcels(), Mta.has)
    assert len(sent) == len(parcels()) - (0 if "SMTPUTF8" in Mta.has else 1)
    for parcel in sent:
        chain.wait_for(parcel)

    refused = Parcel("refused", b"x\r\n", recipients=["b@two.example", GONE, "c@two.example"])
    forbidden = Parcel("forbidden", b"x\r\n", subject="forbidden")
    later = Parcel("later", b"x\r\n", recipients=["d@two.example", "later@two.example"])
    unwanted = Parcel("unwanted", b"x\r\n", subject="no thanks", recipients=["e@two.example"])
    waits = Parcel("waits", b"x\r\n", subject="later", recipients=["f@two.example"])
    assert_all_accepted(chain.port, [refused, forbidden, later, unwanted, waits], Mta.has)
    chain.wait_for(refused, without=[GONE])
    chain.wait_for_bounce(GONE, "550", "5.1.1", "no such user here")
    chain.wait_for_bounce("b@two.example", "5.7.1", "not for outside")
    chain.wait_for_bounce("e@two.example", "554", "5.7.0", "not wanted here")
    assert not chain.arrived("forbidden") and not chain.arrived("unwanted")
    wait_for("the first tries", lambda: len(chain.deferred) == 2)
    wait_for("the second tries", lambda: (chain.mta.try_again(), len(chain.recipients("later")) == 2
                                          and chain.recipients("waits"))[1])
    chain.wait_for(later)
    chain.wait_for(waits)
    assert not tls or chain.mta.sent_under_tls(), chain.mta.log()[-3000:]
    check_verbs(chain, Mta)
    chain.end()


def check_verbs(chain, Mta):
    """What an extension is offered for is used: Exim's log says so."""
    if Mta is not Exim:
        return
    ehlo = SmtpClient(chain.culvert.port).ehlo
    sent = [line for line in chain.mta.log().splitlines() if " => " in line]
    assert sent and all(re.search(r"\] L? ?|\] X=\S+ .*L", line) for line in sent)
    assert all((" K " in line) == (b"CHUNKING" in ehlo) for line in sent), (ehlo, sent[:3])


def play_upstream(scene, Mta, tls):
    chain = Chain(scene, Mta, "upstream", tls)
    ehlo = SmtpClient(chain.port).ehlo
    for extension in ("SMTPUTF8", "8BITMIME"):
        assert (extension.encode() in ehlo) == (extension in Mta.has), ehlo
    sent = assert_all_accepted(chain.port, parcels(), Mta.has)
    for parcel in sent:
        chain.wait_for(parcel)

    client = SmtpClient(chain.port)
    refused = Parcel("refused", b"x\r\n", recipients=["b@two.example", REFUSED, "c@two.example"])
    replies = submit(client, refused)
    assert [r[:3] for r in replies] == [b"250", b"250", b"550", b"250", b"354", b"250"], replies
    chain.wait_for(refused, without=[REFUSED])
    refusals = [(Parcel("nobody", b"x\r\n", recipients=[REFUSED]), b"550"),
                (Parcel("banned", b"x\r\n", sender=BANNED), b"550"),
                (Parcel("forbidden", b"x\r\n", subject="forbidden"), b"550 5.7.1 not for outside")]
    if Mta.reads_content:
        refusals.append((Parcel("unwanted", b"x\r\n", subject=UNWANTED), b"550"))
    for parcel, answer in refusals:
        replies = submit(client, parcel)
        assert any(r.startswith(answer) for r in replies), (parcel.name, replies)
        assert not replies[-1].startswith(b"2"), (parcel.name, replies)
        assert client.command(b"RSET").startswith(b"250")
    last = Parcel("last", b"after all that\r\n")
    assert submit(client, last)[-1].startswith(b"250")
    chain.wait_for(last)
    for parcel, _ in refusals:
        assert not chain.arrived(parcel.name), parcel.name
    chain.end()
    check_chunks(chain, Mta)


def check_chunks(chain, Mta):
    """An upstream that takes BDAT gets BDAT and nothing else; one that does not gets DATA, and so does
    Exim, which answers recipients and messages without the codes that tell them apart."""
    log = chain.mta.log()
    if Mta is Exim:
        taken = [line for line in log.splitlines() if " <= " in line and "H=" in line]
        assert taken and not any(" K " in line for line in taken), taken[:3]
    elif Mta is PostfixMta:
        wait_for("Postfix's count", lambda: re.search(r"disconnect from .* mail=", chain.mta.log()))
        counts = re.findall(r"disconnect from .* mail=.*", chain.mta.log())
        assert all(" bdat=" in c and " data=" not in c for c in counts), counts


def play_crowd(scene, Mta, order, messages=250, sessions=10):
    """Sessions at once, each message to another recipient. Towards an upstream there come more on a
    kept connection than it takes on one. None is lost, none comes twice."""
    chain = Chain(scene, Mta, order, tls=False)
    options = ["-d"] if order == "upstream" else []
    done = subprocess.run(["smtp-source", "-N", "-s", str(sessions), "-m", str(messages), "-l", "4000",
                           "-f", "a@one.example", "-t", "b@two.example", *options,
                           f"127.0.0.1:{chain.port}"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    wait_for(f"{messages} messages", lambda: len(chain.sink.messages) >= messages, 90)
    wait_for("an empty queue", chain.mta.queue_is_empty)
    arrived = [r for m in chain.sink.messages for r in m["recipients"]]
    assert len(arrived) == messages == len(set(arrived)), len(arrived)
    assert chain.culvert.stop() == 0
    return chain


def play_notify(scene, Mta, full=True):
    """DSN (RFC 3461): what the client asks for is known to the server behind, which tells the sender
    that it gave the mail to one who cannot tell more. Not `full`: OpenSMTPD adds a recipient's wishes
    to those before and tells nothing of ORCPT and ENVID."""
    chain = Chain(scene, Mta, "upstream", tls=False)
    client = SmtpClient(chain.port)
    assert b"\r\n250-DSN\r\n" in client.ehlo + b"\r\n", client.ehlo
    for command in (b"MAIL FROM:<a@one.example> RET=HDRS ENVID=id+2Bplus",
                    b"RCPT TO:<b@two.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;first@two.example",
                    b"RCPT TO:<c@two.example>" + (b" NOTIFY=NEVER" if full else b"")):
        reply = client.command(command)
        assert reply.startswith(b"250"), (command, reply)
    parcel = Parcel("notify", b"x\r\n", recipients=["b@two.example", "c@two.example"])
    assert client.command(b"DATA").startswith(b"354")
    client.socket.sendall(parcel.sent + b".\r\n")
    assert client.reply().startswith(b"250")
    chain.wait_for(parcel)
    chain.wait_for_bounce("b@two.example", "elayed", *(["first@two.example"] if full else []))
    [report] = [m["content"] for m in chain.sink.messages if m["sender"].startswith(b"<>")]
    assert not full or b"id+plus" in report or b"id+2Bplus" in report, report
    assert not full or b"c@two.example" not in report.split(b"message/rfc822-headers")[0], report
    chain.end()


def test_postfix_notifies(scene):
    postfix(scene, lambda scene, Mta, tls: play_notify(scene, Mta), False)


def test_exim_notifies(scene):
    play_notify(scene, Exim)


def test_opensmtpd_notifies(scene):
    play_notify(scene, OpenSmtpd, full=False)


def test_postfix_is_slow_with_nobody_else(scene):
    """Recipients that one client gets refused are not paid for by the next: Postfix answers everything
    on a connection with 10 errors late, here by 20 s."""
    if not have_postfix():
        skip("another mail server is installed in place of Postfix")
    chain = Chain(scene, PostfixMta, "upstream", tls=False)
    for _ in range(4):
        client = SmtpClient(chain.port)
        for _ in range(15):
            assert client.command(b"MAIL FROM:<a@one.example>").startswith(b"250")
            assert client.command(b"RCPT TO:<" + REFUSED.encode() + b">").startswith(b"550")
            assert client.command(b"RSET").startswith(b"250")
            time.sleep(0.05)  # until the upstream has heard RSET and the connection is kept
        client.quit()
    begin = time.monotonic()
    assert submit(SmtpClient(chain.port), Parcel("plain", b"x\r\n"))[-1].startswith(b"250")
    assert time.monotonic() - begin < 15, "slow for somebody else's errors"
    assert "too many errors" not in chain.mta.log()
    chain.end()


def test_postfix_as_sender_to_one_who_can_less(scene):
    """No 8BITMIME and no SMTPUTF8 behind Culvert: a text of 8 bits arrives in 7, whoever turns it, and
    is masked. What cannot be turned is not let in: Postfix hears that, and bounces it."""
    if not have_postfix():
        skip("another mail server is installed in place of Postfix")
    sink = Sink(scene, extensions=("PIPELINING", "ENHANCEDSTATUSCODES"))
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", RULES))
    mta = PostfixMta(scene, culvert.port)
    eight = next(p for p in parcels() if p.name == "eight-bit")
    utf8 = Parcel("utf8", b"x\r\n", subject="Gr\u00fc\u00dfe", needs=["SMTPUTF8"])
    assert_all_accepted(mta.port, [eight, utf8], PostfixMta.has)
    wait_for("an empty queue", lambda: sink.messages and mta.queue_is_empty())
    [mail] = sink.messages
    assert max(mail["content"]) < 128, mail["content"]
    text = email.message_from_bytes(mail["content"]).get_payload(decode=True)
    assert text == "Gr\u00fc\u00dfe, \u4f60\u597d, ***-**-6789\r\n".encode(), text
    assert re.search(r"dsn=5\.6\.7, status=bounced \(SMTPUTF8 is required", mta.log())
    assert culvert.stop() == 0


def postfix(scene, play, tls):
    if not have_postfix():
        skip("another mail server is installed in place of Postfix")
    play(scene, PostfixMta, tls)


def test_postfix_as_sender_of_a_crowd(scene):
    play_crowd(scene, PostfixMta, "sender")


def test_postfix_as_sender(scene):
    postfix(scene, play_sender, tls=False)


def test_postfix_as_sender_under_tls(scene):
    postfix(scene, play_sender, tls=True)


def test_postfix_as_upstream_of_a_crowd(scene):
    play_crowd(scene, PostfixMta, "upstream")


def test_postfix_as_upstream(scene):
    postfix(scene, play_upstream, tls=False)


def test_postfix_as_upstream_under_tls(scene):
    postfix(scene, play_upstream, tls=True)


def test_exim_as_sender_of_a_crowd(scene):
    play_crowd(scene, Exim, "sender", 100)


def test_exim_as_sender(scene):
    play_sender(scene, Exim, tls=False)


def test_exim_as_sender_under_tls(scene):
    play_sender(scene, Exim, tls=True)


def test_exim_as_upstream_of_a_crowd(scene):
    chain = play_crowd(scene, Exim, "upstream", 100, 2)
    assert chain.culvert.log().count("upstream.ready") >= 5  # it takes 20 on each


def test_exim_as_upstream(scene):
    play_upstream(scene, Exim, tls=False)


def test_exim_as_upstream_under_tls(scene):
    play_upstream(scene, Exim, tls=True)


def test_exim_wants_a_login(scene):
    """AUTH PLAIN and LOGIN as Exim reads them; with a wrong password the client is told to wait."""
    ca = make_ca(scene.dir, "ca")
    own = make_cert(scene.dir, "mta", ca, "mta.example", [LOCALHOST])
    name, password = "gateway@one.example", "pass:word\u00a0\u00e9 x"
    sink = Sink(scene)
    for count, mechanisms in enumerate(("PLAIN LOGIN", "LOGIN"), 1):
        place = type("Folder", (), {"dir": scene.dir / mechanisms.replace(" ", "-"),
                                    "later": scene.later})()
        place.dir.mkdir()
        exim = Exim(place, sink.port, server=own, login=(name, password), mechanisms=mechanisms)
        for given, expected in ((password, b"250"), ("wrong", b"451 4.7.0")):
            path = place.dir / "password"
            path.write_text(given + "\n")
            path.chmod(0o600)
            culvert = Culvert(scene, config_of(f"127.0.0.1:{exim.port}", service={"upstream": {
                "tls": "require_verify", "ca_certs": str(ca.certificate), "username": name,
                "password_file": str(path)}}), name=f"culvert-{count}-{expected[:3].decode()}")
            replies = submit(SmtpClient(culvert.port), Parcel(f"p{count}", b"x\r\n"))
            assert any(r.startswith(expected) for r in replies), (mechanisms, replies)
            assert given not in culvert.log()
            assert culvert.stop() == 0
        wait_for("the mail", lambda: len(sink.messages) == count)
        assert f" A={mechanisms.split()[0].lower()}:{name} " in exim.log(), exim.log()
        exim.stop()


def test_opensmtpd_as_sender_of_a_crowd(scene):
    play_crowd(scene, OpenSmtpd, "sender", 50)


def test_opensmtpd_as_sender(scene):
    play_sender(scene, OpenSmtpd, tls=False)


def test_opensmtpd_as_sender_under_tls(scene):
    play_sender(scene, OpenSmtpd, tls=True)


def test_opensmtpd_as_upstream_of_a_crowd(scene):
    chain = play_crowd(scene, OpenSmtpd, "upstream", 110, 1)
    assert "Too many messages sent" in chain.mta.log()  # 100, then 452


def test_opensmtpd_as_upstream(scene):
    play_upstream(scene, OpenSmtpd, tls=False)


def test_opensmtpd_as_upstream_under_tls(scene):
    """Where its TLS works; where not, mail goes in clear if it may, and waits if it must not."""
    ca = make_ca(scene.dir, "try")
    own = make_cert(scene.dir, "mta-try", ca, "mta.example", [LOCALHOST])
    sink = Sink(scene)
    mta = OpenSmtpd(scene, sink.port, server=own)
    can = mta.can_serve_tls()
    parcel = Parcel("plain", b"x\r\n")
    for tls, expected in (("opportunistic", b"250"), ("require", b"250" if can else b"451 4.7.5")):
        culvert = Culvert(scene, config_of(f"127.0.0.1:{mta.port}",
                                           service={"upstream": {"tls": tls}}), name=tls)
        replies = submit(SmtpClient(culvert.port), parcel)
        assert any(r.startswith(expected) for r in replies), (tls, can, replies)
        assert ("upstream.tls_failed" in culvert.log()) == (not can), culvert.log()
        assert culvert.stop() == 0
    wait_for("the mail", lambda: len(sink.messages) == (2 if can else 1))
    mta.stop()
    if can:
        with Scene("opensmtpd-under-tls") as other:
            play_upstream(other, OpenSmtpd, tls=True)
    else:
        print("OpenSMTPD's TLS works with nobody here; held against ours: going in clear, waiting")


if __name__ == "__main__":
    if os.geteuid() != 0:
        skip("mail servers change their user: needs root")
    run_tests(sys.modules[__name__])
