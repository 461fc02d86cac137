#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The running engine: start, reload, drain, limits and faults of its surroundings."""
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import harness
from client import SmtpClient, SmtpError
from harness import (CULVERT, Culvert, SSN_RULES, Sink, config_of, free_port, port_is_open, run_tests,
                     skip, wait_for)

PLAIN = b"From: a@one.example\r\nSubject: SSN 123-45-6789\r\n\r\nbody\r\n"


def subject_of(message):
    return [l for l in message["header"].split(b"\r\n") if l.startswith(b"Subject:")][0]


def mask_with(character):
    return [{"extract": "Subject", "pattern": r"\d{3}-\d{2}-\d{4}",
             "rules": [{"transform": "Mask", "mask_character": character}]}]


def test_promise_7_a_bad_configuration_never_replaces_a_good_one(scene):
    sink = Sink(scene)
    upstream = f"127.0.0.1:{sink.port}"
    culvert = Culvert(scene, config_of(upstream, mask_with("#")))
    client = SmtpClient(culvert.port)
    assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    assert subject_of(sink.messages[-1]) == b"Subject: SSN ###########"

    for bad in ("{ not json", '{"tunnels": 5}', "{}"):
        culvert.config_path.write_text(bad)
        before = culvert.log().count("reload.refused")
        culvert.signal(signal.SIGHUP)
        wait_for("the refusal", lambda: culvert.log().count("reload.refused") > before)
        assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
        assert subject_of(sink.messages[-1]) == b"Subject: SSN ###########", bad
    assert str(culvert.config_path) in culvert.log(), "the log does not say where the error is"

    culvert.write(config_of(upstream, mask_with("+")))
    culvert.signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload.done" in culvert.log())
    assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    assert subject_of(sink.messages[-1]) == b"Subject: SSN +++++++++++"
    assert culvert.stop() == 0


def test_a_message_finishes_under_the_policy_it_began_with(scene):
    sink = Sink(scene)
    upstream = f"127.0.0.1:{sink.port}"
    culvert = Culvert(scene, config_of(upstream, mask_with("#")))
    client = SmtpClient(culvert.port)
    assert client.command(b"MAIL FROM:<a@one.example>").startswith(b"250")
    assert client.command(b"RCPT TO:<b@two.example>").startswith(b"250")
    assert client.command(b"DATA").startswith(b"354")
    client.socket.sendall(PLAIN[:20])
    culvert.write(config_of(upstream, mask_with("+")))
    culvert.signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload.done" in culvert.log())
    client.socket.sendall(PLAIN[20:] + b".\r\n")
    assert client.reply().startswith(b"250")
    assert subject_of(sink.messages[-1]) == b"Subject: SSN ###########"
    assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    assert subject_of(sink.messages[-1]) == b"Subject: SSN +++++++++++"
    assert culvert.stop() == 0


def test_lists_in_files_are_watched(scene):
    """A list that a condition names is read again when it changes, and a bad one never."""
    sink = Sink(scene)
    listed, domains = scene.dir / "listed.txt", scene.dir / "domains.txt"
    listed.write_bytes(b"\xef\xbb\xbf# nobody of ours\r\n*@other.example\r\n")
    domains.write_text("one.example\n")
    rules = [{"when": {"recipients": {"any": [{"file": "listed.txt"}]}}, "dispose": "reject"},
             {"when": {"recipients": "internal"}, "dispose": "discard"}]
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", rules,
                                       own_domains={"file": "domains.txt"}))
    client = SmtpClient(culvert.port)
    assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    assert client.send("a@one.example", ["b@other.example"], PLAIN).startswith(b"550")
    assert client.send("a@one.example", ["b@one.example"], PLAIN).startswith(b"250")
    assert [m["recipients"] for m in sink.messages] == [["b@two.example"]]
    listed.write_text("*@two.example\n")
    wait_for("the reload", lambda: "reload.done" in culvert.log())
    assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"550")
    assert client.send("a@one.example", ["b@other.example"], PLAIN).startswith(b"250")
    listed.write_text("*@two.example\nb@other.example b@one.example\n")
    wait_for("the refusal", lambda: "reload.refused" in culvert.log())
    assert "listed.txt:2: expected one address" in culvert.log()
    assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"550")
    client.quit()
    assert culvert.stop() == 0


def test_reload_under_load_loses_nothing(scene):
    """Each message sees exactly one policy; no connection fails; unchanged sockets stay."""
    sink = Sink(scene)
    upstream = f"127.0.0.1:{sink.port}"
    culvert = Culvert(scene, config_of(upstream, mask_with("#")))
    stopping, failures, sent = threading.Event(), [], [0] * 4

    def load(number):
        try:
            while not stopping.is_set():
                client = SmtpClient(culvert.port)
                for _ in range(5):
                    assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
                    sent[number] += 1
                client.quit()
        except Exception as problem:
            failures.append(problem)

    threads = [threading.Thread(target=load, args=(i,)) for i in range(len(sent))]
    for thread in threads:
        thread.start()
    for i in range(40):
        culvert.write(config_of(upstream, mask_with("#+"[i % 2])))
        culvert.signal(signal.SIGHUP)
        wait_for("the reload", lambda: culvert.log().count("reload.done") > i)
    wait_for("some mail", lambda: sum(sent) > 100 or failures)
    stopping.set()
    for thread in threads:
        thread.join(90)
    assert not failures, failures[0]
    assert len(sink.messages) == sum(sent) > 100
    masks = {subject_of(m) for m in sink.messages}
    assert masks == {b"Subject: SSN ###########", b"Subject: SSN +++++++++++"}, masks
    assert culvert.stop() == 0


def test_reload_adds_and_removes_tunnels(scene):
    sink = Sink(scene)
    first, second = free_port(), free_port()
    config = config_of(f"127.0.0.1:{sink.port}")
    config["tunnels"][0]["port"] = first
    culvert = Culvert(scene, config)
    kept = SmtpClient(first)
    config["tunnels"].append({"name": "u", "protocol": "SMTP", "listening_interface": "127.0.0.1",
                              "port": second})
    config["services"][0]["tunnels"].append("u")
    culvert.write(config)
    culvert.signal(signal.SIGHUP)
    wait_for("the second tunnel", lambda: port_is_open(second))
    assert SmtpClient(second).send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    del config["tunnels"][1]
    config["services"][0]["tunnels"] = ["t"]
    culvert.write(config)
    culvert.signal(signal.SIGHUP)
    wait_for("the end of the second tunnel", lambda: not port_is_open(second))
    assert kept.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")

    # An address that is taken: everything stays as it was.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config["tunnels"].append({"name": "v", "protocol": "SMTP",
                                  "listening_interface": "127.0.0.1",
                                  "port": taken.getsockname()[1]})
        config["services"][0]["tunnels"].append("v")
        culvert.write(config)
        culvert.signal(signal.SIGHUP)
        wait_for("the refusal", lambda: "reload.refused" in culvert.log())
    assert kept.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    assert culvert.stop() == 0


def test_reload_moves_a_port_between_addresses(scene):
    """127.0.0.1:P and 0.0.0.0:P exclude each other, but not where both are ours."""
    sink = Sink(scene)
    port = free_port()
    config = config_of(f"127.0.0.1:{sink.port}")
    config["tunnels"][0]["port"] = port
    culvert = Culvert(scene, config)
    for count, address in enumerate(("0.0.0.0", "127.0.0.1"), 1):
        before = SmtpClient(port)
        config["tunnels"][0]["listening_interface"] = address
        culvert.write(config)
        culvert.signal(signal.SIGHUP)
        wait_for("the reload", lambda: culvert.log().count("reload.done") == count)
        assert f"address={address}:{port}" in culvert.log()
        assert before.reply().startswith(b"421")
        assert SmtpClient(port).send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    assert culvert.stop() == 0

    # Another's socket on the way is still in the way.
    with socket.socket() as taken:
        taken.bind(("127.0.0.2", 0))
        taken.listen()
        config["tunnels"][0]["port"] = taken.getsockname()[1]
        culvert.write(config)
        culvert.start()
        config["tunnels"][0]["listening_interface"] = "0.0.0.0"
        culvert.write(config)
        culvert.signal(signal.SIGHUP)
        wait_for("the refusal", lambda: "reload.refused" in culvert.log())
    assert SmtpClient(culvert.port).send("a@one.example", ["b@two.example"],
                                         PLAIN).startswith(b"250")
    assert culvert.stop() == 0


def test_descriptors_are_kept_for_what_carries_mail(scene):
    """Clients get 421, and those who are in 451 to MAIL, before a mail finds no descriptor; the log
    stays short."""
    sink = Sink(scene)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}"),
                      limits=[(resource.RLIMIT_NOFILE, (120, 120))])
    clients = []
    for _ in range(120):
        try:
            clients.append(SmtpClient(culvert.port))
        except ConnectionError:
            pass  # greeted with 421
    with socket.create_connection(("127.0.0.1", culvert.port), 30) as late:
        assert late.recv(100).startswith(b"421 4.3.2 ")
    # 79, but for the connections on which the loops learnt what the next hop can do.
    assert 77 <= len(clients) <= 79, len(clients)
    # 11 are left, two for a mail. All who may begin one can finish it.
    begun = []
    for client in clients:
        reply = client.command(b"MAIL FROM:<a@one.example>")
        assert reply.startswith((b"250 ", b"451 4.3.2 ")), reply
        if reply.startswith(b"250"):
            begun.append(client)
    assert 5 <= len(begun) <= 6, len(begun)
    for client in begun:
        assert client.command(b"RSET").startswith(b"250")
    for client in clients:
        assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    assert culvert.log().count("accept.refused") <= 2, culvert.log()
    assert "Too many open files" not in culvert.log()
    assert culvert.log().count("descriptors.few max_connections=10000 possible=79 "
                               "needed_descriptors=11493") == 1, culvert.log()
    config = json.loads(culvert.config_path.read_text())
    for most, warnings in ((80, 2), (79, 2)):
        config["tunnels"][0]["advanced_settings"]["max_connections"] = most
        culvert.write(config)
        before = culvert.log().count("reload.done")
        culvert.signal(signal.SIGHUP)
        wait_for("the reload", lambda: culvert.log().count("reload.done") > before)
        assert culvert.log().count("descriptors.few") == warnings, culvert.log()
    assert culvert.stop() == 0


def test_sigterm_lets_a_transaction_finish(scene):
    sink = Sink(scene)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}"))
    busy, idle = SmtpClient(culvert.port), SmtpClient(culvert.port)
    for command in (b"MAIL FROM:<a@one.example>", b"RCPT TO:<b@two.example>", b"DATA"):
        assert busy.command(command)[:1] in b"23"
    culvert.signal(signal.SIGTERM)
    assert idle.reply().startswith(b"421"), "an idle session is told"
    wait_for("a closed listener", lambda: not port_is_open(culvert.port))
    busy.socket.sendall(PLAIN + b".\r\n")
    assert busy.reply().startswith(b"250")
    assert culvert.process.wait(25) == 0  # sooner than a drain is cut off
    assert len(sink.messages) == 1


def test_upstream_down_is_451_and_recovers(scene):
    port = free_port()
    culvert = Culvert(scene, config_of(f"127.0.0.1:{port}"))
    client = SmtpClient(culvert.port)
    assert client.greeting.startswith(b"220")
    try:
        client.send("a@one.example", ["b@two.example"], PLAIN)
        raise AssertionError("accepted without an upstream")
    except SmtpError as error:
        assert error.reply.startswith(b"451 4.4."), error.reply
    sink = Sink(scene)
    config = config_of(f"127.0.0.1:{sink.port}")
    culvert.write(config)
    culvert.signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload.done" in culvert.log())
    assert SmtpClient(culvert.port).send("a@one.example", ["b@two.example"], PLAIN) \
        .startswith(b"250")
    assert culvert.stop() == 0


def test_failover_takes_the_next_address(scene):
    sink = Sink(scene)
    config = config_of([f"127.0.0.1:{free_port()}", f"127.0.0.1:{sink.port}"])
    culvert = Culvert(scene, config)
    assert SmtpClient(culvert.port).send("a@one.example", ["b@two.example"], PLAIN) \
        .startswith(b"250")
    assert culvert.stop() == 0


def test_limits_answer_politely(scene):
    sink = Sink(scene)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", tunnel={
        "max_connections": 3, "max_message_size": 100000, "max_recipients": 2}))
    clients = [SmtpClient(culvert.port) for _ in range(3)]
    with socket.create_connection(("127.0.0.1", culvert.port), 60) as fourth:
        assert fourth.recv(200).startswith(b"421 4.3.2"), "refused in words, not by TCP"
    assert b"SIZE 100000" in clients[0].ehlo
    assert clients[0].command(b"MAIL FROM:<a@one.example> SIZE=100001").startswith(b"552 5.3.4")
    big = b"Subject: big\r\n\r\n" + b"0123456789\r\n" * 10000
    assert clients[0].send("a@one.example", ["b@two.example"], big).startswith(b"552 5.3.4")
    assert clients[1].command(b"MAIL FROM:<a@one.example>").startswith(b"250")
    for expected in (b"250", b"250", b"452 4.5.3"):
        assert clients[1].command(b"RCPT TO:<b@two.example>").startswith(expected)
    assert clients[0].send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    clients[1].quit()  # an open envelope would be waited for
    assert culvert.stop() == 0


def test_each_reason_to_refuse_is_logged(scene):
    sink = Sink(scene)
    config = config_of(f"127.0.0.1:{sink.port}", tunnel={
        "max_connections": 2, "max_connections_per_client": 1, "allowed_clients": ["127.0.0.0/29"]})
    culvert = Culvert(scene, config)
    kept = []
    for host, greeting in (("1", b"220"), ("1", b"421 4.7.0"), ("2", b"220"), ("3", b"421 4.3.2"),
                           ("4", b"421 4.3.2"), ("9", b"554 5.7.1")):
        kept.append(socket.create_connection(("127.0.0.1", culvert.port), 60,
                                             source_address=(f"127.0.0.{host}", 0)))
        assert kept[-1].recv(200).startswith(greeting), host
    for client in kept:
        client.close()
    assert culvert.stop() == 0
    lines = [l for l in culvert.log().splitlines() if "session.refused" in l]
    for why in ('"not allowed"', '"too many connections"', '"too many connections of one client"'):
        assert any(l.count("tunnel=t client=127.0.0.") and l.endswith(f'why={why} detail=""')
                   for l in lines), (why, lines)


def test_a_full_disk_is_452(scene):
    """A message that must go to a file where there is no room: refused for now, nothing broken."""
    if os.geteuid() != 0:
        skip("not root: cannot mount a small file system")
    small = scene.dir / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small)]).returncode:
        skip("mounting is not allowed here")
    scene.later(lambda: subprocess.run(["umount", str(small)], check=True))
    sink = Sink(scene, keep_content=False)
    os.environ["TMPDIR"] = str(small)
    try:
        culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}",
                                           tunnel={"max_message_size": 200 << 20}))
    finally:
        del os.environ["TMPDIR"]
    client = SmtpClient(culvert.port)
    big = b"Subject: big\r\n\r\n" + (b"x" * 74 + b"\r\n") * (60 << 20 >> 6)
    reply = client.send("a@one.example", ["b@two.example"], big)
    assert reply.startswith(b"452 4.3.1"), reply
    assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    assert len(sink.messages) == 1
    assert culvert.stop() == 0


def test_a_disk_that_fills_up_and_has_room_again(scene):
    """One message under way has the disk: another is 452; when it is gone there is room again."""
    if os.geteuid() != 0:
        skip("not root: cannot mount a small file system")
    small = scene.dir / "small"
    small.mkdir()
    sink = Sink(scene, keep_content=False)
    # A mount name space of its own: the small disk goes with the engine.
    wrapper = scene.dir / "in-small"
    wrapper.write_text("#!/bin/sh\nexec unshare -m sh -c 'mount -t tmpfs -o size=2m tmpfs \"$0\" && "
                       f"exec \"$@\"' '{small}' '{os.path.abspath(harness.CULVERT)}' \"$@\"\n")
    wrapper.chmod(0o755)
    if subprocess.run(["unshare", "-m", "true"]).returncode:
        skip("a name space of its own is not allowed here")
    engine, harness.CULVERT = harness.CULVERT, str(wrapper)
    try:
        culvert = Culvert(scene, config_of(
            f"127.0.0.1:{sink.port}", admin={"port": 0},
            tunnel={"message_memory": 65536, "spool_directory": str(small)}))
    finally:
        harness.CULVERT = engine
    first, second = SmtpClient(culvert.port), SmtpClient(culvert.port)
    lines = b"Subject: big\r\n\r\n" + (b"x" * 62 + b"\r\n") * (1200 << 10 >> 6)
    for command in (b"MAIL FROM:<a@one.example>", b"RCPT TO:<b@two.example>", b"DATA"):
        assert first.command(command)[:3] in (b"250", b"354")
    first.socket.sendall(lines)
    wait_for("the file", lambda: metric(culvert, "culvert_spool_bytes") > 1 << 20)
    for _ in range(3):
        reply = second.send("a@one.example", ["b@two.example"], lines)
        assert reply.startswith(b"452 4.3.1"), reply
    assert second.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    assert first.command(b".").startswith(b"250")
    wait_for("room", lambda: metric(culvert, "culvert_spool_bytes") == 0)
    assert second.send("a@one.example", ["b@two.example"], lines).startswith(b"250")
    assert metric(culvert, 'culvert_limits_total{tunnel="t",reason="spool"}') == 3
    assert len(sink.messages) == 3
    assert culvert.stop() == 0


def metric(culvert, name):
    port = re.search(r"culvert ready admin address=127\.0\.0\.1:(\d+)", culvert.log()).group(1)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as page:
        text = page.read().decode()
    return float(re.search("^" + re.escape(name) + r" (\S+)$", text, re.MULTILINE).group(1))


def test_slow_and_silent_clients_are_ended(scene):
    sink = Sink(scene)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}",
                                       tunnel={"idle_connection_timeout": 3}))
    silent, dripping = SmtpClient(culvert.port), SmtpClient(culvert.port)
    begin = time.monotonic()
    try:
        while time.monotonic() - begin < 60:
            dripping.socket.sendall(b"N")  # a byte now and then does not extend the deadline
            time.sleep(0.2)
        raise AssertionError("a dripping client stays")
    except (BrokenPipeError, ConnectionResetError):
        pass
    assert silent.reply().startswith(b"421 4.4.2")
    assert culvert.stop() == 0


def test_maildir_upstream(scene):
    culvert = Culvert(scene, config_of(f"maildir:{scene.dir}/mail", SSN_RULES))
    client = SmtpClient(culvert.port)
    for _ in range(3):
        assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    files = list((scene.dir / "mail" / "new").iterdir())
    assert len(files) == 3 and not list((scene.dir / "mail" / "tmp").iterdir())
    assert all(b"***-**-6789" in f.read_bytes() for f in files)
    assert culvert.stop() == 0


def test_start_fails_in_words(scene):
    def start(config):
        path = scene.dir / "bad.json"
        path.write_text(config)
        return subprocess.run([CULVERT, "run", "--config", str(path)], capture_output=True,
                              text=True, timeout=90)

    for folder, why in (("no-such", "No such file"), ("bad.json", "Not a directory")):
        config = config_of("127.0.0.1:25", tunnel={"spool_directory": folder})
        done = start(json.dumps(config, indent=1))
        assert done.returncode == 1, done.stderr
        assert "bad.json:10:" in done.stderr and why in done.stderr, done.stderr
        assert "/tunnels/0/advanced_settings/spool_directory: " in done.stderr, done.stderr
    os.environ["TMPDIR"] = str(scene.dir / "no-such")
    try:
        done = start(json.dumps(config_of("127.0.0.1:25")))
    finally:
        del os.environ["TMPDIR"]
    assert done.returncode == 1 and "$TMPDIR" in done.stderr, done.stderr
    done = start('{ "tunnels": [ { "nam": "x" } ] }')
    assert done.returncode == 1 and "did you mean \"name\"" in done.stderr, done.stderr
    done = subprocess.run([CULVERT, "run"], capture_output=True, text=True, timeout=90)
    assert done.returncode == 2 and "usage" in done.stderr
    done = subprocess.run([CULVERT, "bogus"], capture_output=True, text=True, timeout=90)
    assert done.returncode == 2 and "no command" in done.stderr


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
