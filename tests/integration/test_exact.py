#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exact data match: `culvert index exact`, and mail that has rows of a table."""
import hashlib
import json
import os
import stat
import subprocess
import sys

from client import SmtpClient
from harness import CULVERT, Culvert, Sink, config_of, run_tests, wait_for

TABLE = ("number,first,last,city\n"
         "078-05-1120,Ann,Smith,Berlin\n"
         "219-09-9999,John,O'Brien,Berlin\n"
         "457-55-5462,José,van der Berg,Paris\n")


def culvert(*arguments, message=b"", **more):
    return subprocess.run([CULVERT, *map(str, arguments)], input=message, capture_output=True,
                          timeout=120, **more)


def new_key(scene, name="key"):
    path = scene.dir / name
    path.write_bytes(os.urandom(32))
    path.chmod(0o600)
    return path


def index(scene, table=TABLE, *more, key=None, status=0):
    key = key or new_key(scene)
    path = scene.dir / "customers.csv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    done = culvert("index", "exact", "--key", key, *more, path)
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return scene.dir / "customers.index", done


def config_with(scene, unique=None, **keys):
    config = scene.dir / "c.json"
    match = {"name": "customers", "file": "customers.index", "key_file": "key", **keys}
    top = {"exact_matches": [match]}
    if unique is not None:
        top["dlp_rules"] = [{"name": "many", "expression": "customers", "unique": unique,
                             "severity": {"low": 3}}]
    config.write_text(json.dumps(config_of(
        "127.0.0.1:25", **top,
        rules=[{"detect": "many" if unique is not None else "customers", "rules": [
            {"transform": "Mask"},
            {"transform": "Header", "header_name": "X-Found", "header_value": "customers"}]}])))
    return config


def mail(body, *fields, subject="x"):
    lines = "\n".join(("From: a@one.example", "To: b@two.example", f"Subject: {subject}",
                       "MIME-Version: 1.0", *fields))
    return lines.encode() + b"\n\n" + (body if isinstance(body, bytes) else body.encode())


def apply(config, message, *more):
    done = culvert("apply", "--config", config, "--tunnel", "t", *more, message=message)
    assert done.returncode == 0, done.stderr
    return done


def body_of(message):
    return message.split(b"\n\n", 1)[1].decode()


def complaints(scene, **keys):
    done = culvert("check", "--config", config_with(scene, **keys))
    assert done.returncode == 1, (done.stdout, done.stderr)
    return done.stdout.decode()


def test_wrong_command_lines(scene):
    for arguments in ([], ["--key", "k"], ["t.csv"], ["--key"], ["--key", "k", "a", "b"],
                      ["--key", "k", "--colour", "t.csv"], ["--key", "k", "--common", "0", "t.csv"],
                      ["--key", "k", "--common", "x", "t.csv"],
                      ["--key", "k", "--separator", "ab", "t.csv"]):
        done = culvert("index", "exact", *arguments)
        assert done.returncode == 2, arguments
        assert b"\nusage:\n" in done.stderr and not done.stdout, (arguments, done.stderr)
    for arguments in ([], ["other"]):
        done = culvert("index", *arguments)
        assert done.returncode == 2 and b'expected "exact" or "documents"' in done.stderr


def test_tables_that_are_none(scene):
    key = new_key(scene)
    for table, words in ((TABLE + "1,2,3,4,5\n", "customers.csv:5:9: this row has more cells than"),
                         ("", "customers.csv:1: expected a table whose first line"),
                         ("a,b\n\"1,2\n", "customers.csv:2:1: this quotation mark is not closed"),
                         (b"a,b\n\xff,1\n", "customers.csv:2:1: expected UTF-8")):
        _, done = index(scene, table, key=key, status=1)
        assert words in done.stderr.decode(), (words, done.stderr)
        assert not (scene.dir / "customers.index").exists()
    done = culvert("index", "exact", "--key", key, scene.dir / "none.csv")
    assert done.returncode == 1 and b"No such file" in done.stderr
    os.mkfifo(scene.dir / "pipe")
    for path in (scene.dir / "pipe", scene.dir):
        done = culvert("index", "exact", "--key", key, path)
        words = f"expected a file with a table, got something else at {path}"
        assert done.returncode == 1 and words in done.stderr.decode(), done.stderr
    key.chmod(0o644)
    done = culvert("index", "exact", "--key", key, scene.dir / "customers.csv")
    assert done.returncode == 1 and b"chmod 600" in done.stderr


def test_what_is_said_of_a_table(scene):
    rows = "".join(f"{100000 + i},{'Berlin' if i % 2 else 'Paris'},{'m' if i % 2 else 'fx'},\n"
                   for i in range(40))
    rows += rows[:rows.index("\n") + 1] + "7,y\n"
    out, done = index(scene, ("id,city,sex,note\n" + rows).replace(",", ";"), "--common", "10",
                      "--separator", ";")
    assert done.stdout.decode().splitlines()[1:] == [
        "column id: 40 cells; 1 too short to be looked for",
        "column city: 40 cells, 40 of them in more than 10 rows or short: these count beside others "
        "only; 1 too short to be looked for",
        "column sex: 20 cells, 20 of them in more than 10 rows or short: these count beside others "
        "only; 1 empty; 20 too short to be looked for",
        "column note: 0 cells; 42 empty",
        "rows that an earlier one is equal to: 1",
        "rows with fewer cells than columns: 1"], done.stdout
    assert done.stdout.decode().startswith(f"{out}: 42 rows, 43 different cells, ")


def test_a_failure_leaves_the_old_one(scene):
    out, _ = index(scene)
    before = out.read_bytes(), out.stat().st_ino
    assert stat.S_IMODE(out.stat().st_mode) == 0o640
    index(scene, "a,a\n1,2\n", status=1)
    assert (out.read_bytes(), out.stat().st_ino) == before
    index(scene)
    assert out.stat().st_ino != before[1] and out.read_bytes() != before[0]
    assert sorted(path.name for path in scene.dir.glob("customers*")) == ["customers.csv",
                                                                           "customers.index"]


def test_the_index_shows_nothing(scene):
    rows = [(f"{i * 7919 + 100000000}", f"name{i}a", f"{i}street") for i in range(300)]
    out, _ = index(scene, "number,name,street\n" + "".join(",".join(row) + "\n" for row in rows))
    content = out.read_bytes()
    for word in [cell for row in rows for cell in row] + ["number", "name", "street"]:
        assert word.encode() not in content
        for hash_of in (hashlib.sha256, hashlib.sha1, hashlib.md5):
            digest = hash_of(word.encode()).digest()
            assert digest[:6] not in content and digest[:8][::-1] not in content


def test_rows_are_masked_however_they_are_written(scene):
    index(scene)
    config = config_with(scene)
    for body, masked in (
            ("Ann has 078-05-1120.\n", "*** has ***********.\n"),
            ("ann: 078 05 1120, of Berlin\n", "***: *** ** ****, of ******\n"),
            ("JOSÉ van-der-Berg\n", "**** ************\n"),
            ("> John O\u2019Brien of\n> Berlin\n", "> **** ******* of\n> ******\n")):
        done = apply(config, mail(body, "Content-Type: text/plain; charset=utf-8",
                                  "Content-Transfer-Encoding: 8bit"))
        text = body_of(done.stdout)
        for cell in ("Ann", "ann", "078", "1120", "JOS", "Berg", "John", "Brien", "Berlin"):
            assert cell not in text, (body, text)
        assert b"X-Found: customers\n" in done.stdout and len(text) == len(masked), (masked, text)
    for body in ("Ann has 219-09-9999.\n", "Berlin, Paris\n", "Smith of Berlin has 078-05-1121.\n" +
                 "x " * 200 + "Ann\n"):
        done = apply(config, mail(body))
        expected = "Smith of Berlin" in body  # a row: the name and the city
        assert (b"X-Found" in done.stdout) == expected, body


def test_columns_and_windows(scene):
    index(scene)
    far = "Ann" + " ." * 100 + " Smith\n"
    for keys, body, found in (
            ({"columns": ["first", "LAST"]}, "Ann 078-05-1120\n", False),
            ({"columns": ["first", "LAST"]}, "Ann Smith\n", True),
            ({"required": "number"}, "Ann Smith\n", False),
            ({"required": "number"}, "Ann 078-05-1120\n", True),
            ({"match": 3}, "Ann Smith\n", False),
            ({"match": 1, "columns": "number"}, "078-05-1120\n", True),
            ({}, far, True), ({"within": 200}, far, False), ({"within": "line"}, far, True),
            ({"within": "line"}, "Ann\nSmith\n", False), ({"within": 9}, "Ann Smith\n", True),
            ({"within": 8}, "Ann Smith\n", False)):
        done = apply(config_with(scene, **keys), mail(body))
        assert (b"X-Found" in done.stdout) == found, (keys, body, done.stdout)


def test_unique_counts_rows(scene):
    index(scene)
    twice = "Ann Smith " + "x" * 400 + " Ann Smith, 078-05-1120\n"
    thrice = twice + "x" * 400 + " John O'Brien " + "x" * 400 + " José van der Berg\n"
    fields = ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit")
    for unique, body, found in ((False, twice, True), (True, twice, False), (True, thrice, True)):
        done = apply(config_with(scene, unique=unique), mail(body, *fields))
        assert (b"X-Found" in done.stdout) == found, (unique, body)


def test_explained(scene):
    index(scene)
    done = apply(config_with(scene), mail("Ann has 078-05-1120\n"), "--explain")
    assert b"row 1: number, first" in done.stderr, done.stderr
    assert b"078-05" not in done.stderr and b"Ann" not in done.stderr.replace(b"Subject", b"")


def test_configurations_that_are_wrong(scene):
    index(scene)
    assert 'no column "frist" in the table; did you mean "first"' in complaints(
        scene, columns=["frist", "last"])
    assert 'expected columns that are among "columns"' in complaints(
        scene, columns=["first", "last"], required="number")
    assert "3 columns of a row cannot be found together: 2 count" in complaints(
        scene, columns=["first", "last"], match=3)
    for within in (0, 10001, "word", 3.5, [300]):
        assert 'expected a number from 1 to 10000, or "line"' in complaints(scene, within=within)
    assert "cannot use the index" in complaints(scene, file="key")
    assert "No such file" in complaints(scene, file="none.index")
    new_key(scene, "other")
    assert "it was made with another key" in complaints(scene, key_file="other")
    out = scene.dir / "customers.index"
    content = out.read_bytes()
    out.write_bytes(content[:-9])
    assert "it is damaged or cut off" in complaints(scene)
    out.write_bytes(content[:500] + bytes([content[500] ^ 1]) + content[501:])
    assert "it is damaged or cut off" in complaints(scene)
    out.write_bytes(content)
    done = culvert("check", "--config", config_with(scene))
    assert done.returncode == 0, done.stderr


def test_another_index_is_read_at_once(scene):
    """The old one stays in force until the new one is whole, and where that is none."""
    index(scene)
    sink = Sink(scene)
    config = json.loads(config_with(scene).read_text())
    config["services"][0]["hostnames"][0]["forwarding_address"] = f"127.0.0.1:{sink.port}"
    engine = Culvert(scene, config)
    client = SmtpClient(engine.port)

    def finds(body):
        message = mail(body).replace(b"\n", b"\r\n")
        assert client.send("a@one.example", ["b@two.example"], message).startswith(b"250")
        return b"X-Found" in sink.messages[-1]["header"]

    assert finds("Ann Smith\n") and not finds("Eve Moneypenny\n")
    index(scene, TABLE.replace("Ann,Smith", "Eve,Moneypenny"), key=scene.dir / "key")
    wait_for("the reload", lambda: "reload.done" in engine.log())
    assert finds("Eve Moneypenny\n") and not finds("Ann Smith\n")
    new = scene.dir / "new"
    new.write_bytes((scene.dir / "customers.index").read_bytes()[:-1])
    new.rename(scene.dir / "customers.index")
    wait_for("the refusal", lambda: "reload.refused" in engine.log())
    assert "it is damaged or cut off" in engine.log()
    assert finds("Eve Moneypenny\n")
    client.quit()
    assert engine.stop() == 0



def test_an_index_that_is_cut_off_in_use(scene):
    """Nobody ends of it, and what cannot be looked for is not said to be absent."""
    out, _ = index(scene)
    sink = Sink(scene)
    config = json.loads(config_with(scene).read_text())
    config["services"][0]["hostnames"][0]["forwarding_address"] = f"127.0.0.1:{sink.port}"
    config["services"][0]["inspection"] = {"on_uninspectable": "tempfail"}
    engine = Culvert(scene, config)
    client = SmtpClient(engine.port)
    content = out.read_bytes()

    def send(body):
        return client.send("a@one.example", ["b@two.example"], mail(body).replace(b"\n", b"\r\n"))

    assert send("Ann Smith\n").startswith(b"250") and b"X-Found" in sink.messages[-1]["header"]
    os.truncate(out, 0)
    for _ in range(3):
        assert send("Ann Smith\n").startswith(b"451")
    wait_for("the refusal", lambda: "reload.refused" in engine.log())
    assert send("Ann Smith\n").startswith(b"451")
    assert len(sink.messages) == 1 and "uninspected=pattern_limit" in engine.log()
    out.write_bytes(content)  # no good way, but it is the right index once it is whole
    wait_for("the reload", lambda: "reload.done" in engine.log())
    assert send("Ann Smith\n").startswith(b"250") and b"X-Found" in sink.messages[-1]["header"]
    client.quit()
    assert engine.stop() == 0


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
