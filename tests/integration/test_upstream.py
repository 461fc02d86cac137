#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Towards the next hop: how many connections it ever sees, and mail that goes back to its client."""
import signal
import socket
import sys
import threading
import time

from client import SmtpClient
from harness import Culvert, config_of, free_port, run_tests, wait_for


class Counter:
    """An SMTP server, one thread a connection, that counts connections and mails."""

    def __init__(self, scene, host="127.0.0.1", port=0):
        self.lock = threading.Lock()
        self.open = self.most = self.all = 0
        self.mails = []
        self.peers = []
        self.listener = socket.create_server((host, port), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        scene.later(self.listener.close)

    def _accept(self):
        while True:
            try:
                connection, peer = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.open += 1
                self.all += 1
                self.most = max(self.most, self.open)
                self.peers.append(peer[0])
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            self._talk(connection, connection.makefile("rb"))
        except OSError:
            pass
        with self.lock:
            self.open -= 1
        connection.close()

    def _talk(self, connection, lines):
        connection.sendall(b"220 next.example\r\n")
        sender = b""
        for line in lines:
            verb = line[:4].upper()
            if verb == b"EHLO":
                connection.sendall(b"250-next.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
                continue
            if verb == b"MAIL":
                sender = line.strip()
            if verb == b"DATA":
                connection.sendall(b"354 go\r\n")
                while lines.readline() not in (b".\r\n", b""):
                    pass
                time.sleep(0.002)
                with self.lock:
                    self.mails.append(sender)
            connection.sendall(b"221 bye\r\n" if verb == b"QUIT" else b"250 2.0.0 Ok\r\n")
            if verb == b"QUIT":
                return


def send(port, sender, host="127.0.0.1", source=None):
    """The reply to a whole mail, or to what was refused before."""
    client = SmtpClient(port, host=host) if source is None else SmtpFrom(port, host, source)
    for command in (b"MAIL FROM:<%s>" % sender, b"RCPT TO:<b@two.example>", b"DATA",
                    b"Subject: hello\r\n\r\nhello\r\n."):
        reply = client.command(command)
        if reply[:1] not in b"23":
            break
    client.command(b"QUIT")
    client.socket.close()
    return reply


class SmtpFrom(SmtpClient):
    """A client with an address of its own."""

    def __init__(self, port, host, source):
        self.socket = socket.create_connection((host, port), 60, source_address=(source, 0))
        self.buffer = b""
        self.greeting = self.reply()
        self.ehlo = self.command(b"EHLO client.example")


CLIENTS, MAILS, MOST = 24, 12, 3


def test_never_more_connections_than_allowed(scene):
    """Many clients on all loops share a few connections; a reload in between changes nothing."""
    counter = Counter(scene)
    config = config_of(f"127.0.0.1:{counter.port}",
                       service={"upstream": {"tls": "none", "max_connections": MOST,
                                             "connection_wait_timeout": 240}})
    culvert = Culvert(scene, config)
    replies, problems = [], []

    def run(number):
        try:
            for i in range(MAILS):
                reply = send(culvert.port, b"c%d-%d@one.example" % (number, i))
                replies.append(reply)
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    wait_for("some mails", lambda: len(counter.mails) > 20)
    culvert.signal(signal.SIGHUP)
    for thread in threads:
        thread.join(240)
    assert not problems, problems
    assert not any(thread.is_alive() for thread in threads), "somebody still waits"
    assert len(replies) == CLIENTS * MAILS and all(r.startswith(b"250") for r in replies), replies
    assert len(set(counter.mails)) == CLIENTS * MAILS == len(counter.mails)
    assert counter.most <= MOST, f"{counter.most} connections at a time"
    print(f"{CLIENTS * MAILS} mails over {counter.all} connections, {counter.most} at a time")
    assert culvert.stop() == 0


def test_who_waits_in_vain(scene):
    """A client that holds the only connection; the other one is told to come later, in time."""
    counter = Counter(scene)
    culvert = Culvert(scene, config_of(
        f"127.0.0.1:{counter.port}",
        service={"upstream": {"tls": "none", "max_connections": 1,
                              "connection_wait_timeout": 1}}))
    first = SmtpClient(culvert.port)
    assert first.command(b"MAIL FROM:<a@one.example>").startswith(b"250")
    began = time.monotonic()
    reply = send(culvert.port, b"b@one.example")
    assert reply.startswith(b"451 4.3.2"), reply
    assert time.monotonic() - began > 0.9
    first.socket.close()
    reply = wait_for("the place", lambda: send(culvert.port, b"b@one.example")[:3] == b"250")
    assert culvert.stop() == 0


def test_reflect(scene):
    """Mail goes back to the address that it came from, each client's to its own."""
    one = Counter(scene, "127.0.0.2")
    two = Counter(scene, "127.0.0.3", one.port)
    culvert = Culvert(scene, config_of(f"reflect:{one.port}", service={"upstream": {"tls": "none"}}))
    for source, sender in (("127.0.0.2", b"1@a"), ("127.0.0.3", b"2@a"), ("127.0.0.2", b"3@a")):
        reply = send(culvert.port, sender, source=source)
        assert reply.startswith(b"250"), reply
    assert one.mails == [b"MAIL FROM:<1@a>", b"MAIL FROM:<3@a>"], one.mails
    assert two.mails == [b"MAIL FROM:<2@a>"], two.mails
    assert culvert.stop() == 0


def test_reflect_to_ourselves(scene):
    """A client on this host whose mail would come to the tunnel it came from, on any address."""
    port = free_port()
    config = config_of(f"reflect:{port}", service={"upstream": {"tls": "none"}})
    config["tunnels"][0].update(port=port, listening_interface="0.0.0.0")
    culvert = Culvert(scene, config)
    for source in ("127.0.0.1", "127.0.0.9"):
        reply = send(port, b"a@one.example", source=source)
        assert reply.startswith(b"451 4.4.6"), reply
    assert culvert.stop() == 0


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
