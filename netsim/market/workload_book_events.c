/* What a book makes of events: balances, and what settled and should not have, or should have and
 * did not. */
#include "base/amount.h"
#include "ledger/command/command.h"
#include "ledger/instruction/instruction.h"
#include "netsim/market/workload_book_inside.h"
#include "netsim/market/workload_day.h"

enum {
    RING_LEGS = 3
};

static uint32_t participant_of(const struct workload_book *book, uint32_t account)
{
    return account / market_configuration(book->market)->account_count;
}

static bool has_settled(const struct workload_book *book, const struct workload_deal *deal)
{
    return deal->commands[0] != WORKLOAD_NONE &&
           workload_book_command(book, deal->commands[0])->state == COMMAND_SETTLED;
}

/* Was the tie of a settled deal known to the ledger, and not kept? */
static bool tie_broken(const struct workload_book *book, const struct workload_deal *deal)
{
    if (deal->tie == TIE_NONE) {
        return false;
    }
    const struct workload_deal *other = workload_book_deal(book, deal->tied);
    const struct workload_deal *says = deal->tie_says ? deal : other;
    const uint8_t said = workload_book_command(book, says->commands[deal->tie_side])->state;
    if (said == COMMAND_MADE || said == COMMAND_REFUSED || deal->tie == TIE_BEFORE) {
        return false;
    }
    return !has_settled(book, other) ||
           (deal->tie != TIE_AFTER &&
            workload_book_command(book, deal->commands[0])->settled_height !=
                workload_book_command(book, other->commands[0])->settled_height);
}

/* What a position holds and nobody has set aside. */
static int64_t available(const struct workload_book *book, bool cash, uint32_t account,
                         uint32_t asset)
{
    return workload_book_balance(book, cash, account, asset) -
           workload_bounds_aside(book->bounds, cash, account, asset);
}

/* Is anything set aside where a side gives from? */
static bool has_aside(const struct workload_book *book, const struct workload_deal *deal)
{
    return workload_bounds_aside(book->bounds, false, deal->deliverer, deal->security) > 0 ||
           workload_bounds_aside(book->bounds, true, deal->receiver, deal->currency) > 0;
}

/* Did a deal settle before what it is tied to, or out of what was not there for it? */
static bool settled_wrongly(const struct workload_book *book, const struct workload_deal *deal)
{
    return tie_broken(book, deal) ||
           (has_aside(book, deal) && (available(book, false, deal->deliverer, deal->security) < 0 ||
                                      available(book, true, deal->receiver, deal->currency) < 0));
}

void workload_book_time(struct workload_book *book, uint64_t ledger_ms)
{
    for (uint32_t i = 0; i < book->to_check.count; i++) {
        const struct workload_deal *deal =
            workload_book_deal(book, ((const uint32_t *)book->to_check.items)[i]);
        book->contradictions += settled_wrongly(book, deal) ? 1 : 0;
    }
    book->to_check.count = 0;
    book->ledger_ms = ledger_ms;
}

/* ---- Balances -------------------------------------------------------------------------------- */

static int64_t *balance_at(const struct workload_book *book, bool cash, uint32_t account,
                           uint32_t asset)
{
    TALLY_ASSERT(account < book->account_count && asset < book->asset_count[cash]);
    return &book->balances[cash][(size_t)account * book->asset_count[cash] + asset];
}

int64_t workload_book_balance(const struct workload_book *book, bool cash, uint32_t account,
                              uint32_t asset)
{
    return *balance_at(book, cash, account, asset);
}

static void book_issue(struct workload_book *book, const struct event *event)
{
    bool cash;
    bool cash_account;
    uint32_t account;
    uint32_t asset;
    if (market_asset_find(book->market, &event->asset, &cash, &asset) &&
        market_account_find(book->market, &event->counterparty, &event->counter_account,
                            &cash_account, &account) &&
        cash == cash_account) {
        *balance_at(book, cash, account, asset) += event->quantity;
    }
}

static void side_settled(struct workload_book *book, uint32_t number, uint64_t height)
{
    struct workload_command *command = workload_book_command(book, number);
    command->state = COMMAND_SETTLED;
    command->settled_height = height;
    command->reason = REASON_NONE;
}

static void part_settled(struct workload_book *book, uint32_t number)
{
    workload_book_command(book, number)->reason = REASON_PART;
}

/* Has a side of the deal been accepted, and neither settled nor cancelled? */
static bool side_open(const struct workload_book *book, const struct workload_deal *deal, int side)
{
    return deal->commands[side] != WORKLOAD_NONE &&
           workload_book_command(book, deal->commands[side])->state == COMMAND_OPEN;
}

/* May this deal ever settle, as far as its own terms go? */
static bool terms_allow(const struct workload_book *book, const struct workload_deal *deal)
{
    return side_open(book, deal, 0) && side_open(book, deal, 1) && deal->kind != WORKLOAD_AHEAD &&
           deal->kind != WORKLOAD_DISAGREE;
}

static bool is_held(const struct workload_book *book, const struct workload_deal *deal)
{
    return workload_book_command(book, deal->commands[0])->held ||
           workload_book_command(book, deal->commands[1])->held;
}

/* May all that is left of it settle? */
static bool can_settle(const struct workload_book *book, const struct workload_deal *deal)
{
    return terms_allow(book, deal) && !is_held(book, deal);
}

/* Is this an hour at which the deal may settle? */
static bool hour_allows(const struct workload_book *book, const struct workload_deal *deal)
{
    return book->ledger_ms == 0 ||
           workload_day_open(&market_configuration(book->market)->rules.plan, book->ledger_ms,
                             deal->free);
}

/* Was the side told that the hour keeps it, or what it is tied to? */
static bool told_of_hour(const struct workload_book *book, const struct workload_deal *deal,
                         int side)
{
    const uint16_t reason = workload_book_command(book, deal->commands[side])->reason;
    return reason == REASON_LATE || reason == REASON_CYCL ||
           (deal->tie != TIE_NONE && (reason == REASON_LINK || reason == REASON_INBC));
}

/* Does the money keep step with the quantity, and is a part one that both sides allow? */
static bool is_whole_or_part(const struct workload_book *book, const struct workload_deal *deal,
                             const struct event *event)
{
    const int64_t settled = deal->settled_quantity + event->quantity;
    const int128 amount = (int128)deal->amount * settled / deal->quantity;
    const bool whole = settled == deal->quantity;
    return event->quantity > 0 && settled <= deal->quantity &&
           event->amount == (int64_t)amount - deal->settled_amount &&
           (whole || (deal->parts == 3 && deal->tie == TIE_NONE)) &&
           (!is_held(book, deal) || (!whole && deal->part_released));
}

/* Is what settled a deal that may settle, as it was agreed? */
static bool as_agreed(const struct workload_book *book, const struct event *event,
                      uint32_t delivery, uint32_t receipt)
{
    uint32_t number = workload_book_command(book, delivery)->deal;
    if (number == WORKLOAD_NONE) {
        return false;
    }
    const struct workload_deal *deal = workload_book_deal(book, number);
    return deal->commands[0] == delivery && deal->commands[1] == receipt &&
           terms_allow(book, deal) && hour_allows(book, deal) &&
           is_whole_or_part(book, deal, event);
}

/* The command that instructed what a party calls so; transformed, both sides have one name. */
static bool side_find(const struct workload_book *book, const struct bic *party,
                      const struct text35 *reference, uint32_t *command)
{
    if (!workload_book_find(book, reference, command)) {
        return false;
    }
    const struct workload_command *found = workload_book_command(book, *command);
    if (found->kind == COMMAND_TRANSFORM) {
        const struct workload_deal *deal = workload_book_deal(book, found->deal);
        const bool delivers =
            bic_equal(party, market_bic(book->market, MARKET_PARTICIPANT +
                                                          participant_of(book, deal->deliverer)));
        *command = deal->commands[delivers ? 0 : 1];
    }
    return true;
}

/* The money that a deal moves of such an amount. */
static struct workload_flow flow_of(const struct workload_book *book,
                                    const struct workload_deal *deal, int64_t amount)
{
    return (struct workload_flow){.account = deal->receiver,
                                  .payer = participant_of(book, deal->receiver),
                                  .taker = participant_of(book, deal->deliverer),
                                  .currency = deal->currency,
                                  .amount = amount};
}

static uint32_t book_settlement(struct workload_book *book, const struct event *event)
{
    uint32_t delivery;
    uint32_t receipt;
    bool own = side_find(book, &event->party, &event->reference, &delivery);
    if (!own || !side_find(book, &event->counterparty, &event->counter_reference, &receipt)) {
        book->contradictions += own ? 1 : 0;
        return WORKLOAD_NONE;
    }
    if (!as_agreed(book, event, delivery, receipt)) {
        book->contradictions++;
        return WORKLOAD_NONE;
    }
    const uint32_t number = workload_book_command(book, delivery)->deal;
    struct workload_deal *deal = workload_book_deal(book, number);
    deal->settled_quantity += event->quantity;
    deal->settled_amount += event->amount;
    const struct workload_flow flow = flow_of(book, deal, event->amount);
    book->contradictions += workload_bounds_settle(book->bounds, &flow) ? 0 : 1;
    *balance_at(book, false, deal->deliverer, deal->security) -= event->quantity;
    *balance_at(book, false, deal->receiver, deal->security) += event->quantity;
    *balance_at(book, true, deal->receiver, deal->currency) -= event->amount;
    *balance_at(book, true, deal->deliverer, deal->currency) += event->amount;
    const bool whole = deal->settled_quantity == deal->quantity;
    if ((whole && deal->tie != TIE_NONE) || has_aside(book, deal)) {
        *(uint32_t *)workload_book_add(&book->to_check, sizeof(uint32_t)) = number;
    }
    if (!whole) {
        book->part_count++;
        part_settled(book, delivery);
        part_settled(book, receipt);
        return WORKLOAD_NONE;
    }
    side_settled(book, delivery, event->height);
    side_settled(book, receipt, event->height);
    return delivery;
}

/* The last word on what keeps an instruction. */
static void book_status(struct workload_book *book, const struct event *event)
{
    uint32_t number;
    if (event->reason == REASON_NONE ||
        !side_find(book, &event->party, &event->reference, &number)) {
        return;
    }
    struct workload_command *command = workload_book_command(book, number);
    if (command->state == COMMAND_OPEN && command->instructs) {
        command->reason = (uint16_t)event->reason;
    }
}

/* A side goes on in another security, under another name: as the operator asked, and two signed. */
static void book_transformation(struct workload_book *book, const struct event *event)
{
    uint32_t number;
    uint32_t transform;
    if (!workload_book_find(book, &event->counter_reference, &transform) ||
        !side_find(book, &event->party, &event->reference, &number)) {
        return;
    }
    const struct workload_command *command = workload_book_command(book, number);
    const struct workload_ask *ask = workload_book_ask(book, transform);
    struct workload_deal *deal = workload_book_deal(book, command->deal);
    if (ask == NULL || workload_book_command(book, transform)->deal != command->deal ||
        workload_book_command(book, transform)->state != COMMAND_OBEYED ||
        command->state != COMMAND_OPEN || event->quantity != ask->quantity) {
        book->contradictions++;
        return;
    }
    if (deal->transformed != transform) { /* the first side of two */
        deal->transformed = transform;
        deal->security = ask->asset;
        deal->quantity = ask->quantity;
        deal->amount -= deal->settled_amount;
        deal->settled_quantity = 0;
        deal->settled_amount = 0;
    }
    book->contradictions += event->amount != deal->amount ? 1 : 0;
}

/* The processing fields are these now. */
static void book_amendment(struct workload_book *book, const struct event *event)
{
    uint32_t number;
    if (!side_find(book, &event->party, &event->reference, &number)) {
        return;
    }
    const struct workload_command *command = workload_book_command(book, number);
    struct workload_deal *deal = workload_book_deal(book, command->deal);
    const uint8_t bit = (uint8_t)(1u << command->side);
    book->contradictions += command->state != COMMAND_OPEN ? 1 : 0;
    deal->parts =
        (uint8_t)(event->partial == PARTIAL_NPAR ? deal->parts & ~bit : deal->parts | bit);
}

/* What remains of a restriction has changed. */
static void book_restriction(struct workload_book *book, const struct event *event)
{
    uint32_t number;
    if (!workload_book_find(book, &event->reference, &number)) {
        return;
    }
    struct workload_ask *ask = workload_book_ask(book, number);
    if (ask == NULL || workload_book_command(book, number)->kind != COMMAND_RESTRICTION_SET) {
        book->contradictions++;
        return;
    }
    workload_bounds_aside_add(book->bounds, ask->cash, ask->account, ask->asset,
                              event->amount - ask->remaining);
    ask->remaining = event->amount;
}

static void book_limit(struct workload_book *book, const struct event *event)
{
    uint32_t number;
    if (!workload_book_find(book, &event->reference, &number)) {
        return;
    }
    const struct workload_ask *ask = workload_book_ask(book, number);
    if (ask == NULL || workload_book_command(book, number)->kind != COMMAND_LIMIT_SET) {
        book->contradictions++;
        return;
    }
    const bool of_account = ask->counterparty == WORKLOAD_NONE;
    const struct workload_limit limit = {
        .participant = ask->participant,
        .of_account = of_account,
        .subject = of_account ? ask->account : ask->counterparty,
        .currency = ask->asset,
        .amount = ask->quantity,
    };
    workload_bounds_limit_set(book->bounds, &limit);
}

/* An instruction was cancelled. Both sides of a matched deal have to ask for that. One that is
 * transformed lives on. */
static void book_cancellation(struct workload_book *book, uint32_t number, enum reason reason)
{
    struct workload_command *command = workload_book_command(book, number);
    const struct workload_deal *deal = workload_book_deal(book, command->deal);
    if (reason == REASON_CANT && deal->desk) {
        return; /* TRANSFORMED follows */
    }
    bool matched = deal->commands[0] != WORKLOAD_NONE && deal->commands[1] != WORKLOAD_NONE;
    bool asked = matched ? deal->cancels == 3 : (deal->cancels & 1u << command->side) != 0;
    book->contradictions += asked ? 0 : 1;
    command->state = COMMAND_CANCELLED;
    command->reason = (uint16_t)reason;
}

uint32_t workload_book_event(struct workload_book *book, const struct event *event)
{
    uint32_t number;
    switch ((enum event_kind)event->kind) {
    case EVENT_ISSUED:
        book_issue(book, event);
        return WORKLOAD_NONE;
    case EVENT_SETTLED:
        return book_settlement(book, event);
    case EVENT_STATUS:
        book_status(book, event);
        return WORKLOAD_NONE;
    case EVENT_AMENDED:
        book_amendment(book, event);
        return WORKLOAD_NONE;
    case EVENT_TRANSFORMED:
        book_transformation(book, event);
        return WORKLOAD_NONE;
    case EVENT_RESTRICTION_SET:
    case EVENT_RESTRICTION_FREED:
    case EVENT_RESTRICTION_USED:
        book_restriction(book, event);
        return WORKLOAD_NONE;
    case EVENT_LIMIT_SET:
        book_limit(book, event);
        return WORKLOAD_NONE;
    case EVENT_DAY_CHANGED:
        workload_bounds_day(book->bounds);
        return WORKLOAD_NONE;
    case EVENT_CANCELLED:
        if (side_find(book, &event->party, &event->reference, &number) &&
            workload_book_command(book, number)->state == COMMAND_OPEN) {
            book_cancellation(book, number, event->reason);
            return workload_book_command(book, number)->state == COMMAND_CANCELLED ? number
                                                                                   : WORKLOAD_NONE;
        }
        return WORKLOAD_NONE;
    default:
        return WORKLOAD_NONE;
    }
}

/* What a side can give: what nobody has set aside, and what it may draw on. */
static int64_t drawable(const struct workload_book *book, const struct workload_deal *deal,
                        uint8_t side)
{
    const bool cash = side == 1;
    const uint32_t account = cash ? deal->receiver : deal->deliverer;
    const uint32_t asset = cash ? deal->currency : deal->security;
    const int64_t open = available(book, cash, account, asset);
    if (deal->restriction == WORKLOAD_NONE || deal->draw_side != side) {
        return open;
    }
    return workload_book_ask(book, deal->restriction)->remaining +
           (deal->restricted_only ? 0 : open);
}

/* Could all that is left of it settle, if it were alone? */
static bool is_covered(const struct workload_book *book, const struct workload_deal *deal)
{
    return can_settle(book, deal) &&
           drawable(book, deal, 0) >= deal->quantity - deal->settled_quantity &&
           drawable(book, deal, 1) >= deal->amount - deal->settled_amount;
}

/* Do the limits of parties allow it, together with another one if there is one? */
static bool limits_allow(const struct workload_book *book, const struct workload_deal *deal,
                         const struct workload_deal *other)
{
    const struct workload_flow flow = flow_of(book, deal, deal->amount - deal->settled_amount);
    struct workload_flow second = {0};
    if (other != NULL) {
        second = flow_of(book, other, other->amount - other->settled_amount);
    }
    return workload_bounds_room(book->bounds, &flow, other != NULL ? &second : NULL);
}

/* Are all three that deliver in this circle ready, at an hour at which they may? */
static bool ring_could(const struct workload_book *book, const struct workload_deal *deal)
{
    for (uint32_t leg = 0; leg < RING_LEGS; leg++) {
        const struct workload_deal *one = workload_book_deal(book, deal->ring + leg);
        if (!can_settle(book, one) || !hour_allows(book, one)) {
            return false;
        }
    }
    return true;
}

static bool could_settle(const struct workload_book *book, const struct workload_deal *deal)
{
    const struct workload_deal *other =
        deal->tied != WORKLOAD_NONE ? workload_book_deal(book, deal->tied) : NULL;
    TALLY_ASSERT(deal->tie == TIE_NONE || other != NULL);
    if (deal->ring != WORKLOAD_NONE && ring_could(book, deal)) {
        return true;
    }
    if (!is_covered(book, deal) || (deal->tie == TIE_AFTER && !has_settled(book, other))) {
        return false;
    }
    const bool together = deal->tie == TIE_WITH || deal->tie == TIE_POOL;
    if ((together && !is_covered(book, other)) ||
        !limits_allow(book, deal, together ? other : NULL)) {
        return false;
    }
    return (hour_allows(book, deal) && (!together || hour_allows(book, other))) ||
           !told_of_hour(book, deal, 0) || !told_of_hour(book, deal, 1);
}

bool workload_book_could_settle(const struct workload_book *book, uint32_t *deal)
{
    while (*deal < book->deals.count) {
        if (could_settle(book, workload_book_deal(book, *deal))) {
            return true;
        }
        (*deal)++;
    }
    return false;
}
