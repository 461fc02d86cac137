#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An index of a large table: time and memory to build it, its size, lookups a second, speed of a
# search. Usage: exact.sh BUILD [ROWS]: a release build, with its target bench_exact; 1000000 rows.
set -eu
build=$1 rows=${2:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(umask 077; head -c 32 /dev/urandom > "$work/key")
python3 - "$work" "$rows" <<'PYTHON'
import random, sys
work, rows = sys.argv[1], int(sys.argv[2])
random.seed(1)
syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "er", "il")]
name = lambda n: "".join(random.choice(syllables) for _ in range(n)).capitalize()
firsts, lasts = [name(2) for _ in range(3000)], [name(3) for _ in range(60000)]
cities = [name(2) + random.choice(["burg", "ton", " am See", ""]) for _ in range(5000)]
with open(work + "/table.csv", "w") as out:
    out.write("number,first,last,mail,city,account\n")
    for i in range(rows):
        first, last = random.choice(firsts), random.choice(lasts)
        out.write(f"{random.randrange(10**8, 10**9)},{first},{last},{first}.{last}{i}@corp.example,"
                  f"{random.choice(cities)},DE{random.randrange(10**19, 10**20)}\n")
words = [name(random.randrange(1, 4)).lower() + random.choice(["", "ing", "ed", "s", "ly", "tion"])
         for _ in range(20000)]
# The nth word of a language is used in proportion to 1 / n (Zipf).
said = random.choices(words, [1 / n for n in range(1, 20001)], k=960000)
with open(work + "/text", "w") as out:
    for i in range(0, len(said), 12):
        out.write(" ".join(word if random.random() < .93 else str(random.randrange(10**6))
                           for word in said[i:i + 12]) + ".\n")
PYTHON
ls -l "$work/table.csv" | awk '{ printf "table: '"$rows"' rows x 6 columns, %.1f MB\n", $5 / 1e6 }'
python3 - "$build/culvert" "$work" <<'PYTHON'
import resource, subprocess, sys, time
start = time.monotonic()
subprocess.run([sys.argv[1], "index", "exact", "--key", sys.argv[2] + "/key",
                sys.argv[2] + "/table.csv"], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"built in {time.monotonic() - start:.1f} s ({used.ru_utime + used.ru_stime:.1f} s of "
      f"processor), {used.ru_maxrss / 1024:.0f} MB of memory at most")
PYTHON
"$build/tests/bench_exact" "$work/table.index" "$work/key" "$work/table.csv" "$work/text"
