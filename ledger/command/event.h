/*
 * ledger/command/event.h - what happens later than its command, or to somebody else than its sender
 *
 * Rule. An event is a leaf of the block in which it happens. It names business identifiers, never
 * array indexes, so that it can be read without the state. `sequence` counts all events of the
 * ledger.
 *
 * Leaf: hash(HASH_EVENT, salt[16] | bytes), the salt drawn from the block's secret (leaf_salt.h),
 * the bytes as event_encode() writes them (docs/data-ledger.md).
 */
#ifndef TALLY_LEDGER_COMMAND_EVENT_H
#define TALLY_LEDGER_COMMAND_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"
#include "ledger/values/outcome.h"

/* X(NAME, number, text). Numbered for ever. */
#define EVENTS(X)                                                                 \
    X(STATUS, 1, "a status or its reason changed")                                \
    X(MATCHED, 2, "two instructions matched")                                     \
    X(SETTLED, 3, "two instructions settled")                                     \
    X(CANCELLED, 4, "an instruction was cancelled")                               \
    X(CANCELLATION_REQUESTED, 5, "the counterparty asks to cancel")               \
    X(ISSUED, 6, "an asset was issued or cash paid in")                           \
    X(REDEEMED, 7, "an asset was redeemed or cash paid out")                      \
    X(DAY_CHANGED, 8, "the settlement day changed")                               \
    X(APPROVED, 9, "a draft was approved")                                        \
    X(DRAFT_DROPPED, 10, "a draft was rejected or lapsed")                        \
    X(OPTIMISED, 30, "pairs settled together that none could alone")              \
    X(LIQUIDITY_SAVED, 31, "what a set of pairs saved of one currency")           \
    X(ALLEGED, 35, "an instruction waits for the counterparty's")                 \
    X(ALLEGEMENT_REMOVED, 36, "what was alleged is matched")                      \
    X(ALLEGEMENT_CANCELLED, 37, "what was alleged is cancelled")                  \
    X(DAY_EVENT, 20, "an event of the settlement day took effect")                \
    X(DAY_REVISED, 21, "an event of the settlement day was moved")                \
    X(STATEMENTS, 22, "the statements of a settlement day may be drawn")          \
    X(FAILS_TO_MATCH, 23, "an instruction is unmatched at the end of its day")    \
    X(REVALIDATION_FAILED, 24, "an instruction is no longer valid")               \
    X(LINKED, 40, "two instructions were linked")                                 \
    X(LINKED_IN_CIRCLE, 42, "matched: links now wait for each other; unlink one") \
    X(LINKED_TOO_MANY, 43, "matched: too many settle together; unlink some")      \
    X(PARTIALLY_RELEASED, 45, "a quantity was released from a hold")              \
    X(UNLINKED, 41, "a link between two instructions was taken away")             \
    X(AMENDED, 38, "processing fields were amended")                              \
    X(TRANSFORMED, 39, "an instruction was instructed anew in another security")  \
    X(ATTORNEY, 61, "power of attorney was granted or revoked")                   \
    X(DRAFTED, 55, "a command waits for a second person")                         \
    X(RESTRICTION_SET, 50, "a restriction was set up, increased or filled")       \
    X(RESTRICTION_FREED, 51, "a restriction was decreased or released")           \
    X(RESTRICTION_USED, 52, "an instruction drew on a restriction")               \
    X(LIMIT_SET, 56, "a limit of a party was set")                                \
    X(LIMIT_REACHED, 57, "a pair waits for a limit of a party")                   \
    X(RESTRICTION_HIT, 53, "a restriction type decided about an instruction")

enum event_kind {
#define X(name, number, text) EVENT_##name = (number),
    EVENTS(X)
#undef X
};

enum {
    EVENT_BYTES_MAX = 512
};

/*
 * One event. What does not apply is zero, and takes no bytes. `party` and `reference` are the
 * subject's; `counterparty` and `counter_reference` the other side's. In MATCHED and SETTLED the
 * subject is the deliverer. In TRANSFORMED the other side is the new instruction of the same party.
 */
struct event {
    uint8_t kind;
    uint64_t sequence;
    uint64_t height;
    uint64_t time_ms;
    struct bic party;
    struct text35 reference;
    uint64_t instruction_sequence;
    struct bic counterparty;
    struct text35 counter_reference;
    uint64_t counter_sequence;
    struct asset_code asset;
    int64_t quantity;
    struct asset_code currency;
    int64_t amount;
    struct text35 account; /* subject's securities account */
    struct text35 counter_account;
    struct text35 cash_account; /* subject's cash account */
    struct text35 counter_cash_account;
    uint32_t settlement_date;
    uint32_t date;     /* DAY_CHANGED: the new day; of other events of the day: the day */
    uint64_t due_ms;   /* DAY_EVENT: when it was due; DAY_REVISED: when it is due now */
    uint8_t dimension; /* STATUS: enum instruction_dimension */
    uint8_t value;     /* STATUS: the dimension's new value; SETTLED: 1: it also tells the match
                          (event_status.h); RESTRICTION_*: enum settlement_status; LINKED: enum
                          link_type; events of the day: enum day_event; ATTORNEY: 1 granted */
    uint8_t balance;   /* RESTRICTION_*: enum position_balance of its kind */
    enum reason reason;
    struct bic actor; /* whose command caused it; absent: the ledger itself, by time or by order */
    uint8_t priority; /* AMENDED: of the subject, as it is now */
    uint8_t partial;  /* likewise */
    int64_t settled_quantity; /* SETTLED: of the instruction so far, this part included; CANCELLED:
                                 by then. So the parts of an instruction make an unbroken chain:
                                 each one's less its own quantity is that of the one before. */
    struct text35 person;     /* DRAFTED, APPROVED, DRAFT_DROPPED: who made the draft, */
    struct text35 approver;   /* who approved or rejected it; absent: it lapsed */
    struct hash content;      /* and the content hash of its command; zero otherwise */
};

/* Writes an event, at most EVENT_BYTES_MAX bytes. */
void event_encode(const struct event *event, struct bytes_writer *writer);
/* Total and bounded; false on anything event_encode() would not have written. */
bool event_decode(struct event *event, const void *bytes, size_t size);
/* The kind of an encoded event, the rest unread; 0, which is no kind, of no bytes. */
uint8_t event_kind_of(const void *bytes, size_t size);
/* Whom an event is about: its party and reference, and the other side's; each as event_decode()
 * reads it, absent when the event does not say it. */
struct event_sides {
    struct bic party;
    struct text35 reference;
    struct bic counterparty;
    struct text35 counter_reference;
    bool says_reason; /* the event also has a reason */
};
/* Reads these, and nothing behind them; false when they cannot be. For bytes that event_encode()
 * wrote: what is behind is not looked at. */
bool event_sides_read(struct event_sides *sides, const void *bytes, size_t size);
const char *event_name(uint8_t kind);

/* Adds an event to the block: fills sequence, height and time. pre: the block's room for events is
 * not used up. */
void event_emit(struct ledger *ledger, const struct event *event);
/*
 * Is there room for `count` more events in this block? Work that cannot be told is left for the
 * next block. Half of the room is kept for the block's commands, so that work carried over cannot
 * push them out.
 */
bool event_room(const struct ledger *ledger, uint32_t count);

/* STATUS of an instruction. */
void event_emit_status(struct ledger *ledger, uint32_t index, uint8_t dimension, uint8_t value,
                       enum reason reason);
/* Another event about one instruction; all business identifiers are filled from it and its
 * counterpart, if any. */
void event_emit_instruction(struct ledger *ledger, enum event_kind kind, uint32_t index,
                            uint8_t dimension, uint8_t value, enum reason reason);
/* LINKED, UNLINKED: about an instruction and the one it is linked to; `type` is enum link_type. */
void event_emit_link(struct ledger *ledger, enum event_kind kind, uint32_t index, uint32_t partner,
                     uint8_t type);
/* The same about a quantity of it. */
void event_emit_quantity(struct ledger *ledger, enum event_kind kind, uint32_t index,
                         int64_t quantity);
/* An event about a matched pair. `deliverer` and `receiver` are instruction indexes. */
void event_emit_pair(struct ledger *ledger, enum event_kind kind, uint32_t deliverer,
                     uint32_t receiver, int64_t quantity, int64_t amount, enum reason reason);
/* SETTLED; `matched`: this is also what tells the match (event_status.h). pre: the quantity is not
 * yet among what has settled. */
void event_emit_settled(struct ledger *ledger, uint32_t deliverer, uint32_t receiver,
                        int64_t quantity, int64_t amount, enum reason reason, bool matched);

#endif
