#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every bad configuration is refused with exactly the text of NAME.expected, every good one and every
# example is accepted. They are read from a copy, beside which the certificates are that they name.
# Usage: run.sh CULVERT [--write]   (--write: takes what comes as expected)
set -u
culvert=$(realpath "$1")
[ -x "$culvert" ] || { echo "no program $culvert"; exit 2; }
write=${2:-}
here=$(realpath "$(dirname "$0")")
# A crash is not to be taken for a refusal.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:exitcode=99" UBSAN_OPTIONS="${UBSAN_OPTIONS:-}:exitcode=99"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir "$copy/certificates"
cp -r "$here/bad" "$here/good" "$here/lists" "$here/tunnels" "$here/tls" "$copy"
"$here/certificates.sh" "$copy/certificates" || exit 2
cd "$copy" || exit 2
# What is not the same every day or in every build.
soon=$(openssl x509 -in certificates/soon.pem -noout -enddate | cut -d= -f2)
soon=$(date -u -d "$soon" +%Y-%m-%d)
failed=0
bad=0
good=0

complain() {
    echo "$1"
    failed=1
}

# compare NAME.expected: with what came out.
compare() {
    sed -i "s/$soon/SOON/g; s/too long: [0-9]* bytes; expected [0-9]*/too long: N bytes; expected N/
        s/ on node \"[^\"]*\"/ on node NODE/; s/[0-9]* days \(left\|ago\)/N days \1/; s/SHA-256: [0-9A-F:]*/SHA-256: HASH/" out
    [ "$write" = --write ] && cp out "$here/$1" && cp out "$1"
    diff -u "$1" out || complain "$1: not what came out"
}

# check CONFIG EXPECTED STATUS
check() {
    "$culvert" check --config "$1" >out 2>&1
    status=$?
    [ $status -eq "$3" ] || complain "$1: exit status $status, expected $3"
    compare "$2"
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
    "$culvert" tunnels --config "$config" $arguments >out 2>&1 || complain "$config: exit status $?"
    compare "$name.expected"
done
# What `culvert tls` says of the tunnel of bad/tls-NAME.json or good/tls-NAME.json, and its status.
for expected in tls/*.expected; do
    config=$(basename "$expected" .expected)
    config=$(ls good/tls-"$config".json bad/tls-"$config".json 2>/dev/null)
    "$culvert" tls --config "$config" in >out 2>&1
    echo "status $?" >>out
    compare "$expected"
done
for arguments in "--config good/tls-plain.json" "in" "--config good/tls-plain.json in out"; do
    # shellcheck disable=SC2086
    "$culvert" tls $arguments >out 2>&1
    status=$?
    [ $status -eq 2 ] || complain "culvert tls $arguments: exit status $status, expected 2"
done
# Who only tries rules or looks at tunnels need not be able to read keys.
"$culvert" tunnels --config bad/tls-key-open.json >out 2>&1 || complain "culvert tunnels: $(cat out)"
printf 'From: a@b.example\r\n\r\n' | "$culvert" apply --config bad/tls-files-missing.json \
    --tunnel outbound >out 2>&1 || complain "culvert apply: $(cat out)"
# A bad key keeps `run` from starting, with the same words.
"$culvert" run --config bad/tls-key-open.json >out 2>&1
status=$?
[ $status -eq 1 ] || complain "culvert run: exit status $status, expected 1"
head -n 1 out | diff -u bad/tls-key-open.expected - || complain "culvert run: other words than check"
# Wrong command lines: status 2, a line that says what is wrong, and how it is called.
for arguments in "" "--config" "--config a b" "--colour" "--config a --label"; do
    # shellcheck disable=SC2086
    "$culvert" check $arguments >out 2>&1
    status=$?
    [ $status -eq 2 ] || complain "culvert check $arguments: exit status $status, expected 2"
    [ "$(sed -n 's/^culvert check: .*/wrong/; s/^  culvert check .*/right/; p' out | tr '\n' ' ')" = \
        "wrong usage: right " ] || complain "culvert check $arguments: $(cat out)"
done
for expected in bad/*.expected good/*.expected; do
    name=${expected%.expected}
    [ -e "$name.json" ] || [ -d "$name" ] || complain "$expected: no such configuration"
done
for config in "$here"/../../config/examples/*.json; do
    "$culvert" check --config "$config" >out 2>&1 || complain "$config: $(cat out)"
    [ "$(wc -l <out)" -eq 1 ] || complain "$config: $(cat out)"
done

[ $bad -ge 180 ] || complain "only $bad bad configurations"
[ $good -ge 19 ] || complain "only $good good configurations"
echo "$bad bad, $good good configurations"
exit $failed
