/*
 * netsim/market/workload_book.h - what clients handed in, and what they know came of it
 *
 * Problem. A figure of a run ("so many settled after so long") and a promise ("what can settle does
 * settle") need a record of every instruction that does not rest on the ledger's own.
 *
 * Rule. Three tables: *envelopes*, the *commands* in them, and *deals*. A deal is a delivery from
 * an account to an account, against cash or free; each of its sides is an instruction. All are
 * numbered in the order of making, and a command's number is in its reference:
 *
 *     W0000002A    command 42
 *
 * The book is told receipts and events in the order of execution, each block once. Balances are
 * what was issued and what settled, nothing else. A deal *could settle* when both its sides were
 * accepted, neither is on hold, the deliverer holds the quantity and the receiver the amount. Once
 * a ledger has come to rest, no deal could settle and has not; unless the hour forbids it
 * (workload_day.h) and both sides were told so, with LATE or CYCL as the reason. What is tied to
 * others could settle when these have, or could in the same step; of a ring, when all of it can.
 * What is set aside is not there to be delivered, unless for the instruction that draws on it, and
 * no limit may lack room (workload_bounds.h).
 *
 * What a back office does beside dealing (workload_desk.h) is a command with an *ask*, which says
 * also what must become of it: what only wrong hands ask for must be refused, what two persons
 * are wanted for must wait for the second one.
 *
 * Grows as needed. Not for several threads.
 */
#ifndef TALLY_NETSIM_MARKET_WORKLOAD_BOOK_H
#define TALLY_NETSIM_MARKET_WORKLOAD_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "netsim/market/market.h"

#define WORKLOAD_NONE UINT32_MAX

enum {
    WORKLOAD_COMMAND_KINDS = 128
};

/* Kind, name in the scenario file, what it is. */
#define WORKLOAD_KIND_LIST(X)                                                              \
    X(WORKLOAD_DVP, "dvp", "delivery against payment: settles")                            \
    X(WORKLOAD_FREE, "free", "delivery free of payment: settles")                          \
    X(WORKLOAD_UNMATCHED, "unmatched", "the counterparty never instructs: stays")          \
    X(WORKLOAD_LACK_SECURITIES, "lack_securities",                                         \
      "the deliverer has none until the lender delivers some later: settles then")         \
    X(WORKLOAD_LACK_CASH, "lack_cash", "the receiver has no cash in that currency: stays") \
    X(WORKLOAD_HOLD, "hold", "comes on hold and is released later: settles then")          \
    X(WORKLOAD_CANCEL, "cancel", "cannot settle, and is cancelled later: ends")            \
    X(WORKLOAD_CIRCLE, "circle",                                                           \
      "lender to B to C to lender, handed in from the end: a leg brings what the next "    \
      "one needs")                                                                         \
    X(WORKLOAD_AHEAD, "ahead", "settles in a month: stays")                                \
    X(WORKLOAD_DISAGREE, "disagree", "the sides name different amounts: stays unmatched")  \
    X(WORKLOAD_CURE, "cure", "the delivery that cures a lack of securities; never drawn")

#define WORKLOAD_KIND_ENUMERATOR(symbol, name, text) symbol,
enum workload_kind {
    WORKLOAD_KIND_LIST(WORKLOAD_KIND_ENUMERATOR) WORKLOAD_KIND_COUNT
};
/* Never NULL. */
const char *workload_kind_name(enum workload_kind kind);

/* Envelopes that must come to nothing, made beside the others. */
enum workload_flaw {
    FLAW_NONE,
    FLAW_EXPIRED,
    FLAW_MALFORMED,
    FLAW_SIGNATURE,
    FLAW_CHAIN,
    FLAW_COUNT,
};

/* What ties a deal to another one. */
enum workload_tie {
    TIE_NONE,
    TIE_AFTER,  /* it does not settle before the other one */
    TIE_BEFORE, /* the other one does not settle before it */
    TIE_WITH,   /* both in one step */
    TIE_POOL,   /* both in one step, as a pool */
};

/* How a command stands. */
enum workload_state {
    COMMAND_MADE,      /* nothing is known of its execution */
    COMMAND_OPEN,      /* an instruction was accepted */
    COMMAND_SETTLED,   /* an instruction settled */
    COMMAND_CANCELLED, /* an instruction was cancelled */
    COMMAND_DRAFTED,   /* it waits for a second person */
    COMMAND_OBEYED,    /* another command was done */
    COMMAND_REFUSED,   /* a receipt says so; see reason and detail */
};

/* What must become of a command. */
enum workload_must {
    MUST_NOTHING,
    MUST_BE_REFUSED,
    MUST_WAIT, /* for a second person; or be refused */
};

/* What a command of the back office says beside its deal and side; what does not apply is zero. */
struct workload_ask {
    uint32_t subject;     /* the command that it is about: a draft, a restriction's set-up */
    uint32_t account;     /* of a restriction or limit: participant * account_count + account */
    uint32_t asset;       /* of a restriction, a limit, or after a transformation */
    uint32_t participant; /* whose limit */
    uint32_t counterparty;
    int64_t quantity;    /* of a restriction, of a limit, or after a transformation */
    int64_t remaining;   /* of a restriction, as was told last */
    uint8_t must;        /* enum workload_must */
    uint8_t kind;        /* of a restriction; amendment: the new priority, or 0 */
    uint8_t partial;     /* amendment, or 0 */
    bool cash;           /* of a restriction: which position */
    bool false_terms;    /* acceptance: another quantity; approval: other content */
    struct hash content; /* of what waits as a draft */
};

struct workload_command {
    uint32_t deal; /* WORKLOAD_NONE for a command of the opening */
    uint32_t envelope;
    uint16_t index;          /* in the envelope */
    uint8_t kind;            /* enum command_kind */
    uint8_t state;           /* enum workload_state */
    uint8_t side;            /* of its deal: 0 the deliverer's, 1 the receiver's */
    bool held;               /* an instruction, as far as is known */
    bool instructs;          /* it makes the instruction of a side */
    uint8_t outcome;         /* enum outcome of its receipt; OUTCOME_NONE before */
    uint16_t reason;         /* enum reason of its receipt, then of its last status */
    uint16_t detail;         /* enum detail of its receipt */
    uint32_t ask;            /* WORKLOAD_NONE without one */
    uint64_t height;         /* of its receipt; 0 before */
    uint64_t settled_height; /* 0 before */
};

struct workload_deal {
    uint8_t kind; /* enum workload_kind */
    bool free;    /* of payment */
    bool scarce_security;
    bool scarce_currency;
    uint8_t parts_left; /* instructions of it without a receipt */
    uint8_t cancels;    /* sides that asked for its cancellation: a bit for each */
    uint8_t parts;      /* sides that allow settlement in parts: a bit for each */
    uint8_t tie;        /* enum workload_tie, to deal `tied` */
    uint8_t tie_side;   /* the side whose instructions are tied */
    bool tie_says;      /* its instruction names the other one's; a pool is named by both */
    bool part_released; /* a quantity was let go while it was on hold */
    bool desk;          /* the back office has to do with it: nothing else follows up */
    uint8_t draw_side;  /* the side that draws on a restriction, if there is one */
    bool restricted_only;
    uint32_t restriction; /* the command that set it up, or WORKLOAD_NONE */
    uint32_t transformed; /* the command under whose reference it goes on, or WORKLOAD_NONE */
    uint32_t tied;        /* WORKLOAD_NONE without a tie */
    uint32_t ring;        /* the first of three that deliver in a circle what nobody has, or NONE */
    uint32_t deliverer;   /* participant * account_count + account */
    uint32_t receiver;
    uint32_t security; /* as in market.h */
    uint32_t currency;
    int64_t quantity;
    int64_t amount;
    int64_t settled_quantity; /* as parts */
    int64_t settled_amount;
    uint32_t commands[2]; /* its instructions, by side; WORKLOAD_NONE: none */
};

struct workload_envelope {
    uint32_t party;
    uint32_t first_command;
    uint16_t command_count;
    uint8_t flaw;   /* enum workload_flaw */
    uint8_t stage;  /* of the opening, plus one; 0: not of the opening */
    bool follow_up; /* a later part of deals */
    bool executed;
    uint64_t height;        /* executed at; 0 before */
    uint32_t first_receipt; /* index in that block */
    uint64_t valid_until_ms;
    struct hash id;
    uint8_t *bytes; /* NULL before it is signed and after workload_book_forget() */
    uint32_t size;
};

struct workload_book;

/* Borrows the market for the book's life. NULL when memory is short. */
struct workload_book *workload_book_new(const struct market *market);
void workload_book_free(struct workload_book *book);

/* Adds records, all zero but for `first_command` and `commands`; returns the number. A command
 * belongs to the envelope added last. Pointers to records are good until the next is added. */
uint32_t workload_book_add_envelope(struct workload_book *book, uint32_t party);
uint32_t workload_book_add_command(struct workload_book *book, enum command_kind kind);
uint32_t workload_book_add_deal(struct workload_book *book, enum workload_kind kind);
/* Gives the command added last an ask. */
struct workload_ask *workload_book_add_ask(struct workload_book *book);

/* How many there are, and each by its number. pre: the number is below the count. */
uint32_t workload_book_envelope_count(const struct workload_book *book);
uint32_t workload_book_command_count(const struct workload_book *book);
uint32_t workload_book_deal_count(const struct workload_book *book);
struct workload_envelope *workload_book_envelope(const struct workload_book *book, uint32_t number);
struct workload_command *workload_book_command(const struct workload_book *book, uint32_t number);
struct workload_deal *workload_book_deal(const struct workload_book *book, uint32_t number);
/* What a command asks; NULL when it has no ask. */
struct workload_ask *workload_book_ask(const struct workload_book *book, uint32_t command);

/* The bytes of an envelope are not needed any more. */
void workload_book_forget(struct workload_book *book, uint32_t envelope);

/* The reference that names a command, and the command that a reference names: false when it is none
 * of this book, of the opening or later. */
void workload_book_reference(uint32_t command, struct text35 *out);
/* The name under which the instruction of a side goes now. */
void workload_book_instruction_reference(const struct workload_book *book, uint32_t deal,
                                         uint8_t side, struct text35 *out);
TALLY_MUST_CHECK bool workload_book_find(const struct workload_book *book,
                                         const struct text35 *reference, uint32_t *command);

/* One receipt of a block, with its index there; returns the envelope that became executed by it,
 * WORKLOAD_NONE when none did. Receipts of anybody else, and second ones, change nothing. */
uint32_t workload_book_receipt(struct workload_book *book, const struct receipt *receipt);
/* One event of a block; returns the instruction that ended (of a pair that settled: the
 * deliverer's), WORKLOAD_NONE when none did. */
uint32_t workload_book_event(struct workload_book *book, const struct event *event);
/* An envelope was executed, of which no receipts are at hand: its commands are taken as done. */
void workload_book_executed(struct workload_book *book, uint32_t envelope, uint64_t height);

/* The next deal, in this order, all of whose instructions have been accepted; each is told once.
 * False when there is none. */
bool workload_book_next_accepted(struct workload_book *book, uint32_t *deal);

/* What an account holds: of securities, or cash. */
int64_t workload_book_balance(const struct workload_book *book, bool cash, uint32_t account,
                              uint32_t asset);
/* A deal that could settle and has not, from `*deal` on; false when there is none. */
bool workload_book_could_settle(const struct workload_book *book, uint32_t *deal);
/* Commands of flawed envelopes that were executed: must be 0. Not of those that came too late by
 * the client's clock: the ledger's may be behind, and is what counts (workload_book_executed_at).
 */
uint32_t workload_book_flawed_done(const struct workload_book *book);
/* What is told next is of a block of this time. A book that is never told is asked at no hour. */
void workload_book_time(struct workload_book *book, uint64_t ledger_ms);
/* The block that executed an envelope is of this time, at which it must still have been valid. */
void workload_book_executed_at(struct workload_book *book, uint32_t envelope, uint64_t ledger_ms);
/* How many settlements were of a part, with more to come. */
uint32_t workload_book_part_count(const struct workload_book *book);
/* What contradicts the book: settlements of what is no deal, is over, is on hold, is for later, was
 * agreed otherwise, is a part that somebody does not allow, breaks a tie, or came at an hour at
 * which nothing settles; cancellations that nobody, or one of two, asked for; executions of what is
 * not valid any more; commands that had to be refused, or to wait, and were done; amendments of
 * what has ended; settlements out of what is set aside, or beyond a limit. Must be 0. */
uint32_t workload_book_contradictions(const struct workload_book *book);

#endif
