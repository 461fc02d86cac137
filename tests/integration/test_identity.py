#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The real Postfix is told who the client is, by XFORWARD, XCLIENT and a PROXY header: what it writes into its
log, and what it decides by, is the client's address and not ours. The clients are addresses of 127.0.0.0/8."""
import re
import smtplib
import sys

from certificates import make_ca, make_cert
from harness import Culvert, Postfix, config_of, have_postfix, run_tests, skip, wait_for

US = "127.0.0.1"
BANNED = "127.0.0.66"


def postfix(scene, **main):
    """It takes mail of everybody but BANNED and drops it. Culvert calls from US, as its own address would."""
    return Postfix(scene, "postfix", {
        "default_transport": "discard", "relay_transport": "discard",
        "smtpd_client_restrictions": f"check_client_access inline:{{{{{BANNED}=550 5.7.1 not you}}}}",
        **main})


def culvert(scene, server, how, rules=(), **upstream):
    return Culvert(scene, config_of(f"127.0.0.1:{server.port}", list(rules), service={
        "upstream": {"send_proxy": how, "tls": "none", **upstream}}))


def send(engine, address, helo="client.example", times=1):
    """From that address; the port of the client."""
    with smtplib.SMTP(source_address=(address, 0), local_hostname=helo, timeout=60) as client:
        client.connect("127.0.0.1", engine.port)
        port = client.sock.getsockname()[1]
        for _ in range(times):
            client.sendmail("a@one.example", ["b@two.example"], b"Subject: x\r\n\r\nhello\r\n")
        return port


def log_of(server):
    return server.log_path.read_text(errors="replace")


def mails(server):
    """(client as the log names it, its whole line)"""
    return re.findall(r"smtpd\[\d+\]: [0-9A-F]+: client=(\S+?)(?:,|$)", log_of(server), re.M)


def wait_for_mails(server, count):
    wait_for(f"{count} mails in Postfix", lambda: len(mails(server)) >= count)
    return mails(server)


def test_xforward(scene):
    server = postfix(scene, smtpd_authorized_xforward_hosts="127.0.0.0/8")
    engine = culvert(scene, server, "xforward")
    send(engine, "127.0.0.7")
    send(engine, "127.0.0.8")
    wait_for_mails(server, 2)
    found = re.findall(r"client=\S+, orig_client=(\S+)", log_of(server))
    assert found == ["unknown[127.0.0.7]", "unknown[127.0.0.8]"], found


def test_xclient(scene):
    server = postfix(scene, smtpd_authorized_xclient_hosts=US,
                     smtpd_sender_restrictions="warn_if_reject reject")
    engine = culvert(scene, server, "xclient")
    send(engine, "127.0.0.7", "seven.example", times=3)
    send(engine, "127.0.0.8", "eight.example")
    found = wait_for_mails(server, 4)
    assert found == ["unknown[127.0.0.7]"] * 3 + ["unknown[127.0.0.8]"], found
    log = log_of(server)
    helos = re.findall(r"reject_warning: RCPT from unknown\[(\S+)\]: .*proto=ESMTP helo=<(\S+)>", log)
    assert helos == [("127.0.0.7", "seven.example")] * 3 + [("127.0.0.8", "eight.example")], helos
    # The three of the first client over one connection, which ends with the client.
    wait_for("the end of both", lambda: len(re.findall(
        r"disconnect from unknown\[127.0.0.[78]\]", log_of(server))) == 2)
    check_banned(engine, server)


def check_banned(engine, server):
    """Postfix refuses by the client's address, and nobody else suffers."""
    with smtplib.SMTP(source_address=(BANNED, 0), local_hostname="c.example", timeout=60) as client:
        client.connect("127.0.0.1", engine.port)
        client.ehlo()
        code, text = client.mail("a@one.example")
        if code == 250:
            code, text = client.rcpt("b@two.example")
        assert code == 550 and b"not you" in text, (code, text)
    before = len(mails(server))
    send(engine, "127.0.0.9")
    assert wait_for_mails(server, before + 1)[-1] == "unknown[127.0.0.9]"


def test_xclient_names_the_user_of_a_rule(scene):
    server = postfix(scene, smtpd_authorized_xclient_hosts=US)
    engine = culvert(scene, server, "xclient", rules=[
        {"extract": "Subject", "rules": [{"set_user_identity": "user %(input)s"}]}])
    send(engine, "127.0.0.7")
    wait_for_mails(server, 1)
    found = re.findall(r"client=(\S+), sasl_method=XCLIENT, sasl_username=(.*)", log_of(server))
    assert found == [("unknown[127.0.0.7]", "user x")], log_of(server)
    assert 'user="user x"' in engine.log() or "user=user x" in engine.log(), engine.log()


def test_xclient_under_tls(scene):
    ca = make_ca(scene.dir, "ca")
    own = make_cert(scene.dir, "mta", ca, "mta.example", ["mta.example", "127.0.0.1"])
    server = postfix(scene, smtpd_authorized_xclient_hosts=US, smtpd_tls_security_level="encrypt",
                     smtpd_tls_cert_file=own.certificate, smtpd_tls_key_file=own.key, smtpd_tls_loglevel="1")
    engine = culvert(scene, server, "xclient", tls="require_verify", ca_certs=str(ca.certificate))
    send(engine, "127.0.0.7", times=2)
    assert wait_for_mails(server, 2) == ["unknown[127.0.0.7]"] * 2


def test_xclient_where_it_is_not_allowed(scene):
    server = postfix(scene)
    engine = culvert(scene, server, "xclient")
    try:
        send(engine, "127.0.0.7")
        raise AssertionError("the mail went to a server that takes us for the client")
    except smtplib.SMTPSenderRefused as refused:
        assert refused.smtp_code == 451 and b"4.7.0" in refused.smtp_error, refused
    assert "upstream.xclient_failed" in engine.log() and "XCLIENT is not offered" in engine.log()
    assert mails(server) == []


def test_proxy_v2(scene):
    server = Postfix(scene, "postfix", {
        "default_transport": "discard", "relay_transport": "discard",
        "smtpd_client_restrictions": f"check_client_access inline:{{{{{BANNED}=550 5.7.1 not you}}}}"},
        smtpd_options="-o smtpd_upstream_proxy_protocol=haproxy")
    engine = culvert(scene, server, "proxy_v2")
    send(engine, "127.0.0.7", times=3)
    send(engine, "127.0.0.8")
    found = wait_for_mails(server, 4)
    assert found == ["unknown[127.0.0.7]"] * 3 + ["unknown[127.0.0.8]"], found
    connects = re.findall(r"smtpd\[\d+\]: connect from unknown\[(127.0.0.[78])\]", log_of(server))
    assert connects == ["127.0.0.7", "127.0.0.8"], connects
    check_banned(engine, server)


def test_proxy_v2_in_front_of_tls(scene):
    ca = make_ca(scene.dir, "ca")
    own = make_cert(scene.dir, "mta", ca, "mta.example", ["mta.example", "127.0.0.1"])
    server = Postfix(scene, "postfix", {
        "default_transport": "discard", "relay_transport": "discard",
        "smtpd_tls_security_level": "encrypt",
        "smtpd_tls_cert_file": own.certificate, "smtpd_tls_key_file": own.key},
        smtpd_options="-o smtpd_upstream_proxy_protocol=haproxy")
    engine = culvert(scene, server, "proxy_v2", tls="require_verify", ca_certs=str(ca.certificate))
    send(engine, "127.0.0.7", times=2)
    assert wait_for_mails(server, 2) == ["unknown[127.0.0.7]"] * 2


def test_proxy_v2_where_the_client_is_refused_at_once(scene):
    """smtpd_delay_reject = no: the greeting says 550. The hop is not down for others."""
    server = Postfix(scene, "postfix", {
        "default_transport": "discard", "relay_transport": "discard", "smtpd_delay_reject": "no",
        "smtpd_client_restrictions": f"check_client_access inline:{{{{{BANNED}=550 5.7.1 not you}}}}"},
        smtpd_options="-o smtpd_upstream_proxy_protocol=haproxy")
    engine = culvert(scene, server, "proxy_v2")
    send(engine, "127.0.0.7")
    try:
        send(engine, BANNED)
        raise AssertionError("a client that Postfix does not want has sent mail")
    except smtplib.SMTPSenderRefused as refused:
        assert refused.smtp_code == 451 and b"4.7.1" in refused.smtp_error, refused
    assert "upstream.client_refused" in engine.log() and "upstream.down" not in engine.log()
    send(engine, "127.0.0.8")
    assert wait_for_mails(server, 2) == ["unknown[127.0.0.7]", "unknown[127.0.0.8]"]


if __name__ == "__main__":
    if not have_postfix():
        skip("needs root and Postfix")
    run_tests(sys.modules[__name__])
