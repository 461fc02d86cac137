# SPDX-License-Identifier: Apache-2.0
"""Reloads of certificates under a load of handshakes: the test, for ten of them and for hundreds."""
import signal
import ssl
import threading
import time

from certificates import make_ca, make_cert, put_in_place
from client import SmtpClient
from harness import Culvert, LOCALHOST, Sink, config_of, wait_for

MESSAGE = b"From: a@one.example\r\nSubject: under load\r\n\r\nbody\r\n"


class Pair:
    """Two certificates of the same name, which take turns in the place that the tunnel reads."""

    def __init__(self, folder, ca):
        self.certificate, self.key = folder / "live.pem", folder / "live.key"
        self.made = [make_cert(folder, name, ca, name, ["mx.example", LOCALHOST], key=key,
                               eku="server")
                     for name, key in (("even", "ec"), ("odd", "rsa:2048"))]
        self.put(0)

    def put(self, number):
        """The certificate first, then the key: in between they do not fit."""
        put_in_place(self.made[number % 2].certificate, self.certificate)
        put_in_place(self.made[number % 2].key, self.key)


def name_of(client):
    return dict(pair[0] for pair in client.certificate()["subject"])["commonName"]


def context_for(ca, version):
    context = ssl.create_default_context(cafile=str(ca.certificate))
    context.minimum_version = context.maximum_version = version
    return context


def config_with(pair, sink):
    config = config_of(f"127.0.0.1:{sink.port}")
    config["tunnels"] = [
        {"name": name, "listening_interface": LOCALHOST, "port": 0, "tls_mode": mode,
         "certificate": str(pair.certificate), "certificate_key": str(pair.key)}
        for name, mode in (("implicit", "implicit"), ("starttls", "starttls_required"))]
    config["services"][0]["tunnels"] = ["implicit", "starttls"]
    return config


class Load(threading.Thread):
    """Connects and sends again and again; any failure is one too many. Every other connection tries
    to resume its session."""

    def __init__(self, number, culvert, ca):
        super().__init__(daemon=True)
        self.culvert = culvert
        self.context = context_for(ca, (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)[number % 2])
        self.tunnel = ("implicit", "starttls")[number // 2 % 2]
        self.stopping = False
        self.seen = {}  # connections by the certificate that they saw
        self.resumed = 0
        self.sent = 0
        self.failure = None
        self.session = None

    def connect(self, session=None):
        port = self.culvert.ports[self.tunnel]
        if self.tunnel == "implicit":
            return SmtpClient(port, implicit=self.context, name="mx.example", session=session)
        return SmtpClient(port).starttls(self.context, "mx.example", session)

    def send(self, client):
        reply = client.send("a@one.example", ["b@two.example"], MESSAGE)
        assert reply.startswith(b"250"), reply
        self.sent += 1

    def turn(self, count):
        client = self.connect(self.session if count % 2 else None)
        self.resumed += client.socket.session_reused
        name = name_of(client)
        self.seen[name] = self.seen.get(name, 0) + 1
        for _ in range(1 + count % 3):
            self.send(client)
        self.session = client.socket.session
        client.quit()

    def run(self):
        count = 0
        try:
            lasting = self.connect()  # lives through all reloads
            while not self.stopping:
                self.turn(count)
                count += 1
                if count % 5 == 0:
                    self.send(lasting)
            self.send(lasting)
            lasting.quit()
        except Exception as problem:
            self.failure = problem


def reload_under_load(scene, count, threads=4, report=lambda text: None):
    """`count` reloads, by SIGHUP and by nothing but changed files in turn. Nobody's connection or
    message fails; everybody sees one of the two certificates, and whoever comes after a reload sees
    the new one."""
    ca = make_ca(scene.dir, "ca")
    pair = Pair(scene.dir, ca)
    sink = Sink(scene, keep_content=False)
    culvert = Culvert(scene, config_with(pair, sink))
    loads = [Load(number, culvert, ca) for number in range(threads)]
    for load in loads:
        load.start()
    probe = Load(1, culvert, ca)
    took = {"SIGHUP": [], "files": []}
    for number in range(1, count + 1):
        cause = ("files", "SIGHUP")[number % 2]
        begin = time.monotonic()
        pair.put(number)
        if cause == "SIGHUP":
            culvert.signal(signal.SIGHUP)
        wait_for(f"reload {number} by {cause}",
                 lambda: culvert.log().count("reload.done") >= number or any(
                     load.failure for load in loads), 60)
        took[cause].append(time.monotonic() - begin)
        assert not any(load.failure for load in loads), [load.failure for load in loads]
        client = probe.connect()
        assert name_of(client) == pair.made[number % 2].certificate.stem, number
        probe.send(client)
        client.quit()
        if number % 20 == 0:
            report(f"{number} reloads, {sum(l.sent for l in loads)} messages")
    for load in loads:
        load.stopping = True
    for load in loads:
        load.join(90)
        assert not load.is_alive() and not load.failure, load.failure
    log = culvert.log()
    assert log.count("reload.done") == count, log.count("reload.done")
    assert log.count("cause=SIGHUP") == (count + 1) // 2, "SIGHUP and the watch did the same twice"
    assert "reload.refused" not in log and "reload.complaint" not in log, "half a pair was told"
    assert "tls.failed" not in log, "a handshake failed"
    seen = {name: sum(load.seen.get(name, 0) for load in loads) for name in ("even", "odd")}
    sent = sum(load.sent for load in loads) + probe.sent
    assert all(seen.values()) and sum(len(load.seen) for load in loads) <= 2 * threads, seen
    assert len(sink.messages) == sent, (len(sink.messages), sent)
    resumed = sum(load.resumed for load in loads)
    assert resumed > 0
    report(f"{count} reloads: {sum(seen.values())} connections ({resumed} resumed; {seen['even']} saw "
           f"one certificate, {seen['odd']} the other), {sent} messages, no failure; a reload took "
           + ", ".join(f"{sum(t) / len(t):.2f} s by {c}" for c, t in took.items() if t))
    assert culvert.stop() == 0
