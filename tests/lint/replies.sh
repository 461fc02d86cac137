#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every reply that we give ourselves has an enhanced status code of the class of its code (RFC 2034 section 4), but 354, the
# greeting and what answers EHLO and HELO.
set -eu
cd "$(dirname "$0")/../.."
# "CODE ENHANCED place" of each: struct reply and struct answer, refuse() of a verb, and words on the wire.
found=$(cat tunnels/*.c tunnels/*/*.c | tr '\n' ' ' | grep -oE \
    '(REPLY\(|\{|, )[2-5][0-9][0-9], (NULL|"[^"]*"), *"|\.code = [2-5][0-9][0-9],? *(\.enhanced = (SPAN|SPAN_INIT)\("[^"]*"\))?|SPAN\("[2-5][0-9][0-9] [^ ]+ ' |
    sed -E 's/^(REPLY\(|\{|, |\.code = |SPAN\(")//; s/\.enhanced = (SPAN|SPAN_INIT)\(//; s/NULL/-/; s/[",)]/ /g; s/  +/ /g' | sort | uniq -c)
echo "$found" | awk '
    { code = $2; enhanced = $3 }
    code == 354 || code == 334 || (code == 220 && enhanced == "") || (code == 250 && enhanced == "") {
        if (enhanced != "") { print code " has " enhanced; bad = 1 }
        next
    }
    enhanced !~ /^[245]\.[0-9]+\.[0-9]+$/ || substr(enhanced, 1, 1) != substr(code, 1, 1) {
        print "wrong enhanced status code: " code " " enhanced; bad = 1
    }
    { seen += $1 }
    END { if (seen < 80) { print "only " seen " replies found"; bad = 1 } else print seen " replies"; exit bad }'
