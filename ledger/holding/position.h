/*
 * ledger/holding/position.h - what an account holds of an asset, and the only way to change it:
 * balanced postings
 *
 * Problem. Money and securities must never appear, vanish, or be counted twice.
 *
 * Rule. A position holds six balances in the asset's smallest unit; together they are what is held.
 * Balances move in two ways only: position_post() moves a balance, as a rule the available one,
 * from one position to the available balance of another of the same asset, so the asset's sum stays
 * zero; position_shift() moves between balances of one position, so what is held stays the same.
 * Available may fall to -credit_limit, never below; the issuance position alone may fall as far as
 * the 64 bits go.
 *
 * Example. Posting 40 of an ISIN from S to B:   before S 100, B 0    after S 60, B 40    sum
 * unchanged.
 *
 * A set of postings is booked as a whole or not at all; balances are tested after the last posting,
 * not between, so a circle of three members with nothing in hand can settle (technical netting,
 * gross booking; T2S UDFS 3.5).
 */
#ifndef TALLY_LEDGER_HOLDING_POSITION_H
#define TALLY_LEDGER_HOLDING_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/amount.h"
#include "base/arena.h"
#include "ledger/state/record.h"

enum position_balance {
    POSITION_AVAILABLE = 0,
    POSITION_BLOCKED = 1,
    POSITION_EARMARKED = 2,
    POSITION_RESERVED = 3,
    POSITION_PLEDGED = 4,
    POSITION_ON_LOAN = 5,
    POSITION_BALANCE_COUNT = 6,
};

/*
 * In whole cache lines: the first two are all that an arrival looks at where nobody waits for it.
 * The five in the middle follow from other records, and are not in the record's bytes: roots and
 * the first of a queue, plus one; 0 where there is none. The last two follow from them, too, or are
 * a search's own.
 */
struct position {
    uint32_t account; /* index */
    uint32_t asset;   /* index */
    int64_t balance[POSITION_BALANCE_COUNT];
    int64_t credit_limit; /* available may fall to its negative; 0 for securities */

    uint64_t changed_height;
    uint64_t wake_turn; /* waiting.h: its turn among the positions that woke; 0 when none is due */
    uint64_t review;    /* waiting.h: next pair sequence to be looked at anew; 0: none */
    uint64_t part_turn; /* part_queue.h: its turn among those that could help a part; 0: none */
    uint64_t optimisation_turn; /* optimisation.h: the number of its mark; 0 when it has none */
    uint32_t waiting_root;      /* waiting.h: the heads that wait for it */
    uint32_t review_root;       /* those of them that a review looks at */
    uint32_t part_root;         /* part_queue.h: those of them of whom a part may settle */
    uint32_t touch_root;        /* component.h: the waiting pairs that touch it */
    uint32_t restriction_first; /* restriction.h: the oldest one that is to fill */
    bool holds;                 /* any balance is not zero; counted in the account's held_count */

    uint64_t wake_ms;           /* when wake_turn fell due; 0 when none is */
    uint64_t part_ms;           /* when part_turn was given; 0: none */
    struct nonce_secret secret; /* drawn from that of the account */
    int128 brought;             /* component.h: by all waiting pairs that touch it */
    uint32_t component_place;   /* component.h: in the component at hand, plus one; 0: not in it */
};
_Static_assert(sizeof(struct position) == 3 * ARENA_LINE, "in whole lines");
_Static_assert(offsetof(struct position, wake_ms) == 2 * ARENA_LINE, "what is needed is in two");

/* One movement of an asset between two positions of it. */
struct posting {
    uint32_t debit;   /* position index, gives */
    uint32_t credit;  /* position index, takes: available */
    int64_t quantity; /* positive */
    uint8_t source;   /* enum position_balance: which balance gives; 0: available */
};

enum posting_result {
    POSTING_BOOKED = 0,
    POSTING_LACKING = 1,  /* a position would fall below its limit */
    POSTING_OVERFLOW = 2, /* what a position holds would leave -(2^63 - 1) to 2^63 - 1 */
};

enum {
    POSTING_SET_MAX = 20480
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void position_encode(const struct position *position, struct bytes_writer *writer);
void position_decode(struct position *position, struct bytes_reader *reader);

/* The position of an asset under an account; RECORD_NONE when none was opened. */
uint32_t position_find(const struct ledger *ledger, uint32_t account, uint32_t asset);
/* Finds it or opens an empty one; RECORD_NONE when the capacity is used up. */
uint32_t position_open(struct ledger *ledger, uint32_t account, uint32_t asset);
struct position *position_at(struct ledger *ledger, uint32_t index);
const struct position *position_view(const struct ledger *ledger, uint32_t index);
/* Asks memory for its first two lines, and waits for nothing. pre: index below the capacity. */
void position_prefetch(const struct ledger *ledger, uint32_t index);

/* What a posting may take now: balance and credit (provision.h); INT64_MAX for the issuance
 * position of its asset. */
int64_t position_spendable(const struct ledger *ledger, uint32_t index);
/* Is it the negative counterweight of its asset? */
bool position_is_counterweight(const struct ledger *ledger, uint32_t index);
/* Sum of all six balances. pre: fits 64 bits (an invariant of the ledger). */
int64_t position_held(const struct position *position);
/*
 * Would the balances stay inside the symmetric 64-bit range if the position took, or gave, that
 * much? Says nothing about limits. Where credit is in use, a holder may have more than was issued,
 * so this is asked before anything is booked. pre: quantity positive.
 */
bool position_can_take(const struct position *position, int64_t quantity);
bool position_can_give(const struct position *position, int64_t quantity);

/*
 * Books a set of postings as a whole, or changes nothing. Touches what changed and calls
 * waiting_wake() for every position that took. `*fault` receives the index of the first posting
 * whose debit lacks; it may be NULL. pre: count in 1..POSTING_SET_MAX, every quantity positive,
 * debit and credit of one posting are different positions of one asset.
 */
enum posting_result position_post(struct ledger *ledger, const struct posting *postings,
                                  uint32_t count, uint32_t *fault);

/*
 * Moves a quantity between two balances of one position; false, and nothing changes, when `from`
 * holds less. pre: quantity positive, from != to. Calls waiting_wake() when `to` is
 * POSITION_AVAILABLE.
 */
bool position_shift(struct ledger *ledger, uint32_t index, enum position_balance from,
                    enum position_balance to, int64_t quantity);

#endif
