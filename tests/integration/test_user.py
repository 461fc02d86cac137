#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An own user: what the process keeps of root's rights, and what it says of files it cannot read."""
import grp
import json
import os
import pathlib
import pwd
import re
import signal
import socket
import subprocess
import sys
import urllib.request

from certificates import make_ca, make_cert
from client import SmtpClient
from harness import CULVERT, Culvert, Sink, config_of, port_is_open, run_tests, wait_for

USER = "nobody"
PLAIN = b"From: a@one.example\r\nSubject: hello\r\n\r\nbody\r\n"
NET_BIND_SERVICE = 1 << 10


def low_ports(count):
    """Free ports that root alone may bind."""
    found = []
    for port in range(600, 1023):
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                found.append(port)
            except OSError:
                continue
        if len(found) == count:
            return found
    raise AssertionError("no free port below 1024")


def status_of(culvert):
    """Of every thread: {field: value}."""
    for task in pathlib.Path(f"/proc/{culvert.process.pid}/task").iterdir():
        yield dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines())


def config(scene, upstream, port, user=USER, **tunnel):
    spool = scene.dir / "spool"
    if not spool.exists():
        spool.mkdir(mode=0o700)
        os.chown(spool, pwd.getpwnam(USER).pw_uid, -1)
    made = config_of(upstream, tunnel={"spool_directory": str(spool), "message_memory": 65536},
                     run={"user": user})
    made["tunnels"][0].update({"port": port, **tunnel})
    return made


def test_it_becomes_the_user_and_still_binds_low_ports(scene):
    sink = Sink(scene)
    upstream = f"127.0.0.1:{sink.port}"
    first, second = low_ports(2)
    culvert = Culvert(scene, config(scene, upstream, first))
    user = pwd.getpwnam(USER)
    threads = list(status_of(culvert))
    assert len(threads) >= 4
    for status in threads:
        assert status["Uid"].split() == [str(user.pw_uid)] * 4, status["Uid"]
        assert status["Gid"].split() == [str(user.pw_gid)] * 4, status["Gid"]
        groups = {int(g) for g in status["Groups"].split()}
        assert groups <= {user.pw_gid} | {g.gr_gid for g in grp.getgrall() if USER in g.gr_mem}
        for kind in ("CapPrm", "CapEff", "CapBnd"):
            assert int(status[kind], 16) == NET_BIND_SERVICE, (kind, status[kind])
        assert int(status["CapInh"], 16) == 0 and status["NoNewPrivs"] == "1"
    client = SmtpClient(culvert.port)
    assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")

    changed = config(scene, upstream, first)
    changed["tunnels"].append({**changed["tunnels"][0], "name": "u", "port": second})
    changed["services"][0]["tunnels"].append("u")
    culvert.write(changed)
    culvert.signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload.done" in culvert.log())
    assert port_is_open(second)

    # A large message lies in a file of the user's.
    client = SmtpClient(culvert.port)
    for line in (b"MAIL FROM:<a@one.example>", b"RCPT TO:<b@two.example>", b"DATA"):
        client.command(line)
    client.socket.sendall(b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * 4000)

    def spooled():
        for fd in pathlib.Path(f"/proc/{culvert.process.pid}/fd").iterdir():
            try:
                if os.readlink(fd).startswith(str(scene.dir / "spool")):
                    return os.stat(fd)
            except OSError:
                pass
        return None
    assert wait_for("the spool file", spooled).st_uid == user.pw_uid
    assert client.command(b".").startswith(b"250")
    assert culvert.stop() == 0


def test_it_still_knows_itself(scene):
    settings = config(scene, "127.0.0.1:25", 0)
    settings["admin"] = {"port": 0}
    culvert = Culvert(scene, settings)
    port = int(wait_for("the listener", lambda: re.search(r"ready admin address=127\.0\.0\.1:(\d+)",
                                                          culvert.log())).group(1))
    page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30).read().decode()
    for name in ("process_open_fds", "process_resident_memory_bytes", "process_start_time_seconds"):
        value = re.search(rf"^{name} (\d+)$", page, re.MULTILINE)
        assert value and int(value.group(1)) > 5, (name, value)
    assert culvert.stop() == 0


def test_another_user_takes_a_restart(scene):
    culvert = Culvert(scene, config(scene, "127.0.0.1:25", 0))
    culvert.write(config(scene, "127.0.0.1:25", 0, user="daemon"))
    culvert.signal(signal.SIGHUP)
    wait_for("the refusal", lambda: "reload.refused" in culvert.log())
    assert 'what stands in \\"run\\" takes effect with a restart' in culvert.log()
    assert culvert.stop() == 0


def test_files_that_the_user_cannot_read_are_told(scene):
    ca = make_ca(scene.dir, "ca")
    made = make_cert(scene.dir, "server", ca, "mail.example", ["mail.example"])
    certificate, key = made.certificate, made.key
    os.chmod(key, 0o600)
    settings = {"certificate": str(certificate), "certificate_key": str(key)}
    culvert = Culvert(scene, config(scene, "127.0.0.1:25", 0, **settings))
    told = [l for l in culvert.log().splitlines() if "run.unreadable" in l]
    assert len(told) == 1 and str(key) in told[0] and f"user={USER}" in told[0], told
    assert culvert.stop() == 0
    os.chown(key, 0, pwd.getpwnam(USER).pw_gid)
    os.chmod(key, 0o640)
    culvert.log_path.write_text("")
    culvert.start()
    assert "run.unreadable" not in culvert.log()
    culvert.signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload.done" in culvert.log())
    assert culvert.stop() == 0


def fails(scene, settings, why, as_user=None):
    path = scene.dir / "fails.json"
    path.write_text(json.dumps(settings))

    def become():
        if as_user:
            os.setgroups([])
            os.setuid(pwd.getpwnam(as_user).pw_uid)
    done = subprocess.run([CULVERT, "run", "--config", str(path)], capture_output=True, text=True,
                          timeout=60, preexec_fn=become, check=False)
    assert done.returncode == 1 and why in done.stderr, done.stderr


def test_what_keeps_it_from_starting(scene):
    settings = config(scene, "127.0.0.1:25", 0)
    os.chown(scene.dir / "spool", 0, 0)
    fails(scene, settings, f'tunnel "t": the user "{USER}" cannot make files in the spool folder')
    fails(scene, config(scene, "127.0.0.1:25", 0, user="no-such-user"), "expected a user of this host")
    fails(scene, config(scene, "127.0.0.1:25", 0, user="root"), "expected a user other than root")
    settings = config_of("127.0.0.1:25", run={"user": "daemon"})
    if os.access(CULVERT, os.X_OK) and CULVERT.startswith("/tmp"):
        fails(scene, settings, 'only root can become "daemon"', USER)


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("only root can become another user")
        sys.exit(77)
    run_tests(sys.modules[__name__])
