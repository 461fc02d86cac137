/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field_params: Content-Type and Content-Disposition as fields that people write into. Their text
 * cannot be changed as that of other fields, since it says how the body is read; the values of
 * their parameters can (RFC 2045, RFC 2231), each through a view of its own. As views: one thread.
 */
#ifndef CULVERT_MESSAGE_MAP_FIELD_PARAMS_H
#define CULVERT_MESSAGE_MAP_FIELD_PARAMS_H

#include "engine/message/view.h"

struct spelling;

/* The view of one spelling of a parameter of `field`, which is the part's type_field or
 * disposition_field. Read-only where the value decides how the body is read. */
struct view *open_param(struct views *views, const struct part *part, const struct field *field,
                        const struct spelling *spelling);

/* The parameters of the field whose decoded value does not stand like that in the text of
 * open_field(). Returns how many were put in `out` (up to `max`). */
size_t open_hidden_params(struct views *views, const struct field *field, struct view **out,
                          size_t max);

/*
 * Where a range of a view's text is changed. For a text of open_field() that lies in the value of
 * a parameter: the view of that, with the range in its text; else the view itself.
 */
struct view *open_for_change(struct view *view, uint64_t *off, uint64_t len);

#endif
