# SPDX-License-Identifier: Apache-2.0
"""Load for the long tests, from processes of their own: senders that number their messages and send
again what was not acknowledged, and a sink that counts what it took. Both note it in files that are
mapped into memory, a byte a message, so that kill -9 of either takes nothing back and the memory
is bounded whatever the number of messages is. Faults of the sink are by chance, as ordered."""
import asyncio
import json
import mmap
import os
import random
import signal
import socket
import subprocess
import sys
import time

LOCALHOST = "127.0.0.1"
SECRET, MASKED = b"123-45-6789", b"***-**-6789"
LINE = b"a line of the body, with nothing to hide in it\r\n"


def new_ledger(path, count):
    """A byte for each message, 0 at first."""
    with open(path, "wb") as file:
        file.truncate(max(count, 1))
    return open_ledger(path)


def open_ledger(path):
    with open(path, "r+b") as file:
        return mmap.mmap(file.fileno(), 0)


def add(ledger, at):
    ledger[at] = min(255, ledger[at] + 1)


# --- the sink: storm.py sink JSON ---

class Sink(asyncio.Protocol):
    """One connection. `options`: ledger, port, faults (one in so many answers), chunking, seed."""

    def __init__(self, options, ledger, chance):
        self.options, self.ledger, self.chance = options, ledger, chance
        self.buffer = bytearray()
        self.in_text, self.chunk, self.dead = False, 0, False

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer(b"220 sink.example ESMTP\r\n")

    def data_received(self, data):
        self.buffer += data
        while not self.dead and self.turn():
            pass

    def answer(self, right):
        """The right answer, or a fault."""
        faults = self.options.get("faults", 0)
        if self.dead:
            return
        if not faults or self.chance.randrange(faults):
            self.transport.write(right)
            return
        kind = self.chance.choice(["4xx", "5xx", "421", "close", "abort", "garbage", "flood",
                                   "silence", "half"])
        self.in_text &= kind not in ("4xx", "5xx")
        if kind == "4xx":
            self.transport.write(b"450 4.2.0 not now\r\n")
            return
        if kind == "5xx":
            self.transport.write(b"550 5.2.0 never\r\n")
            return
        self.dead = True
        if kind in ("421", "garbage", "half", "flood"):
            self.transport.write({"421": b"421 4.3.2 going down\r\n", "garbage": b"\xff what?\r\n",
                                  "half": b"250", "flood": b"250-line\r\n" * 5000}[kind])
        if kind in ("421", "close", "half"):
            self.transport.close()
        elif kind == "abort":
            self.transport.abort()

    def turn(self):
        if self.in_text:
            return self.text_turn()
        line, found, _ = self.buffer.partition(b"\r\n")
        if not found:
            return False
        del self.buffer[:len(line) + 2]
        verb = bytes(line[:4]).upper()
        if verb == b"EHLO":
            offers = [b"sink.example", b"PIPELINING", b"8BITMIME"]
            offers += [b"CHUNKING"] if self.options.get("chunking") else []
            self.answer(b"".join(b"250-%s\r\n" % o for o in offers) + b"250 SIZE 0\r\n")
        elif verb == b"DATA":
            self.in_text = True
            self.answer(b"354 go\r\n")
        elif verb == b"BDAT":
            self.in_text, self.chunk = True, int(line.split()[1])
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
            self.dead = True
        else:
            self.answer(b"250 2.0.0 ok\r\n")
        return True

    def text_turn(self):
        if self.chunk:
            if len(self.buffer) < self.chunk:
                return False
            text = bytes(self.buffer[:self.chunk])
            del self.buffer[:self.chunk]
        else:
            end = self.buffer.find(b"\r\n.\r\n")
            if end < 0:
                return False
            text = bytes(self.buffer[:end + 2])
            del self.buffer[:end + 5]
        self.in_text, self.chunk = False, 0
        self.keep(text)
        return True

    def keep(self, text):
        at = text.index(b"X-Id: ") + 6
        number, size = (int(word) for word in text[at:text.index(b"\r\n", at)].split())
        body = text[text.index(b"\r\n\r\n") + 4:]
        whole = len(body) == size and MASKED in text and SECRET not in text
        add(self.ledger, number if whole else 0)  # 0 is nobody's: what came damaged
        self.answer(b"250 2.0.0 kept\r\n")


def run_sink(options):
    ledger = open_ledger(options["ledger"])
    chance = random.Random(options.get("seed"))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(loop.create_server(lambda: Sink(options, ledger, chance), LOCALHOST,
                                               options["port"], backlog=4096, reuse_address=True))
    loop.run_forever()


# --- a sender: storm.py send JSON ---

def message(number, size):
    body = LINE * (size // len(LINE))
    return (b"From: a@one.example\r\nSubject: SSN %s\r\nX-Id: %d %d\r\n\r\n" % (SECRET, number,
                                                                               len(body)) + body)


class Sender:
    """`options`: port, ledger, count, step (which numbers: first, first + step, ...; 0: without
    end, all of them `first`), first, connections, sizes, seconds (0: until all are acknowledged),
    pause (s after a refusal), stats (file)."""

    def __init__(self, options):
        self.options = options
        self.ledger = open_ledger(options["ledger"])
        self.chance = random.Random(options.get("seed"))
        self.next = options["first"]
        self.again = []
        self.end = time.monotonic() + options["seconds"] if options.get("seconds") else None
        self.acknowledged = self.refused = self.lost = self.greeted_421 = self.never = 0
        self.times = []  # of those acknowledged, in ms, a sample
        self.begun = 0

    def take(self):
        """The number of the next message to send, or None."""
        if self.end and time.monotonic() >= self.end:
            return None
        if self.again:
            return self.again.pop()
        number = self.next
        if number >= self.options["count"]:
            return None
        self.next += self.options["step"]
        return number

    def note_time(self, ms):
        self.begun += 1
        if len(self.times) < 20000:
            self.times.append(ms)
        elif (at := self.chance.randrange(self.begun)) < 20000:
            self.times[at] = ms

    async def reply(self, reader):
        while True:
            line = await asyncio.wait_for(reader.readline(), self.options.get("timeout", 60))
            if not line.endswith(b"\n"):
                raise ConnectionError
            if line[3:4] != b"-":
                return line

    async def open(self):
        reader, writer = await asyncio.open_connection(LOCALHOST, self.options["port"])
        try:
            if not (await self.reply(reader)).startswith(b"220"):
                self.greeted_421 += 1
                raise ConnectionRefusedError
            writer.write(b"EHLO storm.example\r\n")
            await self.reply(reader)
        except BaseException:
            writer.close()
            raise
        return reader, writer

    async def send(self, reader, writer, number):
        """True: 250; False: refused. The connection serves on."""
        begin = time.monotonic()
        writer.write(b"MAIL FROM:<a@one.example>\r\nRCPT TO:<b@two.example>\r\nDATA\r\n")
        replies = [await self.reply(reader) for _ in range(3)]
        if any(r.startswith(b"421") for r in replies):
            raise ConnectionRefusedError
        if not replies[2].startswith(b"354"):
            writer.write(b"RSET\r\n")
            await self.reply(reader)
            return False
        writer.write(message(number, self.chance.choice(self.options["sizes"])) + b".\r\n")
        final = await self.reply(reader)
        if not final.startswith(b"250"):
            self.never += final.startswith(b"5")
            return False
        add(self.ledger, number)
        self.acknowledged += 1
        self.note_time((time.monotonic() - begin) * 1000)
        return True

    async def work(self):
        streams, pause = None, self.options.get("pause", 0.02)
        while (number := self.take()) is not None:
            try:
                streams = streams or await self.open()
                taken = await self.send(*streams, number)
                if not taken:
                    self.refused += 1
                    self.again.append(number)
                    await asyncio.sleep(pause)
            except (OSError, asyncio.TimeoutError, ValueError):
                self.lost += 1
                self.again.append(number)
                if streams:
                    streams[1].close()
                streams = None
                await asyncio.sleep(pause)
        if streams:
            streams[1].close()

    async def run(self):
        # One that finds nothing to do may be needed again: another's message was refused.
        works = [asyncio.create_task(self.work()) for _ in range(self.options["connections"])]
        await asyncio.gather(*works)
        while self.again and not self.end:
            await self.work()

    def stats(self):
        self.times.sort()
        quantile = lambda q: round(self.times[int(q * (len(self.times) - 1))], 1) if self.times else 0
        return {"acknowledged": self.acknowledged, "refused": self.refused, "lost": self.lost,
                "greeted_421": self.greeted_421, "never": self.never, "p50": quantile(0.5),
                "p99": quantile(0.99), "max": quantile(1)}


def run_sender(options):
    sender = Sender(options)
    asyncio.run(sender.run())
    print(json.dumps(sender.stats()), flush=True)


# --- for the tests ---

def spawn(what, options):
    return subprocess.Popen([sys.executable, os.path.abspath(__file__), what, json.dumps(options)],
                            stdout=subprocess.PIPE if what == "send" else None)


class SinkProcess:
    """The sink as a process that can be killed and started again on its port."""

    def __init__(self, scene, port, ledger, faults=0, seed=0):
        self.options = {"port": port, "ledger": str(ledger), "faults": faults}
        self.seed, self.starts, self.process = seed, 0, None
        scene.later(self.kill9)
        self.start()

    def start(self):
        """Every second time it offers CHUNKING."""
        self.starts += 1
        self.process = spawn("sink", {**self.options, "chunking": self.starts % 2 == 0,
                                      "seed": self.seed + self.starts})

    def kill9(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self):
        self.kill9()
        self.start()


def start_senders(scene, number, options):
    """`number` processes that share the work; collect() waits for them."""
    senders = [spawn("send", {**options, "first": options["first"] + i,
                              "step": number, "seed": options.get("seed", 0) * 100 + i})
               for i in range(number)]

    def stop():
        for sender in senders:
            if sender.poll() is None:
                sender.send_signal(signal.SIGKILL)
            sender.wait()

    scene.later(stop)
    return senders


def collect(senders, seconds=None):
    """The sums of their figures; of times the worst."""
    total = {}
    for sender in senders:
        text, _ = sender.communicate(timeout=seconds)
        assert sender.returncode == 0, f"a sender ended with {sender.returncode}"
        for name, value in json.loads(text).items():
            total[name] = (max(total.get(name, 0), value) if name in ("p50", "p99", "max")
                           else total.get(name, 0) + value)
    return total


def resident_kb(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * (os.sysconf("SC_PAGE_SIZE") // 1024)


def judge(acknowledged, taken):
    """(acknowledged, at the sink, lost, duplicates, damaged) of two ledgers; number 0 is nobody's."""
    lost = duplicates = both = there = 0
    for at in range(1, len(acknowledged)):
        both += acknowledged[at] > 0
        there += taken[at] > 0
        lost += acknowledged[at] > 0 and not taken[at]
        duplicates += max(0, taken[at] - 1)
    return both, there, lost, duplicates, taken[0]


if __name__ == "__main__":
    {"sink": run_sink, "send": run_sender}[sys.argv[1]](json.loads(sys.argv[2]))
