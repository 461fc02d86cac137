#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the pages link to is there: files, folders and headings; and so are the files of the tree that they name.
set -eu
cd "${1:-$(dirname "$0")/../..}"
exec python3 - <<'PYTHON'
import os, pathlib, re, sys

SKIP = {".git", "build", "build-test", "build-tsan"}
files = set()
for folder, inner, names in os.walk("."):
    inner[:] = [name for name in inner if name not in SKIP]
    files.update(os.path.normpath(os.path.join(folder, name)) for name in names)
folders = {str(parent) for file in files for parent in pathlib.Path(file).parents}
plain = {os.path.basename(file) for file in files}

def anchor(heading):
    return re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).strip().lower()).replace(" ", "-")

pages = {file: pathlib.Path(file).read_text() for file in sorted(files) if file.endswith(".md")}
anchors = {file: {anchor(h) for h in re.findall(r"^#+ (.*)", re.sub(r"```.*?```", "", text, flags=re.S),
                                                re.M)} for file, text in pages.items()}
problems, links = [], 0
for page, text in pages.items():
    if page == "CHANGELOG.md":  # what was is not always there any more
        continue
    for link in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        if link.startswith(("http://", "https://")):
            continue
        links += 1
        path, _, heading = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if target not in files and target not in folders:
            problems.append(f"{page}: no such place: {link}")
        elif heading and heading not in anchors.get(target, ()):
            problems.append(f"{page}: no such heading: {link}")
    for path in re.findall(r"`((?:engine|config|tunnels|rulesets|transforms|tests|scripts|packaging)/[\w./-]+)`",
                           text):
        if not any(file.startswith(path.rstrip("/")) for file in files):
            problems.append(f"{page}: no such path: {path}")
    for name in re.findall(r"`(\w+\.(?:c|h|py|sh|chat))`", text):
        if name not in plain:
            problems.append(f"{page}: no such file: {name}")
    for group in re.findall(r"tests/unit/test_\{([\w,]+)\}\.c", text):
        problems += [f"{page}: no tests/unit/test_{name}.c" for name in group.split(",")
                     if f"tests/unit/test_{name}.c" not in files]
if links < 20:
    problems.append(f"only {links} links found")
print("\n".join(problems) or f"{links} links in {len(pages)} pages")
sys.exit(bool(problems))
PYTHON
