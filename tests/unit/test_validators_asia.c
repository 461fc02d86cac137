/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validators of Asia and the Middle East: values that are right (made up, or published ones of
 * companies and the authorities' examples), and ones of which a digit, the date or the region is
 * not.
 */
#include "rulesets/detection/validators/validators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define VALUES_MAX 6u

struct row {
    const char *name;
    const char *right[VALUES_MAX];
    const char *wrong[VALUES_MAX];
};

static const struct row ROWS[] = {
    {"ae_emirates_id",
     {"784-2005-8663927-8", "784197135782387"},
     {"785198012345671", "784-9005-8663927-8", "784-2005-8663927"}},
    {"bh_cpr", {"731055992", "761103629"}, {"901312345", "7310559"}},
    {"cn_business_number",
     {"440301261861002", "440301374093411"},
     {"440301262861002", "4403012618610"}},
    {"cn_organization_code", {"39472102-9", "961066666"}, {"39472902-9", "39472102"}},
    {"cn_resident_id",
     {"310104199809084267", "510107 19730925 1361"},
     {"110105199002301234", "990105194912310021", "310104199809084967", "3101041998090842"}},
    {"cn_uscc",
     {"91440300708461136T", "91110000600037341L", "91440300726624488T"},
     {"91940300708461136T", "9144030070846113"}},
    {"hk_id", {"A123456(3)", "AB987654(3)", "G777206(7)"}, {"A723456(3)", "A123456("}},
    {"id_nik",
     {"3171011708450001", "3171012902001234", "5171012102800001"},
     {"3171013202850001", "9971011708450001", "31710117084500"}},
    {"id_npwp",
     {"01.312.166.0-091.000", "04.928.020.9-012.000", "051299071020000"},
     {"01.318.166.0-091.000", "01.312.166.0-091.0"}},
    {"il_company", {"516179157", "510682016", "51-118535-7"}, {"516379157", "5161791"}},
    {"il_id", {"319675641", "54796374-4", "835757683"}, {"319675681", "3196756"}},
    {"in_aadhaar",
     {"5974 7824 2306", "202317759482"},
     {"1234 1234 1238", "5974 7824 7306", "5974 7824 23"}},
    {"in_aadhaar_vid",
     {"2341234123412341", "9530 4554 0218 7847", "5178836266935963"},
     {"2222222222222222", "2341234223412341", "23412341234123"}},
    {"in_cin",
     {"L41264TN1998PTC180550", "L78981KA1998PLC464253"},
     {"L17110MH1973XYZ019786", "L17110QQ1973PLC019786", "L41264TN1098PTC180550",
      "L41264TN1998PTC1805"}},
    {"in_driving_licence",
     {"GJ27 20020453915", "UP0420100212935"},
     {"XX0120110012345", "GJ27 200204539"}},
    {"in_gstin",
     {"27AAPFU0939F1ZV", "26OJICS3035W9ZF", "04OOWHM5954U4ZM"},
     {"27AAPFU0000F1ZV", "40AAPFU0939F1ZV", "27AAPFU0931F1ZV", "27AAPFU0939F1"}},
    {"in_ifsc", {"SBIN0219730", "PUNB0675597"}, {"HDFC1000123", "SBIN02197"}},
    {"in_pan", {"UTRHU9457X", "SLQLE2126V"}, {"ABCPX0000F", "ABCZE1234F", "UTRHU945"}},
    {"in_vehicle", {"DL44ZV3594", "MH 43 GD 8268"}, {"ZZ01AB1234", "DL44ZV35"}},
    {"in_voter_id", {"WKH1186253", "WUY9862137", "DWM4838314"}, {"WKH1986253", "WKH11862"}},
    {"ir_company", {"10380284790", "14510561501", "10890930830"}, {"10380289790", "103802847"}},
    {"ir_national_code", {"4496272245", "490-077585-1"}, {"4496276245", "44962722"}},
    {"jp_corporate_number",
     {"T7000012050002", "7015776599998", "7-0089-3555-8683"},
     {"T7000019050002", "T70000120500"}},
    {"jp_driving_licence", {"541153422180", "4419 6433 9850"}, {"541151422180", "5411534221"}},
    {"jp_insurer", {"34270579", "34013912"}, {"06993463", "24270579", "342705"}},
    {"jp_my_number",
     {"6214 9832 0257", "7120 7872 8604", "402286341013"},
     {"6214 9833 0257", "6214 9832 02"}},
    {"kg_pin", {"12606198456795", "21207200515886"}, {"23102198512345", "126061984567"}},
    {"kr_business_number",
     {"124-81-00998", "120-81-47521", "506-46-57289"},
     {"124-86-00998", "124-81-009"}},
    {"kr_corporate_number",
     {"130111-0006246", "130111-6182438", "1601144285589"},
     {"130111-0006244", "130111-00062"}},
    {"kr_driving_licence",
     {"18-04-175968-37", "212683805997"},
     {"29-11-123456-01", "18-04-175968-"}},
    {"kr_foreigner", {"880524-6255603", "7310255989534"}, {"880524-8255603", "880524-62556"}},
    {"kr_rrn",
     {"971013-9019902", "930906-2563775", "9311131378689"},
     {"930230-1234567", "971018-9019902", "971013-90199"}},
    {"kw_civil_id",
     {"262120439245", "296101613258"},
     {"289023012345", "262120439645", "2621204392"}},
    {"kz_bin", {"971240001315", "020240000555", "191253726692"}, {"971290001315", "9712400013"}},
    {"kz_iin", {"751201486629", "650510385670"}, {"990231300012", "751201486625", "7512014866"}},
    {"lk_nic", {"200106738074", "196920557277"}, {"855000123V", "198540012345", "2001067380"}},
    {"my_company", {"199602566530", "200803190212"}, {"201907000123", "1996025665"}},
    {"my_nric",
     {"790911-09-8667", "991011111346"},
     {"850231-14-5123", "850221-70-5123", "790911-09-86"}},
    {"ph_philhealth", {"03-052694124-5", "020077326858"}, {"30-123456789-0", "03-052694124"}},
    {"pk_cnic", {"61306-5326462-3", "3430878358006"}, {"95201-1234567-1", "61306-5326462"}},
    {"qa_id", {"26858617672", "28263416343"}, {"28900112345", "268586176"}},
    {"sa_id", {"2632529224", "1647771466"}, {"3058529940", "2632529294", "26325292"}},
    {"sa_vat", {"370405672800003", "302821484800003"}, {"310000000000004", "3704056728000"}},
    {"sg_nric", {"S1312424H", "M0736205J"}, {"S1312124H", "S131242"}},
    {"sg_uen", {"00192200M", "197401143C", "T01FC6132D"}, {"T01ZZ6132D", "00194200M", "0019220"}},
    {"th_company",
     {"0107537000521", "0-1055-62279-95-8", "0105530576299"},
     {"0107537700521", "01075370005"}},
    {"th_id",
     {"1-2345-45678-78-1", "1-4702-81114-02-6", "1789109506677"},
     {"1-5345-45678-78-1", "1-2345-45678-78"}},
    {"tw_business_number", {"00501503", "04595257", "56625549"}, {"06501503", "005015"}},
    {"tw_id", {"A123456789", "A112329753", "G174108185"}, {"A323456789", "A120456789", "A1234567"}},
    {"tw_resident_certificate",
     {"AA86794568", "F804973522"},
     {"A100000014", "AA86796568", "AA867945"}},
    {"uz_pinfl", {"42711670808956", "40511982888084"}, {"33102855123456", "427116708089"}},
    {"vn_cccd", {"079177494937", "001182859871"}, {"003090000123", "001490000123", "0791774949"}},
    {"vn_tax", {"0100233488", "0314409058-002", "0172401526"}, {"0100231488", "01002334"}},
};
#define ROW_COUNT (sizeof ROWS / sizeof *ROWS)

/* In memory of its own length, so that a read beyond it is seen. */
static bool holds(const struct validator *validator, const char *text)
{
    size_t len = strlen(text);
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    bool held = validator->check(span_of(copy, len));
    free(copy);
    return held;
}

static const struct validator *find(const char *name)
{
    const struct validator *validator = validator_find(span_str(name));
    if (!validator)
        fail_msg("no validator %s", name);
    return validator;
}

static void right_values_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        for (size_t k = 0; k < VALUES_MAX && ROWS[i].right[k]; k++) {
            if (!holds(find(ROWS[i].name), ROWS[i].right[k]))
                fail_msg("%s: %s", ROWS[i].name, ROWS[i].right[k]);
        }
    }
}

static void wrong_values_do_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        for (size_t k = 0; k < VALUES_MAX && ROWS[i].wrong[k]; k++) {
            if (holds(find(ROWS[i].name), ROWS[i].wrong[k]))
                fail_msg("%s: %s", ROWS[i].name, ROWS[i].wrong[k]);
        }
    }
}

/* Every start of a right value, and every byte of it replaced by ones that are no digits. */
static void pieces_and_junk_do_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char text[64];
        size_t len = strlen(ROWS[i].right[0]);
        assert_true(len < sizeof text);
        for (size_t at = 0; at < len; at++) {
            memcpy(text, ROWS[i].right[0], len);
            text[at] = '\0';
            holds(find(ROWS[i].name), text);
            text[at] = '~';
            text[len] = '\0';
            assert_false(holds(find(ROWS[i].name), text));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_values_hold),
        cmocka_unit_test(wrong_values_do_not),
        cmocka_unit_test(pieces_and_junk_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
