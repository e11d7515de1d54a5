/*
 * cli/options.h - every option of every command, once.
 *
 * An option means the same wherever it appears. Which command takes which is said in the command
 * table; getopt_long does the parsing. A repeated option keeps all its values in order.
 */
#ifndef TALLY_CLI_OPTIONS_H
#define TALLY_CLI_OPTIONS_H

#include <stdbool.h>

#define OPTION_WORDS_SIZE 40u
#define OPTION_VALUES_MAX 64u

/* X(NAME, long name, name of the value or NULL for a switch, meaning) */
#define OPTION_LIST(X)                                                                         \
    X(AS, "as", "DIR", "act for the party of this directory (else $TALLY_AS)")                 \
    X(GENESIS, "genesis", "FILE", "the genesis file (else as in the party's directory)")       \
    X(NODE, "node", "N", "ask validator N of the genesis (default: the party's own)")          \
    X(TIMEOUT, "timeout", "SECONDS", "give up after so long (default 30)")                     \
    X(MAX_AGE, "max-age", "SECONDS", "oldest proved state accepted (default 60; 0: any)")      \
    X(JSON, "json", NULL, "answer as JSON")                                                    \
    X(CSV, "csv", NULL, "answer as CSV")                                                       \
    X(QUIET, "quiet", NULL, "no progress, no remarks")                                         \
    X(HELP, "help", NULL, "explain the command")                                               \
    X(PASSPHRASE_FILE, "passphrase-file", "FILE", "read the pass phrase from this file")       \
    X(ASK, "ask", "N", "put the question to N nodes and compare their answers")                \
    X(KDF_COST, "kdf-cost", "COST", "interactive (fast, for tests) or normal")                 \
    X(KIND, "kind", "KIND", "what it is for; see the command's help")                          \
    X(OUT, "out", "FILE", "write to this file")                                                \
    X(VALIDATORS, "validators", "N", "how many validators (default 4)")                        \
    X(HOST, "host", "HOST", "a validator's host; once per validator (default 127.0.0.1)")      \
    X(PORT, "port", "N", "first port (default 7100)")                                          \
    X(NAME, "name", "TEXT", "a name of at most 35 characters")                                 \
    X(PARTY_SPEC, "party", "BIC[:NAME[:ROLES]]", "a party (network init: may be repeated)")    \
    X(SECOND_PERSON, "second-person", NULL, "a second person for the operator, with own keys") \
    X(SET, "set", "NAME=VALUE", "a number of the genesis; may be repeated")                    \
    X(TOLERANCE, "tolerance", "CCY:BAND:SMALL:LARGE", "matching tolerance in smallest units")  \
    X(TALLYD, "tallyd", "FILE", "the node program (default: beside this one)")                 \
    X(ONLY, "only", "N", "only validator N")                                                   \
    X(KILL, "kill", NULL, "stop at once (SIGKILL) instead of in order")                        \
    X(DRY_RUN, "dry-run", NULL, "check everything, send nothing")                              \
    X(NO_WAIT, "no-wait", NULL, "hand in and return; ask for the outcome later")               \
    X(RESUME, "resume", NULL, "send again what an interrupted submission left")                \
    X(CHUNK, "chunk", "N", "commands per envelope (default 100 to 1000)")                      \
    X(VALID_FOR, "valid-for", "SECONDS", "validity of the envelopes (default 3600)")           \
    X(REFERENCE, "reference", "TEXT", "own reference of the command or instruction")           \
    X(DATE, "date", "YYYY-MM-DD", "date of the command or statement (default: today)")         \
    X(BIC, "bic", "BIC", "the party concerned")                                                \
    X(ROLES, "roles", "LIST",                                                                  \
      "operator,registrar,settlement-bank,participant,auditor,trading-venue")                  \
    X(RIGHTS, "rights", "LIST", "submit,approve,administer,read-all")                          \
    X(STATUS, "status", "STATUS", "a status; see the command's help")                          \
    X(QUOTA, "quota", "N", "open instructions at most (0: the ledger's default)")              \
    X(SIGNING, "signing", "KEY", "signing key, 64 hexadecimal digits or a key file")           \
    X(CHANNEL, "channel", "KEY", "channel key, 64 hexadecimal digits or a key file")           \
    X(LIMIT, "limit", "AMOUNT", "amount limit in smallest units, or none")                     \
    X(COUNTERPARTY, "counterparty", "BIC", "the other party")                                  \
    X(NEW_REFERENCE, "new-reference", "TEXT", "reference of the instruction that is made")     \
    X(DAY_LIMIT, "day-limit", "AMOUNT", "a day's sum at most, in smallest units, or none")     \
    X(KINDS, "kinds", "LIST", "command kinds, with commas: release,key-add")                   \
    X(ASSET_KINDS, "asset-kinds", "LIST", "unit,nominal,currency (default: all)")              \
    X(OWN_ACCOUNT, "own-account", "ID", "may be repeated (default: all own accounts)")         \
    X(PERSON, "person", "NAME", "who holds the key; two persons make four eyes")               \
    X(ASSET, "asset", "CODE", "an ISIN or currency")                                           \
    X(DECIMALS, "decimals", "N", "decimals of the asset's smallest unit (default 0)")          \
    X(UNIT, "unit", "QUANTITY", "minimum settlement unit (default: the smallest unit)")        \
    X(MULTIPLE, "multiple", "QUANTITY", "settlement multiple (default: the smallest unit)")    \
    X(ISSUER, "issuer", "BIC", "the party that issues the asset")                              \
    X(ACCOUNT, "account", "ID", "an account")                                                  \
    X(DEFAULT, "default", NULL, "the party's default account of its kind")                     \
    X(MOVEMENT, "movement", "DELI|RECE", "deliver or receive")                                 \
    X(PAYMENT, "payment", "APMT|FREE", "against payment or free (default APMT)")               \
    X(QUANTITY, "quantity", "QUANTITY", "as a decimal number")                                 \
    X(TRADE_DATE, "trade-date", "YYYY-MM-DD", "trade date (default: today, UTC)")              \
    X(SETTLEMENT_DATE, "settlement-date", "YYYY-MM-DD", "intended settlement date")            \
    X(DELIVERER, "deliverer", "BIC", "the delivering party")                                   \
    X(RECEIVER, "receiver", "BIC", "the receiving party")                                      \
    X(CURRENCY, "currency", "CODE", "settlement currency")                                     \
    X(AMOUNT, "amount", "AMOUNT", "settlement amount as a decimal number")                     \
    X(CASH_ACCOUNT, "cash-account", "ID", "own cash account (default: the party's)")           \
    X(COMMON_REFERENCE, "common-reference", "TEXT", "reference shared with the counterparty")  \
    X(PRIORITY, "priority", "1-4", "1 reserved, 2 top, 3 high, 4 normal")                      \
    X(PARTIAL, "partial", "CODE", "NPAR, PART, PARC or PARQ")                                  \
    X(LINK, "link", "BEFO|AFTE|WITH|INFO", "how it is linked to --linked")                     \
    X(LINKED, "linked", "REFERENCE", "an own instruction that it is linked to")                \
    X(LINKED_BIC, "linked-bic", "BIC", "the party of the linked one (default: the same)")      \
    X(POOL, "pool", "REFERENCE", "the pool in which it settles together with others")          \
    X(POOL_NUMBER, "pool-number", "N", "its number in the pool, from 1")                       \
    X(POOL_TOTAL, "pool-total", "N", "how many instructions the pool has")                     \
    X(RESTRICTION, "restriction", "REFERENCE", "an own restriction to deliver out of")         \
    X(RESTRICTED_ONLY, "restricted-only", NULL, "out of restrictions alone")                   \
    X(RULE, "rule", "CONDITIONS", "what an instruction must be; may be repeated")              \
    X(EXCEPT, "except", NULL, "the rules are exceptions")                                      \
    X(HOLD, "hold", NULL, "on party hold from the start")                                      \
    X(DELIVERER_REFERENCE, "deliverer-reference", "TEXT", "the deliverer's instruction")       \
    X(RECEIVER_REFERENCE, "receiver-reference", "TEXT", "the receiver's instruction")          \
    X(RECEIVER_ACCOUNT, "receiver-account", "ID", "the receiver's (default: the party's)")     \
    X(RECEIVER_CASH_ACCOUNT, "receiver-cash-account", "ID", "the receiver's, likewise")        \
    X(RECEIVER_PRIORITY, "receiver-priority", "1-4", "the receiver's (default: --priority)")   \
    X(RECEIVER_PARTIAL, "receiver-partial", "CODE", "the receiver's (default: --partial)")     \
    X(RECEIVER_HOLD, "receiver-hold", NULL, "the receiver's side on party hold")               \
    X(CONTENT, "content", "HASH", "content to approve, as the submitter was told")             \
    X(REASON, "reason", "CODE", "only with this reason")                                       \
    X(FROM, "from", "YYYY-MM-DD", "settlement date from")                                      \
    X(TO, "to", "YYYY-MM-DD", "settlement date to")                                            \
    X(UNTIL, "until", "TIME", "2026-11-24T16:30, or 16:30 of --date; UTC")                     \
    X(ROWS, "rows", "N", "at most so many rows (default 1000)")

enum option_id {
#define X(name, text, value, meaning) OPTION_##name,
    OPTION_LIST(X)
#undef X
    OPTION_COUNT
};

struct option_values {
    const char *items[OPTION_VALUES_MAX];
    unsigned count;
};

struct options {
    struct option_values values[OPTION_COUNT];
    const char *const *arguments; /* what is not an option, in order; borrowed */
    unsigned argument_count;
};

/* The long name, the value's name (NULL: a switch) and the meaning of an option. */
const char *option_name(enum option_id option);
/* The same as it is typed, "--name". */
void option_words(enum option_id option, char out[OPTION_WORDS_SIZE]);
const char *option_value_name(enum option_id option);
const char *option_meaning(enum option_id option);

/* Parses the words after the command's name. Reports what is wrong itself and returns false. Keeps
 * the words borrowed and may reorder them. */
bool options_parse(struct options *options, int word_count, char **words);

/* Tells whether the option stands among the words. */
bool option_given(const struct options *options, enum option_id option);
/* The last value given, or `otherwise`. */
const char *option_value(const struct options *options, enum option_id option,
                         const char *otherwise);

/* A whole number within bounds; reports and returns false when the value is none. */
bool option_number(const struct options *options, enum option_id option, unsigned long low,
                   unsigned long high, unsigned long otherwise, unsigned long *out);

#endif
