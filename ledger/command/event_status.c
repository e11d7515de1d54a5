#include "ledger/command/event_status.h"

#include "ledger/instruction/instruction.h"

static bool internal(const struct event *event)
{
    return event->counter_sequence == event->instruction_sequence;
}

bool event_first(const struct event *event, struct event *first)
{
    if (event->kind != EVENT_SETTLED || event->value == 0) {
        return false;
    }
    *first = *event;
    first->kind = EVENT_MATCHED;
    first->value = 0;
    first->settled_quantity = 0;
    if (internal(event)) {
        first->kind = EVENT_STATUS;
        first->dimension = DIMENSION_PROCESSING;
        first->value = PROCESSING_PENDING;
    }
    return true;
}

static struct event_status told(enum instruction_dimension dimension, uint8_t value,
                                enum reason reason)
{
    return (struct event_status){(uint8_t)dimension, value, reason};
}

static unsigned settled(const struct event *event, struct event_status out[EVENT_STATUSES_MAX])
{
    if (event->reason == REASON_PAIN) {
        out[0] = told(DIMENSION_SETTLEMENT, SETTLEMENT_PARTIALLY_SETTLED, REASON_PART);
        return 1;
    }
    out[0] = told(DIMENSION_SETTLEMENT, SETTLEMENT_SETTLED, REASON_NONE);
    out[1] = told(DIMENSION_PROCESSING, PROCESSING_ENDED, REASON_NONE);
    return 2;
}

/* What is matched has been tried, so its settlement had a reason, which it has no more. */
static unsigned cancelled(const struct event *event, struct event_status out[EVENT_STATUSES_MAX])
{
    unsigned count = 0;
    out[count++] = told(DIMENSION_CANCELLATION, CANCELLATION_CANCELLED, event->reason);
    if (event->counter_sequence != 0) {
        bool part = event->settled_quantity > 0;
        out[count++] =
            told(DIMENSION_SETTLEMENT, part ? SETTLEMENT_PARTIALLY_SETTLED : SETTLEMENT_UNSETTLED,
                 REASON_NONE);
    }
    out[count++] = told(DIMENSION_PROCESSING, PROCESSING_ENDED, event->reason);
    return count;
}

unsigned event_statuses(const struct event *event, bool other_side,
                        struct event_status out[EVENT_STATUSES_MAX])
{
    switch ((enum event_kind)event->kind) {
    case EVENT_STATUS:
        out[0] = (struct event_status){event->dimension, event->value, event->reason};
        return other_side ? 0 : 1;
    case EVENT_MATCHED:
        out[0] = told(DIMENSION_MATCH, MATCH_MATCHED, REASON_NONE);
        out[1] = told(DIMENSION_PROCESSING, PROCESSING_PENDING, REASON_NONE);
        return 2;
    case EVENT_SETTLED:
        return other_side && internal(event) ? 0 : settled(event, out);
    case EVENT_CANCELLED:
        return other_side ? 0 : cancelled(event, out);
    default:
        return 0;
    }
}
