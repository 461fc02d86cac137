#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the log says about each message: the named outcomes, in both formats, and no content."""
import json
import re
import sys

from client import SmtpClient
from harness import Culvert, SSN_RULES, Sink, config_of, run_tests

HEAD = b"From: a@one.example\r\nTo: b@two.example\r\nSubject: s\r\nMIME-Version: 1.0\r\n"


def typed(kind, body, encoding=None):
    extra = b"Content-Transfer-Encoding: " + encoding + b"\r\n" if encoding else b""
    return HEAD + b"Content-Type: " + kind + b"\r\n" + extra + b"\r\n" + body + b"\r\n"


PLAIN = HEAD + b"\r\nSSN 123-45-6789\r\n"
ZIP = typed(b"application/zip; name=a.zip", b"UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAABAAAAYVBLBQYAAAAA",
            b"base64")

# The word of `uninspected`, a message that leads to it, and what the service needs for it.
UNINSPECTED = {
    "too_big": (HEAD + b"\r\n" + b"0123456789\r\n" * 1000, {"max_inspect_size": 4000}),
    "limit": (b"X-A: b\r\n" * 2100 + PLAIN, {}),
    "charset": (typed(b"text/plain; charset=x-nobody", b"caf\xe9"), {}),
    "encoding": (typed(b"text/plain", b"text", b"x-nobody"), {}),
    "html_too_complex": (typed(b"text/html", b"<a " + b"x\r\n" * 300 + b">"), {}),
    "container": (ZIP, {}),
    "encrypted": (typed(b"application/pkcs7-mime; smime-type=enveloped-data", b"MIIB"), {}),
    "pattern_limit": (HEAD + b"\r\n" + b"a" * 60 + b"!\r\n", {}),
    "too_many_matches": (HEAD + b"\r\n" + b"z z z z z z z z z z\r\n" * 6000, {}),
    "time_budget": (HEAD + b"\r\n" + b"qr qr qr qr qr qr qr qr qr qr\r\n" * 40000,
                    {"time_budget_ms": 1}),
}
RULES = [
    {"extract": "Body", "pattern": "^(a+)+$", "rules": [{"transform": "Tag", "tag": "a"}]},
    {"extract": "Body", "pattern": "z", "rules": [{"transform": "Tag", "tag": "z"}]},
    {"extract": "Body", "pattern": "[q-r]+(?=.*Q)", "rules": [{"transform": "Tag", "tag": "q"}]},
    {"extract": "Attachment", "rules": [
        {"extract": "Text", "pattern": "no such text", "rules": [{"transform": "Tag", "tag": "t"}]}]},
]


def fields_of(line, style):
    if style == "json":
        return {k: str(v) for k, v in json.loads(line).items()}
    pairs = re.findall(r' ([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)', line)
    return {key: value.strip('"') for key, value in pairs}


def lines_of(culvert, event, style):
    mark = f'"event":"{event}"' if style == "json" else f" {event} "
    return [fields_of(l, style) for l in culvert.log().splitlines() if mark in l]


def summary_of(scene, name, style, content, inspection, rules=RULES):
    """Sends one message; the fields of its summary line and of the line at the stop."""
    sink = Sink(scene)
    config = config_of(f"127.0.0.1:{sink.port}", rules, log={"format": style},
                       service={"inspection": inspection})
    culvert = Culvert(scene, config, name=f"{name}-{style}")
    SmtpClient(culvert.port).send("a@one.example", ["b@two.example"], content)
    assert culvert.stop() == 0
    assert "123-45-6789" not in culvert.log()
    summaries, stops = lines_of(culvert, "message", style), lines_of(culvert, "stop", style)
    assert len(summaries) == 1 and len(stops) == 1, culvert.log()
    return summaries[0], stops[0]


def test_promise_5_what_was_not_inspected_is_named(scene):
    for name, (content, settings) in UNINSPECTED.items():
        for style in ("text", "json"):
            inspection = {"on_uninspectable": "pass", "on_uncertain": "pass", "on_error": "pass",
                          **settings}
            summary, stop = summary_of(scene, name, style, content, inspection)
            assert name in summary.get("uninspected", "").split(", "), (name, style, summary)
            assert stop["messages"] == "1" and stop["uninspected"] == "1", (name, style, stop)


def test_promise_5_what_was_uncertain_is_named(scene):
    content = b"Subject: one\r\nSubject: two\r\n" + PLAIN
    for style in ("text", "json"):
        for policy, verdict in (("pass", "deliver"), ("tag", "deliver"), ("reject", "reject")):
            summary, stop = summary_of(scene, f"uncertain-{policy}", style, content,
                                       {"on_uncertain": policy}, SSN_RULES)
            assert summary["uncertain"] == "duplicate_field", (style, policy, summary)
            assert summary["verdict"] == verdict, (style, policy, summary)
            assert stop["uncertain"] == "1" and stop["errors"] == "0", (style, policy, stop)


def test_promise_5_an_error_is_named(scene):
    """Two rules want different texts for one place."""
    rules = [{"extract": "Body", "pattern": "SSN",
              "rules": [{"transform": "Replace", "with": w}]} for w in ("one", "two")]
    for style in ("text", "json"):
        summary, stop = summary_of(scene, "error", style, PLAIN, {}, rules)
        assert summary["verdict"] == "tempfail" and summary["reason"] == "error", summary
        assert "Replace" in summary["detail"], summary
        assert stop["errors"] == "1" and stop["uncertain"] == "0", stop


def test_a_log_rule_writes_once_and_masked(scene):
    """Also where a message takes long: it begins on its loop and is begun anew by a worker."""
    rules = [{"extract": "Body", "pattern": r"\d{3}-\d{2}-\d{4}",
              "rules": [{"log": {"message": "saw %(input)s"}}]},
             {"extract": "Body", "pattern": "[q-r]+(?=.*Q)",
              "rules": [{"transform": "Tag", "tag": "q"}]}]
    slow = PLAIN + (b"qr " * 200 + b"\r\n") * 80
    for style in ("text", "json"):
        for name, content in (("quick", PLAIN), ("slow", slow)):
            sink = Sink(scene)
            culvert = Culvert(scene, config_of(f"127.0.0.1:{sink.port}", rules,
                                               log={"format": style}), name=f"{name}-{style}")
            SmtpClient(culvert.port).send("a@one.example", ["b@two.example"], content)
            assert culvert.stop() == 0
            lines = lines_of(culvert, "rule.log", style)
            assert [line["text"] for line in lines] == ["saw ***-**-****"], (name, style, lines)
            assert lines[0]["rule"].startswith("Log at /rulesets/0/rules/0/"), lines
            assert int(lines[0]["s"]) > 0 and lines[0]["t"] == "1" and lines[0]["tunnel"] == "t", lines
            assert "123-45-6789" not in culvert.log()


def test_a_message_without_doubts_has_a_short_line(scene):
    for style in ("text", "json"):
        summary, stop = summary_of(scene, "plain", style, PLAIN, {}, SSN_RULES)
        assert summary["verdict"] == "deliver", summary
        assert not {"uncertain", "uninspected", "detail"} & set(summary), summary
        assert [stop[k] for k in ("messages", "uninspected", "uncertain", "errors")] == \
            ["1", "0", "0", "0"], stop


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
