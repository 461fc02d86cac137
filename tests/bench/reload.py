#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long clients wait for answers while the configuration is read again: one that detects all
predefined entities and profiles, taken again by SIGHUP under clients that keep their connections.

usage: CULVERT=build/culvert tests/bench/reload.py [RELOADS]

Each connection sends NOOPs, 2 ms after the answer to the one before, and now and then a small mail.
Printed are the longest waits, and how many were of more than 5 ms, in the times of reloads (from the
signal until what was before is given back) and in as long times without, in turn."""
import json
import multiprocessing
import pathlib
import re
import selectors
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
from harness import CULVERT, LOCALHOST, Culvert, Scene, Sink, config_of  # noqa: E402

CLIENTS = 12
NOOPS = 20  # before each mail; a session ends after 100
PAUSE = 0.002
AFTER = 0.3  # seconds behind the line in the log, for what is given back

BODY = b"Dear colleagues,\r\nplease find attached the minutes of our meeting in March.\r\n" * 12
MAIL = (b"From: a@corp.example\r\nTo: b@x.example\r\nSubject: figures of the quarter\r\n\r\n"
        + BODY + b".\r\n")


def configuration(upstream):
    listed = subprocess.run([CULVERT, "entities"], check=True, stdout=subprocess.PIPE, text=True)
    names = [line.split("\t")[0] for line in listed.stdout.splitlines()]
    profiles = [profile["name"] for file in sorted((ROOT / "config/profiles").glob("*.json"))
                for profile in json.loads(file.read_text())["dlp_profiles"]]
    rules = [{"name": f"rule of {name}", "expression": name} for name in names]
    detects = ["all of them", *profiles]
    print(f"{len(names)} entities, {len(detects)} profiles", flush=True)
    return config_of(
        upstream, [{"detect": one, "rules": [{"transform": "Header", "header_name": "X-Found",
                                               "header_value": "yes"}]} for one in detects],
        dlp_rules=rules,
        dlp_profiles=[{"name": "all of them", "rules": [rule["name"] for rule in rules]}])


class Client:
    """A connection that says one thing after the other and notes how long each answer took."""

    STEPS = [b"NOOP\r\n"] * NOOPS + [b"MAIL FROM:<a@corp.example>\r\n", b"RCPT TO:<b@x.example>\r\n",
                                     b"DATA\r\n", MAIL]

    def __init__(self, port):
        self.socket = socket.create_connection((LOCALHOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ask(b"")
        self.ask(b"EHLO bench.example\r\n")
        self.step = 0
        self.begun = None
        self.next = time.monotonic()

    def ask(self, text):
        self.socket.sendall(text)
        answer = self.socket.recv(4096)
        while not re.search(rb"(^|\n)[0-9]{3} [^\n]*\n$", answer):
            answer += self.socket.recv(4096)

    def begin(self):
        self.begun = time.monotonic()
        self.socket.sendall(self.STEPS[self.step])

    def end(self):
        """What was said, when, and how long the answer took."""
        answer = self.socket.recv(4096)
        now = time.monotonic()
        assert answer[:1] in b"23", answer
        wait = (self.step < NOOPS, self.begun, now - self.begun)
        self.step = (self.step + 1) % len(self.STEPS)
        self.begun = None
        self.next = now + PAUSE
        return wait


def talk(port, stop, results):
    clients = [Client(port) for _ in range(CLIENTS)]
    waits = []
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
        while not stop.is_set():
            for client in clients:
                if client.begun is None and client.next <= time.monotonic():
                    client.begin()
            for key, _ in selector.select(0.001):
                waits.append(key.data.end())
    results.send(waits)


def reload(culvert):
    """When it began and ended."""
    offset = len(culvert.log())
    begun = time.monotonic()
    culvert.signal(signal.SIGHUP)
    while "reload.done" not in (log := culvert.log()[offset:]):
        assert "reload.refused" not in log, log
        time.sleep(0.002)
    return begun, time.monotonic()


def measure(culvert, reloads):
    """The times of reloads, those of none, and what was waited for."""
    stop = multiprocessing.Event()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=talk, args=(culvert.port, stop, theirs))
    process.start()
    time.sleep(2)
    busy, quiet = [], []
    for _ in range(reloads):
        begun, ended = reload(culvert)
        time.sleep(AFTER)
        busy.append((begun, ended))
        begun = time.monotonic()
        time.sleep(ended - busy[-1][0] + AFTER)
        quiet.append((begun, time.monotonic() - AFTER))
    stop.set()
    waits = ours.recv()
    process.join()
    return busy, quiet, waits


def show(label, times, waits):
    inside = sorted(took * 1000 for begun, took in waits
                    if any(begun + took >= first and begun <= last + AFTER
                           for first, last in times))
    late = sum(took > 5 for took in inside)
    print(f"  {label:16} {len(inside):6} answers, median {inside[len(inside) // 2]:.2f} ms, "
          f"99.9 % {inside[len(inside) * 999 // 1000]:.2f} ms, longest {inside[-1]:.2f} ms, "
          f"{late} above 5 ms")


def main():
    reloads = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with Scene("reload-bench") as scene:
        sink = Sink(scene, keep_content=False)
        culvert = Culvert(scene, configuration(f"{LOCALHOST}:{sink.port}"))
        busy, quiet, waits = measure(culvert, reloads)
        took = sorted(ended - begun for begun, ended in busy)
        print(f"{reloads} reloads: median {took[len(took) // 2]:.2f} s, longest {took[-1]:.2f} s")
        for name, is_noop in (("NOOP", True), ("of a mail, each step", False)):
            print(name)
            some = [(begun, took) for noop, begun, took in waits if noop == is_noop]
            show("while reloading", busy, some)
            show("without", quiet, some)


if __name__ == "__main__":
    main()
