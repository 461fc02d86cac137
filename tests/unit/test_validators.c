/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validators: right values of each (of the standards' own examples where they have some), every
 * digit changed and neighbours swapped where the system of check digits promises to notice, and
 * what is no value at all.
 */
#include "rulesets/detection/validators/validators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/base/ascii.h"
#include "rulesets/detection/validators/keccak.h"
#include "rulesets/detection/validators/value.h"

#define FLIPS 1u /* notices every changed digit */
#define SWAPS 2u /* notices every swap of neighbours */
#define VALUES_MAX 13u

struct row {
    const char *name;
    unsigned notices;
    const char *values[VALUES_MAX];
};

static const struct row RIGHT[] = {
    {"aba_routing", FLIPS | SWAPS, {"021000021", "011401533", "111000025"}},
    {"ar_cbu", FLIPS, {"2850590940090418135201"}},
    {"ar_cuit", FLIPS | SWAPS, {"20-05536168-2", "30-50001091-2", "20-26756539-3"}},
    {"au_abn", FLIPS | SWAPS, {"83 914 571 673", "51 824 753 556", "53 004 085 616"}},
    {"au_acn", 0, {"004 085 616", "010 749 961", "000 000 019"}},
    {"au_ihi", FLIPS | SWAPS, {"8003608833357361"}},
    {"au_medicare", 0, {"2123 45670 1", "2123456701"}},
    {"au_tfn", FLIPS | SWAPS, {"123 456 782", "876 543 210", "459599230"}},
    {"bitcoin",
     FLIPS | SWAPS,
     {"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
      "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
      "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"}},
    {"bitcoin_cash",
     FLIPS | SWAPS,
     {"bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
      "ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq"}},
    {"br_cnh", FLIPS | SWAPS, {"02650306461", "62472927637"}},
    {"br_cnpj", FLIPS | SWAPS, {"11.222.333/0001-81", "16.727.230/0001-97", "12.ABC.345/01DE-35"}},
    {"br_cns", SWAPS, {"700508000000008", "166012345670001", "898001160660060"}},
    {"br_cpf", SWAPS, {"111.444.777-35", "390.533.447-05"}},
    {"br_pis", FLIPS | SWAPS, {"12056412545", "17012090411"}},
    {"br_rg", FLIPS | SWAPS, {"24.678.131-2"}},
    {"br_voter", FLIPS | SWAPS, {"102385010671"}},
    {"ca_business_number", 0, {"123026635RC0001", "12302 6635"}},
    {"ca_health_british_columbia", FLIPS | SWAPS, {"9698 658 215"}},
    {"ca_health_ontario", FLIPS | SWAPS, {"1234567897", "9876543217AB", "6123456706"}},
    {"ca_health_quebec", 0, {"TREM 8962 1512"}},
    {"ca_sin", FLIPS | SWAPS, {"123 456 782", "130 692 544"}},
    {"cl_rut", FLIPS | SWAPS, {"12.531.909-2", "76.086.428-5", "30.686.957-4"}},
    {"co_nit", 0, {"213.123.432-1", "860.002.964-4"}},
    {"credit_card",
     FLIPS,
     {"4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6011111111111117",
      "30569309025904", "3530111333300000", "2223003122003222", "6200000000000005",
      "2200 0000 0000 0004", "5019717010103742", "6759649826438453"}},
    {"credit_card_any", FLIPS | SWAPS, {"4222222222222", "6304000000000000", "6759649826438453"}},
    {"creditor_reference", FLIPS | SWAPS, {"RF18539007547034", "RF18 5390 0754 7034"}},
    {"cusip", FLIPS | SWAPS, {"037833100", "17275R102", "38259P508", "023135106"}},
    {"damm", FLIPS | SWAPS, {"5724"}},
    {"dash", FLIPS | SWAPS, {"XjbaGWaGnvEtuQAUoBgDxJWe8ZNv45upG2"}},
    {"date", 0, {"2024-02-29", "29.02.2024", "12/31/1999", "31/12/99", "3 March 2021"}},
    {"do_cedula", FLIPS | SWAPS, {"00113918205"}},
    {"do_rnc", FLIPS | SWAPS, {"1-01-85004-3", "131246796"}},
    {"dogecoin", FLIPS | SWAPS, {"DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L"}},
    {"ec_ci", FLIPS | SWAPS, {"171430710-3"}},
    {"ec_ruc", 0, {"1792060346-001", "1760001550001"}},
    {"eg_national_id", 0, {"29501023201952"}},
    {"email", 0, {"a.b@c.example", "js@css.corp.example", "png@x.pngs", "a@b.jpegs"}},
    {"ethereum",
     FLIPS | SWAPS,
     {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
      "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"}},
    {"gh_tin", FLIPS | SWAPS, {"C0000803561"}},
    {"gt_cui", 0, {"2222555520101", "1987654281603"}},
    {"gt_nit", FLIPS | SWAPS, {"576937-K"}},
    {"hn_dni", 0, {"0801-1984-12345"}},
    {"iban",
     FLIPS | SWAPS,
     {"GB29 NWBK 6016 1331 9268 19", "DE89370400440532013000", "FR14 2004 1010 0505 0001 3M02 606",
      "NO9386011117947", "MT84MALT011000012345MTLCAST001S", "SC18SSCB11010000000000001497USD",
      "BR1800360305000010009795493C1", "LC55HEMM000100010012001200023015", "nl91abna0417164300",
      "VA59001123000012345678", "IQ98NBIQ850123456789012", "BY13NBRB3600900000002Z00AB00"}},
    {"icao_9303", FLIPS | SWAPS, {"L898902C36", "7408122", "1204159"}},
    {"iccid", FLIPS | SWAPS, {"89014103211118510720"}},
    {"imei", FLIPS, {"49-015420-323751-8", "490154203237518", "352099001761481"}},
    {"ipv4", 0, {"192.168.1.1", "8.8.8.8:53", "10.0.0.0/8"}},
    {"ipv6",
     0,
     {"2001:db8::1", "fe80::1ff:fe23:4567:890a", "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
      "::ffff:192.0.2.1", "2001:db8::/32", "2001:db8:1:2:3:4:5::", "::2:3:4:5:6:7:8",
      "1:2:3:4:5:6:192.0.2.1"}},
    {"isin",
     FLIPS,
     {"US0378331005", "GB0002634946", "DE0005557508", "XS0104440986", "AU0000XVGZA3"}},
    {"iso7064_mod11_10", FLIPS | SWAPS, {"07945"}},
    {"iso7064_mod11_2", FLIPS | SWAPS, {"0794-0", "0000-0002-1825-0097", "0000-0002-1694-233X"}},
    {"iso7064_mod37_2", FLIPS | SWAPS, {"G123489654321Y"}},
    {"iso7064_mod37_36", FLIPS | SWAPS, {"A12425GABC1234002M"}},
    {"lei",
     FLIPS | SWAPS,
     {"5493001KJTIIGC8Y1R12", "213800WSGIIZCXF1P572", "7H6GLXDRUGQFU57RNE97"}},
    {"litecoin", FLIPS | SWAPS, {"LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9"}},
    {"luhn", FLIPS | SWAPS, {"79927398713"}},
    {"ma_ice", FLIPS | SWAPS, {"001561191000066"}},
    {"mac_address",
     0,
     {"00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e", "02:00:5e:10:00:00:00:01"}},
    {"mod97", FLIPS | SWAPS, {"079444"}},
    {"monero",
     FLIPS | SWAPS,
     {"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBE"
      "P3A",
      "888tNkZrPN6JsEgekjMnABU4TBzc2Dt29EPAvkRxbANsAnjyPbb3iQ1YBRk1UXcdRsiKc9dhwMVgN5S9cQUiyoogDavu"
      "p3H"}},
    {"mx_clabe", FLIPS, {"032180000118359719", "002010077777777771"}},
    {"mx_curp", SWAPS, {"HEGG560427MVZRRL04", "BOXW310820HNERXN09"}},
    {"mx_nss", FLIPS | SWAPS, {"92897840168", "03123456786"}},
    {"mx_rfc", FLIPS | SWAPS, {"GODE561231GR8"}},
    {"mx_voter", 0, {"GMVLMR80070501H100", "RDRGMC95120314M200"}},
    {"na_id", SWAPS, {"56102400135"}},
    {"ni_cedula", FLIPS | SWAPS, {"0011212540001E", "2811507860003B"}},
    {"not_all_same", 0, {"112"}},
    {"nz_bank_account", 0, {"01-0902-0068389-00", "08-6523-1954512-001", "26-2600-0320871-032"}},
    {"nz_ird", 0, {"49-091-850", "35-901-981", "49-098-576", "136-410-132"}},
    {"nz_nhi",
     FLIPS | SWAPS,
     {"ZZZ0016", "ZAC5361", "ZBN77VL", "ZZZ00AC", "ZDR69YX", "ZSC21TN", "ZVB97XQ"}},
    {"passport_mrz",
     FLIPS | SWAPS,
     {"L898902C36UTO7408122F1204159ZE184226B<<<<<10", "D231458907UTO7408122F1204159<<<<<<<6"}},
    {"pe_dni", FLIPS | SWAPS, {"10117410-2", "10117410-G"}},
    {"pe_ruc", FLIPS | SWAPS, {"20512333797", "20100070970"}},
    {"phone_e164",
     0,
     {"+49 30 901820", "0044 20 7946 0958", "+1 (202) 555-0143", "+353 1 496 0000"}},
    {"phone_nanp", 0, {"(202) 555-0143", "1-202-555-0143"}},
    {"py_ruc", 0, {"80028061-0", "80000519-8"}},
    {"ripple", FLIPS | SWAPS, {"rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "rrrrrrrrrrrrrrrrrrrrBZbvji"}},
    {"sedol", FLIPS, {"0263494", "B0YBKJ7", "B1F3M59", "4065663"}},
    {"stellar", FLIPS | SWAPS, {"GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"}},
    {"sv_dui", SWAPS, {"00016297-5"}},
    {"sv_nit", FLIPS | SWAPS, {"0614-050707-104-8"}},
    {"swift", 0, {"DEUTDEFF", "DEUTDEFF500", "NEDSZAJJXXX"}},
    {"tron",
     FLIPS | SWAPS,
     {"TLa2f6VPqDgRE67v1736s7bJ8Ray5wYjU7", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"}},
    {"tz_nida", 0, {"19900101-12345-00001-23"}},
    {"us_atin", 0, {"912-93-3457"}},
    {"us_dea", SWAPS, {"AP5836727", "F91234563", "BB1388568"}},
    {"us_ein", 0, {"12-3456789"}},
    {"us_itin", 0, {"912-90-3457"}},
    {"us_mbi", 0, {"1EG4-TE5-MK73", "1EG4TE5MK72"}},
    {"us_npi", FLIPS | SWAPS, {"1234567893", "1245319599"}},
    {"us_ssn", 0, {"536-90-4399"}},
    {"uy_ci", SWAPS, {"1.234.567-2"}},
    {"uy_rut", FLIPS | SWAPS, {"21-100342-001-7"}},
    {"ve_rif", FLIPS | SWAPS, {"V-11470283-4"}},
    {"verhoeff", FLIPS | SWAPS, {"2363", "84736430954837284567892"}},
    {"vin", FLIPS | SWAPS, {"1M8GDM9AXKP042788", "5GZCZ43D13S812715"}},
    {"vin_structure", 0, {"WVWZZZ1JZXW000001"}},
    {"za_id", FLIPS, {"8001015009087", "7503305044089"}},
    {"za_tax", FLIPS, {"0001339050", "0001339050"}},
    {"zcash", FLIPS, {"t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"}},
    {"zw_national_id", 0, {"12-345678-P-90"}},
};

static const struct row WRONG[] = {
    {"aba_routing", 0, {"990000021"}},
    {"ar_cuit", 0, {"21-05536168-2"}},
    {"bitcoin",
     0,
     {"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdp", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
      "bc1QAR0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"}},
    {"br_cpf", 0, {"111.111.111-11", "390.533.447-06"}},
    {"ca_health_quebec", 0, {"TREM 8913 1512", "TREM 8902 3012"}},
    {"ca_sin", 0, {"046 454 286", "800 000 002"}},
    {"credit_card", 0, {"9999999999999995", "4222222222222", "411111111111111"}},
    {"date", 0, {"2023-02-29", "32.01.2020", "13/13/2013"}},
    {"eg_national_id", 0, {"29513023201952", "29501025001952"}},
    {"email",
     0,
     {"logo@2x.png", "logo@2x.PNG", "a@b.c.jpeg", "x@1.js", "a@png", "@a.example", "a.b"}},
    {"ethereum", 0, {"0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}},
    {"gt_cui", 0, {"2222555522301", "2222555520118"}},
    {"iban", 0, {"GB29NWBK60161331926818", "DE8937040044053201300", "XX00"}},
    {"imei", 0, {"103015420323751"}},
    {"ipv4", 0, {"256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "0.1.2.3"}},
    {"ipv6",
     0,
     {"1:2:3", "12:30:45", "::1", "Face::Add", "1::2::3", "2001:db8::12345", "1:2:3:4:5:6:7::8",
      "1:2:3:4:5:6:7:8:9"}},
    {"lei", 0, {"12345678901234567890"}},
    {"mx_curp", 0, {"HEGG560431MVZRRL04", "HEGG560427MXXRRL04"}},
    {"mx_voter", 0, {"GMVLMR80130501H100", "GMVLMR80070599H100"}},
    {"nz_bank_account", 0, {"99-0902-0068389-00", "01-1000-0068389-00"}},
    {"nz_nhi", 0, {"ZZZ0044", "ZZZ00AA", "JBX3650", "ZHW58CZ", "ZZZ99ZS", "AAA00AB", "DAB8233"}},
    {"passport_mrz", 0, {"L898902C36UTO7408122F1204159ZE184226B<<<<<11"}},
    {"sv_nit", 0, {"0614-320707-104-8"}},
    {"swift", 0, {"DEUTZZFF", "DEUTDEF"}},
    {"us_ein", 0, {"07-1234567", "00-1234567", "123-456789012"}},
    {"us_itin", 0, {"912-49-3457", "912-67-3457", "912-89-3457", "912-93-3457"}},
    {"us_mbi", 0, {"0EG4-TE5-MK73", "1SG4-TE5-MK73"}},
    {"us_ssn",
     0,
     {"000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "078-05-1120"}},
    {"za_id", 0, {"8001015009007", "8013015009087"}},
    {"zw_national_id", 0, {"12-345678-B-90"}},
};
#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct validator *named(const char *name)
{
    const struct validator *validator = validator_find(span_str(name));
    if (!validator)
        fail_msg("no validator %.*s", SPAN_ARG(span_str(name)));
    return validator;
}

static void expect(const struct validator *validator, struct span value, bool holds)
{
    if (validator->check(value) != holds)
        fail_msg("%s: %.*s %s", validator->name, SPAN_ARG(value), holds ? "fails" : "passes");
}

static void test_right_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(RIGHT); i++) {
        for (const char *const *value = RIGHT[i].values; *value; value++)
            expect(named(RIGHT[i].name), span_str(*value), true);
    }
}

static void test_wrong_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(WRONG); i++) {
        for (const char *const *value = WRONG[i].values; *value; value++)
            expect(named(WRONG[i].name), span_str(*value), false);
    }
}

static void change_digits(const struct validator *validator, const char *value)
{
    char text[VALUE_MAX];
    size_t length = strlen(value);
    assert_true(length < sizeof text);
    memcpy(text, value, length + 1);
    for (size_t i = 0; i < length; i++) {
        if (!ascii_is_digit(value[i]))
            continue;
        for (char digit = '0'; digit <= '9'; digit++) {
            text[i] = digit;
            if (digit != value[i])
                expect(validator, span_of(text, length), false);
        }
        text[i] = value[i];
    }
}

static void swap_digits(const struct validator *validator, const char *value)
{
    char text[VALUE_MAX];
    size_t length = strlen(value);
    memcpy(text, value, length + 1);
    for (size_t i = 0; i + 1 < length; i++) {
        size_t next = i + 1 + (ascii_is_alnum(value[i + 1]) ? 0 : 1); /* one separator between */
        if (next >= length || !ascii_is_digit(value[i]) || !ascii_is_digit(value[next]) ||
            value[i] == value[next])
            continue;
        text[i] = value[next];
        text[next] = value[i];
        expect(validator, span_of(text, length), false);
        text[i] = value[i];
        text[next] = value[next];
    }
}

static void test_changed_digits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(RIGHT); i++) {
        for (const char *const *value = RIGHT[i].values; *value; value++) {
            if (RIGHT[i].notices & FLIPS)
                change_digits(named(RIGHT[i].name), *value);
            if (RIGHT[i].notices & SWAPS)
                swap_digits(named(RIGHT[i].name), *value);
        }
    }
}

/* What no validator may take, whatever it checks. */
static void test_junk(void **state)
{
    (void)state;
    static char ones[5000];
    memset(ones, '1', sizeof ones);
    const struct span junk[] = {
        SPAN(""),
        SPAN(" "),
        SPAN("-"),
        SPAN("./-"),
        SPAN("\0\0\0"),
        SPAN("\xff\xfe"),
        SPAN("\xe2\x80"),
        SPAN("\xf0\x9f\x92\xb3"),
        SPAN("::::"),
        SPAN("0x"),
        SPAN("%^"),
        span_of(NULL, 0),
        span_of(ones, sizeof ones),
    };
    for (const char *const *name = validator_names(); *name; name++) {
        if (strncmp(*name, "secret_", 7) == 0)
            continue; /* of words of any kind */
        for (size_t i = 0; i < COUNT(junk); i++)
            expect(named(*name), junk[i], false);
    }
}

/* Cut short or longer than a kind can be, with a byte that is none of its own. */
static void test_odd_lengths(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(RIGHT); i++) {
        const struct validator *validator = named(RIGHT[i].name);
        char text[2 * VALUE_MAX];
        size_t length = strlen(RIGHT[i].values[0]);
        expect(validator, span_of(RIGHT[i].values[0], 1), false);
        memcpy(text, RIGHT[i].values[0], length);
        memset(text + length, '8', sizeof text - length);
        expect(validator, span_of(text, sizeof text), false);
        text[length] = '\x01';
        expect(validator, span_of(text, length + 1), false);
    }
}

/* Each prefix of a right value is read without harm; the sanitizers look on. */
static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(RIGHT); i++) {
        for (const char *const *value = RIGHT[i].values; *value; value++) {
            for (size_t length = 0; length < strlen(*value); length++) {
                char *copy = strndup(*value, length);
                (void)named(RIGHT[i].name)->check(span_of(copy, length));
                free(copy);
            }
        }
    }
}

static void test_names(void **state)
{
    (void)state;
    const char *const *names = validator_names();
    size_t count = 0;
    for (; names[count]; count++) {
        assert_string_equal(named(names[count])->name, names[count]);
        if (count > 0 && strcmp(names[count - 1], names[count]) >= 0)
            fail_msg("%s comes twice or in the wrong place", names[count]);
    }
    assert_true(count > 80);
    assert_null(validator_find(SPAN("luh")));
    assert_null(validator_find(SPAN("")));
}

static void test_separators(void **state)
{
    (void)state;
    expect(named("luhn"),
           SPAN("7992\302\2407398\xe2\x80\x91"
                "713"),
           true); /* no-break ones */
    expect(named("luhn"), SPAN("7992_7398713"), false);
    expect(named("luhn"),
           SPAN("\xef\xbc\x97"
                "9927398713"),
           false); /* folded before us */
}

static void test_track_data(void **state)
{
    (void)state;
    const struct validator *track = named("card_track");
    expect(track, SPAN("%B4111111111111111^DOE/JANE^28121010000000000000?"), true);
    expect(track, SPAN(";4111111111111111=28121010000000000?"), true);
    expect(track, SPAN(";4111111111111111=28131010000000000?"), false);
    expect(track, SPAN(";4111111111111112=28121010000000000?"), false);
    expect(track, SPAN("%B4111111111111111^DOE/JANE"), false);
    expect(track, SPAN(";4111111111111111="), false);
}

static void test_keccak(void **state)
{
    (void)state;
    static const unsigned char EMPTY[] = {0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c};
    static const unsigned char ABC[] = {0x4e, 0x03, 0x65, 0x7a, 0xea, 0x45, 0xa9, 0x4f};
    unsigned char hash[KECCAK_SIZE];
    keccak_256(SPAN(""), hash);
    assert_memory_equal(hash, EMPTY, sizeof EMPTY);
    keccak_256(SPAN("abc"), hash);
    assert_memory_equal(hash, ABC, sizeof ABC);
}

static void test_dates(void **state)
{
    (void)state;
    assert_true(date_exists(2000, 2, 29));
    assert_false(date_exists(1900, 2, 29));
    assert_true(date_exists_short(0, 2, 29)); /* 2000 */
    assert_false(date_exists(2024, 4, 31));
    assert_false(date_exists(2024, 0, 1));
    assert_false(date_exists(2024, 13, 1));
    assert_false(date_exists(1799, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_values),   cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_changed_digits), cmocka_unit_test(test_junk),
        cmocka_unit_test(test_odd_lengths),    cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_names),          cmocka_unit_test(test_separators),
        cmocka_unit_test(test_track_data),     cmocka_unit_test(test_keccak),
        cmocka_unit_test(test_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
