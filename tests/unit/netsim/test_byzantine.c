/*
 * Goal: each trick changes, withholds or adds what it says it does, signed by the liar and nobody
 * else; what is too large for it passes unchanged; who plays nothing is honest.
 */
#include "netsim/adversary/byzantine.h"

#include "consensus/message.h"
#include "tests/support/cmocka.h"

#include <stdlib.h>
#include <string.h>

enum {
    MEMBERS = 4,
    SELF = 2,
    EMITTED_MAX = 1024,
    EPOCH = 5,
    VIEW = 9,
    BIG_PAYLOAD = 1 << 20
};

struct emitted {
    uint32_t to;
    uint8_t *bytes;
    size_t size;
};

static struct public_key public_keys[MEMBERS];
static struct secret_key secret_keys[MEMBERS];
static struct hash chain_id = {{42}};
static struct prng prng;
static struct byzantine liar;
static struct emitted emitted[EMITTED_MAX];
static uint32_t emitted_count;
static uint8_t buffer[BIG_PAYLOAD + 4096];
static struct hash parent_hash; /* of the proposals made here */

static void on_emit(void *context, uint32_t to, const uint8_t *bytes, size_t size)
{
    (void)context;
    assert_true(emitted_count < EMITTED_MAX && to < MEMBERS);
    emitted[emitted_count].to = to;
    emitted[emitted_count].bytes = malloc(size);
    memcpy(emitted[emitted_count].bytes, bytes, size);
    emitted[emitted_count++].size = size;
}

static void forget(void)
{
    while (emitted_count > 0) {
        free(emitted[--emitted_count].bytes);
    }
}

static void lie_as(uint32_t kinds)
{
    memset(&liar, 0, sizeof liar);
    liar.kinds = kinds;
    liar.index = SELF;
    liar.nodes_count = MEMBERS;
    liar.epoch = EPOCH;
    liar.chain_id = chain_id;
    liar.message_max = 1 << 16;
    liar.secret_key = &secret_keys[SELF];
    liar.prng = &prng;
    liar.emit = on_emit;
    byzantine_init(&liar);
}

static int set_up(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        uint8_t seed[SIGN_SEED_SIZE] = {(uint8_t)(i + 1)};
        sign_key_from_seed(seed, &public_keys[i], &secret_keys[i]);
    }
    prng_init(&prng, 1);
    memset(&parent_hash, 0, sizeof parent_hash);
    lie_as(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    byzantine_free(&liar);
    forget();
    return 0;
}

static void play(enum byzantine_kind kind)
{
    byzantine_free(&liar);
    lie_as(1u << kind);
}

/* ----------------------------------------------------------------- what the core would say */

static size_t vote_bytes(enum vote_kind kind, uint64_t view)
{
    struct message_vote message;
    struct bytes_writer writer;
    memset(&message, 0, sizeof message);
    message.vote.kind = kind;
    message.vote.epoch = EPOCH;
    message.vote.view = view;
    message.vote.signer = SELF;
    message.vote.hash.bytes[0] = kind != VOTE_NULLIFY;
    vote_sign(&message.vote, &chain_id, &secret_keys[SELF]);
    bytes_writer_init(&writer, buffer, sizeof buffer);
    message_vote_write(&writer, MEMBERS, &message);
    return writer.size;
}

static size_t proposal_bytes(uint64_t view, uint16_t proposer)
{
    static uint8_t body[4 + 8 * MEMBERS];
    static const uint8_t justification[2] = {0};
    struct message_proposal message;
    struct bytes_writer writer;
    struct vote vote;
    memset(&message, 0, sizeof message);
    memset(&vote, 0, sizeof vote);
    struct header *header = &message.block.header;
    header->epoch = EPOCH;
    header->view = view;
    header->height = 3;
    header->parent_view = view - 1;
    header->parent_hash = parent_hash;
    header->ts_ms = 1000;
    header->proposer = proposer;
    message.block.body = body;
    message.block.body_size = sizeof body;
    message.block.justification = justification;
    message.block.justification_size = sizeof justification;
    block_body_root(body, sizeof body, &header->body_root);
    block_justification_root(justification, sizeof justification, &header->just_root);
    vote.kind = VOTE_NOTARIZE;
    vote.epoch = EPOCH;
    vote.view = view;
    vote.signer = proposer;
    header_hash(header, &vote.hash);
    vote_sign(&vote, &chain_id, &secret_keys[proposer]);
    message.signature = vote.signature;
    bytes_writer_init(&writer, buffer, sizeof buffer);
    message_proposal_write(&writer, &message);
    assert_true(bytes_writer_ok(&writer));
    return writer.size;
}

static size_t batch_bytes(uint64_t lane_seq, uint32_t payload_size)
{
    static uint8_t payload[BIG_PAYLOAD];
    struct batch batch;
    struct bytes_writer writer;
    memset(&batch, 0, sizeof batch);
    memset(payload, 7, payload_size);
    batch.chain_id = chain_id;
    batch.epoch = EPOCH;
    batch.author = SELF;
    batch.lane_seq = lane_seq;
    batch.payload = payload;
    batch.payload_size = payload_size;
    batch_sign(&batch, &secret_keys[SELF]);
    bytes_writer_init(&writer, buffer, sizeof buffer);
    message_batch_write(&writer, &batch);
    return writer.size;
}

static void send_to_all(size_t size)
{
    for (uint32_t to = 0; to < MEMBERS; to++) {
        if (to != SELF) {
            byzantine_send(&liar, to, buffer, size);
        }
    }
}

/* ------------------------------------------------------------------- what was said instead */

static bool vote_read_as(const struct emitted *message, struct message_vote *vote)
{
    return message_vote_read(message->bytes, message->size, MEMBERS, vote);
}

static uint32_t changed_count(size_t size)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < emitted_count; i++) {
        count += emitted[i].size != size || memcmp(emitted[i].bytes, buffer, size) != 0;
    }
    return count;
}

/* Everything that is a vote of somebody's is signed by the liar alone. */
static void assert_only_own_signatures(void)
{
    for (uint32_t i = 0; i < emitted_count; i++) {
        struct message_vote vote;
        if (vote_read_as(&emitted[i], &vote)) {
            for (uint32_t member = 0; member < MEMBERS; member++) {
                assert_false(member != SELF &&
                             vote_verify(&vote.vote, &chain_id, &public_keys[member]));
            }
        }
    }
}

/* ------------------------------------------------------------------------------- tests */

static void who_plays_nothing_is_honest(void **state)
{
    (void)state;
    size_t size = vote_bytes(VOTE_NOTARIZE, VIEW);
    send_to_all(size);
    assert_int_equal(emitted_count, 3);
    assert_int_equal(changed_count(size), 0);
    byzantine_act(&liar);
    byzantine_observe(&liar, buffer, proposal_bytes(VIEW, 0));
    assert_int_equal(emitted_count, 3);
}

static void equivocate_proposes_two_blocks(void **state)
{
    struct message_proposal one;
    struct message_proposal other;
    (void)state;
    play(BYZANTINE_EQUIVOCATE);
    size_t size = proposal_bytes(VIEW, SELF);
    send_to_all(size);
    uint32_t changed = changed_count(size);
    assert_true(changed > 0 && changed < emitted_count);
    assert_int_equal(liar.deeds[BYZANTINE_EQUIVOCATE], changed);
    assert_true(message_proposal_read(buffer, size, MEMBERS, &one));
    for (uint32_t i = 0; i < emitted_count; i++) {
        assert_true(message_proposal_read(emitted[i].bytes, emitted[i].size, MEMBERS, &other));
        struct vote vote = {.kind = VOTE_NOTARIZE, .epoch = EPOCH, .view = VIEW, .signer = SELF};
        vote.hash = other.hash;
        vote.signature = other.signature;
        assert_true(vote_verify(&vote, &chain_id, &public_keys[SELF]));
    }
}

static void equivocate_leaves_others_proposals_alone(void **state)
{
    (void)state;
    play(BYZANTINE_EQUIVOCATE);
    size_t size = proposal_bytes(VIEW, 1); /* relayed */
    send_to_all(size);
    assert_int_equal(changed_count(size), 0);
}

static void conflict_votes_differently(void **state)
{
    uint32_t changed = 0;
    (void)state;
    play(BYZANTINE_CONFLICT);
    for (uint32_t i = 0; i < 20; i++) {
        size_t size = vote_bytes(i % 2 == 0 ? VOTE_NOTARIZE : VOTE_NULLIFY, VIEW + i);
        send_to_all(size);
        changed += changed_count(size);
        assert_only_own_signatures();
        forget();
    }
    assert_true(changed > 15 && liar.deeds[BYZANTINE_CONFLICT] == changed);
}

static void omnivote_signs_all_three_votes_once(void **state)
{
    uint32_t kinds = 0;
    (void)state;
    play(BYZANTINE_OMNIVOTE);
    size_t size = proposal_bytes(VIEW, 0);
    byzantine_observe(&liar, buffer, size);
    byzantine_observe(&liar, buffer, size);
    assert_int_equal(emitted_count, 3 * 3);
    for (uint32_t i = 0; i < emitted_count; i++) {
        struct message_vote vote;
        assert_true(vote_read_as(&emitted[i], &vote));
        assert_true(vote_verify(&vote.vote, &chain_id, &public_keys[SELF]));
        kinds |= 1u << vote.vote.kind;
    }
    assert_int_equal(kinds, 1u << VOTE_NOTARIZE | 1u << VOTE_NULLIFY | 1u << VOTE_FINALIZE);
}

static void withhold_reaches_f_plus_one(void **state)
{
    (void)state;
    play(BYZANTINE_WITHHOLD);
    send_to_all(batch_bytes(1, 100));
    assert_int_equal(emitted_count, 2);
    send_to_all(vote_bytes(VOTE_NOTARIZE, VIEW)); /* votes go to all */
    assert_int_equal(emitted_count, 5);
}

static void silent_says_nothing_and_selective_half(void **state)
{
    (void)state;
    play(BYZANTINE_SILENT);
    send_to_all(vote_bytes(VOTE_NOTARIZE, VIEW));
    assert_int_equal(emitted_count, 0);
    play(BYZANTINE_SELECTIVE);
    for (uint32_t i = 0; i < 100; i++) {
        send_to_all(vote_bytes(VOTE_NOTARIZE, VIEW));
    }
    assert_true(emitted_count > 100 && emitted_count < 200);
    assert_int_equal(liar.deeds[BYZANTINE_SELECTIVE], 300 - emitted_count);
}

static void replay_says_again_what_others_said(void **state)
{
    (void)state;
    play(BYZANTINE_REPLAY);
    size_t size = proposal_bytes(VIEW, 0);
    for (uint32_t i = 0; i < 2000; i++) {
        byzantine_observe(&liar, buffer, size);
    }
    byzantine_act(&liar);
    assert_true(emitted_count > 0);
    assert_int_equal(changed_count(size), 0);
}

static void forged_certificates_do_not_verify(void **state)
{
    uint32_t certificates = 0;
    (void)state;
    play(BYZANTINE_FORGE);
    byzantine_observe(&liar, buffer, proposal_bytes(VIEW, 0));
    for (uint32_t i = 0; i < 40; i++) {
        byzantine_act(&liar);
    }
    for (uint32_t i = 0; i < emitted_count; i++) {
        struct certificate certificate;
        if (message_certificate_read(emitted[i].bytes, emitted[i].size, MEMBERS, &certificate)) {
            certificates++;
            assert_false(certificate_verify(&certificate, &chain_id, public_keys, MEMBERS));
        }
    }
    assert_true(certificates > 10);
    assert_only_own_signatures();
}

static void status_lies(void **state)
{
    struct message_status status = {.epoch = EPOCH, .view = VIEW, .final_view = 3, .gap_view = 4};
    struct bytes_writer writer;
    (void)state;
    play(BYZANTINE_STATUS);
    bytes_writer_init(&writer, buffer, sizeof buffer);
    message_status_write(&writer, MEMBERS, &status);
    for (uint32_t i = 0; i < 20; i++) {
        send_to_all(writer.size);
    }
    assert_int_equal(emitted_count, 60);
    assert_true(changed_count(writer.size) > 50);
}

static void future_floods(void **state)
{
    uint32_t ahead = 0;
    (void)state;
    play(BYZANTINE_FUTURE);
    byzantine_observe(&liar, buffer, proposal_bytes(VIEW, 0));
    byzantine_act(&liar);
    for (uint32_t i = 0; i < emitted_count; i++) {
        struct message_vote vote;
        ahead += vote_read_as(&emitted[i], &vote) && vote.vote.view > VIEW;
    }
    assert_true(ahead >= 9);
}

static void batch_puts_two_under_one_number(void **state)
{
    struct batch one;
    struct batch other;
    uint32_t different = 0;
    (void)state;
    play(BYZANTINE_BATCH);
    size_t size = batch_bytes(1, 100);
    send_to_all(size);
    assert_true(message_batch_read(buffer, size, MEMBERS, &one));
    for (uint32_t i = 0; i < emitted_count; i++) {
        assert_true(message_batch_read(emitted[i].bytes, emitted[i].size, MEMBERS, &other));
        assert_true(batch_verify(&other, &public_keys[SELF]));
        assert_true(other.lane_seq == 1);
        different += !hash_equal(&one.digest, &other.digest);
    }
    assert_true(different > 0 && different < emitted_count);
}

static void mutate_changes_a_little_and_signs(void **state)
{
    (void)state;
    play(BYZANTINE_MUTATE);
    for (uint32_t i = 0; i < 40; i++) {
        size_t size = i % 2 == 0 ? vote_bytes(VOTE_NOTARIZE, VIEW) : proposal_bytes(VIEW, SELF);
        send_to_all(size);
    }
    assert_true(liar.deeds[BYZANTINE_MUTATE] > 15 && liar.deeds[BYZANTINE_MUTATE] < 60);
    assert_only_own_signatures();
}

static void foreign_votes_do_not_verify_here(void **state)
{
    uint32_t elsewhere = 0;
    (void)state;
    play(BYZANTINE_FOREIGN);
    size_t size = proposal_bytes(VIEW, 0);
    for (uint32_t i = 0; i < 500; i++) {
        byzantine_observe(&liar, buffer, size);
    }
    for (uint32_t i = 0; i < 20; i++) {
        byzantine_act(&liar);
    }
    for (uint32_t i = 0; i < emitted_count; i++) {
        struct message_vote vote;
        if (vote_read_as(&emitted[i], &vote)) {
            elsewhere++;
            assert_true(vote.vote.epoch != EPOCH ||
                        !vote_verify(&vote.vote, &chain_id, &public_keys[SELF]));
        } else {
            assert_true(memcmp(emitted[i].bytes, buffer, size) != 0);
        }
    }
    assert_true(elsewhere > 30);
    assert_true(memcmp(&liar.chain_id, &chain_id, sizeof chain_id) == 0 && liar.epoch == EPOCH);
}

static void earlier_names_what_was_before(void **state)
{
    uint32_t before = 0;
    (void)state;
    play(BYZANTINE_EARLIER);
    for (uint64_t view = 2; view < 8; view++) {
        byzantine_observe(&liar, buffer, proposal_bytes(view, 0));
    }
    for (uint32_t i = 0; i < 40; i++) {
        send_to_all(vote_bytes(VOTE_NOTARIZE, VIEW));
        send_to_all(proposal_bytes(VIEW, SELF));
    }
    for (uint32_t i = 0; i < emitted_count; i++) {
        struct message_vote vote;
        struct message_proposal proposal;
        before += vote_read_as(&emitted[i], &vote) && vote.vote.view < VIEW;
        if (message_proposal_read(emitted[i].bytes, emitted[i].size, MEMBERS, &proposal)) {
            before += proposal.block.header.parent_view < VIEW - 1;
        }
    }
    assert_true(before > 5);
    assert_only_own_signatures();
}

static void ask_asks_for_all_kinds_of_things(void **state)
{
    uint32_t kinds = 0;
    (void)state;
    play(BYZANTINE_ASK);
    byzantine_observe(&liar, buffer, proposal_bytes(VIEW, 0));
    byzantine_act(&liar);
    for (uint32_t i = 0; i < emitted_count; i++) {
        kinds |= 1u << emitted[i].bytes[0];
    }
    assert_int_equal(kinds, 1u << MESSAGE_CERTIFICATE_REQUEST | 1u << MESSAGE_BLOCK_REQUEST |
                                1u << MESSAGE_JUSTIFICATION_REQUEST | 1u << MESSAGE_BATCH_REQUEST |
                                1u << MESSAGE_RANGE_REQUEST);
}

static void give_up_nullifies_what_it_proposes(void **state)
{
    uint32_t nullified = 0;
    uint32_t proposed = 0;
    (void)state;
    play(BYZANTINE_GIVE_UP);
    send_to_all(proposal_bytes(VIEW, SELF));
    for (uint32_t i = 0; i < emitted_count; i++) {
        nullified += emitted[i].bytes[0] == MESSAGE_NULLIFY;
        proposed += emitted[i].bytes[0] == MESSAGE_PROPOSAL;
    }
    assert_true(nullified > 0 && proposed > 0);
    forget();
    size_t size = proposal_bytes(VIEW + 1, 0);
    byzantine_observe(&liar, buffer, size);
    byzantine_observe(&liar, buffer, size);
    assert_int_equal(emitted_count, 3); /* once */
    assert_int_equal(emitted[0].bytes[0], MESSAGE_NULLIFY);
}

static void falsify_says_the_same_false_thing_to_all(void **state)
{
    struct message_proposal first;
    struct message_proposal other;
    uint32_t changed = 0;
    (void)state;
    play(BYZANTINE_FALSIFY);
    for (uint64_t view = VIEW; view < VIEW + 40; view++) {
        forget();
        size_t size = proposal_bytes(view, SELF);
        send_to_all(size);
        changed += changed_count(size) > 0;
        if (!message_proposal_read(emitted[0].bytes, emitted[0].size, MEMBERS, &first)) {
            fail();
        }
        for (uint32_t i = 0; i < emitted_count; i++) {
            if (message_proposal_read(emitted[i].bytes, emitted[i].size, MEMBERS, &other)) {
                assert_true(hash_equal(&first.hash, &other.hash));
                struct vote vote = {.kind = VOTE_NOTARIZE, .epoch = EPOCH, .signer = SELF};
                vote.view = view;
                vote.hash = other.hash;
                vote.signature = other.signature;
                assert_true(vote_verify(&vote, &chain_id, &public_keys[SELF]));
            }
        }
    }
    assert_true(changed > 10 && changed < 40);
    assert_true(liar.deeds[BYZANTINE_FALSIFY] >= changed);
}

static void falsify_leaves_others_proposals_alone(void **state)
{
    (void)state;
    play(BYZANTINE_FALSIFY);
    for (uint64_t view = VIEW; view < VIEW + 20; view++) {
        forget();
        size_t size = proposal_bytes(view, 1); /* relayed */
        send_to_all(size);
        assert_int_equal(changed_count(size), 0);
    }
}

/* Plays falsify until it keeps a proposal from the member of its height, and returns its hash. */
static struct hash propose_later(uint64_t *view)
{
    const uint32_t late = 3;
    struct message_proposal proposal;
    play(BYZANTINE_FALSIFY);
    for (*view = VIEW; *view < VIEW + 400; *view += 1) {
        forget();
        send_to_all(proposal_bytes(*view, SELF));
        for (uint32_t i = 0; i < emitted_count; i++) {
            if (emitted[i].bytes[0] == MESSAGE_NULLIFY) {
                assert_int_equal(emitted[i].to, late);
                assert_true(
                    message_proposal_read(emitted[0].bytes, emitted[0].size, MEMBERS, &proposal));
                return proposal.hash;
            }
        }
    }
    fail_msg("no proposal was kept back");
    return proposal.hash;
}

static void later_keeps_a_proposal_back_and_leaves_it_unfinished(void **state)
{
    struct message_vote vote;
    uint64_t view;
    (void)state;
    const struct hash hash = propose_later(&view);
    assert_int_equal(emitted_count, 3); /* the others have it as it is */
    assert_int_equal(changed_count(proposal_bytes(view, SELF)), 1);
    assert_only_own_signatures();
    forget();
    size_t size = vote_bytes(VOTE_FINALIZE, view);
    assert_true(message_vote_read(buffer, size, MEMBERS, &vote));
    send_to_all(size);
    assert_int_equal(emitted_count, 3); /* of another block */
    forget();
    vote.vote.hash = hash;
    struct bytes_writer writer;
    bytes_writer_init(&writer, buffer, sizeof buffer);
    message_vote_write(&writer, MEMBERS, &vote);
    send_to_all(writer.size);
    assert_int_equal(emitted_count, 0);
}

static void later_hands_over_bare_what_the_next_block_is_built_on(void **state)
{
    struct message_proposal proposal;
    struct message_block block;
    uint64_t view;
    (void)state;
    const struct hash hash = propose_later(&view);
    forget();
    byzantine_observe(&liar, buffer, proposal_bytes(view + 1, 0));
    assert_int_equal(emitted_count, 0); /* on something else */
    parent_hash = hash;
    byzantine_observe(&liar, buffer, proposal_bytes(view + 1, 0));
    byzantine_observe(&liar, buffer, proposal_bytes(view + 1, 0)); /* once */
    assert_int_equal(emitted_count, 1);
    assert_int_equal(emitted[0].to, 3);
    assert_true(message_proposal_read(emitted[0].bytes, emitted[0].size, MEMBERS, &proposal));
    assert_true(hash_equal(&proposal.hash, &hash));
    assert_int_equal(proposal.block.justification_size, 0);
    forget();
    send_to_all(vote_bytes(VOTE_NOTARIZE, view + 1));
    assert_int_equal(emitted_count, 4);
    assert_int_equal(emitted[3].to, 3);
    assert_true(message_block_read(emitted[3].bytes, emitted[3].size, MEMBERS, &block));
    assert_true(hash_equal(&block.hash, &hash) && block.block.justification_size > 0);
    for (uint32_t i = 0; i < BYZANTINE_BESIDE; i++) {
        send_to_all(vote_bytes(VOTE_NOTARIZE, view + 2));
    }
    forget();
    send_to_all(vote_bytes(VOTE_NOTARIZE, view + 3));
    assert_int_equal(emitted_count, 3); /* it ends */
}

static void echo_hands_votes_back_to_their_signers(void **state)
{
    struct message_vote vote;
    struct bytes_writer writer;
    (void)state;
    play(BYZANTINE_ECHO);
    size_t size = vote_bytes(VOTE_NULLIFY, VIEW);
    byzantine_observe(&liar, buffer, size);
    assert_int_equal(emitted_count, 0); /* its own */
    assert_true(message_vote_read(buffer, size, MEMBERS, &vote));
    vote.vote.signer = 1;
    vote_sign(&vote.vote, &chain_id, &secret_keys[1]);
    bytes_writer_init(&writer, buffer, sizeof buffer);
    message_vote_write(&writer, MEMBERS, &vote);
    for (uint32_t i = 0; i < 40; i++) {
        byzantine_observe(&liar, buffer, writer.size);
    }
    assert_int_equal(emitted_count, 40);
    byzantine_act(&liar); /* some of them again */
    assert_true(emitted_count > 40);
    assert_int_equal(liar.deeds[BYZANTINE_ECHO], emitted_count);
    for (uint32_t i = 0; i < emitted_count; i++) {
        assert_int_equal(emitted[i].to, 1);
    }
    assert_int_equal(changed_count(writer.size), 0);
}

static void what_is_too_large_passes_unchanged(void **state)
{
    (void)state;
    byzantine_free(&liar);
    lie_as((1u << BYZANTINE_BATCH) | (1u << BYZANTINE_MUTATE) | (1u << BYZANTINE_REPLAY) |
           (1u << BYZANTINE_FOREIGN));
    size_t size = batch_bytes(1, BIG_PAYLOAD);
    for (uint32_t i = 0; i < 20; i++) {
        send_to_all(size);
        byzantine_observe(&liar, buffer, size);
    }
    assert_int_equal(emitted_count, 60);
    assert_int_equal(changed_count(size), 0);
    byzantine_act(&liar);
    assert_int_equal(emitted_count, 60); /* nothing of it was kept */
}

static void names_go_forth_and_back(void **state)
{
    enum byzantine_kind kind;
    (void)state;
    for (uint32_t i = 0; i < BYZANTINE_COUNT; i++) {
        assert_true(byzantine_kind_by_name(byzantine_kind_name((enum byzantine_kind)i), &kind));
        assert_int_equal(kind, i);
        assert_true(byzantine_groups(1u << i) != 0); /* every kind belongs somewhere */
    }
    assert_false(byzantine_kind_by_name("honest", &kind));
    assert_int_equal(byzantine_groups(1u << BYZANTINE_SILENT | 1u << BYZANTINE_MUTATE),
                     1u << BYZANTINE_WITHHOLDS);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_plays_nothing_is_honest),
        TEST(equivocate_proposes_two_blocks),
        TEST(equivocate_leaves_others_proposals_alone),
        TEST(conflict_votes_differently),
        TEST(omnivote_signs_all_three_votes_once),
        TEST(withhold_reaches_f_plus_one),
        TEST(silent_says_nothing_and_selective_half),
        TEST(replay_says_again_what_others_said),
        TEST(forged_certificates_do_not_verify),
        TEST(status_lies),
        TEST(future_floods),
        TEST(batch_puts_two_under_one_number),
        TEST(mutate_changes_a_little_and_signs),
        TEST(foreign_votes_do_not_verify_here),
        TEST(earlier_names_what_was_before),
        TEST(ask_asks_for_all_kinds_of_things),
        TEST(give_up_nullifies_what_it_proposes),
        TEST(falsify_says_the_same_false_thing_to_all),
        TEST(falsify_leaves_others_proposals_alone),
        TEST(later_keeps_a_proposal_back_and_leaves_it_unfinished),
        TEST(later_hands_over_bare_what_the_next_block_is_built_on),
        TEST(echo_hands_votes_back_to_their_signers),
        TEST(what_is_too_large_passes_unchanged),
        TEST(names_go_forth_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
