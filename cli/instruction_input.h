/*
 * cli/instruction_input.h - a settlement instruction as people write it: named texts.
 *
 * CSV rows, sese.023 messages and the options of `tally submit` are all turned into this form, and
 * this form into the ledger's command, so that a field has one name, one rule and one message
 * wherever it came from.
 *
 * The columns (docs/cli.md explains each with an example). Needed always: reference, movement,
 * isin, quantity, trade_date, settlement_date, deliverer, receiver. Needed against payment:
 * currency, amount. The rest may be empty or absent: payment is then APMT, a depository the
 * ledger's operator, an account the party's default one, credit_debit what follows from the
 * movement (deliver: CRDT, receive: DBIT).
 */
#ifndef TALLY_CLI_INSTRUCTION_INPUT_H
#define TALLY_CLI_INSTRUCTION_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/command/command.h"

/* X(NAME, column, option or OPTION_COUNT) in the order of a written file */
#define INPUT_FIELD_LIST(X)                                          \
    X(REFERENCE, "reference", OPTION_REFERENCE)                      \
    X(MOVEMENT, "movement", OPTION_MOVEMENT)                         \
    X(PAYMENT, "payment", OPTION_PAYMENT)                            \
    X(ISIN, "isin", OPTION_ASSET)                                    \
    X(QUANTITY, "quantity", OPTION_QUANTITY)                         \
    X(TRADE_DATE, "trade_date", OPTION_TRADE_DATE)                   \
    X(SETTLEMENT_DATE, "settlement_date", OPTION_SETTLEMENT_DATE)    \
    X(DELIVERER, "deliverer", OPTION_DELIVERER)                      \
    X(RECEIVER, "receiver", OPTION_RECEIVER)                         \
    X(CURRENCY, "currency", OPTION_CURRENCY)                         \
    X(AMOUNT, "amount", OPTION_AMOUNT)                               \
    X(ACCOUNT, "account", OPTION_ACCOUNT)                            \
    X(CASH_ACCOUNT, "cash_account", OPTION_CASH_ACCOUNT)             \
    X(COMMON_REFERENCE, "common_reference", OPTION_COMMON_REFERENCE) \
    X(HOLD, "hold", OPTION_HOLD)                                     \
    X(PRIORITY, "priority", OPTION_PRIORITY)                         \
    X(PARTIAL, "partial", OPTION_PARTIAL)                            \
    X(TRANSACTION_TYPE, "transaction_type", OPTION_COUNT)            \
    X(CREDIT_DEBIT, "credit_debit", OPTION_COUNT)                    \
    X(CONDITIONS, "conditions", OPTION_COUNT)                        \
    X(CUM_EX, "cum_ex", OPTION_COUNT)                                \
    X(DELIVERER_DEPOSITORY, "deliverer_depository", OPTION_COUNT)    \
    X(RECEIVER_DEPOSITORY, "receiver_depository", OPTION_COUNT)      \
    X(DELIVERER_CLIENT, "deliverer_client", OPTION_COUNT)            \
    X(RECEIVER_CLIENT, "receiver_client", OPTION_COUNT)              \
    X(DELIVERER_ACCOUNT, "deliverer_account", OPTION_COUNT)          \
    X(RECEIVER_ACCOUNT, "receiver_account", OPTION_COUNT)            \
    X(LINK_1, "link_1", OPTION_LINK)                                 \
    X(LINKED_1, "linked_reference_1", OPTION_LINKED)                 \
    X(LINK_2, "link_2", OPTION_COUNT)                                \
    X(LINKED_2, "linked_reference_2", OPTION_COUNT)                  \
    X(LINK_3, "link_3", OPTION_COUNT)                                \
    X(LINKED_3, "linked_reference_3", OPTION_COUNT)                  \
    X(LINK_4, "link_4", OPTION_COUNT)                                \
    X(LINKED_4, "linked_reference_4", OPTION_COUNT)                  \
    X(POOL, "pool", OPTION_POOL)                                     \
    X(POOL_NUMBER, "pool_number", OPTION_POOL_NUMBER)                \
    X(POOL_TOTAL, "pool_total", OPTION_POOL_TOTAL)                   \
    X(RESTRICTION_1, "restriction_1", OPTION_RESTRICTION)            \
    X(RESTRICTION_2, "restriction_2", OPTION_COUNT)                  \
    X(RESTRICTION_3, "restriction_3", OPTION_COUNT)                  \
    X(RESTRICTION_4, "restriction_4", OPTION_COUNT)                  \
    X(RESTRICTED_ONLY, "restricted_only", OPTION_RESTRICTED_ONLY)

enum input_field {
#define X(name, column, option) INPUT_##name,
    INPUT_FIELD_LIST(X)
#undef X
    INPUT_FIELD_COUNT
};

#define INPUT_TEXT_SIZE 40u

struct instruction_input {
    char fields[INPUT_FIELD_COUNT][INPUT_TEXT_SIZE];
};

/* The decimals of an asset, known or to be asked for. False when there is no such asset. */
typedef bool asset_decimals(void *context, const char *code, unsigned *decimals);

struct input_context {
    asset_decimals *decimals;
    void *decimals_context;
    char depository[BIC_SIZE + 1]; /* where none is given */
};

struct input_fault {
    enum input_field field;
    bool unknown; /* well formed, but the ledger has no such asset */
    const char *hint;
    char text[160];
};

/* The column's name of a field, as in the CSV heading. */
const char *input_field_name(enum input_field field);
/* The field of a column's name, or INPUT_FIELD_COUNT. */
enum input_field input_field_find(const char *name);

/* Makes the command. False with the fault set: a needed field missing, a text that is not what its
 * field holds. What only the ledger can judge is left to it. */
bool instruction_input_command(const struct instruction_input *input,
                               const struct input_context *context, struct command *out,
                               struct input_fault *fault);

#endif
