/*
 * Goal: clients of a whole simulated network hand in what their configuration says, learn what came
 * of it in the right order and time, turn to another member when theirs is away, and know what is
 * still owed; the same seed makes the same history.
 */
#include "netsim/market/workload.h"

#include <stdlib.h>
#include <string.h>

#include "netsim/engine/validator.h"
#include "tests/support/cmocka.h"

enum {
    MEMBERS = 4,
    SECOND_US = 1000000,
};

struct run {
    struct market_config people;
    struct simulation_config network;
    struct workload_config load;
    struct market *market;
    struct simulation *simulation;
    struct workload *workload;
    struct workload_results results;
    struct workload_unfinished unfinished;
    uint64_t told_final; /* instructions, to their clients */
    uint64_t told_settled;
    uint64_t told_ended; /* otherwise */
    uint64_t promises;
};

static void run_prepare(struct run *run)
{
    memset(run, 0, sizeof *run);
    market_config_small(&run->people);
    market_config_size(&run->people, 5, 2, 2, 2, 3000);
    workload_config_default(&run->load);
    run->load.source.validity_ms = 12000;
    run->load.end_us = 4 * SECOND_US;
}

static void on_promise(void *context, const struct workload_promise *promise)
{
    struct run *run = context;
    static const struct hash none;
    assert_true(promise->height > 0 && promise->member < MEMBERS);
    assert_false(hash_equal(&promise->receipt, &none));
    run->promises++;
}

/* Makes the network and starts its members but for those of a bit mask. */
static void run_open(struct run *run, uint32_t down)
{
    run->market = market_new(&run->people);
    assert_non_null(run->market);
    simulation_config_defaults(&run->network, MEMBERS, market_genesis(run->market));
    run->simulation = simulation_new(&run->network);
    assert_non_null(run->simulation);
    assert_null(workload_fault(&run->load, run->market, MEMBERS));
    run->workload = workload_new(&run->load, run->market, run->simulation);
    assert_non_null(run->workload);
    workload_on_promise(run->workload, on_promise, run);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        if ((down >> i & 1) == 0) {
            assert_true(validator_start(simulation_validator(run->simulation, i), true));
        }
    }
}

static void run_close(struct run *run)
{
    simulation_free(run->simulation);
    workload_free(run->workload);
    market_free(run->market);
}

static bool at_rest(struct run *run, uint32_t down)
{
    struct member_set members = {{0}};
    for (uint32_t i = 0; i < MEMBERS; i++) {
        if ((down >> i & 1) == 0) {
            member_set_add(&members, i);
        }
    }
    return workload_at_rest(run->workload, &members, 0, &run->unfinished);
}

/* What clients have learned of instructions. */
static void count_told(struct run *run)
{
    const struct workload_book *book = workload_book_of(run->workload);
    run->told_final = 0;
    run->told_settled = 0;
    run->told_ended = 0;
    for (uint32_t i = 0; i < workload_book_command_count(book); i++) {
        const struct workload_command *command = workload_book_command(book, i);
        const struct workload_times *times = workload_times_of(run->workload, command->envelope);
        const uint64_t ended_us = workload_ended_us(run->workload, i);
        if (command->kind != COMMAND_INSTRUCT) {
            continue;
        }
        assert_true(times->final_us <= times->executed_us);
        assert_true(times->final_us == 0 || times->final_us >= times->handed_us);
        run->told_final += times->final_us != 0;
        run->told_settled += ended_us != 0 && command->state == COMMAND_SETTLED;
        run->told_ended += ended_us != 0 && command->state != COMMAND_SETTLED;
    }
}

static void play(struct run *run, uint64_t seconds)
{
    simulation_run_until(run->simulation, seconds * SECOND_US);
    workload_results_read(run->workload, &run->results);
    count_told(run);
}

static struct run run;

static void open_loop_all_settles(void **state)
{
    (void)state;
    run_prepare(&run);
    run_open(&run, 0);
    play(&run, 8);
    assert_true(at_rest(&run, 0));
    assert_int_equal(run.results.settled, run.results.instructions);
    /* 100 a second for a little less than 4 s */
    assert_in_range(run.results.instructions, 300, 480);
    assert_int_equal(run.told_final, run.results.instructions);
    assert_int_equal(run.told_settled, run.results.instructions);
    assert_int_equal(run.told_ended, 0);
    assert_int_equal(run.results.envelopes_executed, run.results.envelopes_handed);
    assert_int_equal(run.results.repetitions, 0);
    assert_int_equal(run.results.envelopes_expired, 0);
    assert_int_equal(histogram_count(&run.results.final_us), run.results.instructions);
    assert_int_equal(histogram_count(&run.results.certified_us), run.results.instructions);
    assert_int_equal(histogram_count(&run.results.settled_us), run.results.instructions);
    assert_int_equal(run.promises, run.results.commands[OUTCOME_DONE]);
    run_close(&run);
}

/* What clients learn comes in the order of the stages, and not before two latencies. */
static void times_are_in_order(void **state)
{
    (void)state;
    run_prepare(&run);
    run.load.latency_us = 7000;
    run_open(&run, 0);
    play(&run, 8);
    for (uint32_t i = 0; i < workload_book_envelope_count(workload_book_of(run.workload)); i++) {
        const struct workload_times *times = workload_times_of(run.workload, i);
        assert_true(times->received_us >= times->handed_us + 14000);
        assert_true(times->final_us > times->received_us);
        assert_true(times->executed_us >= times->final_us);
        assert_true(times->certified_us > times->executed_us);
    }
    run_close(&run);
}

static void share_set(struct workload_config *load)
{
    load->source.share[WORKLOAD_FREE] = 100;
    load->source.share[WORKLOAD_UNMATCHED] = 50;
    load->source.share[WORKLOAD_LACK_SECURITIES] = 200;
    load->source.share[WORKLOAD_LACK_CASH] = 50;
    load->source.share[WORKLOAD_HOLD] = 100;
    load->source.share[WORKLOAD_CANCEL] = 100;
    load->source.share[WORKLOAD_CIRCLE] = 100;
    load->source.flaw_permille = 100;
    load->duplicate_permille = 300;
    load->duplicate_members = 3;
    load->home = HOME_RANDOM;
}

static void every_kind_and_duplicates(void **state)
{
    (void)state;
    run_prepare(&run);
    share_set(&run.load);
    run_open(&run, 0);
    play(&run, 10);
    assert_true(at_rest(&run, 0));
    assert_int_equal(run.results.flawed_done, 0);
    assert_true(run.results.flawed_handed > 0);
    assert_true(run.results.submissions > run.results.envelopes_handed + run.results.flawed_handed);
    assert_true(run.results.answers[ADMISSION_MALFORMED] > 0);
    assert_true(run.results.answers[ADMISSION_MISADDRESSED] > 0);
    assert_true(run.results.answers[ADMISSION_EXPIRED] > 0);
    assert_true(run.results.answers[ADMISSION_SIGNATURE] > 0);
    assert_true(run.results.pending[REASON_CMIS] > 0);
    assert_true(run.results.cancelled > 0);
    assert_int_equal(run.results.made[WORKLOAD_CURE], run.results.made[WORKLOAD_LACK_SECURITIES]);
    uint64_t pending = 0;
    for (int i = 0; i < 256; i++) {
        pending += run.results.pending[i];
    }
    assert_int_equal(run.results.settled + run.results.cancelled + pending,
                     run.results.instructions);
    assert_int_equal(run.told_settled, run.results.settled);
    assert_int_equal(run.told_ended, run.results.cancelled);
    assert_int_equal(workload_book_contradictions(workload_book_of(run.workload)), 0);
    run_close(&run);
}

/* Two clients have never more than two envelopes under way, and think in between. */
static void closed_loop_waits(void **state)
{
    uint64_t latest[2] = {0};
    (void)state;
    run_prepare(&run);
    run.load.point_count = 0;
    run.load.client_count = 2;
    run.load.think_us = 100000;
    run_open(&run, 0);
    play(&run, 8);
    struct workload_book *book = workload_book_of(run.workload);
    uint32_t business = 0;
    for (uint32_t i = 0; i < workload_book_envelope_count(book); i++) {
        const struct workload_times *times = workload_times_of(run.workload, i);
        if (workload_book_envelope(book, i)->stage > 0) {
            continue;
        }
        int free_client = latest[0] <= latest[1] ? 0 : 1;
        assert_true(times->handed_us >= latest[free_client]);
        latest[free_client] = times->executed_us + 100000;
        business++;
    }
    assert_in_range(business, 30, 80);
    assert_int_equal(run.results.settled, run.results.instructions);
    run_close(&run);
}

/* The home of a quarter of the clients is down: the same bytes get through elsewhere. */
static void time_out_turns_to_the_next(void **state)
{
    (void)state;
    run_prepare(&run);
    run.load.timeout_us = 2 * SECOND_US;
    run_open(&run, 1u << 3);
    play(&run, 16);
    assert_true(at_rest(&run, 1u << 3));
    assert_true(run.results.repetitions > 50);
    assert_int_equal(run.results.envelopes_executed, run.results.envelopes_handed);
    assert_int_equal(run.results.envelopes_expired, 0);
    assert_int_equal(run.told_settled, run.results.instructions);
    run_close(&run);
}

/* Without a time-out they wait for ever, and the network owes nothing: nobody said "received". */
static void without_time_out_nothing_is_repeated(void **state)
{
    (void)state;
    run_prepare(&run);
    run.load.timeout_us = 0;
    run_open(&run, 1u << 3);
    play(&run, 16);
    assert_int_equal(run.results.repetitions, 0);
    assert_true(run.results.envelopes_executed < run.results.envelopes_handed);
    assert_true(at_rest(&run, 1u << 3));
    run_close(&run);
}

/* Two of four are down: nothing is final, all is given up once its validity is over. */
static void without_a_quorum_envelopes_expire(void **state)
{
    (void)state;
    run_prepare(&run);
    run.load.source.validity_ms = 5000;
    run.load.timeout_us = SECOND_US;
    run_open(&run, 12);
    play(&run, 3);
    assert_false(at_rest(&run, 12));
    assert_int_equal(run.unfinished.envelope, 0);
    assert_int_equal(run.unfinished.envelope_count, run.results.envelopes_handed);
    play(&run, 8);
    assert_int_equal(run.results.envelopes_executed, 0);
    assert_int_equal(run.results.envelopes_expired, run.results.envelopes_handed);
    assert_true(at_rest(&run, 12));
    assert_int_equal(run.promises, 0);
    run_close(&run);
}

/* Members that come back late: clients are told to turn to the others, at once. */
static void clients_turn_to_the_members_named(void **state)
{
    struct member_set others = {{0}};
    (void)state;
    run_prepare(&run);
    run.load.timeout_us = 0;
    run_open(&run, 1u << 3);
    play(&run, 6);
    uint64_t executed = run.results.envelopes_executed;
    member_set_add(&others, 0);
    member_set_add(&others, 1);
    workload_members(run.workload, &others);
    play(&run, 16);
    assert_true(run.results.envelopes_executed > executed);
    assert_int_equal(run.results.envelopes_executed + run.results.envelopes_expired,
                     run.results.envelopes_handed);
    run_close(&run);
}

static void stopped_makes_nothing_new(void **state)
{
    (void)state;
    run_prepare(&run);
    run_open(&run, 0);
    play(&run, 2);
    uint64_t instructions = run.results.instructions;
    assert_true(instructions > 0);
    workload_stop(run.workload);
    play(&run, 8);
    /* but the other half of a deal that has begun */
    assert_in_range(run.results.instructions, instructions, instructions + 1);
    assert_true(at_rest(&run, 0));
    run_close(&run);
}

static void warm_up_is_not_measured(void **state)
{
    (void)state;
    run_prepare(&run);
    run.load.measure_us = 2 * SECOND_US;
    run_open(&run, 0);
    play(&run, 8);
    uint64_t measured = histogram_count(&run.results.final_us);
    assert_in_range(measured, run.results.instructions * 4 / 10, run.results.instructions * 6 / 10);
    assert_true(histogram_count(&run.results.settled_us) <= measured + 1);
    run_close(&run);
}

static void same_seed_same_history(void **state)
{
    uint64_t digests[3];
    (void)state;
    for (uint64_t i = 0; i < 3; i++) {
        run_prepare(&run);
        share_set(&run.load);
        run.load.source.seed = i < 2 ? 11 : 12;
        run_open(&run, 0);
        play(&run, 5);
        digests[i] = simulation_digest(run.simulation);
        run_close(&run);
    }
    assert_int_equal(digests[0], digests[1]);
    assert_int_not_equal(digests[0], digests[2]);
}

static void assert_fault(const struct workload_config *load, const struct market *market)
{
    assert_non_null(workload_fault(load, market, MEMBERS));
}

static void faults_are_named(void **state)
{
    struct workload_config load;
    (void)state;
    run_prepare(&run);
    run_open(&run, 0);
    load = run.load;
    load.point_count = 0;
    assert_fault(&load, run.market);
    load = run.load;
    load.points[1] = load.points[0];
    load.point_count = 2;
    assert_fault(&load, run.market);
    load = run.load;
    load.points[0].per_s = ARRIVALS_RATE_MAX + 1;
    assert_fault(&load, run.market);
    load = run.load;
    load.home = HOME_FIXED;
    load.home_member = MEMBERS;
    assert_fault(&load, run.market);
    load = run.load;
    load.duplicate_permille = 1;
    load.duplicate_members = 1;
    assert_fault(&load, run.market);
    load.duplicate_permille = 1001;
    load.duplicate_members = 2;
    assert_fault(&load, run.market);
    load = run.load;
    load.source.validity_ms = 0;
    assert_fault(&load, run.market);
    assert_null(workload_new(&load, run.market, run.simulation));
    run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_loop_all_settles),
        cmocka_unit_test(times_are_in_order),
        cmocka_unit_test(every_kind_and_duplicates),
        cmocka_unit_test(closed_loop_waits),
        cmocka_unit_test(time_out_turns_to_the_next),
        cmocka_unit_test(without_time_out_nothing_is_repeated),
        cmocka_unit_test(without_a_quorum_envelopes_expire),
        cmocka_unit_test(clients_turn_to_the_members_named),
        cmocka_unit_test(stopped_makes_nothing_new),
        cmocka_unit_test(warm_up_is_not_measured),
        cmocka_unit_test(same_seed_same_history),
        cmocka_unit_test(faults_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
