/* SPDX-License-Identifier: Apache-2.0 */
/* look_texts: texts to measure looking with, made by a generator with a fixed seed. */
#ifndef CULVERT_TESTS_BENCH_LOOK_TEXTS_H
#define CULVERT_TESTS_BENCH_LOOK_TEXTS_H

#include "engine/base/buf.h"

/* Business mail in English with some German: sentences, greetings, dates, amounts, order numbers,
 * phone numbers, addresses, links, pieces of logs; about one number in 80 bytes. */
void text_of_mail(struct buf *out, size_t size);

/* Lines of 76 characters of base64; of digits in groups; words of Russian. */
void text_of_base64(struct buf *out, size_t size);
void text_of_digits(struct buf *out, size_t size);
void text_of_russian(struct buf *out, size_t size);

#endif
