/*
 * ledger/scalars.h - the one record of clocks, counters and cursors
 */
#ifndef TALLY_LEDGER_SCALARS_H
#define TALLY_LEDGER_SCALARS_H

#include <stdint.h>

#include "ledger/record.h"

struct scalars {
    uint64_t height;        /* of the last block applied; 0 genesis */
    uint64_t time_ms;       /* ledger time: the last block's timestamp; never falls */
    uint32_t business_date; /* the settlement day; moved by day_tick() */
    uint32_t purge_date; /* what was traded before it is forgotten and refused; never falls (I7) */
    uint64_t instruction_sequence; /* last given */
    uint64_t event_sequence;       /* last given */
    uint64_t wake_turn_last;       /* waiting.h: last turn given */
    uint32_t purge_cursor;         /* next instruction slot the retention sweep looks at */
    uint32_t wake_cursor; /* next position slot to wake after an unblocking, plus one; 0 none */
    uint32_t reference_cursor; /* next reference slot the retention sweep looks at */
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void scalars_encode(const struct scalars *scalars, struct bytes_writer *writer);
void scalars_decode(struct scalars *scalars, struct bytes_reader *reader);

#endif
