/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/sample.h"

static const char text[] =
    "Hi Marta, thanks for the quick reply. I've put the revised offer (no. 2024/118-B) into the "
    "shared folder; page 3 has the new totals: 1,240.50 EUR net, 19 % VAT, due by 15 March 2025. "
    "Could we move our call to 14:30? Room 2.07 is free until 4pm, dial-in is +44 20 7946 0018, "
    "PIN 482 913.\r\n\r\n"
    "Your order 7719-004532 has left the warehouse. Parcel 00340434161094042557, DHL; track it at "
    "https://track.example.com/en/parcel?id=JD014600003828417655&zip=10115. It should arrive "
    "between 08:00 and 12:00 on 03.12.2024. Item A-4410/2, qty 12, serial SN8F2K11Q7.\r\n"
    "From: Jonas Weber <jonas.weber@example.org>\r\nSent: Tuesday, 5 November 2024 09:41\r\n"
    "To: service@example.com; Anna K. <a.kowalska@example.net>\r\nSubject: RE: Invoice INV-20388 "
    "overdue?\r\nMessage-ID: <CAF8b=x2Vq+7TnR0pL5d@mail.example.org>\r\n\r\n"
    "Guten Tag Frau Sommer, die Rechnung vom 28.10. liegt bei. Bitte \xc3\xbc"
    "berweisen Sie den Betrag innerhalb von 30 Tagen. Mit freundlichen Gr\xc3\xbc\xc3\x9f"
    "en, Abteilung Einkauf, Tel. 089 / 5550 123-40, Fax -99\r\n"
    "> On 2024-10-02 17:05:33 the build failed again:\r\n"
    "> 2024-10-02T15:05:31.482Z ERROR [pool-3-thread-7] c.e.s.Client: timeout after 30000 ms "
    "(10.20.4.117:8443), request 5f1c9a3e-7b42-4e0d-9c11-2ad0b8e6f573\r\n"
    "> commit 9fceb02d0ae598e95dc970b74767f19372d61af8, v2.14.1, see ticket OPS-1542\r\n"
    "GET /api/v1/users/8841?page=2&sort=-created_at HTTP/1.1 200 5123 \"Mozilla/5.0\"\r\n"
    "| Region | Q1 | Q2 | +/- |\r\n| North | 48,210 | 51,877 | 7.6 % |\r\n| South | 9,004 | 8,950 "
    "| -0.6 % |\r\n"
    "Flight LH 1832, booking ref. X7QK2P, seat 21C, gate opens 06:55. The door code is 4417, the "
    "wifi password will be on the whiteboard. Don't forget the kick-off on Monday!\r\n"
    "Bonjour, veuillez trouver ci-joint le compte rendu de la r\xc3\xa9union du 12/09/2024; "
    "r\xc3\xa9"
    "f. dossier 24-0871-C. L'\xc3\xa9quipe reste \xc3\xa0 votre disposition au 01 53 00 12 34.\r\n"
    "We're hiring: senior engineers, 40h/week, apply before the 1st of next month via "
    "jobs.example.com/apply/9K2. Best wishes, Tom\r\n--\r\nTom Baker | Head of Sales, EMEA | M: "
    "(555) 014-2298 | www.example.com\r\n"
    "This e-mail and any attachment are confidential and intended only for the person named above.";

struct span sample_text(void)
{
    return span_of(text, sizeof text - 1);
}
