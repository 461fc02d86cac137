#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No unfinished business and no oversized file or function in the product.
set -eu
cd "${1:-$(dirname "$0")/../..}"
exec python3 - <<'PYTHON'
import re, sys, pathlib
problems = []
for d in ("engine", "config", "transforms", "rulesets", "tunnels"):
    for path in sorted(pathlib.Path(d).rglob("*.[ch]")):
        lines = path.read_text().splitlines()
        if len(lines) > 450:
            problems.append(f"{path}: {len(lines)} lines; one idea a file, 400 at most")
        if not lines or "SPDX-License-Identifier" not in lines[0]:
            problems.append(f"{path}: no licence line")
        start = None
        for n, line in enumerate(lines, 1):
            if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
                problems.append(f"{path}:{n}: {line.strip()}")
            if re.search(r"\b(strcpy|strcat|sprintf|gets|alloca)\(", line):
                problems.append(f"{path}:{n}: unsafe function: {line.strip()}")
            if line == "{":
                start = n
            if line == "}" and start:
                if n - start > 70:
                    problems.append(f"{path}:{start}: a function of {n - start} lines")
                start = None
print("\n".join(problems) or "clean")
sys.exit(bool(problems))
PYTHON
