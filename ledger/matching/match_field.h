/*
 * ledger/matching/match_field.h - the 23 fields on which two instructions must agree
 *
 * Rule. Each field has a number, a class, and the ISO reason that is given when two instructions
 * differ in it.
 *
 *   number  field                               class       rule                    reason
 *   1       payment type                        mandatory   equal                   FRAP
 *   2       securities movement                 mandatory   opposite                DELN
 *   3       security                            mandatory   equal                   DSEC
 *   4       trade date                          mandatory   equal                   DTRD
 *   5       quantity                            mandatory   equal                   DQUA
 *   6       intended settlement date            mandatory   equal                   DDAT
 *   7, 8    deliverer, receiver                 mandatory   equal                   ICAG
 *   9, 10   their depositories                  mandatory   equal                   DEPT
 *   11      currency                            mandatory   equal                   NCRR
 *   12      settlement amount                   mandatory   within the tolerance    DMON
 *   13      credit or debit                     mandatory   opposite                DMON
 *   14      opt-out of market claims            additional  equal, or both absent   DMCT
 *   15      cum or ex                           additional  equal, or both absent   DCMX
 *   16      currency, free of payment           additional  equal, or both absent   NCRR
 *   17      amount, free of payment             additional  equal, or both absent   DMON
 *   18      credit or debit, free of payment    additional  opposite or both absent DMON
 *   19      common reference                    optional    equal, or one absent    IIND
 *   20, 21  client of deliverer, of receiver    optional    equal, or one absent    ICUS
 *   22, 23  account of deliverer, of receiver   optional    equal, or one absent    SAFE
 *
 * Fields 11 to 13 apply when both are against payment, 16 to 18 when both are free. Amounts are
 * compared when the currencies are equal. Credit or debit is compared as what happens to the
 * deliverer's cash account. ISO has no code of its own for credit or debit; both belong to the
 * settlement amount block of sese.023, hence DMON.
 *
 * Example. A delivers 100 pieces for 5,000.00, B receives 110 pieces for 5,001.00: the set of
 * fields that differ is {5}, the reason DQUA; the amounts lie within the tolerance.
 *
 * Source: T2S UDFS 3.6.1.2; Delegated Regulation (EU) 2018/1229 article 5(4); sese.024
 * UnmatchedReason11Code.
 */
#ifndef TALLY_LEDGER_MATCHING_MATCH_FIELD_H
#define TALLY_LEDGER_MATCHING_MATCH_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/instruction/instruction.h"
#include "ledger/matching/tolerance.h"

/* X(NAME, number, reason, field of the command that holds it) */
#define MATCH_FIELDS(X)                                    \
    X(PAYMENT, 1, FRAP, PAYMENT)                           \
    X(MOVEMENT, 2, DELN, MOVEMENT)                         \
    X(ASSET, 3, DSEC, ASSET)                               \
    X(TRADE_DATE, 4, DTRD, TRADE_DATE)                     \
    X(QUANTITY, 5, DQUA, QUANTITY)                         \
    X(SETTLEMENT_DATE, 6, DDAT, SETTLEMENT_DATE)           \
    X(DELIVERER, 7, ICAG, DELIVERER)                       \
    X(RECEIVER, 8, ICAG, RECEIVER)                         \
    X(DELIVERER_DEPOSITORY, 9, DEPT, DELIVERER_DEPOSITORY) \
    X(RECEIVER_DEPOSITORY, 10, DEPT, RECEIVER_DEPOSITORY)  \
    X(CURRENCY, 11, NCRR, CURRENCY)                        \
    X(AMOUNT, 12, DMON, AMOUNT)                            \
    X(CREDIT_DEBIT, 13, DMON, CREDIT_DEBIT)                \
    X(OPT_OUT, 14, DMCT, CONDITIONS)                       \
    X(CUM_EX, 15, DCMX, CUM_EX)                            \
    X(FREE_CURRENCY, 16, NCRR, CURRENCY)                   \
    X(FREE_AMOUNT, 17, DMON, AMOUNT)                       \
    X(FREE_CREDIT_DEBIT, 18, DMON, CREDIT_DEBIT)           \
    X(COMMON_REFERENCE, 19, IIND, COMMON_REFERENCE)        \
    X(DELIVERER_CLIENT, 20, ICUS, DELIVERER_CLIENT)        \
    X(RECEIVER_CLIENT, 21, ICUS, RECEIVER_CLIENT)          \
    X(DELIVERER_ACCOUNT, 22, SAFE, DELIVERER_ACCOUNT)      \
    X(RECEIVER_ACCOUNT, 23, SAFE, RECEIVER_ACCOUNT)

enum match_field {
#define X(name, number, reason, field) MATCH_FIELD_##name = (number),
    MATCH_FIELDS(X)
#undef X
};

enum {
    MATCH_FIELD_COUNT = 23,
    MATCH_FIELD_OPTIONAL_FIRST = 19,
    MATCH_FIELD_OPTIONAL_COUNT = 5,
};

/* A set of fields: bit n - 1 stands for field number n. */
typedef uint32_t match_field_set;

/* Is the field in the set? */
static inline bool match_field_set_has(match_field_set set, enum match_field field)
{
    return (set >> ((unsigned)field - 1u) & 1u) != 0;
}

/*
 * The fields in which two instructions differ; 0 when they match. `tolerance` is that of their
 * currency, constant when they have none. When both deliver, `a` counts as the deliverer in field
 * 12. Reads terms only, keeps nothing.
 */
match_field_set match_field_compare(const struct instruction_terms *a,
                                    const struct instruction_terms *b,
                                    const struct tolerance_band *tolerance);

/* The unmatched reason of a field, and the command's field it stands in. */
enum reason match_field_reason(enum match_field field);
enum field match_field_place(enum match_field field);

/*
 * What the deliverer's cash account gets: credit, debit or nothing, whichever side these terms are
 * of.
 */
enum credit_debit match_field_deliverer_cash(const struct instruction_terms *terms);

/* Field 14: is NOMC among the conditions? */
bool match_field_opt_out(const struct instruction_terms *terms);

/*
 * The optional fields as an array: bit i of the pattern tells that field 19 + i is given.
 * match_field_optional_equal compares that field alone, pre: given in both.
 */
uint8_t match_field_pattern(const struct instruction_terms *terms);
bool match_field_optional_equal(const struct instruction_terms *a,
                                const struct instruction_terms *b, uint32_t i);
/* A hash of one of them under a seed, for tables (map.h). pre: it is given. */
uint64_t match_field_optional_hash(const struct instruction_terms *terms, uint32_t i,
                                   uint64_t seed);

/*
 * Do all fields but the optional ones and, against payment, the amount agree between two sides?
 * Movement is left out: the question is asked of instructions of either side. It is what the
 * matching index calls the exact part of a key.
 */
bool match_field_exact_equal(const struct instruction_terms *a, const struct instruction_terms *b);

/*
 * Of two sides that agree in those: does the rest agree, the amount within the tolerance and the
 * optional fields? pre: of both movements.
 */
bool match_field_rest_agree(const struct instruction_terms *a, const struct instruction_terms *b,
                            const struct tolerance_band *tolerance);

/* Do two instructions match? As match_field_compare() == 0, at a third of its price. */
bool match_field_agree(const struct instruction_terms *a, const struct instruction_terms *b,
                       const struct tolerance_band *tolerance);

#endif
