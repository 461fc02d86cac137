#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The admin listener: metrics, health, readiness, and what reloads and drains do to it."""
import http.client
import re
import signal
import socket
import ssl
import sys
import time

from certificates import make_ca, make_cert
from client import SmtpClient
from harness import (Culvert, SSN_RULES, Sink, config_of, free_port, port_is_open, run_tests,
                     skip, wait_for)

PLAIN = b"From: a@one.example\r\nSubject: hello\r\n\r\n123-45-6789\r\n"


def admin_port(culvert, count=1):
    """The port of the `count`th time that the address was printed."""
    def look():
        found = re.findall(r"culvert ready admin address=127\.0\.0\.1:(\d+)", culvert.log())
        return int(found[count - 1]) if len(found) >= count else None
    return wait_for("the admin listener", look)


def ask(port, path, method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response, response.read().decode()
    finally:
        connection.close()


SAMPLE = re.compile(r'([a-z_:]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\.)*",?)*)\})? (-?[0-9.]+|\+Inf)$')


def metrics(port):
    """{name{labels}: value}, read as strictly as the format says."""
    status, response, text = ask(port, "/metrics")
    assert status == 200, status
    assert response.getheader("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    assert text.endswith("\n")
    samples, types, family = {}, {}, None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
            assert family not in types, f"{family} comes twice"
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2] == family, line
            types[family] = line.split(" ")[3]
        else:
            match = SAMPLE.match(line)
            assert match, line
            name = match.group(1)
            if types[family] == "histogram":
                assert re.sub("_(bucket|sum|count)$", "", name) == family, line
            else:
                assert name == family, line
            key = line.rsplit(" ", 1)[0]
            assert key not in samples, f"{key} comes twice"
            samples[key] = float(match.group(3))
    assert set(types.values()) == {"counter", "gauge", "histogram"}
    return samples


def config(upstream, port=0, **admin):
    return config_of(upstream, SSN_RULES, admin={"port": port, **admin})


def test_what_is_asked_and_answered(scene):
    sink = Sink(scene)
    culvert = Culvert(scene, config(f"127.0.0.1:{sink.port}"))
    port = admin_port(culvert)
    for path, text in (("/healthz", "ok\n"), ("/readyz", "ready\n")):
        status, response, body = ask(port, path)
        assert (status, body) == (200, text), (path, status, body)
        assert response.getheader("Cache-Control") == "no-store"
        assert ask(port, path + "?x=1")[0] == 200
        status, response, body = ask(port, path, "HEAD")
        assert (status, body) == (200, "")
        assert response.getheader("Content-Length") == str(len(text))
    assert ask(port, "/metrics", "HEAD")[0] == 200
    for path in ("/", "/metrics/", "/metric", "/readyz/../metrics", "//metrics"):
        assert ask(port, path)[0] == 404, path
        assert ask(port, path, "POST", b"x" * 100)[0] == 404, path
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
        status, response, _ = ask(port, "/metrics", method, b"x" * 100000)
        assert status == 405 and response.getheader("Allow") == "GET, HEAD", (method, status)
    # What is no HTTP costs a connection and nothing else.
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(b"EHLO x\r\n" + b"x" * 100000)
    assert ask(port, "/healthz")[0] == 200
    assert culvert.stop() == 0


def test_mail_is_counted_over_reloads(scene):
    sink = Sink(scene)
    upstream = f"127.0.0.1:{sink.port}"
    culvert = Culvert(scene, config(upstream))
    port = admin_port(culvert)
    client = SmtpClient(culvert.port)
    for _ in range(3):
        assert client.send("a@one.example", ["b@two.example", "c@two.example"],
                           PLAIN).startswith(b"250")
    before = metrics(port)
    label = 'tunnel="t"'
    assert before[f'culvert_messages_total{{{label},verdict="deliver",class="2xx"}}'] == 3
    assert before[f'culvert_recipients_total{{{label},class="2xx"}}'] == 6
    assert before[f"culvert_connections{{{label}}}"] == 1
    assert before[f"culvert_message_received_bytes_total{{{label}}}"] == 3 * len(PLAIN)
    assert before[f"culvert_edits_total{{{label}}}"] >= 3
    assert before[f'culvert_message_size_bytes_bucket{{{label},le="1024"}}'] == 3
    assert before[f'culvert_evaluation_seconds_bucket{{{label},le="+Inf"}}'] == 3
    assert before[f'culvert_upstream_connections_total{{upstream="{upstream}",result="made"}}'] == 1
    assert before["process_resident_memory_bytes"] > 1e6
    assert [v for k, v in before.items() if k.startswith("culvert_build_info{version=")] == [1]

    culvert.config_path.write_text("{ not json")
    culvert.signal(signal.SIGHUP)
    wait_for("the refusal", lambda: "reload.refused" in culvert.log())
    culvert.write(config(upstream))
    culvert.signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reload.done" in culvert.log())
    assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
    after = metrics(port)
    for key, value in before.items():
        if key.split("{")[0].endswith(("_total", "_count", "_sum", "_bucket")):
            assert after[key] >= value, f"{key} went back from {value} to {after[key]}"
    assert after[f'culvert_messages_total{{{label},verdict="deliver",class="2xx"}}'] == 4
    assert after['culvert_reloads_total{result="taken"}'] == 1
    assert after['culvert_reloads_total{result="refused"}'] == 1
    # Neither an address nor content is shown.
    text = ask(port, "/metrics")[2]
    for secret in ("one.example", "two.example", "127.0.0.1\"", "6789"):
        assert secret not in text, secret
    client.quit()
    wait_for("the session's end", lambda: metrics(port)[f"culvert_connections{{{label}}}"] == 0)
    assert culvert.stop() == 0


def test_certificates_and_handshakes(scene):
    made = make_cert(scene.dir, "server", make_ca(scene.dir, "ca"), "mail.example", ["mail.example"],
                     days=40)
    secure = config("127.0.0.1:25")
    secure["tunnels"][0].update({"certificate": str(made.certificate),
                                 "certificate_key": str(made.key)})
    culvert = Culvert(scene, secure)
    port = admin_port(culvert)
    expiry = ('culvert_certificate_expiry_timestamp_seconds'
              f'{{owner="tunnel",name="t",file="{made.certificate}"}}')
    left = metrics(port)[expiry] - time.time()
    assert 39 * 86400 < left < 41 * 86400, left
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    SmtpClient(culvert.port).starttls(context).quit()
    handshakes = 'culvert_tls_handshakes_total{tunnel="t",result="ok",version="TLSv1.3"}'
    assert metrics(port)[handshakes] == 1
    # Of a certificate that is not used any more nothing is told; what was counted stays.
    reload(culvert, config("127.0.0.1:25"))
    after = metrics(port)
    assert expiry not in after and after[handshakes] == 1
    assert culvert.stop() == 0


def test_draining_is_not_ready(scene):
    sink = Sink(scene)
    culvert = Culvert(scene, config(f"127.0.0.1:{sink.port}"))
    port = admin_port(culvert)
    client = SmtpClient(culvert.port)
    assert client.command(b"MAIL FROM:<a@one.example>").startswith(b"250")
    assert client.command(b"RCPT TO:<b@two.example>").startswith(b"250")
    assert client.command(b"DATA").startswith(b"354")
    culvert.signal(signal.SIGTERM)
    wait_for("readiness to end", lambda: ask(port, "/readyz")[0] == 503)
    status, _, body = ask(port, "/readyz")
    assert (status, body) == (503, "draining: no new connections are taken\n")
    assert ask(port, "/healthz")[0] == 200
    wait_for("the listener's end", lambda: not port_is_open(culvert.port))
    assert client.command(PLAIN + b".").startswith(b"250")
    assert culvert.stop() == 0
    assert not port_is_open(port)


def reload(culvert, new, event="reload.done"):
    before = culvert.log().count(event)
    culvert.write(new)
    culvert.signal(signal.SIGHUP)
    wait_for(event, lambda: culvert.log().count(event) > before)


def test_reloads_add_move_and_remove_it(scene):
    sink = Sink(scene)
    upstream = f"127.0.0.1:{sink.port}"
    culvert = Culvert(scene, config_of(upstream))
    first, second = free_port(), free_port()
    reload(culvert, config(upstream, first))
    assert ask(first, "/readyz")[0] == 200
    reload(culvert, config(upstream, second))
    assert ask(second, "/readyz")[0] == 200
    assert not port_is_open(first)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen(1)
        reload(culvert, config(upstream, first), "reload.refused")
    assert f"admin: cannot listen on 127.0.0.1 port {first}" in culvert.log()
    assert ask(second, "/readyz")[0] == 200
    reload(culvert, config(upstream, second, enabled=False))
    assert not port_is_open(second)
    assert SmtpClient(culvert.port).send("a@one.example", ["b@two.example"],
                                         PLAIN).startswith(b"250")
    assert culvert.stop() == 0


def test_a_reload_moves_it_between_one_address_and_all(scene):
    """On the same port, where the present one is in the way of the next; and nobody else shares it."""
    culvert = Culvert(scene, config_of("127.0.0.1:25"))
    port = free_port()
    for address in ("127.0.0.1", "0.0.0.0", "127.0.0.1"):
        reload(culvert, config("127.0.0.1:25", port, listening_interface=address))
        assert ask(port, "/readyz")[0] == 200
        assert f"culvert ready admin address={address}:{port}" in culvert.log()
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                other.bind((address, port))
                other.listen(1)
            except OSError:
                pass
            else:
                raise AssertionError("two listen there")
    with socket.socket() as other:  # on another address of the port: all addresses cannot be had
        other.bind(("127.0.0.2", port))
        other.listen(1)
        reload(culvert, config("127.0.0.1:25", port, listening_interface="0.0.0.0"),
               "reload.refused")
    assert ask(port, "/readyz")[0] == 200
    assert culvert.stop() == 0


def test_ipv6(scene):
    with socket.socket(socket.AF_INET6) as s:
        try:
            s.bind(("::1", 0))
        except OSError:
            skip("no IPv6 here")
    culvert = Culvert(scene, config("127.0.0.1:25", listening_interface="::1"))
    port = int(wait_for("the listener", lambda: re.search(r"ready admin address=\[::1\]:(\d+)",
                                                          culvert.log())).group(1))
    connection = http.client.HTTPConnection("::1", port, timeout=30)
    connection.request("GET", "/readyz")
    assert connection.getresponse().status == 200
    connection.close()
    assert culvert.stop() == 0


def test_a_port_in_use_keeps_it_from_starting(scene):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        port = other.getsockname()[1]
        try:
            Culvert(scene, config("127.0.0.1:25", port))
        except AssertionError as problem:
            assert f"admin: cannot listen on 127.0.0.1 port {port}" in str(problem), problem
        else:
            raise AssertionError("it has started")


def test_whoever_holds_all_connections_is_dropped(scene):
    culvert = Culvert(scene, config("127.0.0.1:25"))
    port = admin_port(culvert)
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(70)]
    for s in held:
        s.sendall(b"GET /metrics HTTP/1.1\r\n")
    assert wait_for("an answer", lambda: ask(port, "/healthz")[0] == 200, 60)
    for s in held:
        s.close()
    assert culvert.stop() == 0


def test_a_request_that_comes_byte_by_byte_has_its_time(scene):
    culvert = Culvert(scene, config("127.0.0.1:25"))
    port = admin_port(culvert)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.settimeout(2)
        s.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
        while time.monotonic() < began + 60:  # 30, and what a busy machine takes
            try:
                s.sendall(b"x")
                if s.recv(100) == b"":
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    took = time.monotonic() - began
    assert 29 < took < 55, took
    # A connection that is used goes on.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.monotonic()
    while time.monotonic() < began + 37:
        connection.request("GET", "/readyz")
        assert connection.getresponse().read() == b"ready\n"
        time.sleep(3)
    connection.close()
    assert culvert.stop() == 0


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
