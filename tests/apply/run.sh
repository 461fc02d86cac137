#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [CULVERT] [FOLDER...]: one message each through the rules of one configuration.
#
# A folder holds config.json (tunnel "t"), in.eml and what is expected: out.eml (byte for byte) or
# out.reply (the reply to the client) or out.status (the exit status alone: 11 hold, 12 discard).
# Optional: args (more arguments, a line each), err.expected (lines that standard error must have).
# Prints a diff and fails when something is different; fails when there is nothing to run.

here=$(cd "$(dirname "$0")" && pwd)
culvert=${1:-$CULVERT}
[ $# -gt 0 ] && shift
if [ ! -x "$culvert" ]; then
    echo "run.sh: no program \"$culvert\"" >&2
    exit 2
fi
[ $# -gt 0 ] || set -- "$here"/[0-9]*
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

passed=0
failed=0

fail() {
    printf 'FAIL %s: %s\n' "$name" "$1"
    good=no
}

check_status() {
    [ "$status" -eq "$1" ] && return
    fail "expected exit status $1, got $status"
    cat "$work/err"
}

check_message() {
    check_status 0
    cmp -s "$folder/out.eml" "$work/out" && return
    fail "out.eml differs"
    diff -u "$folder/out.eml" "$work/out" | cat -A
}

check_reply() {
    wanted=$(cat "$folder/out.reply")
    case $wanted in
    4*) check_status 75 ;;
    *) check_status 10 ;;
    esac
    got=$(sed -n 's/^reply: //p' "$work/err")
    [ "$wanted" = "$got" ] || fail "expected reply \"$wanted\", got \"$got\""
    [ ! -s "$work/out" ] || fail "a refused message must not be written"
}

check_lines() {
    while IFS= read -r line; do
        grep -Fqx -e "$line" "$work/err" && continue
        fail "standard error lacks: $line"
        cat "$work/err"
    done <"$folder/err.expected"
}

for folder; do
    name=$(basename "$folder")
    good=yes
    set --
    if [ -f "$folder/args" ]; then
        while IFS= read -r line; do set -- "$@" "$line"; done <"$folder/args"
    fi
    "$culvert" apply --config "$folder/config.json" --tunnel t "$@" \
        <"$folder/in.eml" >"$work/out" 2>"$work/err"
    status=$?
    if [ -f "$folder/out.eml" ]; then
        check_message
    elif [ -f "$folder/out.reply" ]; then
        check_reply
    elif [ -f "$folder/out.status" ]; then
        check_status "$(cat "$folder/out.status")"
        [ ! -s "$work/out" ] || fail "a message that does not leave must not be written"
    else
        fail "nothing is expected"
    fi
    [ ! -f "$folder/err.expected" ] || check_lines
    if [ "$good" = yes ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
