#include "netsim/market/workload_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/amount.h"
#include "ledger/command/command.h"
#include "ledger/instruction/instruction.h"
#include "netsim/market/workload_bounds.h"
#include "netsim/market/workload_day.h"

enum {
    FIRST_CAPACITY = 64,
    RING_LEGS = 3,
    REFERENCE_SIZE = 9, /* W and eight digits */
    REFERENCE_DIGITS = 8,
};

/* A table that grows. */
struct table {
    void *items;
    uint32_t count;
    uint32_t capacity;
};

struct workload_book {
    const struct market *market;
    struct table envelopes;
    struct table commands;
    struct table deals;
    struct table asks;
    struct table accepted; /* deals, by number */
    struct table to_check; /* deals that settled in the block at hand, and may not have */
    uint32_t accepted_told;
    uint32_t opening_count;
    uint32_t flawed_done;
    uint32_t contradictions;
    uint32_t part_count;
    uint64_t ledger_ms; /* of the block at hand; 0: nobody says */
    uint32_t account_count;
    uint32_t asset_count[2]; /* of each kind, the scarce one too: securities, currencies */
    int64_t *balances[2];    /* by account, then asset */
    struct workload_bounds *bounds;
};

#define WORKLOAD_KIND_NAME(symbol, name, text) name,

const char *workload_kind_name(enum workload_kind kind)
{
    static const char *const names[] = {WORKLOAD_KIND_LIST(WORKLOAD_KIND_NAME)};
    return kind < WORKLOAD_KIND_COUNT ? names[kind] : "";
}

struct workload_book *workload_book_new(const struct market *market)
{
    const struct market_config *config = market_configuration(market);
    struct workload_book *book = calloc(1, sizeof *book);
    if (book == NULL) {
        return NULL;
    }
    book->market = market;
    book->account_count = config->participant_count * config->account_count;
    book->asset_count[0] = config->security_count + 1;
    book->asset_count[1] = config->currency_count + 1;
    for (int cash = 0; cash < 2; cash++) {
        book->balances[cash] =
            calloc((size_t)book->account_count * book->asset_count[cash], sizeof(int64_t));
        if (book->balances[cash] == NULL) {
            workload_book_free(book);
            return NULL;
        }
    }
    book->bounds = workload_bounds_new(book->account_count, book->asset_count);
    if (book->bounds == NULL) {
        workload_book_free(book);
        return NULL;
    }
    return book;
}

void workload_book_free(struct workload_book *book)
{
    if (book == NULL) {
        return;
    }
    for (uint32_t i = 0; i < book->envelopes.count; i++) {
        workload_book_forget(book, i);
    }
    free(book->envelopes.items);
    free(book->commands.items);
    free(book->deals.items);
    free(book->asks.items);
    free(book->accepted.items);
    free(book->to_check.items);
    free(book->balances[0]);
    free(book->balances[1]);
    workload_bounds_free(book->bounds);
    free(book);
}

/* ---- Records --------------------------------------------------------------------------------- */

/* One more item, zeroed. */
static void *table_add(struct table *table, size_t item_size)
{
    if (table->count == table->capacity) {
        uint32_t capacity = table->capacity > 0 ? 2 * table->capacity : FIRST_CAPACITY;
        void *items = realloc(table->items, capacity * item_size);
        TALLY_ASSERT(items != NULL);
        table->items = items;
        table->capacity = capacity;
    }
    uint8_t *item = (uint8_t *)table->items + table->count * item_size;
    memset(item, 0, item_size);
    table->count++;
    return item;
}

uint32_t workload_book_add_envelope(struct workload_book *book, uint32_t party)
{
    struct workload_envelope *envelope = table_add(&book->envelopes, sizeof *envelope);
    envelope->party = party;
    envelope->first_command = book->commands.count;
    return book->envelopes.count - 1;
}

uint32_t workload_book_add_command(struct workload_book *book, enum command_kind kind)
{
    TALLY_ASSERT(book->envelopes.count > 0);
    uint32_t number = book->envelopes.count - 1;
    struct workload_envelope *envelope = workload_book_envelope(book, number);
    struct workload_command *command = table_add(&book->commands, sizeof *command);
    command->deal = WORKLOAD_NONE;
    command->envelope = number;
    command->index = envelope->command_count;
    command->kind = (uint8_t)kind;
    command->ask = WORKLOAD_NONE;
    envelope->command_count++;
    return book->commands.count - 1;
}

struct workload_ask *workload_book_add_ask(struct workload_book *book)
{
    TALLY_ASSERT(book->commands.count > 0);
    struct workload_ask *ask = table_add(&book->asks, sizeof *ask);
    workload_book_command(book, book->commands.count - 1)->ask = book->asks.count - 1;
    return ask;
}

uint32_t workload_book_add_deal(struct workload_book *book, enum workload_kind kind)
{
    struct workload_deal *deal = table_add(&book->deals, sizeof *deal);
    deal->kind = (uint8_t)kind;
    deal->commands[0] = WORKLOAD_NONE;
    deal->commands[1] = WORKLOAD_NONE;
    deal->tied = WORKLOAD_NONE;
    deal->ring = WORKLOAD_NONE;
    deal->restriction = WORKLOAD_NONE;
    deal->transformed = WORKLOAD_NONE;
    return book->deals.count - 1;
}

uint32_t workload_book_envelope_count(const struct workload_book *book)
{
    return book->envelopes.count;
}

uint32_t workload_book_command_count(const struct workload_book *book)
{
    return book->commands.count;
}

uint32_t workload_book_deal_count(const struct workload_book *book)
{
    return book->deals.count;
}

struct workload_envelope *workload_book_envelope(const struct workload_book *book, uint32_t number)
{
    TALLY_ASSERT(number < book->envelopes.count);
    return (struct workload_envelope *)book->envelopes.items + number;
}

struct workload_command *workload_book_command(const struct workload_book *book, uint32_t number)
{
    TALLY_ASSERT(number < book->commands.count);
    return (struct workload_command *)book->commands.items + number;
}

struct workload_deal *workload_book_deal(const struct workload_book *book, uint32_t number)
{
    TALLY_ASSERT(number < book->deals.count);
    return (struct workload_deal *)book->deals.items + number;
}

struct workload_ask *workload_book_ask(const struct workload_book *book, uint32_t command)
{
    const uint32_t ask = workload_book_command(book, command)->ask;
    return ask == WORKLOAD_NONE ? NULL : (struct workload_ask *)book->asks.items + ask;
}

void workload_book_forget(struct workload_book *book, uint32_t envelope)
{
    struct workload_envelope *record = workload_book_envelope(book, envelope);
    free(record->bytes);
    record->bytes = NULL;
}

/* ---- References ------------------------------------------------------------------------------ */

void workload_book_reference(uint32_t command, struct text35 *out)
{
    static const char digits[] = "0123456789ABCDEF";
    *out = (struct text35){.size = REFERENCE_SIZE, .text = {'W'}};
    for (int i = 0; i < REFERENCE_DIGITS; i++) {
        out->text[REFERENCE_DIGITS - i] = digits[command >> (4 * i) & 15];
    }
}

void workload_book_instruction_reference(const struct workload_book *book, uint32_t deal,
                                         uint8_t side, struct text35 *out)
{
    const struct workload_deal *record = workload_book_deal(book, deal);
    workload_book_reference(
        record->transformed != WORKLOAD_NONE ? record->transformed : record->commands[side], out);
}

static bool opening_find(const struct workload_book *book, const struct text35 *reference,
                         uint32_t *command)
{
    uint32_t number;
    uint32_t index;
    if (!market_opening_find(book->market, reference, &number, &index) ||
        number >= book->envelopes.count) {
        return false;
    }
    const struct workload_envelope *envelope = workload_book_envelope(book, number);
    *command = envelope->first_command + index;
    return envelope->stage > 0 && index < envelope->command_count;
}

bool workload_book_find(const struct workload_book *book, const struct text35 *reference,
                        uint32_t *command)
{
    uint32_t number = 0;
    if (reference->size != REFERENCE_SIZE || reference->text[0] != 'W') {
        return opening_find(book, reference, command);
    }
    for (int i = 1; i <= REFERENCE_DIGITS; i++) {
        char digit = reference->text[i];
        bool decimal = digit >= '0' && digit <= '9';
        if (!decimal && !(digit >= 'A' && digit <= 'F')) {
            return false;
        }
        number = number << 4 | (uint32_t)(decimal ? digit - '0' : digit - 'A' + 10);
    }
    *command = number;
    return number < book->commands.count;
}

static uint32_t participant_of(const struct workload_book *book, uint32_t account)
{
    return account / market_configuration(book->market)->account_count;
}

/* ---- What came of it ------------------------------------------------------------------------- */

/* An instruction of a deal has its receipt. */
static void part_done(struct workload_book *book, uint32_t number)
{
    struct workload_deal *deal = workload_book_deal(book, number);
    TALLY_ASSERT(deal->parts_left > 0);
    deal->parts_left--;
    if (deal->parts_left > 0) {
        return;
    }
    for (int side = 0; side < 2; side++) {
        if (deal->commands[side] != WORKLOAD_NONE &&
            workload_book_command(book, deal->commands[side])->state == COMMAND_REFUSED) {
            return;
        }
    }
    *(uint32_t *)table_add(&book->accepted, sizeof(uint32_t)) = number;
}

/* A release was done: its instruction is not held any more. */
static void release(struct workload_book *book, const struct workload_command *command)
{
    const struct workload_deal *deal = workload_book_deal(book, command->deal);
    workload_book_command(book, deal->commands[command->side])->held = false;
}

/* A side asked for the end of its deal. */
static void cancel(struct workload_book *book, const struct workload_command *command)
{
    workload_book_deal(book, command->deal)->cancels |= (uint8_t)(1u << command->side);
}

/* What a command that is done changes at once; the rest is told in events. */
static void command_accepted(struct workload_book *book, uint32_t number)
{
    struct workload_command *command = workload_book_command(book, number);
    command->state = command->instructs ? COMMAND_OPEN : COMMAND_OBEYED;
    if (command->instructs) {
        command->reason = REASON_CMIS; /* until an event says more */
        part_done(book, command->deal);
    } else if (command->kind == COMMAND_RELEASE) {
        release(book, command);
    } else if (command->kind == COMMAND_CANCEL) {
        cancel(book, command);
    } else if (command->kind == COMMAND_PARTIAL_RELEASE) {
        workload_book_deal(book, command->deal)->part_released = true;
    }
}

static void command_refused(struct workload_book *book, uint32_t number)
{
    struct workload_command *command = workload_book_command(book, number);
    command->state = COMMAND_REFUSED;
    if (command->instructs) {
        part_done(book, command->deal);
    }
}

/* A second person approved a draft, or rejected it. */
static void draft_done(struct workload_book *book, uint32_t number, bool approved)
{
    if (workload_book_command(book, number)->state != COMMAND_DRAFTED) {
        book->contradictions++;
    } else if (approved) {
        command_accepted(book, number);
    } else {
        command_refused(book, number);
    }
}

/* Was done what had to be refused, or done at once what had to wait? */
static bool must_broken(const struct workload_ask *ask, bool accepted, bool waits)
{
    return ask != NULL && accepted &&
           (ask->must == MUST_BE_REFUSED || (ask->must == MUST_WAIT && !waits));
}

static void command_done(struct workload_book *book, uint32_t number, enum outcome outcome)
{
    struct workload_command *command = workload_book_command(book, number);
    const struct workload_ask *ask = workload_book_ask(book, number);
    const uint8_t flaw = workload_book_envelope(book, command->envelope)->flaw;
    bool accepted = outcome != OUTCOME_REFUSED && outcome != OUTCOME_UNRECORDED;
    bool waits = outcome == OUTCOME_WAITING;
    command->outcome = (uint8_t)outcome;
    book->contradictions += must_broken(ask, accepted, waits) ? 1 : 0;
    if (accepted && flaw != FLAW_NONE && flaw != FLAW_EXPIRED) {
        book->flawed_done++;
    }
    if (waits) {
        command->state = COMMAND_DRAFTED;
    } else if (accepted) {
        command_accepted(book, number);
    } else {
        command_refused(book, number);
    }
    if (accepted && (command->kind == COMMAND_APPROVE || command->kind == COMMAND_DRAFT_REJECT)) {
        TALLY_ASSERT(ask != NULL);
        draft_done(book, ask->subject, command->kind == COMMAND_APPROVE);
    }
}

uint32_t workload_book_receipt(struct workload_book *book, const struct receipt *receipt)
{
    uint32_t number;
    if (receipt->command_index == RECEIPT_WHOLE_ENVELOPE ||
        !workload_book_find(book, &receipt->reference, &number)) {
        return WORKLOAD_NONE;
    }
    struct workload_command *command = workload_book_command(book, number);
    struct workload_envelope *envelope = workload_book_envelope(book, command->envelope);
    if (command->outcome != OUTCOME_NONE || !hash_equal(&receipt->envelope_id, &envelope->id)) {
        return WORKLOAD_NONE;
    }
    command->reason = (uint16_t)receipt->reason;
    command->detail = (uint16_t)receipt->detail;
    command->height = receipt->height;
    bool first = !envelope->executed;
    uint32_t executed = command->envelope;
    if (first) {
        envelope->executed = true;
        envelope->height = receipt->height;
        envelope->first_receipt = receipt->index - receipt->command_index;
    }
    command_done(book, number, (enum outcome)receipt->outcome);
    return first ? executed : WORKLOAD_NONE;
}

void workload_book_executed(struct workload_book *book, uint32_t envelope, uint64_t height)
{
    struct workload_envelope *record = workload_book_envelope(book, envelope);
    if (record->executed) {
        return;
    }
    record->executed = true;
    record->height = height;
    for (uint32_t i = 0; i < record->command_count; i++) {
        workload_book_command(book, record->first_command + i)->height = height;
        command_done(book, record->first_command + i, OUTCOME_DONE);
    }
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

void workload_book_executed_at(struct workload_book *book, uint32_t envelope, uint64_t ledger_ms)
{
    book->contradictions += workload_book_envelope(book, envelope)->valid_until_ms < ledger_ms;
}

bool workload_book_next_accepted(struct workload_book *book, uint32_t *deal)
{
    if (book->accepted_told == book->accepted.count) {
        return false;
    }
    *deal = ((const uint32_t *)book->accepted.items)[book->accepted_told];
    book->accepted_told++;
    return true;
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
        *(uint32_t *)table_add(&book->to_check, sizeof(uint32_t)) = number;
    }
    if (!whole) {
        book->part_count++;
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

uint32_t workload_book_flawed_done(const struct workload_book *book)
{
    return book->flawed_done;
}

uint32_t workload_book_contradictions(const struct workload_book *book)
{
    return book->contradictions;
}

uint32_t workload_book_part_count(const struct workload_book *book)
{
    return book->part_count;
}
