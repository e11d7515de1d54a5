/*
 * ledger/command/instruct_form.h - the bytes of an instruction in a command
 *
 * Problem. Instructions are nearly all that is ever sent. Each is hashed when it is read, and every
 * byte of it is sent, checked and stored by every member. Yet most of its fields are optional.
 *
 * Rule. What every instruction has stands first, at fixed places; then what it says besides, as the
 * bits of `said` tell, in this order:
 *
 *   | offset | size | field                                                             |
 *   |      0 |    1 | payment                                                           |
 *   |      1 |    1 | movement                                                          |
 *   |      2 |    1 | partial                                                           |
 *   |      3 |    1 | transaction type                                                  |
 *   |      4 |    2 | said u16                                                          |
 *   |      6 |    4 | settlement date                                                   |
 *   |     10 |    8 | quantity i64                                                      |
 *   |     18 |   44 | deliverer, receiver, depository of either: bic each               |
 *   |     62 |      | asset                                                             |
 *   |        |      | by bits 0 to 13: see INSTRUCT_SAID below                          |
 *
 * A bit stands for fields that are not all empty, so there is one form of each instruction. Bits 14
 * and 15 are the two booleans themselves: on hold, restricted only.
 *
 * Example. A delivery against payment between default accounts, with a reference of 8 characters:
 * head 15 bytes, 62 at fixed places, ISIN 13, payment 13, which with the party's BIC is 114: one
 * block of the hash that tells it from others (command.h).
 */
#ifndef TALLY_LEDGER_COMMAND_INSTRUCT_FORM_H
#define TALLY_LEDGER_COMMAND_INSTRUCT_FORM_H

#include "base/bytes.h"
#include "ledger/command/command.h"

/* Bit, and what follows if it is set. */
#define INSTRUCT_SAID(X)                                                         \
    X(PAYMENT, 0)           /* currency asset, amount i64, credit or debit u8 */ \
    X(CONDITIONS, 1)        /* u32 */                                            \
    X(CUM_EX, 2)            /* u8 */                                             \
    X(PRIORITY, 3)          /* u8 */                                             \
    X(COMMON_REFERENCE, 4)  /* text */                                           \
    X(DELIVERER_CLIENT, 5)  /* bic */                                            \
    X(RECEIVER_CLIENT, 6)   /* bic */                                            \
    X(DELIVERER_ACCOUNT, 7) /* text */                                           \
    X(RECEIVER_ACCOUNT, 8)  /* text */                                           \
    X(ACCOUNT, 9)           /* text */                                           \
    X(CASH_ACCOUNT, 10)     /* text */                                           \
    X(LINKS, 11)            /* number u8, of each: type u8, text */              \
    X(POOL, 12)             /* text, number u16, total u16 */                    \
    X(RESTRICTIONS, 13)     /* number u8, a text of each */                      \
    X(HOLD, 14)             /* nothing */                                        \
    X(RESTRICTED_ONLY, 15)  /* nothing */

/* Writes it. */
void instruct_form_write(const struct command_instruct *body, struct bytes_writer *writer);

/*
 * Reads it into a body that is all zero; any other form fails the reader. Names that are those of
 * `known`, another body that was read without failure, need not be checked again; without one, a
 * body that is all zero does.
 */
void instruct_form_read(struct command_instruct *body, const struct command_instruct *known,
                        struct bytes_reader *reader);

#endif
