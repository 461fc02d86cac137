#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Culvert between real peers: swaks, smtp-source, smtp-sink, and Postfix on either side."""
import email
import pathlib
import re
import shutil
import subprocess
import sys

from harness import (Culvert, Postfix, SSN_RULES, Sink, config_of, free_port, have_postfix,
                     run_tests, skip, wait_for, without_fields)

CORPUS = pathlib.Path(__file__).resolve().parent.parent / "corpus"
SENSITIVE = (b"From: a@one.example\r\nTo: b@two.example\r\nSubject: SSN 123-45-6789\r\n"
             b"Message-ID: <1@one.example>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n"
             b"The number is 123-45-6789.\r\n.\r\n..dots\r\n")


def swaks(port, message, *options):
    return subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{port}", "--from", "a@one.example",
         "--to", "b@two.example", "--data", "-", "--ehlo", "client.example", *options],
        input=message.replace(b"\r\n", b"\n"), capture_output=True, timeout=60)


def test_swaks_to_sink(scene):
    """A client that speaks step by step; what the rule hides is hidden, the rest is the same."""
    sink = Sink(scene)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", SSN_RULES))
    done = swaks(culvert.port, SENSITIVE)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert b"250 2.0.0 Ok: kept" in done.stdout, "the upstream's reply is not passed on"
    [message] = wait_for("the message", lambda: sink.messages)
    content = without_fields(message["content"], "X-Culvert-Inspected")
    assert content.rstrip() == SENSITIVE.replace(b"123-45-", b"***-**-").rstrip(), content
    assert b"X-Culvert-Inspected: true" in message["header"]
    assert culvert.stop() == 0


def test_swaks_pipelined(scene):
    """Commands in groups, one recipient of three refused, an attachment that is masked inside."""
    sink = Sink(scene)
    sink.on_recipient = lambda a: "550 5.1.1 no such user" if a.startswith("refused") else None
    rules = SSN_RULES + [{"extract": "Attachment", "rules": [
        {"extract": "Text", "pattern": r"\b\d{3}-\d{2}-\d{4}\b",
         "rules": [{"transform": "Redact"}]}]}]
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", rules))
    attachment = scene.dir / "numbers.txt"
    attachment.write_text("first 123-45-6789\nsecond 987-65-4321\n")
    done = subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{culvert.port}", "--pipeline", "--from", "a@one.example",
         "--to", "b@two.example,refused@two.example,c@two.example", "--h-Subject", "123-45-6789",
         "--body", "hello\n.\n..dots\n", "--attach-type", "text/plain", "--attach",
         f"@{attachment}"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " -> DATA\n<-  250 2.1.0" in done.stdout, "not in one group\n" + done.stdout
    assert "<** 550 5.1.1 no such user" in done.stdout, done.stdout
    [message] = wait_for("the message", lambda: sink.messages)
    assert message["recipients"] == ["b@two.example", "c@two.example"]
    parsed = email.message_from_bytes(message["content"])
    text, numbers = parsed.get_payload()
    assert parsed["Subject"] == "***-**-6789"
    assert text.get_payload(decode=True).replace(b"\r", b"") == b"hello\n.\n..dots\n", text
    assert numbers.get_payload(decode=True).replace(b"\r", b"") == \
        b"first [REDACTED]\nsecond [REDACTED]\n", numbers
    assert culvert.stop() == 0


def test_swaks_behind_a_balancer(scene):
    """swaks says in front, as a balancer does, who the client is; without that it is sent away."""
    sink = Sink(scene)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", tunnel={
        "proxy_protocol": True, "proxy_protocol_clients": ["127.0.0.0/8"]}))
    for version, address in (("1", "198.51.100.7"), ("2", "198.51.100.8")):
        done = swaks(culvert.port, SENSITIVE, "--proxy-version", version, "--proxy-family",
                     "TCP4" if version == "1" else "AF_INET", "--proxy-source", address,
                     "--proxy-source-port", "4711", "--proxy-dest", "192.0.2.10",
                     "--proxy-dest-port", "25",
                     *(["--proxy-protocol", "STREAM"] if version == "2" else []))
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
        assert f"client={address} " in culvert.log(), culvert.log()
    assert swaks(culvert.port, SENSITIVE).returncode != 0
    assert len(sink.messages) == 2
    assert culvert.stop() == 0


def test_smtp_source_to_smtp_sink(scene):
    """Postfix's own pair of load tools: many sessions, many messages, all of them accepted."""
    sink_port = free_port()
    sink = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{sink_port}", "100"],
                            cwd=scene.dir)
    scene.later(lambda: (sink.terminate(), sink.wait()))
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink_port}", SSN_RULES))
    for options in (["-d"], [], ["-l", "30000"], ["-r", "20"]):
        done = subprocess.run(["smtp-source", "-c", "-s", "10", "-m", "300", "-f", "a@one.example",
                               "-t", "b@two.example", *options, f"127.0.0.1:{culvert.port}"],
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    assert culvert.stop() == 0


def smtp_source(port, path, *options):
    done = subprocess.run(["smtp-source", "-F", str(path), "-f", "a@one.example",
                           "-t", "b@two.example", *options, f"127.0.0.1:{port}"],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def test_postfix_as_upstream(scene):
    """smtp-source -> Culvert -> Postfix (smtpd, queue) -> sink: nothing lost, no byte changed."""
    if not have_postfix():
        skip("no Postfix")
    sink = Sink(scene)
    postfix = Postfix(scene, "upstream", {"relayhost": f"[127.0.0.1]:{sink.port}"})
    culvert = Culvert(scene, config_of(f"127.0.0.1:{postfix.port}", SSN_RULES))
    body = scene.dir / "message.eml"
    original = SENSITIVE.replace(b"123-45-6789", b"(no number)").replace(b"\r\n", b"\n")
    body.write_bytes(original)
    smtp_source(sink.port, body)  # as it is without anybody between
    expected = sink.messages.pop()["content"]
    assert expected.startswith(original.replace(b"\n", b"\r\n"))
    smtp_source(culvert.port, body, "-s", "10", "-m", "500", "-N")
    wait_for("500 messages", lambda: len(sink.messages) >= 500, 120)
    recipients = {r for m in sink.messages for r in m["recipients"]}
    assert len(sink.messages) == 500 and len(recipients) == 500
    for message in sink.messages:
        content = without_fields(message["content"], "X-Culvert-Inspected", "Received",
                                 "Return-Path", "Delivered-To")
        assert content == expected, (content, expected)
    assert culvert.stop() == 0


def test_postfix_as_sender_through_a_transport(scene):
    """sendmail/smtpd -> Postfix (relayhost = Culvert) -> Culvert -> sink: the outbound chain."""
    if not have_postfix():
        skip("no Postfix")
    sink = Sink(scene)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", SSN_RULES))
    postfix = Postfix(scene, "sender", {"relayhost": f"[127.0.0.1]:{culvert.port}"})
    done = swaks(postfix.port, SENSITIVE)
    assert done.returncode == 0, done.stdout.decode()
    [message] = wait_for("the message", lambda: sink.messages)
    assert b"123-45" not in message["content"] and b"***-**-6789" in message["content"]
    assert b"\r\n.\r\n..dots\r\n" in message["content"]
    wait_for("an empty queue", postfix.queue_is_empty)
    assert culvert.stop() == 0


def test_postfix_before_queue_filter(scene):
    """smtpd_proxy_filter: client -> Postfix smtpd -> Culvert -> Postfix smtpd -> queue -> sink."""
    if not have_postfix():
        skip("no Postfix")
    sink = Sink(scene)
    reinject = free_port()
    rules = SSN_RULES + [{"extract": "Subject", "pattern": "forbidden",
                          "rules": [{"error": {"code": 550, "enhanced": "5.7.1",
                                               "message": "not for outside"}}]}]
    culvert = Culvert(scene, config_of(f"127.0.0.1:{reinject}", rules))
    postfix = Postfix(
        scene, "filter", {"relayhost": f"[127.0.0.1]:{sink.port}"},
        smtpd_options=f"\n -o smtpd_proxy_filter=127.0.0.1:{culvert.port}"
                      " -o smtpd_proxy_options=speed_adjust",
        master_extra=f"127.0.0.1:{reinject} inet n - n - - smtpd\n"
                     " -o smtpd_authorized_xforward_hosts=127.0.0.0/8 -o smtpd_client_restrictions=\n"
                     " -o smtpd_proxy_filter= -o smtpd_recipient_restrictions=permit_mynetworks,reject\n")
    done = swaks(postfix.port, SENSITIVE)
    assert done.returncode == 0, done.stdout.decode()
    [message] = wait_for("the message", lambda: sink.messages)
    assert b"123-45" not in message["content"] and b"***-**-6789" in message["content"]
    done = swaks(postfix.port, SENSITIVE.replace(b"SSN", b"forbidden"))
    assert done.returncode != 0 and b"550 5.7.1 not for outside" in done.stdout, \
        done.stdout.decode()
    assert len(sink.messages) == 1
    assert culvert.stop() == 0


def test_corpus_through_the_wire(scene):
    """Promise 1 live: every message of the corpus that no rule changes arrives as it was sent."""
    sink = Sink(scene)
    culvert = Culvert(scene, config_of(
        f"127.0.0.1:{sink.port}", [],
        service={"inspection": {"on_uncertain": "pass", "on_uninspectable": "pass"}}))
    sent = 0
    from client import SmtpClient
    client = SmtpClient(culvert.port)
    for path in sorted(CORPUS.glob("**/*.eml")):
        message = path.read_bytes()
        if re.search(rb"(?<!\r)\n|\r(?!\n)", message) or len(message) > 1 << 22:
            continue  # bare CR and LF are refused: the dialogs test that
        if not message.endswith(b"\r\n"):
            message += b"\r\n"  # the wire cannot say it otherwise (RFC 5321 4.1.1.4)
        reply = client.send("a@one.example", ["b@two.example"], message)
        assert reply.startswith(b"250"), (path.name, reply)
        if b"\0" in message:  # nothing is taken behind a text whose end is doubtful
            assert client.reply().startswith(b"421 4.7.0"), path.name
            client = SmtpClient(culvert.port)
        sent += 1
        received = sink.messages[-1]["content"]
        assert received.count(b"X-Culvert-Inspected: true\r\n") >= 1, path.name
        rest = received.replace(b"X-Culvert-Inspected: true\r\n", b"", 1)
        dropped = without_fields(message, "X-Culvert-Inspected")
        ended = message + b"\r\n"  # a message without an empty line gets one behind our field
        assert rest in (message, dropped) or (b"\r\n\r\n" not in message and rest == ended), \
            path.name
    assert sent >= 130, f"only {sent} messages of the corpus were sent"
    assert len(sink.messages) == sent
    assert culvert.stop() == 0


if __name__ == "__main__":
    if not shutil.which("swaks"):
        skip("no swaks")
    run_tests(sys.modules[__name__])
