/*
 * netsim/check/accountability.h - who can be convicted, by what honest members have seen together
 *
 * Problem. If two conflicting blocks are final, more than a third of the members lied, and it must
 * be possible to name them: that is worth as much as safety to those who lost money.
 *
 * Rule. Every signed statement in a message that an honest member received, or in a record of its
 * journal, is written down: who said what of which view. Convicted is who
 *
 *     notarised two blocks of a view, finalised two of a view, or finalised and nullified one
 *
 * (consensus/evidence.h). Statements are taken from votes, proposals, certificates and
 * justifications, with offsets of this file, not with the code of consensus/. Signatures are not
 * checked: the caller only passes what an honest core took as it stands, and in tests of twins
 * nobody signs for another.
 */
#ifndef TALLY_NETSIM_CHECK_ACCOUNTABILITY_H
#define TALLY_NETSIM_CHECK_ACCOUNTABILITY_H

#include <stddef.h>
#include <stdint.h>

#include "netsim/engine/member_set.h"

struct accountability;

/* Empty books, and how they end; accountability_reset empties them for another run. */
struct accountability *accountability_new(uint32_t members_count);
void accountability_free(struct accountability *accountability);
void accountability_reset(struct accountability *accountability);

/* A message that an honest member received, or a record of its journal. */
void accountability_hear(struct accountability *accountability, const uint8_t *message,
                         size_t size);
void accountability_read(struct accountability *accountability, const uint8_t *record, size_t size);

/* Who is convicted by what was heard and read so far. */
struct member_set accountability_culprits(const struct accountability *accountability);

#endif
