#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every C file is as clang-format makes it. Versions differ in details, so version 14 decides (Debian
# 12); without it the test is skipped (exit 77), not passed.
set -eu
cd "${1:-$(dirname "$0")/../..}"
tool=$(command -v clang-format-14 || true)
[ -n "$tool" ] || { echo "no clang-format-14 here"; exit 77; }
find engine config transforms rulesets tunnels tests -name '*.[ch]' -print0 |
    xargs -0 "$tool" --dry-run -Werror
