#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS of a tunnel as its clients see it: STARTTLS offered and required, TLS from the first byte, what
is forgotten and refused, host names, client certificates, resumed sessions, the log."""
import json
import re
import signal
import socket
import ssl
import sys
import time

from certificates import make_ca, make_cert
from harness import Culvert, Sink, config_of, run_tests, wait_for

MESSAGE = b"From: a@one.example\r\nTo: b@two.example\r\nSubject: s\r\n\r\nbody\r\n"


class Client:
    """A client that can do what an honest one does not. Replies are whole, as one bytes."""

    def __init__(self, port, source=None):
        self.socket = socket.create_connection(("127.0.0.1", port), 30,
                                               (source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()

    def send(self, *parts):
        for part in parts:
            self.socket.sendall(part)
            time.sleep(0.05 if len(parts) > 1 else 0)

    def line(self):
        while b"\r\n" not in self.buffer:
            got = self.socket.recv(65536)
            if not got:
                raise EOFError(self.buffer)
            self.buffer += got
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def reply(self):
        lines = [self.line()]
        while lines[-1][3:4] == b"-":
            lines.append(self.line())
        return b"\n".join(lines)

    def ask(self, command):
        self.send(command + b"\r\n")
        return self.reply()

    def expect(self, command, code):
        reply = self.ask(command)
        assert reply.startswith(code), (command, reply)
        return reply

    def secure(self, context, name=None, session=None):
        assert not self.buffer, self.buffer
        self.socket = context.wrap_socket(self.socket, server_hostname=name, session=session)
        return self

    def starttls(self, context, name=None, session=None):
        self.expect(b"STARTTLS", b"220 2.0.0")
        return self.secure(context, name, session)

    def is_closed(self):
        """Whatever still comes is swallowed."""
        try:
            while self.socket.recv(65536):
                pass
        except (ConnectionError, ssl.SSLError):
            pass
        return True

    def mail(self, recipient=b"b@two.example", content=MESSAGE):
        """MAIL to the final dot; the answer to it."""
        self.expect(b"MAIL FROM:<a@one.example>", b"250")
        self.expect(b"RCPT TO:<" + recipient + b">", b"250")
        self.expect(b"DATA", b"354")
        self.send(content + b".\r\n")
        return self.reply()


class Place:
    """Certificates, a sink and an engine whose tunnel has TLS; `options` are ssl_options."""

    def __init__(self, scene, name="culvert", mode="starttls", rules=None, options=None, tunnel=None,
                 service=None, extra=None):
        self.scene = scene
        self.ca = make_ca(scene.dir, f"{name}-ca")
        self.server = make_cert(scene.dir, f"{name}-server", self.ca, "mx.example",
                                ["mx.example", "127.0.0.1"])
        self.sink = Sink(scene)
        self.config = config_of(f"127.0.0.1:{self.sink.port}", rules, tunnel, service)
        settings = self.config["tunnels"][0]
        settings.update({"tls_mode": mode, "certificate": str(self.server.certificate),
                         "certificate_key": str(self.server.key), **(extra or {})})
        if options is not None:
            settings["advanced_settings"]["ssl_options"] = {
                "ca_certs": str(self.ca.certificate), **options}
        self.culvert = Culvert(scene, self.config, name)

    def context(self, certificate=None, version=None):
        context = ssl.create_default_context(cafile=str(self.ca.certificate))
        if version:
            context.minimum_version = context.maximum_version = version
        if certificate:
            context.load_cert_chain(str(certificate.certificate), str(certificate.key))
        return context

    def client(self, **arguments):
        return Client(self.culvert.port, **arguments)

    def greeted(self):
        client = self.client()
        assert client.reply().startswith(b"220 ")
        return client

    def lines(self, event):
        """The lines of an event in the log, as dicts."""
        pattern = re.compile(r' ([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)')
        return [{k: v.strip('"') for k, v in pattern.findall(line)}
                for line in self.culvert.log().splitlines() if f" {event} " in line]

    def one_line(self, event):
        return wait_for(event, lambda: self.lines(event))[-1]


def test_starttls_in_both_versions(scene):
    for version, text in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        place = Place(scene, f"v{text[-1]}")
        with place.greeted() as client:
            assert b"STARTTLS" in client.expect(b"EHLO before.example", b"250")
            client.starttls(place.context(version=version), "mx.example")
            assert client.socket.version() == text
            # All of before is forgotten.
            client.expect(b"MAIL FROM:<a@one.example>", b"503 5.5.1 EHLO or HELO first")
            assert b"STARTTLS" not in client.expect(b"EHLO after.example", b"250")
            client.expect(b"STARTTLS", b"503 5.5.1")
            assert client.mail().startswith(b"250 ")
            client.expect(b"QUIT", b"221")
        assert place.sink.messages[0]["content"].endswith(MESSAGE)
        message, close = place.one_line("message"), place.one_line("session.close")
        for line in (message, close):
            assert line["tls"] == text and "TLS_" in line["suite"], line
        assert close["helo"] == "after.example", close
        assert place.culvert.stop() == 0


def test_injection(scene):
    """CVE-2011-0411. Behind STARTTLS comes more, in one segment or in several, before or after the
    answer: it never runs, and no TLS comes of it."""
    place = Place(scene)
    evil = b"RSET\r\nMAIL FROM:<eve@evil.example>\r\n"
    with place.greeted() as client:
        client.expect(b"EHLO a", b"250")
        client.send(b"STARTTLS\r\n" + evil)
        assert client.reply().startswith(b"554 5.5.1 "), "pipelined"
        assert client.is_closed()
    assert place.one_line("tls.failed")["reason"].startswith("more came behind STARTTLS")
    # It comes later: it is no handshake.
    with place.greeted() as client:
        client.send(b"EHLO a\r\n", b"STARTTLS\r\n", evil)
        assert client.reply().startswith(b"250")
        assert client.reply() == b"220 2.0.0 Ready to start TLS"
        rest = b""
        while got := client.socket.recv(65536):
            rest += got
        assert rest[:1] in (b"", b"\x15"), rest
    # And in front of an honest handshake.
    with place.greeted() as client:
        client.expect(b"STARTTLS", b"220")
        client.send(b"RSET\r\n")
        try:
            client.secure(place.context(), "mx.example")
            raise AssertionError("a handshake came to be behind bytes in clear")
        except (ssl.SSLError, ConnectionError):
            pass
    wait_for("three lines", lambda: len(place.lines("tls.failed")) == 3)
    assert place.sink.messages == []
    assert place.culvert.stop() == 0


def test_required(scene):
    place = Place(scene, mode="starttls_required")
    with place.greeted() as client:
        assert b"STARTTLS" in client.expect(b"EHLO a", b"250")
        for command in (b"MAIL FROM:<a@one.example>", b"RSET", b"VRFY b", b"HELO a", b"XYZ"):
            client.expect(command, b"530 5.7.0 Must issue a STARTTLS command first")
        client.expect(b"NOOP", b"250")
        client.starttls(place.context(), "mx.example").expect(b"EHLO a", b"250")
        assert client.mail().startswith(b"250 ")
    with place.greeted() as client:
        client.expect(b"QUIT", b"221")
    assert place.culvert.stop() == 0


def test_implicit(scene):
    place = Place(scene, mode="implicit")
    with place.client() as client:
        client.secure(place.context(), "mx.example")
        assert client.reply().startswith(b"220 ")
        assert b"STARTTLS" not in client.expect(b"EHLO a", b"250")
        assert client.mail().startswith(b"250 ")
        client.expect(b"QUIT", b"221")
        assert client.socket.recv(1) == b"", "the end is not close_notify"
    with place.client() as client:
        client.send(b"EHLO a\r\n")
        assert client.is_closed()
    line = place.one_line("tls.failed")
    assert line["reason"] == "what came is not TLS" and line["tunnel"] == "t", line
    assert line["client"] == "127.0.0.1", line
    assert place.culvert.stop() == 0


def test_handshake_deadline(scene):
    place = Place(scene, tunnel={"idle_connection_timeout": 4, "max_connections": 1})
    with place.greeted() as client:
        begin = time.monotonic()
        client.expect(b"STARTTLS", b"220")
        client.send(b"\x16\x03\x01")
        # It counts from the moment it is accepted, secured or not.
        with place.client() as other:
            assert other.reply().startswith(b"421 4.3.2")
        assert client.is_closed()
        assert time.monotonic() - begin > 3
    assert "not over after 4 s" in place.one_line("tls.failed")["reason"]
    wait_for("a place", lambda: place.client().reply().startswith(b"220"))
    assert place.culvert.stop() == 0


def test_a_client_that_does_not_trust_us(scene):
    place = Place(scene)
    with place.greeted() as client:
        client.expect(b"STARTTLS", b"220")
        try:
            client.secure(ssl.create_default_context(), "mx.example")
            raise AssertionError("an unknown authority was trusted")
        except ssl.SSLCertVerificationError:
            pass
    assert "unknown_ca" in place.one_line("tls.failed")["reason"]
    assert place.culvert.stop() == 0


def test_host_names(scene):
    """The name that the client sends chooses the certificate and the route."""
    two = Sink(scene)
    other = make_cert(scene.dir, "other", make_ca(scene.dir, "other-ca"), "mx.other.example",
                      ["mx.other.example"])
    place = Place(scene, extra={"certificates": [{"certificate": str(other.certificate),
                                                  "certificate_key": str(other.key)}]})
    place.config["services"][0]["hostnames"].insert(0, {
        "hostname": "mx.other.example", "forwarding_address": f"127.0.0.1:{two.port}"})
    place.culvert.write(place.config)
    place.culvert.signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload" in place.culvert.log())
    context = ssl.create_default_context(cafile=str(scene.dir / "other-ca.pem"))
    with place.greeted() as client:
        client.starttls(context, "mx.other.example").expect(b"EHLO a", b"250")
        assert client.mail(b"b@two.example").startswith(b"250 ")
    assert len(two.messages) == 1 and not place.sink.messages
    with place.greeted() as client:
        client.starttls(place.context(), "mx.example").expect(b"EHLO a", b"250")
        assert client.mail(b"b@two.example").startswith(b"250 ")
    assert len(two.messages) == 1 and len(place.sink.messages) == 1
    # Without a name the recipient chooses.
    with place.greeted() as client:
        client.expect(b"EHLO a", b"250")
        assert client.mail(b"b@mx.other.example").startswith(b"250 ")
    assert len(two.messages) == 2
    assert place.culvert.stop() == 0


RULES = [
    {"when": {"client": {"certificate_san": ["mta.corp.example"]}},
     "rules": [{"transform": "Header", "header_name": "X-Peer",
                "header_value": "%(certificate_subject)s | %(certificate_san)s"}]},
    {"when": {"tls": False}, "rules": [{"transform": "Tag", "tag": "clear"}]},
    {"when": {"client": {"certificate_subject": {"none": "*"}}},
     "rules": [{"transform": "Tag", "tag": "unknown"}]},
]


def test_client_certificates(scene):
    place = Place(scene, options={"cert_reqs": "CERT_OPTIONAL"}, rules=RULES)
    good = make_cert(scene.dir, "good", place.ca, "/O=Corp, Inc/CN=mta", ["mta.corp.example",
                                                                         "ops@corp.example"])
    unknown = make_cert(scene.dir, "unknown", make_ca(scene.dir, "else"), "mta",
                        ["mta.corp.example"])
    expired = make_cert(scene.dir, "expired", place.ca, "mta", ["mta.corp.example"], days=-1)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        place.sink.messages.clear()
        with place.greeted() as client:
            client.starttls(place.context(good, version), "mx.example").expect(b"EHLO a", b"250")
            assert client.mail().startswith(b"250 ")
        header = place.sink.messages[0]["header"].replace(b"\r\n ", b" ")
        assert b"X-Peer: O=Corp\\, Inc, CN=mta | mta.corp.example, ops@corp.example" in header, header
        assert b"X-Culvert-Tags" not in header
        line = place.one_line("message")
        assert line["certificate"].replace("\\\\", "\\") == "O=Corp\\, Inc, CN=mta", line
        with place.greeted() as client:
            client.starttls(place.context(None, version), "mx.example").expect(b"EHLO a", b"250")
            assert client.mail().startswith(b"250 ")
        assert b"X-Culvert-Tags: unknown" in place.sink.messages[1]["header"]
        for bad, words in ((unknown, "no authority that is trusted here"), (expired, "expired")):
            before = len(place.lines("tls.failed"))
            with place.greeted() as client:
                try:
                    client.starttls(place.context(bad, version), "mx.example")
                    client.ask(b"EHLO a")
                    raise AssertionError(f"{words}: it was taken")
                except (ssl.SSLError, ConnectionError, EOFError):
                    pass
            wait_for("a line", lambda: len(place.lines("tls.failed")) == before + 1)
            assert words in place.one_line("tls.failed")["reason"]
    with place.greeted() as client:
        client.expect(b"EHLO a", b"250")
        assert client.mail().startswith(b"250 ")
    assert b"X-Culvert-Tags: clear, unknown" in place.sink.messages[-1]["header"]
    assert place.culvert.stop() == 0


def test_long_subject(scene):
    """A rule that refuses a subject sees all of it, however long it is."""
    place = Place(scene, options={"cert_reqs": "CERT_REQUIRED"}, rules=[
        {"when": {"client": {"certificate_subject": {"any": "*CN=evil*"}}}, "dispose": "reject"}])
    units = "".join(f"/OU={i:02d}{'u' * 60}" for i in range(30))
    evil = make_cert(scene.dir, "evil", place.ca, f"/O=x{units}/CN=evil")
    good = make_cert(scene.dir, "good", place.ca, f"/O=x{units}/CN=good")
    for certificate, code in ((evil, b"550"), (good, b"250")):
        with place.greeted() as client:
            client.starttls(place.context(certificate), "mx.example").expect(b"EHLO a", b"250")
            reply = client.mail()
            assert reply.startswith(code), reply
    assert place.culvert.stop() == 0


def test_resumption_on_every_loop(scene):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        check_resumption(scene, f"t{version}", version)


def check_resumption(scene, name, version):
    """A ticket is good on all loops, and after a reload that changes no TLS."""
    place = Place(scene, name)
    context = place.context(version=version)
    with place.greeted() as client:
        client.starttls(context, "mx.example").expect(b"EHLO a", b"250")
        session = client.socket.session
        assert not client.socket.session_reused

    def all_resume():
        for _ in range(20):
            with place.greeted() as client:
                client.starttls(context, "mx.example", session).expect(b"EHLO a", b"250")
                assert client.socket.session_reused

    all_resume()
    place.config["services"][0]["inspected_header"] = {"header_name": "X-Seen"}
    place.culvert.write(place.config)
    place.culvert.signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload" in place.culvert.log())
    all_resume()
    # Another certificate is other TLS: nobody comes back by an old ticket.
    fresh = make_cert(scene.dir, f"{name}-fresh", place.ca, "mx.example", ["mx.example"])
    place.config["tunnels"][0].update({"certificate": str(fresh.certificate),
                                       "certificate_key": str(fresh.key)})
    place.culvert.write(place.config)
    place.culvert.signal(signal.SIGHUP)

    def is_new():
        with place.greeted() as client:
            client.starttls(context, "mx.example", session).expect(b"EHLO a", b"250")
            return not client.socket.session_reused

    wait_for("the other certificate", is_new)
    assert place.culvert.stop() == 0


def test_log_as_json(scene):
    place = Place(scene, mode="implicit")
    place.config["log"] = {"format": "json", "level": "debug"}
    place.culvert.stop()
    place.culvert.write(place.config)
    place.culvert.start()
    with place.client() as client:
        client.secure(place.context(), "mx.example")
        client.reply()
        client.expect(b"QUIT", b"221")

    def line(event):
        found = [l for l in place.culvert.log().splitlines() if f'"event":"{event}"' in l]
        return json.loads(found[-1]) if found else None

    ready = wait_for("tls.ready", lambda: line("tls.ready"))
    assert ready["sni"] == "mx.example" and ready["tls"] == "TLSv1.3", ready
    assert wait_for("session.close", lambda: line("session.close"))["tls"] == "TLSv1.3"
    assert place.culvert.stop() == 0


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
