#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The chapter "Detect and quarantine" of README.md, word for word: its files are taken out of the page
and used, with a real Postfix behind whose header check holds what Culvert marks. Only ports and paths are put in."""
import json
import pathlib
import re
import subprocess
import sys

from client import SmtpClient
from harness import CULVERT, Culvert, Postfix, Sink, have_postfix, run_tests, skip, wait_for

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLE = ROOT / "config" / "examples" / "detection"
CHAPTER = re.search(r"^## Detect and quarantine\n(.*?)^## ", (ROOT / "README.md").read_text(),
                    re.S | re.M).group(1)
FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```\w*\n(.*?)```", CHAPTER, re.S))
MARK = b"\r\nX-Culvert-Action: Quarantine\r\n"
FIELDS = "From: ada@corp.example\r\nMessage-ID: <1@corp.example>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"


def mail(body, subject="Hello", fields="", to="charles@partner.example"):
    return f"{FIELDS}To: {to}\r\nSubject: {subject}\r\n{fields}\r\n{body}\r\n".encode()


def submit(port, content, recipients=("charles@partner.example",)):
    client = SmtpClient(port)
    assert client.command(b"MAIL FROM:<ada@corp.example>").startswith(b"250")
    for recipient in recipients:
        assert client.command(b"RCPT TO:<" + recipient.encode() + b">").startswith(b"250")
    assert client.command(b"DATA").startswith(b"354")
    client.socket.sendall(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    assert client.reply().startswith(b"250")
    client.quit()


def write_files(scene):
    for name, text in FILES.items():
        (scene.dir / name).write_text(text)


class House:
    """A client -> Culvert -> Postfix with the header check -> the world, which is a sink."""

    def __init__(self, scene, checks=None):
        if not have_postfix():
            skip("needs root and Postfix")
        write_files(scene)
        if checks:
            (scene.dir / "header_checks").write_text(checks)
        self.sink = Sink(scene)
        self.postfix = Postfix(scene, "postfix", {
            "relayhost": f"[127.0.0.1]:{self.sink.port}",
            "header_checks": f"regexp:{scene.dir}/header_checks"})
        config = json.loads(FILES["culvert.json"].replace("10026", str(self.postfix.port)))
        config["tunnels"][0]["port"] = 0
        self.culvert = Culvert(scene, config)
        self.sent = 0

    def send(self, content, recipients=("charles@partner.example",)):
        submit(self.culvert.port, content, recipients)

    def waiting(self):
        """What Postfix holds."""
        done = subprocess.run(["postqueue", "-c", str(self.postfix.conf), "-j"],
                              capture_output=True, text=True, timeout=60, check=True)
        queue = [json.loads(line) for line in done.stdout.splitlines()]
        return [entry for entry in queue if entry["queue_name"] == "hold"]

    def goes_on(self, content, recipients=("charles@partner.example",)):
        """It leaves at once; the message as the world gets it."""
        self.send(content, recipients)
        self.sent += 1
        wait_for("the message", lambda: len(self.sink.messages) >= self.sent)
        assert not self.waiting(), self.waiting()
        got = self.sink.messages[-1]
        assert set(got["recipients"]) == set(recipients), got
        assert b"X-Culvert-Inspected: true\r\n" in got["content"]
        return got["content"]

    def is_held(self, content, recipients=("charles@partner.example",)):
        """It waits; then it is let go. The message as the world gets it."""
        self.send(content, recipients)
        wait_for("the hold queue", self.waiting)
        held, = self.waiting()
        assert {r["address"] for r in held["recipients"]} == set(recipients), held
        assert len(self.sink.messages) == self.sent
        assert "Customer email Hold" in self.postfix.log_path.read_text()
        subprocess.run(["postsuper", "-c", str(self.postfix.conf), "-H", held["queue_id"]],
                       capture_output=True, timeout=60, check=True)
        subprocess.run(["postqueue", "-c", str(self.postfix.conf), "-f"], timeout=60, check=True)
        self.sent += 1
        wait_for("the message", lambda: len(self.sink.messages) >= self.sent)
        return self.sink.messages[-1]["content"]


def test_the_files_are_the_example(scene):
    assert set(FILES) == {"terms.csv", "culvert.json", "header_checks"}, set(FILES)
    for name in ("terms.csv", "header_checks"):
        assert (EXAMPLE / name).read_text() == FILES[name], name
    example = json.loads((EXAMPLE / "culvert.json").read_text())
    assert {k: v for k, v in example.items() if k not in ("$schema", "description")} == \
        json.loads(FILES["culvert.json"])


def test_the_commands_do_what_they_say(scene):
    command = re.search(r"    culvert (apply .*)\n", CHAPTER).group(1).split()
    assert command[-4:] == ["<", "sample.eml", ">", "out.eml"]
    done = subprocess.run([CULVERT, "check", "--config", "culvert.json"], cwd=EXAMPLE,
                          capture_output=True, timeout=120)
    assert done.returncode == 0, done
    done = subprocess.run([CULVERT, *command[:-4]], cwd=EXAMPLE, capture_output=True, timeout=120,
                          input=(EXAMPLE / "sample.eml").read_bytes())
    assert done.returncode == 0, done
    assert b"\nX-Culvert-Action: Quarantine\n" in done.stdout, done
    for word in (b"Customer entitlement", b"low", b"Customer email Hold"):
        assert word in done.stderr, (word, done.stderr)


def test_external_mail_of_that_kind_is_held(scene):
    house = House(scene)
    two = mail("Purchase date: today.\r\nAsk your account\r\nmanager.")
    content = house.is_held(two)
    assert MARK in content
    # in the subject, across parts, in HTML, in other letters; Exchange's copy of the subject
    assert MARK in house.is_held(mail("ask the SALES ENGINEER", "the customer"))
    assert MARK in house.is_held(mail(
        "<p>Sales&nbsp;Engi<!-- -->neer and <b>cust</b>omer</p>", fields="MIME-Version: 1.0\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"))
    # an external recipient among others
    assert MARK in house.is_held(two, ["bob@corp.example", "charles@partner.example"])
    # the world cannot make it look as if it had been let go already
    assert MARK in house.is_held(mail("purchase date, customer", fields="X-Culvert-Action: Pass\r\n"))


def test_other_mail_goes_on(scene):
    house = House(scene)
    two = mail("Purchase date: today.\r\nAsk your account manager.")
    assert MARK not in house.goes_on(two, ["bob@corp.example"])
    assert MARK not in house.goes_on(two, ["bob@corp.example", "eve@CORP.example"])
    # one word is no hold, however often it stands and in however many parts
    assert MARK not in house.goes_on(mail("customer, customer\r\nCUSTOMER", "Customer",
                                          "Thread-Topic: customer\r\n"))
    both = ("--b\r\nContent-Type: text/plain\r\n\r\nthe customer\r\n--b\r\n"
            "Content-Type: text/html\r\n\r\n<p>the customer</p>\r\n--b--")
    assert MARK not in house.goes_on(mail(both, fields="MIME-Version: 1.0\r\nContent-Type: "
                                          "multipart/alternative; boundary=b\r\n"))
    # nor is a longer word, or two in which the words of one are not together
    assert MARK not in house.goes_on(mail("customers, the account of the manager"))
    assert house.postfix.queue_is_empty()


def test_redirected_to_somebody_who_decides(scene):
    assert "REDIRECT manager@corp.example" in CHAPTER
    house = House(scene, FILES["header_checks"].replace("HOLD Customer email Hold",
                                                        "REDIRECT manager@corp.example"))
    house.send(mail("purchase date, customer"))
    wait_for("the message", lambda: house.sink.messages)
    assert house.sink.messages[0]["recipients"] == ["manager@corp.example"]
    assert MARK in house.sink.messages[0]["content"]


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
