/*
 * Goal: every falsification can be read as a proposal (all roots and counts fit), differs from the
 * original in one thing only, and what does not apply changes nothing.
 */
#include "netsim/adversary/falsify.h"

#include "consensus/certificate.h"
#include "tests/support/cmocka.h"

#include <string.h>

enum {
    MEMBERS = 4,
    SELF = 2,
    EPOCH = 5,
    VIEW = 9, /* lanes are in the order 1 2 3 0 */
    PARENT_VIEW = 7,
    ROOM = 4096
};

static struct secret_key secret_keys[MEMBERS];
static struct public_key public_keys[MEMBERS];
static const struct hash chain_id = {{42}};
static uint8_t body[ROOM];
static uint8_t justification[ROOM];
static uint8_t memory[ROOM];
static uint8_t encoded[2 * ROOM];
static struct message_proposal original;
static struct message_proposal read;
static struct batch batch;

static void certificate_append(struct bytes_writer *writer, enum certificate_kind kind,
                               uint64_t view)
{
    struct certificate_builder builder;
    const struct hash hash = {{kind == CERTIFICATE_NULLIFICATION ? 0 : 7}};
    bool complete = false;
    certificate_begin(&builder, writer, MEMBERS, kind, EPOCH, view, &hash);
    for (uint16_t signer = 0; !complete; signer++) {
        struct vote vote = {.kind = (enum vote_kind)kind, .epoch = EPOCH, .view = view};
        vote.hash = hash;
        vote.signer = signer;
        vote_sign(&vote, &chain_id, &secret_keys[signer]);
        complete = certificate_add(&builder, signer, &vote.signature);
    }
}

/* References of the lanes given, each with a digest of its own; the cut stands at 10 each. */
static void body_make(const uint16_t *lanes, uint32_t count)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, body, sizeof body);
    bytes_write_u32(&writer, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct hash digest = {{(uint8_t)(i + 1)}};
        bytes_write_u16(&writer, lanes[i]);
        bytes_write_copy(&writer, digest.bytes, HASH_SIZE);
    }
    for (uint32_t lane = 0; lane < MEMBERS; lane++) {
        bytes_write_u64(&writer, 10);
    }
    original.block.body = body;
    original.block.body_size = (uint32_t)writer.size;
    original.block.header.batch_count = count;
    block_body_root(body, (uint32_t)writer.size, &original.block.header.body_root);
}

static int set_up(void **state)
{
    static const uint16_t lanes[] = {1, 2, 2, 0};
    struct bytes_writer writer;
    (void)state;
    for (uint32_t member = 0; member < MEMBERS; member++) {
        const uint8_t seed[SIGN_SEED_SIZE] = {(uint8_t)(member + 1)};
        sign_key_from_seed(seed, &public_keys[member], &secret_keys[member]);
    }
    memset(&original, 0, sizeof original);
    struct header *header = &original.block.header;
    header->epoch = EPOCH;
    header->view = VIEW;
    header->height = 3;
    header->parent_view = PARENT_VIEW;
    header->parent_hash.bytes[0] = 7;
    header->ts_ms = 5000000;
    header->proposer = SELF;
    body_make(lanes, 4);
    bytes_writer_init(&writer, justification, sizeof justification);
    bytes_write_u16(&writer, 2);
    certificate_append(&writer, CERTIFICATE_NOTARIZATION, PARENT_VIEW);
    certificate_append(&writer, CERTIFICATE_NULLIFICATION, PARENT_VIEW + 1);
    assert_true(bytes_writer_ok(&writer));
    original.block.justification = justification;
    original.block.justification_size = (uint32_t)writer.size;
    block_justification_root(justification, (uint32_t)writer.size, &header->just_root);
    return 0;
}

/* Falsifies the original, and reads what a member would read of it. */
static bool falsified(enum falsify what)
{
    const struct falsifier falsifier = {.member = SELF,
                                        .member_count = MEMBERS,
                                        .chain_id = chain_id,
                                        .secret_key = &secret_keys[SELF],
                                        .memory = memory,
                                        .memory_size = sizeof memory};
    struct message_proposal message = original;
    struct bytes_writer writer;
    if (!falsify_proposal(&falsifier, what, &message, &batch)) {
        assert_memory_equal(&message, &original, sizeof original);
        return false;
    }
    bytes_writer_init(&writer, encoded, sizeof encoded);
    message_proposal_write(&writer, &message);
    assert_true(bytes_writer_ok(&writer));
    assert_true(message_proposal_read(encoded, writer.size, MEMBERS, &read));
    return true;
}

static bool same_body(void)
{
    return read.block.body_size == original.block.body_size &&
           memcmp(read.block.body, body, original.block.body_size) == 0;
}

static bool same_justification(void)
{
    return read.block.justification_size == original.block.justification_size &&
           memcmp(read.block.justification, justification, original.block.justification_size) == 0;
}

/* The header but for what follows from body and justification. */
static bool same_header(void)
{
    const struct header *one = &read.block.header;
    const struct header *other = &original.block.header;
    return one->epoch == other->epoch && one->view == other->view && one->height == other->height &&
           one->parent_view == other->parent_view &&
           hash_equal(&one->parent_hash, &other->parent_hash) && one->ts_ms == other->ts_ms &&
           one->exec_height == other->exec_height &&
           hash_equal(&one->result_root, &other->result_root) && one->proposer == other->proposer;
}

static struct block_reference reference_at(uint32_t index)
{
    struct block_body opened;
    struct block_reference reference;
    assert_true(block_body_open(read.block.body, read.block.body_size, (uint16_t)MEMBERS, &opened));
    block_body_reference(&opened, index, &reference);
    return reference;
}

static uint64_t cut_of(uint16_t lane)
{
    struct block_body opened;
    assert_true(block_body_open(read.block.body, read.block.body_size, (uint16_t)MEMBERS, &opened));
    return block_body_cut(&opened, lane);
}

static void each_changes_one_part(void **state)
{
    (void)state;
    for (uint32_t what = 0; what < FALSIFY_COUNT; what++) {
        assert_true(falsified((enum falsify)what));
        assert_int_equal(same_body() + same_justification() + same_header(), 2);
        assert_int_equal(batch.payload_size > 0, what == FALSIFY_CONTENT);
        assert_true(strlen(falsify_name((enum falsify)what)) > 0);
    }
}

static void order_puts_lanes_the_wrong_way_round(void **state)
{
    static const uint16_t one_lane[] = {2, 2};
    (void)state;
    assert_true(falsified(FALSIFY_ORDER));
    assert_int_equal(read.block.header.batch_count, 4);
    assert_int_equal(reference_at(0).lane, 0); /* the last lane of view 9 */
    assert_int_equal(reference_at(3).lane, 1);
    body_make(one_lane, 2);
    assert_true(falsified(FALSIFY_ORDER));
    assert_int_equal(read.block.header.batch_count, 4);
    assert_int_equal(reference_at(0).lane, 0);
    assert_int_equal(reference_at(1).lane, 1);
    assert_true(cut_of(0) == 11 && cut_of(1) == 11 && cut_of(2) == 10);
}

static void quota_adds_to_the_own_lane_with_its_cut(void **state)
{
    (void)state;
    assert_true(falsified(FALSIFY_QUOTA));
    assert_int_equal(read.block.header.batch_count, 4 + FALSIFY_REFERENCES);
    for (uint32_t i = 1; i < 3 + FALSIFY_REFERENCES; i++) {
        assert_int_equal(reference_at(i).lane, SELF);
    }
    assert_true(cut_of(SELF) == 10 + FALSIFY_REFERENCES && cut_of(0) == 10);
}

static void content_comes_with_a_batch_of_the_right_number(void **state)
{
    static const uint16_t others[] = {1, 0};
    (void)state;
    assert_true(falsified(FALSIFY_CONTENT)); /* takes the place of the first own one, number 9 */
    assert_true(batch.lane_seq == 9 && batch.author == SELF &&
                batch_verify(&batch, &public_keys[SELF]));
    assert_int_equal(read.block.header.batch_count, 4);
    struct hash named = reference_at(1).digest;
    assert_true(hash_equal(&named, &batch.digest));
    body_make(others, 2);
    assert_true(falsified(FALSIFY_CONTENT)); /* one more */
    assert_true(batch.lane_seq == 11 && cut_of(SELF) == 11);
    assert_int_equal(read.block.header.batch_count, 3);
    named = reference_at(1).digest;
    assert_true(hash_equal(&named, &batch.digest));
}

static void digest_again_and_cut_change_what_they_say(void **state)
{
    (void)state;
    assert_true(falsified(FALSIFY_DIGEST));
    assert_int_equal(reference_at(3).digest.bytes[0], 4 ^ 1);
    assert_int_equal(reference_at(2).digest.bytes[0], 3);
    assert_true(falsified(FALSIFY_AGAIN));
    assert_true(reference_at(0).digest.bytes[0] == 1 && reference_at(1).digest.bytes[0] == 1);
    assert_true(cut_of(1) == 11);
    assert_true(falsified(FALSIFY_CUT));
    assert_true(cut_of(SELF) == 11 && cut_of(0) == 10 && cut_of(1) == 10);
}

/* Takes the last certificate of what was read. */
static struct certificate last_certificate(void)
{
    struct bytes_reader reader;
    struct certificate certificate = {0};
    bytes_reader_init(&reader, read.block.justification, read.block.justification_size);
    for (uint32_t left = bytes_read_u16(&reader); left > 0; left--) {
        certificate_read(&reader, MEMBERS, &certificate);
    }
    assert_true(bytes_reader_done(&reader));
    return certificate;
}

static void justifications_lack_one_thing(void **state)
{
    (void)state;
    assert_true(falsified(FALSIFY_SHORT));
    assert_int_equal(last_certificate().kind, CERTIFICATE_NOTARIZATION);
    assert_true(falsified(FALSIFY_GAP));
    assert_true(last_certificate().view == PARENT_VIEW + 2);
    assert_true(falsified(FALSIFY_SIGNATURE));
    struct certificate last = last_certificate();
    assert_true(last.view == PARENT_VIEW + 1);
    assert_false(certificate_verify(&last, &chain_id, public_keys, MEMBERS));
    assert_true(falsified(FALSIFY_BARE));
    assert_int_equal(read.block.justification_size, 0);
    assert_memory_equal(&read.block.header, &original.block.header, sizeof original.block.header);
}

static void what_does_not_apply_changes_nothing(void **state)
{
    static const uint8_t none[2] = {0};
    (void)state;
    original.block.header.parent_view = VIEW - 1;
    assert_false(falsified(FALSIFY_GAP)); /* no view was skipped */
    original.block.justification = none;
    original.block.justification_size = sizeof none;
    assert_false(falsified(FALSIFY_SHORT));
    assert_false(falsified(FALSIFY_SIGNATURE));
    original.block.justification_size = 0;
    assert_false(falsified(FALSIFY_BARE));
    body_make(NULL, 0);
    assert_false(falsified(FALSIFY_AGAIN));
}

static void without_memory_nothing_is_falsified(void **state)
{
    const struct falsifier falsifier = {.member = SELF,
                                        .member_count = MEMBERS,
                                        .memory = memory,
                                        .memory_size = original.block.body_size};
    (void)state;
    for (uint32_t what = 0; what < FALSIFY_COUNT; what++) {
        struct message_proposal message = original;
        assert_false(falsify_proposal(&falsifier, (enum falsify)what, &message, &batch));
        assert_memory_equal(&message, &original, sizeof original);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_changes_one_part, set_up),
        cmocka_unit_test_setup(order_puts_lanes_the_wrong_way_round, set_up),
        cmocka_unit_test_setup(quota_adds_to_the_own_lane_with_its_cut, set_up),
        cmocka_unit_test_setup(content_comes_with_a_batch_of_the_right_number, set_up),
        cmocka_unit_test_setup(digest_again_and_cut_change_what_they_say, set_up),
        cmocka_unit_test_setup(justifications_lack_one_thing, set_up),
        cmocka_unit_test_setup(what_does_not_apply_changes_nothing, set_up),
        cmocka_unit_test_setup(without_memory_nothing_is_falsified, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
