#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What others leave undone holds nobody up: a log that is not read, mail whose client is gone."""
import ctypes
import http.client
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from client import SmtpClient
from harness import (CULVERT, Culvert, Sink, config_of, free_port, port_is_open, run_tests, skip,
                     wait_for)

PLAIN = b"From: a@one.example\r\nSubject: hello\r\n\r\nbody\r\n"


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def metric(port, name):
    found = re.search("^" + re.escape(name) + r" (\S+)$", ask(port, "/metrics")[1], re.MULTILINE)
    return float(found.group(1)) if found else 0


def admin_port(culvert):
    return int(wait_for("the admin listener", lambda: re.search(
        r"culvert ready admin address=127\.0\.0\.1:(\d+)", culvert.log())).group(1))


def play_unread(scene, writer, reader):
    """Mail goes on, a reload and the end work; who reads again hears what he has missed."""
    sink = Sink(scene, keep_content=False)
    config = config_of(f"127.0.0.1:{sink.port}", admin={"port": free_port()},
                       log={"level": "debug"})
    port = config["tunnels"][0]["port"] = free_port()
    admin = config["admin"]["port"]
    path = scene.dir / "unread.json"
    path.write_text(json.dumps(config))
    process = subprocess.Popen([CULVERT, "run", "--config", str(path)], stdout=writer, stderr=writer)
    scene.later(process.kill)
    os.close(writer)
    wait_for("the start", lambda: port_is_open(port) and port_is_open(admin))
    dropped = "culvert_log_lines_dropped_total"
    sent = 0
    while metric(admin, dropped) == 0:
        client = SmtpClient(port)
        assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
        client.quit()
        sent += 1
        assert sent < 5000
    process.send_signal(signal.SIGHUP)
    wait_for("the reload", lambda: metric(admin, 'culvert_reloads_total{result="taken"}') == 1)
    text = os.read(reader, 1 << 22)
    client = SmtpClient(port)
    while b"log.lost lines=" not in text:
        assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
        sent += 1
        text += os.read(reader, 1 << 22)
    assert len(sink.messages) == sent
    client.quit()
    wait_for("the end", lambda: (process.poll() is not None,  # nobody reads again
                                 process.send_signal(signal.SIGTERM))[0])
    assert process.wait() == 0


def test_a_pipe_that_nobody_reads(scene):
    reader, writer = os.pipe()
    play_unread(scene, writer, reader)
    os.close(reader)


def test_a_socket_that_nobody_reads(scene):
    """So does a service manager take the log."""
    ours, theirs = socket.socketpair()
    play_unread(scene, theirs.detach(), ours.fileno())
    ours.close()


def test_closed_standard_streams(scene):
    """What is opened next does not take their places."""
    sink = Sink(scene)
    config = config_of(f"127.0.0.1:{sink.port}", log={"level": "debug"})
    port = config["tunnels"][0]["port"] = free_port()
    path = scene.dir / "closed.json"
    path.write_text(json.dumps(config))
    for streams in ((2,), (0, 1, 2)):
        process = subprocess.Popen([CULVERT, "run", "--config", str(path)],
                                   stdout=subprocess.DEVNULL, close_fds=False,
                                   preexec_fn=lambda: [os.close(fd) for fd in streams])
        scene.later(process.kill)
        wait_for("the start", lambda: port_is_open(port))
        for fd in streams:
            assert os.readlink(f"/proc/{process.pid}/fd/{fd}") == "/dev/null", fd
        client = SmtpClient(port)
        assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
        client.quit()
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 0, streams


PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17


def ptrace(request, tid):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    return libc.ptrace(request, tid, None, None)


def test_a_thread_that_hangs_is_no_health(scene):
    """Also the one that reads the signals."""
    culvert = Culvert(scene, config_of("127.0.0.1:25", admin={"port": 0}))
    admin = admin_port(culvert)
    main = culvert.process.pid
    assert ask(admin, "/healthz") == (200, "ok\n")
    if ptrace(PTRACE_SEIZE, main) != 0:
        skip("the system does not let threads be stopped")
    began = time.monotonic()
    assert ptrace(PTRACE_INTERRUPT, main) == 0
    os.waitpid(main, 0x40000000)  # __WALL
    wait_for("the bad health", lambda: ask(admin, "/healthz") == (503, "a thread hangs\n"))
    assert time.monotonic() - began > 12, "called hanging too soon"
    assert ptrace(PTRACE_DETACH, main) == 0
    wait_for("the good health", lambda: ask(admin, "/healthz")[0] == 200)
    assert culvert.stop() == 0


SLOW = b"Subject: slow\r\n\r\n" + (b"abc defg 12 x y z 0 4 " * 40 + b"\r\n") * 4000


def begin_text(port):
    client = SmtpClient(port, timeout=90)
    for command in (b"MAIL FROM:<a@one.example>", b"RCPT TO:<b@two.example>", b"DATA"):
        assert client.command(command)[:3] in (b"250", b"354")
    return client


def begin(port, content):
    client = begin_text(port)
    client.socket.sendall(content + b".\r\n")
    return client


def reset(client):
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.close()


def slow_config(sink):
    """Each of the slow mails takes all of its budget: the pattern is tried everywhere, since what
    stands in a look-ahead is nothing that a search could begin with."""
    rules = [{"extract": "Body", "pattern": f"(?:[a-z0-9 ]+,)*{i}(?=Q)", "rules": [{"transform": "Redact"}]}
             for i in range(60)]
    return config_of(f"127.0.0.1:{sink.port}", rules, admin={"port": 0},
                     service={"inspection": {"on_uninspectable": "tempfail",
                                             "time_budget_ms": 120000}})


def test_mail_whose_client_left_takes_no_worker(scene):
    """Neither what waits nor what runs: honest mail behind it is served at once."""
    sink = Sink(scene, keep_content=False)
    culvert = Culvert(scene, slow_config(sink))
    admin = admin_port(culvert)
    left = [begin(culvert.port, SLOW) for _ in range(2 * os.cpu_count() + 6)]
    wait_for("a queue", lambda: metric(admin, "culvert_workers_waiting") > 4)
    time.sleep(0.5)
    for client in left:
        reset(client)
    began = time.monotonic()
    honest = begin(culvert.port, PLAIN + (b"ABC." * 15 + b"\r\n") * 2000)
    assert honest.reply().startswith(b"250")
    assert time.monotonic() - began < 60, time.monotonic() - began  # half of one budget
    wait_for("an empty queue", lambda: metric(admin, "culvert_workers_waiting") == 0)
    wait_for("the memory", lambda: metric(admin, "culvert_message_memory_bytes") == 0)
    wait_for("the lines", lambda: culvert.log().count("message.abandoned") == len(left))
    assert len(sink.messages) == 1
    honest.quit()
    # A drain waits for nobody who has left.
    left = [begin(culvert.port, SLOW) for _ in range(os.cpu_count() + 4)]
    wait_for("a queue", lambda: metric(admin, "culvert_workers_waiting") > 2)
    began = time.monotonic()
    culvert.signal(signal.SIGTERM)
    time.sleep(0.5)
    for client in left:
        reset(client)
    assert culvert.stop() == 0
    assert time.monotonic() - began < 25, "the drain was cut off, after 30 s"


def test_the_end_of_a_long_drain(scene):
    """Half a minute behind the signal everybody hears why it ends, also who sends on."""
    sink = Sink(scene, keep_content=False)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}",
                                       tunnel={"idle_connection_timeout": 300}))
    texts = [begin_text(culvert.port) for _ in range(2)]
    envelope = SmtpClient(culvert.port)
    assert envelope.command(b"MAIL FROM:<a@one.example>").startswith(b"250")
    began = time.monotonic()
    culvert.signal(signal.SIGTERM)
    over = threading.Event()

    def drip():
        while not over.wait(0.3):
            try:
                texts[1].socket.sendall(b"line line line line line\r\n" * 40)
            except OSError:
                return
    thread = threading.Thread(target=drip)
    thread.start()
    try:
        for client in (*texts, envelope):
            reply = client.reply()
            assert reply.startswith(b"421 4.3.2 "), reply
    finally:
        over.set()
        thread.join()
    assert time.monotonic() - began > 25, time.monotonic() - began
    assert culvert.stop() == 0


ASK = "import os, sys\nwhile True: os.kill(int(sys.argv[1]), 15)"


def test_asking_again_while_it_ends(scene):
    """A second SIGTERM, at whatever moment, makes no failure of an end that is none; nor do a million
    of them keep the engine busy with being asked."""
    sink = Sink(scene, keep_content=False)
    for _ in range(40):
        culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", admin={"port": 0}))
        askers = [subprocess.Popen([sys.executable, "-c", ASK, str(culvert.process.pid)],
                                   stderr=subprocess.DEVNULL) for _ in range(2)]
        assert culvert.process.wait(90) == 0, culvert.process.returncode
        for asker in askers:
            asker.wait(90)
        assert culvert.stop() == 0


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
