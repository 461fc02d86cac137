#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logins that are passed on: swaks through Culvert at a server that knows the account. The log of
everything, debug included, has the name and never the password, in no spelling."""
import base64
import shutil
import smtplib
import ssl
import subprocess
import sys

from certificates import make_ca, make_cert
from harness import Culvert, SSN_RULES, config_of, run_tests, skip
from odd_server import OddServer, server_context

NAME, PASSWORD = "ann@one.example", "Tr0ub4dor&3-x"


def chain(scene, mechanisms="PLAIN LOGIN", rules=None, account=(NAME, PASSWORD)):
    ca = make_ca(scene.dir, "ca")
    own = make_cert(scene.dir, "mx", ca, "mx.example", ["mx.example", "127.0.0.1"])
    server = OddServer(scene, server_context(own), login=account, mechanisms=mechanisms)
    config = config_of(server.address, rules or SSN_RULES,
                       service={"upstream": {"tls": "require_verify",
                                             "ca_certs": str(ca.certificate)}})
    config["log"] = {"level": "debug"}
    config["tunnels"][0] |= {"tls_mode": "starttls", "certificate": str(own.certificate),
                             "certificate_key": str(own.key)}
    config["tunnels"][0].setdefault("advanced_settings", {})["auth"] = "pass"
    return server, Culvert(scene, config)


def swaks(culvert, password, mechanism, *options):
    return subprocess.run(
        ["swaks", "--server", f"127.0.0.1:{culvert.port}", "--from", NAME, "--to", "b@two.example",
         "--ehlo", "client.example", "--auth", mechanism, "--auth-user", NAME, "--auth-password",
         password, "--body", "hello", *options], capture_output=True, text=True, timeout=120)


def spellings(password):
    """As it stands, and as it may stand in base64, at each of the three places in a quantum."""
    yield password
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + password.encode()).decode()
        yield text[4 if shift else 0:-4]


def check_log(culvert, *passwords):
    log = culvert.log()
    for password in passwords:
        for spelling in spellings(password):
            assert spelling not in log, f"the log has the password as {spelling}"
    return log


def need_swaks():
    if not shutil.which("swaks"):
        skip("no swaks here")


def test_login_is_passed_on(scene):
    need_swaks()
    for mechanism in ("PLAIN", "LOGIN"):
        server, culvert = chain(scene, rules=SSN_RULES + [
            {"when": {"user": "ann@*"}, "rules": [
                {"transform": "Header", "header_name": "X-User", "header_value": "%(user)s"}]}])
        done = swaks(culvert, PASSWORD, mechanism, "--tls")
        assert done.returncode == 0, done.stdout + done.stderr
        message = server.sessions[-1].messages[-1]
        assert f"X-User: {NAME}".encode() in message, message
        log = check_log(culvert, PASSWORD)
        assert "login.done" in log and f"user={NAME}" in log, log


def test_wrong_password(scene):
    need_swaks()
    server, culvert = chain(scene)
    done = swaks(culvert, "not-the-Passw0rd", "PLAIN", "--tls")
    assert done.returncode == 28 and "535" in done.stdout, done.stdout
    assert not any(session.messages for session in server.sessions)
    log = check_log(culvert, "not-the-Passw0rd", PASSWORD)
    assert "login.refused" in log and NAME not in log.split("login.refused")[1].split("\n")[0]


def test_no_login_in_clear(scene):
    need_swaks()
    server, culvert = chain(scene)
    done = swaks(culvert, PASSWORD, "PLAIN")
    assert done.returncode != 0 and "AUTH" not in done.stdout.split("EHLO")[1], done.stdout
    assert not any(line.startswith(b"AUTH") for session in server.sessions
                   for _, line in session.commands)
    check_log(culvert, PASSWORD)


def log_in(culvert, *lines):
    """The last answer to the lines of an exchange."""
    with smtplib.SMTP("127.0.0.1", culvert.port, timeout=60) as client:
        client.starttls(context=ssl._create_unverified_context())
        client.ehlo("client.example")
        return [client.docmd(line) for line in lines][-1]


def test_password_is_no_name(scene):
    """Whose password is another's name is not that other, whatever stands in front of it."""
    boss = "ceo@corp.example"
    said = base64.b64encode(boss.encode()).decode()
    for rules in (SSN_RULES, [{"when": {"user": {"none": [boss]}}, "dispose": "reject"}]):
        server, culvert = chain(scene, rules=rules, account=("joe", boss))
        for response in ("am9l=", "am9l==", "am9l."):
            code, text = log_in(culvert, f"AUTH LOGIN {response}", said)
            assert code == (235 if rules is SSN_RULES else 535), text
        assert log_in(culvert, "AUTH LOGIN am9l", said)[0] == 235
        assert log_in(culvert, "AUTH LOGIN", "am9l", said)[0] == 235
        culvert.stop()
    log = check_log(culvert, boss)  # of both
    assert log.count("user=joe") == 4, log


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
