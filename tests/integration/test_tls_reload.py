#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Certificates, keys, authorities and passwords that change while the engine runs."""
import os
import signal
import socket
import ssl
import subprocess
import sys
import time

from certificates import make_ca, make_cert, put_in_place
from client import SmtpClient, SmtpError
from harness import CULVERT, Culvert, LOCALHOST, Sink, config_of, run_tests, wait_for
from tls_load import context_for, name_of, reload_under_load

MESSAGE = b"From: a@one.example\r\nSubject: hello\r\n\r\nbody\r\n"
V12, V13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


class Place:
    """An engine with one implicit tunnel whose files are live.pem and live.key."""

    def __init__(self, scene, service=None, upstream=None, options=None, **tunnel):
        self.scene = scene
        self.ca = make_ca(scene.dir, "ca")
        self.live = scene.dir / "live"
        self.live.mkdir(exist_ok=True)
        self.put(self.make("first"))
        self.sink = Sink(scene)
        self.config = config_of(upstream or f"127.0.0.1:{self.sink.port}", service=service)
        self.config["tunnels"] = [
            {"name": "t", "listening_interface": LOCALHOST, "port": 0, "tls_mode": "implicit",
             "certificate": str(self.live / "live.pem"),
             "certificate_key": str(self.live / "live.key"),
             "advanced_settings": {"ssl_options": options or {}, "idle_connection_timeout": 300},
             **tunnel}]
        self.culvert = Culvert(scene, self.config)
        self.context = context_for(self.ca, V13)

    def make(self, name, **more):
        return make_cert(self.scene.dir, name, self.ca, name, ["mx.example"], eku="server", **more)

    def put(self, made):
        put_in_place(made.certificate, self.live / "live.pem")
        put_in_place(made.key, self.live / "live.key")

    def connect(self, context=None, **more):
        return SmtpClient(self.culvert.port, implicit=context or self.context, name="mx.example",
                          **more)

    def shown(self):
        """The name on the certificate that a new client gets."""
        client = self.connect()
        name = name_of(client)
        client.quit()
        return name

    def wait_until_shown(self, name):
        wait_for(f"the certificate {name}", lambda: self.shown() == name)

    def logged(self, text):
        return self.culvert.log().count(text)


def send(client):
    return client.send("a@one.example", ["b@two.example"], MESSAGE)


def test_changed_files_without_a_signal(scene):
    """Replaced by renaming, written in place, behind links that move: as certbot, as an editor, as
    Kubernetes do it. The configuration in force is taken, not what somebody is just editing."""
    place = Place(scene)
    lasting = place.connect()
    place.culvert.config_path.write_text("{ half a configura")

    place.put(place.make("renamed"))
    place.wait_until_shown("renamed")

    written = place.make("written", key="rsa:2048")
    (place.live / "live.pem").write_bytes(written.certificate.read_bytes())
    (place.live / "live.key").write_bytes(written.key.read_bytes())
    place.wait_until_shown("written")

    # live/live.pem -> ..data/live.pem, ..data -> ..1, then ..data -> ..2 in one step.
    for number, name in ((1, "farm-1"), (2, "farm-2"), (3, "farm-3")):
        made, folder = place.make(name), place.live / f"..{number}"
        folder.mkdir()
        put_in_place(made.certificate, folder / "live.pem")
        put_in_place(made.key, folder / "live.key")
        os.symlink(folder.name, place.live / "..next")
        os.replace(place.live / "..next", place.live / "..data")
        if number == 1:
            for file in ("live.pem", "live.key"):
                os.symlink(f"..data/{file}", place.live / "link")
                os.replace(place.live / "link", place.live / file)
        place.wait_until_shown(name)
    assert place.logged("reload.refused") == 0, place.culvert.log()
    wait_for("the last reload", lambda: place.logged("reload.done cause=files") == 5)
    assert send(lasting).startswith(b"250"), "a connection from before goes on"
    assert name_of(lasting) == "first"
    assert place.culvert.stop() == 0


def test_half_a_pair_is_waited_for(scene):
    place = Place(scene)
    shown = "first"
    for turn in range(5):
        second = place.make(f"second-{turn}")
        told = place.logged("reload.refused") + place.logged("reload.complaint")
        begin = time.monotonic()
        put_in_place(second.certificate, place.live / "live.pem")
        while time.monotonic() < begin + 3:
            assert place.shown() == shown
        put_in_place(second.key, place.live / "live.key")
        late = time.monotonic() > begin + 4.5  # five seconds it is waited for
        place.wait_until_shown(f"second-{turn}")
        shown = f"second-{turn}"
        if not late:
            assert place.logged("reload.refused") + place.logged("reload.complaint") == told
            break
    else:
        raise AssertionError("this machine is too busy to put a key in its place in time")
    assert place.culvert.stop() == 0


def test_bad_files_never_replace_good_ones(scene):
    """Each way of being bad: the old pair stays in force, the log says why, once."""
    place = Place(scene)
    lasting = place.connect()
    stranger = place.make("stranger")

    def garbage():
        (place.live / "live.pem").write_text("no certificate")

    def gone():
        (place.live / "live.key").unlink()

    def open_to_all():
        (place.live / "live.key").chmod(0o644)

    def mismatch():
        put_in_place(stranger.certificate, place.live / "live.pem")

    count = 0
    for spoil, words in ((garbage, "live.pem"), (gone, "live.key"), (open_to_all, "access"),
                         (mismatch, "key")):
        before = len(place.culvert.log())
        spoil()
        count += 1
        wait_for(f"the refusal of {spoil.__name__}",
                 lambda: place.logged("reload.refused") == count)
        time.sleep(1.5)
        assert place.logged("reload.refused") == count, "told more than once"
        log = place.culvert.log()[before:]
        assert "cause=files" in log and log.count("reload.complaint") == 1, log
        [complaint] = [l for l in log.splitlines() if "reload.complaint" in l]
        assert words in complaint and "culvert.json:" in complaint, complaint
        assert place.shown() in ("first", f"good-{count - 1}"), spoil.__name__
        place.put(place.make(f"good-{count}"))
        place.wait_until_shown(f"good-{count}")
    assert send(lasting).startswith(b"250")

    # By SIGHUP it is told at once, and not again by who watches the files.
    garbage()
    place.culvert.signal(signal.SIGHUP)
    wait_for("the refusal", lambda: place.logged("cause=SIGHUP") == 1)
    assert place.shown() == f"good-{count}"
    assert place.logged('next="mend it and send SIGHUP again"') == 1
    assert place.logged('next="tried again when a file changes"') == count
    place.put(place.make("last"))
    place.wait_until_shown("last")
    assert place.culvert.stop() == 0


def test_an_expired_certificate_is_shown(scene):
    """Whose certificate expires at night must be able to start the engine; `check` refuses it."""
    place = Place(scene)
    place.put(place.make("late", days=-2))
    wait_for("the reload", lambda: place.logged("reload.done cause=files") == 1)
    told = f"error tls.certificate_expired tunnel=t file={place.live}/live.pem until="
    assert place.logged(told) == 1 and place.logged("reload.complaint") == 0, place.culvert.log()
    unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE

    def takes_mail():
        client = place.connect(unchecked)
        assert send(client).startswith(b"250")
        client.quit()

    takes_mail()
    place.culvert.signal(signal.SIGHUP)
    wait_for("the reload", lambda: place.logged("reload.done cause=SIGHUP") == 1)
    assert place.logged(told) == 2
    assert place.culvert.stop() == 0

    place.culvert = Culvert(scene, place.config)
    takes_mail()
    assert place.logged(told) == 3, place.culvert.log()
    refused = subprocess.run([CULVERT, "check", "--config", place.culvert.config_path],
                             stdout=subprocess.PIPE, text=True)
    assert refused.returncode == 1 and "expired on" in refused.stdout
    place.put(place.make("fresh"))
    wait_for("the reload", lambda: place.logged("reload.done cause=files") == 2)
    assert place.shown() == "fresh"
    place.put(place.make("soon", days=3))
    place.wait_until_shown("soon")
    assert place.logged("warning tls.certificate_expires tunnel=t") == 1, place.culvert.log()
    assert place.culvert.stop() == 0


def test_password_of_an_encrypted_key(scene):
    first = make_cert(scene.dir, "locked", None, "x", ["x"], encrypted="one")
    password = scene.dir / "password"
    put_in_place(first.password_file, password)
    place_files = {"certificate_key_password_file": str(password)}
    scene_live = scene.dir / "live"
    scene_live.mkdir()
    put_in_place(first.certificate, scene_live / "live.pem")

    class Locked(Place):
        def put(self, made):
            super().put(made)
            if made.password_file:
                put_in_place(made.password_file, password)

        def make(self, name, **more):
            return super().make(name, encrypted=f"word {name}", **more)

    place = Locked(scene, **place_files)
    assert place.shown() == "first"
    place.put(place.make("second"))
    place.wait_until_shown("second")
    assert place.logged("reload.refused") == 0
    assert "word first" not in place.culvert.log() and "word second" not in place.culvert.log()
    assert place.culvert.stop() == 0


def test_authorities_of_clients(scene):
    """Another ca_certs: who may come in changes with it."""
    authorities = scene.dir / "clients.pem"
    partners = [make_ca(scene.dir, f"partner-{i}") for i in range(2)]
    clients = [make_cert(scene.dir, f"client-{i}", partner, f"client-{i}", eku="client")
               for i, partner in enumerate(partners)]
    put_in_place(partners[0].certificate, authorities)
    place = Place(scene, options={"cert_reqs": "CERT_REQUIRED", "ca_certs": str(authorities)})

    def may_come(number):
        context = context_for(place.ca, V12)
        context.load_cert_chain(clients[number].certificate, clients[number].key)
        try:
            place.connect(context).quit()
            return True
        except (ssl.SSLError, ConnectionError):
            return False

    assert (may_come(0), may_come(1)) == (True, False)
    put_in_place(partners[1].certificate, authorities)
    wait_for("the other authority", lambda: may_come(1))
    assert not may_come(0)
    assert place.culvert.stop() == 0


def test_files_of_the_upstream(scene):
    """Authorities for the upstream's certificate; kept connections of other settings are not used."""
    from odd_server import OddServer, server_context
    mta_ca, other = make_ca(scene.dir, "mta-ca"), make_ca(scene.dir, "other")
    mta = make_cert(scene.dir, "mta", mta_ca, "mta", [LOCALHOST], eku="server")
    server = OddServer(scene, server_context(mta))
    trusted = scene.dir / "trusted.pem"
    put_in_place(other.certificate, trusted)
    place = Place(scene, upstream=server.address,
                  service={"upstream": {"tls": "require_verify", "ca_certs": str(trusted)}})

    def result():
        client = place.connect()
        try:
            return send(client)[:3]
        except SmtpError as problem:
            return problem.reply[:3]
        finally:
            client.socket.close()

    assert result() == b"451"
    put_in_place(mta_ca.certificate, trusted)
    wait_for("trust", lambda: result() == b"250")
    put_in_place(other.certificate, trusted)
    wait_for("distrust", lambda: result() == b"451")
    assert place.culvert.stop() == 0


def test_sessions_are_resumed_over_a_reload(scene):
    """As long as the tunnel's TLS stays what it is; with another certificate the next handshake is
    a whole one."""
    place = Place(scene)
    for version in (V12, V13):
        context = context_for(place.ca, version)
        before = place.shown()
        client = place.connect(context)
        assert send(client).startswith(b"250")
        session = client.socket.session
        client.quit()
        done = place.logged("reload.done")
        place.culvert.signal(signal.SIGHUP)
        wait_for("the reload", lambda: place.logged("reload.done") == done + 1)
        client = place.connect(context, session=session)
        assert client.socket.session_reused, f"{version} was not resumed"
        session = client.socket.session
        client.quit()
        place.put(place.make(f"after-{version.name}"))
        wait_for("the change", lambda: place.logged("reload.done") == done + 2)
        client = place.connect(context, session=session)
        assert not client.socket.session_reused and name_of(client) != before
        client.quit()
    assert place.culvert.stop() == 0


def test_handshake_begun_before_a_reload(scene):
    """It ends under what it began with; so does a message in clear whose STARTTLS comes after."""
    place = Place(scene)
    raw = socket.create_connection((LOCALHOST, place.culvert.port))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = place.context.wrap_bio(incoming, outgoing, server_hostname="mx.example")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()
    raw.sendall(hello[:len(hello) // 2])
    place.put(place.make("second"))
    place.wait_until_shown("second")
    raw.sendall(hello[len(hello) // 2:])
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            raw.sendall(outgoing.read())
            incoming.write(raw.recv(65536))
    raw.sendall(outgoing.read())
    name = dict(pair[0] for pair in tls.getpeercert()["subject"])["commonName"]
    assert name == "first", name
    raw.close()
    assert place.culvert.stop() == 0


def test_a_tunnel_gets_and_loses_tls(scene):
    """By SIGHUP: none -> starttls -> starttls_required -> none. Who is connected in clear must take
    TLS before the next mail where it has become a must."""
    place = Place(scene, tls_mode="starttls")
    files = {key: place.config["tunnels"][0].pop(key) for key in ("certificate", "certificate_key")}
    tunnel = place.config["tunnels"][0]
    tunnel["port"] = place.culvert.port

    def reload(mode):
        tunnel["tls_mode"] = mode
        for key, value in files.items():
            if mode == "none":
                tunnel.pop(key, None)
            else:
                tunnel[key] = value
        done = place.logged("reload.done")
        place.culvert.write(place.config)
        place.culvert.signal(signal.SIGHUP)
        wait_for("the reload", lambda: place.logged("reload.done") > done)

    # The port of the running engine was the kernel's choice: start again with it fixed.
    assert place.culvert.stop() == 0
    tunnel["tls_mode"] = "none"
    place.culvert.write(place.config)
    place.culvert.start()
    client = SmtpClient(place.culvert.port)
    assert b"STARTTLS" not in client.ehlo and send(client).startswith(b"250")
    reload("starttls")
    assert b"STARTTLS" in SmtpClient(place.culvert.port).ehlo
    assert send(client).startswith(b"250")
    reload("starttls_required")
    assert client.command(b"MAIL FROM:<a@one.example>").startswith(b"530 5.7.0")
    client.ehlo = client.command(b"EHLO client.example")
    assert b"STARTTLS" in client.ehlo
    client.starttls(place.context, "mx.example")
    assert send(client).startswith(b"250")
    reload("none")
    assert send(client).startswith(b"250"), "it keeps its TLS"
    assert b"STARTTLS" not in SmtpClient(place.culvert.port).ehlo
    assert place.culvert.stop() == 0


def test_reloads_under_load(scene):
    reload_under_load(scene, 10, report=print)


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
