/*
 * ledger/instruction/transaction_code.h - securities transaction types and settlement conditions
 *
 * Problem. The standard lists 44 types and 26 conditions. Some are an ordinary party's business,
 * some the depository's, some say that the ledger made the instruction, and some ask for things
 * that no ledger of this kind does. Carrying a code and not acting on it would be a promise broken.
 *
 * Rule, type. An instruction has one. BY_PARTY: anybody may instruct it. BY_OPERATOR: the operator
 * only. BY_LEDGER: nobody; such instructions are made by the ledger, or have a command of their
 * own. What is unknown or may not be instructed is refused: SETR, transaction_type.
 *
 * Rule, conditions. An instruction has a set of them, each a bit. NOMC is matching field 14; the
 * others are carried, shown, and matched by nobody. BY_LEDGER: TRAN says that a transformation made
 * the instruction. BY_NOBODY: settlement without matching, without booking, in another place, or of
 * paper; refused: VALR, conditions. CLEN and DIRT exclude each other.
 *
 * Example. TRAD with {NOMC, CLEN}: accepted; REAL: SETR; TRAD with {PHYS}: VALR.
 *
 * Source: ISO 20022 SecuritiesTransactionType25Code, SettlementTransactionCondition12Code. Who may
 * instruct what is ours, after T2S: realignment and auto-collateralisation are always generated.
 */
#ifndef TALLY_LEDGER_INSTRUCTION_TRANSACTION_CODE_H
#define TALLY_LEDGER_INSTRUCTION_TRANSACTION_CODE_H

#include <stdbool.h>
#include <stdint.h>

enum instructed_by {
    BY_NOBODY = 0,
    BY_LEDGER = 1,
    BY_OPERATOR = 2,
    BY_PARTY = 3,
};

/* X(code, number, who may instruct it). Numbered for ever. */
#define TRANSACTION_TYPES(X) \
    X(TRAD, 1, BY_PARTY)     \
    X(BSBK, 2, BY_PARTY)     \
    X(BYIY, 3, BY_PARTY)     \
    X(CLAI, 4, BY_PARTY)     \
    X(CNCB, 5, BY_PARTY)     \
    X(COLI, 6, BY_PARTY)     \
    X(COLO, 7, BY_PARTY)     \
    X(CORP, 8, BY_PARTY)     \
    X(ETFT, 9, BY_PARTY)     \
    X(INSP, 10, BY_PARTY)    \
    X(NETT, 11, BY_PARTY)    \
    X(OWNE, 12, BY_PARTY)    \
    X(OWNI, 13, BY_PARTY)    \
    X(PAIR, 14, BY_PARTY)    \
    X(PLAC, 15, BY_PARTY)    \
    X(PORT, 16, BY_PARTY)    \
    X(REAL, 17, BY_LEDGER)   \
    X(REDM, 18, BY_PARTY)    \
    X(REPU, 19, BY_PARTY)    \
    X(RVPO, 20, BY_PARTY)    \
    X(SBBK, 21, BY_PARTY)    \
    X(SECB, 22, BY_PARTY)    \
    X(SECL, 23, BY_PARTY)    \
    X(SUBS, 24, BY_PARTY)    \
    X(SYND, 25, BY_PARTY)    \
    X(TBAC, 26, BY_PARTY)    \
    X(TRPO, 27, BY_PARTY)    \
    X(TRVO, 28, BY_PARTY)    \
    X(TURN, 29, BY_PARTY)    \
    X(AUTO, 30, BY_LEDGER)   \
    X(CONV, 31, BY_PARTY)    \
    X(FCTA, 32, BY_OPERATOR) \
    X(ISSU, 33, BY_PARTY)    \
    X(MKDW, 34, BY_OPERATOR) \
    X(MKUP, 35, BY_OPERATOR) \
    X(NSYN, 36, BY_PARTY)    \
    X(REBL, 37, BY_OPERATOR) \
    X(REDI, 38, BY_PARTY)    \
    X(RELE, 39, BY_PARTY)    \
    X(RODE, 40, BY_LEDGER)   \
    X(SBRE, 41, BY_LEDGER)   \
    X(SLRE, 42, BY_LEDGER)   \
    X(SWIF, 43, BY_PARTY)    \
    X(SWIT, 44, BY_PARTY)

enum transaction_type {
#define X(code, number, by) TRANSACTION_##code = (number),
    TRANSACTION_TYPES(X)
#undef X
};

/* X(code, bit, who may instruct it). Numbered for ever. */
#define CONDITIONS(X)      \
    X(ADEA, 0, BY_PARTY)   \
    X(ASGN, 1, BY_PARTY)   \
    X(BPSS, 2, BY_PARTY)   \
    X(BUTC, 3, BY_PARTY)   \
    X(CLEN, 4, BY_PARTY)   \
    X(DIRT, 5, BY_PARTY)   \
    X(DLWM, 6, BY_NOBODY)  \
    X(DRAW, 7, BY_PARTY)   \
    X(EXER, 8, BY_PARTY)   \
    X(EXPI, 9, BY_PARTY)   \
    X(FRCL, 10, BY_NOBODY) \
    X(INTS, 11, BY_NOBODY) \
    X(KNOC, 12, BY_PARTY)  \
    X(NACT, 13, BY_PARTY)  \
    X(NOMC, 14, BY_PARTY)  \
    X(PENS, 15, BY_PARTY)  \
    X(PHYS, 16, BY_NOBODY) \
    X(RESI, 17, BY_NOBODY) \
    X(RHYP, 18, BY_PARTY)  \
    X(RPTO, 19, BY_NOBODY) \
    X(SHOR, 20, BY_PARTY)  \
    X(SPDL, 21, BY_PARTY)  \
    X(SPST, 22, BY_NOBODY) \
    X(TRAN, 23, BY_LEDGER) \
    X(TRIP, 24, BY_NOBODY) \
    X(UNEX, 25, BY_NOBODY)

enum {
    CONDITION_COUNT = 26
};

/* A set of conditions: CONDITION_NOMC | CONDITION_CLEN. */
typedef uint32_t condition_set;

enum condition {
#define X(code, bit, by) CONDITION_##code = 1u << (bit),
    CONDITIONS(X)
#undef X
};

/* Four letters, "" when unknown. Never NULL. */
const char *transaction_type_code(uint8_t type);
/* Who may instruct it; BY_NOBODY for a number that is none. */
enum instructed_by transaction_type_by(uint8_t type);

/* Of the condition with this bit; "" when there is none. Never NULL. */
const char *condition_code(uint32_t bit);
/* All known ones; those that a party may instruct. */
condition_set condition_set_known(void);
condition_set condition_set_instructed(void);

#endif
