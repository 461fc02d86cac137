#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What rules cost: the same load through 1, 10 and 100 rules over the body. BENCH as for peers.sh.
set -eu
here=$(dirname "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for count in 1 10 100; do
    python3 - "$count" >"$scratch/$count.json" <<'PYTHON'
import json, sys
count = int(sys.argv[1])
words = ["confidential", "salary", "passport", "merger", "layoff", "diagnosis", "password", "invoice",
         "patent", "embargo"]
patterns = [r"\b4\d{3}(?:[ -]?\d{4}){3}\b"] + [
    rf"(?i)\b{words[i % 10]}-{i}\b" if i % 2 else rf"\b{words[i % 10]}{i}\s\d{{6}}\b"
    for i in range(1, count)]
rules = [{"extract": "Body", "pattern": p, "rules": [
    {"transform": "Header", "header_name": "X-Tagged-By", "header_value": "bench"}]} for p in patterns]
json.dump({"tunnels": [{"name": "t", "protocol": "SMTP", "listening_interface": "127.0.0.1", "port": 0}],
           "services": [{"name": "s", "service_type": "SMTP", "tunnels": ["t"], "ruleset": "r",
                         "hostnames": [{"hostname": "*", "forwarding_address": "127.0.0.1:2626"}],
                         "upstream": {"tls": "none"}}],
           "rulesets": [{"name": "r", "rules": [{"extract": "SMTP Message", "rules": rules}]}]},
          sys.stdout)
PYTHON
    echo "== $count rules"
    CONFIG="$scratch/$count.json" "$here/peers.sh" --loads 10k-keep --rounds 5 --idle 0 "$@"
done
