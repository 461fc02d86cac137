#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a service manager sees: notifications, the watchdog, sockets that it hands down, the units."""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

from client import SmtpClient
from harness import (CULVERT, Culvert, Sink, config_of, free_port, port_is_open, run_tests, skip,
                     wait_for)

PLAIN = b"From: a@one.example\r\nSubject: hello\r\n\r\nbody\r\n"
UNITS = pathlib.Path(__file__).resolve().parents[2] / "packaging"


class Manager:
    """The socket that notifications go to."""

    def __init__(self, scene, abstract=False):
        name = f"{scene.dir}/notify"
        self.name = "@" + name[1:] if abstract else name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if abstract else name)
        self.socket.settimeout(0.05)
        self.said = []
        scene.later(self.socket.close)

    def listen(self):
        try:
            while True:
                self.said.append(self.socket.recv(4096).decode())
        except TimeoutError:
            return self.said

    def wait(self, what, count=1):
        return wait_for(what, lambda: sum(what in s for s in self.listen()) >= count)


class Managed(Culvert):
    """`culvert run` as a service manager starts it."""

    def __init__(self, scene, config, environment, sockets=(), name="culvert"):
        self.environment = environment
        self.sockets = sockets
        super().__init__(scene, config, name)

    def start(self):
        log = open(self.log_path, "ab")
        offset = log.tell()
        first = 3

        def hand_down():
            # Above all that is in use, then to their places.
            high = [os.dup2(s.fileno(), 100 + i) for i, s in enumerate(self.sockets)]
            for i, fd in enumerate(high):
                os.dup2(fd, first + i)

        self.process = subprocess.Popen(
            ["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", CULVERT, "run", "--config",
             str(self.config_path)],
            stdout=log, stderr=log, preexec_fn=hand_down, env={**os.environ, **self.environment},
            pass_fds=[first + i for i in range(len(self.sockets))])
        log.close()
        self.port = wait_for("the ready line", lambda: self._ready(offset))


def notified(text):
    return dict(line.split("=", 1) for line in text.splitlines())


def play(scene, abstract):
    manager = Manager(scene, abstract)
    culvert = Managed(scene, config_of("127.0.0.1:25"), {"NOTIFY_SOCKET": manager.name})
    manager.wait("READY=1")
    assert port_is_open(culvert.port), "it was not ready"
    assert notified(manager.said[0])["STATUS"] == "Taking mail on 1 tunnel"
    assert not any("WATCHDOG" in s for s in manager.said)
    before = time.clock_gettime(time.CLOCK_MONOTONIC) * 1e6
    culvert.signal(signal.SIGHUP)
    manager.wait("READY=1", 2)
    reloading = notified(manager.said[1])
    assert reloading["RELOADING"] == "1"
    assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime(time.CLOCK_MONOTONIC) * 1e6
    # A refused one is over, too.
    culvert.config_path.write_text("{ not json")
    culvert.signal(signal.SIGHUP)
    manager.wait("READY=1", 3)
    assert "refused" in notified(manager.said[-1])["STATUS"]
    assert [("RELOADING" in s) for s in manager.said] == [False, True, False, True, False]
    culvert.signal(signal.SIGTERM)
    manager.wait("STOPPING=1")
    assert culvert.stop() == 0


def test_notifications_to_a_file(scene):
    play(scene, False)


def test_notifications_to_a_name_without_a_file(scene):
    play(scene, True)


def test_a_manager_that_is_busy(scene):
    """Its queue is full when the process is ready: it is waited for."""
    manager = Manager(scene)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.setblocking(False)
        try:
            while True:
                other.sendto(b"X=1", manager.name)
        except BlockingIOError:
            pass
        culvert = Managed(scene, config_of("127.0.0.1:25"), {"NOTIFY_SOCKET": manager.name})
        time.sleep(0.1)  # it is waited for two seconds
        manager.wait("READY=1")
    assert culvert.stop() == 0


def test_nobody_listens(scene):
    culvert = Managed(scene, config_of("127.0.0.1:25"), {"NOTIFY_SOCKET": f"{scene.dir}/none"})
    assert culvert.stop() == 0


PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17


def ptrace(request, tid):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    return libc.ptrace(request, tid, None, None)


def beats(manager, seconds):
    manager.listen()
    manager.said.clear()
    time.sleep(seconds)
    return sum("WATCHDOG=1" in s for s in manager.listen())


def test_the_watchdog_is_fed_while_every_lane_lives(scene):
    manager = Manager(scene)
    culvert = Managed(scene, config_of("127.0.0.1:25"),
                      {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000"})
    manager.wait("WATCHDOG=1", 3)
    threads = sorted(int(t) for t in os.listdir(f"/proc/{culvert.process.pid}/task"))
    stopped = None
    for tid in threads[1:]:
        if ptrace(PTRACE_SEIZE, tid) != 0:
            skip("the system does not let threads be stopped")
        assert ptrace(PTRACE_INTERRUPT, tid) == 0
        os.waitpid(tid, 0x40000000)  # __WALL
        time.sleep(0.5)
        if beats(manager, 1.2) == 0 and "watchdog.missed loop=" in culvert.log():
            stopped = tid
            break
        assert ptrace(PTRACE_DETACH, tid) == 0
    assert stopped, "no thread was missed"
    assert ptrace(PTRACE_DETACH, stopped) == 0
    assert wait_for("it to be fed again", lambda: beats(manager, 0.5) > 0)
    assert culvert.stop() == 0


def test_the_watchdog_is_fed_while_signals_are_heard(scene):
    """The first thread, which reads them, feeds it."""
    manager = Manager(scene)
    culvert = Managed(scene, config_of("127.0.0.1:25"),
                      {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000"})
    manager.wait("WATCHDOG=1", 3)
    main = culvert.process.pid
    if ptrace(PTRACE_SEIZE, main) != 0:
        skip("the system does not let threads be stopped")
    assert ptrace(PTRACE_INTERRUPT, main) == 0
    os.waitpid(main, 0x40000000)  # __WALL
    time.sleep(0.5)
    assert beats(manager, 1.2) == 0
    assert ptrace(PTRACE_DETACH, main) == 0
    assert wait_for("it to be fed again", lambda: beats(manager, 0.5) > 0)
    assert culvert.stop() == 0


def test_the_watchdog_of_another_process(scene):
    manager = Manager(scene)
    culvert = Managed(scene, config_of("127.0.0.1:25"),
                      {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"})
    manager.wait("READY=1")
    assert beats(manager, 0.5) == 0
    assert culvert.stop() == 0


def listening(host="127.0.0.1"):
    s = socket.socket()
    s.bind((host, 0))
    s.listen(64)
    return s


def with_port(config, port):
    config["tunnels"][0]["port"] = port
    return config


def send_some(port, count=20):
    for _ in range(count):
        client = SmtpClient(port)
        assert client.send("a@one.example", ["b@two.example"], PLAIN).startswith(b"250")
        client.quit()


def test_a_socket_by_its_name(scene):
    sink = Sink(scene)
    upstream = f"127.0.0.1:{sink.port}"
    with listening() as other, listening() as s:
        port = s.getsockname()[1]
        config = config_of(upstream)
        config["tunnels"].append({**config["tunnels"][0], "name": "u"})
        config["services"][0]["tunnels"].append("u")
        culvert = Managed(scene, config, {"LISTEN_FDS": "2", "LISTEN_FDNAMES": "u:t"}, [other, s])
        assert culvert.port == port and culvert.ports["u"] == other.getsockname()[1]
        send_some(port)
        send_some(culvert.ports["u"])
        # A reload keeps it.
        culvert.signal(signal.SIGHUP)
        wait_for("the reload", lambda: "reload.done" in culvert.log())
        send_some(port)
        # Who calls while it stops and starts again waits, and is served.
        assert culvert.stop() == 0
        waiting = socket.create_connection(("127.0.0.1", port))
        culvert.start()
        waiting.settimeout(90)
        assert waiting.recv(100).startswith(b"220")
        waiting.close()
        assert culvert.stop() == 0


def test_a_socket_is_one_tunnels(scene):
    """Not also that of another tunnel, which has its port."""
    with listening() as s:
        config = config_of("127.0.0.1:25")
        port = s.getsockname()[1]
        for where in (0, 1):  # whichever comes first
            two = json.loads(json.dumps(config))
            two["tunnels"].insert(where, {**config["tunnels"][0], "name": "u", "port": port})
            two["services"][0]["tunnels"].append("u")
            refused(scene, {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "t"}, [s],
                    f'tunnel "u": on 127.0.0.1 port {port} is the socket that the service manager '
                    'handed down for the tunnel "t"', two)


def test_a_socket_by_its_address(scene):
    sink = Sink(scene)
    with listening() as s:
        port = s.getsockname()[1]
        config = with_port(config_of(f"127.0.0.1:{sink.port}"), port)
        culvert = Managed(scene, config, {"LISTEN_FDS": "1"}, [s])
        assert culvert.port == port
        send_some(port)
        assert culvert.stop() == 0


def test_the_socket_of_the_admin_listener(scene):
    """By its name, wherever it listens, or by its address; a reload keeps it."""
    for name in ("admin", ""):
        with listening() as s:
            port = s.getsockname()[1]
            config = config_of("127.0.0.1:25", admin={"port": port if not name else 0})
            culvert = Managed(scene, config, {"LISTEN_FDS": "1", "LISTEN_FDNAMES": name}, [s])
            for _ in range(2):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
                    assert answer.status == 200
                assert f"culvert ready admin address=127.0.0.1:{port}" in culvert.log()
                before = culvert.log().count("reload.done")
                culvert.signal(signal.SIGHUP)
                wait_for("the reload", lambda: culvert.log().count("reload.done") > before)
            assert culvert.stop() == 0


def test_the_tool_of_systemd_that_hands_sockets_down(scene):
    """It listens, and starts the program with the first client."""
    tool = shutil.which("systemd-socket-activate")
    if not tool:
        skip("no systemd-socket-activate here")
    sink = Sink(scene)
    port = free_port()
    path = scene.dir / "activated.json"
    path.write_text(json.dumps(config_of(f"127.0.0.1:{sink.port}")))
    with open(scene.dir / "activated.log", "wb") as log:
        process = subprocess.Popen([tool, "-l", f"127.0.0.1:{port}", "--fdname=t", CULVERT, "run",
                                    "--config", str(path)], stdout=log, stderr=log)
    scene.later(process.kill)
    wait_for("the tool", lambda: b"\n" in (scene.dir / "activated.log").read_bytes())
    send_some(port, 3)
    assert len(sink.messages) == 3
    process.send_signal(signal.SIGTERM)
    assert process.wait(90) == 0


def refused(scene, environment, sockets, why, config=None):
    try:
        Managed(scene, config or config_of("127.0.0.1:25"), environment, sockets)
    except AssertionError as problem:
        assert why in str(problem), problem
    else:
        raise AssertionError("it has started")


def test_a_socket_that_no_tunnel_takes(scene):
    with listening() as s:
        refused(scene, {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "nobody"}, [s],
                f'the socket "nobody" (127.0.0.1 port {s.getsockname()[1]}), which no tunnel takes')


def test_a_socket_that_does_not_listen(scene):
    with socket.socket() as s:
        refused(scene, {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "t"}, [s],
                'descriptor 3 ("t"), which is no listening TCP socket')


def test_sockets_of_another_process(scene):
    culvert = Culvert(scene, config_of("127.0.0.1:25"))
    assert culvert.stop() == 0
    os.environ.update({"LISTEN_FDS": "1", "LISTEN_PID": "1"})
    try:
        culvert.start()
    finally:
        del os.environ["LISTEN_FDS"], os.environ["LISTEN_PID"]
    assert culvert.stop() == 0


def test_the_units(scene):
    """As the system's own tool reads them, with the programs in their places."""
    unit = (UNITS / "culvert.service").read_text()
    for line in ("Type=notify", "NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes",
                 "CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "WatchdogSec=30",
                 "AmbientCapabilities=CAP_NET_BIND_SERVICE"):
        assert line in unit.splitlines(), line
    if not shutil.which("systemd-analyze"):
        skip("no systemd-analyze here")
    folder = scene.dir / "units"
    folder.mkdir()
    (folder / "culvert.service").write_text(unit.replace("/usr/sbin/culvert", os.path.realpath(CULVERT))
                                            .replace("=culvert\n", "=root\n"))
    shutil.copy(UNITS / "culvert.socket", folder)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(folder / "culvert.service"),
                           str(folder / "culvert.socket")], capture_output=True, text=True, timeout=60,
                          check=False)
    complaints = [l for l in (done.stdout + done.stderr).splitlines() if "culvert" in l]
    assert not complaints, done.stdout + done.stderr


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
