/*
 * ledger/command/reference.h - executed commands remembered by their party's reference, so that no
 * file acts twice
 *
 * Rule. Every executed command other than an instruction (whose record does the same) leaves
 * {party, reference, content, height, receipt index}. It is forgotten when its date lies before the
 * purge date, from when on a command of that date is refused (I7). Refused commands leave nothing:
 * their reference may be used again.
 */
#ifndef TALLY_LEDGER_COMMAND_REFERENCE_H
#define TALLY_LEDGER_COMMAND_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/hash.h"
#include "ledger/state/record.h"
#include "ledger/values/identifier.h"

struct reference_entry {
    uint32_t party; /* index */
    struct text35 reference;
    uint32_t date;
    struct hash content;
    uint64_t height;
    uint32_t receipt_index;
    uint8_t command_kind;
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void reference_entry_encode(const struct reference_entry *entry, struct bytes_writer *writer);
void reference_entry_decode(struct reference_entry *entry, struct bytes_reader *reader);

/* The remembered command of a party under a reference; RECORD_NONE when there is none. */
uint32_t reference_find(const struct ledger *ledger, uint32_t party,
                        const struct text35 *reference);
/* The record, to read. pre: in use. */
const struct reference_entry *reference_view(const struct ledger *ledger, uint32_t index);
/* May the party have `count` more commands remembered? */
bool reference_has_room(const struct ledger *ledger, uint32_t party, uint32_t count);
/* Remembers a command. Copies the entry. pre: reference_has_room(), the reference is not in use. */
void reference_add(struct ledger *ledger, const struct reference_entry *entry);
/* Sweeps `count_max` slots from the cursor on and forgets what lies before the purge date. */
void reference_purge(struct ledger *ledger, uint32_t count_max);

#endif
