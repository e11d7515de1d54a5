/*
 * ledger/command/draft.h - commands that wait for a second person (four eyes)
 *
 * Rule. A command for which two persons are wanted (four_eyes.h) passes all its checks and then
 * waits as a draft under its own reference. A key of another person of the same party, with the
 * right to approve, with a scope that covers the command and limits that suffice, approves it,
 * naming the hash of the content it saw. Then it is judged as if submitted now, with the rights
 * that its maker has now; what it comes to is the approval's receipt. Whoever of the party may
 * approve may reject, so the maker, if he may approve others', may withdraw. A draft lapses after
 * `draft_days` of ledger time (limits), and falls when what it asks is refused at approval.
 *
 * Rule, once. A draft is gone when it is approved, whatever its command came to, so no approval
 * acts twice; the command's own reference is then remembered like any other. The same command
 * submitted again after a rejection is a new draft.
 *
 * Rule, audit. Every step is an event: DRAFTED (party, reference, person, content, `value` = kind,
 * `quantity` = what it moves), APPROVED and DRAFT_DROPPED (the same, with `approver`; rejected if
 * one is named, else lapsed; with a reason if it fell). A lapsed one is dropped at the end of a
 * block, at most so many in each, and meanwhile nobody can approve it. The drafts that wait are
 * those DRAFTED and neither APPROVED nor DROPPED since, by party and reference.
 */
#ifndef TALLY_LEDGER_COMMAND_DRAFT_H
#define TALLY_LEDGER_COMMAND_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/hash.h"
#include "ledger/command/event.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"

enum {
    DRAFT_COMMAND_BYTES_MAX = 2048
};

struct draft {
    uint32_t party;
    uint32_t key; /* that submitted it */
    struct text35 reference;
    struct hash content;
    uint64_t height;
    uint32_t receipt_index;
    uint64_t lapses_ms;
    int64_t value; /* what it moves (command_value) */
    uint8_t kind;
    struct nonce_secret secret; /* of the submitting command */
    uint16_t command_size;
    uint8_t command[DRAFT_COMMAND_BYTES_MAX];
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void draft_encode(const struct draft *draft, struct bytes_writer *writer);
void draft_decode(struct draft *draft, struct bytes_reader *reader);

/* The draft of a party under its reference; RECORD_NONE when there is none. */
uint32_t draft_find(const struct ledger *ledger, uint32_t party, const struct text35 *reference);
/* The record, to read. pre: in use. */
const struct draft *draft_view(const struct ledger *ledger, uint32_t index);
/* Is its time over? pre: in use. */
bool draft_lapsed(const struct ledger *ledger, uint32_t index);
/* May the party have one more draft wait? */
bool draft_has_room(const struct ledger *ledger, uint32_t party);
/* Keeps a draft. Copies it. pre: draft_has_room(), the reference is not in use by another draft. */
void draft_add(struct ledger *ledger, const struct draft *draft);
/* Takes a draft out, telling nobody. */
void draft_remove(struct ledger *ledger, uint32_t index);
/*
 * Tells of a step in a draft's life: DRAFTED, APPROVED or DRAFT_DROPPED, by a key that approved or
 * rejected it (RECORD_NONE: none), for a reason if it fell. pre: room for one event.
 */
void draft_tell(struct ledger *ledger, enum event_kind kind, const struct draft *draft,
                uint32_t approver, enum reason reason);
/* Drops drafts whose time is over, at most `count_max`. Returns how many. */
uint32_t draft_expire(struct ledger *ledger, uint32_t count_max);

#endif
