#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Promise 2 over a million messages: the engine and its upstream are killed with kill -9 at random
moments under full load and started again; senders send again what was not acknowledged, as mail
systems do. Every message is acknowledged in the end, none is lost, and the duplicates (the upstream
had the message, and the answer was lost with who was killed) are counted.
slow_million.py [MESSAGES] [SEED]"""
import random
import sys
import time

from harness import Culvert, SSN_RULES, Scene, config_of, free_port
from storm import (SinkProcess, collect, judge, new_ledger, resident_kb, start_senders)

MESSAGES = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
SENDERS, CONNECTIONS = 2, 32  # processes; connections of each
SIZES = [200, 2_000, 2_000, 10_000, 10_000, 10_000, 100_000]
LONGEST_S = 2.0  # between two kills


def show(begin, kills, acknowledged, culvert):
    done = len(acknowledged) - acknowledged[:].count(0)
    spent = time.monotonic() - begin
    print(f"{spent:7.0f} s  {done:8} acknowledged  {done / spent:6.0f}/s  "
          f"kills {kills['engine']} + {kills['upstream']}  "
          f"{resident_kb(culvert.process.pid) // 1024} MB", flush=True)


def main():
    chance = random.Random(SEED)
    print(f"seed {SEED}, {MESSAGES} messages", flush=True)
    with Scene("million") as scene:
        taken = new_ledger(scene.dir / "taken", MESSAGES + 1)
        acknowledged = new_ledger(scene.dir / "acknowledged", MESSAGES + 1)
        sink = SinkProcess(scene, free_port(), scene.dir / "taken", seed=SEED)
        config = config_of(f"127.0.0.1:{sink.options['port']}", SSN_RULES,
                           service={"upstream": {"tls": "none", "retry_delay": 1}},
                           log={"level": "error"})
        config["tunnels"][0]["port"] = free_port()
        culvert = Culvert(scene, config)
        begin = shown = time.monotonic()
        senders = start_senders(scene, SENDERS, {
            "port": culvert.port, "ledger": str(scene.dir / "acknowledged"), "count": MESSAGES + 1,
            "first": 1, "connections": CONNECTIONS, "sizes": SIZES, "seed": SEED})
        kills = {"engine": 0, "upstream": 0}
        while any(sender.poll() is None for sender in senders):
            time.sleep(chance.uniform(0.05, LONGEST_S))
            if chance.random() < 0.7:
                kills["engine"] += 1
                culvert.kill9()
                culvert.start()
            else:
                kills["upstream"] += 1
                sink.restart()
            if time.monotonic() - shown > 30:
                show(begin, kills, acknowledged, culvert)
                shown = time.monotonic()
        spent = time.monotonic() - begin
        figures = collect(senders)
        said, there, lost, duplicates, damaged = judge(acknowledged, taken)
        print(f"messages {MESSAGES} in {spent:.0f} s ({MESSAGES / spent:.0f}/s), kills of the engine "
              f"{kills['engine']}, of the upstream {kills['upstream']}, attempts that failed "
              f"{figures['lost'] + figures['refused']}\nacknowledged {said}, at the upstream {there}, "
              f"lost {lost}, duplicates {duplicates}, damaged {damaged}")
        assert said == MESSAGES and there == MESSAGES and lost == 0 and damaged == 0
        # Each kill can cut off the answers that were under way, no more.
        assert duplicates <= sum(kills.values()) * SENDERS * CONNECTIONS
        assert figures["never"] == 0, "a 5xx for a good message"
        assert culvert.stop() == 0
        print("every acknowledged message is at the upstream")


if __name__ == "__main__":
    main()
