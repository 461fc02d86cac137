#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every event that the code writes to the log is in the manual, and none that it does not write.
set -eu
cd "${1:-$(dirname "$0")/../..}"
exec python3 - <<'PYTHON'
import pathlib, re, sys

# The name is the second argument; where it is chosen at run time, the names stand in a table.
CALL = re.compile(r'\b(?:log_event|log_fields)\(\s*(?:\([^()]*\)|[^,()])*,\s*"([a-z_.]+)"')
TABLE = re.compile(r'\bconst events\[\] = \{([^}]*)\}')
written = set()
for folder in ("engine", "config", "transforms", "rulesets", "tunnels"):
    for path in pathlib.Path(folder).rglob("*.c"):
        text = path.read_text()
        written.update(CALL.findall(text))
        for table in TABLE.findall(text):
            written.update(re.findall(r'"([a-z_.]+)"', table))
page = pathlib.Path("engine/culvert.8").read_text()
section = page.split(".Sh LOG", 1)[-1].split("\n.Sh ", 1)[0]
known = set()
for item in re.findall(r"^\.It Cm (.*)", section, re.MULTILINE):
    known.update(item.split(" , "))
problems = [f"engine/culvert.8, LOG: lacks {name}" for name in sorted(written - known)]
problems += [f"engine/culvert.8, LOG: nothing writes {name}" for name in sorted(known - written)]
if len(written) < 30:
    problems.append(f"only {len(written)} events found in the code")
print("\n".join(problems) or f"{len(written)} events")
sys.exit(bool(problems))
PYTHON
