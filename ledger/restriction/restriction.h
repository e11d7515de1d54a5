/*
 * ledger/restriction/restriction.h - settlement restrictions: part of a position, set aside under a
 * reference
 *
 * Problem. A holder sets securities or cash aside for a purpose, a pledgee or a court has them
 * blocked; and whoever set them aside must be able to say later how much of it is left, and which
 * delivery used the rest.
 *
 * Rule. A restriction is named by the party that set it up and that party's reference. It moves a
 * quantity from the available balance of one position to the balance of its kind, and keeps:
 *
 *   initial = used + remaining + to fill        what the balance of its kind holds of it: remaining
 *
 *   | kind        | balance   | when available does not suffice                                  |
 *   | blocking    | blocked   | all or none: waits until it suffices                             |
 *   | reservation | reserved  | takes what there is; what arrives fills it before anybody uses it |
 *   | earmarking  | earmarked | takes what there is, and is not tried again                      |
 *   | pledging    | pledged   | as blocking; the operator only                                   |
 *
 * It is increased by the same rule. A decrease gives up what is still to fill first, then what
 * remains; a release gives up all and ends it. What is freed is available again, to whatever waits.
 * Only available balance is set aside: never credit, and never what another restriction holds.
 *
 * At most RESTRICTION_WAITING_MAX restrictions wait for one position. Whenever its available
 * balance grows they take of it, the oldest first, in the same booking, and before instructions
 * that wait. Settlement status and reason (LACK, MONY) say where a restriction stands, as for an
 * instruction; a released one is cancelled (CANI, CTHP by the operator).
 *
 * Example. 1,000.00 available, a reservation R of 3,000.00:   initial 3,000 used 0 remaining 1,000
 * to fill 2,000, partially settled, MONY. 100,000.00 arrive:   remaining 3,000, to fill 0, settled;
 * 98,000.00 are available. (T2S UDFS, example 87.)
 *
 * Who. A party restricts its own positions; the operator anybody's. Who set a restriction up
 * changes and releases it; the operator may release and change any.
 *
 * Source: T2S UDFS 3.6.1.8.5 (pre-emption), 3.6.1.9 (partial settlement of restrictions), 3.6.1.13
 * (blocking, reservation, earmarking), semt.013 (intra-position movement).
 */
#ifndef TALLY_LEDGER_RESTRICTION_RESTRICTION_H
#define TALLY_LEDGER_RESTRICTION_RESTRICTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "ledger/holding/position.h"
#include "ledger/restriction/restriction_type.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"
#include "ledger/values/outcome.h"

enum restriction_kind {
    RESTRICTION_BLOCKING = 1,
    RESTRICTION_RESERVATION = 2,
    RESTRICTION_EARMARKING = 3,
    RESTRICTION_PLEDGING = 4,
};

enum {
    RESTRICTION_WAITING_MAX = 4, /* restrictions that wait for one position */
    /* What one booking tells about restrictions of one position that took. */
    RESTRICTION_FILL_EVENTS_MAX = RESTRICTION_WAITING_MAX,
};

struct restriction {
    uint64_t sequence; /* ledger-wide, from 1; never given twice, unlike a slot */
    uint32_t party;    /* index: who set it up */
    struct text35 reference;
    uint32_t position;    /* index */
    uint8_t kind;         /* enum restriction_kind */
    uint8_t settlement;   /* enum settlement_status */
    uint8_t cancellation; /* enum cancellation_status: none or cancelled */
    enum reason reason;   /* LACK or MONY while something is to fill; why it was cancelled */
    int64_t initial;
    int64_t used;
    int64_t remaining;
    int64_t to_fill;
    uint64_t height; /* of the last change */
    uint64_t time_ms;
    struct nonce_secret secret;
};

/* Which restrictions wait for a position, from its restriction_first on, derived from the records,
 * and scratch of bookings. Entries are indexes plus one. */
struct restriction_queues {
    uint32_t *next;                   /* per restriction */
    struct restriction_hit *last_hit; /* of the command at hand: restriction_type.h */
    int64_t *planned; /* per restriction: restriction_draw.h; zero but within one booking */
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void restriction_encode(const struct restriction *restriction, struct bytes_writer *writer);
void restriction_decode(struct restriction *restriction, struct bytes_reader *reader);

/* The restriction that a party set up under a reference; RECORD_NONE when there is none. */
uint32_t restriction_find(const struct ledger *ledger, uint32_t party,
                          const struct text35 *reference);
struct restriction *restriction_at(struct ledger *ledger, uint32_t index);
const struct restriction *restriction_view(const struct ledger *ledger, uint32_t index);

/* Is it one of enum restriction_kind? */
bool restriction_kind_known(uint8_t kind);
/* The balance of a kind. pre: known. */
enum position_balance restriction_balance(uint8_t kind);
/* Is it one that takes everything or nothing? */
bool restriction_all_or_none(uint8_t kind);
/* Nothing is set aside any more, nor will be unless it is increased. */
bool restriction_over(const struct restriction *restriction);

/* Lays the queues out, empty. Works while the arena only counts. */
void restriction_layout(struct restriction_queues *queues, uint32_t restriction_capacity,
                        struct arena *arena);
/* Fills the queues from the records. pre: they are empty. */
void restriction_rebuild(struct ledger *ledger);
/* How many restrictions wait for a position. */
uint32_t restriction_waiting(const struct ledger *ledger, uint32_t position);

/*
 * What a set-up or an increase of `quantity` would take now. pre: kind known, quantity positive.
 */
int64_t restriction_takes(const struct ledger *ledger, uint32_t position, uint8_t kind,
                          int64_t quantity);
/*
 * Adds `quantity` to what the restriction is to hold, takes what it may now, and puts it in wait
 * for the rest; for an earmarking the rest is dropped. Emits one event. pre: quantity positive,
 * sums fit, there is room to wait, an all-or-none one has nothing to fill.
 */
void restriction_extend(struct ledger *ledger, uint32_t index, int64_t quantity);
/*
 * So much of what remains was used for an instruction; the posting has moved it. Emits one event.
 * pre: 0 < quantity <= remaining.
 */
void restriction_use(struct ledger *ledger, uint32_t index, uint32_t instruction, int64_t quantity);
/*
 * Gives up `quantity`, what is to fill first; what is freed becomes available. Emits one event, and
 * those of what it fills. pre: 0 < quantity <= remaining + to fill.
 */
void restriction_reduce(struct ledger *ledger, uint32_t index, int64_t quantity);
/* Gives up everything and ends it for `reason`. Events as above. pre: not cancelled. */
void restriction_release(struct ledger *ledger, uint32_t index, enum reason reason);

/*
 * The available balance of a position has grown: the restrictions that wait for it take theirs. At
 * most RESTRICTION_FILL_EVENTS_MAX events.
 */
void restriction_fill(struct ledger *ledger, uint32_t position);

/* Forgets what has been over for longer than the retention, within bounds; its cursor is in the
 * scalars. */
void restriction_purge(struct ledger *ledger, uint32_t records_max);

#endif
