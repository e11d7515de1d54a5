/*
 * cli/argument.h - the identifiers that a question names, taken from its arguments and options.
 *
 * A question about something that cannot exist - a BIC of seven letters, an ISIN whose check digit
 * is wrong, the 31st of June - would be answered truthfully with nothing, and the slip would pass
 * for an answer. So what cannot be one is refused before a node is asked. `what` names the argument
 * or option; each function reports and returns false, or writes the canonical form.
 */
#ifndef TALLY_CLI_ARGUMENT_H
#define TALLY_CLI_ARGUMENT_H

#include "cli/cli.h"
#include "client/text.h"

/* The ISO 9362 code, with 11 characters. */
bool argument_bic(const char *what, const char *text, char out[CLIENT_BIC_SIZE]);
/* An ISIN with its check digit, or a currency. */
bool argument_asset(const char *what, const char *text, char out[CLIENT_ASSET_SIZE]);
/* A reference or an account. */
bool argument_text(const char *what, const char *text, char out[CLIENT_TEXT35_SIZE]);
/* A day of the calendar. */
bool argument_date(const char *what, const char *text, char out[CLIENT_DATE_SIZE]);
/* One of the words, which are separated by '|'. */
bool argument_word(const char *what, const char *text, const char *words,
                   char out[CLIENT_CODE_SIZE]);
/* The code of a reason that the ledger has. */
bool argument_reason(const char *what, const char *text, char out[CLIENT_CODE_SIZE]);

/* --bic, or the party that is acted for. */
bool argument_party(struct cli *cli, char out[CLIENT_BIC_SIZE]);

#endif
