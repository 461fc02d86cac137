#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Holds the table of metrics that users read (engine/metrics/README.md) against the one that is
# compiled (families.h): name, type, labels and words; and every family is counted somewhere. `metrics.sh --print` prints the rows as they
# should be.
set -eu
cd "$(dirname "$0")/../.."
exec python3 - "$@" <<'PYTHON'
import pathlib, re, sys

TYPES = {"COUNTER": "counter", "SECONDS": "counter", "GAUGE": "gauge", "TIMES": "histogram",
         "SIZES": "histogram"}
source = pathlib.Path("engine/metrics/families.h").read_text().split("clang-format off")[1]
rows = []
for name, kind, labels, text in re.findall(
        r'METRIC\(\w+, "(\w+)", (\w+), ((?:"\w+"|NULL), (?:"\w+"|NULL), (?:"\w+"|NULL)),\s+"([^"]+)"\)',
        source):
    words = ", ".join(f"`{l}`" for l in re.findall(r'"(\w+)"', labels))
    rows.append(f"| `{name}` | {TYPES[kind]} | {words} | {text} |")
problems = []
if len(rows) != len(re.findall(r"^METRIC\(", source, re.M)) or len(rows) < 20:
    problems.append("families.h: the table is not as this test reads it")
code = "".join(p.read_text() for d in ("engine", "tunnels") for p in pathlib.Path(d).rglob("*.c"))
for constant in re.findall(r"^METRIC\((\w+),", source, re.M):
    if not re.search(rf"\bMETRIC_{constant}\b", code):
        problems.append(f"families.h: nobody counts {constant}")
# What stands in the label `reason` where a limit was met, or a client refused when it came.
reasons = set(re.findall(r'\b(?:counts_limit|session_over_time)\([^;"]*"(\w+)"', code))
reasons.update(re.findall(r'reasons\[REFUSED_COUNT\] = \{([^;]*)\};', code)[0].split('"')[1::2])
told = pathlib.Path("engine/metrics/README.md").read_text()
problems += [f"README.md: lacks the reason `{r}`" for r in sorted(reasons) if f"`{r}`" not in told]
if len(reasons) < 12:
    problems.append(f"only {len(reasons)} reasons found in the code")
if sys.argv[1:] == ["--print"]:
    print("\n".join(rows))
    sys.exit(0)
page = pathlib.Path("engine/metrics/README.md").read_text().splitlines()
written = [line for line in page if re.match(r"\| `(culvert|process)_", line)]
problems += [f"README.md lacks: {row}" for row in rows if row not in written]
problems += [f"README.md says what is not so: {row}" for row in written if row not in rows]
print("\n".join(problems) or f"{len(rows)} metrics")
sys.exit(bool(problems))
PYTHON
