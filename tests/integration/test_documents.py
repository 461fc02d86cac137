#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fingerprints of documents: `culvert index documents`, and mail that has something of them."""
import base64
import json
import os
import quopri
import re
import stat
import subprocess
import sys

from harness import CULVERT, config_of, run_tests

PLAN = """The harbour project moves to its second phase in March. Steel for the northern quay is bought
from two suppliers, at 1,140 euros a tonne, which nobody outside the board is to know before the
contract is signed. Should the price pass 1,300 we walk away, and the quay is built of concrete
instead, eleven weeks later. The city has been promised 240 jobs; internally we reckon with 155.
Lenders are told of the second number only when they ask for it.
"""
RECIPE = """Wash a kilo of quinces, rub off the down, quarter them and leave the cores where they are.
Cover with water and simmer under a lid for fifty minutes until a needle goes in without any force.
Pour through a cloth overnight and do not press, or the jelly turns cloudy. Weigh the juice, add
four fifths of its weight in sugar and the juice of a lemon, then boil it fast.
"""
FOOTER = """This message is intended only for the use of the addressee and may contain information that is
privileged and confidential. If you have received it in error, notify us and delete it at once.
"""
LETTER = """Dear Mr Brown, thank you for the pleasant afternoon on Tuesday. The samples arrived in good
order and the colleagues in the workshop like the blue one best, though green would do.
"""


def culvert(*arguments, message=b"", **more):
    return subprocess.run([CULVERT, *map(str, arguments)], input=message, capture_output=True,
                          timeout=120, **more)


def new_key(scene, name="key"):
    path = scene.dir / name
    path.write_bytes(os.urandom(32))
    path.chmod(0o600)
    return path


def folder(scene, name, **files):
    path = scene.dir / name
    for file, text in files.items():
        file = path / file.replace("__", "/").replace("_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def index(scene, documents, *more, key=None, status=0):
    key = key or new_key(scene)
    out = scene.dir / "d.index"
    done = culvert("index", "documents", "--key", key, "--out", out, *more, documents)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return out, done


def config_with(scene, **keys):
    config = scene.dir / "c.json"
    fingerprints = {"name": "papers", "file": "d.index", "key_file": "key", **keys}
    config.write_text(json.dumps(config_of(
        "127.0.0.1:25", fingerprints=[fingerprints],
        rules=[{"detect": "papers", "rules": [
            {"transform": "Mask"},
            {"transform": "Header", "header_name": "X-Found", "header_value": "papers"}]}])))
    return config


def mail(body, *fields):
    lines = "\n".join(("From: a@one.example", "To: b@two.example", "Subject: x",
                       "MIME-Version: 1.0", *fields))
    return lines.encode() + b"\n\n" + (body if isinstance(body, bytes) else body.encode())


def apply(config, message, *more):
    done = culvert("apply", "--config", config, "--tunnel", "t", *more, message=message)
    assert done.returncode == 0, done.stderr
    return done


def body_of(message):
    return message.split(b"\n\n", 1)[1]


def test_wrong_command_lines(scene):
    for arguments in ([], ["--key", "k"], ["d"], ["--key"], ["--key", "k", "a", "b"],
                      ["--key", "k", "--colour", "d"]):
        done = culvert("index", "documents", *arguments)
        assert done.returncode == 2, arguments
        assert b"\nusage:\n" in done.stderr and not done.stdout, (arguments, done.stderr)


def test_keys_that_are_none(scene):
    documents = folder(scene, "d", plan_txt=PLAN)
    done = culvert("index", "documents", "--key", scene.dir / "none", documents)
    assert done.returncode == 1 and b"head -c 32 /dev/urandom" in done.stderr, done.stderr
    key = new_key(scene)
    key.chmod(0o644)
    done = culvert("index", "documents", "--key", key, documents)
    assert done.returncode == 1 and b"chmod 600" in done.stderr, done.stderr
    assert culvert("index", "documents", "--key", new_key(scene), scene.dir / "no").returncode == 1


def test_what_is_said_of_files(scene):
    documents = folder(scene, "d", plan_txt=PLAN, sub__recipe_txt=RECIPE, copy_txt=PLAN.upper(),
                       short_txt="Too short.", data_bin=os.urandom(3000), empty_txt="")
    os.mkfifo(documents / "pipe")
    (documents / "loop").symlink_to(documents)
    (documents / "linked.txt").symlink_to(documents / "sub" / "recipe.txt")
    out, done = index(scene, documents, status=3)
    assert done.stdout.decode().splitlines()[0].startswith(f"{out}: 2 documents, "), done.stdout
    assert b"copies of others, known by the first name: 2\n" in done.stdout
    assert b"files that are not in it, or not whole: 5\n" in done.stdout
    said = done.stderr.decode()
    for words in ("d/data.bin: is no text\n", "d/pipe: is no file\n", "d/loop: is a link to a folder",
                  "d/short.txt: too short: it has 8 letters and digits, and 29 are needed\n",
                  "d/empty.txt: too short: it has 0 "):
        assert words in said, (words, said)
    assert said.count("\n") == 5, said


def test_a_file_that_may_not_be_read(scene):
    if os.geteuid() == 0:
        return  # root may
    documents = folder(scene, "d", plan_txt=PLAN, secret_txt=RECIPE)
    (documents / "secret.txt").chmod(0)
    _, done = index(scene, documents, status=3)
    assert b"d/secret.txt: Permission denied" in done.stderr


def test_the_index_shows_names_and_no_text(scene):
    out, _ = index(scene, folder(scene, "d", plan_txt=PLAN, sub__recipe_txt=RECIPE))
    content = out.read_bytes()
    assert b"plan.txt" in content and b"sub/recipe.txt" in content
    words = set(re.findall(rb"[a-z]{5,}", (PLAN + RECIPE).lower().encode())) - {b"recipe"}
    assert len(words) > 40
    assert not [word for word in words if word in content.lower()]


def test_the_same_again_is_the_same(scene):
    documents, key = folder(scene, "d", plan_txt=PLAN, recipe_txt=RECIPE), new_key(scene)
    first = index(scene, documents, key=key)[0].read_bytes()
    assert index(scene, documents, key=key)[0].read_bytes() == first
    other = index(scene, documents, key=new_key(scene))[0].read_bytes()
    assert other != first


def test_a_failure_leaves_the_old_one(scene):
    out, _ = index(scene, folder(scene, "d", plan_txt=PLAN))
    before = out.read_bytes(), out.stat().st_ino
    _, done = index(scene, folder(scene, "e", short_txt="Too short."), status=1)
    assert b"there is no document to look for" in done.stderr
    assert (out.read_bytes(), out.stat().st_ino) == before
    out, _ = index(scene, folder(scene, "d", plan_txt=PLAN))
    assert out.stat().st_ino != before[1]  # another file, not the old one written over
    assert stat.S_IMODE(out.stat().st_mode) & 0o600 == 0o600
    assert not list(scene.dir.glob("d.index.*"))
    done = culvert("index", "documents", "--key", scene.dir / "key", "--out",
                   scene.dir / "no" / "d.index", scene.dir / "d")
    assert done.returncode == 1 and b"cannot write" in done.stderr


def test_a_quoted_plan_is_masked(scene):
    index(scene, folder(scene, "d", plan_txt=PLAN, recipe_txt=RECIPE))
    config = config_with(scene)
    quoted = "".join(f"> {line}\n" for line in PLAN.upper().splitlines())
    done = apply(config, mail(LETTER + "\n" + quoted + "\n" + LETTER))
    text = body_of(done.stdout).decode()
    assert b"X-Found: papers\n" in done.stdout
    assert not re.search("HARBOUR|STEEL|1,140|LENDERS|ask for it", text, re.I), text
    assert text.startswith(LETTER[:150]) and text.endswith(LETTER[20:]), text
    assert len(text) == len(LETTER + "\n" + quoted + "\n" + LETTER)
    done = apply(config, mail(LETTER))
    assert b"X-Found" not in done.stdout and body_of(done.stdout) == LETTER.encode()


def test_it_does_not_matter_how_it_is_sent(scene):
    index(scene, folder(scene, "d", plan_txt=PLAN))
    config = config_with(scene)
    html = "<p>" + PLAN.replace("\n", " ").replace("second", "sec<b>on</b>d").replace(
        "a", "&#97;").replace(". ", ".</p><p>") + "</p>"
    flowed = PLAN.replace("\n", " \n")
    wide = "".join(chr(0xff00 + ord(c) - 32) if c.isalnum() else c for c in PLAN)
    for body, fields in (
            (base64.encodebytes(PLAN.encode()), ("Content-Transfer-Encoding: base64",)),
            (quopri.encodestring(PLAN.encode()), ("Content-Transfer-Encoding: quoted-printable",)),
            (html, ("Content-Type: text/html",)),
            (flowed, ("Content-Type: text/plain; format=flowed",)),
            (wide, ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit")),
            (PLAN.replace("e", "e\u200b"), ("Content-Type: text/plain; charset=utf-8",
                                            "Content-Transfer-Encoding: 8bit")),
            (PLAN, ("Content-Type: text/plain; name=notes.txt",
                    "Content-Disposition: attachment; filename=notes.txt"))):
        done = apply(config, mail(body, *fields))
        assert b"X-Found: papers\n" in done.stdout, fields
        assert b"Steel" not in done.stdout and b"U3RlZW" not in done.stdout, done.stdout


def test_documents_of_other_kinds(scene):
    html = (f"<html><head><title>A title of more than thirty letters, to be sure</title></head>"
            f"<body><!-- a comment of more than thirty letters, too --><p>{PLAN}</p></body></html>")
    eml = mail(base64.encodebytes(RECIPE.encode()), "Content-Transfer-Encoding: base64",
               "Thread-Topic: " + FOOTER.replace("\n", " "))
    index(scene, folder(scene, "d", plan_html=html, recipe_eml=eml,
                        wide_txt=LETTER.encode("utf-16")))
    config = config_with(scene, of="source", threshold=100)
    for text in (PLAN, RECIPE, LETTER):  # what a reader sees of each is all of it
        done = apply(config, mail(text))
        assert b"X-Found: papers\n" in done.stdout, text
    assert b"X-Found" not in apply(config, mail(FOOTER)).stdout


def test_a_part_that_is_not_read_is_said(scene):
    parts = (f"--b\n\n{PLAN}\n--b\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n"
             f"\nUEsDBAoAAAAAAAAAIQAAAAAAAAAAAAAAAAABABwAYQ==\n--b--\n")
    eml = mail(parts, "Content-Type: multipart/mixed; boundary=b")
    _, done = index(scene, folder(scene, "d", mail_eml=eml), status=3)
    assert b"d/mail.eml: part 2 is not read: container\n" in done.stderr, done.stderr
    assert b"1 document, " in done.stdout


def test_boilerplate_is_excluded(scene):
    documents = folder(scene, "d", plan_txt=PLAN + FOOTER)
    index(scene, documents)
    config = config_with(scene, min_length=50)
    assert b"X-Found" in apply(config, mail(LETTER + FOOTER)).stdout
    key = scene.dir / "key"
    _, done = index(scene, documents, "--exclude", folder(scene, "x", footer_txt=FOOTER), key=key)
    assert b"fingerprints that do not count, as excluded: " in done.stdout
    assert b"X-Found" not in apply(config, mail(LETTER + FOOTER)).stdout
    done = apply(config, mail(PLAN + FOOTER))
    assert b"X-Found" in done.stdout and b"delete it at once" in done.stdout
    _, done = index(scene, folder(scene, "e", plan_txt=PLAN, footer_txt=FOOTER), "--exclude",
                    scene.dir / "x", key=key, status=3)
    assert b"footer.txt: left out" in done.stderr


def test_why_names_document_and_score(scene):
    index(scene, folder(scene, "d", plan_txt=PLAN, recipe_txt=RECIPE))
    config = config_with(scene, of="source")
    half = PLAN[:len(PLAN) // 2]
    done = apply(config, mail(LETTER + half + LETTER), "--explain")
    said = done.stderr.decode()
    score = re.search(r"plan\.txt, (\d+) %", said)
    assert score and 40 <= int(score.group(1)) <= 52, said
    assert "recipe" not in said
    assert not re.search("harbour|steel|supplier|signed", said, re.I), said
    done = apply(config, mail(LETTER + PLAN), "--json")
    assert "plan.txt, 100 %" in done.stderr.decode(), done.stderr
    assert not re.search("harbour|steel|supplier|signed", done.stderr.decode(), re.I)


def test_threshold(scene):
    index(scene, folder(scene, "d", plan_txt=PLAN))
    half = mail(LETTER + PLAN[:len(PLAN) // 2])
    assert b"X-Found" in apply(config_with(scene, of="source", threshold=40), half).stdout
    assert b"X-Found" not in apply(config_with(scene, of="source", threshold=60), half).stdout
    quarter = mail(PLAN[100:250])
    assert b"X-Found" not in apply(config_with(scene, threshold=60), quarter).stdout  # too short
    assert b"X-Found" in apply(config_with(scene, threshold=60, min_length=80), quarter).stdout


def test_an_index_that_cannot_be_used(scene):
    out, _ = index(scene, folder(scene, "d", plan_txt=PLAN))
    config = config_with(scene)
    assert culvert("check", "--config", config).returncode == 0
    content = out.read_bytes()
    for bad, words in ((content[:-1], "is damaged: it has"), (b"", "is no index of documents"),
                       (content[:200] + bytes([content[200] ^ 1]) + content[201:],
                        "is damaged: it is not what was written"),
                       (PLAN.encode(), "is no index of documents")):
        out.write_bytes(bad)
        done = culvert("check", "--config", config)
        assert done.returncode == 1, words
        assert f"/fingerprints/0/file: {out} {words}" in done.stdout.decode(), done.stdout
    out.write_bytes(content)
    new_key(scene)
    done = culvert("check", "--config", config)
    assert done.returncode == 1 and b"d.index was made with another key" in done.stdout, done.stdout


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
