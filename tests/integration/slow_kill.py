#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Promise 2 under kill -9: the engine is killed at random moments under load and started again;
every message whose final dot was answered with 250 is at the sink. slow_kill.py [KILLS] [SEED]"""
import random
import sys
import threading
import time

from client import SmtpClient
from harness import Culvert, SSN_RULES, Scene, Sink, config_of, free_port, wait_for

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 50
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
CLIENTS = 12


class Load(threading.Thread):
    """Sends numbered messages until told to stop; a lost connection is tried again."""

    def __init__(self, number, culvert):
        super().__init__(daemon=True)
        self.number = number
        self.culvert = culvert
        self.stopping = False
        self.acknowledged = []
        self.unanswered = 0
        self.random = random.Random(SEED + number)

    def content(self, identity):
        size = self.random.choice([200, 2_000, 10_000, 200_000])
        body = b"".join(b"line %06d of the body\r\n" % i for i in range(size // 25))
        return (b"From: a@one.example\r\nSubject: SSN 123-45-6789\r\nX-Id: %s\r\n\r\n" % identity
                + body)

    def run(self):
        client, count = None, 0
        while not self.stopping:
            identity = b"%d-%d" % (self.number, count)
            count += 1
            try:
                client = client or SmtpClient(self.culvert.port, timeout=20)
                reply = client.send("a@one.example", ["b@two.example"], self.content(identity))
                if reply.startswith(b"250"):
                    self.acknowledged.append(identity)
            except Exception:
                self.unanswered += 1
                client = None
                time.sleep(0.01)


def main():
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    with Scene("kill") as scene:
        received = {}

        def on_message(message, content):
            for line in message["header"].split(b"\r\n"):
                if line.startswith(b"X-Id: "):
                    received[line[6:]] = received.get(line[6:], 0) + 1
            assert b"123-45" not in content, "a half-transformed message left"

        sink = Sink(scene, keep_content=False)
        sink.on_message = on_message
        config = config_of(f"127.0.0.1:{sink.port}", SSN_RULES)
        config["tunnels"][0]["port"] = free_port()
        culvert = Culvert(scene, config)
        loads = [Load(i, culvert) for i in range(CLIENTS)]
        for load in loads:
            load.start()
        for kill in range(KILLS):
            time.sleep(chance.uniform(0.05, 1.0))
            culvert.kill9()
            culvert.start()
        time.sleep(0.5)
        for load in loads:
            load.stopping = True
        for load in loads:
            load.join(30)
            assert not load.is_alive()
        acknowledged = [i for load in loads for i in load.acknowledged]
        lost = [i for i in acknowledged if i not in received]
        duplicates = sum(n - 1 for n in received.values())
        print(f"kills {KILLS}, acknowledged {len(acknowledged)}, at the sink {len(received)}, "
              f"unanswered {sum(l.unanswered for l in loads)}, duplicates {duplicates}, "
              f"lost {len(lost)}")
        assert len(acknowledged) > KILLS * 5, "too little load to prove anything"
        assert not lost, lost[:10]
        wait_for("the sink", lambda: True)
        assert culvert.stop() == 0
        print("every acknowledged message is at the sink")


if __name__ == "__main__":
    main()
