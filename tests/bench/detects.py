#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What rules that detect cost: instructions of the inspection of a mail of 10 KB under 10, 100 and
1,000 DLP rules over as many dictionaries, counted by callgrind.

usage: detects.py CULVERT

"detects": a rule `detect` for each DLP rule; "profile": one for a profile of them all. "none": no
term is in the mail; "tenth" and "all": so many dictionaries have a term that is in it ten times."""
import json
import os
import random
import re
import subprocess
import sys
import tempfile

SYLLABLES = "ma ren do vik sel tor an li gru ber ko sta fi ham ne ru wes ter ol din pa qui".split()
WORDS = ("thank you for your message we will come back as soon as our colleagues have looked at it "
         "please find attached the minutes of and list open points delivery planned").split()
FORMS = ("d{0}", "d{0} AND credit_card", "d{0} NEAR/300 iban OR us_ssn",
         "(d{0} OR d{1}) AND NOT d{2}")


def name(chance):
    return " ".join("".join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, 4)))
                    for _ in range(chance.randint(1, 3)))


def configuration(count, every, as_profile):
    chance = random.Random(3)
    terms = [[name(chance) for _ in range(20)] for _ in range(count)]
    for i in range(0, count, every) if every else ():
        terms[i].append("meeting")
    rules = [{"name": f"r{i}", "unique": True, "severity": {"low": 1, "high": 5},
              "expression": FORMS[i % 4].format(i, (i + 1) % count, (i + 2) % count)}
             for i in range(count)]
    names = ["all"] if as_profile else [rule["name"] for rule in rules]
    header = [{"transform": "Header", "header_name": "X-Found", "header_value": "yes"}]
    return {
        "tunnels": [{"name": "t", "listening_interface": "127.0.0.1", "port": 0}],
        "services": [{"name": "s", "tunnels": ["t"], "ruleset": "r", "hostnames": [
            {"hostname": "*", "forwarding_address": "mta.example:25"}]}],
        "dictionaries": [{"name": f"d{i}", "terms": list} for i, list in enumerate(terms)],
        "dlp_rules": rules,
        "dlp_profiles": [{"name": "all", "rules": [rule["name"] for rule in rules]}],
        "rulesets": [{"name": "r", "rules": [{"extract": "SMTP Message", "rules": [
            {"detect": one, "rules": header} for one in names]}]}]}


def mail():
    chance = random.Random(1)
    text = "From: a@corp.example\r\nTo: b@x.example\r\nSubject: figures of the quarter\r\n\r\n"
    for line in range(150):
        words = [chance.choice(WORDS) for _ in range(11)] + (["meeting"] if line % 15 == 0 else [])
        text += " ".join(words) + ".\r\n"
    return text.encode()


def instructions(culvert, config):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "c.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", "--toggle-collect=inspect",
             f"--callgrind-out-file={folder}/out", culvert, "apply", "--config", path,
             "--tunnel", "t"], input=mail(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            check=True)
    return int(re.search(rb"Collected : (\d+)", run.stderr).group(1))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for as_profile in (False, True):
        for label, every in (("none", 0), ("tenth", 10), ("all", 1)):
            counts = [instructions(sys.argv[1], configuration(count, every, as_profile))
                      for count in (10, 100, 1000)]
            print("profile" if as_profile else "detects", f"{label:6}",
                  *(f"{count:>12,}" for count in counts), flush=True)


if __name__ == "__main__":
    main()
