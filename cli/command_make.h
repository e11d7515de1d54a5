/*
 * cli/command_make.h - the parts that most commands are made of: reference, date, names from
 * options.
 *
 * Each *_take function reads one option into its field and reports what is wrong with it.
 */
#ifndef TALLY_CLI_COMMAND_MAKE_H
#define TALLY_CLI_COMMAND_MAKE_H

#include "cli/cli.h"
#include "ledger/command/command.h"

/* Starts a command of a kind: --date or today, and --reference or one made of the kind's name and a
 * random number. A command whose repetition must be recognised is given its reference. */
bool command_begin(struct cli *cli, enum command_kind kind, struct command *out);

/* An option's value as a BIC. Each function here reports what is wrong itself and returns false. */
bool bic_take(struct cli *cli, enum option_id option, struct bic *out);
/* --bic, or the party one acts for. */
bool bic_or_own_take(struct cli *cli, struct bic *out);
bool text_take(struct cli *cli, enum option_id option, bool needed, struct text35 *out);
bool asset_take(struct cli *cli, enum option_id option, struct asset_code *out);
/* A decimal number of units of an asset, whose decimals are asked for. */
bool quantity_take(struct cli *cli, enum option_id option, const char *asset, int64_t *out);
/* 64 hexadecimal digits, or a key file of that kind, whose public key is readable. */
bool key_take(struct cli *cli, enum option_id option, enum keyfile_kind kind,
              struct public_key *out);
/* One of a list of words "open|blocked|closed"; *out is its place from 1. */
bool word_take(struct cli *cli, enum option_id option, const char *words, uint8_t *out);

/* --priority 1 to 4 and --partial, or `otherwise` when not given. */
bool priority_take(struct cli *cli, uint8_t otherwise, uint8_t *out);
bool partial_take(struct cli *cli, uint8_t otherwise, uint8_t *out);

/* Submits one command and shows its row. */
enum exit_code command_submit(struct cli *cli, const struct command *command);

#endif
