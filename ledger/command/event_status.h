/*
 * ledger/command/event_status.h - which statuses an event tells
 *
 * Problem. A pair that matches and settles changes eight statuses. An event for each of them would
 * say again what MATCHED and SETTLED have said.
 *
 * Rule. No event repeats what another event of the same step says. Every change of a status or of
 * its reason is told by exactly one event:
 *
 *   event                    whose statuses  what they are from then on
 *   STATUS                   its subject's   the one dimension that it names
 *   MATCHED                  both sides'     match MATCHED; processing PENDING
 *   SETTLED of a part        both sides'     settlement PARTIALLY_SETTLED (PART)
 *   SETTLED of all, or of    both sides'     settlement SETTLED; processing ENDED
 *   what was left
 *   CANCELLED                its subject's   cancellation CANCELLED (reason of the event);
 *                                            settlement as it was, without a reason; processing
 *                                            ENDED (reason of the event)
 *   RESTRICTION_HIT of a     its subject's   validation hold YES (CVAL), when it is instructed
 *   validation hold
 *   TRANSFORMED              the other       the holds but the party's, as the subject had them
 *                            side's
 *
 * A pair that settles as a whole in the attempt that its match causes has no event MATCHED: its
 * SETTLED says so (value 1), and is first what MATCHED would have been. Of an internal transfer,
 * which needs no match, it says that processing was PENDING first.
 *
 * What an instruction begins with is said by its command: UNSETTLED; UNMATCHED (CMIS), or match NOT
 * REQUIRED; no cancellation; party hold (PTYH) or none; ACCEPTED.
 *
 * Example. Both sides of a trade are there and provided for: one event, SETTLED with value 1.
 * Without the cash: MATCHED, then STATUS settlement UNSETTLED (CMON) and (MONY), one for each side;
 * when cash arrives, SETTLED.
 */
#ifndef TALLY_LEDGER_COMMAND_EVENT_STATUS_H
#define TALLY_LEDGER_COMMAND_EVENT_STATUS_H

#include <stdbool.h>

#include "ledger/command/event.h"

enum {
    EVENT_STATUSES_MAX =
        3 /* that one event tells of one side, beside what it says happened first */
};

struct event_status {
    uint8_t dimension; /* enum instruction_dimension */
    uint8_t value;
    enum reason reason;
};

/*
 * What happened first by the word of an event, as the event that it stands for: MATCHED, or STATUS
 * of an internal transfer. False: it says nothing of the kind.
 */
bool event_first(const struct event *event, struct event *first);
/*
 * The statuses that MATCHED, SETTLED, CANCELLED or STATUS tells of its subject, or of the other
 * side, apart from event_first(). Returns how many.
 */
unsigned event_statuses(const struct event *event, bool other_side,
                        struct event_status out[EVENT_STATUSES_MAX]);

#endif
