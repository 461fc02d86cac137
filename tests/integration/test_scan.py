#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`culvert scan` and `culvert entities`: what they find, where, why, and what they say of trouble."""
import json
import os
import subprocess
import sys

from harness import CULVERT, run_tests

CARD = "4453 0124 3765 8627"
IBAN = "DE89 3704 0044 0532 0130 00"


def culvert(*arguments, message=b"", **more):
    return subprocess.run([CULVERT, *map(str, arguments)], input=message, capture_output=True,
                          timeout=120, **more)


def scan(*arguments, message=b""):
    done = culvert("scan", "--json", "--show-values", *arguments, message=message)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def only(finds, **values):
    assert len(finds) == 1, finds
    for key, value in values.items():
        assert finds[0][key] == value, (key, value, finds[0])
    return finds[0]


def mail(body, header="Content-Type: text/plain; charset=utf-8\n", subject="x"):
    return (f"From: a@one.example\nTo: b@two.example\nSubject: {subject}\nMIME-Version: 1.0\n"
            f"{header}\n{body}")


def test_a_text_with_its_places(scene):
    path = scene.dir / "a.txt"
    path.write_bytes(f"ä\nCard number: {CARD}\r\nend".encode())
    find = only(scan("--entities", "credit_card", path), file=str(path), line=2, column=14,
                offset=3 + 13, length=19, part="text", entity="credit_card", confidence="high",
                validator="credit_card", keyword="card number", distance=2, value=CARD)
    assert path.read_bytes()[find["offset"]:][:find["length"]] == CARD.encode()


def test_lines_for_people_are_masked(scene):
    path = scene.dir / "a.txt"
    path.write_text(f"visa {CARD}\n")
    done = culvert("scan", "--entities", "credit_card", path)
    assert done.stdout.decode() == (f"{path}\t1:6\t5\t19\ttext\tcredit_card\thigh\tvalidator "
                                    "credit_card, keyword \"visa\" at 1\t**** **** **** ****\n")
    assert b"4453" not in culvert("scan", "--json", "--all", path).stdout
    assert CARD.encode() in culvert("scan", "--show-values", path).stdout


def test_standard_input_and_charsets(scene):
    text = f"Zahlung mit Kreditkarte für {CARD}."
    for charset, width in (("utf-8", 1), ("latin-1", 1), ("utf-16", 2), ("utf-16-le", 2),
                           ("utf-8-sig", 1)):
        octets = text.encode(charset)
        find = only(scan("--entities", "credit_card", "-", message=octets), file="-",
                    keyword="kreditkarte", value=CARD)
        assert find["offset"] == octets.index(CARD.encode(charset)[-18 * width:]) - width, charset
        assert find["length"] == 19 * width


def test_heads_of_columns(scene):
    table = "name,ssn,city\nAnn,219-09-9998,Rome\nBob,219-09-9992,Oslo\n" + "x,219-09-9997,y\n" * 40
    finds = scan("--entities", "us_ssn", "-", message=table.encode())
    assert len(finds) == 42 and finds[-1]["column_head"] and finds[-1]["confidence"] == "high", finds
    done = culvert("scan", "--entities", "us_ssn", "-", message=table.encode())
    assert b'keyword "ssn" heads the column' in done.stdout


def test_a_message_is_read_as_it_is_shown(scene):
    path = scene.dir / "a.eml"
    text = mail("Kreditkarte 4453=\n 0124 3=37=365 86=\n27 ok\n",
                "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n")
    for octets in (text.encode(), text.replace("\n", "\r\n").encode()):
        path.write_bytes(octets)
        find = only(scan("--entities", "credit_card", path), part="1", value=CARD, line=8, column=13)
        place = octets[find["offset"]:][:find["length"]]
        assert place.startswith(b"4453=") and place.endswith(b"27"), place
    # The same by another name, and as the text that it is.
    other = scene.dir / "b.txt"
    other.write_bytes(path.read_bytes())
    only(scan("--entities", "credit_card", "--mail", other))
    assert scan("--entities", "credit_card", other) == []


def test_what_is_turned_round_is_looked_at_as_a_detect_does(scene):
    path = scene.dir / "a.eml"
    path.write_text(mail(f"IBAN \u202e{IBAN[::-1]}\u202c\n"))
    only(scan("--entities", "iban", path), part="1", value=IBAN, line=7)


def test_every_part_of_a_message_is_named(scene):
    import base64
    inner = mail(f"IBAN {IBAN}\n", subject=f"IBAN {IBAN}")
    coded = base64.b64encode(f"IBAN {IBAN}\n".encode()).decode()
    body = ("--b\nContent-Type: multipart/alternative; boundary=c\n\n"
            f"--c\n\nIBAN {IBAN}\n--c\nContent-Type: text/html\n\n"
            f"<p>IBAN DE89&nbsp;3704 0044 <b>0532</b> 0130 00</p>\n--c--\n"
            f"--b\nContent-Type: text/csv; name=\"{IBAN}.csv\"\nContent-Transfer-Encoding: base64\n\n"
            f"{coded}\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n")
    path = scene.dir / "a.eml"
    path.write_text(mail(body, "Content-Type: multipart/mixed; boundary=b\n",
                         f"=?utf-8?Q?IBAN_{IBAN.replace(' ', '_')}?="))
    finds = scan("--entities", "iban", path)
    assert [find["part"] for find in finds] == [
        "Subject", "1.1", "1.2", "name of 2", "2", "Subject of 3.1", "3.1"], finds
    assert {find["value"] for find in finds} == {IBAN}
    assert {find["confidence"] for find in finds} == {"high"}


def test_what_was_not_searched_is_said(scene):
    path = scene.dir / "a.eml"
    path.write_text(mail("UEsDBBQAAAAIAAAAIQA=\n", "Content-Type: application/zip; name=a.zip\n"
                         "Content-Transfer-Encoding: base64\n"))
    done = culvert("scan", path)
    assert done.returncode == 1 and b": 1: not all was searched: container" in done.stderr, done
    good = scene.dir / "b.txt"
    good.write_text(f"visa {CARD}\n")
    done = culvert("scan", "--entities", "credit_card", scene.dir / "missing", good)
    assert done.returncode == 1 and b"missing: No such file" in done.stderr, done
    assert b"credit_card" in done.stdout, "the other file is searched all the same"
    done = culvert("scan", scene.dir)
    assert done.returncode == 1 and done.stderr, done


def test_confidence_and_nothing_found(scene):
    text = f"{CARD}\n".encode()
    assert len(scan("--entities", "credit_card", "--min-confidence", "medium", "-", message=text)) == 1
    assert scan("--entities", "credit_card", "--min-confidence=high", "-", message=text) == []


def test_own_entities_and_dictionaries(scene):
    (scene.dir / "terms.csv").write_text("blue whale,3\n")
    config = scene.dir / "config.json"
    config.write_text(json.dumps({
        "entities": [{"name": "badge", "pattern": "B-[0-9]{6}", "keywords": ["badge"]},
                     {"name": "us_ssn", "pattern": "S[0-9]{3}"}],
        "dictionaries": [{"name": "terms", "file": "terms.csv"}]}))
    text = b"badge B-123457, Blue  Whale, S123, ssn 219-09-9998\n"
    finds = scan("--config", config, "--entities", "badge, terms,US-SSN", "-", message=text)
    assert [(find["entity"], find["value"]) for find in finds] == [
        ("badge", "B-123457"), ("terms", "Blue  Whale"), ("us_ssn", "S123")], finds
    assert (finds[1]["term"], finds[1]["weight"]) == (1, 3), finds
    done = culvert("entities", "--config", config, "--json")
    listed = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(item["name"], item["region"]) for item in listed[:2]] == [("badge", ""), ("us_ssn", "")]
    assert [item["name"] for item in listed].count("us_ssn") == 1
    config.write_text('{"entities": [{"name": "x", "pattern": "("}]}')
    done = culvert("scan", "--config", config, "-")
    assert done.returncode == 1 and b"config.json:1:" in done.stderr, done


def test_rows_of_a_table(scene):
    (scene.dir / "table.csv").write_text("name,account\nAnn Example,7745120098\nBob Sample,9912034455\n")
    key = scene.dir / "key"
    key.write_text("secret key of the test, long enough\n")
    key.chmod(0o600)
    done = culvert("index", "exact", "--key", key, "--out", scene.dir / "t.cex", scene.dir / "table.csv")
    assert done.returncode == 0, done
    config = scene.dir / "config.json"
    config.write_text(json.dumps({"exact_matches": [
        {"name": "clients", "file": "t.cex", "key_file": "key", "match": 2}]}))
    finds = scan("--config", config, "--entities", "clients", "-",
                 message=b"Bob  Sample has 9912034455, and Ann Example 9912034456.\n")
    assert [find["value"] for find in finds] == ["Bob  Sample", "9912034455"], finds
    assert finds[0]["detail"].startswith("row 2"), finds


def test_usage_is_said(scene):
    for arguments, what in (
            ([], b"expected a FILE"), (["--entities"], b"a value is missing"),
            (["--no-such", "-"], b"no option --no-such"),
            (["--min-confidence", "middle", "-"], b"expected low, medium or high, got middle"),
            (["--entities", "credit_crd", "-"], b'did you mean "credit_card"?'),
            (["--entities", ",", "-"], b"expected names"),
            (["--all", "--entities", "iban", "-"], b"exclude each other")):
        done = culvert("scan", *arguments)
        assert done.returncode == 2 and what in done.stderr and not done.stdout, (arguments, done)
    for arguments, what in ((["x"], b"unexpected argument x"), (["--region"], b"a value is missing"),
                            (["--no-such"], b"no option"), (["--region", "atlantis"], b"finance"),
                            (["--category", "cards"], b"card")):
        done = culvert("entities", *arguments)
        assert done.returncode == 2 and what in done.stderr and not done.stdout, (arguments, done)


def test_entities_are_listed(scene):
    lines = culvert("entities").stdout.decode().splitlines()
    assert len(lines) >= 350
    assert all(len(line.split("\t")) == 9 for line in lines)
    card = next(line for line in lines if line.startswith("credit_card\t")).split("\t")
    assert card[2:5] == ["card", "finance", "low"] and "credit_card" in card[5].split(","), card
    assert "ISO/IEC 7812" in card[8]
    items = [json.loads(line) for line in culvert("entities", "--json").stdout.splitlines()]
    assert [item["name"] for item in items] == [line.split("\t")[0] for line in lines]
    assert len({item["name"] for item in items}) == len(items)
    assert all(item["title"] and item["source"] and item["patterns"] > 0 for item in items)
    secrets = culvert("entities", "--json", "--category", "Secret").stdout.splitlines()
    assert len(secrets) >= 200 and all(json.loads(line)["category"] == "secret" for line in secrets)
    some = [json.loads(line) for line in
            culvert("entities", "--json", "--region=us", "--category=tax").stdout.splitlines()]
    assert "us_itin" in [item["name"] for item in some]
    assert all(item["region"] == "us" and item["category"] == "tax" for item in some)


def test_where_the_data_is(scene):
    folder = scene.dir / "entities"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps({"region": "here", "entities": [
        {"name": "badge", "pattern": "B-[0-9]{6}", "title": "Badge", "source": "us",
         "category": "other"}]}))
    done = culvert("entities", env={**os.environ, "CULVERT_DATA": str(scene.dir)})
    assert done.returncode == 0 and done.stdout.startswith(b"badge\tBadge\tother\there\tlow\t-\t1"), done
    done = culvert("entities", env={**os.environ, "CULVERT_DATA": str(scene.dir / "missing")})
    assert done.returncode == 1 and b"CULVERT_DATA" in done.stderr, done


def test_a_full_device_is_an_error(scene):
    if not os.path.exists("/dev/full"):
        return
    with open("/dev/full", "wb") as full:
        for arguments in (["entities"], ["scan", "--show-values", "-"]):
            done = subprocess.run([CULVERT, *arguments], input=f"visa {CARD}\n".encode(),
                                  stdout=full, stderr=subprocess.PIPE, timeout=120)
            assert done.returncode == 1, (arguments, done)


if __name__ == "__main__":
    run_tests(sys.modules[__name__])
