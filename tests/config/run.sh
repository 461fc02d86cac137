#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every bad configuration is refused with exactly the text of NAME.expected, every good one and every
# example is accepted. Usage: run.sh CULVERT [--write]   (--write: takes what comes as expected)
set -u
culvert=$(realpath "$1")
write=${2:-}
cd "$(dirname "$0")" || exit 2
# A crash is not to be taken for a refusal.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:exitcode=99" UBSAN_OPTIONS="${UBSAN_OPTIONS:-}:exitcode=99"
out=$(mktemp)
trap 'rm -f "$out"' EXIT
failed=0
bad=0
good=0

complain() {
    echo "$1"
    failed=1
}

# check CONFIG EXPECTED STATUS
check() {
    "$culvert" check --config "$1" >"$out" 2>&1
    status=$?
    [ "$write" = --write ] && cp "$out" "$2"
    [ $status -eq "$3" ] || complain "$1: exit status $status, expected $3"
    diff -u "$2" "$out" || complain "$1: not as expected"
}

for config in bad/*.json bad/*/; do
    name=${config%/}
    check "$name" "${name%.json}.expected" 1
    bad=$((bad + 1))
done
for config in good/*.json good/*/; do
    name=${config%/}
    check "$name" "${name%.json}.expected" 0
    good=$((good + 1))
done
# What `culvert tunnels` says, with the arguments of NAME.args.
for config in tunnels/*.json; do
    name=${config%.json}
    arguments=$(cat "$name.args" 2>/dev/null)
    # shellcheck disable=SC2086 # several arguments
    "$culvert" tunnels --config "$config" $arguments >"$out" 2>&1 || complain "$config: exit status $?"
    [ "$write" = --write ] && cp "$out" "$name.expected"
    diff -u "$name.expected" "$out" || complain "$config: not as expected"
done
# Wrong command lines: status 2 and one line.
for arguments in "" "--config" "--config a b" "--colour" "--config a --label"; do
    # shellcheck disable=SC2086
    "$culvert" check $arguments >"$out" 2>&1
    status=$?
    [ $status -eq 2 ] || complain "culvert check $arguments: exit status $status, expected 2"
    [ "$(wc -l <"$out")" -eq 1 ] || complain "culvert check $arguments: $(cat "$out")"
done
for expected in bad/*.expected good/*.expected; do
    name=${expected%.expected}
    [ -e "$name.json" ] || [ -d "$name" ] || complain "$expected: no such configuration"
done
for config in ../../config/examples/*.json; do
    "$culvert" check --config "$config" >"$out" 2>&1 || complain "$config: $(cat "$out")"
    [ "$(wc -l <"$out")" -eq 1 ] || complain "$config: $(cat "$out")"
done

[ $bad -ge 100 ] || complain "only $bad bad configurations"
[ $good -ge 3 ] || complain "only $good good configurations"
echo "$bad bad, $good good configurations"
exit $failed
