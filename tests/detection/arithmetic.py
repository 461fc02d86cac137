# SPDX-License-Identifier: Apache-2.0
"""Check digits by the published rules, written apart from the product's own so that the one is held
against the other. Nothing here knows of patterns or contexts."""
import hashlib

ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def luhn(body):
    total = 0
    for i, c in enumerate(reversed(body)):
        doubled = int(c) * (2 if i % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


def weighted(body, weights):
    return sum(int(c) * w for c, w in zip(body, weights))


def mod_11_10(body):
    """ISO 7064 hybrid."""
    check = 10
    for c in body:
        check = (check + int(c)) % 10 or 10
        check = check * 2 % 11
    return str((11 - check) % 10)


def mod_97_10(text):
    """Two digits behind (ISO 7064 pure): of letters and digits."""
    number = int("".join(str(ALNUM.index(c)) for c in text) + "00")
    return f"{98 - number % 97:02}"


def luhn_letters(text):
    return luhn("".join(str(ALNUM.index(c)) for c in text))


VERHOEFF_D = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
              [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
              [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
              [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]


def verhoeff(body):
    permutations = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    for _ in range(6):
        permutations.append([permutations[-1][permutations[1][i]] for i in range(10)])
    check = 0
    for i, c in enumerate(reversed(body)):
        check = VERHOEFF_D[check][permutations[(i + 1) % 8][int(c)]]
    return str(VERHOEFF_D[check].index(0))


def base58check(version, payload):
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    octets = bytes([version]) + payload
    octets += hashlib.sha256(hashlib.sha256(octets).digest()).digest()[:4]
    number, out = int.from_bytes(octets, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        out = alphabet[rest] + out
    return "1" * (len(octets) - len(octets.lstrip(b"\0"))) + out


def it_code_check(body):
    odd = dict(zip(ALNUM, [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3,
                           6, 8, 12, 14, 16, 10, 22, 25, 24, 23]))
    even = {c: int(c) if c.isdigit() else ord(c) - 65 for c in ALNUM}
    return chr(65 + sum(odd[c] if i % 2 == 0 else even[c] for i, c in enumerate(body)) % 26)
