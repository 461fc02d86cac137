#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Culvert beside HAProxy (TCP mode), which only copies bytes, in one interleaved run: ratios, because
# machines are noisy. Needs a release build and the bench kit (load generator, sink, peers' setup).
#
#   BENCH=path/to/kit tests/bench/peers.sh [--rounds N] [--loads 10k-keep,...] [--idle 1000,9500] ...
#
# Further options go to the kit; --only NAME,... adds other peers. CULVERT, CONFIG: program and rules.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
culvert=${CULVERT:-$root/build/culvert}
config=${CONFIG:-$root/config/examples/bench.json}
kit=${BENCH:?set BENCH to the folder of the bench kit}
log=$(mktemp)
# A session of its own, as the kit gives each peer: Linux shares the cores between sessions (autogroup), and
# in ours Culvert would share one part with the load generator.
setsid "$culvert" run --config "$config" 2>"$log" &
pid=$!
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; rm -f "$log"' EXIT INT TERM
for _ in $(seq 100); do
    address=$(sed -n 's/^culvert ready tunnel=[^ ]* address=//p' "$log" | head -n 1)
    [ -z "$address" ] || break
    sleep 0.1
done
[ -n "$address" ] || { cat "$log"; exit 1; }
"$kit/run-peers.sh" --no-install --only "${ONLY:-haproxy-tcp}" "$@" "culvert $address $pid"
