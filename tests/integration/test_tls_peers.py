#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS with real peers: openssl s_client, gnutls-cli, swaks, sslscan, and Postfix on either side."""
import re
import shutil
import socket
import subprocess
import sys
import xml.etree.ElementTree

from certificates import make_ca, make_cert
from client import SmtpClient, SmtpError
from harness import (Culvert, LOCALHOST, Postfix, Sink, config_of, have_postfix, run_tests, skip,
                     wait_for)

MESSAGE = (b"From: a@one.example\r\nTo: b@two.example\r\nSubject: over TLS\r\n"
           b"Message-ID: <1@one.example>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\r\n"
           b"body\r\n.\r\n..dots\r\n")
# Lower case: s_client takes lines with Q and R in front for commands to itself.
TALK = b"ehlo client.example\r\nmail from:<a@one.example>\r\nrcpt to:<b@two.example>\r\nquit\r\n"
WHO = [{"transform": "Header", "header_name": "X-Client",
        "header_value": "%(certificate_subject)s"}]


class Place:
    """An engine with the tunnels "implicit", "starttls" and "known" (client certificates needed), a
    sink behind it, and the certificates of all."""

    def __init__(self, scene, key="ec"):
        self.scene = scene
        self.ca = make_ca(scene.dir, "ca")
        between = make_ca(scene.dir, "between", self.ca)
        self.server = make_cert(scene.dir, "mx", between, "mx.example",
                                ["mx.example", LOCALHOST], key=key, eku="server")
        self.client = make_cert(scene.dir, "partner", self.ca, "/O=Partner/CN=partner.example",
                                ["partner.example"], eku="client")
        self.sink = Sink(scene)
        tunnels = [self.tunnel("implicit", "implicit"), self.tunnel("starttls", "starttls_required"),
                   self.tunnel("known", "starttls_required",
                               {"cert_reqs": "CERT_REQUIRED", "ca_certs": str(self.ca.certificate)})]
        config = config_of(f"127.0.0.1:{self.sink.port}", WHO)
        config["tunnels"] = tunnels
        config["services"][0]["tunnels"] = [t["name"] for t in tunnels]
        self.culvert = Culvert(scene, config)

    def tunnel(self, name, mode, ssl_options=None):
        return {"name": name, "listening_interface": LOCALHOST, "port": 0, "tls_mode": mode,
                "certificate": str(self.server.certificate),
                "certificate_key": str(self.server.key),
                "advanced_settings": {"ssl_options": ssl_options or {}}}

    def address(self, tunnel):
        return f"127.0.0.1:{self.culvert.ports[tunnel]}"


def run(*command, talk=TALK, seconds=60):
    done = subprocess.run([str(word) for word in command], input=talk, capture_output=True,
                          timeout=seconds)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def assert_talk(output):
    """The answers to TALK, all of them good."""
    for answer in ("250 2.1.0 ", "250 2.1.5 ", "221 2.0.0 "):
        assert len(re.findall(f"^{answer}", output, re.M)) == 1, output[-3000:]


def s_client(place, tunnel, *options, talk=TALK):
    starttls = [] if tunnel == "implicit" else ["-starttls", "smtp", "-name", "client.example"]
    return run("openssl", "s_client", "-connect", place.address(tunnel), *starttls,
               "-CAfile", place.ca.certificate, "-verify_return_error", "-verify_hostname",
               "mx.example", "-servername", "mx.example", "-ign_eof", *options, talk=talk)


def test_openssl_s_client(scene):
    place = Place(scene)
    for tunnel in ("implicit", "starttls"):
        for option, version in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            status, output = s_client(place, tunnel, option)
            assert status == 0, output
            assert "Verify return code: 0 (ok)" in output or "Verification: OK" in output, output
            assert f"New, {version}, Cipher is " in output, output
            assert "Secure Renegotiation IS supported" in output or version == "TLSv1.3", output
            assert_talk(output)

            # The same session again, over all loops.
            session = scene.dir / f"{tunnel}-{version}.session"
            status, output = s_client(place, tunnel, option, "-sess_out", session)
            assert status == 0 and session.exists(), output
            for _ in range(4):
                status, output = s_client(place, tunnel, option, "-sess_in", session)
                assert status == 0 and f"Reused, {version}" in output, output
                assert_talk(output)
    status, output = s_client(place, "implicit", "-tls1_2", "-reconnect")
    assert output.count("Reused, TLSv1.2") == 5, output
    assert place.culvert.stop() == 0


def test_openssl_s_client_with_a_certificate(scene):
    place = Place(scene)
    for option in ("-tls1_2", "-tls1_3"):
        status, output = s_client(place, "known", option, "-cert", place.client.certificate,
                                  "-key", place.client.key)
        assert status == 0, output
        if option == "-tls1_2":  # the library does not name them in TLS 1.3, where they need not be
            assert "Acceptable client certificate CA names" in output, output
        assert_talk(output)
        status, output = s_client(place, "known", option)
        assert "250 2.1.5" not in output and re.search("alert (handshake failure|certificate "
                                                       "required)", output), output
    assert place.culvert.stop() == 0


def test_openssl_refuses_what_we_do_not_offer(scene):
    """From the view of a client that would take anything."""
    place = Place(scene, key="rsa:2048")
    anything = ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    for options in (["-tls1", *anything], ["-tls1_1", *anything],
                    ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],          # no forward secrecy
                    ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"],    # CBC
                    ["-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"]):
        status, output = s_client(place, "implicit", *options)
        assert status != 0 and "221 " not in output and "Cipher is (NONE)" in output, output
    status, output = s_client(place, "implicit", "-tls1_2", *anything)
    assert status == 0, output
    assert_talk(output)
    assert "Compression: NONE" in output
    assert place.culvert.stop() == 0


def gnutls(place, tunnel, priority, *options):
    starttls = [] if tunnel == "implicit" else ["--starttls-proto=smtp"]
    return run("gnutls-cli", "--port", place.culvert.ports[tunnel], *starttls,
               "--x509cafile", place.ca.certificate, "--verify-hostname", "mx.example",
               "--sni-hostname", "mx.example", "--priority", priority, *options, LOCALHOST)


def test_gnutls_cli(scene):
    place = Place(scene)
    for tunnel in ("implicit", "starttls"):
        for version in ("TLS1.2", "TLS1.3"):
            priority = f"NORMAL:-VERS-ALL:+VERS-{version}"
            status, output = gnutls(place, tunnel, priority)
            assert status == 0 and "The certificate is trusted" in output, output
            assert f"Description: ({version}-X.509)" in output, output
            assert_talk(output)
    for version in ("TLS1.2", "TLS1.3"):
        priority = f"NORMAL:-VERS-ALL:+VERS-{version}"
        status, output = gnutls(place, "implicit", priority, "--resume", "--waitresumption")
        assert status == 0 and "*** This is a resumed session" in output, output
        status, output = gnutls(place, "known", priority, "--x509certfile",
                                place.client.certificate, "--x509keyfile", place.client.key)
        assert status == 0, output
        assert_talk(output)
        status, output = gnutls(place, "known", priority)
        assert status != 0 and "alert" in output, output
    assert place.culvert.stop() == 0


def swaks(port, *options):
    return run("swaks", "--server", f"127.0.0.1:{port}", "--from", "a@one.example", "--to",
               "b@two.example", "--data", "-", "--ehlo", "client.example", *options,
               talk=MESSAGE.replace(b"\r\n", b"\n"))


def test_swaks(scene):
    place = Place(scene)
    ports = place.culvert.ports
    certificate = ["--tls-cert", place.client.certificate, "--tls-key", place.client.key]
    verify = ["--tls-verify", "--tls-ca-path", place.ca.certificate, "--tls-sni", "mx.example"]
    for count, (tunnel, options, who) in enumerate((
            ("starttls", ["--tls"], ""), ("implicit", ["--tls-on-connect"], ""),
            ("starttls", ["--tls", *verify], ""),
            ("known", ["--tls", *verify, *certificate], "CN=partner.example")), 1):
        status, output = swaks(ports[tunnel], *options)
        assert status == 0 and "TLS started with cipher TLSv1" in output, output
        assert len(place.sink.messages) == count
        header = place.sink.messages[-1]["header"].decode()
        assert who in re.search(r"X-Client: ?(.*)", header)[1], header
    status, output = swaks(ports["starttls"])
    assert status != 0 and "530 5.7.0" in output, output
    status, output = swaks(ports["known"], "--tls")
    assert status != 0, output
    assert len(place.sink.messages) == 4
    assert place.culvert.stop() == 0


def test_no_renegotiation(scene):
    """s_client begins one at a line "R", and does not survive the answer. The greeting comes first:
    in the middle of a handshake s_client takes no text."""
    place = Place(scene)
    client = subprocess.Popen(
        ["openssl", "s_client", "-connect", place.address("implicit"), "-tls1_2"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    line = b""
    while not line.startswith(b"220 "):
        line = client.stdout.readline()
        assert line, "s_client ended without a greeting"
    client.stdin.write(b"R\n")
    client.stdin.flush()
    client.wait(90)
    output = client.stdout.read().decode(errors="replace")
    assert "RENEGOTIATING" in output and "no renegotiation" in output, output
    assert client.returncode != 0
    assert place.culvert.stop() == 0


def test_no_early_data(scene):
    """No ticket allows any (RFC 8446 section 4.2.10), and what comes all the same is not taken."""
    place = Place(scene)
    session, early = scene.dir / "session", scene.dir / "early"
    early.write_bytes(TALK)
    status, output = s_client(place, "implicit", "-tls1_3", "-sess_out", session)
    assert status == 0 and "Max Early Data: 0" in output, output
    allowed = re.findall("Max Early Data: ([0-9]+)", output)
    assert allowed and set(allowed) == {"0"}, output
    status, output = s_client(place, "implicit", "-tls1_3", "-sess_in", session,
                              "-early_data", early)
    assert "Early data was accepted" not in output and "Early data was" in output, output
    assert place.culvert.stop() == 0


def test_sslscan(scene):
    """An enumeration from outside: TLS 1.2 and 1.3 alone, AEAD with forward secrecy alone."""
    assert shutil.which("sslscan"), "scripts/setup installs sslscan"
    for key in ("ec", "rsa:2048"):
        with_key = scene.dir / key
        with_key.mkdir()
        place = Place(type("Folder", (), {"dir": with_key, "later": scene.later})(), key)
        for tunnel, options in (("implicit", []), ("starttls", ["--starttls-smtp"])):
            report = with_key / f"{tunnel}.xml"
            status, output = run("sslscan", *options, "--no-colour", f"--xml={report}",
                                 place.address(tunnel), talk=b"", seconds=300)
            assert status == 0, output
            scan = xml.etree.ElementTree.parse(report).getroot().find("ssltest")
            versions = {f"{p.get('type')}{p.get('version')}" for p in scan.findall("protocol")
                        if p.get("enabled") == "1"}
            assert versions == {"tls1.2", "tls1.3"}, versions
            suites = {c.get("cipher") for c in scan.findall("cipher")
                      if c.get("status") in ("accepted", "preferred")}
            of_1_3 = {c for c in suites if c.startswith("TLS_")}
            assert of_1_3 == {"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
                              "TLS_AES_128_GCM_SHA256"}, suites
            of_key = "ECDSA" if key == "ec" else "RSA"
            assert suites - of_1_3 == {f"ECDHE-{of_key}-{suite}" for suite in (
                "AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")}, suites
            heartbleed = scan.findall("heartbleed")
            assert heartbleed and all(h.get("vulnerable") == "0" for h in heartbleed), output
        assert place.culvert.stop() == 0


def assert_arrived(sink, count=1, who=None):
    wait_for(f"{count} messages", lambda: len(sink.messages) >= count, 60)
    assert len(sink.messages) == count
    content = sink.messages[-1]["content"]
    assert b"\r\n\r\nbody\r\n.\r\n..dots\r\n" in content, content
    if who is not None:
        assert re.search(rb"X-Client: ?(.*)", content)[1].strip() == who, content


def test_postfix_as_client(scene):
    """Postfix sends to us: encrypt, secure (verified), with a client certificate, and from the first
    byte; and it keeps the mail when it does not like our certificate."""
    if not have_postfix():
        skip("no Postfix")
    place = Place(scene)
    ports = place.culvert.ports
    scene_folder = {"smtp_tls_CAfile": place.ca.certificate, "smtp_tls_loglevel": "1"}
    secure = {"smtp_tls_security_level": "secure", "smtp_tls_secure_cert_match": "mx.example"}
    own = {"smtp_tls_cert_file": place.client.certificate, "smtp_tls_key_file": place.client.key}
    ways = [("encrypt", "starttls", {"smtp_tls_security_level": "encrypt"}, b""),
            ("secure", "starttls", secure, b""),
            ("wrapped", "implicit", {**secure, "smtp_tls_wrappermode": "yes"}, b""),
            ("tls12", "starttls", {**secure, "smtp_tls_mandatory_protocols": "TLSv1.2"}, b""),
            ("known", "known", {**secure, **own}, b"CN=partner.example")]
    for count, (name, tunnel, settings, who) in enumerate(ways, 1):
        postfix = Postfix(scene, name, {"relayhost": f"[127.0.0.1]:{ports[tunnel]}",
                                        **scene_folder, **settings})
        status, output = swaks(postfix.port)
        assert status == 0, output
        assert_arrived(place.sink, count)
        header = place.sink.messages[-1]["header"]
        assert who in re.search(rb"X-Client: ?(.*)", header)[1], header
        wait_for("an empty queue", postfix.queue_is_empty)
        log = postfix.log_path.read_text()
        wanted = "Untrusted|Trusted" if name == "encrypt" else "Verified"
        assert re.search(f"({wanted}) TLS connection established to 127.0.0.1", log), log[-3000:]
        postfix.stop()
    postfix = Postfix(scene, "other", {
        "relayhost": f"[127.0.0.1]:{ports['starttls']}", **scene_folder,
        "smtp_tls_security_level": "secure", "smtp_tls_secure_cert_match": "other.example"})
    swaks(postfix.port)
    wait_for("the refusal", lambda: "not verified" in postfix.log_path.read_text())
    assert len(place.sink.messages) == len(ways)
    assert place.culvert.stop() == 0


def to_postfix(scene, postfix, name, **upstream):
    upstream = {key: str(value) for key, value in upstream.items()}
    address = upstream.pop("address", None) or f"127.0.0.1:{postfix.port}"
    return Culvert(scene, config_of(address, service={"upstream": upstream}), name=name)


def test_postfix_as_upstream(scene):
    """We send to a Postfix that insists on TLS: require, require_verify, our certificate shown, TLS
    from the first byte; and we keep the mail when its certificate is not its own."""
    if not have_postfix():
        skip("no Postfix")
    ca = make_ca(scene.dir, "ca")
    mta = make_cert(scene.dir, "mta", ca, "mta.example", [LOCALHOST, "mta.example"], eku="server")
    own = make_cert(scene.dir, "gateway", ca, "gateway.example", ["gateway.example"], eku="client")
    stranger = make_ca(scene.dir, "stranger")
    sink = Sink(scene)
    tls = {"smtpd_tls_cert_file": mta.certificate, "smtpd_tls_key_file": mta.key,
           "smtpd_tls_received_header": "yes", "smtpd_tls_loglevel": "1",
           "relayhost": f"[127.0.0.1]:{sink.port}"}
    strict = Postfix(scene, "strict", {**tls, "smtpd_tls_security_level": "encrypt",
                                       "smtpd_tls_CAfile": ca.certificate,
                                       "smtpd_tls_req_ccert": "yes"})
    old = Postfix(scene, "tls12", {**tls, "smtpd_tls_security_level": "encrypt",
                                   "smtpd_tls_mandatory_protocols": "TLSv1.2"})
    wrapped = Postfix(scene, "wrapped", {**tls, "smtpd_tls_security_level": "encrypt",
                                         "smtpd_tls_wrappermode": "yes"})
    clear = Postfix(scene, "clear", {"relayhost": f"[127.0.0.1]:{sink.port}"})
    verify = {"tls": "require_verify", "ca_certs": ca.certificate}
    shown = {"certificate": own.certificate, "certificate_key": own.key}

    ways = [(strict, {"tls": "require", **shown}, "TLSv1.3"),
            (strict, {**verify, **shown, "minimum_version": "TLSv1.3"}, "TLSv1.3"),
            (old, verify, "TLSv1.2"),
            (old, {"tls": "opportunistic"}, "TLSv1.2"),
            (wrapped, {**verify, "address": f"smtps://127.0.0.1:{wrapped.port}"}, "TLSv1.3"),
            (clear, {"tls": "opportunistic"}, None)]
    for count, (postfix, upstream, version) in enumerate(ways, 1):
        culvert = to_postfix(scene, postfix, f"culvert-{count}", **upstream)
        client = SmtpClient(culvert.port)
        reply = client.send("a@one.example", ["b@two.example"], MESSAGE)
        assert reply.startswith(b"250"), (upstream, reply)
        assert_arrived(sink, count)
        header = sink.messages[-1]["header"].decode()
        found = re.search(r"using (TLSv[\d.]+) with cipher (\S+)", header)
        assert (found and found[1]) == version, header
        if postfix is strict:
            assert 'Client CN "gateway.example", Issuer "ca" (verified OK)' in header, header
        assert culvert.stop() == 0

    refused = [(strict, {"tls": "require_verify", "ca_certs": stranger.certificate, **shown}),
               (old, {**verify, "minimum_version": "TLSv1.3"}), (clear, {"tls": "require"}),
               (clear, verify)]
    for count, (postfix, upstream) in enumerate(refused, 1):
        culvert = to_postfix(scene, postfix, f"refused-{count}", **upstream)
        try:
            SmtpClient(culvert.port).send("a@one.example", ["b@two.example"], MESSAGE)
            raise AssertionError(f"accepted: {upstream}")
        except SmtpError as problem:
            assert problem.reply.startswith(b"451 4."), problem.reply
        assert culvert.stop() == 0
    assert len(sink.messages) == len(ways)


def test_postfix_on_both_sides(scene):
    """Postfix -> Culvert -> Postfix, both ways verified by name: 200 messages, none is lost, and none
    has crossed either wire in clear."""
    if not have_postfix():
        skip("no Postfix")
    place = Place(scene)
    mta = make_cert(scene.dir, "mta", place.ca, "mta", [LOCALHOST], eku="server")
    upstream = Postfix(scene, "upstream", {
        "smtpd_tls_cert_file": mta.certificate, "smtpd_tls_key_file": mta.key,
        "smtpd_tls_received_header": "yes", "smtpd_tls_security_level": "encrypt",
        "relayhost": f"[127.0.0.1]:{place.sink.port}"})
    tunnel = place.tunnel("t", "starttls_required")
    config = config_of(f"127.0.0.1:{upstream.port}", service={
        "upstream": {"tls": "require_verify", "ca_certs": str(place.ca.certificate)}})
    config["tunnels"] = [tunnel]
    culvert = Culvert(scene, config, name="between")
    sender = Postfix(scene, "sender", {
        "relayhost": f"[127.0.0.1]:{culvert.port}", "smtp_tls_CAfile": place.ca.certificate,
        "smtp_tls_security_level": "secure", "smtp_tls_secure_cert_match": "mx.example",
        "smtp_tls_connection_reuse": "no"})
    path = scene.dir / "message.eml"
    path.write_bytes(MESSAGE.replace(b"\r\n", b"\n"))
    status, output = run("smtp-source", "-s", "5", "-m", "200", "-N", "-F", path, "-f",
                         "a@one.example", "-t", "b@two.example", f"127.0.0.1:{sender.port}", talk=b"")
    assert status == 0, output
    wait_for("200 messages", lambda: len(place.sink.messages) >= 200, 120)
    assert len({r for m in place.sink.messages for r in m["recipients"]}) == 200
    for message in place.sink.messages:
        assert b"using TLSv1.3 with cipher" in message["header"], message["header"]
    lines = wait_for("200 lines", lambda: len(found := [
        l for l in culvert.log().splitlines() if " message " in l]) >= 200 and found)
    assert len(lines) == 200 and all("tls=TLSv1.3" in l for l in lines), lines[:3]
    wait_for("empty queues", lambda: sender.queue_is_empty() and upstream.queue_is_empty())
    assert culvert.stop() == 0 and place.culvert.stop() == 0


def test_openssl_s_server_as_upstream(scene):
    """s_server speaks no SMTP; it shows that our hello is read and our certificate shown."""
    ca = make_ca(scene.dir, "ca")
    mta = make_cert(scene.dir, "mta", ca, "mta", [LOCALHOST], eku="server")
    own = make_cert(scene.dir, "gateway", ca, "gateway.example", ["gateway.example"], eku="client")
    for option in ("-tls1_2", "-tls1_3"):
        with socket.socket() as free:
            free.bind((LOCALHOST, 0))
            port = free.getsockname()[1]
        log = open(scene.dir / f"s_server{option}.log", "wb")
        server = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", option, "-cert",
             mta.certificate, "-key", mta.key, "-CAfile", ca.certificate, "-Verify", "3",
             "-verify_return_error", "-naccept", "1"],
            stdin=subprocess.PIPE, stdout=log, stderr=log)
        scene.later(server.kill)
        log_path = scene.dir / f"s_server{option}.log"
        wait_for("s_server", lambda: b"ACCEPT" in log_path.read_bytes())
        culvert = to_postfix(scene, None, f"culvert{option}", tls="require_verify",
                             ca_certs=ca.certificate, certificate=own.certificate,
                             certificate_key=own.key, address=f"smtps://127.0.0.1:{port}")
        server.stdin.write(b"220 s_server ESMTP\r\n")
        server.stdin.flush()
        client = SmtpClient(culvert.port)
        client.socket.sendall(b"MAIL FROM:<a@one.example>\r\n")
        wait_for("our EHLO", lambda: b"EHLO " in log_path.read_bytes())
        text = log_path.read_bytes().decode(errors="replace")
        assert re.search("CN ?= ?gateway.example", text), text
        client.socket.close()
        server.kill()
        server.wait()
        assert culvert.stop() == 0


if __name__ == "__main__":
    for program in ("swaks", "openssl", "gnutls-cli"):
        if not shutil.which(program):
            skip(f"no {program}")
    run_tests(sys.modules[__name__])
