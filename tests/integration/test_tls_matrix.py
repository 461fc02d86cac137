#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the TLS settings of a tunnel mean to clients: tls_mode x cert_reqs x client certificate x
version, each cell; versions, suites, names (SNI), and what is said before the handshake."""
import concurrent.futures
import itertools
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import warnings

from certificates import make_ca, make_cert
from client import SmtpClient, SmtpError
from harness import Culvert, LOCALHOST, Sink, config_of, run_tests, wait_for

PLAIN = b"From: a@one.example\r\nSubject: hello\r\n\r\nbody\r\n"
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
MODES = ("none", "starttls", "starttls_required", "implicit")
REQUESTS = ("CERT_NONE", "CERT_OPTIONAL", "CERT_REQUIRED")
CLIENTS = ("none", "good", "expired", "wrong-authority", "wrong-purpose")
# Says who the client is: what is verified, and only that.
WHO = [{"transform": "Header", "header_name": "X-Client",
        "header_value": "%(certificate_subject)s | %(certificate_san)s"},
       {"when": {"client": {"certificate_subject": "*CN=partner*",
                            "certificate_san": "*partner.example*"}},
        "transform": "Tag", "tag": "partner"}]


class Certificates:
    def __init__(self, folder):
        self.ca = make_ca(folder, "ca")
        between = make_ca(folder, "between", self.ca)
        other = make_ca(folder, "other")
        self.server = make_cert(folder, "server", between, "mx.example",
                                ["mx.example", "127.0.0.1"], eku="server")
        who, names = "/O=Partner/CN=partner.example", ["partner.example"]
        self.clients = {
            "none": None,
            "good": make_cert(folder, "good", self.ca, who, names, eku="client"),
            "expired": make_cert(folder, "expired", self.ca, who, names, eku="client", days=-2),
            "wrong-authority": make_cert(folder, "stranger", other, who, names, eku="client"),
            "wrong-purpose": make_cert(folder, "wrong", self.ca, who, names, eku="server"),
        }

    def context(self, version=None, client="none"):
        context = ssl.create_default_context(cafile=str(self.ca.certificate))
        if version:
            context.minimum_version = context.maximum_version = VERSIONS[version]
        if self.clients[client]:
            context.load_cert_chain(self.clients[client].certificate, self.clients[client].key)
        return context


def tunnel(name, certificates, mode, cert_reqs="CERT_NONE", ssl_version=None, **more):
    options = {"cert_reqs": cert_reqs}
    if cert_reqs != "CERT_NONE":
        options["ca_certs"] = str(certificates.ca.certificate)
    if ssl_version:
        options["ssl_version"] = ssl_version
    result = {"name": name, "protocol": "SMTP", "listening_interface": LOCALHOST, "port": 0,
              "tls_mode": mode, "certificate": str(certificates.server.certificate),
              "certificate_key": str(certificates.server.key),
              "advanced_settings": {"ssl_options": options}, **more}
    if mode == "none":
        del result["certificate"], result["certificate_key"], result["advanced_settings"]
    return result


def start(scene, sink, tunnels):
    config = config_of(f"127.0.0.1:{sink.port}", WHO)
    config["tunnels"] = tunnels
    config["services"][0]["tunnels"] = [t["name"] for t in tunnels]
    return Culvert(scene, config)


def send(client, subject):
    """The reply to the whole message."""
    return client.send("a@one.example", ["b@two.example"], PLAIN.replace(b"hello", subject))


def speak_in_clear(port):
    """To a tunnel that wants TLS from the first byte."""
    with socket.create_connection((LOCALHOST, port), 10) as s:
        s.sendall(b"EHLO client.example\r\nMAIL FROM:<a@one.example>\r\n")
        answer = b""
        try:
            while more := s.recv(1000):
                answer += more
        except ConnectionResetError:
            pass
        return f"answered {answer}" if re.search(rb"\d{3}[ -]", answer) else "closed"


def try_cell(culvert, certificates, mode, cert_reqs, client, version):
    """What becomes of a mail: "accepted", "refused: REASON" of the handshake, or a reply's code."""
    name = f"{mode}-{cert_reqs}"
    subject = f"{name}-{client}-{version}".encode()
    tls = None if version == "clear" else certificates.context(version, client)
    try:
        if mode == "implicit" and not tls:
            return speak_in_clear(culvert.ports[name])
        if mode == "implicit":
            connection = SmtpClient(culvert.ports[name], implicit=tls, name="mx.example")
        else:
            connection = SmtpClient(culvert.ports[name])
            if tls:
                connection.starttls(tls, name="mx.example")
        reply = send(connection, subject)
        connection.quit()
        return "accepted" if reply.startswith(b"250") else reply[:3].decode()
    except ssl.SSLError as problem:
        return f"refused: {problem.reason}"
    except SmtpError as problem:
        return problem.reply[:3].decode()
    except ConnectionError as problem:
        return f"lost: {problem}"


# The alert that a client is to be told: RFC 8446 section 6.2, RFC 5246 section 7.2.2.
ALERTS = {
    "expired": {"SSLV3_ALERT_CERTIFICATE_EXPIRED"},
    "wrong-authority": {"TLSV1_ALERT_UNKNOWN_CA"},
    "wrong-purpose": {"SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"},
    ("none", "TLSv1.2"): {"SSLV3_ALERT_HANDSHAKE_FAILURE"},
    ("none", "TLSv1.3"): {"TLSV13_ALERT_CERTIFICATE_REQUIRED"},
}


def expected(mode, cert_reqs, client, version):
    if version == "clear":
        return {"none": {"accepted"}, "starttls": {"accepted"}, "starttls_required": {"530"},
                "implicit": {"closed"}}[mode]
    if mode == "none":
        return {"502"}  # STARTTLS is no command there
    if cert_reqs == "CERT_NONE" or client == "good":
        return {"accepted"}
    if client == "none":
        if cert_reqs == "CERT_OPTIONAL":
            return {"accepted"}
        return {f"refused: {a}" for a in ALERTS[client, version]}
    return {f"refused: {a}" for a in ALERTS[client]}


def test_matrix(scene):
    """Every cell; and the message that arrives says who was verified."""
    certificates = Certificates(scene.dir)
    sink = Sink(scene)
    culvert = start(scene, sink, [tunnel(f"{mode}-{cert_reqs}", certificates, mode, cert_reqs)
                                  for mode in MODES for cert_reqs in REQUESTS])
    cells = [(mode, cert_reqs, client, version)
             for mode, cert_reqs in itertools.product(MODES, REQUESTS)
             for client, version in [*itertools.product(CLIENTS, VERSIONS), ("none", "clear")]]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        results = list(pool.map(lambda cell: try_cell(culvert, certificates, *cell), cells))
    wrong = [f"{cell}: {result}, expected {sorted(expected(*cell))}"
             for cell, result in zip(cells, results) if result not in expected(*cell)]
    assert not wrong, "\n".join(wrong)
    assert len(cells) == 132

    arrived = {}
    for message in sink.messages:
        arrived[re.search(rb"Subject: (\S+)", message["header"])[1].decode()] = message["header"]
    accepted = [cell for cell, result in zip(cells, results) if result == "accepted"]
    assert len(arrived) == len(accepted) == len(sink.messages)
    for mode, cert_reqs, client, version in accepted:
        header = arrived[f"{mode}-{cert_reqs}-{client}-{version}"]
        verified = client == "good" and cert_reqs != "CERT_NONE"
        assert (b"X-Culvert-Tags: partner" in header) == verified, header
        who = re.search(rb"X-Client: ?(.*)", header)[1].strip().decode()
        if verified:
            assert "CN=partner.example" in who and "O=Partner" in who, who
            assert who.endswith("| partner.example"), who
        else:
            assert who == "|", who
    assert culvert.stop() == 0


def test_refusals_are_logged_in_words(scene):
    certificates = Certificates(scene.dir)
    sink = Sink(scene)
    culvert = start(scene, sink, [tunnel("implicit-CERT_REQUIRED", certificates, "implicit",
                                         "CERT_REQUIRED")])
    for client, words in (("expired", "expired"), ("wrong-authority", "authority"),
                          ("wrong-purpose", "purpose|usage|use"), ("none", "no certificate")):
        before = len(culvert.log())
        result = try_cell(culvert, certificates, "implicit", "CERT_REQUIRED", client, "TLSv1.3")
        assert result.startswith("refused"), result
        wait_for(f"words about {client}", lambda: re.search(words, culvert.log()[before:]))

    # The other way round: the client says why it does not like us.
    for version in VERSIONS:
        before = len(culvert.log())
        stranger = ssl.create_default_context()  # knows only public authorities
        stranger.minimum_version = stranger.maximum_version = VERSIONS[version]
        try:
            SmtpClient(culvert.port, implicit=stranger, name="mx.example")
            raise AssertionError("a certificate of nobody's was accepted")
        except ssl.SSLCertVerificationError:
            pass
        wait_for("the alert", lambda: "unknown_ca" in culvert.log()[before:])
    assert culvert.stop() == 0


def attempt(port, context):
    """The version and the suite that both sides agree on; None: they do not."""
    try:
        client = SmtpClient(port, implicit=context, name="mx.example")
    except (ssl.SSLError, ConnectionError):
        return None
    result = client.socket.version(), client.socket.cipher()[0]
    client.quit()
    return result


def takes_tls_1_1(context, certificates):
    """Whether that client would really use TLS 1.1: a server that wants nothing else takes it."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificates.server.certificate, certificates.server.key)
    server.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        server.maximum_version = ssl.TLSVersion.TLSv1_1
    near, far = socket.socketpair()
    def serve():
        try:
            with server.wrap_socket(far, server_side=True) as secured:
                secured.sendall(b"220\r\n")
        except OSError:
            far.close()
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with context.wrap_socket(near, server_hostname="mx.example") as secured:
            return secured.version() == "TLSv1.1" and secured.recv(5) == b"220\r\n"
    except ssl.SSLError as error:
        raise AssertionError("this client cannot speak TLS 1.1 at all") from error
    finally:
        thread.join()


def test_versions(scene):
    """ssl_version with Python's constants, as DSG stores it; nothing older than 1.2 ever."""
    certificates = Certificates(scene.dir)
    sink = Sink(scene)
    offered = {"PROTOCOL_SSLv23": {"TLSv1.2", "TLSv1.3"}, "PROTOCOL_TLS": {"TLSv1.2", "TLSv1.3"},
               "PROTOCOL_TLS_SERVER": {"TLSv1.2", "TLSv1.3"}, "PROTOCOL_TLSv1_2": {"TLSv1.2"},
               "PROTOCOL_TLSv1_3": {"TLSv1.3"}}
    culvert = start(scene, sink, [tunnel(name, certificates, "implicit", ssl_version=name)
                                  for name in offered])
    for name, versions in offered.items():
        for version in VERSIONS:
            got = attempt(culvert.ports[name], certificates.context(version))
            assert (got is not None) == (version in versions), (name, version, got)
            assert got is None or got[0] == version
        old = certificates.context()
        old.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():  # Python does not like it either
            warnings.simplefilter("ignore")
            old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        assert takes_tls_1_1(old, certificates)
        assert attempt(culvert.ports[name], old) is None, f"{name} takes TLS 1.1"
        best = attempt(culvert.ports[name], certificates.context())
        assert best[0] == max(versions), best
    assert culvert.stop() == 0


def test_suites(scene):
    """cipher_suites restricts both versions; the default has forward secrecy and AEAD alone."""
    certificates = Certificates(scene.dir)
    sink = Sink(scene)
    culvert = start(scene, sink, [
        tunnel("default", certificates, "implicit"),
        tunnel("one-each", certificates, "implicit", cipher_suites=
               "TLS-ECDHE-ECDSA-WITH-AES-256-GCM-SHA384;TLS1-3-CHACHA20-POLY1305-SHA256"),
        tunnel("only-1.2", certificates, "implicit", cipher_suites="ECDHE-ECDSA-AES128-GCM-SHA256"),
        tunnel("only-1.3", certificates, "implicit", cipher_suites="TLS_AES_128_GCM_SHA256")])

    def agreed(name, version, ciphers=None):
        context = certificates.context(version)
        if ciphers:
            context.set_ciphers(ciphers)
        got = attempt(culvert.ports[name], context)
        return got and got[1]

    assert agreed("one-each", "TLSv1.2") == "ECDHE-ECDSA-AES256-GCM-SHA384"
    assert agreed("one-each", "TLSv1.3") == "TLS_CHACHA20_POLY1305_SHA256"
    assert agreed("one-each", "TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256") is None
    assert agreed("only-1.2", "TLSv1.2") == "ECDHE-ECDSA-AES128-GCM-SHA256"
    assert agreed("only-1.2", "TLSv1.3") is None
    assert agreed("only-1.3", "TLSv1.3") == "TLS_AES_128_GCM_SHA256"
    assert agreed("only-1.3", "TLSv1.2") is None
    for weak in ("ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256",
                 "AES256-SHA", "aNULL:@SECLEVEL=0"):
        assert agreed("default", "TLSv1.2", weak) is None, weak
    assert culvert.stop() == 0


def test_names(scene):
    """Several certificates: the client gets the one of the name it asks for, RSA or EC."""
    folder = scene.dir
    ca = make_ca(folder, "ca")
    made = {name: make_cert(folder, name, ca, cn, sans, key=key, encrypted=password)
            for name, cn, sans, key, password in (
                ("first", "mx1.example", ["mx1.example"], "ec", None),
                ("second", "mx2.example", ["mx2.example"], "rsa:2048", "correct horse"),
                ("third", "any", ["*.sub.example"], "ec:P-384", None))}
    config = {"name": "t", "protocol": "SMTP", "listening_interface": LOCALHOST, "port": 0,
              "tls_mode": "implicit", "certificate": str(made["first"].certificate),
              "certificate_key": str(made["first"].key),
              "certificates": [
                  {"certificate": str(made["second"].certificate),
                   "certificate_key": str(made["second"].key),
                   "certificate_key_password_file": str(made["second"].password_file)},
                  {"certificate": str(made["third"].certificate),
                   "certificate_key": str(made["third"].key)}]}
    sink = Sink(scene)
    culvert = start(scene, sink, [config])
    context = ssl.create_default_context(cafile=str(ca.certificate))
    context.check_hostname = False
    for name, subject in (("mx1.example", "mx1.example"), ("mx2.example", "mx2.example"),
                          ("MX2.Example", "mx2.example"), ("a.sub.example", "any"),
                          ("a.b.sub.example", "mx1.example"), ("other.example", "mx1.example"),
                          (None, "mx1.example")):
        for version in VERSIONS:
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.maximum_version = VERSIONS[version]
            client = SmtpClient(culvert.port, implicit=context, name=name)
            got = dict(pair[0] for pair in client.certificate()["subject"])["commonName"]
            assert got == subject, (name, version, got)
            client.quit()
    assert culvert.stop() == 0


def test_nothing_from_before_the_handshake(scene):
    """CVE-2011-0411: what stands behind STARTTLS in clear is never taken for what comes secured, and
    what was said in clear before is forgotten."""
    certificates = Certificates(scene.dir)
    sink = Sink(scene)
    culvert = start(scene, sink, [tunnel("t", certificates, "starttls")])
    for behind in (b"RSET\r\n", b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<b@two.example>\r\n",
                   b"N", b"NOOP\r\n" * 400):
        client = SmtpClient(culvert.port)
        client.socket.sendall(b"STARTTLS\r\n" + behind)
        try:
            reply = client.reply()
            if reply.startswith(b"220"):
                client.socket.settimeout(60)
                client.buffer = b""
                client._secure(certificates.context(), "mx.example", None)
                raise AssertionError(f"a handshake after {behind[:20]}")
        except (ssl.SSLError, OSError, ConnectionError):
            continue
        assert reply[:1] in (b"4", b"5"), reply
    # A mail under way is forgotten, and so is the introduction.
    client = SmtpClient(culvert.port)
    assert client.command(b"MAIL FROM:<a@one.example>").startswith(b"250")
    reply = client.command(b"STARTTLS")
    if reply.startswith(b"220"):
        client._secure(certificates.context(), "mx.example", None)
        assert client.command(b"RCPT TO:<b@two.example>").startswith(b"503")
        assert client.command(b"MAIL FROM:<a@one.example>").startswith(b"503"), "EHLO is forgotten"
    else:
        assert reply.startswith(b"503"), reply
    # Offered before, not after; not twice.
    client = SmtpClient(culvert.port)
    assert b"STARTTLS" in client.ehlo
    client.starttls(certificates.context(), name="mx.example")
    assert b"STARTTLS" not in client.ehlo
    assert client.command(b"STARTTLS")[:1] == b"5"
    assert client.command(b"STARTTLS now")[:1] == b"5"
    assert send(client, b"after-all").startswith(b"250")
    assert SmtpClient(culvert.port).command(b"STARTTLS now").startswith(b"501")
    assert culvert.stop() == 0


def test_resumption(scene):
    """Tickets, over the loops, in both versions. Where certificates are asked for each session is a
    new one: TLS 1.3 would not show again who the client is."""
    certificates = Certificates(scene.dir)
    sink = Sink(scene)
    culvert = start(scene, sink, [tunnel("t", certificates, "implicit"),
                                  tunnel("known", certificates, "implicit", "CERT_REQUIRED")])
    for version in VERSIONS:
        for name in culvert.ports:
            context = certificates.context(version, "good")
            session = None
            for i in range(12):
                client = SmtpClient(culvert.ports[name], implicit=context, name="mx.example",
                                    session=session)
                reused = session is not None and name == "t"
                assert client.socket.session_reused == reused, (version, name, i)
                assert send(client, b"resumed").startswith(b"250")
                session = client.socket.session
                client.quit()
                tagged = b"X-Culvert-Tags: partner" in sink.messages[-1]["header"]
                assert tagged == (name == "known"), (version, name, i)
    assert culvert.stop() == 0


def test_renegotiation_is_refused(scene):
    """In TLS 1.2: by `R` of s_client."""
    certificates = Certificates(scene.dir)
    sink = Sink(scene)
    culvert = start(scene, sink, [tunnel("t", certificates, "implicit")])
    client = subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{culvert.port}", "-tls1_2", "-CAfile",
         str(certificates.ca.certificate)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    scene.later(client.kill)
    output = []
    reader = threading.Thread(target=lambda: output.extend(iter(lambda: client.stdout.read1(), b"")))
    reader.start()
    wait_for("the greeting", lambda: b"\r\n220 " in b"".join(output).replace(b"\n220", b"\r\n220"))
    client.stdin.write(b"R\n")
    client.stdin.flush()
    client.wait(90)
    reader.join(60)
    text = b"".join(output).decode(errors="replace")
    assert "RENEGOTIATING" in text and "no renegotiation" in text, text[-2000:]
    assert culvert.stop() == 0


def test_drain_under_tls(scene):
    """SIGTERM: idle sessions hear 421 within TLS and then its end; a message is finished first."""
    certificates = Certificates(scene.dir)
    sink = Sink(scene)
    culvert = start(scene, sink, [tunnel("t", certificates, "implicit"),
                                  tunnel("s", certificates, "starttls_required")])
    for version in VERSIONS:
        context = certificates.context(version)
        idle = [SmtpClient(culvert.ports["t"], implicit=context, name="mx.example"),
                SmtpClient(culvert.ports["s"]).starttls(context, "mx.example")]
        busy = SmtpClient(culvert.ports["t"], implicit=context, name="mx.example")
        for command in (b"MAIL FROM:<a@one.example>", b"RCPT TO:<b@two.example>", b"DATA"):
            assert busy.command(command)[:1] in b"23"
        halfway = socket.create_connection((LOCALHOST, culvert.ports["t"]))  # in its handshake
        culvert.signal(signal.SIGTERM)
        for client in idle:
            assert client.reply().startswith(b"421 ")
            assert client.socket.recv(10) == b"", "an orderly end: close_notify"
        busy.socket.sendall(PLAIN + b".\r\n")
        assert busy.reply().startswith(b"250")
        assert culvert.process.wait(25) == 0, "a client in its handshake holds up the end"
        halfway.close()
        culvert.start()
    assert len(sink.messages) == 2
    assert culvert.stop() == 0


def test_kill_with_tls_sessions(scene):
    """kill -9: clients see an end that is none of TLS's (no close_notify), and the next start works."""
    certificates = Certificates(scene.dir)
    sink = Sink(scene)
    culvert = start(scene, sink, [tunnel("t", certificates, "implicit")])
    client = SmtpClient(culvert.port, implicit=certificates.context(), name="mx.example")
    assert send(client, b"before").startswith(b"250")
    culvert.kill9()
    try:
        data = client.socket.recv(10)
        raise AssertionError(f"a truncated stream looks whole: {data}")
    except (ssl.SSLError, ConnectionError):  # Debian 12 has no word of its own for it
        pass
    culvert.start()
    client = SmtpClient(culvert.port, implicit=certificates.context(), name="mx.example")
    assert send(client, b"after").startswith(b"250")
    assert len(sink.messages) == 2
    assert culvert.stop() == 0


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
