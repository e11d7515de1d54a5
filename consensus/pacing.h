/*
 * pacing.h: when a view is worth having. Internal.
 *
 * Problem. An idle network should not make thousands of empty blocks, and a busy one should not
 * wait.
 *
 * Rule. The timers of a view run, and its leader proposes, only if there is work:
 *     (a) a batch is held that no block on the parent's branch has ordered (not while execution is
 *         too far behind, that of q validators: who alone is behind, as during a checkpoint, names
 *         again what the parent names);
 *     (b) the parent is notarized but not final, and stays so: else the last block before an idle
 *         time would never become final;
 *     (c) q validators executed a block with a result worth certifying, and no notarized header
 *         does; or the ledger carried work over; or a timed event is due;
 *     (d) the heartbeat period has passed since the last block.
 * The leader proposes at once on (a), (c) and (d), and after 2 D0 on (b). The others start their
 * timers D0 later than the leader would, since they may see the work first. A node that sees no
 * work is pulled along by a proposal, or by f + 1 that gave up.
 *
 *     entered   work    start      proposal expected by   certificate expected by
 *     0 ms      40 ms   40 + D0    start + 2 D(view)      start + 3 D(view)
 *
 * A block costs each member the same, whatever it orders: votes, syncs, messages. Where processors
 * are short, fewer and larger blocks get more done. So a leader whose execution was under way for
 * more than BUSY_BEGIN of the time lately lets time pass between blocks, up to 4/5 D0 at BUSY_FULL,
 * long before the others give up on it:
 *
 *     execution under way    70 %      78 %           85 % and more of the time
 *     proposes after         5 ms      45 ms          80 ms, with D0 = 100 ms and 5 ms at least
 *
 * Not if q others have executed more than it, as when its machine stands still now and then: then
 * the network has processors enough, and its larger blocks would help nobody but itself.
 *
 * A leader that seems to be dead is not waited for: its view is given up on entering it, work or
 * none, so that whoever leads next finds the way free. It seems to be dead if
 *     - its last turn passed without a proposal, and no vote or proposal of its own came since; or
 *     - no vote or proposal of its own came for max(skip_ms, 8 D), while votes flowed,
 * as long as q validators, this one included, are neither. So where all are slow, all are waited
 * for. With four validators, of which one dies:
 *
 *     view   leader   is
 *     8      dead     given up 2 D after its start, as it should have proposed by then
 *     9-11   others   notarized
 *     12     dead     given up at once, and so are 16, 20, ...
 *     16     back     given up at once; in view 17 it votes, and from 20 on it leads
 *
 * A vote takes one message, a turn two and more, so a leader that lives is heard between two of its
 * turns, and nobody but itself can be silent in its place: a NULLIFICATION of its view takes f + 1
 * honest validators, and then each of them has to hear nothing from it. If they are wrong all the
 * same, because it is far away, the first condition holds only while one of the last f + 2 views
 * became final: else all are waited for, as long as it takes.
 */
#ifndef TALLY_CONSENSUS_PACING_H
#define TALLY_CONSENSUS_PACING_H

#include "consensus/core.h"

/* Forgets the last view's timers. */
void pacing_enter(struct consensus *core);

/* Arms the timers if there is work, and says in pacing.may_propose whether a leader may propose. */
void pacing_run(struct consensus *core);

/* A proposal of the current view came: from now on a certificate is awaited. */
void pacing_proposal_seen(struct consensus *core);

/* A block became the tip, which execution takes up next. */
void pacing_committed(struct consensus *core);

/* A block was executed. */
void pacing_executed(struct consensus *core);

/* The current view ends with a NULLIFICATION. */
void pacing_given_up(struct consensus *core);

/* Notes a vote or proposal that came from its signer. */
void pacing_heard(struct consensus *core, uint16_t validator);

#endif
