/*
 * cli/verb.h - the table of commands: one row says all there is to know about each.
 *
 * Parsing, help, the reference in docs/cli.md, and shell completion are all made from the table, so
 * that they cannot disagree. A new command is a row in verb_table.c and a function in the file of
 * its family.
 */
#ifndef TALLY_CLI_VERB_H
#define TALLY_CLI_VERB_H

#include <stdint.h>
#include <stdio.h>

#include "cli/cli.h"

/* Exit codes as bits, for the table. */
#define EXIT_BIT(code) (UINT32_C(1) << (code))

typedef enum exit_code verb_run(struct cli *cli);

struct verb {
    const char *name;      /* one or two words */
    const char *arguments; /* as shown: "REFERENCE", "FILE..."; "" for none */
    unsigned arguments_min;
    unsigned arguments_max;
    const char *summary;           /* one line */
    const char *details;           /* a paragraph, may be "" */
    const enum option_id *options; /* besides the general ones; ends with OPTION_COUNT */
    uint32_t exits;                /* besides 0, 1 and 2 */
    verb_run *run;
};

/* The row at an index; NULL beyond the last. */
const struct verb *verb_at(unsigned index);

/* Finds the row whose name the first words are, and says how many words that took. NULL: none. */
const struct verb *verb_find(int word_count, char *const *words, int *taken);

/* May this verb be given the option? The general ones always. */
bool verb_takes(const struct verb *verb, enum option_id option);
bool option_is_general(enum option_id option);

/* Runs a whole command line after the program's name. Returns the exit code of the process. */
enum exit_code verb_main(struct cli *cli, int word_count, char **words);

/* Printed from the table. */
void help_overview(FILE *out);
void help_verb(const struct verb *verb, FILE *out);
void help_reference(FILE *out);  /* the whole reference, in Markdown */
void help_completion(FILE *out); /* for bash */
void help_exit_codes(FILE *out);

/* The commands, by family. */
verb_run verb_keygen, verb_key_show;                              /* verb_key.c */
verb_run verb_network_init;                                       /* network_init.c */
verb_run verb_network_up, verb_network_down, verb_network_status; /* network_local.c */
verb_run verb_party_add, verb_party_change;                       /* verb_register.c */
verb_run verb_asset_add, verb_asset_change, verb_account_open;
verb_run verb_account_change, verb_credit_limit;
verb_run verb_issue, verb_redeem, verb_cash_in, verb_cash_out; /* verb_issue.c */
verb_run verb_submit;                                          /* verb_submit.c */
verb_run verb_cancel, verb_hold, verb_release, verb_amend;     /* verb_lifecycle.c */
verb_run verb_approve, verb_reject;
verb_run verb_status, verb_why, verb_match_explain, verb_position;        /* verb_point.c */
verb_run verb_instructions, verb_exceptions, verb_positions, verb_assets; /* verb_list.c */
verb_run verb_accounts, verb_parties, verb_events, verb_history, verb_drafts;
verb_run verb_movements;
verb_run verb_conservation;                                         /* verb_conservation.c */
verb_run verb_statement;                                            /* verb_statement.c */
verb_run verb_allege, verb_allege_accept;                           /* verb_allege.c */
verb_run verb_link, verb_unlink, verb_links;                        /* verb_link.c */
verb_run verb_forecast;                                             /* verb_forecast.c */
verb_run verb_attorney_grant, verb_attorney_revoke, verb_attorneys; /* verb_attorney.c */
verb_run verb_transform;
verb_run verb_submit_matched;                                       /* verb_matched.c */
verb_run verb_rules_show, verb_rules_add;                           /* verb_rules.c */
verb_run verb_key_add, verb_key_change, verb_key_revoke, verb_keys; /* verb_rights.c */
verb_run verb_policy, verb_policies;
verb_run verb_restrict, verb_restrict_increase, verb_restrict_decrease; /* verb_restrict.c */
verb_run verb_restrict_release, verb_restrictions;
verb_run verb_restriction_type, verb_restriction_end; /* verb_restriction_type.c */
verb_run verb_restriction_types;
verb_run verb_limit_set, verb_limits; /* verb_limit.c */
verb_run verb_day, verb_day_revise;   /* verb_day.c */
verb_run verb_receipt, verb_verify;   /* verb_receipt.c */
verb_run verb_help, verb_completion;  /* help.c */

#endif
