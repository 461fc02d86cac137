/* SPDX-License-Identifier: Apache-2.0 */
/* scanner: which library looks for literals in this build. */
#ifndef CULVERT_SCANNER_SCANNER_H
#define CULVERT_SCANNER_SCANNER_H

/* "Hyperscan 5.4.0", "Vectorscan 5.4.11", or NULL: there is none in this build, or this processor
 * is none for it. Any thread; the text is the thread's until it asks again. */
const char *scanner_library(void);

#endif
