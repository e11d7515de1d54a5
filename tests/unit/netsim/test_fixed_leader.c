/*
 * Goal: a fixed leader's validators order every batch once and alike, whatever is lost and whoever
 * restarts; they believe nobody but the leader, and stop where the protocol does not bear a fault.
 */
#include "netsim/fixed_leader/fixed_leader.h"

#include <stdlib.h>

#include "consensus/message.h"
#include "tests/support/cmocka.h"
#include "tests/support/netsim/table.h"

enum {
    N = 4,
    LEADER = FIXED_LEADER_INDEX
};

static void assert_all_ordered(const struct table *table, uint64_t count)
{
    for (uint16_t i = 0; i < table->n; i++) {
        assert_int_equal(table_ordered(table, i), count);
        assert_int_equal(table_height(table, i), table_height(table, LEADER));
        assert_true(table_agrees(table, i, LEADER));
        assert_int_equal(table->hosts[i].halt, CONSENSUS_HALT_NONE);
    }
}

/* How many batches all hosts made. */
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

static void submit_to_all(struct table *table)
{
    for (uint16_t i = 0; i < table->n; i++) {
        table_submit(table, i);
    }
}

/* ---- The normal case ---------------------------------------------------------------------- */

static void commits_in_two_delays(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    table_submit(table, 2);
    table_run(table, 2 * TABLE_DELAY_MS + 8);
    assert_all_ordered(table, 1);
    assert_int_equal(table->hosts[2].answered_count, 1);
    table_close(table);
}

static void orders_every_batch_once_and_in_lane_order(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    for (unsigned round = 0; round < 40; round++) {
        submit_to_all(table);
        table_run(table, 7);
    }
    table_run(table, 500);
    assert_all_ordered(table, 160);
    uint64_t cut[N] = {0};
    for (uint64_t height = 1; height <= table_height(table, 1); height++) {
        struct stored_block stored;
        struct block_body body;
        table_block(table, 1, height, &stored);
        assert_true(block_body_open(stored.block.body, stored.block.body_size, N, &body));
        for (uint32_t i = 0; i < body.batch_count; i++) {
            struct block_reference reference;
            struct batch batch;
            block_body_reference(&body, i, &reference);
            const struct table_host *author = &table->hosts[reference.lane];
            bool found = false;
            for (uint32_t k = 0; k < author->batch_count && !found; k++) {
                found = hash_equal(&author->batches[k].digest, &reference.digest);
                assert_true(!found || batch_read(author->batches[k].bytes.data,
                                                 author->batches[k].bytes.size, N, &batch));
            }
            assert_true(found);
            assert_int_equal(batch.lane_seq, ++cut[reference.lane]);
        }
        for (uint16_t lane = 0; lane < N; lane++) {
            assert_int_equal(block_body_cut(&body, lane), cut[lane]);
        }
    }
    table_close(table);
}

/* What the header says about stored blocks. */
static void certificates_have_the_form_and_do_not_verify(void **state)
{
    (void)state;
    for (uint16_t n = 1; n <= N; n += N - 1) {
        struct table *table = table_open(&consensus_fixed_leader, n);
        table_submit(table, 0);
        table_run(table, 100);
        assert_true(table_height(table, LEADER) >= 1);
        struct stored_block stored;
        struct bytes_reader reader;
        struct certificate certificate;
        struct vote vote;
        struct hash hash;
        const struct hash *chain = &table->hosts[0].config.consensus.chain_id;
        table_block(table, (uint16_t)(n - 1), 1, &stored);
        header_hash(&stored.block.header, &hash);
        bytes_reader_init(&reader, stored.certificate, stored.certificate_size);
        certificate_read(&reader, n, &certificate);
        assert_true(bytes_reader_done(&reader));
        assert_int_equal(certificate.kind, CERTIFICATE_FINALIZATION);
        assert_true(hash_equal(&certificate.hash, &hash));
        assert_int_equal(certificate_verify(&certificate, chain, table->public_keys, n), n == 1);
        certificate_vote(&certificate, LEADER, &vote);
        assert_true(vote_verify(&vote, chain, &table->public_keys[LEADER]));
        assert_int_equal(stored.block.justification_size, 2);
        table_close(table);
    }
}

static void results_are_named_and_then_nothing_is_made_but_heartbeats(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    submit_to_all(table);
    table_run(table, 500);
    const uint64_t height = table_height(table, LEADER);
    uint64_t last_content = 0;
    for (uint64_t i = 1; i <= height; i++) {
        struct stored_block stored;
        table_block(table, LEADER, i, &stored);
        last_content = stored.block.header.batch_count > 0 ? i : last_content;
    }
    struct consensus_summary summary;
    replica_summary(table->hosts[3].replica, &summary);
    assert_true(last_content >= 1);
    assert_true(summary.certified_exec_height >= last_content);
    assert_true(height <= 6);
    table->sent_count = 0;
    table_run(table, 10000);
    assert_in_range(table_height(table, LEADER), height + 9, height + 10);
    /* 30 proposals, and a STATUS of each member about every 800 ms. */
    assert_in_range(table->sent_count, 30, 120);
    table_close(table);
}

static void at_most_eight_blocks_wait_for_execution(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    table->hosts[LEADER].holds_execution = true;
    for (unsigned round = 0; round < 30; round++) {
        table_submit(table, 1);
        table_run(table, 30);
    }
    uint32_t with_batches = 0;
    for (uint64_t height = 1; height <= table_height(table, LEADER); height++) {
        struct stored_block stored;
        table_block(table, LEADER, height, &stored);
        with_batches += stored.block.header.batch_count > 0 ? 1 : 0;
    }
    assert_int_equal(with_batches, CONSENSUS_UNEXECUTED_MAX);
    table->hosts[LEADER].holds_execution = false;
    table_run(table, 2000);
    assert_true(table_ordered(table, LEADER) > 12);
    assert_all_ordered(table, made_count(table));
    /* The lane had filled up meanwhile; a block takes no more of it than its quota. */
    const uint32_t quota = table->hosts[0].config.consensus.limits.lane_quota_batches;
    uint32_t most = 0;
    for (uint64_t height = 1; height <= table_height(table, LEADER); height++) {
        struct stored_block stored;
        table_block(table, LEADER, height, &stored);
        const uint32_t count = stored.block.header.batch_count;
        most = count > most ? count : most;
    }
    assert_int_equal(most, quota);
    table_close(table);
}

static void carried_over_work_and_timed_work_make_blocks(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    table_run(table, 10);
    assert_int_equal(table_height(table, LEADER), 0);
    table_event(table, LEADER, (struct consensus_event){.kind = CONSENSUS_WORK_DUE});
    table_run(table, 50);
    assert_int_equal(table_height(table, 1), 1);
    table_event(table, 1, (struct consensus_event){.kind = CONSENSUS_WORK_DUE});
    table_run(table, 50);
    assert_int_equal(table_height(table, 1), 1); /* a member's clock makes no block */
    table_close(table);
}

/* ---- Loss --------------------------------------------------------------------------------- */

static void survives_any_loss(void **state)
{
    (void)state;
    for (unsigned permille = 50; permille <= 450; permille += 100) {
        struct table *table = table_open(&consensus_fixed_leader, N);
        prng_init(&table->prng, permille);
        table->loss_permille = permille;
        for (unsigned round = 0; round < 10; round++) {
            submit_to_all(table);
            table_run(table, 50);
        }
        table_run(table, 10000);
        table->loss_permille = 0;
        table_run(table, 950);
        /* A full window makes envelopes wait, and share a batch. */
        assert_in_range(made_count(table), 20, 40);
        assert_all_ordered(table, made_count(table));
        table_close(table);
    }
}

static bool first_proposals_to_3(const struct table *table, const struct table_message *message)
{
    return message->to == 3 && message->bytes.data[0] == MESSAGE_PROPOSAL && table->now_ms < 300;
}

static bool batches_to_2(const struct table *table, const struct table_message *message)
{
    return message->to == 2 && message->from != LEADER && message->bytes.data[0] == MESSAGE_BATCH &&
           table->now_ms < 300;
}

static bool batches_to_leader(const struct table *table, const struct table_message *message)
{
    return message->to == LEADER && message->bytes.data[0] == MESSAGE_BATCH && table->now_ms < 300;
}

static void asks_for_what_is_lacking(void **state)
{
    (void)state;
    bool (*const losses[])(const struct table *, const struct table_message *) = {
        first_proposals_to_3, batches_to_2, batches_to_leader};
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        struct table *table = table_open(&consensus_fixed_leader, N);
        table->loses = losses[i];
        submit_to_all(table);
        table_run(table, 900);
        assert_all_ordered(table, 4);
        table_close(table);
    }
}

/* ---- Restarts ----------------------------------------------------------------------------- */

static void member_catches_up_over_several_ranges(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    table_submit(table, 2);
    table_run(table, 100);
    table_crash(table, 2);
    for (unsigned round = 0; round < 200; round++) {
        table_submit(table, (uint16_t)(round % 2));
        table_run(table, 10);
    }
    table_run(table, 400);
    assert_true(table_height(table, LEADER) > 3 * MESSAGE_RANGE_BLOCKS_MAX);
    const uint64_t behind = table_height(table, 2);
    table_restart(table, 2);
    table_submit(table, 2);
    table_run(table, 6000);
    assert_true(table_height(table, 2) > behind);
    assert_all_ordered(table, 202);
    table_close(table);
}

static void nothing_is_ordered_without_the_leader(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    table_submit(table, 1);
    table_run(table, 100);
    const uint64_t height = table_height(table, 1);
    table_crash(table, LEADER);
    table_submit(table, 1);
    table_submit(table, 3);
    table_run(table, 5000);
    assert_int_equal(table_height(table, 1), height);
    table_restart(table, LEADER);
    table_run(table, 2000);
    assert_all_ordered(table, 3);
    table_close(table);
}

static void everybody_restarts(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    for (unsigned round = 0; round < 12; round++) {
        submit_to_all(table);
        table_run(table, 13 + round);
        const uint16_t host = (uint16_t)(round % N);
        table_crash(table, host);
        table_run(table, 35);
        table_restart(table, host);
    }
    table_run(table, 3900);
    /* A crash may take what waited in memory. */
    const uint64_t made = made_count(table);
    assert_true(made >= 40);
    assert_all_ordered(table, made);
    table_close(table);
}

/* A block that never became durable was never seen, so another may take its place. */
static void leader_forgets_only_what_nobody_saw(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    struct table_host *leader = &table->hosts[LEADER];
    leader->holds_disk = true;
    table_submit(table, 1);
    table_run(table, 100);
    assert_true(leader->block_count >= 1);
    assert_int_equal(table_height(table, 1), 0);
    const struct hash forgotten = leader->blocks[0].hash;
    table_crash(table, LEADER);
    leader->holds_disk = false;
    table_restart(table, LEADER);
    table_run(table, 900);
    assert_all_ordered(table, 1);
    assert_false(hash_equal(&leader->blocks[0].hash, &forgotten));
    table_close(table);
}

/* The journal had it, the store not yet: the same block is committed. */
static void leader_commits_its_journal_first(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    submit_to_all(table);
    table_run(table, 300);
    struct table_host *leader = &table->hosts[LEADER];
    const uint32_t height = leader->block_count;
    assert_true(height >= 2);
    table_crash(table, LEADER);
    leader->block_count -= 2;
    leader->block_durable_count -= 2;
    struct table_block lost[2] = {leader->blocks[height - 2], leader->blocks[height - 1]};
    table_restart(table, LEADER);
    assert_true(leader->block_count >= height);
    assert_true(hash_equal(&leader->blocks[height - 2].hash, &lost[0].hash));
    assert_true(hash_equal(&leader->blocks[height - 1].hash, &lost[1].hash));
    table_submit(table, 3);
    table_run(table, 500);
    assert_all_ordered(table, 5);
    for (unsigned i = 0; i < 2; i++) {
        free(lost[i].bytes.data);
    }
    table_close(table);
}

static void lost_journal_mutes_the_leader_only(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    submit_to_all(table);
    table_run(table, 300);
    table->hosts[1].journal_lost = true;
    table_crash(table, 1);
    table_restart(table, 1);
    table_submit(table, 1);
    table_run(table, 300);
    assert_int_equal(table->hosts[1].alarm_count, 0);
    assert_all_ordered(table, 5);
    const uint64_t height = table_height(table, 1);
    table->hosts[LEADER].journal_lost = true;
    table_crash(table, LEADER);
    table_restart(table, LEADER);
    struct consensus_summary summary;
    replica_summary(table->hosts[LEADER].replica, &summary);
    assert_int_equal(summary.mute, CONSENSUS_ALARM_MUTE_JOURNAL_LOST);
    assert_int_equal(table->hosts[LEADER].alarm_count, 1);
    table_submit(table, 1);
    table_run(table, 3000);
    assert_int_equal(table_height(table, 1), height);
    table_close(table);
}

static void lost_batch_log_closes_the_lane(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    submit_to_all(table);
    table_run(table, 300);
    table->hosts[2].batch_log_lost = true;
    table_crash(table, 2);
    table_restart(table, 2);
    assert_int_equal(table->hosts[2].alarm_count, 1);
    table_submit(table, 2); /* refused */
    table_submit(table, 1);
    table_run(table, 500);
    assert_all_ordered(table, 5);
    table_close(table);
}

static void full_disk_stops_committing(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    table_event(table, 2, (struct consensus_event){.kind = CONSENSUS_STORAGE_FAILED});
    table_submit(table, 1);
    table_run(table, 300);
    assert_int_equal(table_height(table, 2), 0);
    assert_true(table_height(table, 1) >= 1);
    table_event(table, 2, (struct consensus_event){.kind = CONSENSUS_STORAGE_RECOVERED});
    table_run(table, 900);
    assert_all_ordered(table, 1);
    table_close(table);
}

static void full_disk_of_the_leader_stops_everything(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    table_event(table, LEADER, (struct consensus_event){.kind = CONSENSUS_STORAGE_FAILED});
    table_submit(table, LEADER); /* refused */
    table_submit(table, 1);
    table_run(table, 3000);
    assert_int_equal(table->hosts[LEADER].block_count, 0);
    table_event(table, LEADER, (struct consensus_event){.kind = CONSENSUS_STORAGE_RECOVERED});
    table_run(table, 900);
    assert_all_ordered(table, 1);
    table_close(table);
}

/* Nobody but the author has these batches, and its store is so old that they exceed the window. */
static void old_store_loses_no_own_batch(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    const uint32_t window = table->hosts[1].config.consensus.limits.lane_window;
    for (uint32_t i = 0; i < window; i++) {
        table_submit(table, 1);
        table_run(table, 30);
    }
    table_crash(table, LEADER);
    table->loss_permille = 1000;
    for (uint32_t i = 0; i < window; i++) {
        table_submit(table, 1);
        table_run(table, 30);
    }
    struct table_host *host = &table->hosts[1];
    struct consensus_summary summary;
    replica_summary(host->replica, &summary);
    assert_int_equal(summary.own_lane_seq, 2 * window);
    table_crash(table, 1);
    while (host->block_count > 0) {
        free(host->blocks[--host->block_count].bytes.data);
    }
    host->block_durable_count = 0;
    table_restart(table, 1);
    table->loss_permille = 0;
    table_restart(table, LEADER);
    table_run(table, 3500);
    assert_all_ordered(table, 2 * window);
    table_close(table);
}

static void record_is_live_until_its_block_is_stored(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    submit_to_all(table);
    table_run(table, 300);
    const struct table_host *leader = &table->hosts[LEADER];
    assert_true(leader->record_count >= 1);
    assert_int_equal(leader->record_count, leader->block_count);
    for (uint32_t i = 0; i < leader->record_count; i++) {
        const struct table_bytes *record = &leader->records[i];
        assert_false(replica_record_is_live(leader->replica, record->data, record->size));
        assert_true(replica_record_is_live(leader->replica, record->data, record->size - 1));
    }
    struct table *fresh = table_open(&consensus_fixed_leader, N);
    assert_true(replica_record_is_live(fresh->hosts[LEADER].replica, leader->records[0].data,
                                       leader->records[0].size));
    assert_int_equal(table->hosts[1].record_count, 0);
    table_close(fresh);
    table_close(table);
}

/* ---- What is not believed, and what is not borne -------------------------------------------- */

/* A block on top of a host's chain, as the leader would make it, signed by somebody. */
static size_t forge(const struct table *table, const struct header *above, uint16_t proposer,
                    uint16_t signer, uint8_t *out, size_t capacity)
{
    static const uint8_t justification[2] = {0, 0};
    uint8_t body[4 + N * 8] = {0};
    struct message_proposal message = {.block = {.header = {.view = above->view + 1,
                                                            .height = above->height + 1,
                                                            .parent_view = above->view,
                                                            .ts_ms = above->ts_ms + 1,
                                                            .exec_height = above->exec_height,
                                                            .result_root = above->result_root,
                                                            .proposer = proposer},
                                                 .justification = justification,
                                                 .justification_size = sizeof justification,
                                                 .body = body,
                                                 .body_size = sizeof body}};
    struct header *header = &message.block.header;
    for (uint16_t lane = 0; lane < N; lane++) {
        bytes_put_u64(body + 4 + (size_t)lane * 8, 1);
    }
    header_hash(above, &header->parent_hash);
    block_body_root(body, sizeof body, &header->body_root);
    block_justification_root(justification, sizeof justification, &header->just_root);
    struct vote vote = {.kind = VOTE_FINALIZE, .view = header->view, .signer = FIXED_LEADER_INDEX};
    header_hash(header, &vote.hash);
    vote_sign(&vote, &table->hosts[0].config.consensus.chain_id, &table->secret_keys[signer]);
    message.signature = vote.signature;
    struct bytes_writer writer;
    bytes_writer_init(&writer, out, capacity);
    message_proposal_write(&writer, &message);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static void only_the_leader_is_believed(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct table *table = table_open(&consensus_fixed_leader, N);
    submit_to_all(table);
    table_run(table, 300);
    const uint64_t height = table_height(table, 1);
    struct stored_block tip;
    table_block(table, 1, height, &tip);
    const struct header above = tip.block.header;

    size_t size = forge(table, &above, LEADER, 2, bytes, sizeof bytes);
    table_receive(table, 1, 2, bytes, size); /* another's signature */
    table_receive(table, 1, LEADER, bytes, size);
    size = forge(table, &above, 2, LEADER, bytes, sizeof bytes);
    table_receive(table, 1, LEADER, bytes, size); /* another proposer */
    size = forge(table, &above, LEADER, LEADER, bytes, sizeof bytes);
    for (size_t short_size = 0; short_size < size; short_size++) {
        table_receive(table, 1, LEADER, bytes, short_size);
    }
    for (size_t i = 1; i < size; i++) {
        bytes[i] ^= 1;
        table_receive(table, 1, LEADER, bytes, size);
        bytes[i] ^= 1;
    }
    assert_int_equal(table_height(table, 1), height);
    assert_int_equal(table->hosts[1].halt, CONSENSUS_HALT_NONE);
    table_receive(table, 1, 2, bytes, size); /* whole; who relays it does not matter */
    assert_int_equal(table_height(table, 1), height + 1);
    table_close(table);
}

static void batch_of_a_forger_is_not_stored(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    const uint8_t payload[2] = {1, 2};
    struct batch batch = {.chain_id = table->hosts[0].config.consensus.chain_id,
                          .author = 2,
                          .lane_seq = 1,
                          .payload = payload,
                          .payload_size = sizeof payload};
    uint8_t bytes[256];
    for (uint16_t signer = 3; signer >= 2; signer--) {
        struct bytes_writer writer;
        batch_sign(&batch, &table->secret_keys[signer]);
        bytes_writer_init(&writer, bytes, sizeof bytes);
        message_batch_write(&writer, &batch);
        table_receive(table, LEADER, 2, bytes, writer.size);
        assert_int_equal(table->hosts[LEADER].alarm_count, 1);
        assert_int_equal(table->hosts[LEADER].batch_count, signer == 2 ? 1 : 0);
    }
    table_close(table);
}

static void other_messages_are_dropped(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    for (unsigned kind = 0; kind < 256; kind++) {
        uint8_t bytes[64] = {(uint8_t)kind, 1, 2, 3};
        table_receive(table, 1, 2, bytes, sizeof bytes);
        table_receive(table, LEADER, 2, bytes, 1);
    }
    table_receive(table, 1, 2, "", 0);
    submit_to_all(table);
    table_run(table, 300);
    assert_all_ordered(table, 4);
    table_close(table);
}

static void contradiction_of_the_leader_halts(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct table *table = table_open(&consensus_fixed_leader, N);
    submit_to_all(table);
    table_run(table, 300);
    struct stored_block tip;
    table_block(table, 1, table_height(table, 1), &tip);
    struct header other = tip.block.header;
    other.ts_ms++; /* a parent that was never committed */
    const size_t size = forge(table, &other, LEADER, LEADER, bytes, sizeof bytes);
    table_receive(table, 1, LEADER, bytes, size);
    assert_int_equal(table->hosts[1].halt, CONSENSUS_HALT_CONFLICTING_FINALS);
    table_close(table);
}

static void another_result_halts(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    table->hosts[2].lies_about_result = true;
    submit_to_all(table);
    table_run(table, 300);
    assert_int_equal(table->hosts[2].halt, CONSENSUS_HALT_RESULT_CONTRADICTED);
    assert_int_equal(table->hosts[1].halt, CONSENSUS_HALT_NONE);
    table_close(table);
}

static void foreign_store_halts(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    submit_to_all(table);
    table_run(table, 300);
    table_crash(table, 1);
    struct table_block *blocks = table->hosts[1].blocks;
    const struct table_block first = blocks[0];
    blocks[0] = blocks[1];
    blocks[1] = first;
    table_restart(table, 1);
    assert_int_equal(table->hosts[1].halt, CONSENSUS_HALT_STORE_MISMATCH);
    table_close(table);
}

static void illegal_configuration_has_no_footprint(void **state)
{
    (void)state;
    struct table *table = table_open(&consensus_fixed_leader, N);
    struct consensus_config config = table->hosts[0].config.consensus;
    assert_true(consensus_fixed_leader.footprint(&config) > 0);
    config.timing.retry_ms = 0;
    assert_int_equal(consensus_fixed_leader.footprint(&config), 0);
    table_close(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commits_in_two_delays),
        cmocka_unit_test(orders_every_batch_once_and_in_lane_order),
        cmocka_unit_test(certificates_have_the_form_and_do_not_verify),
        cmocka_unit_test(results_are_named_and_then_nothing_is_made_but_heartbeats),
        cmocka_unit_test(at_most_eight_blocks_wait_for_execution),
        cmocka_unit_test(carried_over_work_and_timed_work_make_blocks),
        cmocka_unit_test(survives_any_loss),
        cmocka_unit_test(asks_for_what_is_lacking),
        cmocka_unit_test(member_catches_up_over_several_ranges),
        cmocka_unit_test(nothing_is_ordered_without_the_leader),
        cmocka_unit_test(everybody_restarts),
        cmocka_unit_test(leader_forgets_only_what_nobody_saw),
        cmocka_unit_test(leader_commits_its_journal_first),
        cmocka_unit_test(lost_journal_mutes_the_leader_only),
        cmocka_unit_test(lost_batch_log_closes_the_lane),
        cmocka_unit_test(full_disk_stops_committing),
        cmocka_unit_test(full_disk_of_the_leader_stops_everything),
        cmocka_unit_test(old_store_loses_no_own_batch),
        cmocka_unit_test(record_is_live_until_its_block_is_stored),
        cmocka_unit_test(only_the_leader_is_believed),
        cmocka_unit_test(batch_of_a_forger_is_not_stored),
        cmocka_unit_test(other_messages_are_dropped),
        cmocka_unit_test(contradiction_of_the_leader_halts),
        cmocka_unit_test(another_result_halts),
        cmocka_unit_test(foreign_store_halts),
        cmocka_unit_test(illegal_configuration_has_no_footprint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
