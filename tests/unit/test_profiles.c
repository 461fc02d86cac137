/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The predefined profiles: every file of config/profiles is read over the predefined entities. For
 * what a profile is made for the rules hold that are named here, with their severity; for ordinary
 * mail none does. No secret is forgotten, nor an identity of people in the EU.
 */
#include "rulesets/detection/detection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rulesets/detection/entity.h"
#include "rulesets/detection/look.h"
#include "rulesets/detection/predefined.h"

static const char *const names[] = {"PCI", "PII-US", "PII-EU", "GDPR", "PHI", "secrets", "finance"};

struct world {
    struct arena *arena;
    struct reader reader;
    struct detection *detection;
    const struct dlp_profile *profiles[ARRAY_LEN(names)];
    struct lookout *lookout;
};

static int load(void **state)
{
    static struct world world;
    struct node root;
    pattern_library_init();
    world.arena = arena_new();
    reader_init(&world.reader, world.arena);
    assert_true(reader_load_text(&world.reader, "c.json", SPAN("{}"), &root));
    world.detection = detection_compile(&world.reader, &root, world.arena);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct error err = ERROR_INIT;
        world.profiles[i] = detection_find(world.detection, span_str(names[i]), &err);
        if (!world.profiles[i])
            fail_msg("%s: %s", names[i], err.text);
    }
    struct buf complaints = BUF_INIT;
    reader_report(&world.reader, &complaints);
    if (complaints.len > 0)
        print_error("%.*s\n", SPAN_ARG(buf_span(&complaints)));
    assert_int_equal(complaints.len, 0);
    buf_fini(&complaints);
    const struct vocabulary *vocabulary = detection_vocabulary(world.detection);
    world.lookout = lookout_new(vocabulary->items, vocabulary->count, world.arena);
    *state = &world;
    return 0;
}

static int unload(void **state)
{
    struct world *world = *state;
    detection_close(world->detection);
    reader_fini(&world->reader);
    arena_free(&world->arena);
    return 0;
}

/* The rules of a profile that hold for the text: "name severity; ...". */
static void judge(struct world *world, size_t index, struct span text, struct buf *out)
{
    struct arena *arena = arena_new();
    struct look_limits limits = {.deadline_ns = 0};
    struct sightings found;
    struct dlp_verdict verdict;
    const struct dlp_profile *profile = world->profiles[index];
    look(world->lookout, text, &limits, arena, &found);
    assert_true(found.complete);
    struct seen *seen = ARENA_ARRAY(arena, found.count, struct seen);
    for (size_t i = 0; i < found.count; i++)
        seen[i] = (struct seen){
            .sighting = &found.items[i], .text = text, .place = i, .in_content = true};
    dlp_profile_judge(profile, seen, found.count, SEVERITY_LOW, arena, &verdict);
    for (size_t i = 0; i < profile->rule_count; i++) {
        if (verdict.results[i].severity != SEVERITY_NONE)
            buf_printf(out, "%s%s %s", out->len > 0 ? "; " : "", profile->rules[i]->name,
                       severity_name(verdict.results[i].severity));
    }
    arena_free(&arena);
}

static size_t profile_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    fail_msg("there is no profile %s", name);
    return 0;
}

static void test_what_they_are_for(void **state)
{
    static const struct {
        const char *profile, *text, *wanted;
    } cases[] = {
        {"PCI", "Please charge 4453 0124 3765 8627.", "PCI card numbers low"},
        {"PCI", "Visa 4453012437658627, exp 09/29",
         "PCI card numbers low; PCI card with expiry date medium"},
        {"PCI", "Visa 4453012437658627 exp. 09/29 CVV 321",
         "PCI card numbers low; PCI card with security code high; PCI card with expiry date "
         "medium"},
        {"PCI", "swiped ;5512473672926838=28111010000000?", "PCI track data critical"},
        {"PCI", "CVV: 321", ""},
        {"PII-US", "SSN: 322-84-6249", "PII-US identity numbers low"},
        {"PII-US", "Driver's license: Q4827254", "PII-US identity numbers low"},
        {"PII-US", "SSNs: 322-84-6249, 397-68-2791, 536-90-4391, 219-09-9991, 457-55-5462",
         "PII-US identity numbers medium"},
        {"PII-US", "Direct deposit to 19571750, routing number 049571590.",
         "PII-US bank accounts low"},
        {"PII-US", "Jane Roe, DOB 02/28/1992, cell (871) 286-7729", "PII-US person low"},
        {"PII-EU", "NINO: AB 12 34 56 C", "PII-EU identity numbers low"},
        {"PII-EU", "Steuerliche Identifikationsnummer 86 095 742 719", "PII-EU tax numbers low"},
        {"PII-EU", "DNI 12345678Z", "PII-EU identity numbers low"},
        {"PII-EU", "DE55 5405 7034 7399 9855 64, FR84897905213214YD3M8VR3W37",
         "PII-EU bank accounts low"},
        {"PII-EU", "geboren am 12.03.1969, Tel.: +49 30 9018447", "PII-EU person low"},
        {"PII-EU", "geboren am 12.03.1969, Gewerkschaftsmitglied seit 2001",
         "PII-EU special categories high"},
        {"PII-EU", "NHS number 943 476 5919", "PII-EU health numbers medium"},
        {"GDPR", "NHS number 943 476 5919", "PII-EU health numbers medium"},
        {"PHI", "Patient DOB 02/28/1992, diagnosis: diabetes", "PHI patient data medium"},
        {"PHI", "MRN: 55952570", "PHI medical record numbers low"},
        {"PHI", "DEA number BM7825675, prescribed twice a day", "PHI prescriptions low"},
        {"PHI", "NHS number 943 476 5919", "PHI health numbers of other countries low"},
        {"secrets", "PGPASSWORD, then postgres://app:Tr0ub4dor-3x@db.example:5432/app",
         "secrets passwords and others medium"},
        {"finance", "IBAN: DE55 5405 7034 7399 9855 64", ""},
        {"finance", "IBAN: DE55 5405 7034 7399 9855 64, FR84897905213214YD3M8VR3W37",
         "finance bank accounts low"},
        {"finance",
         "Pay to DE55 5405 7034 7399 9855 64, BIC RFBSDER1XXX, or GB41 NWBK 8477 7301 0408 05, BIC "
         "NHNCGB32",
         "finance bank accounts low; finance payment instructions medium"},
        {"finance", "Card number: 4996409481284843", "finance cards low"},
        {"finance", "IBAN of our bank, ISIN US9924872693, DE000WP9SZ15, XS0861636818", ""},
    };
    size_t bad = 0;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf got = BUF_INIT;
        judge(*state, profile_of(cases[i].profile), span_str(cases[i].text), &got);
        if (!span_is(buf_span(&got), cases[i].wanted)) {
            print_error("%s: \"%s\"\n  wants %s\n  gets  %.*s\n", cases[i].profile, cases[i].text,
                        cases[i].wanted, SPAN_ARG(buf_span(&got)));
            bad++;
        }
        buf_fini(&got);
    }
    assert_int_equal(bad, 0);
}

/* Mail of every day: orders, parcels, calls, logs, signatures. */
static void test_ordinary_mail(void **state)
{
    static const char *const texts[] = {
        "Hi Tom,\r\n\r\nyour order 536904399 left our warehouse on 2026-03-02 with UPS "
        "1Z999AA10123456784. Part 4-536-90-4399 is out of stock until 12 May 2026.\r\n\r\n"
        "Regards\r\nJane Miller\r\nTel. +1 (415) 555-0132 | Fax 415-555-0133\r\n",
        "Dear Sir or Madam,\r\n\r\nplease find invoice 20260311-77 over 4,512.00 EUR attached; "
        "due 30.04.2026.\r\n\r\nBeispiel GmbH, Hauptstr. 1, 10115 Berlin, HRB 123456 B, USt-IdNr. "
        "DE136695976\r\nIBAN DE89 3704 0044 0532 0130 00, BIC COBADEFFXXX\r\n",
        "Meeting at 10:30, room 4.12, dial in +49 30 1234567, PIN 482913#. Agenda: 1. budget 2026 "
        "2. hiring 3. patient portal, release 2.14.3.1\r\n",
        "On Tue, 3 Mar 2026 at 09:14, Bob Ray <bob.ray@one.example> wrote:\r\n> Message-ID: "
        "<20260303.4111111111111111.17@mail.one.example>\r\n> see https://shop.example/item/"
        "4453012437658627?ref=322-84-6249\r\nThanks, will do.\r\n",
        "2026-03-02T08:12:44.123Z ERROR [worker-7] request 7f3b9c1e-52a1-4c0f-9b1d-3a7e5d9c0b12 "
        "failed after 30000 ms, commit 3f786850e387550fdab836ed7e6dc881de23001b, user=jane "
        "session=expired password=******** retry in 60 s\r\n",
        "Your password has been changed. If it was not you, reset your password here: "
        "https://account.example/reset. Never tell anybody your PIN or token.\r\n",
        "The flight LH 454 on 7 June leaves at 13:05, booking code X7KQ2M, ticket 220-2345678901, "
        "seats 14A and 14B. Do not forget your passport and driver's license.\r\n",
        "Happy birthday, Anna! Born to be wild. Cake at 3 in the kitchen, call me at "
        "415-555-0199 if you are late.\r\n",
        "The project has a bank holiday on 01.05.2026; account manager is Ms. Keller, ext. 4711; "
        "cost centre 88120034, PO 4500123456, quote Q-2026-00187.\r\n",
        "Our health plan meeting: insurance costs rise by 4.5 % to 1,284,300 USD, prescription "
        "benefits stay. Slides: HR-2026-0042.\r\n",
    };
    size_t bad = 0;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct buf got = BUF_INIT;
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            judge(*state, k, span_str(texts[i]), &got);
        if (got.len > 0)
            print_error("\"%s\"\n  gets  %.*s\n", texts[i], SPAN_ARG(buf_span(&got)));
        bad += got.len > 0;
        buf_fini(&got);
    }
    assert_int_equal(bad, 0);
}

/* Whether a rule of the profile names it. */
static bool names_entity(const struct dlp_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->rule_count; i++) {
        size_t count;
        const struct subject *const *subjects =
            expression_subjects(profile->rules[i]->expression, &count);
        for (size_t k = 0; k < count; k++) {
            if (strcmp(subjects[k]->name, name) == 0)
                return true;
        }
    }
    return false;
}

static bool is_eu(struct span name)
{
    static const char codes[] = "at be bg ch cy cz de dk ee es eu fi fr gr hr hu ie is it li lt lu "
                                "lv mt nl no pl pt ro se si sk uk ";
    struct span code = span_sub(name, 0, 2);
    for (size_t i = 0; name.len > 3 && name.ptr[2] == '_' && codes[i]; i += 3) {
        if (span_equal(code, span_of(codes + i, 2)))
            return true;
    }
    return false;
}

static void test_nothing_is_forgotten(void **state)
{
    struct world *world = *state;
    struct entities all = {NULL, 0, 0};
    size_t count, secrets = 0, people = 0, bad = 0;
    const char *const *files = predefined_files("entities", world->arena, &count);
    for (size_t i = 0; i < count; i++)
        assert_true(entities_read_file(&world->reader, files[i], &all));
    for (size_t i = 0; i < all.count; i++) {
        const struct entity *entity = &all.items[i];
        bool person = entity->category == CATEGORY_NATIONAL ||
                      entity->category == CATEGORY_PASSPORT || entity->category == CATEGORY_DRIVER;
        const char *profile = entity->category == CATEGORY_SECRET       ? "secrets"
                              : person && is_eu(span_str(entity->name)) ? "PII-EU"
                                                                        : NULL;
        if (!profile)
            continue;
        secrets += entity->category == CATEGORY_SECRET;
        people += person;
        if (!names_entity(world->profiles[profile_of(profile)], entity->name)) {
            print_error("%s is in no rule of %s\n", entity->name, profile);
            bad++;
        }
    }
    assert_true(secrets >= 200 && people >= 80);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_they_are_for),
        cmocka_unit_test(test_ordinary_mail),
        cmocka_unit_test(test_nothing_is_forgotten),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
