#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS and login towards the upstream, against servers that get it right and that do not."""
import base64
import re
import signal
import ssl
import sys

from certificates import make_ca, make_cert
from client import SmtpClient, SmtpError
from harness import Culvert, config_of, run_tests, wait_for
from odd_server import OddServer, server_context

MESSAGE = b"From: a@one.example\r\nSubject: hello\r\n\r\nbody\r\n"
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
NAMES = ["localhost", "127.0.0.1"]
PASSWORD = "correct horse & battery=staple"


def authority(scene, name="ca"):
    return make_ca(scene.dir, name)


def certificate(scene, ca, name="server", sans=tuple(NAMES), **more):
    return make_cert(scene.dir, name, ca, name, list(sans), eku="server", **more)


def culvert_to(scene, address, name="culvert", **upstream):
    """An engine that sends all to `address` with these keys of `upstream`."""
    upstream = {key: str(value) for key, value in upstream.items()}
    kept = upstream.pop("kept_connections", None)
    if kept is not None:
        upstream["kept_connections"] = int(kept)
    config = config_of(address, service={"upstream": upstream})
    return Culvert(scene, config, name=name)


def send(culvert, to="b@two.example"):
    """250 or the refusal, as text."""
    client = SmtpClient(culvert.port)
    try:
        return client.send("a@one.example", [to], MESSAGE).decode()
    except SmtpError as refused:
        return refused.reply.decode()
    finally:
        client.socket.close()


def lines_of(culvert, event):
    return [line for line in culvert.log().splitlines() if event in line]


def test_matrix_of_modes_and_servers(scene):
    ca, stranger = authority(scene), authority(scene, "stranger")
    good = server_context(certificate(scene, ca))
    expired = server_context(certificate(scene, ca, "expired", days=-1))
    wrong_host = server_context(certificate(scene, ca, "other", ("other.example", "192.0.2.1")))
    name_only = server_context(certificate(scene, ca, "127.0.0.1", ("localhost",)))
    unknown = server_context(certificate(scene, stranger, "unknown"))
    wrong_use = server_context(make_cert(scene.dir, "use", ca, "use", NAMES, eku="client"))
    bad_certificates = {"expired": expired, "wronghost": wrong_host, "nameonly": name_only,
                        "unknown": unknown, "wronguse": wrong_use}
    words = {"expired": "has expired", "wronghost": "for another host",
             "nameonly": "for another host", "unknown": "no authority", "wronguse": "purpose",
             "none": "not offered", "refuse": "STARTTLS answered with 454",
             "garbage": "No TLS", "close": "No TLS", "inject": "No TLS"}
    bad_talk = ("refuse", "garbage", "close")
    for mode in ("none", "opportunistic", "require", "require_verify"):
        servers = {"good": OddServer(scene, good), "none": OddServer(scene, good, starttls=None),
                   "inject": OddServer(scene, good, starttls="inject")}
        servers |= {name: OddServer(scene, c) for name, c in bad_certificates.items()}
        servers |= {how: OddServer(scene, good, starttls=how) for how in bad_talk}
        upstream = {"tls": mode}
        if mode == "require_verify":
            upstream["ca_certs"] = str(ca.certificate)
        config = config_of("127.0.0.1:1", service={"upstream": upstream})
        config["services"][0]["hostnames"] = [
            {"hostname": f"{name}.example", "forwarding_address": server.address}
            for name, server in servers.items()]
        culvert = Culvert(scene, config, name=f"culvert-{mode}")
        for name, server in servers.items():
            if mode == "none":
                wanted = "clear"
            elif name == "good" or (name in bad_certificates and mode != "require_verify"):
                wanted = "tls"
            elif mode == "opportunistic" and name not in ("inject", "garbage"):
                wanted = "clear"
            else:
                wanted = "451"
            answer = send(culvert, f"b@{name}.example")
            cell = f"{mode} x {name}: {answer}"
            got = server.messages()
            if wanted == "451":
                assert "451 4.7.5" in answer, cell
                assert words[name] in answer, cell
                assert not got, cell
                assert not any(line.startswith((b"MAIL", b"RCPT"))
                               for s in server.sessions for _, line in s.commands), cell
            else:
                assert answer.startswith("250"), cell
                assert len(got) == 1, cell
                assert (got[0][0].version is not None) == (wanted == "tls"), cell
        ready = lines_of(culvert, "upstream.ready")
        assert all("verified=true" in r for r in ready) == (mode == "require_verify"), ready
        assert culvert.stop() == 0
        # Clean ends: QUIT, then close_notify (its lack is an error of recv here).
        for session in (s for s in servers["good"].sessions if s.messages):
            wait_for("the end", lambda s=session: s.ended_well)


def test_certificate_for_the_name_of_the_host(scene):
    ca = authority(scene)
    server = OddServer(scene, server_context(certificate(scene, ca, sans=("localhost",))))
    culvert = culvert_to(scene, f"localhost:{server.port}", tls="require_verify",
                         ca_certs=ca.certificate)
    assert send(culvert).startswith("250")
    assert server.messages()[0][0].version == "TLSv1.3"


def test_versions(scene):
    ca = authority(scene)
    own = certificate(scene, ca)
    old = OddServer(scene, server_context(own, high=V12))
    new = OddServer(scene, server_context(own, low=V13))
    for server, version in ((old, "TLSv1.2"), (new, "TLSv1.3")):
        culvert = culvert_to(scene, server.address, name=version, tls="require_verify",
                             ca_certs=ca.certificate)
        assert send(culvert).startswith("250")
        assert server.messages()[0][0].version == version
        assert f"tls={version} suite=TLS_" in "".join(lines_of(culvert, "upstream.ready"))
        assert culvert.stop() == 0
    culvert = culvert_to(scene, old.address, tls="require", minimum_version="TLSv1.3")
    answer = send(culvert)
    assert "451 4.7.5" in answer and "version" in answer, answer
    assert len(old.messages()) == 1


def test_implicit_tls(scene):
    ca = authority(scene)
    server = OddServer(scene, server_context(certificate(scene, ca)), implicit=True)
    plain = OddServer(scene, None, starttls=None)
    for mode in ("opportunistic", "require", "require_verify"):
        keys = {"ca_certs": ca.certificate} if mode == "require_verify" else {}
        culvert = culvert_to(scene, f"smtps://{server.address}", name=mode, tls=mode, **keys)
        assert send(culvert).startswith("250"), mode
        session = server.sessions[-1]
        assert session.version == "TLSv1.3" and len(session.messages) == 1
        assert b"STARTTLS" not in session.lines(False)
        assert culvert.stop() == 0
    culvert = culvert_to(scene, f"smtps://{plain.address}", tls="opportunistic")
    answer = send(culvert)
    assert "451 4.7.5" in answer, answer
    assert not plain.messages()


def test_client_certificate(scene):
    ca = authority(scene)
    ours = make_cert(scene.dir, "gateway", ca, "gateway.example", ["gateway.example"], eku="client")
    for version in (V12, V13):
        context = server_context(certificate(scene, ca), client_ca=ca, low=version, high=version)
        server = OddServer(scene, context)
        with_it = culvert_to(scene, server.address, name=f"with-{version.name}", tls="require",
                             certificate=ours.certificate, certificate_key=ours.key)
        assert send(with_it).startswith("250")
        assert (("commonName", "gateway.example"),) in server.sessions[-1].client_subject
        assert with_it.stop() == 0
        without = culvert_to(scene, server.address, name=f"without-{version.name}", tls="require")
        answer = send(without)
        assert "451 4.7.5" in answer, answer
        assert "alert" in "".join(lines_of(without, "upstream.tls_failed")), without.log()
        assert without.stop() == 0
        assert len(server.messages()) == 1


def test_lost_starttls_is_a_downgrade(scene):
    ca = authority(scene)

    def once(session, in_clear):
        return ["PIPELINING"] + (["STARTTLS"] if in_clear and session.number == 0 else [])

    for mode, wanted in (("require", "451 4.7.5"), ("require_verify", "451 4.7.5"),
                         ("opportunistic", "250")):
        server = OddServer(scene, server_context(certificate(scene, ca, mode)), offers=once)
        keys = {"ca_certs": ca.certificate} if mode == "require_verify" else {}
        culvert = culvert_to(scene, server.address, name=mode, tls=mode, kept_connections=0, **keys)
        # One connection may have been made at EHLO, to learn what is offered.
        answers = [send(culvert), send(culvert)]
        assert wanted in answers[1], answers
        assert server.sessions[0].version == "TLSv1.3"
        assert lines_of(culvert, "upstream.tls_downgrade"), culvert.log()
        clear = [s for s, _ in server.messages() if s.version is None]
        assert bool(clear) == (mode == "opportunistic"), mode
        assert culvert.stop() == 0


def test_failed_tls_is_remembered(scene):
    ca = authority(scene)
    server = OddServer(scene, server_context(certificate(scene, ca)), starttls="refuse")
    culvert = culvert_to(scene, server.address, tls="opportunistic", kept_connections=0)
    loops = int(re.search(r"loops=(\d+)", culvert.log())[1])  # each learns for itself
    for _ in range(loops * 2 + 6):
        assert send(culvert).startswith("250")
    asked = [s for s in server.sessions if b"STARTTLS" in s.lines(True)]
    failed = lines_of(culvert, "upstream.tls_failed")
    assert 1 <= len(asked) == len(failed) <= loops, (len(asked), failed)
    assert "STARTTLS answered with 454" in failed[0], failed


def test_handshake_that_hangs(scene):
    ca = authority(scene)
    server = OddServer(scene, server_context(certificate(scene, ca)), starttls="hang")
    culvert = culvert_to(scene, server.address, tls="require")
    answer = send(culvert)
    assert "451 4.7.5" in answer and "in time" in answer, answer
    assert not server.messages()


def test_offer_is_of_the_ehlo_under_tls(scene):
    ca = authority(scene)
    for clear, secure in ((["STARTTLS", "8BITMIME", "SMTPUTF8", "SIZE 5"], ["SIZE 77000"]),
                          (["STARTTLS", "SIZE 5"], ["SIZE 77000", "8BITMIME", "SMTPUTF8"])):
        server = OddServer(scene, server_context(certificate(scene, ca, f"s{len(clear)}")),
                           offers=lambda s, in_clear, c=clear, t=secure: c if in_clear else t)
        culvert = culvert_to(scene, server.address, name=f"c{len(clear)}", tls="require")
        client = SmtpClient(culvert.port)
        offered = client.ehlo.decode()
        assert "SIZE 77000" in offered, offered
        assert ("SMTPUTF8" in offered) == ("SMTPUTF8" in secure), offered
        client.quit()
        session = server.sessions[0]
        assert session.lines(True) == [session.lines(True)[0], b"STARTTLS"]
        assert culvert.stop() == 0


def test_sessions_are_resumed(scene):
    ca = authority(scene)
    for version in (V12, V13):
        context = server_context(certificate(scene, ca, version.name), low=version, high=version)
        server = OddServer(scene, context)
        culvert = culvert_to(scene, server.address, name=version.name, tls="require_verify",
                             ca_certs=ca.certificate, kept_connections=0)
        for _ in range(12):
            assert send(culvert).startswith("250")
        assert [s.resumed for s in server.sessions].count(True) > 0, version
        assert all("verified=true" in r for r in lines_of(culvert, "upstream.ready"))
        assert culvert.stop() == 0


def test_connections_are_kept(scene):
    ca = authority(scene)
    server = OddServer(scene, server_context(certificate(scene, ca)))
    culvert = culvert_to(scene, server.address, tls="require")
    client = SmtpClient(culvert.port)
    for _ in range(5):
        assert client.send("a@one.example", ["b@two.example"], MESSAGE).startswith(b"250")
    client.quit()
    assert len({id(s) for s, _ in server.messages()}) == 1


def test_reload_with_other_authorities_or_login(scene):
    ca, stranger = authority(scene), authority(scene, "stranger")
    server = OddServer(scene, server_context(certificate(scene, ca)), login=("gateway", PASSWORD))
    keys = {**login_keys(scene), "tls": "require_verify", "ca_certs": scene.dir / "ca.pem"}
    culvert = culvert_to(scene, server.address, **keys)
    good = (scene.dir / "ca.pem").read_bytes()
    client = SmtpClient(culvert.port)  # one loop, one pool

    def deliver():
        try:
            return client.send("a@one.example", ["b@two.example"], MESSAGE).decode()
        except SmtpError as refused:
            client.command(b"RSET")
            return refused.reply.decode()

    def reload():
        before = culvert.log().count("reload.done")
        culvert.signal(signal.SIGHUP)
        wait_for("the reload", lambda: culvert.log().count("reload.done") > before)

    def sessions_with_mail():
        return len({id(s) for s, _ in server.messages()})

    assert deliver().startswith("250")
    reload()  # nothing has changed: the connection is kept
    assert deliver().startswith("250") and sessions_with_mail() == 1
    (scene.dir / "ca.pem").write_bytes(stranger.certificate.read_bytes())
    reload()
    assert "451 4.7.5" in deliver()  # a kept connection of other settings is not used
    (scene.dir / "ca.pem").write_bytes(good)
    (scene.dir / "password").write_text("another one\n")
    reload()
    assert "451 4.7.0" in deliver()
    (scene.dir / "password").write_text(PASSWORD + "\n")
    reload()
    assert deliver().startswith("250")
    client.quit()
    assert culvert.stop() == 0
    assert_secret(culvert, PASSWORD, "another one")


def test_end_in_mid_message(scene):
    ca = authority(scene)
    server = OddServer(scene, server_context(certificate(scene, ca)), ends_in_text=True)
    culvert = culvert_to(scene, server.address, tls="require")
    answer = send(culvert)
    assert answer.startswith("451 4.4.2"), answer
    assert not server.messages()


def test_failover_from_tls_that_fails(scene):
    ca, stranger = authority(scene), authority(scene, "stranger")
    bad = OddServer(scene, server_context(certificate(scene, stranger, "bad")))
    good = OddServer(scene, server_context(certificate(scene, ca)))
    culvert = culvert_to(scene, [bad.address, good.address], tls="require_verify",
                         ca_certs=ca.certificate)
    assert send(culvert).startswith("250")
    assert len(good.messages()) == 1 and not bad.messages()


def login_keys(scene, name="gateway", password=PASSWORD):
    path = scene.dir / "password"
    path.write_text(password + "\n")
    path.chmod(0o600)
    return {"tls": "require", "username": name, "password_file": path}


def assert_secret(culvert, *passwords):
    log = culvert.log()
    for password in passwords:
        forms = [password, base64.b64encode(password.encode()).decode().rstrip("="),
                 base64.b64encode(b"\0gateway\0" + password.encode()).decode().rstrip("=")]
        for form in forms:
            assert form not in log, form


def test_login(scene):
    ca = authority(scene)
    context = server_context(certificate(scene, ca))
    for mechanisms in ("PLAIN", "LOGIN", "CRAM-MD5 LOGIN PLAIN"):
        server = OddServer(scene, context, login=("gateway", PASSWORD), mechanisms=mechanisms)
        culvert = culvert_to(scene, server.address, name=f"login-{mechanisms.split()[0]}",
                             **login_keys(scene))
        for _ in range(3):
            assert send(culvert).startswith("250"), mechanisms
        for session in server.sessions:
            logins = [line for line in session.lines(False) if line.startswith(b"AUTH")]
            assert len(logins) == 1, logins  # once a connection, kept or not
            assert logins[0].startswith(b"AUTH PLAIN" if "PLAIN" in mechanisms else b"AUTH LOGIN")
            assert not any(line.startswith(b"AUTH") for line in session.lines(True))
        assert "login=true" in "".join(lines_of(culvert, "upstream.ready"))
        assert culvert.stop() == 0
        assert_secret(culvert, PASSWORD)


def test_long_login_waits_for_its_turn(scene):
    ca = authority(scene)
    password = "x" * 600
    server = OddServer(scene, server_context(certificate(scene, ca)), login=("gateway", password))
    culvert = culvert_to(scene, server.address, **login_keys(scene, password=password))
    assert send(culvert).startswith("250")
    assert b"AUTH PLAIN" in server.sessions[0].lines(False)
    assert_secret(culvert, password)


def test_refused_login(scene):
    ca = authority(scene)
    context = server_context(certificate(scene, ca))
    for refusal in (b"535 5.7.8", b"454 4.7.0", b"421 4.7.0"):
        for mechanisms in ("PLAIN", "LOGIN"):
            server = OddServer(scene, context, login=("gateway", "another"), mechanisms=mechanisms,
                               refuse_login=refusal)
            name = f"refused-{refusal[:3].decode()}-{mechanisms}"
            culvert = culvert_to(scene, server.address, name=name, **login_keys(scene))
            answer = send(culvert)
            assert "451 4.7.0" in answer and "login" in answer, answer
            assert refusal[:3].decode() in "".join(lines_of(culvert, "upstream.auth_failed"))
            assert not server.messages()
            assert culvert.stop() == 0
            assert_secret(culvert, PASSWORD)


def test_no_mechanism_that_we_know(scene):
    ca = authority(scene)
    server = OddServer(scene, server_context(certificate(scene, ca)), login=("gateway", PASSWORD),
                       mechanisms="CRAM-MD5 XOAUTH2")
    culvert = culvert_to(scene, server.address, **login_keys(scene))
    answer = send(culvert)
    assert "451 4.7.0" in answer, answer
    assert "neither AUTH PLAIN nor AUTH LOGIN" in culvert.log()
    assert not server.messages()


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
