# SPDX-License-Identifier: Apache-2.0
"""Texts that a pattern of an entity matches: for entities without check digits, where what the pattern
says is all that is known of a value."""
import re
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_parse

PRINTABLE = [chr(c) for c in range(33, 127)]


class Unknown(Exception):
    """The pattern has something that is not expanded here."""


def characters(items):
    negated, out = False, []
    for kind, value in items:
        kind = str(kind)
        if kind == "NEGATE":
            negated = True
        elif kind == "LITERAL":
            out.append(chr(value))
        elif kind == "RANGE":
            out += [chr(c) for c in range(value[0], value[1] + 1)]
        else:
            raise Unknown(kind)
    return [c for c in PRINTABLE if c not in out] if negated else out


def one(rng, kind, value):
    kind = str(kind)
    if kind == "LITERAL":
        return chr(value)
    if kind == "NOT_LITERAL":
        return rng.choice([c for c in PRINTABLE if ord(c) != value])
    if kind == "ANY":
        return rng.choice(PRINTABLE)
    if kind == "IN":
        return rng.choice(characters(value))
    if kind == "BRANCH":
        return sequence(rng, rng.choice(value[1]))
    if kind == "SUBPATTERN":
        return sequence(rng, value[3])
    if kind in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, inner = value
        count = rng.randint(least, min(int(most), least + (24 if least > 3 else 3)))
        return "".join(sequence(rng, inner) for _ in range(count))
    raise Unknown(kind)


def sequence(rng, items):
    return "".join(one(rng, kind, value) for kind, value in items)


def expand(rng, pattern, group):
    """A text and where in it the value is; None where it cannot be made."""
    try:
        flags = 0
        if pattern.startswith("(?i)"):
            pattern, flags = pattern[4:], re.IGNORECASE
        text = sequence(rng, sre_parse.parse(pattern))
        found = re.match(pattern, text, flags)
    except (Unknown, re.error):
        return None
    if not found or found.end() != len(text):
        return None
    start, end = found.span(group)
    # What a pattern lets stand next to the value may make a longer word with it.
    longer = (start > 0 and text[start - 1:start + 1].isalnum()) or (end < len(text) and text[end - 1:end + 1].isalnum())
    return None if longer else (text, start, end)
