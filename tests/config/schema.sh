#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The schema accepts every good configuration and example and refuses bad ones of each kind that a
# schema can know. A second reader of JSON Schema is needed: without Python's jsonschema, exit 77.
set -eu
cd "$(dirname "$0")"
python3 -W ignore -c 'import jsonschema' 2>/dev/null || { echo "no jsonschema here"; exit 77; }
exec python3 -W ignore - <<'PYTHON'
import glob, json, sys
import jsonschema

schema = json.load(open("../../config/culvert.schema.json"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

def faults(path):
    return [f"{path}: {e.json_path}: {e.message[:200]}" for e in validator.iter_errors(json.load(open(path, encoding="utf-8-sig")))]

GOOD = sorted(glob.glob("good/*.json") + glob.glob("good/*/*.json") + glob.glob("../../config/examples/*.json"))
BAD = """unknown-key unknown-section unknown-key-far port-as-text port-too-large port-not-whole port-null
    missing-keys enabled-as-text labels-not-texts tunnels-not-a-list tunnel-not-an-object log-words
    protocol-http tls-mode-word ssl-version-sslv3 ssl-version-unknown cert-reqs-word advanced-ranges
    bare-newline-word forwarding-none service-type-word upstream-words inspection-words extract-word
    mask-keep exit-word error-code dispose-word match-word when-unknown-key not-an-object ssl-options-type comment-type inspected-header-type""".split()
problems = [fault for path in GOOD for fault in faults(path)]
problems += [f"bad/{name}.json: accepted" for name in BAD if not faults(f"bad/{name}.json")]
if len(GOOD) < 8:
    problems.append(f"only {len(GOOD)} good configurations")
print("\n".join(problems) or f"{len(GOOD)} accepted, {len(BAD)} refused")
sys.exit(bool(problems))
PYTHON
