#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The fault matrix of tests/dialog/faults_table.h once more, with real sockets: the engine as built
(with sanitizers in the test build), an upstream that misbehaves on loopback, shorter timeouts. Each
cell has a tunnel and an upstream of its own; eight are played at a time. slow_faults.py [ROW...]"""
import concurrent.futures
import os
import pathlib
import socket
import subprocess
import sys
import time
import traceback
import urllib.request

from certificates import make_ca, make_cert
from client import SmtpClient
from faulty_upstream import FaultyUpstream
from harness import CULVERT, Culvert, LOCALHOST, Scene, free_port, wait_for
from odd_server import server_context

FAULTS = ["4XX", "5XX", "421", "CLOSE", "RESET", "SILENCE", "GARBAGE", "FLOOD", "SLOW", "DRIP"]
STAGES = {"RCPT 2": "RCPT", "mid-text": "TEXT"}
REPLY_S, DATA_S = 3, 5
RCPTS = (1, 2, 3)
AT_ONCE = 8
BATCH = 80  # upstreams of one engine: its metrics have room for so many names


class Cell:
    def __init__(self, number, row, fault, wanted):
        self.name = f"c{number}"
        self.row, self.stage, self.offers, self.setting = row[0], row[1], row[3], row[4]
        self.stage = STAGES.get(self.stage, self.stage.upper())
        self.kept = row[2] == "kept"
        self.fault, self.wanted = fault, wanted
        self.upstream = None


def read_table():
    """What test_faults holds the engine to on the virtual clock."""
    program = pathlib.Path(CULVERT).resolve().parent / "tests" / "test_faults"
    listed = subprocess.run([program, "list"], capture_output=True, text=True, check=True).stdout
    cells = []
    for line in listed.splitlines():
        row = line.split("\t")
        cells += [Cell(len(cells) + i, row, fault, wanted)
                  for i, (fault, wanted) in enumerate(zip(FAULTS, row[5:]))]
    return [cell for cell in cells if cell.wanted]


def configuration(cells, admin_port):
    tunnels, services = [], []
    for cell in cells:
        tls = {"": "none", "upstream.tls opportunistic": "opportunistic",
               "upstream.tls require": "require"}.get(cell.setting, "none")
        upstream = {"tls": tls, "connect_timeout": REPLY_S, "reply_timeout": REPLY_S,
                    "data_timeout": DATA_S, "retry_delay": 1}
        if "max_messages" in cell.setting:
            upstream["max_messages_per_connection"] = 1
        tunnels.append({"name": cell.name, "protocol": "SMTP", "listening_interface": LOCALHOST,
                        "port": 0, "advanced_settings": {"idle_connection_timeout": 120}})
        services.append({"name": cell.name, "tunnels": [cell.name], "ruleset": "r",
                         "upstream": upstream, "hostnames": [
                             {"hostname": "*",
                              "forwarding_address": f"{LOCALHOST}:{cell.upstream.port}"}]})
    return {"tunnels": tunnels, "services": services,
            "rulesets": [{"name": "r", "rules": [{"extract": "SMTP Message", "rules": []}]}],
            "log": {"level": "warning"},
            "admin": {"listening_interface": LOCALHOST, "port": admin_port}}


def gauge(admin_port, name, port):
    """What the metrics say of the next hop."""
    with urllib.request.urlopen(f"http://{LOCALHOST}:{admin_port}/metrics", timeout=20) as reply:
        for line in reply.read().decode().splitlines():
            if line.startswith(name + "{") and f"{LOCALHOST}:{port}\"" in line:
                return float(line.rsplit(" ", 1)[1])
    return 0


# --- a client ---

class Sending:
    """One attempt: what was said that one does not hope for, who is to be sent to again."""

    def __init__(self, client, number, rcpts, padding):
        self.client, self.said, self.taken, self.later = client, [], [], list(rcpts)
        asked = []
        if self.say("MAIL", b"MAIL FROM:<ann@client.example>") == 2:
            for rcpt in rcpts:
                if self.say(f"RCPT {rcpt}", b"RCPT TO:<%d@there.example>" % rcpt, [rcpt]) == 2:
                    asked.append(rcpt)
        if asked and self.say("DATA", b"DATA") == 3:
            reply = client.command(b"From: ann@client.example\r\nSubject: %d\r\n\r\n" % number
                                   + b"a line of a message\r\n" * padding + b"the last line\r\n.")
            self.said.append(self.words(reply))
            if reply[:1] in b"25":
                self.later = [r for r in self.later if r not in asked]
            self.taken = asked if reply[:1] == b"2" else []
        else:
            client.command(b"RSET")

    def say(self, at, line, whom=None):
        reply = self.client.command(line)
        if reply[:1] in b"45":
            self.said.append(f"{at} {self.words(reply)}")
        if reply[:1] == b"5":
            self.later = [r for r in self.later if r not in (whom or RCPTS)]
        return int(reply[:1])

    @staticmethod
    def words(reply):
        return reply[:3 if reply[:1] in b"23" else 9].decode()


def describe(cell, first, dials, admin_port):
    upstream = cell.upstream
    had = {r for number, rcpts in upstream.took if number == 1 for r in rcpts}
    who = ("maybe" if had & set(first.later) else "all" if had == set(RCPTS) else
           "1+3" if had == {1, 3} else "none" if not had else "in disorder")
    time.sleep(0.2)  # what follows an answer is on its way
    kept = gauge(admin_port, "culvert_upstream_connections", upstream.port)
    pool = "closed" if kept == 0 else "kept" if len(upstream.talks) == dials else "new"
    pool = pool if kept < 2 else "in disorder"
    rests = ", rests" if gauge(admin_port, "culvert_upstream_down", upstream.port) else ""
    return f"{', '.join(first.said)}; {who}; {pool}{rests}"


def play(cell, port, admin_port):
    upstream = cell.upstream
    client = call(port)
    if cell.kept:
        assert Sending(client, 0, RCPTS, 20).said == ["250"]
    dials = len(upstream.talks) if cell.kept else 1
    upstream.arm()
    if cell.stage == "IDLE":
        time.sleep(0.5)
    elif cell.stage == "RSET":  # a mail that is given up
        client.command(b"MAIL FROM:<ann@client.example>")
        client.command(b"RCPT TO:<1@there.example>")
        assert client.command(b"RSET").startswith(b"250")
        time.sleep(REPLY_S + 1)
    # So much that it is under way still when the fault comes: more than sockets hold.
    padding = 400_000 if cell.stage == "TEXT" and cell.fault not in ("SLOW",) else 20
    first = Sending(client, 1, RCPTS, padding)
    got = describe(cell, first, dials, admin_port)
    upstream.be_well()
    time.sleep(1.2)
    if first.later:
        assert Sending(client, 1, first.later, 20).said == ["250"], "not well when sent again"
    counts = [sum(number == 1 and rcpt in rcpts for number, rcpts in upstream.took)
              for rcpt in RCPTS]
    for rcpt, count in zip(RCPTS, counts):
        wanted = 0 if rcpt not in first.taken + first.later else 2 if "maybe" in got else 1
        assert count == wanted, f"recipient {rcpt} has it {count} times"
    assert Sending(client, 2, RCPTS, 20).said == ["250"], "the next mail is not well"
    client.quit()
    return got


def call(port):
    """HELO: the upstream is called by the first mail, not by EHLO."""
    client = SmtpClient.__new__(SmtpClient)
    client.socket = socket.create_connection((LOCALHOST, port), 60)
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.buffer = b""
    assert client.reply().startswith(b"220")
    assert client.command(b"HELO client.example").startswith(b"250")
    return client


def run_cell(cell, port, admin_port):
    try:
        got = play(cell, port, admin_port)
    except Exception as problem:
        return f"{problem!r} {traceback.format_exc(limit=-2)}"
    return None if got == cell.wanted else f"got \"{got}\", wanted \"{cell.wanted}\""


def descriptors(culvert):
    return len(os.listdir(f"/proc/{culvert.process.pid}/fd"))


def run_batch(scene, cells, context, name):
    """Cells of one engine; how many were bad."""
    for cell in cells:
        offers = ["PIPELINING"] + [o.strip() for o in cell.offers.split(",") if o.strip()]
        cell.upstream = FaultyUpstream(scene, cell.stage, cell.fault, offers, context)
    admin_port = free_port()
    culvert = Culvert(scene, configuration(cells, admin_port), name)
    at_rest, bad = descriptors(culvert), 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for cell, problem in zip(cells, pool.map(
                lambda cell: run_cell(cell, culvert.ports[cell.name], admin_port), cells)):
            if problem:
                bad += 1
                print(f"{cell.row}, {cell.fault.lower()}: {problem}", flush=True)
    # Of connections there are kept ones alone, one an upstream at most.
    wait_for("no descriptor left behind", lambda: descriptors(culvert) <= at_rest + len(cells))
    assert culvert.stop() == 0
    return bad


def main():
    cells = [c for c in read_table() if len(sys.argv) < 2 or c.row in sys.argv[1:]]
    with Scene("faults") as scene:
        ca = make_ca(scene.dir, "ca")
        context = server_context(make_cert(scene.dir, "server", ca, "odd.example", ["127.0.0.1"]))
        bad, begin = 0, time.monotonic()
        for at in range(0, len(cells), BATCH):
            bad += run_batch(scene, cells[at:at + BATCH], context, f"culvert{at}")
        print(f"{len(cells)} cells, {bad} bad, {time.monotonic() - begin:.0f} s", flush=True)
        assert bad == 0


if __name__ == "__main__":
    main()
