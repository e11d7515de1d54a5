/*
 * Goal: the ledger and the plain model (tests/support/ledger/model_link.h) agree on which links are
 * refused and which matches make links contradict each other, for many small random nets of links
 * over the pairs of three parties (ledger/link/contradiction.h).
 */
#include <stdlib.h>

#include "base/prng.h"
#include "ledger/state.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"
#include "tests/support/ledger/model_ledger.h"

enum {
    PAIRS = 8,
    NETS = 100,
    WAKE_BUDGET = 1000,
};

struct net {
    struct world world;
    struct model *model;
    struct prng prng;
    struct command sides[2 * PAIRS];
    uint32_t senders[2 * PAIRS];
    bool entered[2 * PAIRS];
    uint32_t contradicted;
};

/* Deliveries down the line of three parties, so that nothing could settle in a circle. */
static void net_draw(struct net *net)
{
    for (uint32_t i = 0; i < PAIRS; i++) {
        uint32_t seller = WORLD_PARTICIPANT + (uint32_t)prng_below(&net->prng, 2);
        uint32_t buyer = seller + 1 + (uint32_t)prng_below(&net->prng, 2);
        const struct world_trade trade = {seller, buyer, WORLD_ISIN_1, 10 + i, 0, WORLD_TODAY};
        world_trade(&net->world, &trade, &net->sides[2 * i], &net->sides[2 * i + 1]);
        net->senders[2 * i] = seller;
        net->senders[2 * i + 1] = buyer;
    }
}

/* Links to what the same party has entered: the last is entered with those that were drawn. */
static void links_draw(struct net *net, uint32_t side)
{
    struct command_instruct *body = &net->sides[side].instruct;
    for (uint32_t i = 0; i < 2 * PAIRS && body->link_count < 2; i++) {
        if (i != side && net->entered[i] && net->senders[i] == net->senders[side] &&
            prng_chance(&net->prng, 40, 100)) {
            body->links[body->link_count].type = (uint8_t)(LINK_BEFO + prng_below(&net->prng, 3));
            body->links[body->link_count].reference = net->sides[i].reference;
            body->link_count++;
        }
    }
}

static void side_enter(struct net *net, uint32_t side)
{
    struct receipt receipt;
    struct model_answer expected;
    links_draw(net, side);
    model_block_begin(net->model, net->world.ts_ms);
    receipt = world_submit(&net->world, net->senders[side], &net->sides[side]);
    (void)model_tell_sets(net->model, &net->world.output);
    expected = model_command(net->model, net->senders[side], &net->sides[side]);
    (void)model_block_end(net->model);
    assert_string_equal(outcome_name(receipt.outcome), outcome_name(expected.outcome));
    assert_string_equal(reason_code(receipt.reason), reason_code(expected.reason));
    assert_int_equal(world_event_count(&net->world, EVENT_LINKED_IN_CIRCLE),
                     net->model->contradictions);
    net->entered[side] = receipt.outcome == OUTCOME_DONE;
    net->contradicted += net->model->contradictions;
}

static uint32_t net_run(uint64_t seed)
{
    struct net *net = calloc(1, sizeof *net);
    uint32_t contradicted;
    assert_non_null(net);
    net->model = calloc(1, sizeof *net->model);
    assert_non_null(net->model);
    prng_init(&net->prng, seed);
    world_open(&net->world, NULL);
    model_open(net->model, WAKE_BUDGET);
    net_draw(net);
    for (uint32_t left = 2 * PAIRS; left > 0; left--) {
        uint32_t side = (uint32_t)prng_below(&net->prng, left);
        uint32_t last = left - 1;
        struct command command = net->sides[side];
        uint32_t sender = net->senders[side];
        net->sides[side] = net->sides[last];
        net->senders[side] = net->senders[last];
        net->sides[last] = command;
        net->senders[last] = sender;
        side_enter(net, last);
    }
    contradicted = net->contradicted;
    world_close(&net->world);
    free(net->model);
    free(net);
    return contradicted;
}

static void test_nets_of_links_contradict_as_in_the_model(void **state)
{
    uint32_t contradicted = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        contradicted += net_run(seed);
    }
    print_message("%u contradictions in %u nets\n", contradicted, NETS);
    assert_true(contradicted > NETS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nets_of_links_contradict_as_in_the_model),
    };
    assert_hook_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
