/*
 * Moving an event of the present settlement day: the operator's command, always with a second
 * person's approval.
 *
 * Checks, in this order: the party is operator; the event may be moved (cut-offs, end of day,
 * change of date) and is one of today's; the currency is known, and given only for what each
 * currency has at its own time; the event has not taken effect; the new time lies ahead, and not
 * farther from the plan than the rules allow; the order of the day is kept: real time, DvP cut-off,
 * cash cut-off, FOP cut-off, end of day, change of date.
 *
 * A currency that had the time of all gets an entry of its own. The last partial window goes with
 * its DvP cut-off unless it has opened.
 */
#include "ledger/command/execute.h"
#include "ledger/day/day.h"
#include "ledger/state.h"

enum {
    MINUTE_MS = 60000
};

static struct refusal invalid(enum detail detail, enum field field)
{
    return refuse(REASON_VALR, detail, field);
}

static bool movable(uint8_t event)
{
    return event == DAY_DVP_CUT_OFF || event == DAY_CASH_CUT_OFF || event == DAY_FOP_CUT_OFF ||
           event == DAY_END_OF_DAY || event == DAY_CHANGE_OF_DATE;
}

/* Is the entry bound to the order of this event and currency? Windows are bound to none. */
static bool bound(const struct business_day *day, const struct command_day_revise *body,
                  const struct day_entry *entry)
{
    enum day_event which = (enum day_event)entry->event;

    if (entry->event == body->event || (!movable(entry->event) && which != DAY_REAL_TIME)) {
        return false;
    }
    if (!day_event_of_currency(which) || !day_event_of_currency((enum day_event)body->event)) {
        return true;
    }
    if (body->currency.size != 0) {
        return business_day_view(day, which, &body->currency) == entry;
    }
    /* What is moved holds for every currency that has no entry of its own. */
    return business_day_view(day, (enum day_event)body->event, &entry->currency)->currency.size ==
           0;
}

static bool order_kept(const struct business_day *day, const struct command_day_revise *body)
{
    for (uint8_t i = 0; i < day->entry_count; i++) {
        const struct day_entry *entry = &day->entry[i];
        bool earlier = entry->event < body->event;

        if (bound(day, body, entry) && (earlier ? entry->revised_ms > body->revised_ms
                                                : entry->revised_ms < body->revised_ms)) {
            return false;
        }
    }
    return true;
}

static struct refusal what_check(const struct ledger *ledger, const struct command_day_revise *body)
{
    if (!movable(body->event) ||
        business_day_view(day_view(ledger), (enum day_event)body->event, NULL) == NULL) {
        return invalid(DETAIL_NOT_ALLOWED, FIELD_DAY_EVENT);
    }
    if (body->currency.size == 0) {
        return refusal_none();
    }
    if (!day_event_of_currency((enum day_event)body->event)) {
        return invalid(DETAIL_NOT_APPLICABLE, FIELD_CURRENCY);
    }
    if (body->currency.size != CURRENCY_SIZE ||
        asset_find(ledger, &body->currency) == RECORD_NONE) {
        return refuse(REASON_NCRR, DETAIL_UNKNOWN, FIELD_CURRENCY);
    }
    return refusal_none();
}

struct refusal day_check(const struct ledger *ledger, const struct command_context *context,
                         const struct command *command)
{
    const struct command_day_revise *body = &command->day_revise;
    const struct business_day *day = day_view(ledger);
    uint64_t span_ms = (uint64_t)rule_set_in_force(ledger)->plan.extension_minutes_max * MINUTE_MS;
    const struct day_entry *entry;
    struct refusal refusal;

    if ((party_view(ledger, context->party)->roles & PARTY_OPERATOR) == 0) {
        return invalid(DETAIL_ROLE_MISSING, FIELD_PARTY);
    }
    refusal = what_check(ledger, body);
    if (!refusal_is_none(refusal)) {
        return refusal;
    }
    entry = business_day_view(day, (enum day_event)body->event, &body->currency);
    if (entry->effective_ms != 0) {
        return invalid(DETAIL_EVENT_PASSED, FIELD_DAY_EVENT);
    }
    if (body->revised_ms <= ledger_time_ms(ledger)) {
        return invalid(DETAIL_TIME_PASSED, FIELD_REVISED_TIME);
    }
    if (body->revised_ms > entry->planned_ms + span_ms ||
        body->revised_ms + span_ms < entry->planned_ms) {
        return invalid(DETAIL_OUT_OF_RANGE, FIELD_REVISED_TIME);
    }
    if (!order_kept(day, body)) {
        return invalid(DETAIL_DAY_ORDER, FIELD_REVISED_TIME);
    }
    /* A cut-off and its last window: two entries at most. */
    if (day->entry_count > DAY_ENTRY_MAX - 2) {
        return invalid(DETAIL_CAPACITY_FULL, FIELD_DAY_EVENT);
    }
    return refusal_none();
}

/* The currency's own entry, made if need be. */
static struct day_entry *own_entry(struct business_day *day, enum day_event event,
                                   const struct asset_code *currency)
{
    struct day_entry *entry = business_day_entry(day, event, currency);

    if (entry == NULL || entry->currency.size == currency->size) {
        return entry;
    }
    return business_day_own(day, event, currency);
}

void day_act(struct ledger *ledger, const struct command_context *context,
             const struct command *command)
{
    const struct command_day_revise *body = &command->day_revise;
    struct business_day *day = ledger->business_day;
    enum day_event which = (enum day_event)body->event;
    struct day_entry *entry = own_entry(day, which, &body->currency);
    struct event event = {.kind = EVENT_DAY_REVISED,
                          .party = party_view(ledger, context->party)->bic,
                          .reference = command->reference,
                          .date = day->date,
                          .value = body->event,
                          .currency = body->currency,
                          .due_ms = body->revised_ms};

    TALLY_ASSERT(entry != NULL && entry->effective_ms == 0);
    if (which == DAY_DVP_CUT_OFF) {
        struct day_entry *window = own_entry(day, DAY_LAST_WINDOW, &body->currency);
        if (window != NULL && window->effective_ms == 0) {
            window->revised_ms = body->revised_ms - (entry->planned_ms - window->planned_ms);
        }
    }
    entry->revised_ms = body->revised_ms;
    day_revised(ledger);
    record_touch(ledger, RECORD_BUSINESS_DAY, 0);
    event_emit(ledger, &event);
}
