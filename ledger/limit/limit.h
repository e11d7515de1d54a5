/*
 * ledger/limit/limit.h - how much of an asset may settle in one day with one counterparty, or out
 * of one account
 *
 * Problem. A party wants to bound what can go wrong with one counterparty, or over one account,
 * in one day, without giving up straight-through settlement below it.
 *
 * Rule. A limit is set by the party it protects (or by the operator), and is a sum of what settles
 * on one settlement day, in the asset's smallest unit, gross, in either direction or out:
 *
 *   scope         counts                                              asset
 *   counterparty  every flow of the asset between the two parties     usually a currency
 *   account       every flow of the asset out of that own account     any
 *
 * What is paid in or out by the issuer, or issued, is no settlement and counts into none. Parts
 * count as what they are. At each flow the limits of its giver's account, of its giver and of its
 * taker are asked; the first without headroom (amount less what was used today) keeps the pair
 * pending: both sides are told OTHR (other, see narrative: ISO 20022 has no pending reason for an
 * exceeded limit of a party), the event LIMIT_REACHED tells whose limit and what it lacks, and the
 * pair waits for the limit. A set of pairs is judged by the sum of all its flows.
 *
 * Rule, waking. When a limit is raised, or the settlement day changes, its waiters that need no
 * more than the headroom are tried again, by priority, date and age: a sweep over the limits, cut
 * into blocks by its cursor. A limit may be lowered below what is used: then nothing more settles
 * against it today, and what settled stands. Without an amount (INT64_MAX) it is not asked and
 * counts nothing: an amount set during a day bounds what settles from then on. The record stays, so
 * that its slot never changes its meaning.
 *
 * Example. S has a limit of 1,000.00 EUR a day with B. Trades over 600.00, 300.00 and 200.00 are
 * matched: the first two settle; the third, OTHR on both sides, is tried again when S raises the
 * limit to 1,100.00, or tomorrow.
 *
 * Source: limits are the parties' own (domain rules 2.9); T2S knows them for auto-collateralisation
 * and credit only.
 */
#ifndef TALLY_LEDGER_LIMIT_LIMIT_H
#define TALLY_LEDGER_LIMIT_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "ledger/command/event.h"
#include "ledger/holding/position.h"
#include "ledger/state/record.h"

enum limit_scope {
    LIMIT_COUNTERPARTY = 1,
    LIMIT_ACCOUNT = 2,
};

struct limit {
    uint32_t party;   /* whom it protects: index */
    uint8_t scope;    /* enum limit_scope */
    uint32_t subject; /* the counterparty, or the own account: index */
    uint32_t asset;   /* index */
    int64_t amount;   /* at most, on one day; INT64_MAX: not asked */
    int64_t used;     /* on `date` */
    uint32_t date;    /* a settlement day; 0: never used */
    struct nonce_secret secret;
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void limit_encode(const struct limit *limit, struct bytes_writer *writer);
void limit_decode(struct limit *limit, struct bytes_reader *reader);

/* The limit of these four; RECORD_NONE when none was ever set. */
uint32_t limit_find(const struct ledger *ledger, uint32_t party, enum limit_scope scope,
                    uint32_t subject, uint32_t asset);
const struct limit *limit_view(const struct ledger *ledger, uint32_t index);
/* What was used on the present settlement day, and what is left; INT64_MAX when it is not asked. */
int64_t limit_used(const struct ledger *ledger, uint32_t index);
int64_t limit_headroom(const struct ledger *ledger, uint32_t index);

/* Makes a limit, or gives it another amount. pre: room for a record if it is new, amount >= 0. */
void limit_set(struct ledger *ledger, const struct limit *wanted);

/*
 * Counts a list of postings into the limits they touch, as a whole or not at all. Returns
 * RECORD_NONE when all fit; else the first limit that does not, with the place of the posting that
 * met it and what the whole list needs of it. Never counts against a limit without an amount.
 */
uint32_t limit_use(struct ledger *ledger, const struct posting *postings, uint32_t count,
                   uint32_t *fault, int64_t *need);
/* Takes back what limit_use() counted for the same list. */
void limit_unuse(struct ledger *ledger, const struct posting *postings, uint32_t count);

/*
 * Says in an event what a limit is of: the account, or, as text in `counter_reference`, the BIC of
 * the counterparty; it is no party of the event, so that it does not learn of the limit.
 */
void limit_subject_tell(const struct ledger *ledger, const struct limit *limit,
                        struct event *event);
/*
 * Tells that a pair is kept by a limit: event LIMIT_REACHED about the side that it protects, or
 * about the deliverer if it protects neither. pre: room for one event.
 */
void limit_tell(struct ledger *ledger, uint32_t index, uint32_t head, int64_t need);

/* The settlement day changed: all limits have their headroom again. */
void limit_day_begin(struct ledger *ledger);
/* Goes on with the sweep, within a budget. Is there more to do at once? */
bool limit_sweep(struct ledger *ledger);

#endif
