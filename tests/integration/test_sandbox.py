#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sandbox of a running process: what must still work in it, and what a reload is told."""
import ctypes
import hashlib
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile

from certificates import make_ca, make_cert
from client import SmtpClient
import harness
from harness import Culvert, Sink, config_of, run_tests, skip, wait_for

PLAIN = b"From: a@one.example\r\nSubject: hello\r\n\r\nbody\r\n"
LARGE = b"From: a@one.example\r\nSubject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * 30000


def landlock():
    """The kernel's version of it; -1 for none."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1)


def threads(culvert):
    for task in pathlib.Path(f"/proc/{culvert.process.pid}/task").iterdir():
        yield dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines())


def outside(scene):
    """A folder that is not below that of the configuration."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="culvert-outside-"))
    scene.later(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def send(culvert, message=PLAIN):
    client = SmtpClient(culvert.port)
    assert client.send("a@one.example", ["b@two.example"], message).startswith(b"250")
    client.quit()


def reload(culvert, config, event="reload.done"):
    before = culvert.log().count(event)
    culvert.write(config)
    culvert.signal(signal.SIGHUP)
    wait_for(event, lambda: culvert.log().count(event) > before)


def test_every_thread_is_in_it(scene):
    sink = Sink(scene)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", admin={"port": 0}))
    send(culvert)
    for status in threads(culvert):
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2"), status
    assert f"run.sandbox landlock={max(landlock(), 0)} seccomp=true" in culvert.log()
    assert culvert.stop() == 0
    culvert.write(config_of(f"127.0.0.1:{sink.port}", run={"sandbox": "off"}))
    culvert.log_path.write_text("")
    culvert.start()
    for status in threads(culvert):
        assert status["Seccomp"] == "0", status
    assert "run.sandbox" not in culvert.log()
    assert culvert.stop() == 0


def test_mail_needs_nothing_that_is_gone(scene):
    """Names are looked up, large messages spooled, Maildirs made, the engine starts on two loops."""
    sink = Sink(scene)
    spool = outside(scene)
    settings = {"spool_directory": str(spool), "message_memory": 65536}
    config = config_of(f"localhost:{sink.port}", tunnel=settings)
    config["tunnels"].append({**config["tunnels"][0], "name": "m"})
    mail = outside(scene) / "not" / "yet"
    config["services"].append({**config["services"][0], "name": "m", "tunnels": ["m"],
                               "hostnames": [{"hostname": "*",
                                              "forwarding_address": f"maildir:{mail}"}]})
    mail.parent.mkdir()
    culvert = Culvert(scene, config)
    send(culvert)
    send(culvert, LARGE)
    assert len(sink.messages) == 2
    client = SmtpClient(culvert.ports["m"])
    for message in (PLAIN, LARGE):
        assert client.send("a@one.example", ["b@two.example"], message).startswith(b"250")
    bodies = {p.read_bytes().split(b"\r\n\r\n", 1)[1] for p in (mail / "new").iterdir()}
    assert bodies == {m.split(b"\r\n\r\n", 1)[1] for m in (PLAIN, LARGE)}
    assert culvert.stop() == 0


def test_a_reload_cannot_write_elsewhere(scene):
    sink = Sink(scene)
    upstream = f"127.0.0.1:{sink.port}"
    spool, other = outside(scene), outside(scene)
    settings = {"spool_directory": str(spool), "message_memory": 65536}
    culvert = Culvert(scene, config_of(upstream, tunnel=settings))
    for wanted in (config_of(upstream, tunnel={**settings, "spool_directory": str(other)}),
                   config_of(f"maildir:{other}/mail", tunnel=settings)):
        before = culvert.log().count("reload.refused")
        reload(culvert, wanted, "reload.refused")
        said = [l for l in culvert.log().splitlines() if "reload.refused" in l]
        assert len(said) == before + 1
        assert f"{other} is outside of the sandbox" in said[-1] and "restart" in said[-1], said
        send(culvert, LARGE)
    # What is below is inside.
    (spool / "below").mkdir()
    reload(culvert, config_of(upstream, tunnel={**settings, "spool_directory": f"{spool}/below"}))
    send(culvert, LARGE)
    assert culvert.stop() == 0
    culvert.write(config_of(upstream, tunnel={**settings, "spool_directory": str(other)}))
    culvert.start()
    send(culvert, LARGE)
    assert culvert.stop() == 0


def with_certificate(folder):
    config = config_of("127.0.0.1:25")
    config["tunnels"][0].update({"certificate": f"{folder}/server.pem",
                                 "certificate_key": f"{folder}/server.key"})
    return config


def test_a_reload_cannot_read_elsewhere(scene):
    ca = make_ca(scene.dir, "ca")
    home, other = outside(scene), outside(scene)
    for folder in (home, other):
        make_cert(folder, "server", ca, "mail.example", ["mail.example"])
    culvert = Culvert(scene, with_certificate(home))
    reload(culvert, with_certificate(other), "reload.refused")
    said = [l for l in culvert.log().splitlines() if "reload.refused" in l][-1]
    assert "the sandbox allows reading where the configuration of the start did: restart" in said
    assert f"{other}/server" in culvert.log()
    # Another mistake is not blamed on it.
    culvert.config_path.write_text("{ not json")
    culvert.signal(signal.SIGHUP)
    wait_for("the refusal", lambda: culvert.log().count("reload.refused") == 2)
    said = [l for l in culvert.log().splitlines() if "reload.refused" in l][-1]
    assert "sandbox" not in said
    assert culvert.stop() == 0


def certificate_of(port):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client = SmtpClient(port).starttls(context)
    return hashlib.sha256(client.socket.getpeercert(True)).hexdigest()


def test_certificates_are_renewed_by_turning_a_link(scene):
    """As it is done: a new folder beside the old one, and a link that leads to it from then on."""
    ca = make_ca(scene.dir, "ca")
    home = outside(scene)
    for name in ("v1", "v2"):
        (home / name).mkdir()
        make_cert(home / name, "server", ca, "mail.example", ["mail.example"])
        if name == "v1":
            os.symlink("v1", home / "current")
            culvert = Culvert(scene, with_certificate(home / "current"))
            first = certificate_of(culvert.port)
    os.symlink("v2", home / "next")
    os.rename(home / "next", home / "current")
    wait_for("the new certificate", lambda: certificate_of(culvert.port) != first)
    assert "reload.refused" not in culvert.log()
    assert culvert.stop() == 0


def test_programs_of_another_user_are_confined_too(scene):
    """Landlock and seccomp need no root."""
    os.chmod(scene.dir, 0o777)
    config = config_of("127.0.0.1:25", run={"user": "nobody"})
    culvert = Culvert(scene, config)
    for status in threads(culvert):
        assert status["Seccomp"] == "2" and status["Uid"].split()[0] != "0"
    assert culvert.stop() == 0


def test_names_are_found_where_the_systems_files_are_links(scene):
    """As network managers make them: to a folder that the engine knows nothing of."""
    place = outside(scene)
    if subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        skip("a name space of its own is not allowed here")
    etc, run = place / "etc", place / "run" / "manager"
    subprocess.run(["cp", "-a", "/etc", str(etc)], check=True)
    run.mkdir(parents=True)
    (run / "hosts").write_text("127.0.0.1 mta.elsewhere.example\n")
    (etc / "hosts").unlink()
    (etc / "hosts").symlink_to(run / "hosts")
    (etc / "nsswitch.conf").write_text("hosts: files\npasswd: files\ngroup: files\n")
    wrapper = scene.dir / "with-links"
    wrapper.write_text(f"#!/bin/sh\nexec unshare -m sh -c 'mount --bind \"$0\" /etc && exec \"$@\"' '{etc}' "
                       f"'{os.path.abspath(harness.CULVERT)}' \"$@\"\n")
    wrapper.chmod(0o755)
    sink = Sink(scene)
    engine, harness.CULVERT = harness.CULVERT, str(wrapper)
    try:
        culvert = Culvert(scene, config_of(f"mta.elsewhere.example:{sink.port}"))
    finally:
        harness.CULVERT = engine
    send(culvert)
    assert len(sink.messages) == 1
    assert culvert.stop() == 0


def test_a_reload_that_detects(scene):
    """What comes with the program can be read, though the configuration of the start named none."""
    sink = Sink(scene)
    culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}"))
    card = PLAIN + b"4111 1111 1111 1111\r\n"
    send(culvert, card)
    rules = [{"detect": "credit_card", "rules": [{"dispose": "reject"}]}, {"detect": "PCI"}]
    reload(culvert, config_of(f"127.0.0.1:{sink.port}", rules))
    client = SmtpClient(culvert.port)
    assert client.send("a@one.example", ["b@two.example"], card).startswith(b"550")
    client.quit()
    assert culvert.stop() == 0


def test_a_configuration_in_the_root(scene):
    """As containers have it: it is read again where it is written anew, and the log says the rest."""
    path = pathlib.Path(tempfile.mkstemp(prefix="culvert-", suffix=".json", dir="/")[1])
    scene.later(path.unlink)
    sink = Sink(scene)
    config = config_of(f"127.0.0.1:{sink.port}")

    class Rooted(Culvert):
        def write(self, config):
            self.config_path = path
            super().write(config)

    culvert = Rooted(scene, config)
    assert f'run.root_folder path={path} hint="where it is replaced' in culvert.log(), culvert.log()
    reload(culvert, config_of(f"127.0.0.1:{sink.port}", tunnel={"max_connections": 7}))
    send(culvert)
    assert culvert.stop() == 0
    culvert.write(config_of("maildir:/no-such-folder-of-culvert/mail"))
    culvert.start()
    assert 'run.root_folder path=/no-such-folder-of-culvert/mail hint="it cannot be made' in culvert.log()
    assert culvert.stop() == 0


if __name__ == "__main__":
    if landlock() < 2 or os.geteuid() != 0:
        print("this needs root, and a kernel with Landlock")
        sys.exit(77)
    run_tests(sys.modules[__name__])
