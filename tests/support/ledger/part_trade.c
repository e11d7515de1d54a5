#include "tests/support/ledger/part_trade.h"

#include "ledger/restriction/restriction.h"
#include "ledger/state.h"
#include "tests/support/cmocka.h"

void part_trade_open(struct part_trade *fixture, enum world_asset asset, int64_t quantity,
                     int64_t amount)
{
    struct world_options options = {.instructions = 200,
                                    .references = 400,
                                    .wake_budget = 100,
                                    .unit_min = 50,
                                    .unit_multiple = 5,
                                    .parts_all_day = !fixture->windows_of_T2S};
    world_open(&fixture->world, &options);
    fixture->trade =
        (struct world_trade){PART_SELLER, PART_BUYER, asset, quantity, amount, WORLD_TODAY};
    fixture->seller_allows = PARTIAL_PARQ;
    fixture->buyer_allows = PARTIAL_PARQ;
}

void part_trade_submit(struct part_trade *fixture)
{
    struct command sell;
    struct command buy;
    world_trade(&fixture->world, &fixture->trade, &sell, &buy);
    sell.instruct.partial = fixture->seller_allows;
    buy.instruct.partial = fixture->buyer_allows;
    fixture->seller = world_instruct(&fixture->world, &sell);
    fixture->buyer = world_instruct(&fixture->world, &buy);
}

void part_trade_give(struct part_trade *fixture, int64_t quantity)
{
    world_fund(&fixture->world, PART_SELLER, fixture->trade.asset, quantity);
}

void part_trade_pay(struct part_trade *fixture, int64_t amount)
{
    world_fund(&fixture->world, PART_BUYER, WORLD_EUR, amount);
}

void part_trade_block(struct part_trade *fixture, bool blocks, int64_t quantity)
{
    struct command command;
    if (blocks) {
        world_command(&fixture->world, COMMAND_RESTRICTION_SET, &command);
        command.restriction_set = (struct command_restriction_set){
            world_bic(PART_SELLER), world_account(fixture->trade.asset, 0),
            world_asset(fixture->trade.asset), RESTRICTION_BLOCKING, quantity};
        fixture->blocking = command.reference;
    } else {
        world_command(&fixture->world, COMMAND_RESTRICTION_DECREASE, &command);
        command.restriction_change = (struct command_restriction_change){
            world_bic(WORLD_OPERATOR), fixture->blocking, quantity};
    }
    assert_int_equal(world_submit(&fixture->world, WORLD_OPERATOR, &command).outcome, OUTCOME_DONE);
}

void part_trade_give_but(struct part_trade *fixture, int64_t quantity, int64_t blocked)
{
    part_trade_give(fixture, quantity);
    part_trade_block(fixture, true, blocked);
}

void part_trade_assert(const struct part_trade *fixture, uint8_t value, enum reason seller,
                       enum reason buyer)
{
    world_assert_status(&fixture->world, fixture->seller, DIMENSION_SETTLEMENT, value, seller);
    world_assert_status(&fixture->world, fixture->buyer, DIMENSION_SETTLEMENT, value, buyer);
}

void part_trade_assert_so_far(const struct part_trade *fixture, int64_t quantity, int64_t amount)
{
    const struct instruction *seller = world_view(&fixture->world, fixture->seller);
    const struct instruction *buyer = world_view(&fixture->world, fixture->buyer);
    assert_int_equal(seller->settled_quantity, quantity);
    assert_int_equal(seller->settled_amount, amount);
    assert_int_equal(buyer->settled_quantity, quantity);
    assert_int_equal(buyer->settled_amount, amount);
    assert_int_equal(world_available(&fixture->world, PART_BUYER, fixture->trade.asset), quantity);
    if (fixture->trade.amount > 0) {
        assert_int_equal(world_available(&fixture->world, PART_SELLER, WORLD_EUR), amount);
    }
}

void part_trade_assert_part(const struct part_trade *fixture, int64_t quantity, int64_t amount)
{
    part_trade_assert(fixture, SETTLEMENT_PARTIALLY_SETTLED, REASON_PART, REASON_PART);
    part_trade_assert_so_far(fixture, quantity, amount);
    assert_int_equal(world_view(&fixture->world, fixture->seller)->waiting_need,
                     fixture->trade.quantity - quantity);
    world_assert_status(&fixture->world, fixture->seller, DIMENSION_PROCESSING, PROCESSING_PENDING,
                        REASON_NONE);
}

void part_trade_assert_lacking(const struct part_trade *fixture)
{
    part_trade_assert(fixture, SETTLEMENT_UNSETTLED, REASON_LACK, REASON_CLAC);
    part_trade_assert_so_far(fixture, 0, 0);
}

/* The SETTLED events of the last block, at most two. */
static uint32_t settled_events(const struct part_trade *fixture, struct event events[2])
{
    const struct ledger_output *output = &fixture->world.output;
    uint32_t count = 0;
    for (uint32_t i = 0; i < output->event_count; i++) {
        struct event event;
        assert_true(event_decode(&event, output->events[i].bytes, output->events[i].size));
        if (event.kind == EVENT_SETTLED) {
            assert_true(count < 2);
            events[count++] = event;
        }
    }
    return count;
}

void part_trade_assert_event(const struct part_trade *fixture, int64_t quantity, int64_t amount,
                             enum reason reason)
{
    struct event events[2];
    assert_int_equal(settled_events(fixture, events), 1);
    assert_int_equal(events[0].quantity, quantity);
    assert_int_equal(events[0].amount, amount);
    assert_string_equal(reason_code(events[0].reason), reason_code(reason));
}
