# SPDX-License-Identifier: Apache-2.0
"""Values of identifiers: name -> function of a random generator that gives one value, canonical; and
name -> how else it may be written. None belongs to anybody but by chance."""
import datetime

import arithmetic as a
from figures import digits, hexa, letters

MAKERS = {}
SPELLINGS = {}


def maker(name, *spellings):
    def add(function):
        MAKERS[name] = function
        SPELLINGS[name] = spellings
        return function
    return add


def groups(*sizes, by=" "):
    def spell(value):
        out, at = [], 0
        for size in sizes:
            out.append(value[at:at + size])
            at += size
        return by.join(piece for piece in out + [value[at:]] if piece)
    return spell


def born(rng, least=1940, most=2009):
    return datetime.date(least, 1, 1) + datetime.timedelta(days=rng.randrange((most - least) * 365))


def until(make):
    """The first that is not None."""
    def again(rng):
        while True:
            value = make(rng)
            if value is not None:
                return value
    return again


def d(rng, count):
    return digits(rng, count, "0123456789")


@maker("credit_card", lambda v: groups(4, 4, 4)(v) if len(v) == 16 else groups(4, 6)(v),
       lambda v: groups(4, 4, 4, by="-")(v) if len(v) == 16 else groups(4, 6, by="-")(v))
def credit_card(rng):
    first, length = rng.choice([("4", 16), ("4", 16), ("51", 16), ("54", 16), ("2221", 16), ("2719", 16), ("34", 15),
                                ("37", 15), ("3530", 16), ("36", 14), ("6011", 16), ("65", 16), ("62", 16),
                                ("2201", 16), ("6763", 16)])
    body = first + d(rng, length - len(first) - 1)
    return body + a.luhn(body)


IBANS = {"DE": "18n", "FR": "10n11c2n", "GB": "4a14n", "NL": "4a10n", "ES": "20n", "IT": "1a10n12c", "PL": "24n",
         "PT": "21n", "TR": "5n1z16c", "CH": "5n12c", "AT": "16n", "BE": "12n", "SE": "20n", "NO": "11n", "DK": "14n",
         "FI": "14n", "CZ": "20n", "IE": "4a14n", "LU": "3n13c", "HU": "24n", "RO": "4a16c", "GR": "7n16c", "SA": "2n18c",
         "AE": "19n", "BR": "23n1a1c", "IL": "19n", "UA": "6n19c", "MT": "4a5n18c"}


@maker("iban", groups(4, 4, 4, 4, 4, 4, 4), groups(4, 4, 4, 4, 4, 4, 4, by="-"), str.lower)
def iban(rng):
    import re
    country = rng.choice(list(IBANS))
    body = ""
    for count, kind in re.findall(r"(\d+)(\w)", IBANS[country]):
        of = {"n": "0123456789", "a": a.ALNUM[10:], "c": a.ALNUM, "z": "0"}[kind]
        body += "".join(rng.choice(of) for _ in range(int(count)))
    return country + a.mod_97_10(body + country) + body


@maker("us_ssn", lambda v: v.replace("-", " "))
@until
def us_ssn(rng):
    area, group, serial = rng.randrange(1, 900), rng.randrange(1, 100), rng.randrange(1, 10000)
    return None if area == 666 or (area, group) == (987, 65) else f"{area:03}-{group:02}-{serial:04}"


@maker("us_itin")
def us_itin(rng):
    group = rng.choice([*range(50, 66), *range(70, 89), 90, 91, 92, *range(94, 100)])
    return f"9{d(rng, 2)}-{group}-{d(rng, 4)}"


@maker("us_npi")
def us_npi(rng):
    body = rng.choice("12") + d(rng, 8)
    return body + a.luhn("80840" + body)


@maker("us_dea")
def us_dea(rng):
    body = d(rng, 6)
    total = a.weighted(body, (1, 2, 1, 2, 1, 2))
    return rng.choice("ABFGM") + letters(rng, 1) + body + str(total % 10)


@maker("us_aba_routing")
def us_aba(rng):
    body = f"{rng.choice([*range(1, 13), *range(21, 33)]):02}" + d(rng, 6)
    return body + str(-a.weighted(body, (3, 7, 1, 3, 7, 1, 3, 7)) % 10)


@maker("uk_nhs_number", groups(3, 3))
@until
def uk_nhs(rng):
    body = digits(rng, 9, "4679")
    check = (11 - a.weighted(body, range(10, 1, -1)) % 11) % 11
    return None if check == 10 else body + str(check)


@maker("uk_nino", groups(2, 2, 2, 2), str.lower)
@until
def uk_nino(rng):
    first = letters(rng, 1, "ABCEGHJKLMNOPRSTWXYZ") + letters(rng, 1, "ABCEGHJKLMNPRSTWXYZ")
    return None if first in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ") else first + d(rng, 6) + rng.choice("ABCD")


@maker("uk_utr")
def uk_utr(rng):
    body = d(rng, 9)
    return "21987654321"[a.weighted(body, (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11] + body


@maker("uk_vat", lambda v: groups(2, 3, 4)(v))
def uk_vat(rng):
    body = digits(rng, 7, "123456789")
    return "GB" + body + f"{97 - a.weighted(body, range(8, 1, -1)) % 97:02}"


@maker("de_tax_id", groups(2, 3, 3))
def de_tax_id(rng):
    pool = rng.sample("123456789", 9)
    body = pool + [rng.choice(pool)]
    rng.shuffle(body)
    while any(body[i] == body[i + 1] == body[(i + 2) % 10] for i in range(8)):
        rng.shuffle(body)
    return "".join(body) + a.mod_11_10("".join(body))


@maker("de_vat", groups(2, 3, 3))
def de_vat(rng):
    body = digits(rng, 8)
    return "DE" + body + a.mod_11_10(body)


@maker("at_vat")
def at_vat(rng):
    body = d(rng, 7)
    total = sum(int(c) if i % 2 == 0 else sum(divmod(int(c) * 2, 10)) for i, c in enumerate(body))
    return "ATU" + body + str((10 - (total + 4) % 10) % 10)


@maker("be_national_number", lambda v: f"{v[:2]}.{v[2:4]}.{v[4:6]}-{v[6:9]}.{v[9:]}")
def be_national(rng):
    date, serial = born(rng, 1940, 1999), rng.randrange(1, 998)
    body = f"{date:%y%m%d}{serial:03}"
    return body + f"{97 - int(body) % 97:02}"


@maker("be_enterprise", lambda v: f"{v[:4]}.{v[4:7]}.{v[7:]}")
def be_enterprise(rng):
    body = rng.choice("01") + digits(rng, 7)
    return body + f"{97 - int(body) % 97:02}"


def bsn(rng):
    while True:
        body = digits(rng, 8, "12345678")
        check = a.weighted(body, range(9, 1, -1)) % 11
        if check < 10:
            return body + str(check)


maker("nl_bsn", groups(4, 2, by="."), groups(3, 3))(bsn)


@maker("lu_vat")
def lu_vat(rng):
    body = digits(rng, 6)
    return "LU" + body + f"{int(body) % 89:02}"


@maker("fr_siren", groups(3, 3))
def fr_siren(rng):
    body = digits(rng, 8)
    return body + a.luhn(body)


@maker("fr_siret", groups(3, 3, 3))
def fr_siret(rng):
    body = fr_siren(rng) + f"000{d(rng, 1)}"
    return body + a.luhn(body)


@maker("fr_vat", lambda v: groups(4, 3, 3)(v))
def fr_vat(rng):
    siren = fr_siren(rng)
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02}{siren}"


@maker("fr_nir", groups(1, 2, 2, 2, 3, 3))
def fr_nir(rng):
    body = (rng.choice("12") + f"{born(rng, 1950, 1999):%y%m}" + f"{rng.choice([1, 13, 33, 59, 69, 75, 92]):02}" +
            f"{rng.randrange(1, 400):03}{rng.randrange(1, 999):03}")
    return body + f"{97 - int(body) % 97:02}"


@maker("es_dni", lambda v: v[:8] + "-" + v[8])
def es_dni(rng):
    body = digits(rng, 8)
    return body + "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]


@maker("es_nie", lambda v: f"{v[0]}-{v[1:8]}-{v[8]}")
def es_nie(rng):
    first, body = rng.randrange(3), d(rng, 7)
    return "XYZ"[first] + body + "TRWAGMYFPDXBNJZSQVHLCKE"[int(f"{first}{body}") % 23]


@maker("es_cif")
def es_cif(rng):
    body = d(rng, 7)
    return rng.choice("AB") + body + a.luhn(body)


@maker("it_fiscal_code", str.lower)
def it_fiscal(rng):
    consonants = "BCDFGLMNPRSTVZ"
    date = born(rng)
    body = (letters(rng, 6, consonants) + f"{date:%y}" + "ABCDEHLMPRST"[date.month - 1] +
            f"{date.day + rng.choice([0, 40]):02}" + rng.choice("ABCDEFGHIL") + f"{rng.randrange(100, 999)}")
    return body + a.it_code_check(body)


@maker("it_vat", lambda v: "IT" + v)
def it_vat(rng):
    body = digits(rng, 7, "0123456789") + f"{rng.randrange(1, 100):03}"
    return body + a.luhn(body)


@maker("pt_nif", groups(3, 3))
def pt_nif(rng):
    body = digits(rng, 8, "125")
    check = 11 - a.weighted(body, range(9, 1, -1)) % 11
    return body + str(check if check < 10 else 0)


@maker("tr_identity")
def tr_identity(rng):
    body = digits(rng, 9)
    n = [int(c) for c in body]
    tenth = (sum(n[0::2]) * 7 - sum(n[1::2])) % 10
    return body + str(tenth) + str((sum(n) + tenth) % 10)


@maker("pl_pesel")
def pl_pesel(rng):
    date = born(rng)
    body = f"{date.year % 100:02}{date.month + (20 if date.year > 1999 else 0):02}{date.day:02}{d(rng, 4)}"
    return body + str(-a.weighted(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10)


@maker("pl_nip", lambda v: f"{v[:3]}-{v[3:6]}-{v[6:8]}-{v[8:]}")
@until
def pl_nip(rng):
    body = digits(rng, 9)
    check = a.weighted(body, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11
    return None if check == 10 else body + str(check)


@maker("cz_birth_number")
@until
def cz_birth(rng):
    date = born(rng, 1955, 2003)
    body = f"{date.year % 100:02}{date.month + rng.choice([0, 50]):02}{date.day:02}/{d(rng, 3)}"
    rest = int(body.replace("/", "")) % 11
    return None if rest == 10 else body + str(rest)


@maker("ro_cnp")
def ro_cnp(rng):
    date = born(rng)
    body = (rng.choice("12" if date.year < 2000 else "56") + f"{date:%y%m%d}{rng.randrange(1, 40):02}"
            f"{rng.randrange(1, 999):03}")
    check = a.weighted(body, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return body + str(1 if check == 10 else check)


@maker("bg_egn")
def bg_egn(rng):
    date = born(rng)
    body = f"{date.year % 100:02}{date.month + (40 if date.year > 1999 else 0):02}{date.day:02}{d(rng, 3)}"
    return body + str(a.weighted(body, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10)


@maker("hr_oib")
def hr_oib(rng):
    body = digits(rng, 10)
    return body + a.mod_11_10(body)


def baltic(rng):
    date = born(rng)
    body = rng.choice("34" if date.year < 2000 else "56") + f"{date:%y%m%d}{rng.randrange(1, 999):03}"
    check = a.weighted(body, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = a.weighted(body, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return body + str(check)


maker("ee_personal_code")(baltic)
maker("lt_personal_code")(baltic)


@maker("fi_personal_code")
def fi_personal(rng):
    date, serial = born(rng), rng.randrange(2, 900)
    number = f"{date:%d%m%y}{serial:03}"
    return (number[:6] + ("-" if date.year < 2000 else "A") + number[6:] +
            "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(number) % 31])


@maker("se_personal_number", lambda v: ("19" if int(v[:2]) > 25 else "20") + v)
def se_personal(rng):
    body = f"{born(rng, 1940, 1999):%y%m%d}{rng.randrange(1, 999):03}"
    return f"{body[:6]}-{body[6:]}{a.luhn(body)}"


@maker("no_birth_number", groups(6))
@until
def no_birth(rng):
    body = f"{born(rng):%d%m%y}{d(rng, 3)}"
    first = -a.weighted(body, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    second = -a.weighted(f"{body}{first}", (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 if first < 10 else 10
    return None if second == 10 else f"{body}{first}{second}"


@maker("ie_pps")
def ie_pps(rng):
    body = digits(rng, 7)
    return body + "WABCDEFGHIJKLMNOPQRSTUV"[a.weighted(body, range(8, 1, -1)) % 23]


@maker("br_cpf", lambda v: v.replace(".", "").replace("-", ""))
def br_cpf(rng):
    body = d(rng, 9)
    for start in (10, 11):
        body += str(a.weighted(body, range(start, 1, -1)) * 10 % 11 % 10)
    return f"{body[:3]}.{body[3:6]}.{body[6:9]}-{body[9:]}"


@maker("br_cnpj", lambda v: "".join(c for c in v if c.isdigit()))
def br_cnpj(rng):
    body = digits(rng, 8) + "0001"
    for weights in ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)):
        rest = a.weighted(body, weights) % 11
        body += str(0 if rest < 2 else 11 - rest)
    return f"{body[:2]}.{body[2:5]}.{body[5:8]}/{body[8:12]}-{body[12:]}"


@maker("ar_cuit", lambda v: v.replace("-", ""))
@until
def ar_cuit(rng):
    body = rng.choice(["20", "23", "27", "30", "33"]) + digits(rng, 8)
    check = 11 - a.weighted(body, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return None if check == 10 else f"{body[:2]}-{body[2:]}-{check % 11}"


@maker("cl_rut", lambda v: v.replace(".", ""))
def cl_rut(rng):
    body = str(rng.randrange(5000000, 25000000))
    check = 11 - sum(int(c) * (i % 6 + 2) for i, c in enumerate(reversed(body))) % 11
    return f"{int(body):,}".replace(",", ".") + "-" + {11: "0", 10: "K"}.get(check, str(check))


@maker("mx_clabe")
def mx_clabe(rng):
    body = rng.choice(["002", "012", "014", "021", "044", "072"]) + "180" + d(rng, 11)
    return body + str(-sum(int(c) * w % 10 for c, w in zip(body, (3, 7, 1) * 6)) % 10)


@maker("ca_sin", groups(3, 3), groups(3, 3, by="-"))
def ca_sin(rng):
    body = digits(rng, 8, "1234567")
    return body + a.luhn(body)


@maker("au_tfn", groups(3, 3))
@until
def au_tfn(rng):
    body = digits(rng, 9)
    return body if a.weighted(body, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0 else None


@maker("au_abn", groups(2, 3, 3))
@until
def au_abn(rng):
    body = digits(rng, 11)
    return body if (a.weighted(body, (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)) - 10) % 89 == 0 else None


@maker("au_acn", groups(3, 3))
def au_acn(rng):
    body = digits(rng, 8, "01")
    return body + str(-a.weighted(body, range(8, 0, -1)) % 10)


@maker("au_medicare", groups(4, 5))
def au_medicare(rng):
    body = digits(rng, 8, "23456")
    return body + str(a.weighted(body, (1, 3, 7, 9, 1, 3, 7, 9)) % 10) + rng.choice("12345")


@maker("in_aadhaar", groups(4, 4), groups(4, 4, by="-"))
def in_aadhaar(rng):
    body = digits(rng, 11, "23456789")
    return body + a.verhoeff(body)


@maker("in_gstin")
def in_gstin(rng):
    body = f"{rng.randrange(1, 38):02}" + letters(rng, 3) + rng.choice("PCFH") + letters(rng, 1) + digits(rng, 4) + letters(rng, 1) + "1Z"
    total = 0
    for i, c in enumerate(body):
        total += sum(divmod(a.ALNUM.index(c) * (i % 2 + 1), 36))
    return body + a.ALNUM[-total % 36]


@maker("sg_nric")
def sg_nric(rng):
    first, body = rng.choice("STFG"), d(rng, 7)
    total = a.weighted(body, (2, 7, 6, 5, 4, 3, 2)) + (4 if first in "TG" else 0)
    return first + body + ("JZIHGFEDCBA" if first in "ST" else "XWUTRQPNMLK")[total % 11]


@maker("jp_my_number", groups(4, 4))
def jp_my_number(rng):
    body = d(rng, 11)
    rest = sum(int(c) * (i + 1 if i <= 6 else i - 5) for i, c in enumerate(reversed(body), 1)) % 11
    return body + str(0 if rest <= 1 else 11 - rest)


@maker("jp_corporate_number")
def jp_corporate(rng):
    body = digits(rng, 12)
    return str(9 - sum(int(c) * (1 if i % 2 == 0 else 2) for i, c in enumerate(reversed(body))) % 9) + body


@maker("kr_rrn", lambda v: v.replace("-", ""))
def kr_rrn(rng):
    date = born(rng, 1950, 2009)
    body = f"{date:%y%m%d}" + rng.choice("12" if date.year < 2000 else "34") + d(rng, 5)
    check = (11 - a.weighted(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10
    return f"{body[:6]}-{body[6:]}{check}"


@maker("cn_resident_id")
def cn_resident(rng):
    body = rng.choice(["110101", "310104", "440305", "510107"]) + f"{born(rng):%Y%m%d}{rng.randrange(1, 999):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[a.weighted(body, weights) % 11]


@maker("tw_id")
def tw_id(rng):
    first = rng.choice("ABCDEFGHJKLMNPQRSTUVXYWZIO")
    number = 10 + "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(first)
    body = rng.choice("12") + d(rng, 7)
    total = number // 10 + number % 10 * 9 + a.weighted(body, range(8, 0, -1))
    return first + body + str(-total % 10)


@maker("th_id", lambda v: f"{v[0]}-{v[1:5]}-{v[5:10]}-{v[10:12]}-{v[12]}")
def th_id(rng):
    body = digits(rng, 12, "12345678")
    return body + str((11 - a.weighted(body, range(13, 1, -1)) % 11) % 10)


@maker("za_id")
def za_id(rng):
    body = f"{born(rng, 1950, 1999):%y%m%d}{d(rng, 4)}08"
    return body + a.luhn(body)


@maker("il_id")
def il_id(rng):
    body = digits(rng, 8, "0123")
    total = sum(sum(divmod(int(c) * (i % 2 + 1), 10)) for i, c in enumerate(body))
    return body + str(-total % 10)


@maker("imei", groups(2, 6, 6, by="-"))
def imei(rng):
    body = rng.choice(["35", "86", "01"]) + digits(rng, 12)
    return body + a.luhn(body)


@maker("vin")
def vin(rng):
    of = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    value = list(rng.choice(["1HG", "WVW", "JTD", "5YJ"]) + letters(rng, 14, of[:23] + "23456789") )
    value[8] = "0"
    value[-6:] = digits(rng, 6)
    numbers = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9]))
    total = sum(int(numbers.get(c, c)) * w for c, w in
                zip(value, (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)))
    value[8] = "0123456789X"[total % 11]
    return "".join(value)


@maker("isin")
def isin(rng):
    body = rng.choice(["US", "DE", "FR", "GB", "CH", "NL"]) + letters(rng, 9, "0123456789ABCDEFGH")
    return body + a.luhn_letters(body)


@maker("lei")
def lei(rng):
    body = digits(rng, 4) + "00" + letters(rng, 12, a.ALNUM)
    return body + a.mod_97_10(body)


@maker("bitcoin_address")
def bitcoin(rng):
    return a.base58check(0, rng.randbytes(20))


@maker("ethereum_address")
def ethereum(rng):
    return "0x" + hexa(rng, 40)


@maker("email")
def email(rng):
    return f"{letters(rng, 7).lower()}.{letters(rng, 5).lower()}@{letters(rng, 8).lower()}.example"


@maker("ipv4")
def ipv4(rng):
    return ".".join(str(rng.randrange(1, 255)) for _ in range(4))


@maker("mac_address", lambda v: v.replace(":", "-"), str.upper)
def mac(rng):
    return ":".join(hexa(rng, 2) for _ in range(6))
