#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Full load for minutes, and everything goes wrong meanwhile: the upstream answers by faults, is
killed with kill -9 and comes back; clients break off; the configuration is reloaded with tunnels
added, changed and removed. Memory stays flat, nothing acknowledged is lost, the engine ends well and
its sanitizer (AddressSanitizer, in the test build) has nothing to say. slow_soak.py [MINUTES] [SEED]"""
import os
import random
import signal
import socket
import statistics
import sys
import threading
import time

os.environ["ASAN_OPTIONS"] = (os.environ.get("ASAN_OPTIONS", "") +
                              ":quarantine_size_mb=8:malloc_context_size=8").lstrip(":")

from harness import Culvert, LOCALHOST, SSN_RULES, Scene, config_of, free_port, wait_for
from storm import SinkProcess, collect, judge, new_ledger, resident_kb, spawn

MINUTES = float(sys.argv[1]) if len(sys.argv) > 1 else 30
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
SECONDS = MINUTES * 60
COUNT = 50_000_000  # room in the ledgers (sparse files) for more than can be sent
SIZES = [200, 2_000, 2_000, 10_000, 10_000, 200_000]
MOST_GROWTH_KB = 8 * 1024  # over the second half
DESCRIPTORS = 40           # that a quiet engine may have more than at the start


class RudeClients(threading.Thread):
    """Break off at every stage, and say what is wrong."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.stopping, self.count = port, False, 0
        self.random = random.Random(SEED + 1)

    def run(self):
        talk = (b"EHLO rude.example\r\nMAIL FROM:<a@one.example>\r\nRCPT TO:<b@two.example>\r\n"
                b"DATA\r\nSubject: x\r\n\r\n" + b"line\r\n" * 200 + b"BDAT 5\r\n12\r\nQUIT\r\n")
        while not self.stopping:
            try:
                with socket.create_connection((LOCALHOST, self.port), 5) as peer:
                    self.count += 1
                    peer.sendall(talk[:self.random.randrange(len(talk))])
                    if self.random.random() < 0.3:
                        peer.sendall(self.random.randbytes(300))
                    if self.random.random() < 0.5:
                        peer.settimeout(0.2)
                        peer.recv(1000)
                    if self.random.random() < 0.5:  # a reset
                        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            except OSError:
                pass
            time.sleep(0.02)


class Reloads:
    """Another configuration each time: tunnel "t" stays, others come, change and go."""

    def __init__(self, culvert, config):
        self.culvert, self.config, self.count = culvert, config, 0
        self.extra = [free_port() for _ in range(3)]
        self.random = random.Random(SEED + 2)

    def turn(self):
        config = {**self.config, "tunnels": list(self.config["tunnels"])}
        names = ["t"]
        for at, port in enumerate(self.extra):
            if self.random.random() < 0.6:
                names.append(f"extra{at}")
                config["tunnels"].append(
                    {"name": names[-1], "protocol": "SMTP", "listening_interface": LOCALHOST,
                     "port": port, "advanced_settings": {"max_recipients":
                                                         self.random.randrange(1, 1000)}})
        service = {**config["services"][0], "tunnels": names}
        service["upstream"] = {**service["upstream"], "kept_connections": self.random.randrange(100)}
        config["services"] = [service]
        self.culvert.write(config)
        self.culvert.signal(signal.SIGHUP)
        self.count += 1


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def slope_kb_per_minute(samples):
    """Of the second half, by least squares."""
    half = samples[len(samples) // 2:]
    return statistics.linear_regression([t / 60 for t, _ in half], [kb for _, kb in half]).slope


def check_memory(samples):
    half = samples[len(samples) // 2:]
    third = max(1, len(half) // 3)
    before = statistics.median(kb for _, kb in half[:third])
    after = statistics.median(kb for _, kb in half[-third:])
    slope = slope_kb_per_minute(samples)
    print(f"resident: {samples[0][1] // 1024} MB at the start, {before / 1024:.1f} MB in the middle, "
          f"{after / 1024:.1f} MB at the end, slope {slope:.0f} KB a minute", flush=True)
    assert after - before < MOST_GROWTH_KB, "memory grows"


def storm(culvert, sink, reloads, begin, samples):
    chance = random.Random(SEED)
    kills, next_kill, next_reload, shown = 0, 5.0, 3.0, 0.0
    while (now := time.monotonic() - begin) < SECONDS:
        time.sleep(0.5)
        assert culvert.process.poll() is None, "the engine is gone"
        samples.append((now, resident_kb(culvert.process.pid)))
        if now > next_kill:
            kills += 1
            sink.kill9()
            time.sleep(chance.choice([0, 0, 0.5, 2]))
            sink.start()
            next_kill = now + chance.uniform(1, 10)
        if now > next_reload:
            reloads.turn()
            next_reload = now + chance.uniform(0.5, 5)
        if now - shown > 60:
            shown = now
            print(f"{now:6.0f} s  {samples[-1][1] // 1024} MB  kills {kills}  reloads "
                  f"{reloads.count}", flush=True)
    return kills


def main():
    print(f"seed {SEED}, {MINUTES} minutes", flush=True)
    with Scene("soak") as scene:
        taken = new_ledger(scene.dir / "taken", COUNT)
        acknowledged = new_ledger(scene.dir / "acknowledged", COUNT)
        sink = SinkProcess(scene, free_port(), scene.dir / "taken", faults=200, seed=SEED)
        config = config_of(f"{LOCALHOST}:{sink.options['port']}", SSN_RULES,
                           tunnel={"idle_connection_timeout": 10},
                           service={"upstream": {"tls": "none", "retry_delay": 1,
                                                 "reply_timeout": 3, "data_timeout": 5,
                                                 "connect_timeout": 2}}, log={"level": "error"})
        config["tunnels"][0]["port"] = free_port()
        culvert = Culvert(scene, config)
        at_rest = descriptors(culvert.process.pid)
        rude = RudeClients(culvert.port)
        reloads = Reloads(culvert, config)
        begin = time.monotonic()
        senders = [spawn("send", {"port": culvert.port, "ledger": str(scene.dir / "acknowledged"),
                                  "count": COUNT, "first": 1 + i, "step": 2, "connections": 24,
                                  "sizes": SIZES, "seed": SEED + i, "seconds": SECONDS})
                   for i in range(2)]
        scene.later(lambda: [sender.kill() for sender in senders])
        rude.start()
        samples = []
        kills = storm(culvert, sink, reloads, begin, samples)
        rude.stopping = True
        rude.join(10)
        figures = collect(senders, 90)
        said, there, lost, duplicates, damaged = judge_prefix(acknowledged, taken, figures)
        print(f"kills of the upstream {kills}, reloads {reloads.count}, rude clients {rude.count}, "
              f"acknowledged {said} ({said / SECONDS:.0f}/s), at the upstream {there}, lost {lost}, "
              f"duplicates {duplicates}, damaged {damaged}, refused {figures['refused']}, broken "
              f"{figures['lost']}, p99 {figures['p99']} ms", flush=True)
        assert lost == 0 and damaged == 0 and said > 0
        check_memory(samples)
        wait_for("a quiet engine", lambda: descriptors(culvert.process.pid) <= at_rest + DESCRIPTORS
                 + 200, 60)  # 100 connections are kept for each of two loops
        print(f"descriptors {at_rest} at the start, {descriptors(culvert.process.pid)} at the end")
        assert culvert.stop() == 0
        print("flat, and nothing lost")


def judge_prefix(acknowledged, taken, figures):
    """The ledgers have room for far more than was sent: only what was is read."""
    sent = acknowledged.rfind(b"\1") + 1
    most = max(sent, 1) + 2 * (figures["acknowledged"] + figures["lost"] + figures["refused"])
    end = min(len(taken), most)
    return judge(acknowledged[:end], taken[:end])


if __name__ == "__main__":
    main()
