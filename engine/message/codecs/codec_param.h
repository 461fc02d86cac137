/* SPDX-License-Identifier: Apache-2.0 */
/* codec_param: the value of a MIME field below, one spelling of a parameter of it as text above.
 * `detail` is the spelling's first struct param, in the parameters of the part. */
#ifndef CULVERT_MESSAGE_CODECS_CODEC_PARAM_H
#define CULVERT_MESSAGE_CODECS_CODEC_PARAM_H

#include "engine/message/view.h"

extern const struct codec codec_param;

#endif
