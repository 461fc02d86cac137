/* SPDX-License-Identifier: Apache-2.0 */
/* charset_names: the list of what we read. Where mail says one thing and means a superset of it
 * (gb2312, ks_c_5601-1987, shift_jis), the superset reads. */
#include "engine/message/charset.h"

#include "engine/base/ascii.h"

#include <stdlib.h>

#define UNICODE(key, kind, order, big)                                                             \
    {                                                                                              \
        key, NULL, NULL, kind, order, big                                                          \
    }
#define SINGLE(key, name)                                                                          \
    {                                                                                              \
        key, name, name, CHARSET_SINGLE, false, false                                              \
    }
#define MULTI(key, from, to)                                                                       \
    {                                                                                              \
        key, from, to, CHARSET_MULTI, false, false                                                 \
    }
#define STATEFUL(key, name)                                                                        \
    {                                                                                              \
        key, name, name, CHARSET_STATEFUL, false, false                                            \
    }

/* Sorted by key. */
static const struct charset charsets[] = {
    UNICODE("ansix341968", CHARSET_ASCII, false, false),
    UNICODE("ascii", CHARSET_ASCII, false, false),
    MULTI("big5", "BIG5", "BIG5"),
    MULTI("big5hkscs", "BIG5-HKSCS", "BIG5-HKSCS"),
    MULTI("cnbig5", "BIG5", "BIG5"),
    MULTI("cngb", "GB18030", "GB2312"),
    SINGLE("cp1250", "CP1250"),
    SINGLE("cp1251", "CP1251"),
    SINGLE("cp1252", "CP1252"),
    SINGLE("cp1253", "CP1253"),
    SINGLE("cp1254", "CP1254"),
    SINGLE("cp1255", "CP1255"),
    SINGLE("cp1256", "CP1256"),
    SINGLE("cp1257", "CP1257"),
    SINGLE("cp1258", "CP1258"),
    SINGLE("cp437", "CP437"),
    UNICODE("cp65001", CHARSET_UTF8, false, false),
    SINGLE("cp850", "CP850"),
    SINGLE("cp852", "CP852"),
    SINGLE("cp855", "CP855"),
    SINGLE("cp857", "CP857"),
    SINGLE("cp858", "CP858"),
    SINGLE("cp860", "CP860"),
    SINGLE("cp861", "CP861"),
    SINGLE("cp862", "CP862"),
    SINGLE("cp863", "CP863"),
    SINGLE("cp864", "CP864"),
    SINGLE("cp865", "CP865"),
    SINGLE("cp866", "CP866"),
    SINGLE("cp869", "CP869"),
    SINGLE("cp874", "CP874"),
    MULTI("cp932", "CP932", "CP932"),
    MULTI("cp936", "GBK", "GBK"),
    MULTI("cp949", "CP949", "CP949"),
    MULTI("cp950", "BIG5", "BIG5"),
    MULTI("cseuckr", "CP949", "EUC-KR"),
    STATEFUL("csiso2022jp", "ISO-2022-JP"),
    MULTI("csshiftjis", "CP932", "CP932"),
    SINGLE("dos866", "CP866"),
    MULTI("eucjp", "EUC-JP", "EUC-JP"),
    MULTI("eucjpms", "EUC-JP-MS", "EUC-JP-MS"),
    MULTI("euckr", "CP949", "EUC-KR"),
    MULTI("euctw", "EUC-TW", "EUC-TW"),
    MULTI("gb18030", "GB18030", "GB18030"),
    MULTI("gb2312", "GB18030", "GB2312"),
    MULTI("gb231280", "GB18030", "GB2312"),
    MULTI("gbk", "GB18030", "GBK"),
    SINGLE("ibm437", "CP437"),
    SINGLE("ibm850", "CP850"),
    SINGLE("ibm852", "CP852"),
    SINGLE("ibm855", "CP855"),
    SINGLE("ibm866", "CP866"),
    UNICODE("iso10646ucs2", CHARSET_UTF16, false, true),
    STATEFUL("iso2022jp", "ISO-2022-JP"),
    STATEFUL("iso2022jp1", "ISO-2022-JP-2"),
    STATEFUL("iso2022jp2", "ISO-2022-JP-2"),
    STATEFUL("iso2022jpms", "ISO-2022-JP-2"),
    STATEFUL("iso2022kr", "ISO-2022-KR"),
    UNICODE("iso646us", CHARSET_ASCII, false, false),
    UNICODE("iso88591", CHARSET_LATIN1, false, false),
    SINGLE("iso885910", "ISO-8859-10"),
    SINGLE("iso885911", "ISO-8859-11"),
    SINGLE("iso885913", "ISO-8859-13"),
    SINGLE("iso885914", "ISO-8859-14"),
    SINGLE("iso885915", "ISO-8859-15"),
    SINGLE("iso885916", "ISO-8859-16"),
    SINGLE("iso88592", "ISO-8859-2"),
    SINGLE("iso88593", "ISO-8859-3"),
    SINGLE("iso88594", "ISO-8859-4"),
    SINGLE("iso88595", "ISO-8859-5"),
    SINGLE("iso88596", "ISO-8859-6"),
    SINGLE("iso88596e", "ISO-8859-6"),
    SINGLE("iso88596i", "ISO-8859-6"),
    SINGLE("iso88597", "ISO-8859-7"),
    SINGLE("iso88598", "ISO-8859-8"),
    SINGLE("iso88598e", "ISO-8859-8"),
    SINGLE("iso88598i", "ISO-8859-8"),
    SINGLE("iso88599", "ISO-8859-9"),
    MULTI("johab", "JOHAB", "JOHAB"),
    SINGLE("koi8r", "KOI8-R"),
    SINGLE("koi8t", "KOI8-T"),
    SINGLE("koi8u", "KOI8-U"),
    MULTI("ksc5601", "CP949", "EUC-KR"),
    MULTI("ksc56011987", "CP949", "EUC-KR"),
    UNICODE("l1", CHARSET_LATIN1, false, false),
    UNICODE("latin1", CHARSET_LATIN1, false, false),
    SINGLE("latin2", "ISO-8859-2"),
    SINGLE("latin5", "ISO-8859-9"),
    SINGLE("latin9", "ISO-8859-15"),
    SINGLE("macintosh", "MACINTOSH"),
    MULTI("ms932", "CP932", "CP932"),
    MULTI("mskanji", "CP932", "CP932"),
    MULTI("shiftjis", "CP932", "CP932"),
    MULTI("sjis", "CP932", "CP932"),
    SINGLE("tis620", "TIS-620"),
    MULTI("uhc", "CP949", "CP949"),
    STATEFUL("unicode11utf7", "UTF-7"),
    UNICODE("unicode11utf8", CHARSET_UTF8, false, false),
    UNICODE("unknown8bit", CHARSET_LATIN1, false, false),
    UNICODE("usascii", CHARSET_ASCII, false, false),
    UNICODE("utf16", CHARSET_UTF16, false, true),
    UNICODE("utf16be", CHARSET_UTF16, true, true),
    UNICODE("utf16le", CHARSET_UTF16, true, false),
    UNICODE("utf32", CHARSET_UTF32, false, true),
    UNICODE("utf32be", CHARSET_UTF32, true, true),
    UNICODE("utf32le", CHARSET_UTF32, true, false),
    STATEFUL("utf7", "UTF-7"),
    UNICODE("utf8", CHARSET_UTF8, false, false),
    UNICODE("utf8mb4", CHARSET_UTF8, false, false),
    SINGLE("viscii", "VISCII"),
    SINGLE("windows1250", "CP1250"),
    SINGLE("windows1251", "CP1251"),
    SINGLE("windows1252", "CP1252"),
    SINGLE("windows1253", "CP1253"),
    SINGLE("windows1254", "CP1254"),
    SINGLE("windows1255", "CP1255"),
    SINGLE("windows1256", "CP1256"),
    SINGLE("windows1257", "CP1257"),
    SINGLE("windows1258", "CP1258"),
    MULTI("windows31j", "CP932", "CP932"),
    SINGLE("windows874", "CP874"),
    MULTI("windows936", "GBK", "GBK"),
    MULTI("windows949", "CP949", "CP949"),
    SINGLE("xcp1250", "CP1250"),
    SINGLE("xcp1251", "CP1251"),
    SINGLE("xcp1252", "CP1252"),
    MULTI("xeucjp", "EUC-JP", "EUC-JP"),
    MULTI("xgbk", "GB18030", "GBK"),
    SINGLE("xmaccyrillic", "MAC-CYRILLIC"),
    SINGLE("xmacroman", "MACINTOSH"),
    MULTI("xsjis", "CP932", "CP932"),
    STATEFUL("xunicode20utf7", "UTF-7"),
    UNICODE("xunknown", CHARSET_ASCII, false, false),
};

#define KEY_MOST 40u

const struct charset *charset_find(struct span name)
{
    char key[KEY_MOST + 1];
    size_t len = 0;
    name = span_trim(name);
    for (size_t i = 0; i < name.len; i++) {
        char c = ascii_lower(name.ptr[i]);
        if (!ascii_is_alnum(c))
            continue;
        if (len == KEY_MOST)
            return NULL;
        key[len++] = c;
    }
    key[len] = '\0';
    for (size_t i = 0; len > 0 && i < ARRAY_LEN(charsets); i++) {
        if (strcmp(charsets[i].key, key) == 0)
            return &charsets[i];
    }
    return NULL;
}
