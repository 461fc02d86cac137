#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures detection: false hits on ordinary mail, precision and recall of every entity on labelled
texts. README.md says how the sets are made and what the figures mean. Exit status 1 when one of
the musts at the end does not hold."""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import labelled  # noqa: E402
import ordinary  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEVELS = ["low", "medium", "high"]
FILES_AT_ONCE = 4000
# What ordinary mail does have: a telephone number in it is one.
TRUE_IN_MAIL = {"email", "url", "date", "ipv4", "ipv6", "mac_address", "phone_e164"}
# What of tests/corpus is ordinary; the number that stands in it to be masked is no false hit.
CORPUS = re.compile(r"(o|honest)-.*\.eml$")
PLANTED = {"4111111111111111", "5500000000000004"}


def culvert(*arguments):
    done = subprocess.run([os.environ.get("CULVERT", "build/culvert"), *arguments], capture_output=True)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr.decode())
    return done


def scan(paths, *options):
    finds, said = [], b""
    for at in range(0, len(paths), FILES_AT_ONCE):
        done = culvert("scan", "--json", "--show-values", *options, *map(str, paths[at:at + FILES_AT_ONCE]))
        finds += [json.loads(line) for line in done.stdout.splitlines()]
        said += done.stderr
    return finds, said.decode()


def reaches(find, level):
    return LEVELS.index(find["confidence"]) >= LEVELS.index(level)


def is_true_in_mail(entity):
    return entity["name"] in TRUE_IN_MAIL or entity["name"].endswith("_phone")


def different(finds):
    """One for each value of a message, the surest: an alternative in HTML is no further one."""
    out = {}
    for find in finds:
        key = find["file"], find["entity"], "".join(c for c in find["value"] if c.isalnum())
        if key not in out or reaches(find, out[key]["confidence"]):
            out[key] = find
    return list(out.values())


def measure_mail(folder, entities, options):
    paths = ordinary.generate(folder / "mail", options.count, options.seed)
    paths += sorted(p for p in (ROOT / "corpus").iterdir() if CORPUS.match(p.name))
    finds, said = scan(paths)
    if "a limit" in said:
        sys.exit(said)
    finds = [find for find in different(finds) if not is_true_in_mail(entities[find["entity"]]) and
             "".join(filter(str.isdigit, find["value"])) not in PLANTED]
    print(f"# Ordinary mail: {len(paths)} messages. False hits, each value of a message once:")
    print("entity\tcategory\tchecked\tlow\tmedium\thigh")
    counts = collections.defaultdict(collections.Counter)
    for find in finds:
        counts[find["entity"]][find["confidence"]] += 1
    for name, count in sorted(counts.items(), key=lambda item: (-item[1]["medium"] - item[1]["high"], -item[1]["low"])):
        print(name, entities[name]["category"], "yes" if entities[name]["validators"] else "-",
              *(count[level] for level in LEVELS), sep="\t")
    for find in finds:
        if options.verbose and reaches(find, "medium"):
            print("#", json.dumps(find, ensure_ascii=False))
    return paths, finds


def check_mail(paths, finds, entities):
    sure = [find for find in finds if reaches(find, "medium")]
    never = [find for find in sure if find["entity"] in ("iban", "us_ssn") or
             entities[find["entity"]]["category"] in ("card", "secret")]
    hard = [find for find in sure if entities[find["entity"]]["validators"]]
    most = len(paths) / 100
    print(f"# At medium: {len(never)} cards, IBANs, SSNs and secrets (0 are allowed); {len(hard)} of all entities with "
          f"check digits or other validators ({most:.0f} are)")
    return not never and len(hard) <= most


class Score:
    def __init__(self):
        self.places = self.found = self.exact = self.sure = self.with_keyword = self.misses = self.near = self.elsewhere = 0


def add_label(score, label, hits):
    """hits: of the label's entity in its file."""
    end = label["offset"] + label["length"]
    right = [h for h in hits if h["offset"] <= label["offset"] and h["offset"] + h["length"] >= end]
    if not label["positive"]:
        score.near += any(reaches(h, "medium") for h in hits)
        return bool(hits)
    score.places += 1
    score.found += bool(right)
    score.exact += any(h["length"] == label["length"] for h in right)
    score.with_keyword += label["keyword"]
    score.sure += label["keyword"] and any(reaches(h, "medium") for h in right)
    return bool(right)


def measure_labels(folder, entities, mail_finds, options):
    labels = labelled.generate(folder / "labelled", options.seed)
    finds, _ = scan([label["file"] for label in labels])
    by_file = collections.defaultdict(list)
    for find in finds:
        by_file[find["file"]].append(find)
    scores, forms = collections.defaultdict(Score), collections.Counter()
    for label in labels:
        hits = [h for h in by_file[label["file"]] if h["entity"] == label["entity"]]
        good = add_label(scores[label["entity"]], label, hits)
        forms[label["form"], label["positive"], good] += 1
        if options.verbose and label["positive"] != good:
            print("#", "missed" if label["positive"] else "near miss found", json.dumps(label), hits)
        for find in by_file[label["file"]]:
            if find["entity"] != label["entity"] and reaches(find, "medium"):
                scores[find["entity"]].elsewhere += 1
    for find in mail_finds:
        scores[find["entity"]].misses += reaches(find, "medium")
    return labels, scores, forms


def ratio(part, whole):
    return f"{part / whole:.3f}" if whole else "-"


def report_labels(entities, labels, scores, forms):
    print(f"# Labelled texts: {len(labels)}, of which {sum(not label['positive'] for label in labels)} have a near miss")
    print("entity\tplaces\trecall\tjust the value\trecall at medium with keyword\tprecision at medium\tnear misses found\t"
          "hits in ordinary mail\thits on values of other entities")
    for name in entities:
        s = scores[name]
        print(name, s.places, ratio(s.found, s.places), ratio(s.exact, s.places), ratio(s.sure, s.with_keyword),
              ratio(s.found, s.found + s.near + s.misses), s.near, s.misses, s.elsewhere, sep="\t")
    print("# By form of text: found of all")
    for form, positive in sorted({key[:2] for key in forms}):
        found, lost = forms[form, positive, True], forms[form, positive, False]
        print(f"{form}\t{'value' if positive else 'near miss'}\t{found}\t{found + lost}")


def check_labels(entities, scores):
    total = Score()
    for score in scores.values():
        for key, value in vars(score).items():
            setattr(total, key, getattr(total, key) + value)
    recall, sure = total.found / total.places, total.sure / total.with_keyword
    precision = total.found / (total.found + total.near + total.misses)
    print(f"# All: recall {recall:.4f}, at medium with a keyword {sure:.4f}, precision at medium {precision:.4f} "
          f"over {total.places} values of {len(entities)} entities")
    poor = [name for name in entities if scores[name].places and scores[name].found < 0.8 * scores[name].places]
    print(f"# Entities with a recall below 0.8: {' '.join(poor) or 'none'}")
    return recall >= 0.97 and precision >= 0.97 and len(poor) <= len(entities) / 50


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=700, help="messages of ordinary mail")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--verbose", action="store_true", help="each false hit and each miss")
    options = parser.parse_args()
    entities = {entity["name"]: entity
                for entity in map(json.loads, culvert("entities", "--json").stdout.splitlines())}
    with tempfile.TemporaryDirectory(prefix="culvert-detection-") as name:
        folder = pathlib.Path(name)
        paths, mail_finds = measure_mail(folder, entities, options)
        labels, scores, forms = measure_labels(folder, entities, mail_finds, options)
        report_labels(entities, labels, scores, forms)
        good = [check_mail(paths, mail_finds, entities), check_labels(entities, scores)]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
