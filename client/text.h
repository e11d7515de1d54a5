/*
 * client/text.h - identifiers as texts: how long, and of which characters.
 *
 * Rule. An identifier is an array with a terminating zero; the sizes below include it. Its
 * characters are ISO 20022's restricted set (the SWIFT x set), so that what one end accepts every
 * other system of the market can carry.
 */
#ifndef TALLY_CLIENT_TEXT_H
#define TALLY_CLIENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* ISO 9362, 6166 or 4217, Max35Text. */
#define CLIENT_BIC_SIZE    12u
#define CLIENT_ASSET_SIZE  13u
#define CLIENT_TEXT35_SIZE 36u
#define CLIENT_CODE_SIZE   5u
#define CLIENT_DATE_SIZE   11u /* YYYY-MM-DD */

/* True when a text may stand in an identifier: printable ASCII of ISO 20022's text set, no leading
 * or trailing space, shorter than `size` (which counts the terminating zero). */
bool client_text_valid(const char *text, size_t size);

#endif
