/*
 * client/wire.h - texts inside requests, replies and rows.
 *
 * Rule. A text is one length byte and that many bytes; in memory it is an array with a terminating
 * zero. Identifiers use ISO 20022's restricted text set (the SWIFT x set); free text is any
 * printable ASCII, so that a terminal can show it as it is and no escape sequence gets through.
 */
#ifndef TALLY_CLIENT_WIRE_H
#define TALLY_CLIENT_WIRE_H

#include <stddef.h>

#include "base/bytes.h"

/* Writes an identifier, which may be empty; fails the writer when it is not one of fewer than
 * `size` characters. */
void wire_write_text(struct bytes_writer *writer, const char *text, size_t size);

/* Reads an identifier into out[size], terminated; fails the reader when too long or not valid. */
void wire_read_text(struct bytes_reader *reader, char *out, size_t size);

/* The same for free text. */
void wire_write_prose(struct bytes_writer *writer, const char *text, size_t size);
void wire_read_prose(struct bytes_reader *reader, char *out, size_t size);

#endif
