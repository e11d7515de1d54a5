/*
 * Goal: a journal that cannot be this key's complete memory makes the node mute, for ever, and says
 * why; one that can is believed as a whole.
 */
#include "tests/unit/consensus/committee.h"

#include "consensus/journal_record.h"
#include "consensus/step.h"

#define N 4

static struct committee committee;

struct life {
    struct consensus_config config;
    void *memory;
    struct consensus *core;
    struct consensus_effects effects;
};

static void step(struct life *life, struct consensus_event event)
{
    event.now_ms = 1000;
    event.utc_ms = 1700000000000;
    consensus_step(life->core, &event, &life->effects);
}

static void life_begin(struct life *life)
{
    life->config = (struct consensus_config){.chain_id = committee.chain_id,
                                             .epoch = 1,
                                             .validator_count = N,
                                             .self = 0,
                                             .validators = committee.keys,
                                             .secret_key = &committee.secrets[0],
                                             .anchor = {.hash = committee.chain_id}};
    consensus_config_defaults(&life->config);
    life->config.limits.skipped_views_max = 128;
    life->memory = malloc(consensus_footprint(&life->config));
    assert_non_null(life->memory);
    life->core = consensus_new(life->memory, &life->config);
}

static void replay(struct life *life, const struct journal_record *record)
{
    uint8_t bytes[4096];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    journal_record_write(&writer, N, record);
    assert_true(bytes_writer_ok(&writer));
    step(life, (struct consensus_event){.kind = CONSENSUS_RESTORE_RECORD,
                                        .restore_record = {.bytes = bytes, .size = writer.size}});
}

static void replay_begin(struct life *life)
{
    replay(life, &(struct journal_record){
                     .kind = JOURNAL_BEGIN, .chain_id = committee.chain_id, .epoch = 1});
}

/* Starts, and tells why the node is mute. */
static enum consensus_alarm start(struct life *life, enum consensus_journal_state state)
{
    struct consensus_summary summary;
    step(life, (struct consensus_event){.kind = CONSENSUS_START, .start = {.journal = state}});
    consensus_summary(life->core, &summary);
    bool recorded = false;
    for (size_t i = 0; i < life->effects.count; i++) {
        const struct consensus_effect *effect = &life->effects.items[i];
        struct journal_record record;
        if (effect->kind == CONSENSUS_PERSIST &&
            journal_record_read(effect->persist.bytes, effect->persist.size, N, &record)) {
            recorded = recorded || record.kind == JOURNAL_MUTE;
        }
    }
    assert_int_equal(recorded, summary.mute != CONSENSUS_ALARM_NONE);
    free(life->memory);
    return summary.mute;
}

/* Goal: a new key's first start, and an intact journal, are trusted. */
static void test_trusted(void **state)
{
    (void)state;
    struct life life;
    life_begin(&life);
    assert_int_equal(start(&life, CONSENSUS_JOURNAL_CREATED), CONSENSUS_ALARM_NONE);
    life_begin(&life);
    replay_begin(&life);
    replay_begin(&life); /* repetition does no harm */
    assert_int_equal(start(&life, CONSENSUS_JOURNAL_INTACT), CONSENSUS_ALARM_NONE);
}

static void test_lost(void **state)
{
    (void)state;
    struct life life;
    life_begin(&life);
    assert_int_equal(start(&life, CONSENSUS_JOURNAL_LOST), CONSENSUS_ALARM_MUTE_JOURNAL_LOST);
    life_begin(&life); /* and the next start remembers it */
    replay_begin(&life);
    replay(&life, &(struct journal_record){.kind = JOURNAL_MUTE,
                                           .reason = CONSENSUS_ALARM_MUTE_JOURNAL_LOST});
    assert_int_equal(start(&life, CONSENSUS_JOURNAL_INTACT), CONSENSUS_ALARM_MUTE_JOURNAL_LOST);
}

/* Goal: another chain's, epoch's or member's journal is not mistaken for the own one. */
static void test_foreign(void **state)
{
    (void)state;
    struct journal_record begin = {
        .kind = JOURNAL_BEGIN, .chain_id = committee.chain_id, .epoch = 1};
    struct journal_record wrong[3] = {begin, begin, begin};
    wrong[0].chain_id.bytes[5] = 1;
    wrong[1].epoch = 2;
    wrong[2].self = 1;
    for (size_t i = 0; i < 3; i++) {
        struct life life;
        life_begin(&life);
        replay(&life, &wrong[i]);
        assert_int_equal(start(&life, CONSENSUS_JOURNAL_INTACT),
                         CONSENSUS_ALARM_MUTE_JOURNAL_FOREIGN);
    }
    struct life life;
    life_begin(&life);
    replay_begin(&life);
    replay(&life,
           &(struct journal_record){.kind = JOURNAL_VOTE,
                                    .vote = committee_vote(&committee, VOTE_NULLIFY, 1, 0, 2)});
    assert_int_equal(start(&life, CONSENSUS_JOURNAL_INTACT), CONSENSUS_ALARM_MUTE_JOURNAL_FOREIGN);
}

/* Goal: no beginning, an unreadable record, two votes that this node never both made. */
static void test_damaged(void **state)
{
    (void)state;
    struct life life;
    life_begin(&life);
    assert_int_equal(start(&life, CONSENSUS_JOURNAL_INTACT), CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED);

    life_begin(&life);
    replay_begin(&life);
    const uint8_t garbage[] = {0xEE, 1, 2};
    step(&life,
         (struct consensus_event){.kind = CONSENSUS_RESTORE_RECORD,
                                  .restore_record = {.bytes = garbage, .size = sizeof garbage}});
    assert_int_equal(start(&life, CONSENSUS_JOURNAL_INTACT), CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED);

    life_begin(&life);
    replay_begin(&life);
    for (uint8_t hash = 1; hash <= 2; hash++) {
        replay(&life, &(struct journal_record){
                          .kind = JOURNAL_VOTE,
                          .vote = committee_vote(&committee, VOTE_FINALIZE, 1, hash, 0)});
    }
    assert_int_equal(start(&life, CONSENSUS_JOURNAL_INTACT), CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED);
}

/* Goal: the view is where the highest vote or certificate puts it, in whatever order they come. */
static void test_view_is_the_highest(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        struct life life;
        uint8_t encoded[CERTIFICATE_SIZE_MAX];
        struct bytes_reader reader;
        struct journal_record certificate = {.kind = JOURNAL_CERTIFICATE};
        const size_t size =
            committee_certificate(&committee, CERTIFICATE_NULLIFICATION, 4, 0, encoded);
        bytes_reader_init(&reader, encoded, size);
        certificate_read(&reader, N, &certificate.certificate);
        const struct journal_record vote = {
            .kind = JOURNAL_VOTE, .vote = committee_vote(&committee, VOTE_NULLIFY, 7, 0, 0)};
        life_begin(&life);
        replay_begin(&life);
        replay(&life, order == 0 ? &certificate : &vote);
        replay(&life, order == 0 ? &vote : &certificate);
        struct consensus_summary summary;
        consensus_summary(life.core, &summary);
        assert_int_equal(summary.view, 7);
        assert_int_equal(summary.gap_view, 1);
        assert_int_equal(start(&life, CONSENSUS_JOURNAL_INTACT), CONSENSUS_ALARM_NONE);
    }
}

int main(void)
{
    committee_init(&committee, N);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trusted),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_view_is_the_highest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
