/*
 * ledger/state/scalars.h - the one record of clocks, counters and cursors
 *
 * Rule. Height and time are those of the last block; blocks and manifests say them, so they are no
 * part of the record's bytes. Everything else changes only when something happens: an empty block
 * leaves the record, and with it the state root, as they were, so that what is asked on an idle
 * network can be proved at once.
 */
#ifndef TALLY_LEDGER_STATE_SCALARS_H
#define TALLY_LEDGER_STATE_SCALARS_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/hash.h"
#include "ledger/day/day_sweep.h"
#include "ledger/state/record.h"

struct scalars {
    uint64_t height;        /* of the last block applied; 0 genesis; not encoded */
    uint64_t time_ms;       /* ledger time: the last block's timestamp; never falls; not encoded */
    uint32_t business_date; /* the settlement day; moved by day_tick() */
    uint32_t purge_date; /* what was traded before it is forgotten and refused; never falls (I7) */
    uint64_t instruction_sequence;   /* last given */
    uint64_t event_sequence;         /* last given */
    uint64_t wake_turn_last;         /* waiting.h: last turn given */
    uint64_t optimisation_turn_last; /* optimisation.h: last mark given */
    /* Sweeps of housekeeping.h: the slot looked at next, plus one; 0 when nothing is to do. */
    uint32_t purge_cursor;         /* over instructions */
    uint32_t reference_cursor;     /* over references */
    uint32_t wake_cursor;          /* over positions */
    uint32_t limit_cursor;         /* over limits (limit.h) */
    struct day_sweep sweep;        /* of the end and the start of the settlement day */
    uint64_t restriction_sequence; /* last given */
    uint32_t restriction_cursor;   /* over restrictions, as the purge's above */
    struct hash secret;            /* from which salts are drawn (leaf_salt.h) */
};

/* Writes the record's bytes, and reads them; reading fails the reader on any other form. */
void scalars_encode(const struct scalars *scalars, struct bytes_writer *writer);
void scalars_decode(struct scalars *scalars, struct bytes_reader *reader);
/* Would both be encoded to the same bytes? */
bool scalars_equal(const struct scalars *a, const struct scalars *b);

#endif
