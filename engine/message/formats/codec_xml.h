/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec_xml: the source of an XML text below; above, the same with character references resolved,
 * the marks of CDATA sections left out, and comments that stand within a text moved to the end. In
 * a drawing (SVG) all tags within a text are moved there as well, with what they hold where that is
 * not drawn (title, desc, and what SVG does not know). All other markup stays where it is. A
 * document that declares entities, or uses such as stand elsewhere, is not read:
 * UNINSPECTED_CONTAINER. One thread.
 */
#ifndef CULVERT_MESSAGE_FORMATS_CODEC_XML_H
#define CULVERT_MESSAGE_FORMATS_CODEC_XML_H

#include "engine/message/codecs/charset.h"
#include "engine/message/view.h"

extern const struct codec codec_xml;

/* Whether it begins with "<?xml". */
bool xml_has_declaration(struct span text);

/* The encoding that the XML declaration names; ptr NULL where there is none. */
struct span xml_declared_encoding(struct span octets);

/* Behind the declaration, comments and blanks at the start of a document. */
struct span xml_behind_prolog(struct span text);

/* Whether the root element, behind prolog and document type, has that local name in any case. */
bool xml_root_is(struct span text, const char *name);

/* The name of the tag that `tag` begins with, without prefix. */
struct span xml_local_name(struct span tag);

#endif
