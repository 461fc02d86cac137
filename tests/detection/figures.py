# SPDX-License-Identifier: Apache-2.0
"""The numbers that stand in ordinary business mail: of orders, parcels, meetings, machines. All made
of a seeded generator; check digits are right where the real ones have such."""
import base64
import datetime
import uuid

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def digits(rng, count, first="123456789"):
    return rng.choice(first) + "".join(rng.choice("0123456789") for _ in range(count - 1))


def letters(rng, count, of=UPPER):
    return "".join(rng.choice(of) for _ in range(count))


def hexa(rng, count):
    return "".join(rng.choice("0123456789abcdef") for _ in range(count))


def base64_of(rng, octets):
    return base64.b64encode(rng.randbytes(octets)).decode()


def gs1(body):
    """The digit that ends a GTIN or SSCC (GS1 General Specifications 7.9)."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def ean13(rng):
    return gs1(rng.choice(["40", "50", "30", "87", "80", "84", "59", "49", "97"]) + digits(rng, 10))


def s10(rng):
    """An item of the post (UPU S10)."""
    serial = digits(rng, 8)
    check = 11 - sum(int(d) * w for d, w in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7))) % 11
    check = {10: 0, 11: 5}.get(check, check)
    return (rng.choice("CELRUV") + rng.choice(UPPER) + serial + str(check) +
            rng.choice(["GB", "DE", "FR", "ES", "IT", "NL", "PL", "PT", "TR", "JP", "US", "CN"]))


def ups(rng):
    body = letters(rng, 6, UPPER + "0123456789") + digits(rng, 2) + digits(rng, 7)
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in body]
    check = -sum(v * (2 if i % 2 else 1) for i, v in enumerate(values)) % 10
    return f"1Z{body}{check}"


def spaced(text, *sizes):
    out, at = [], 0
    for size in sizes:
        out.append(text[at:at + size])
        at += size
    return " ".join(out)


def tracking(rng):
    """Carrier and number of a parcel."""
    return rng.choice([
        lambda: ("UPS", ups(rng)),
        lambda: ("FedEx", digits(rng, 12)),
        lambda: ("FedEx", spaced(digits(rng, 12), 4, 4, 4)),
        lambda: ("FedEx", digits(rng, 15)),
        lambda: ("FedEx SmartPost", "92" + digits(rng, 20)),
        lambda: ("USPS", "94" + digits(rng, 20)),
        lambda: ("USPS", spaced("94" + digits(rng, 20), 4, 4, 4, 4, 4, 2)),
        lambda: ("DHL", digits(rng, 10)),
        lambda: ("DHL", "JJD" + digits(rng, 18)),
        lambda: ("DHL Paket", gs1("0034" + digits(rng, 15))),
        lambda: ("DHL", digits(rng, 12)),
        lambda: ("DPD", digits(rng, 14, "0")),
        lambda: ("DPD", spaced(digits(rng, 14, "01"), 4, 4, 4, 2)),
        lambda: ("GLS", digits(rng, 11)),
        lambda: ("Hermes", digits(rng, 14)),
        lambda: ("Evri", digits(rng, 16)),
        lambda: ("Canada Post", digits(rng, 16, "17")),
        lambda: ("Canada Post", spaced(digits(rng, 16, "127"), 4, 4, 4, 4)),
        lambda: ("Royal Mail", s10(rng)),
        lambda: ("La Poste", digits(rng, 1) + letters(rng, 1) + digits(rng, 11)),
        lambda: ("Colissimo", letters(rng, 2) + digits(rng, 11)),
        lambda: ("TNT", digits(rng, 9)),
        lambda: ("PostNL", "3S" + letters(rng, 4) + digits(rng, 9)),
        lambda: ("InPost", "6" + digits(rng, 23)),
        lambda: ("Poczta Polska", gs1("00" + "5907734" + digits(rng, 10))),
        lambda: ("Correos", "PQ" + letters(rng, 4) + digits(rng, 16) + letters(rng, 1)),
        lambda: ("SEUR", digits(rng, 14)),
        lambda: ("BRT", digits(rng, 12)),
        lambda: ("CTT", s10(rng)),
        lambda: ("Yurtiçi Kargo", digits(rng, 12)),
        lambda: ("ヤマト運輸", "-".join(spaced(digits(rng, 12), 4, 4, 4).split())),
        lambda: ("佐川急便", "-".join(spaced(digits(rng, 12), 4, 4, 4).split())),
        lambda: ("Maersk", letters(rng, 3) + "U" + digits(rng, 7)),
    ])()


def phone(rng, language):
    d = lambda n: digits(rng, n)  # noqa: E731
    forms = {
        "en": [f"+1 ({d(3)}) {d(3)}-{d(4)}", f"{d(3)}-{d(3)}-{d(4)}", f"{d(3)}.{d(3)}.{d(4)}",
               f"+44 20 {d(4)} {d(4)}", f"0{d(4)} {d(6)}", f"1-800-{d(3)}-{d(4)}", f"+1{d(10)}"],
        "de": [f"+49 {d(3)} {d(7)}", f"0{d(3)}/{d(7)}", f"0{d(2)} {d(3)} {d(2)} {d(2)}",
               f"+49 (0)89 {d(4)}-{d(3)}", f"0{d(4)}-{d(5)}"],
        "fr": [f"0{rng.randint(1, 9)} " + " ".join(f"{rng.randint(0, 99):02}" for _ in range(4)),
               f"+33 {rng.randint(1, 9)} " + " ".join(f"{rng.randint(0, 99):02}" for _ in range(4))],
        "es": [f"+34 9{d(2)} {d(3)} {d(3)}", f"9{d(2)} {d(2)} {d(2)} {d(2)}", f"6{d(8)}"],
        "it": [f"+39 02 {d(8)}", f"06 {d(7)}", f"3{d(2)} {d(7)}"],
        "nl": [f"+31 20 {d(3)} {d(4)}", f"0{d(2)}-{d(7)}", f"06-{d(8)}"],
        "pl": [f"+48 22 {d(3)} {d(2)} {d(2)}", f"{d(3)} {d(3)} {d(3)}", f"{d(3)}-{d(3)}-{d(3)}"],
        "pt": [f"+351 21 {d(3)} {d(4)}", f"9{d(2)} {d(3)} {d(3)}"],
        "tr": [f"+90 212 {d(3)} {d(2)} {d(2)}", f"0 (5{d(2)}) {d(3)} {d(2)} {d(2)}"],
        "ja": [f"03-{d(4)}-{d(4)}", f"090-{d(4)}-{d(4)}", f"0{d(3)}-{d(2)}-{d(4)}", f"+81 3 {d(4)} {d(4)}"],
    }
    return rng.choice(forms[language])


def moment(rng):
    return datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(
        seconds=rng.randrange(900 * 86400), milliseconds=rng.randrange(1000))


def day(rng, language):
    at = moment(rng)
    return at.strftime({"en": rng.choice(["%B %d, %Y", "%m/%d/%Y", "%d %b %Y", "%Y-%m-%d"]), "de": "%d.%m.%Y",
                        "fr": "%d/%m/%Y", "es": "%d/%m/%Y", "it": "%d/%m/%Y", "nl": "%d-%m-%Y",
                        "pl": "%d.%m.%Y", "pt": "%d/%m/%Y", "tr": "%d.%m.%Y",
                        "ja": "%Y年%m月%d日"}[language])


def price(rng, language):
    cents = rng.choice([rng.randrange(100, 20000), rng.randrange(20000, 5000000)])
    whole, rest = divmod(cents, 100)
    if language == "ja":
        return f"¥{whole:,}"
    if language == "en":
        return rng.choice(["$", "£", "USD ", "€"]) + f"{whole:,}.{rest:02}"
    number = f"{whole:,}".replace(",", rng.choice([".", "\u00a0", " "])) + f",{rest:02}"
    return number + {"pl": " zł", "tr": " TL"}.get(language, rng.choice([" €", " EUR"]))


def order(rng):
    """A number of an order, an invoice, a customer, as systems make them."""
    at = moment(rng)
    d = lambda n: digits(rng, n)  # noqa: E731
    return rng.choice([
        lambda: d(10), lambda: d(8), lambda: d(9), lambda: d(7), lambda: d(6), lambda: d(11), lambda: d(12),
        lambda: f"{d(3)}-{d(7)}-{d(7)}",
        lambda: f"#{d(5)}",
        lambda: f"SO-{at.year}-{d(6)}",
        lambda: f"PO{d(8)}",
        lambda: f"45{d(8)}",
        lambda: f"00{d(8)}",
        lambda: f"{at:%Y%m%d}-{d(4)}",
        lambda: f"{at:%Y%m%d%H%M%S}{d(3)}",
        lambda: f"RE{at:%y%m}{d(5)}",
        lambda: f"{letters(rng, 2)}{d(6)}",
        lambda: f"{letters(rng, 3)}-{d(5)}-{letters(rng, 2)}",
        lambda: f"W{d(9)}",
        lambda: d(16), lambda: d(13), lambda: d(14),
        lambda: f"{d(4)}/{at.year}",
        lambda: f"{d(2)}-{d(7)}", lambda: f"{d(3)}-{d(2)}-{d(3)}", lambda: f"{d(3)}-{d(3)}-{d(3)}",
    ])()


def part_number(rng):
    d = lambda n: digits(rng, n)  # noqa: E731
    return rng.choice([
        lambda: f"{letters(rng, 2)}-{d(4)}-{letters(rng, 1)}",
        lambda: f"{d(3)}.{d(3)}.{d(2)}", lambda: f"{d(3)}-{d(4)}-{d(2)}", lambda: ean13(rng),
        lambda: f"A{d(3)}{d(3)}{d(4)}", lambda: f"{letters(rng, 3)}{d(3)}{letters(rng, 2)}",
        lambda: f"{d(2)}.{d(4)}.{d(4)}-{d(2)}", lambda: f"6ES7 {d(3)}-{d(1)}{letters(rng, 2)}{d(2)}-0AB0",
        lambda: f"M8x{rng.randrange(10, 99)} DIN {d(3)}", lambda: f"{d(6)}-{d(3)}",
        lambda: f"{d(1)}-{d(6)}-{d(1)}", lambda: f"B0{letters(rng, 8, UPPER + '0123456789')}",
    ])()


def serial(rng):
    return rng.choice([
        lambda: letters(rng, 12, UPPER + "0123456789"), lambda: "C02" + letters(rng, 9, UPPER + "0123456789"),
        lambda: f"SN{digits(rng, 10)}", lambda: f"{letters(rng, 3)}{digits(rng, 7)}",
        lambda: letters(rng, 7, UPPER + "0123456789"), lambda: digits(rng, 15, "8"),
    ])()


def version(rng):
    return rng.choice([
        lambda: f"{rng.randrange(30)}.{rng.randrange(20)}.{rng.randrange(300)}",
        lambda: f"v{rng.randrange(9)}.{rng.randrange(9)}.{rng.randrange(9)}-rc{rng.randrange(1, 5)}",
        lambda: f"{rng.randrange(5, 20)}.{rng.randrange(9)}.{digits(rng, 5)}.{digits(rng, 4)}",
        lambda: f"2024.{rng.randrange(1, 12)}.{rng.randrange(1, 30)}+{hexa(rng, 7)}",
    ])()


def uuid4(rng):
    return str(uuid.UUID(bytes=rng.randbytes(16), version=4))


def ipv4(rng):
    return rng.choice(["10.{}.{}.{}", "192.0.2.{2}", "198.51.100.{2}", "203.0.113.{2}",
                       "172.16.{1}.{2}"]).format(*(rng.randrange(1, 255) for _ in range(3)))


def message_id(rng, host):
    return rng.choice([
        lambda: f"<{digits(rng, 10, '1')}.{digits(rng, 5)}.{digits(rng, 13, '1')}@{host}>",
        lambda: f"<{uuid4(rng)}@{host}>",
        lambda: f"<CA+{letters(rng, 26, UPPER + UPPER.lower() + '0123456789')}@mail.example>",
        lambda: f"<{digits(rng, 16)}.{digits(rng, 3)}@{host}>",
        lambda: f"<AM0PR{digits(rng, 2)}MB{digits(rng, 4)}{hexa(rng, 30).upper()}@{host}>",
        lambda: f"<{hexa(rng, 32)}@{host}>",
        lambda: f"<{moment(rng):%Y%m%d%H%M%S}.{letters(rng, 6)}{digits(rng, 6)}@{host}>",
    ])()
