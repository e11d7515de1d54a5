/*
 * ledger/command/draft.h - commands that wait for a second person (four eyes)
 *
 * Rule. A command that moves more than its key's amount limit waits as a draft under its own
 * reference. Another key of the same party with the right to approve, and a limit that suffices,
 * approves or rejects it, naming the hash of the content it saw. Approved, it is executed as if
 * submitted then, and its result is an event and the approval's receipt. A draft lapses when the
 * date of its command is purged or after `draft_days` of the limits.
 */
#ifndef TALLY_LEDGER_COMMAND_DRAFT_H
#define TALLY_LEDGER_COMMAND_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/hash.h"
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
/* May the party have one more draft wait? */
bool draft_has_room(const struct ledger *ledger, uint32_t party);
/* Keeps a draft. Copies it. pre: draft_has_room(), the reference is not in use by another draft. */
void draft_add(struct ledger *ledger, const struct draft *draft);
/* Takes a draft out because it was executed; and because it was rejected or lapsed, with an event.
 */
void draft_remove(struct ledger *ledger, uint32_t index);
void draft_drop(struct ledger *ledger, uint32_t index);
/* Drops drafts whose time is over, at most `count_max`. Returns how many. */
uint32_t draft_expire(struct ledger *ledger, uint32_t count_max);

#endif
