#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mail that comes back: passed, refused or inspected again; a key that changes while we run."""
import json
import os
import re
import subprocess
import sys

from client import SmtpClient, SmtpError
from harness import CULVERT, Culvert, Sink, config_of, run_tests, wait_for

MESSAGE = (b"From: a@one.example\r\nMessage-ID: <1@one.example>\r\nSubject: ssn 123\r\n\r\n"
           b"body\r\n")
RULES = [{"extract": "Subject", "pattern": r"\d", "rules": [{"transform": "Mask"}]}]


class Place:
    """An engine with a loop guard, and a sink whose mail is sent back by hand."""

    def __init__(self, scene, key=b"0123456789abcdef\n", tunnel=None, **guard):
        self.key = scene.dir / "loop.key"
        self.put(key)
        self.sink = Sink(scene)
        self.culvert = Culvert(scene, config_of(
            f"127.0.0.1:{self.sink.port}", rules=RULES, tunnel=tunnel,
            service={"loop_guard": {"key_file": str(self.key), **guard}}))

    def put(self, key):
        scratch = self.key.with_suffix(".new")
        scratch.write_bytes(key)
        scratch.chmod(0o600)
        os.replace(scratch, self.key)

    def send(self, content, recipients=("b@two.example",)):
        """What the sink gets; raises SmtpError."""
        client = SmtpClient(self.culvert.port)
        reply = client.send("a@one.example", list(recipients), content)
        client.quit()
        if not reply.startswith(b"250"):
            raise SmtpError(reply)
        return self.sink.messages[-1]["content"]

    def last_line(self):
        return [l for l in self.culvert.log().splitlines() if " message " in l][-1]


def field(content):
    [value] = re.findall(rb"^X-Culvert-Loop: ([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", content, re.M)
    return value


def refused(place, content):
    try:
        place.send(content)
    except SmtpError as error:
        return str(error)
    return ""


def test_it_passes_as_it_is(scene):
    place = Place(scene, on_return="pass", tunnel={"received_header": True})
    first = place.send(MESSAGE)
    assert b"Subject: ssn ***" in first and b"; h=1; " in field(first)
    second = place.send(first)
    assert b"; h=2; " in field(second) and "reason=returned" in place.last_line()
    assert 'loop="same after 1"' in place.last_line(), place.last_line()
    # Nothing is twice but the trace: behind it all is as it was.
    assert second.count(b"X-Culvert-Inspected") == 1 and second.count(b"Received:") == 2
    assert second.split(b"X-Culvert-Inspected", 1)[1] == first.split(b"X-Culvert-Inspected", 1)[1]


def test_a_copied_field_is_removed(scene):
    place = Place(scene, on_return="pass")
    seen = field(place.send(MESSAGE))
    other = MESSAGE.replace(b"<1@", b"<2@").replace(b"123", b"456")
    out = place.send(b"X-Culvert-Loop: " + seen + b"\r\n" + other)
    assert b"Subject: ssn ***" in out and field(out) != seen and b"; h=1; " in field(out)
    assert "forged" in place.last_line()
    # The same Message-ID, too: known, and inspected because it is another text, or for others.
    out = place.send(b"X-Culvert-Loop: " + seen + b"\r\n" + MESSAGE.replace(b"123", b"456"))
    assert b"Subject: ssn ***" in out and "changed after 1" in place.last_line()
    place.send(place.send(MESSAGE), recipients=["eve@elsewhere.example"])
    assert "changed after 1" in place.last_line()


def test_it_is_refused(scene):
    place = Place(scene, on_return="reject")
    first = place.send(MESSAGE)
    assert "554 5.4.6" in refused(place, first)
    place = Place(scene, on_return="inspect", max_hops=3)
    out = place.send(place.send(place.send(MESSAGE)))
    assert "554 5.4.6" in refused(place, out)
    assert "554 5.4.6" in refused(place, out.replace(b"body", b"other body"))


def test_received_fields_are_counted(scene):
    place = Place(scene, tunnel={"max_received": 3, "received_header": True})
    out = place.send(place.send(place.send(MESSAGE)))
    assert out.startswith(b"Received: from client.example ([127.0.0.1])\r\n\tby "), out
    out = place.send(out)
    assert "554 5.4.6" in refused(place, out)


def test_the_key_changes(scene):
    place = Place(scene, on_return="pass")
    first = place.send(MESSAGE)
    place.put(b"another key of more than 16 bytes")
    wait_for("the reload", lambda: "reload.done" in place.culvert.log())
    place.send(first)
    assert "forged" in place.last_line()
    place.put(b"short")
    wait_for("the refusal", lambda: "reload.refused" in place.culvert.log())
    place.send(place.send(MESSAGE))
    assert "same after 1" in place.last_line(), place.last_line()


def test_apply_shows_it(scene):
    key, config = scene.dir / "loop.key", scene.dir / "config.json"
    key.write_bytes(b"0123456789abcdef")
    key.chmod(0o600)
    config.write_text(json.dumps(config_of(
        "127.0.0.1:25", rules=RULES,
        service={"loop_guard": {"key_file": str(key), "on_return": "pass"}})))

    def apply(message, *more):
        done = subprocess.run([CULVERT, "apply", "--config", str(config), "--tunnel", "t", "--from",
                               "a@x.example", "--to", "b@x.example", *more],
                              input=message, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr.decode()

    first, said = apply(MESSAGE)
    assert "loop:" not in said and b"; h=1; " in field(first)
    second, said = apply(first)
    assert "loop: same, passed 1 times, last at " in said and "reason: returned" in said, said
    loop = json.loads(apply(second, "--json")[1])["loop"]
    assert loop["state"] == "same" and loop["hops"] == 2 and loop["node"]
    assert "loop: forged" in apply(first.replace(b"h=1;", b"h=2;"))[1]
    # Who may not read the key tries the rules all the same.
    key.chmod(0o644)
    out, said = apply(MESSAGE)
    assert "loop: unknown" in said and b"X-Culvert-Loop" not in out


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
