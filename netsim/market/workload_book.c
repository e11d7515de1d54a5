#include "netsim/market/workload_book.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/command/command.h"
#include "netsim/market/workload_book_inside.h"

enum {
    FIRST_CAPACITY = 64,
    REFERENCE_SIZE = 9, /* W and eight digits */
    REFERENCE_DIGITS = 8,
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

void *workload_book_add(struct table *table, size_t item_size)
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
    struct workload_envelope *envelope = workload_book_add(&book->envelopes, sizeof *envelope);
    envelope->party = party;
    envelope->first_command = book->commands.count;
    return book->envelopes.count - 1;
}

uint32_t workload_book_add_command(struct workload_book *book, enum command_kind kind)
{
    TALLY_ASSERT(book->envelopes.count > 0);
    uint32_t number = book->envelopes.count - 1;
    struct workload_envelope *envelope = workload_book_envelope(book, number);
    struct workload_command *command = workload_book_add(&book->commands, sizeof *command);
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
    struct workload_ask *ask = workload_book_add(&book->asks, sizeof *ask);
    workload_book_command(book, book->commands.count - 1)->ask = book->asks.count - 1;
    return ask;
}

uint32_t workload_book_add_deal(struct workload_book *book, enum workload_kind kind)
{
    struct workload_deal *deal = workload_book_add(&book->deals, sizeof *deal);
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
    *(uint32_t *)workload_book_add(&book->accepted, sizeof(uint32_t)) = number;
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
