#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Texts with known values of every predefined entity, and near misses: labelled.py FOLDER [SEED]. The
places are in FOLDER/labels.json."""
import html
import json
import pathlib
import random
import sys

from expand import expand
from identifiers import MAKERS, SPELLINGS

DATA = pathlib.Path(__file__).resolve().parent.parent.parent / "config" / "entities"
MADE = 6  # values of each maker, and of each pattern
# Whose last character is no check digit.
UNCHECKED = {"us_ssn", "us_itin", "uk_nino", "email", "ipv4", "mac_address", "ethereum_address", "au_medicare", "vin"}


def entities():
    for path in sorted(DATA.glob("*.json")):
        yield from json.loads(path.read_text())["entities"]


def joined(text):
    return text if isinstance(text, str) else "".join(text)


class Case:
    def __init__(self, form, before, value, after, suffix="txt", keyword=True):
        self.form, self.before, self.value, self.after = form, before, value, after
        self.suffix, self.keyword = suffix, keyword


def in_contexts(rng, entity, value):
    """Texts around a value that stands for itself."""
    words = entity.get("keywords") or next((row["keywords"] for row in entity.get("patterns", [])
                                            if row.get("keywords")), [])
    asks = entity.get("keyword_required") or any(row.get("keyword_required") for row in entity.get("patterns", []))
    if not asks:
        yield Case("alone", "Good morning,\n\nthe list of last week has ", value, " in its third row.\n", keyword=False)
    if not words:
        return
    word = rng.choice(words)
    yield Case("label", f"Dear colleague,\n{word}: ", value, "\nThank you.\n")
    yield Case("sentence", f"Please note that the {rng.choice(words)} is ", value, ", as agreed on Monday.\n")
    yield Case("behind", "We were given ", value, f" as {rng.choice(words)}; please keep it.\n")
    yield Case("html", f"<html><body><table><tr><td>{html.escape(word)}</td><td><b>", html.escape(value),
               "</b></td></tr></table></body></html>\n", "html")
    if not set(",\"\n") & set(word + value):
        rows = "".join(f"{i},,place {i}\n" for i in range(30))
        yield Case("csv", f"id,{word},city\n{rows}30,", value, ",Springfield\n", "csv")
    yield Case("table", f"Name        {word}\n----------  ----------\nSmith       ", value, "\n")


def around(entity, text, start, end):
    """Texts around what brings its own context: a line of a file of settings."""
    yield Case("mail", "Hello,\n\nhere is what you asked for:\n\n" + text[:start], text[start:end],
               text[end:] + "\n\nRegards\n")
    yield Case("log", "2024-05-03 10:11:12 INFO start\n" + text[:start], text[start:end], text[end:] + "\n2024 INFO end\n")


def values_of(rng, entity):
    """Values, and for those with a context of their own (text, start, end)."""
    name, alone, whole = entity["name"], [], []
    rows = entity.get("patterns") or [entity]
    inside = entity["category"] == "secret" or any(row.get("group", entity.get("group")) for row in rows)
    for sample in entity["samples"]["match"]:
        text, value = joined(sample["text"]), joined(sample["value"])
        start = text.index(value)
        (whole if inside else alone).append((text, start, start + len(value)) if inside else value)
    if name in MAKERS:
        for i in range(MADE):
            value = MAKERS[name](rng)
            alone.append(value)
            alone += [spell(value) for spell in SPELLINGS[name]]
    for row in rows:
        if row.get("validators") or entity.get("validators") or not inside:
            continue
        for i in range(MADE):
            made = expand(rng, row["pattern"], row.get("group", entity.get("group", 0)))
            words = row.get("keywords", entity.get("keywords", []))
            if made and words:
                made = (f"{words[0]} {made[0]}", made[1] + len(words[0]) + 1, made[2] + len(words[0]) + 1)
            if made:
                whole.append(made)
    return list(dict.fromkeys(alone)), whole


def near_misses(rng, entity):
    name = entity["name"]
    if name not in MAKERS:
        return
    words = entity.get("keywords") or ["number"]
    for _ in range(MADE):
        value = MAKERS[name](rng)
        if name not in UNCHECKED:
            wrong = value[:-1] + ("1" if value[-1] == "0" else chr(ord(value[-1]) - 1) if value[-1] not in "Aa" else "B")
            yield Case("wrong check digit", f"{words[0]}: ", wrong, "\n")
        if value.replace("-", "").isalnum() and len(value) > 7:
            yield Case("longer", f"{words[0]}: ", value + "471", "\n")
            yield Case("longer", f"{words[0]}: 77", value, "\n")
        if value.replace("-", "").isalnum() and len(value) > 7 and entity["category"] != "crypto":
            yield Case("address", f"{words[0]}: https://shop.example/item/", value, "?page=2\n")
            yield Case("message id", f"{words[0]}: <", value, ".17@mail.example>\n")


def generate(folder, seed=5):
    """Writes the texts; the labels of all: file, entity, offset, length, form, keyword, positive."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    labels = []

    def write(entity, cases, positive):
        for case in cases:
            path = folder / f"{len(labels):05}.{case.suffix}"
            before, value = case.before.encode(), case.value.encode()
            path.write_bytes(before + value + case.after.encode())
            labels.append({"file": str(path), "entity": entity["name"], "offset": len(before), "length": len(value),
                           "form": case.form, "keyword": case.keyword, "positive": positive})

    for entity in entities():
        rng = random.Random(f"{seed} {entity['name']}")
        alone, whole = values_of(rng, entity)
        for value in alone:
            write(entity, in_contexts(rng, entity, value), True)
        for text, start, end in whole:
            write(entity, around(entity, text, start, end), True)
        write(entity, near_misses(rng, entity), False)
    (folder / "labels.json").write_text(json.dumps(labels))
    return labels


if __name__ == "__main__":
    generate(sys.argv[1], *map(int, sys.argv[2:]))
