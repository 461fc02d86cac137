#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Holds every #include of the product against the table of layers (DESIGN: a lower layer never
# includes a higher one; a third-party library is known in one place only). Usage: layers.sh [ROOT]
set -eu
cd "${1:-$(dirname "$0")/../..}"
exec python3 - <<'PYTHON'
import re, subprocess, sys, pathlib

# folder -> level. The longest prefix of a file's path counts.
LEVEL = {
    "engine/base": 0, "engine/metrics": 0,
    "engine/message": 1, "engine/pattern": 1, "engine/scanner": 1, "engine/loop": 1, "config/reader": 1,
    "transforms": 2, "rulesets/detection/validators": 2,
    "rulesets/detection": 3.0, "rulesets/conditions": 3.0, "rulesets/loop": 3.0,
    "rulesets/compile": 3.1, "rulesets/trace": 3.1, "rulesets/run": 3.2, "rulesets/texts": 3.3,
    "rulesets/walk": 3.4, "rulesets": 3.5,
    "tunnels": 4, "tunnels/wire": 4, "tunnels/tls": 4,
    "engine/admin": 4, "config/policy": 5,
    "engine/server": 6, "engine/commands": 6, "engine/main.c": 6,
}
# Layers of one level that may not know each other.
APART = [{"engine/message", "engine/pattern", "engine/scanner", "engine/loop", "config/reader"},
         {"rulesets/detection", "rulesets/conditions", "rulesets/loop"},
         {"rulesets/compile", "rulesets/trace"}]
# Third-party header -> files or folders that may include it.
THIRD = {
    r"gmime/|glib|iconv\.h": ["engine/message/"],
    r"gumbo\.h": ["engine/message/"],
    r"idn2\.h": ["engine/message/idna.c"],
    r"oniguruma\.h": ["engine/pattern/"],
    r"hs/|hs\.h": ["engine/scanner/literals_hs.c"],
    r"jansson\.h": ["config/reader/"],
    r"uv\.h": ["engine/loop/", "tunnels/wire/conn", "tunnels/listener", "engine/server/"],
    r"microhttpd\.h": ["engine/admin/"],
    r"mbedtls/|psa/": ["tunnels/tls/", "transforms/keyed_hash"],
}
ANY = {"engine/commands/version.c"}
problems = []

def place(path):
    hits = [p for p in LEVEL if path == p or path.startswith(p + "/")]
    return max(hits, key=len) if hits else None

files = [str(p) for d in ("engine", "config", "transforms", "rulesets", "tunnels")
         for p in sorted(pathlib.Path(d).rglob("*.[ch]"))]
for path in files:
    mine = place(path)
    if mine is None:
        problems.append(f"{path}: in no layer")
        continue
    text = pathlib.Path(path).read_text()
    if path.endswith(".c") and pathlib.Path(path[:-2] + ".h").exists():
        first = re.search(r'#include [<"]([^>"]+)', text)
        if not first or first.group(1) != path[:-2] + ".h":
            problems.append(f"{path}: its own header does not come first")
    for number, line in enumerate(text.splitlines(), 1):
        own = re.match(r'#include "([^"]+)"', line)
        if own:
            target = own.group(1)
            if not pathlib.Path(target).exists():
                problems.append(f"{path}:{number}: {target} is not a path from the root")
                continue
            theirs = place(target)
            if theirs is None or LEVEL[theirs] > LEVEL[mine]:
                problems.append(f"{path}:{number}: level {LEVEL[mine]} includes {target}")
            for group in APART:
                if mine in group and theirs in group and mine != theirs:
                    problems.append(f"{path}:{number}: {mine} must not know {theirs}")
        third = re.match(r"#include <([^>]+)>", line)
        if third and path not in ANY:
            for pattern, allowed in THIRD.items():
                if re.match(pattern, third.group(1)) and not any(path.startswith(a) for a in allowed):
                    problems.append(f"{path}:{number}: <{third.group(1)}> belongs in {', '.join(allowed)}")
if len(files) < 50:
    problems.append(f"only {len(files)} files found: the test looks in the wrong place")
print("\n".join(problems) or f"layers hold in {len(files)} files")
sys.exit(bool(problems))
PYTHON
