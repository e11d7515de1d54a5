/*
 * Goal: a replica keeps its promises with either protocol behind consensus/protocol.h, and knows
 * neither: one order of batches under loss and restarts, the same bytes for the same events, and
 * the bounds that the table's header states.
 */
#include "consensus/protocol.h"

#include <stdlib.h>
#include <string.h>

#include "netsim/fixed_leader/fixed_leader.h"
#include "tests/support/cmocka.h"
#include "tests/support/netsim/table.h"

enum {
    N = 4
};

static const struct consensus_protocol *const protocols[] = {&consensus_simplex,
                                                             &consensus_fixed_leader};

/* Runs a test once for each protocol, given as the state. */
#define EACH_PROTOCOL(function)                                                             \
    {#function " (simplex)", function, NULL, NULL, (void *)(uintptr_t)&protocols[0]},       \
    {                                                                                       \
#function " (fixed leader)", function, NULL, NULL, (void *)(uintptr_t)&protocols[1] \
    }

static const struct consensus_protocol *protocol_of(void **state)
{
    return *(const struct consensus_protocol *const *)*state;
}

static uint64_t made_count(const struct table *table)
{
    uint64_t made = 0;
    for (uint16_t i = 0; i < table->n; i++) {
        struct consensus_summary summary;
        replica_summary(table->hosts[i].replica, &summary);
        made += summary.own_lane_seq;
    }
    return made;
}

/* All batches ordered everywhere; tips may differ by what is on its way. */
static void assert_settled(const struct table *table)
{
    for (uint16_t i = 0; i < table->n; i++) {
        assert_int_equal(table_ordered(table, i), made_count(table));
        assert_true(table_agrees(table, i, 0));
        assert_int_equal(table->hosts[i].halt, CONSENSUS_HALT_NONE);
    }
}

static void work(struct table *table, unsigned rounds, uint64_t pause_ms)
{
    for (unsigned round = 0; round < rounds; round++) {
        for (uint16_t i = 0; i < table->n; i++) {
            if (table->hosts[i].up) {
                table_submit(table, i);
            }
        }
        table_run(table, pause_ms);
    }
}

static void orders_without_faults(void **state)
{
    for (uint16_t n = 1; n <= TABLE_HOSTS_MAX; n += 3) {
        struct table *table = table_open(protocol_of(state), n);
        work(table, 20, 15);
        table_run(table, 1000);
        assert_true(made_count(table) >= 15u * n);
        assert_settled(table);
        struct consensus_summary summary;
        replica_summary(table->hosts[0].replica, &summary);
        assert_int_equal(summary.final_height, table_height(table, 0));
        assert_int_equal(summary.exec_height, table_height(table, 0));
        assert_true(summary.certified_exec_height > 0);
        assert_int_equal(summary.journal_seq, summary.durable_seq);
        for (uint16_t i = 0; i < n; i++) {
            assert_true(replica_peer_exec_height(table->hosts[0].replica, i) > 0);
        }
        table_close(table);
    }
}

static void orders_with_loss(void **state)
{
    struct table *table = table_open(protocol_of(state), N);
    table->loss_permille = 150;
    work(table, 20, 40);
    table_run(table, 4000);
    table->loss_permille = 0;
    table_run(table, 2000);
    assert_settled(table);
    table_close(table);
}

static void goes_on_after_restarts(void **state)
{
    struct table *table = table_open(protocol_of(state), N);
    for (uint16_t host = 0; host < N; host++) {
        work(table, 3, 17);
        table_crash(table, host);
        work(table, 2, 17);
        table_restart(table, host);
        table_run(table, 100);
    }
    work(table, 3, 17);
    table_run(table, 5000);
    assert_settled(table);
    assert_true(table_ordered(table, 0) > 60);
    table_close(table);
}

/* What is not durable when everybody loses power was not promised to anybody. */
static void nothing_leaves_before_it_is_durable(void **state)
{
    struct table *table = table_open(protocol_of(state), N);
    for (uint16_t i = 0; i < N; i++) {
        table->hosts[i].holds_disk = true;
    }
    work(table, 2, 30);
    for (uint16_t i = 0; i < N; i++) {
        assert_int_equal(table->hosts[i].batch_durable_count, 0);
        table_crash(table, i);
        table->hosts[i].holds_disk = false;
    }
    for (uint16_t i = 0; i < N; i++) {
        table_restart(table, i);
    }
    assert_int_equal(made_count(table), 0);
    work(table, 2, 30);
    table_run(table, 2000);
    assert_settled(table);
    assert_true(table_ordered(table, 1) > 0);
    table_close(table);
}

static void commits_stay_within_reach_of_execution(void **state)
{
    struct table *table = table_open(protocol_of(state), N);
    table->hosts[2].holds_execution = true;
    for (unsigned round = 0; round < 2 * CONSENSUS_RESTORE_BLOCKS; round++) {
        for (uint16_t i = 0; i < N; i++) {
            table_event(table, i, (struct consensus_event){.kind = CONSENSUS_WORK_DUE});
        }
        table_run(table, 60);
    }
    assert_int_equal(table_height(table, 2), CONSENSUS_RESTORE_BLOCKS);
    assert_true(table_height(table, 1) > CONSENSUS_RESTORE_BLOCKS);
    table->hosts[2].holds_execution = false;
    table_sync(table, 2);
    work(table, 3, 60);
    table_run(table, 3000);
    assert_settled(table);
    table_close(table);
}

/* LOCAL_BATCH is taken as long as lane_room() says so, and refused after that. */
static void lane_room_is_kept(void **state)
{
    const struct consensus_protocol *protocol = protocol_of(state);
    struct table *table = table_open(protocol, N);
    const struct consensus_config *config = &table->hosts[1].config.consensus;
    void *memory = malloc(protocol->footprint(config));
    assert_non_null(memory);
    struct consensus *core = protocol->create(memory, config);
    struct consensus_effects effects;
    assert_int_equal(protocol->lane_room(core), 0);
    protocol->step(core,
                   &(struct consensus_event){.kind = CONSENSUS_START,
                                             .start = {.journal = CONSENSUS_JOURNAL_CREATED}},
                   &effects);
    const uint8_t payload[3] = {1, 2, 3};
    const struct consensus_event local = {
        .kind = CONSENSUS_LOCAL_BATCH, .local_batch = {.payload = payload, .size = sizeof payload}};
    const uint32_t room = protocol->lane_room(core);
    assert_int_equal(room, config->limits.lane_window);
    for (uint32_t i = 1; i <= room; i++) {
        protocol->step(core, &local, &effects);
        assert_int_equal(effects.items[0].kind, CONSENSUS_STORE_BATCH);
        assert_int_equal(effects.items[0].store_batch.lane_seq, i);
        assert_int_equal(protocol->lane_room(core), room - i);
    }
    protocol->step(core, &local, &effects);
    assert_int_equal(effects.items[0].kind, CONSENSUS_BATCH_REFUSED);
    free(memory);
    table_close(table);
}

static struct consensus_summary summary_of(const struct table *table, uint16_t host)
{
    struct consensus_summary summary;
    replica_summary(table->hosts[host].replica, &summary);
    assert_true(summary.own_lane_named <= summary.own_lane_seq);
    return summary;
}

static uint64_t own_lane_seq(const struct table *table, uint16_t host)
{
    return summary_of(table, host).own_lane_seq;
}

static bool loses_everything(const struct table *table, const struct table_message *message)
{
    (void)table;
    (void)message;
    return true;
}

/* Packs what waits at a host whose lane is idle. Is that batch under way then? Else the host leads
 * and has named it itself. */
static bool packs_at_once(struct table *table, uint16_t host)
{
    const uint64_t before = own_lane_seq(table, host);
    table_submit(table, host);
    table_submit(table, host);
    assert_int_equal(own_lane_seq(table, host), before);
    assert_true(table->hosts[host].deadline_ms <= table->now_ms);
    table_event(table, host, (struct consensus_event){.kind = CONSENSUS_TIME});
    assert_int_equal(own_lane_seq(table, host), before + 1); /* both */
    assert_int_equal(admission_waiting_count(replica_admission(table->hosts[host].replica)), 0);
    return summary_of(table, host).own_lane_named == before;
}

/* A table whose lanes gather for so long at most. */
static struct table *table_open_gathering(const struct consensus_protocol *protocol,
                                          uint32_t age_ms)
{
    struct table *table = table_open(protocol, N);
    for (uint16_t i = 0; i < N; i++) {
        table_crash(table, i);
        table->hosts[i].config.admission.batch_age_ms = age_ms;
        table_restart(table, i);
    }
    return table;
}

/*
 * Where own batches were in a proposal just now, a busy lane does not gather for batch_age_ms: half
 * of the time from proposal to proposal is enough.
 */
static void a_lane_gathers_for_less_where_proposals_are_frequent(void **state)
{
    enum {
        AGE_MS = 1000,
        PROPOSED_MS = 100
    };
    struct table *table = table_open_gathering(protocol_of(state), AGE_MS);
    uint32_t gathered = 0;
    for (uint16_t i = 0; i < N; i++) {
        table->loses = NULL;
        table_run(table, 2000);
        for (unsigned k = 0; k < 2; k++) {
            table_submit(table, i);
            table_run(table, PROPOSED_MS);
        }
        table->loses = loses_everything;
        if (packs_at_once(table, i)) {
            gathered++;
            const uint64_t before = own_lane_seq(table, i);
            table_submit(table, i);
            table_run(table, PROPOSED_MS + 1);
            assert_int_equal(own_lane_seq(table, i), before + 1);
        }
    }
    assert_true(gathered >= N / 2);
    table_close(table);
}

/*
 * An idle lane packs at once, with all that came by then; a busy one gathers until its last batch
 * is in a proposal; and no longer than batch_age_ms, if it never is.
 */
static void a_lane_gathers_while_a_batch_is_under_way(void **state)
{
    enum {
        AGE_MS = 300
    };
    struct table *table = table_open_gathering(protocol_of(state), AGE_MS);
    uint32_t gathered = 0;
    for (uint16_t i = 0; i < N; i++) {
        table_run(table, 1000);
        if (packs_at_once(table, i)) {
            gathered++;
            table_submit(table, i);
            table_run(table, 1);
            assert_int_equal(own_lane_seq(table, i), 1);
            table_run(table, AGE_MS / 2);
            assert_int_equal(own_lane_seq(table, i), 2);
        }
    }
    assert_true(gathered >= N / 2);

    gathered = 0;
    table_run(table, 1000);
    table->loses = loses_everything;
    for (uint16_t i = 0; i < N; i++) {
        if (packs_at_once(table, i)) {
            gathered++;
            const uint64_t before = own_lane_seq(table, i);
            table_submit(table, i);
            table_run(table, AGE_MS - 1);
            assert_int_equal(own_lane_seq(table, i), before);
            table_run(table, 2);
            assert_int_equal(own_lane_seq(table, i), before + 1);
        }
    }
    assert_true(gathered >= N / 2);

    table->loses = NULL;
    table_run(table, 5000);
    assert_settled(table);
    table_close(table);
}

static void same_events_give_the_same_bytes(void **state)
{
    struct table *tables[2];
    for (unsigned i = 0; i < 2; i++) {
        tables[i] = table_open(protocol_of(state), N);
        tables[i]->loss_permille = 100;
        work(tables[i], 10, 23);
        table_crash(tables[i], 2);
        table_run(tables[i], 300);
        table_restart(tables[i], 2);
        work(tables[i], 10, 23);
        table_run(tables[i], 1000);
    }
    assert_int_equal(tables[0]->sent_count, tables[1]->sent_count);
    for (uint16_t i = 0; i < N; i++) {
        const struct table_host *a = &tables[0]->hosts[i];
        const struct table_host *b = &tables[1]->hosts[i];
        assert_int_equal(a->block_count, b->block_count);
        assert_true(a->block_count > 5);
        for (uint32_t k = 0; k < a->block_count; k++) {
            assert_int_equal(a->blocks[k].bytes.size, b->blocks[k].bytes.size);
            assert_memory_equal(a->blocks[k].bytes.data, b->blocks[k].bytes.data,
                                a->blocks[k].bytes.size);
        }
    }
    table_close(tables[0]);
    table_close(tables[1]);
}

static void illegal_configurations_are_refused_alike(void **state)
{
    struct table *table = table_open(protocol_of(state), N);
    struct replica_config config = table->hosts[0].config;
    assert_true(replica_footprint(&config) > 0);
    config.consensus.limits.lane_window = 0;
    assert_int_equal(replica_footprint(&config), 0);
    config = table->hosts[0].config;
    config.consensus.self = N;
    assert_int_equal(replica_footprint(&config), 0);
    table_close(table);
}

/* A configuration that names no protocol means the product's. */
static void simplex_is_the_default(void **state)
{
    (void)state;
    struct table *named = table_open(&consensus_simplex, N);
    struct table *unnamed = table_open(NULL, N);
    assert_int_equal(replica_footprint(&named->hosts[0].config),
                     replica_footprint(&unnamed->hosts[0].config));
    work(named, 5, 20);
    work(unnamed, 5, 20);
    assert_true(table_height(named, 1) > 0);
    assert_int_equal(table_height(named, 1), table_height(unnamed, 1));
    const struct table_host *host = &named->hosts[1];
    assert_true(hash_equal(&host->blocks[host->block_count - 1].hash,
                           &unnamed->hosts[1].blocks[host->block_count - 1].hash));
    assert_string_not_equal(consensus_simplex.name, consensus_fixed_leader.name);
    table_close(named);
    table_close(unnamed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH_PROTOCOL(a_lane_gathers_for_less_where_proposals_are_frequent),
        EACH_PROTOCOL(a_lane_gathers_while_a_batch_is_under_way),
        EACH_PROTOCOL(orders_without_faults),
        EACH_PROTOCOL(orders_with_loss),
        EACH_PROTOCOL(goes_on_after_restarts),
        EACH_PROTOCOL(nothing_leaves_before_it_is_durable),
        EACH_PROTOCOL(commits_stay_within_reach_of_execution),
        EACH_PROTOCOL(lane_room_is_kept),
        EACH_PROTOCOL(same_events_give_the_same_bytes),
        EACH_PROTOCOL(illegal_configurations_are_refused_alike),
        cmocka_unit_test(simplex_is_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
