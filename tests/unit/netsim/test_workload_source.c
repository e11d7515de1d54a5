/*
 * Goal: the business of a source, executed by a ledger in any order, comes to what each kind of
 * deal says; the book agrees with the ledger and finds what could settle but did not; the same seed
 * makes the same bytes; flawed envelopes are what they should be; faults of a configuration are
 * named.
 */
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "ledger/command/envelope.h"
#include "ledger/command/event.h"
#include "ledger/command/receipt.h"
#include "ledger/holding/position.h"
#include "ledger/register/account.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "ledger/state/invariant.h"
#include "netsim/market/workload_source.h"
#include "tests/support/cmocka.h"

enum {
    QUEUE_MAX = 4096,
    BLOCK_ENVELOPES = 12,
};

/* A ledger, a source, and the envelopes under way: executed in an order that is drawn. */
struct business {
    struct market *market;
    struct workload_source *source;
    struct workload_book *book;
    struct ledger *ledger;
    void *memory;
    struct prng prng;
    uint64_t now_ms;
    uint32_t queue[QUEUE_MAX];
    uint32_t queued;
    bool more_due;
};

static void business_open(struct business *business, const struct market_config *market,
                          const struct workload_source_config *config)
{
    memset(business, 0, sizeof *business);
    business->market = market_new(market);
    assert_non_null(business->market);
    const struct ledger_genesis *genesis = market_genesis(business->market);
    size_t size = ledger_footprint(&genesis->capacity);
    business->memory = aligned_alloc(64, (size + 63) / 64 * 64);
    assert_non_null(business->memory);
    memset(business->memory, 0, size);
    assert_int_equal(ledger_new(business->memory, genesis, &business->ledger), GENESIS_OK);
    assert_null(workload_source_fault(config, business->market));
    business->source = workload_source_new(config, business->market);
    assert_non_null(business->source);
    business->book = workload_source_book(business->source);
    business->now_ms = market->time_ms + 1000;
    prng_init(&business->prng, config->seed + 99);
}

static void business_close(struct business *business)
{
    workload_source_free(business->source);
    market_free(business->market);
    free(business->memory);
}

static void output_book(struct business *business, const struct ledger_output *output)
{
    for (uint32_t i = 0; i < output->receipt_count; i++) {
        struct receipt receipt;
        bool valid = receipt_decode(&receipt, output->receipts[i].bytes, output->receipts[i].size);
        assert_true(valid);
        (void)workload_book_receipt(business->book, &receipt);
    }
    for (uint32_t i = 0; i < output->event_count; i++) {
        struct event event;
        bool valid = event_decode(&event, output->events[i].bytes, output->events[i].size);
        assert_true(valid);
        (void)workload_book_event(business->book, &event);
    }
    assert_int_equal(workload_book_contradictions(business->book), 0);
}

/* A block of envelopes drawn from those under way, flawed ones left out as members would. */
static void block_run(struct business *business)
{
    struct ledger_envelope envelopes[BLOCK_ENVELOPES];
    struct ledger_block block = {
        .height = ledger_height(business->ledger) + 1,
        .ts_ms = business->now_ms,
        .envelopes = envelopes,
    };
    struct ledger_output output;
    while (business->queued > 0 && block.envelope_count < BLOCK_ENVELOPES) {
        uint32_t place = (uint32_t)prng_below(&business->prng, business->queued);
        const struct workload_envelope *envelope =
            workload_book_envelope(business->book, business->queue[place]);
        business->queued--;
        business->queue[place] = business->queue[business->queued];
        if (envelope->flaw == FLAW_NONE) {
            envelopes[block.envelope_count] =
                (struct ledger_envelope){.bytes = envelope->bytes, .size = envelope->size};
            block.envelope_count++;
        }
    }
    workload_book_time(business->book, business->now_ms);
    ledger_apply(business->ledger, &block, &output);
    assert_int_equal(output.skipped_count, 0);
    assert_int_equal(invariant_first_broken(business->ledger), INVARIANT_NONE);
    business->more_due = output.more_due;
    business->now_ms += 50;
    output_book(business, &output);
}

static void queue_add(struct business *business, uint32_t envelope)
{
    assert_true(business->queued < QUEUE_MAX);
    business->queue[business->queued] = envelope;
    business->queued++;
}

/* Everything is made and executed, in an order in which envelopes overtake each other by far. */
static void business_run(struct business *business)
{
    enum workload_next next = WORKLOAD_ENVELOPE;
    while (next != WORKLOAD_END || business->queued > 0 || business->more_due ||
           workload_source_follow_ups(business->source) > 0) {
        uint32_t envelope;
        bool more;
        for (int i = 0; i < 2 * BLOCK_ENVELOPES && next != WORKLOAD_END; i++) {
            next = workload_source_next(business->source, business->now_ms, &envelope);
            if (next == WORKLOAD_ENVELOPE) {
                queue_add(business, envelope);
            }
        }
        while (workload_source_follow_up(business->source, business->now_ms, &envelope, &more)) {
            queue_add(business, envelope);
        }
        block_run(business);
    }
}

static uint32_t state_of(const struct business *business, const struct workload_deal *deal)
{
    uint32_t side = deal->commands[0] != WORKLOAD_NONE ? 0 : 1;
    return workload_book_command(business->book, deal->commands[side])->state;
}

/* Every deal came to what its kind says. */
static void assert_kinds(const struct business *business, uint32_t counts[WORKLOAD_KIND_COUNT])
{
    memset(counts, 0, WORKLOAD_KIND_COUNT * sizeof *counts);
    for (uint32_t i = 0; i < workload_book_deal_count(business->book); i++) {
        const struct workload_deal *deal = workload_book_deal(business->book, i);
        uint32_t side = deal->commands[0] != WORKLOAD_NONE ? 0 : 1;
        const struct workload_command *first =
            workload_book_command(business->book, deal->commands[side]);
        if (workload_book_envelope(business->book, first->envelope)->flaw != FLAW_NONE) {
            assert_int_equal(first->state, COMMAND_MADE);
            continue;
        }
        counts[deal->kind]++;
        switch ((enum workload_kind)deal->kind) {
        case WORKLOAD_UNMATCHED:
            assert_int_equal(state_of(business, deal), COMMAND_OPEN);
            assert_int_equal(first->reason, REASON_CMIS);
            break;
        case WORKLOAD_LACK_CASH:
            assert_int_equal(state_of(business, deal), COMMAND_OPEN);
            assert_true(first->reason == REASON_CMON || first->reason == REASON_MONY);
            break;
        case WORKLOAD_AHEAD:
            assert_int_equal(state_of(business, deal), COMMAND_OPEN);
            assert_int_equal(first->reason, REASON_FUTU);
            break;
        case WORKLOAD_DISAGREE:
            assert_int_equal(state_of(business, deal), COMMAND_OPEN);
            assert_int_equal(first->reason, REASON_CMIS);
            break;
        case WORKLOAD_CANCEL:
            assert_int_equal(state_of(business, deal), COMMAND_CANCELLED);
            break;
        default:
            assert_int_equal(state_of(business, deal), COMMAND_SETTLED);
            break;
        }
    }
}

/* What the book says every account holds is what the ledger says. */
static void assert_balances(const struct business *business)
{
    const struct market_config *config = market_configuration(business->market);
    for (uint32_t account = 0; account < config->participant_count * config->account_count;
         account++) {
        const struct bic *bic =
            market_bic(business->market, MARKET_PARTICIPANT + account / config->account_count);
        uint32_t party = party_find(business->ledger, bic);
        for (int cash = 0; cash < 2; cash++) {
            uint32_t index = account_find(
                business->ledger, party,
                market_account(business->market, cash, account % config->account_count));
            uint32_t assets = cash != 0 ? config->currency_count : config->security_count;
            for (uint32_t i = 0; i <= assets; i++) {
                const struct asset_code *code = cash != 0 ? market_currency(business->market, i)
                                                          : market_security(business->market, i);
                uint32_t position =
                    position_find(business->ledger, index, asset_find(business->ledger, code));
                int64_t held = position == RECORD_NONE
                                   ? 0
                                   : position_held(position_view(business->ledger, position));
                assert_int_equal(workload_book_balance(business->book, cash, account, i), held);
            }
        }
    }
}

static void mixture(struct workload_source_config *config, uint64_t seed)
{
    workload_source_config_default(config);
    config->seed = seed;
    config->instruction_count_max = 300;
    config->share[WORKLOAD_FREE] = 100;
    config->share[WORKLOAD_UNMATCHED] = 50;
    config->share[WORKLOAD_LACK_SECURITIES] = 200;
    config->share[WORKLOAD_LACK_CASH] = 50;
    config->share[WORKLOAD_HOLD] = 100;
    config->share[WORKLOAD_CANCEL] = 100;
    config->share[WORKLOAD_CIRCLE] = 200;
    config->share[WORKLOAD_AHEAD] = 40;
    config->share[WORKLOAD_DISAGREE] = 40;
    config->flaw_permille = 100;
}

static void mixture_run(const struct market_config *market, struct workload_source_config *config)
{
    struct business business;
    uint32_t counts[WORKLOAD_KIND_COUNT];
    uint32_t deal = 0;
    business_open(&business, market, config);
    business_run(&business);
    assert_kinds(&business, counts);
    assert_balances(&business);
    assert_false(workload_book_could_settle(business.book, &deal));
    assert_int_equal(workload_book_flawed_done(business.book), 0);
    if (config->instructions_per_envelope == 1) {
        for (int kind = 0; kind < WORKLOAD_KIND_COUNT; kind++) {
            assert_true(counts[kind] > 0);
        }
        assert_int_equal(counts[WORKLOAD_CURE], counts[WORKLOAD_LACK_SECURITIES]);
    }
    business_close(&business);
}

static void every_kind_comes_to_its_end_in_any_order(void **state)
{
    struct market_config market;
    struct workload_source_config config;
    (void)state;
    market_config_small(&market);
    market_config_size(&market, 5, 2, 3, 2, 2000);
    for (uint64_t seed = 1; seed <= 30; seed++) {
        mixture(&config, seed);
        mixture_run(&market, &config);
    }
}

static void the_smallest_market_does(void **state)
{
    struct market_config market;
    struct workload_source_config config;
    (void)state;
    market_config_small(&market);
    market_config_size(&market, 3, 1, 1, 1, 2000);
    for (uint64_t seed = 1; seed <= 30; seed++) {
        mixture(&config, seed);
        mixture_run(&market, &config);
    }
}

static void bundles_and_skew_do(void **state)
{
    struct market_config market;
    struct workload_source_config config;
    (void)state;
    market_config_small(&market);
    market_config_size(&market, 6, 3, 2, 1, 3000);
    market.opening_by_envelopes = true;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        mixture(&config, seed);
        config.instructions_per_envelope = (uint32_t)(1 + seed);
        config.zipf_permille = (uint32_t)(400 * seed);
        config.hot_permille = (uint16_t)(100 * seed);
        mixture_run(&market, &config);
    }
}

/* What came of the deals that are tied or go round in a ring. */
struct terms_count {
    uint32_t ties[TIE_POOL + 1]; /* settled, by tie */
    uint32_t rings;              /* legs settled */
    uint32_t kept;               /* tied to one that stays, and stays too */
};

static void terms_add(const struct business *business, struct terms_count *count)
{
    for (uint32_t i = 0; i < workload_book_deal_count(business->book); i++) {
        const struct workload_deal *deal = workload_book_deal(business->book, i);
        const bool settled = state_of(business, deal) == COMMAND_SETTLED;
        count->ties[deal->tie] += settled;
        if (deal->ring != WORKLOAD_NONE) {
            assert_true(settled); /* nobody had what was delivered */
            count->rings++;
        }
        if (deal->tied != WORKLOAD_NONE && deal->tie >= TIE_WITH) {
            const struct workload_deal *other = workload_book_deal(business->book, deal->tied);
            count->kept += deal->kind != WORKLOAD_LACK_CASH && other->kind == WORKLOAD_LACK_CASH &&
                           state_of(business, deal) == COMMAND_OPEN;
        }
    }
}

static void parts_ties_and_rings_come_to_their_end_in_any_order(void **state)
{
    struct market_config market;
    struct workload_source_config config;
    struct terms_count count;
    uint32_t parts = 0;
    (void)state;
    memset(&count, 0, sizeof count);
    market_config_small(&market);
    market_config_size(&market, 5, 2, 3, 2, 2000);
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct business business;
        uint32_t deal = 0;
        mixture(&config, seed);
        config.flaw_permille = 0;
        config.parts_permille = 800;
        config.tied_permille = 200;
        config.ring_permille = 100;
        business_open(&business, &market, &config);
        business_run(&business);
        terms_add(&business, &count);
        parts += workload_book_part_count(business.book);
        assert_balances(&business);
        assert_false(workload_book_could_settle(business.book, &deal));
        business_close(&business);
    }
    assert_true(parts > 30);
    for (int tie = TIE_AFTER; tie <= TIE_POOL; tie++) {
        assert_true(count.ties[tie] > 30);
    }
    assert_true(count.rings > 30 && count.kept > 10);
}

/* What a back office asked for, by kind: done, and refused. */
struct desk_count {
    uint32_t done[WORKLOAD_COMMAND_KINDS];
    uint32_t refused[WORKLOAD_COMMAND_KINDS];
    uint32_t drafted;
    uint32_t drawn;
    uint32_t transformed;
};

static void desk_add(const struct business *business, struct desk_count *count)
{
    for (uint32_t i = 0; i < workload_book_command_count(business->book); i++) {
        const struct workload_command *command = workload_book_command(business->book, i);
        count->done[command->kind] += command->state != COMMAND_REFUSED;
        count->refused[command->kind] += command->state == COMMAND_REFUSED;
        count->drafted += command->outcome == OUTCOME_WAITING;
    }
    for (uint32_t i = 0; i < workload_book_deal_count(business->book); i++) {
        const struct workload_deal *deal = workload_book_deal(business->book, i);
        const bool settled =
            deal->commands[0] != WORKLOAD_NONE && state_of(business, deal) == COMMAND_SETTLED;
        count->drawn += settled && deal->restriction != WORKLOAD_NONE;
        count->transformed += settled && deal->transformed != WORKLOAD_NONE;
    }
}

static void the_back_office_comes_to_its_end_in_any_order(void **state)
{
    static const enum command_kind kinds[] = {
        COMMAND_AMEND,   COMMAND_ALLEGEMENT_ACCEPT,   COMMAND_RESTRICTION_DECREASE,
        COMMAND_APPROVE, COMMAND_RESTRICTION_RELEASE, COMMAND_LIMIT_SET};
    struct market_config market;
    struct workload_source_config config;
    static struct desk_count count;
    (void)state;
    market_config_desk(&market);
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct business business;
        uint32_t deal = 0;
        mixture(&config, seed);
        config.instruction_count_max = 300;
        config.flaw_permille = 0;
        config.parts_permille = 400;
        config.tied_permille = 100;
        config.ring_permille = 50;
        config.desk_permille = 500;
        business_open(&business, &market, &config);
        business_run(&business);
        desk_add(&business, &count);
        assert_balances(&business);
        assert_false(workload_book_could_settle(business.book, &deal));
        business_close(&business);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_true(count.done[kinds[i]] > 30 && count.refused[kinds[i]] > 30);
    }
    assert_true(count.done[COMMAND_RESTRICTION_SET] > 30);
    assert_true(count.done[COMMAND_RESTRICTION_INCREASE] > 30);
    assert_true(count.done[COMMAND_DRAFT_REJECT] > 10 && count.drafted > 60);
    assert_true(count.drawn > 30 && count.transformed > 30);
}

static void plain_business(struct business *business, uint32_t instructions)
{
    struct market_config market;
    struct workload_source_config config;
    market_config_small(&market);
    workload_source_config_default(&config);
    config.instruction_count_max = instructions;
    business_open(business, &market, &config);
}

/* The book is told of an acceptance, but never of the settlement: it says so. */
static void book_finds_what_did_not_settle(void **state)
{
    struct business business;
    uint32_t deal = 0;
    (void)state;
    plain_business(&business, 2);
    business_run(&business);
    assert_int_equal(workload_book_deal_count(business.book), 1);
    assert_false(workload_book_could_settle(business.book, &deal));
    struct workload_deal *record = workload_book_deal(business.book, 0);
    record->settled_quantity = 0;
    record->settled_amount = 0;
    for (int side = 0; side < 2; side++) {
        workload_book_command(business.book, record->commands[side])->state = COMMAND_OPEN;
    }
    deal = 0;
    assert_true(workload_book_could_settle(business.book, &deal));
    assert_int_equal(deal, 0);
    /* each of the conditions */
    workload_book_command(business.book, record->commands[0])->held = true;
    assert_false(workload_book_could_settle(business.book, &deal));
    deal = 0;
    workload_book_command(business.book, record->commands[0])->held = false;
    record->quantity = INT64_MAX;
    assert_false(workload_book_could_settle(business.book, &deal));
    deal = 0;
    record->quantity = 1;
    record->amount = INT64_MAX;
    assert_false(workload_book_could_settle(business.book, &deal));
    deal = 0;
    record->amount = 1;
    workload_book_command(business.book, record->commands[1])->state = COMMAND_CANCELLED;
    assert_false(workload_book_could_settle(business.book, &deal));
    business_close(&business);
}

/* A second settlement of one deal, or one of two halves that do not belong together. */
static void contradictions_are_counted(void **state)
{
    struct business business;
    struct event event = {.kind = EVENT_SETTLED, .height = 9, .quantity = 1, .amount = 1};
    (void)state;
    plain_business(&business, 4);
    business_run(&business);
    const struct workload_deal *deal = workload_book_deal(business.book, 0);
    workload_book_reference(deal->commands[0], &event.reference);
    workload_book_reference(deal->commands[1], &event.counter_reference);
    assert_int_equal(workload_book_event(business.book, &event), WORKLOAD_NONE);
    assert_int_equal(workload_book_contradictions(business.book), 1);
    workload_book_reference(workload_book_deal(business.book, 1)->commands[1],
                            &event.counter_reference);
    assert_int_equal(workload_book_event(business.book, &event), WORKLOAD_NONE);
    assert_int_equal(workload_book_contradictions(business.book), 2);
    event.counter_reference = (struct text35){.size = 1, .text = {'X'}};
    assert_int_equal(workload_book_event(business.book, &event), WORKLOAD_NONE);
    assert_int_equal(workload_book_contradictions(business.book), 3);
    /* what concerns only others is no contradiction */
    event.reference = event.counter_reference;
    assert_int_equal(workload_book_event(business.book, &event), WORKLOAD_NONE);
    assert_int_equal(workload_book_contradictions(business.book), 3);
    business_close(&business);
}

/* Settled while on hold, for later, for another amount; cancelled unasked; executed too late. */
static void what_nobody_asked_for_contradicts(void **state)
{
    struct business business;
    struct event event = {.kind = EVENT_SETTLED, .height = 9};
    (void)state;
    plain_business(&business, 4);
    business_run(&business);
    struct workload_deal *deal = workload_book_deal(business.book, 0);
    struct workload_command *sides[2];
    event.quantity = deal->quantity;
    event.amount = deal->amount;
    deal->settled_quantity = 0;
    deal->settled_amount = 0;
    for (int side = 0; side < 2; side++) {
        sides[side] = workload_book_command(business.book, deal->commands[side]);
        sides[side]->state = COMMAND_OPEN;
    }
    workload_book_reference(deal->commands[0], &event.reference);
    workload_book_reference(deal->commands[1], &event.counter_reference);
    sides[1]->held = true;
    (void)workload_book_event(business.book, &event);
    assert_int_equal(workload_book_contradictions(business.book), 1);
    sides[1]->held = false;
    deal->kind = WORKLOAD_AHEAD;
    (void)workload_book_event(business.book, &event);
    assert_int_equal(workload_book_contradictions(business.book), 2);
    deal->kind = WORKLOAD_DVP;
    event.amount--;
    (void)workload_book_event(business.book, &event);
    assert_int_equal(workload_book_contradictions(business.book), 3);
    event.amount++;
    assert_int_equal(workload_book_event(business.book, &event), deal->commands[0]);
    assert_int_equal(workload_book_contradictions(business.book), 3);

    event.kind = EVENT_CANCELLED;
    sides[0]->state = COMMAND_OPEN;
    deal->cancels = 1;
    (void)workload_book_event(business.book, &event);
    assert_int_equal(workload_book_contradictions(business.book), 4);
    sides[0]->state = COMMAND_OPEN;
    deal->cancels = 3;
    (void)workload_book_event(business.book, &event);
    assert_int_equal(workload_book_contradictions(business.book), 4);

    uint64_t valid_until_ms = workload_book_envelope(business.book, 0)->valid_until_ms;
    workload_book_executed_at(business.book, 0, valid_until_ms);
    assert_int_equal(workload_book_contradictions(business.book), 4);
    workload_book_executed_at(business.book, 0, valid_until_ms + 1);
    assert_int_equal(workload_book_contradictions(business.book), 5);
    business_close(&business);
}

/* A part that one side does not allow, that is on hold, or whose money is out of step; a tie that
 * is not kept. */
static void parts_and_ties_nobody_asked_for_contradict(void **state)
{
    struct business business;
    struct event event = {.kind = EVENT_SETTLED, .height = 9, .quantity = 4, .amount = 40};
    (void)state;
    plain_business(&business, 4);
    business_run(&business);
    struct workload_deal *deal = workload_book_deal(business.book, 0);
    struct workload_deal *other = workload_book_deal(business.book, 1);
    struct workload_command *giver = workload_book_command(business.book, deal->commands[0]);
    for (int side = 0; side < 2; side++) {
        workload_book_command(business.book, deal->commands[side])->state = COMMAND_OPEN;
        workload_book_command(business.book, other->commands[side])->state = COMMAND_OPEN;
    }
    deal->quantity = 10;
    deal->amount = 101;
    deal->settled_quantity = 0;
    deal->settled_amount = 0;
    workload_book_reference(deal->commands[0], &event.reference);
    workload_book_reference(deal->commands[1], &event.counter_reference);
    deal->parts = 1;
    (void)workload_book_event(business.book, &event);
    assert_int_equal(workload_book_contradictions(business.book), 1);
    deal->parts = 3;
    giver->held = true;
    (void)workload_book_event(business.book, &event);
    assert_int_equal(workload_book_contradictions(business.book), 2);
    deal->part_released = true;
    event.amount = 41;
    (void)workload_book_event(business.book, &event);
    assert_int_equal(workload_book_contradictions(business.book), 3);
    event.amount = 40;
    assert_int_equal(workload_book_event(business.book, &event), WORKLOAD_NONE);
    assert_int_equal(workload_book_part_count(business.book), 1);
    event.quantity = 6;
    event.amount = 61;
    (void)workload_book_event(business.book, &event); /* the rest is still on hold */
    assert_int_equal(workload_book_contradictions(business.book), 4);
    giver->held = false;
    deal->tied = 1;
    deal->tie = TIE_WITH;
    deal->tie_says = true;
    assert_int_equal(workload_book_event(business.book, &event), deal->commands[0]);
    assert_int_equal(workload_book_contradictions(business.book), 4);
    workload_book_time(business.book, business.now_ms);
    assert_int_equal(workload_book_contradictions(business.book), 5);
    business_close(&business);
}

/* The same receipt again, one of another envelope under our reference, one of a whole envelope. */
static void foreign_receipts_change_nothing(void **state)
{
    struct business business;
    uint32_t envelope;
    (void)state;
    plain_business(&business, 2);
    while (workload_source_next(business.source, business.now_ms, &envelope) == WORKLOAD_ENVELOPE) {
        queue_add(&business, envelope);
    }
    const struct workload_envelope *record = workload_book_envelope(business.book, 0);
    struct receipt receipt = {.height = 1,
                              .envelope_id = record->id,
                              .command_kind = COMMAND_ISSUE,
                              .outcome = OUTCOME_DONE,
                              .reference = {.size = 8}};
    memcpy(receipt.reference.text, "O0000000", 8);
    struct receipt other = receipt;
    other.envelope_id.bytes[0] ^= 1;
    assert_int_equal(workload_book_receipt(business.book, &other), WORKLOAD_NONE);
    other = receipt;
    other.command_index = RECEIPT_WHOLE_ENVELOPE;
    assert_int_equal(workload_book_receipt(business.book, &other), WORKLOAD_NONE);
    other = receipt;
    other.reference.text[7] = 'x';
    assert_int_equal(workload_book_receipt(business.book, &other), WORKLOAD_NONE);
    assert_false(workload_book_envelope(business.book, 0)->executed);
    assert_int_equal(workload_book_receipt(business.book, &receipt), 0);
    assert_int_equal(workload_book_receipt(business.book, &receipt), WORKLOAD_NONE);
    assert_int_equal(workload_book_command(business.book, 0)->state, COMMAND_OBEYED);
    business_close(&business);
}

static void references_name_commands(void **state)
{
    static const char *const none[] = {"W0000000G", "W00000000A", "W0000000",
                                       "X00000000", "W00FFFFFF",  "W0000000a"};
    struct business business;
    struct text35 reference;
    uint32_t command;
    (void)state;
    plain_business(&business, 10);
    business_run(&business);
    for (uint32_t i = 0; i < workload_book_command_count(business.book); i++) {
        workload_book_reference(i, &reference);
        assert_true(workload_book_find(business.book, &reference, &command));
        assert_int_equal(command, i);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        bool valid = text35_parse(none[i], strlen(none[i]), &reference);
        assert_true(valid);
        assert_false(workload_book_find(business.book, &reference, &command));
    }
    business_close(&business);
}

static void same_seed_same_envelopes(void **state)
{
    struct business business[2];
    struct market_config market;
    struct workload_source_config config;
    (void)state;
    market_config_small(&market);
    market_config_size(&market, 5, 2, 3, 2, 2000);
    for (int i = 0; i < 2; i++) {
        mixture(&config, 5);
        business_open(&business[i], &market, &config);
        business_run(&business[i]);
    }
    uint32_t count = workload_book_envelope_count(business[0].book);
    assert_int_equal(workload_book_envelope_count(business[1].book), count);
    for (uint32_t i = 0; i < count; i++) {
        const struct workload_envelope *one = workload_book_envelope(business[0].book, i);
        const struct workload_envelope *other = workload_book_envelope(business[1].book, i);
        assert_int_equal(one->size, other->size);
        assert_memory_equal(one->bytes, other->bytes, one->size);
    }
    business_close(&business[0]);
    business_close(&business[1]);
}

/* Each flaw is just that one. */
static void flawed_envelopes_are_flawed(void **state)
{
    struct business business;
    struct market_config market;
    struct workload_source_config config;
    uint32_t seen[FLAW_COUNT] = {0};
    uint32_t number;
    (void)state;
    market_config_small(&market);
    mixture(&config, 3);
    config.flaw_permille = 1000;
    config.share[WORKLOAD_LACK_SECURITIES] = 0;
    business_open(&business, &market, &config);
    workload_book_executed(business.book, 0, 1);
    workload_book_executed(business.book, 1, 1);
    business.queued = 0;
    while (workload_source_next(business.source, business.now_ms, &number) == WORKLOAD_ENVELOPE) {
        const struct workload_envelope *record = workload_book_envelope(business.book, number);
        struct envelope envelope;
        enum envelope_check check = envelope_decode(&envelope, record->bytes, record->size);
        seen[record->flaw]++;
        if (record->flaw == FLAW_MALFORMED) {
            assert_int_not_equal(check, ENVELOPE_OK);
            continue;
        }
        assert_int_equal(check, ENVELOPE_OK);
        bool chain = hash_equal(&envelope.chain_id, &market_genesis(business.market)->chain_id);
        bool valid = envelope_verify(&envelope) == ENVELOPE_OK;
        assert_int_equal(chain, record->flaw != FLAW_CHAIN);
        assert_int_equal(valid, record->flaw != FLAW_SIGNATURE && record->flaw != FLAW_CHAIN);
        assert_int_equal(envelope.valid_until_ms < business.now_ms, record->flaw == FLAW_EXPIRED);
    }
    for (int flaw = 0; flaw < FLAW_COUNT; flaw++) {
        assert_true(seen[flaw] > 0);
    }
    business_close(&business);
}

/* An instruction of a flawed envelope that is executed all the same is noticed. */
static void flawed_and_done_is_noticed(void **state)
{
    struct business business;
    struct market_config market;
    struct workload_source_config config;
    (void)state;
    market_config_small(&market);
    mixture(&config, 3);
    business_open(&business, &market, &config);
    business_run(&business);
    assert_int_equal(workload_book_flawed_done(business.book), 0);
    for (uint32_t i = 0; i < workload_book_envelope_count(business.book); i++) {
        if (workload_book_envelope(business.book, i)->flaw > FLAW_EXPIRED) {
            workload_book_executed(business.book, i, 77);
            break;
        }
    }
    assert_int_equal(workload_book_flawed_done(business.book), 1);
    business_close(&business);
}

static void hot_and_skewed(void **state)
{
    struct business business;
    struct market_config market;
    struct workload_source_config config;
    uint32_t between_two = 0;
    (void)state;
    market_config_small(&market);
    market_config_size(&market, 20, 1, 1, 1, 3000);
    workload_source_config_default(&config);
    config.instruction_count_max = 2000;
    config.hot_permille = 500;
    business_open(&business, &market, &config);
    business_run(&business);
    uint32_t count = workload_book_deal_count(business.book);
    for (uint32_t i = 0; i < count; i++) {
        const struct workload_deal *deal = workload_book_deal(business.book, i);
        between_two += deal->deliverer <= 1 && deal->receiver <= 1 ? 1 : 0;
    }
    assert_true(between_two > count * 4 / 10 && between_two < count * 6 / 10);
    business_close(&business);
}

/* Envelopes stay between two participants; their accounts are of the deal. */
static void accounts_vary_within_an_envelope(void **state)
{
    struct business business;
    struct market_config market;
    struct workload_source_config config;
    uint32_t others = 0;
    (void)state;
    market_config_small(&market);
    market_config_size(&market, 5, 8, 1, 1, 3000);
    workload_source_config_default(&config);
    config.instruction_count_max = 1000;
    config.instructions_per_envelope = 20;
    config.accounts_vary = true;
    business_open(&business, &market, &config);
    business_run(&business);
    uint32_t count = workload_book_deal_count(business.book);
    assert_true(count >= 500);
    for (uint32_t i = 0; i < count; i++) {
        const struct workload_deal *first = workload_book_deal(business.book, i / 20 * 20);
        const struct workload_deal *deal = workload_book_deal(business.book, i);
        assert_int_equal(deal->deliverer / 8, first->deliverer / 8);
        assert_int_equal(deal->receiver / 8, first->receiver / 8);
        others += deal->deliverer != first->deliverer ? 1 : 0;
    }
    assert_true(others > count / 2);
    business_close(&business);
}

static void assert_fault(const struct workload_source_config *config, const struct market *market)
{
    assert_non_null(workload_source_fault(config, market));
    assert_null(workload_source_new(config, market));
}

static void faults_are_named(void **state)
{
    struct market_config people;
    struct workload_source_config good;
    struct workload_source_config config;
    (void)state;
    market_config_small(&people);
    market_config_size(&people, 2, 1, 1, 1, 100);
    struct market *two = market_new(&people);
    market_config_size(&people, 1, 1, 1, 1, 100);
    struct market *one = market_new(&people);
    workload_source_config_default(&good);
    assert_null(workload_source_fault(&good, two));
    assert_fault(&good, one);
    config = good;
    config.share[WORKLOAD_CIRCLE] = 1;
    assert_fault(&config, two);
    config = good;
    config.desk_permille = 1; /* nobody has a second person */
    assert_fault(&config, two);
    config = good;
    config.share[WORKLOAD_LACK_SECURITIES] = 1;
    assert_fault(&config, two);
    config = good;
    config.share[WORKLOAD_FREE] = 600;
    config.share[WORKLOAD_HOLD] = 401;
    assert_fault(&config, two);
    config = good;
    config.share[WORKLOAD_DVP] = 1;
    assert_fault(&config, two);
    config = good;
    config.instructions_per_envelope = 0;
    assert_fault(&config, two);
    config.instructions_per_envelope = WORKLOAD_PER_ENVELOPE_MAX + 1;
    assert_fault(&config, two);
    config = good;
    config.validity_ms = 0;
    assert_fault(&config, two);
    config = good;
    config.hot_permille = 1001;
    assert_fault(&config, two);
    config = good;
    config.zipf_permille = 4001;
    assert_fault(&config, two);
    market_free(one);
    market_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_to_its_end_in_any_order),
        cmocka_unit_test(the_smallest_market_does),
        cmocka_unit_test(parts_ties_and_rings_come_to_their_end_in_any_order),
        cmocka_unit_test(the_back_office_comes_to_its_end_in_any_order),
        cmocka_unit_test(bundles_and_skew_do),
        cmocka_unit_test(book_finds_what_did_not_settle),
        cmocka_unit_test(contradictions_are_counted),
        cmocka_unit_test(what_nobody_asked_for_contradicts),
        cmocka_unit_test(parts_and_ties_nobody_asked_for_contradict),
        cmocka_unit_test(foreign_receipts_change_nothing),
        cmocka_unit_test(references_name_commands),
        cmocka_unit_test(same_seed_same_envelopes),
        cmocka_unit_test(flawed_envelopes_are_flawed),
        cmocka_unit_test(flawed_and_done_is_noticed),
        cmocka_unit_test(hot_and_skewed),
        cmocka_unit_test(accounts_vary_within_an_envelope),
        cmocka_unit_test(faults_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
