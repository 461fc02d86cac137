/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validators of secrets: what counts as random, what is a placeholder, and the structures. The
 * values are published examples or made up; they are written in pieces, so that scanners of code
 * hosts let them be.
 */
#include "rulesets/detection/validators/validators.h"
#include "tests/support/validator_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct row {
    const char *name;
    const char *value;
    bool holds;
};

static const struct row ROWS[] = {
    {"secret_entropy", "d41d8cd98f00b204e9800998ecf8427e", true},
    {"secret_entropy", "aaaabbbbccccdddd", false},
    {"secret_entropy", "00000000000000000000000000000000", false},
    {"secret_entropy", "your-key-goes-right-in-here", false},
    {"secret_entropy", "${KEY_OF_THE_PIPELINE}", false},
    {"secret_entropy", "q8f7123456789z0kLm", false},
    {"secret_entropy", "", false},
    {"secret_mixed",
     "wJalrXUtnFEMI/K7MDENG/"
     "bPxRfiCYzEXbMPLqKEY",
     true},
    {"secret_mixed",
     "wJalrXUtnFEMI/K7MDENG/"
     "bPxRfiCYEXAMPLEKEY",
     false},
    {"secret_mixed", "d41d8cd98f00b204e9800998ecf8427e", false},
    {"secret_token",
     "AKIA"
     "Q7RZ2LKM4WTHX5NB",
     true},
    {"secret_token",
     "AKIA"
     "IOSFODNN7EXAMPLE",
     false},
    {"secret_token", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", false},
    {"secret_password", "Sommer2024!", true},
    {"secret_password", "correct-horse-1", true},
    {"secret_password", "xKqPwTzRbNmL", true},
    {"secret_password",
     "Gr\xc3\xbc"
     "nKohl7",
     true},
    {"secret_password", "sunshine", false},
    {"secret_password", "Required.", false},
    {"secret_password", "Please", false},
    {"secret_password", "one-time,", false},
    {"secret_password", "2026-11-22", false},
    {"secret_password", "userPassword", false},
    {"secret_password", "strdup(value1);", false},
    {"secret_password", "Ab1!", false},
    {"secret_password", "${DB_PASSWORD}", false},
    {"secret_password", "$DB_PASSWORD1", false},
    {"secret_password", "%DBPASS1%", false},
    {"secret_password", "<password1>", false},
    {"secret_password", "get_password1()", false},
    {"secret_password", "https://id.example/reset1", false},
    {"secret_password", "********", false},
    {"secret_password", "ChangeMe1", false},
    {"secret_password", "passw0rd", false},
    {"secret_url_password", "s3t", true},
    {"secret_url_password", "swordfish", true},
    {"secret_url_password", "password", false},
    {"secret_url_password", "aaaa", false},
    {"secret_base32", "JBSWY3DPEHPK3PXP", true},
    {"secret_base32", "jbsw y3dp ehpk 3pxp", true},
    {"secret_base32", "JBSWY3DPEHPK3PX1", false},
    {"secret_base32", "AAAAAAAAAAAAAAAA", false},
    {"secret_mnemonic",
     "legal winner thank year wave sausage worth useful legal winner thank yellow", true},
    {"secret_mnemonic", "legal winner thank year wave sausage worth useful", false},
    {"secret_mnemonic", "legal winner thank year wave sausage worth useful legal winner thank to",
     false},
    {"token_crc62",
     "ghp_"
     "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17",
     true},
    {"token_crc62",
     "ghp_"
     "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18",
     false},
    {"token_crc62",
     "ghp_"
     "zQWBuTSOoRi4A9spHcVX5ncnsDkxkJ0mLq17",
     false},
    {"token_crc62", "ghp_", false},
    {"jwt",
     "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
     "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
     true},
    {"jwt", "eyJub25lIjoieWVzIGl0IGlzIn0.eyJzdWIiOiIxIn0.abcdefghij", false},
    {"jwt", "eyJ!.eyJ.abc", false},
    {"basic_credentials", "YWRtaW46czNjcjN0", true}, /* admin:s3cr3t */
    {"basic_credentials", "YWRtaW4=", false},
    {"basic_credentials", "AAECAzoEBQYH", false},
    {"discord_token",
     "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ."
     "ZnCjm1XVW7vRze4b7Cq4se7kKWs",
     true},
    {"discord_token", "MTk4NjIyNDgzNDcxOTI1Mjl4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", false},
    {"pem_key",
     "-----BEGIN RSA PRIVATE"
     " KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7Mz1Vt2XqLk9d\n",
     true},
    {"pem_key",
     "-----BEGIN RSA PRIVATE"
     " KEY-----\\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7Mz1Vt2XqLk9d",
     true},
    {"pem_key",
     "-----BEGIN RSA PRIVATE"
     " KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,5B1F\n\n"
     "j0EpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7Mz1Vt2XqLk9d\n-----END",
     true},
    {"pem_key",
     "-----BEGIN PRIVATE"
     " KEY-----\nyour key goes here, all of it and on as many lines as it has\n",
     false},
    {"pem_key", "-----BEGIN PRIVATE KEY-----", false},
    {"bitcoin_key",
     "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4"
     "dZ1jvhTVqvbTLvyTJ",
     true},
    {"bitcoin_key", "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK", false},
    {"bitcoin_key",
     "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmP"
     "GJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
     true},
    {"stellar_seed",
     "SAV76USXIJOBMEQXPANUOQM6F5LIOTLPDIDV"
     "RJBFFE2MDJXG24TAPUU7",
     true},
    {"stellar_seed", "SAV76USXIJOBMEQXPANUOQM6F5LIOTLPDIDVRJBFFE2MDJXG24TAPUU5", false},
    {"age_key",
     "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZG"
     "FPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
     true},
    {"age_key", "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEY",
     false},
};
#define ROW_COUNT (sizeof ROWS / sizeof *ROWS)

static void each_value_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (validator_says(ROWS[i].name, span_str(ROWS[i].value)) != ROWS[i].holds)
            fail_msg("%s: %s", ROWS[i].name, ROWS[i].value);
    }
}

/* Every start of every value: nothing reads beyond it; none of them is a whole checksummed key. */
static void pieces_do_no_harm(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        for (size_t len = 0; len < strlen(ROWS[i].value); len++) {
            bool held = validator_says(ROWS[i].name, span_of(ROWS[i].value, len));
            if (validator_find(span_str(ROWS[i].name))->strength == STRENGTH_STRONG)
                assert_false(held);
        }
    }
}

/* The entropy of n different characters is log2(n): 8 have 3 bits, 7 have less. */
static void three_bits_are_eight_characters(void **state)
{
    (void)state;
    assert_true(validator_says("secret_entropy", SPAN("q7w4k9zm")));
    assert_false(validator_says("secret_entropy", SPAN("q7w4k9z")));
    assert_true(validator_says("secret_entropy", SPAN("q7w4k9zmq7w4k9zmq7w4k9zm")));
    assert_false(validator_says("secret_entropy", SPAN("q7w4k9zmq7w4k9zmq7w4k9zq")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_is_judged),
        cmocka_unit_test(pieces_do_no_harm),
        cmocka_unit_test(three_bits_are_eight_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
