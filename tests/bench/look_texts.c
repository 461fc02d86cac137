/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/look_texts.h"

#include "engine/base/attrs.h"

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* '#' is a digit, '@' a letter, '%' a word. */
static const char *const sentences[] = {
    "Thank you for your message, we will come back to you as soon as our colleagues have looked "
    "at it.",
    "Please find attached the minutes of the meeting on Tuesday and the list of open points.",
    "The delivery of order ######## is planned for the ##.##.2026, between 9 and 12 o'clock.",
    "Could you send me the updated figures for the third quarter before the end of the week?",
    "We have shipped your parcel today, the tracking number is 1Z@@###@########, please allow "
    "two days.",
    "I am out of the office until Monday; in urgent cases call +49 30 #### ####, they will help "
    "you.",
    "As discussed on the phone, the price is EUR 1,##0.00 for each unit plus shipping and %.",
    "Our team needs about three weeks for the % and another one for testing it with customers.",
    "See https://intranet.example.com/projects/%/pages/####?view=latest for the details of the "
    "plan.",
    "The server reported at 2026-##-## ##:##:##.### [worker-#] INFO request finished in ### ms, "
    "status 200.",
    "Best regards, and have a nice weekend with your family and friends.",
    "If you have any questions, write to support.%@example.com or answer this mail.",
    "The invoice ####-####-## of last month has been paid, so there is nothing left to do for %.",
    "Let us talk about the % tomorrow at ##:30 in room ###, I have booked it for two hours.",
    "Sehr geehrte Damen und Herren, anbei erhalten Sie die gew\xc3\xbcnschten Unterlagen zur "
    "Ansicht.",
    "Wir w\xc3\xbcrden uns freuen, wenn Sie den Termin am ##. November best\xc3\xa4tigen "
    "k\xc3\xb6nnten.",
    "It would be great to get some feedback on the proposal; the draft is in the shared folder %.",
    "Nobody was able to reproduce this in the test environment, so we need the logs of the "
    "machine.",
    "The contract number is @@-####-####, signed by both parties in the presence of the notary.",
    "Message-ID: <##########.########@mail.example.com> was the one that I was looking for.",
    "Version 4.##.# fixes the problem with the printer, please install it when you are ready.",
    "Sales went up by #.# percent compared with the year before, mostly because of new %.",
    "Did the client say anything about the budget, or do they want another meeting first?",
    "On Thu, ## Nov 2026 at ##:##, the account manager wrote the following lines about it:",
};

static const char *const words[] = {
    "marketing", "planning",  "hardware", "migration", "training",  "network",  "documents",
    "travel",    "interview", "summary",  "release",   "warehouse", "quality",  "supplier",
    "customer",  "analysis",  "delivery", "workshop",  "strategy",  "handover", "roadmap",
    "forecast",  "logistics", "catering", "insurance", "software",  "research", "maintenance"};

static void add_filled(struct buf *out, const char *form, uint32_t *seed)
{
    for (; *form; form++) {
        if (*form == '#')
            buf_add_byte(out, (char)('0' + next_random(seed) % 10));
        else if (*form == '@' && form[1] != 'e' && form[1] != 'm')
            buf_add_byte(out, (char)('A' + next_random(seed) % 26));
        else if (*form == '%')
            buf_add_str(out, words[next_random(seed) % ARRAY_LEN(words)]);
        else
            buf_add_byte(out, *form);
    }
}

void text_of_mail(struct buf *out, size_t size)
{
    uint32_t seed = 7;
    for (size_t n = 0; out->len < size; n++) {
        add_filled(out, sentences[next_random(&seed) % ARRAY_LEN(sentences)], &seed);
        buf_add_str(out, n % 5 == 4 ? "\r\n\r\n" : n % 3 == 2 ? "\r\n" : " ");
    }
    out->len = size;
}

void text_of_base64(struct buf *out, size_t size)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t seed = 7;
    for (size_t n = 1; out->len < size; n++) {
        buf_add_byte(out, letters[next_random(&seed) % 64]);
        if (n % 76 == 0)
            buf_add_str(out, "\r\n");
    }
    out->len = size;
}

void text_of_digits(struct buf *out, size_t size)
{
    uint32_t seed = 7;
    while (out->len < size) {
        for (uint32_t n = 1 + next_random(&seed) % 12; n > 0; n--)
            buf_add_byte(out, (char)('0' + next_random(&seed) % 10));
        buf_add_byte(out, "  \n-.,"[next_random(&seed) % 6]);
    }
    out->len = size;
}

void text_of_russian(struct buf *out, size_t size)
{
    static const char *const russian[] = {
        "\xd0\xb4\xd0\xbe\xd0\xb3\xd0\xbe\xd0\xb2\xd0\xbe\xd1\x80",
        "\xd0\xbd\xd0\xb0",
        "\xd0\xb2\xd1\x81\xd1\x82\xd1\x80\xd0\xb5\xd1\x87\xd1\x83",
        "\xd0\xbf\xd0\xb8\xd1\x81\xd1\x8c\xd0\xbc\xd0\xbe",
        "\xd0\xb8",
        "\xd1\x81\xd0\xbf\xd0\xb0\xd1\x81\xd0\xb8\xd0\xb1\xd0\xbe"};
    uint32_t seed = 7;
    while (out->len < size) {
        buf_add_str(out, russian[next_random(&seed) % ARRAY_LEN(russian)]);
        buf_add_byte(out, next_random(&seed) % 12 ? ' ' : '\n');
    }
}
