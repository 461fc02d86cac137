#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tunnels/CHAIN.md, word for word: its configurations are taken out of the page and run; only ports,
addresses of hosts that are not there, and the places of certificates are put in."""
import json
import pathlib
import re
import subprocess
import sys

from certificates import make_ca, make_cert
from client import SmtpClient
from harness import (CULVERT, Culvert, Postfix, Sink, free_port, have_postfix, run_tests, skip,
                     wait_for, without_fields)

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "tunnels" / "CHAIN.md").read_text()
FIELDS = "From: a@corp.example\r\nTo: b@two.example\r\nMessage-ID: <1@corp.example>\r\n" \
         "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
ADDED = ("Received", "X-Culvert-Inspected")


def mail(subject, body, fields=""):
    return f"{FIELDS}{fields}Subject: {subject}\r\n\r\n{body}\r\n".encode()


def block(name):
    found = re.findall(rf"<!-- chain: {re.escape(name)} -->\n```\w*\n(.*?)```", PAGE, re.S)
    assert len(found) == 1, f"{name} stands {len(found)} times in CHAIN.md"
    return found[0]


def put(text, changes):
    """Each of `changes` stands in the text, and is replaced."""
    for old, new in changes.items():
        assert old in text, (old, text)
        text = text.replace(old, new)
    return text


def main_cf(text):
    return dict(re.split(r"\s*=\s*", line, maxsplit=1) for line in text.splitlines())


def culvert(scene, text, changes, name="culvert"):
    config = json.loads(put(text, changes))
    assert config["tunnels"][0]["port"] != 0
    config["tunnels"][0]["port"] = 0
    return Culvert(scene, config, name)


def certificate(scene, name):
    (scene.dir / "tls").mkdir()
    ca = make_ca(scene.dir, "ca")
    make_cert(scene.dir / "tls", name, ca, f"{name}.corp.example", [f"{name}.corp.example"])


def key(scene):
    path = scene.dir / "loop.key"
    path.write_text("of-chance-for-this-test-alone\n")
    path.chmod(0o600)


def submit(port, content, recipients=("b@two.example",), sender="a@corp.example"):
    """The replies, one by one: a recipient may be refused."""
    client = SmtpClient(port)
    replies = [client.command(b"MAIL FROM:<" + sender.encode() + b">")]
    replies += [client.command(b"RCPT TO:<" + r.encode() + b">") for r in recipients]
    if any(r.startswith(b"250") for r in replies[1:]):
        assert client.command(b"DATA").startswith(b"354")
        client.socket.sendall(content.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        replies.append(client.reply())
    client.quit()
    return replies


def arrived(sink, count):
    wait_for(f"{count} messages", lambda: len(sink.messages) >= count)
    assert len(sink.messages) == count, [m["header"] for m in sink.messages]
    return sink.messages[-1]


class Relay:
    """Postfix "inside" -> Culvert -> Postfix "edge" -> the world, which is a sink."""

    def __init__(self, scene, inside):
        self.sink = Sink(scene)
        edge_port = free_port()
        self.edge = Postfix(
            scene, "edge", {"relayhost": f"[127.0.0.1]:{self.sink.port}"},
            master_extra=put(block("relay/edge/master.cf"), {"10026": str(edge_port)}))
        self.culvert = culvert(scene, block("relay/culvert.json"), {"10026": str(edge_port)})
        settings = main_cf(put(block(inside), {"10025": str(self.culvert.port)}))
        self.inside = Postfix(scene, "inside", settings)

    def end(self):
        wait_for("empty queues", lambda: self.inside.queue_is_empty() and self.edge.queue_is_empty())
        assert self.culvert.stop() == 0


def test_postfix_hands_its_mail_on(scene):
    relay = Relay(scene, "relay/inside/main.cf")
    sent = mail("a number", "it is 123-45-6789\r\n.\r\n..dots")
    assert submit(relay.inside.port, sent)[-1].startswith(b"250")
    message = arrived(relay.sink, 1)
    assert message["content"].count(b"Received: ") == 2
    assert without_fields(message["content"], *ADDED) == sent.replace(b"123-45", b"***-**")

    # A refusal of the rules: the sender gets it as a bounce, through the same chain.
    assert submit(relay.inside.port, mail("Strictly internal", "x"))[-1].startswith(b"250")
    bounce = arrived(relay.sink, 2)
    assert bounce["sender"].startswith(b"<>") and bounce["recipients"] == ["a@corp.example"]
    assert b"550 5.7.1 This must not leave the house" in bounce["content"], bounce["content"]

    # Culvert is down: the mail waits in the queue inside, and comes when Culvert is up again.
    port = relay.culvert.port
    assert relay.culvert.stop() == 0
    assert submit(relay.inside.port, mail("later", "x"))[-1].startswith(b"250")
    wait_for("a first try", lambda: "Connection refused" in relay.inside.log_path.read_text())
    assert not relay.inside.queue_is_empty() and len(relay.sink.messages) == 2
    config = json.loads(relay.culvert.config_path.read_text())
    config["tunnels"][0]["port"] = port
    relay.culvert.write(config)
    relay.culvert.start()
    subprocess.run(["postqueue", "-c", str(relay.inside.conf), "-f"], check=True, timeout=30)
    assert b"Subject: later\r\n" in arrived(relay.sink, 3)["content"]
    relay.end()


def test_postfix_transport_for_some_domains(scene):
    relay = Relay(scene, "transport/inside/main.cf")
    assert submit(relay.inside.port, mail("a number", "123-45-6789"),
                  ["b@partner.example"])[-1].startswith(b"250")
    assert b"***-**-6789" in arrived(relay.sink, 1)["content"]
    relay.end()


def test_one_postfix_cannot_be_both(scene):
    """What the page warns of: it goes round, is counted, and ends."""
    inner = free_port()
    engine = culvert(scene, block("relay/culvert.json"), {"10026": str(inner)})
    both = Postfix(scene, "both", {**main_cf(put(block("relay/inside/main.cf"),
                                                 {"10025": str(engine.port)})),
                                   "notify_classes": ""},
                   master_extra=put(block("relay/edge/master.cf"), {"10026": str(inner)}))
    assert submit(both.port, mail("round", "x"), sender="")[-1].startswith(b"250")
    wait_for("the end of it", lambda: "too many hops" in both.log_path.read_text())
    wait_for("an empty queue", both.queue_is_empty)
    assert engine.log().count(" message ") > 40, "it went round"

    # The guard counts to three.
    key(scene)
    config = json.loads(engine.config_path.read_text())
    config["services"][0]["loop_guard"] = {"key_file": "loop.key", "max_hops": 3}
    config["tunnels"][0]["port"] = engine.port
    assert engine.stop() == 0
    before = engine.log().count(" message ")
    engine.write(config)
    engine.start()
    assert submit(both.port, mail("round", "x"), sender="")[-1].startswith(b"250")
    wait_for("the refusal", lambda: "554 5.4.6" in both.log_path.read_text())
    wait_for("an empty queue", both.queue_is_empty)
    assert engine.log().count(" message ") == before + 4
    assert engine.stop() == 0


def test_postfix_with_culvert_in_its_middle(scene):
    sink, inner, outer = Sink(scene), free_port(), free_port()
    engine = culvert(scene, (ROOT / "config" / "examples" / "postfix.json").read_text(),
                     {"127.0.0.1:10026": f"127.0.0.1:{inner}"})
    Postfix(scene, "middle", {"relayhost": f"[127.0.0.1]:{sink.port}", "notify_classes": ""},
            master_extra=put(block("middle/master.cf"), {
                "smtp      inet": f"127.0.0.1:{outer} inet", "127.0.0.1:10025":
                f"127.0.0.1:{engine.port}", "127.0.0.1:10026": f"127.0.0.1:{inner}"}))
    sent = mail("a number", "card 4111 1111 1111 1111, 123-45-6789\r\n.\r\n..dots")
    assert submit(outer, sent)[-1].startswith(b"250")
    content = arrived(sink, 1)["content"]
    assert b"card **** **** **** 1111, ***-**-6789\r\n.\r\n..dots\r\n" in content, content
    assert b"X-Culvert-Action: Quarantine\r\n" in content
    plain = mail("no number", "x")
    assert submit(outer, plain, ["b@corp.example"])[-1].startswith(b"250")
    assert without_fields(arrived(sink, 2)["content"], *ADDED) == plain

    # Nothing waits anywhere: while Culvert is down the sender is told to come again.
    assert engine.stop() == 0
    replies = submit(outer, plain)
    assert replies[-1].startswith(b"451"), replies
    assert len(sink.messages) == 2

    # The same by `reflect`.
    config = json.loads(engine.config_path.read_text())
    config["tunnels"][0]["port"] = engine.port
    config["services"][0]["hostnames"][0]["forwarding_address"] = f"reflect:{inner}"
    engine.write(config)
    engine.start()
    assert submit(outer, sent)[-1].startswith(b"250")
    content = arrived(sink, 3)["content"]
    assert b"***-**-6789" in content, content
    assert engine.stop() == 0


def test_culvert_before_postfix(scene):
    sink, inner = Sink(scene), free_port()
    certificate(scene, "mx")
    Postfix(scene, "behind", {"relay_domains": "corp.example", "relay_recipient_maps":
                              "inline:{b@corp.example=x}", "relay_transport":
                              f"smtp:[127.0.0.1]:{sink.port}"},
            master_extra=put(block("front/master.cf"), {"10026": str(inner)}))
    engine = culvert(scene, block("front/culvert.json"), {"127.0.0.1:10026": f"127.0.0.1:{inner}"})
    sent = mail("pay", "4111 1111 1111 1111")
    replies = submit(engine.port, sent, ["b@corp.example", "nobody@corp.example", "c@two.example"],
                     "x@world.example")
    assert [r[:3] for r in replies] == [b"250", b"250", b"550", b"550", b"250"], replies
    said = re.search(r"refuses all\s+other recipients \((\d+ [\d.]+)\)", PAGE).group(1).encode()
    assert replies[3].startswith(said + b" "), (replies, said)
    content = arrived(sink, 1)["content"]
    assert b"Subject: [card] pay\r\n" in content and b"X-Culvert-Tags: card\r\n" in content, content

    # No open relay, even where Culvert passes a stranger's recipient on.
    config = json.loads(engine.config_path.read_text())
    config["services"][0]["hostnames"].append(
        {"hostname": "*", "forwarding_address": f"127.0.0.1:{inner}"})
    assert engine.stop() == 0
    engine.write(config)
    engine.start()
    replies = submit(engine.port, sent, ["c@two.example"], "x@world.example")
    assert replies[-1].startswith(b"554 5.7.1") or replies[-1].startswith(b"454 4.7.1"), replies
    assert len(sink.messages) == 1
    assert engine.stop() == 0


def apply(config, tunnel, message, sender):
    done = subprocess.run([CULVERT, "apply", "--config", str(config), "--tunnel", tunnel,
                           "--from", sender], input=message, capture_output=True, timeout=60)
    return done.returncode, done.stdout


def test_exchange_and_gmail(scene):
    """As far as can be tried without them: the configurations are good, and their rules let pass the
    mail of one's own and nobody else's."""
    certificate(scene, "culvert")
    key(scene)
    own = "X-MS-Exchange-CrossTenant-Id: 00000000-1111-2222-3333-444444444444\r\n"
    foreign = own.replace("4444", "5555", 1)
    for name, sender, fields, expected in (
            ("exchange", "a@corp.example", own, 0), ("exchange", "", own, 0),
            ("exchange", "a@corp.example", foreign, 10), ("exchange", "a@corp.example", "", 10),
            ("exchange", "a@corp.example", own + foreign, 10),
            ("exchange", "a@corp.example", foreign + own, 10),
            ("gmail", "a@corp.example", "", 0), ("gmail", "", "", 0),
            ("gmail", "x@world.example", "", 10)):
        config = scene.dir / f"{name}.json"
        config.write_text(block(f"{name}/culvert.json"))
        done = subprocess.run([CULVERT, "check", "--config", str(config)], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0 and "warning" not in done.stdout + done.stderr, done
        forged = "X-Culvert-Inspected: forged\r\n"
        status, out = apply(config, name, mail("s", "it is 123-45-6789", fields + forged), sender)
        assert status == expected, (name, sender, fields, status)
        if expected == 0:
            assert b"forged" not in out and out.count(b"X-Culvert-Inspected: true") == 1, out
            assert (b"X-Culvert-Action: Quarantine" if name == "exchange" else b"***-**-6789") in out


def test_every_block_of_the_page_is_run(scene):
    here = pathlib.Path(__file__).read_text()
    names = re.findall(r"<!-- chain: (\S+) -->", PAGE)
    fences = re.findall(r"^```", PAGE, re.M)
    assert len(names) == len(set(names)) == len(fences) // 2 >= 8, names
    for name in names:
        assert f'"{name}"' in here or name in ("exchange/culvert.json", "gmail/culvert.json"), name


if __name__ == "__main__":
    if not have_postfix():
        skip("no Postfix, or not root")
    run_tests(sys.modules[__name__])
