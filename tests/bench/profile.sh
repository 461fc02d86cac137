#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A profile of the running engine under the 10 KB load, by function. BENCH as for peers.sh.
#   tests/bench/profile.sh [LOAD OPTION...]     (default: -c 20 -P 1 -s 10k)
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
culvert=${CULVERT:-$root/build/culvert}
config=${CONFIG:-$root/config/examples/bench.json}
kit=${BENCH:?set BENCH to the folder of the bench kit}
scratch=$(mktemp -d)
"$kit/build/smtpsink" -l 127.0.0.1:2626 -j 1 >/dev/null 2>&1 &
sink=$!
"$culvert" run --config "$config" 2>"$scratch/log" &
pid=$!
trap 'kill "$pid" "$sink" 2>/dev/null; wait 2>/dev/null; rm -rf "$scratch"' EXIT INT TERM
sleep 1
address=$(sed -n 's/^culvert ready tunnel=[^ ]* address=//p' "$scratch/log" | head -n 1)
[ $# -gt 0 ] || set -- -c 20 -P 1 -s 10k
"$kit/build/smtpload" -t "$address" -k 127.0.0.1:2626 -T 6 "$@" &
load=$!
sleep 1
perf record -q -F 999 -g -p "$pid" -o "$scratch/perf" -- sleep 4 >/dev/null 2>&1
wait "$load" || true
perf report -i "$scratch/perf" --no-children -g none --stdio 2>/dev/null | grep -v '^#' | grep . | head -n 50
