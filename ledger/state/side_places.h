/*
 * ledger/state/side_places.h - memory of an instruction that sets share, since it stands in one of
 * them at a time
 *
 * Rule. An open instruction is unmatched, and stands in the rings of those who name a party
 * (alleged.h); or it is matched, and its flows stand with the positions that they touch
 * (component.h). Both sets take their places in the same 16 bytes, and whoever leaves one of them
 * leaves zeroes.
 */
#ifndef TALLY_LEDGER_STATE_SIDE_PLACES_H
#define TALLY_LEDGER_STATE_SIDE_PLACES_H

#include "ledger/matching/alleged.h"
#include "ledger/state/ordered.h"

enum {
    SIDE_TOUCHES = 2 /* a flow touches the position that gives, and the one that takes */
};

union side_places {
    struct alleged_link alleged[ALLEGED_RING_COUNT];
    struct ordered_link touching[SIDE_TOUCHES];
};
_Static_assert(sizeof(union side_places) == 16, "neither takes more than the other");
/* RECORD_NONE in front says that an instruction is listed (alleged.h): no place of a tree is that,
 * since the upper bits of the greatest height are not all ones. */
_Static_assert(ORDERED_HEIGHT_MAX >> (32 - ORDERED_INDEX_BITS) <
                   (1 << (32 - ORDERED_INDEX_BITS)) - 1,
               "what is matched never looks listed");

#endif
