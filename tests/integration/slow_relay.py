#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""100,000 messages from smtp-source through Culvert into a real Postfix and on to a sink that hashes
each one: no loss, no duplicate, no changed byte. slow_relay.py [COUNT]"""
import subprocess
import sys
import time

from harness import (Culvert, Postfix, SSN_RULES, Scene, Sink, config_of, have_postfix, sha256, skip,
                     wait_for, without_fields)

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ADDED = ("X-Culvert-Inspected", "Received", "Return-Path", "Delivered-To")


def original(number):
    """A message that no rule touches, with what is apt to be damaged on the way."""
    lines = [f"From: a@one.example", "To: b@two.example", f"Subject: batch {number}",
             f"Message-ID: <{number}@one.example>", "Date: Sun, 22 Nov 2026 10:00:00 +0000",
             "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
             "Content-Transfer-Encoding: 8bit", "", ".", "..", ".dots in front", "Grüße aus Köln",
             "trailing blanks   ", "\ttab", "x" * 990]
    lines += [f"{number} line {i} of the body, nothing to hide here" for i in range(150)]
    return ("\n".join(lines) + "\n").encode()


def baseline(scene, path):
    """The hash of what smtp-source makes of the file, with nobody between it and the sink."""
    direct = Sink(scene)
    subprocess.run(["smtp-source", "-F", str(path), "-f", "a@one.example", "-t", "b@two.example",
                    f"127.0.0.1:{direct.port}"], check=True)
    return sha256(direct.messages[0]["content"])


def main():
    if not have_postfix():
        skip("no Postfix")
    with Scene("relay") as scene:
        sink = Sink(scene, keep_content=False)
        hashes, recipients = {}, set()

        def on_message(message, content):
            digest = sha256(without_fields(content, *ADDED))
            hashes[digest] = hashes.get(digest, 0) + 1
            recipients.update(message["recipients"])

        sink.on_message = on_message
        postfix = Postfix(scene, "upstream", {"relayhost": f"[127.0.0.1]:{sink.port}"})
        culvert = Culvert(scene, config_of(f"127.0.0.1:{postfix.port}", SSN_RULES))
        expected, sent, begin = set(), 0, time.monotonic()
        batches = 10
        for number in range(batches):
            text = original(number)
            path = scene.dir / f"{number}.eml"
            path.write_bytes(text)
            expected.add(baseline(scene, path))
            batch = COUNT // batches
            done = subprocess.run(["smtp-source", "-s", "20", "-m", str(batch), "-N", "-F", str(path),
                                   "-f", "a@one.example", "-t", f"batch{number}@two.example",
                                   f"127.0.0.1:{culvert.port}"], capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            sent += batch
            print(f"{sent} accepted after {time.monotonic() - begin:.0f} s, "
                  f"{len(sink.messages)} at the sink", flush=True)
        wait_for("all messages", lambda: len(sink.messages) >= sent, 600)
        wait_for("an empty queue", postfix.queue_is_empty, 60)
        print(f"sent {sent}, received {len(sink.messages)}, distinct recipients {len(recipients)}, "
              f"distinct contents {len(hashes)} (expected {batches}), changed "
              f"{sum(n for h, n in hashes.items() if h not in expected)}")
        assert len(sink.messages) == sent and len(recipients) == sent
        assert set(hashes) == expected and set(hashes.values()) == {sent // batches}
        assert culvert.stop() == 0
        print("no loss, no duplicate, no changed byte")


if __name__ == "__main__":
    main()
