/*
 * Goal: no sequence of events, from peers that sign whatever they like, breaks an assertion of the
 * core, reads beyond its memory, or makes it break E1, E2 or E3.
 *
 * The input is a script of operations, one byte each with a few operands. The other three of four
 * members sign what the script says; bytes can also be handed over as they are, or with a
 * message of the core's own changed in one place and sent back. A restart replays the journal.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "consensus/journal_record.h"
#include "consensus/message.h"
#include "consensus/step.h"
#include "crypto/start.h"

#define N           4
#define RECORDS_MAX 4096
#define ECHO_MAX    4096
#define SCRIPT_MAX  400
#define VIEWS_MAX   512

struct votes_seen {
    bool notarized;
    bool nullified;
    bool finalized;
    struct hash notarize_hash;
    struct hash finalize_hash;
};

static struct secret_key secrets[N];
static struct public_key keys[N];
static struct consensus_config config;
static void *memory;
static struct consensus *core;
static uint64_t now_ms;
static struct {
    uint8_t *bytes;
    size_t size;
} records[RECORDS_MAX];
static uint32_t record_count;
static struct votes_seen seen[VIEWS_MAX];
static uint8_t echo[ECHO_MAX]; /* the last message that the core sent */
static size_t echo_size;
static struct hash last_proposal;
static struct consensus_event checked; /* for the last batch stored */
static uint64_t committed;
static uint64_t executed;

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    (void)argument_count;
    (void)arguments;
    const enum crypto_start_status started = crypto_start();
    TALLY_ASSERT(started == CRYPTO_START_OK);
    for (uint16_t i = 0; i < N; i++) {
        const uint8_t seed[SIGN_SEED_SIZE] = {(uint8_t)(i + 1)};
        sign_key_from_seed(seed, &keys[i], &secrets[i]);
    }
    config = (struct consensus_config){.chain_id = {{7}},
                                       .epoch = 1,
                                       .validator_count = N,
                                       .self = 0,
                                       .validators = keys,
                                       .secret_key = &secrets[0],
                                       .anchor = {.hash = {{7}}}};
    consensus_config_defaults(&config);
    config.limits.skipped_views_max = 128;
    config.limits.batch_bytes_max = 64;
    config.limits.lane_window = 8;
    memory = malloc(consensus_footprint(&config));
    TALLY_ASSERT(memory != NULL);
    return 0;
}

/* Independent of voting.c: what the journal holds must obey the exclusivity rules. */
static void check_vote(const struct vote *vote)
{
    if (vote->view >= VIEWS_MAX) {
        return;
    }
    struct votes_seen *view = &seen[vote->view];
    if (vote->kind == VOTE_NOTARIZE) {
        TALLY_ASSERT(!view->notarized || hash_equal(&view->notarize_hash, &vote->hash));
        TALLY_ASSERT(!view->nullified || view->notarized);
        view->notarized = true;
        view->notarize_hash = vote->hash;
    } else if (vote->kind == VOTE_NULLIFY) {
        TALLY_ASSERT(!view->finalized);
        view->nullified = true;
    } else {
        TALLY_ASSERT(!view->nullified);
        TALLY_ASSERT(!view->finalized || hash_equal(&view->finalize_hash, &vote->hash));
        view->finalized = true;
        view->finalize_hash = vote->hash;
    }
}

static void on_persist(const struct consensus_effect *effect)
{
    struct journal_record record;
    const bool read = journal_record_read(effect->persist.bytes, effect->persist.size, N, &record);
    TALLY_ASSERT(read);
    if (record.kind == JOURNAL_NOTARIZE || record.kind == JOURNAL_VOTE) {
        check_vote(&record.vote);
    }
    TALLY_ASSERT(record_count < RECORDS_MAX);
    uint8_t *copy = malloc(effect->persist.size);
    TALLY_ASSERT(copy != NULL);
    memcpy(copy, effect->persist.bytes, effect->persist.size);
    records[record_count].bytes = copy;
    records[record_count++].size = effect->persist.size;
}

static void on_effect(const struct consensus_effect *effect)
{
    switch (effect->kind) {
    case CONSENSUS_PERSIST:
        on_persist(effect);
        break;
    case CONSENSUS_SEND:
        TALLY_ASSERT(effect->send.size >= 1);
        if (effect->send.size <= ECHO_MAX) {
            memcpy(echo, effect->send.bytes, effect->send.size);
            echo_size = effect->send.size;
        }
        break;
    case CONSENSUS_STORE_BATCH:
        checked =
            (struct consensus_event){.kind = CONSENSUS_BATCH_CHECKED,
                                     .batch_checked = {.digest = effect->store_batch.digest,
                                                       .author = effect->store_batch.author,
                                                       .lane_seq = effect->store_batch.lane_seq,
                                                       .valid = true}};
        break;
    case CONSENSUS_COMMIT:
        TALLY_ASSERT(effect->commit.height <= committed + 1);
        committed = effect->commit.height > committed ? effect->commit.height : committed;
        break;
    default:
        break;
    }
}

/* One step; false when there is no room to remember another step's records. */
static bool step(struct consensus_event event)
{
    struct consensus_effects effects;
    if (record_count + 700 > RECORDS_MAX) {
        return false;
    }
    event.now_ms = now_ms;
    event.utc_ms = 1700000000000 + now_ms;
    consensus_step(core, &event, &effects);
    for (size_t i = 0; i < effects.count; i++) {
        on_effect(&effects.items[i]);
    }
    return true;
}

static bool message(uint16_t from, const uint8_t *bytes, size_t size)
{
    return step((struct consensus_event){.kind = CONSENSUS_MESSAGE,
                                         .message = {.from = from, .bytes = bytes, .size = size}});
}

static void start(enum consensus_journal_state state)
{
    const uint32_t replayed = record_count;
    core = consensus_new(memory, &config);
    committed = 0;
    executed = 0;
    for (uint32_t i = 0; i < replayed; i++) {
        (void)step((struct consensus_event){
            .kind = CONSENSUS_RESTORE_RECORD,
            .restore_record = {.bytes = records[i].bytes, .size = records[i].size}});
    }
    (void)step((struct consensus_event){.kind = CONSENSUS_START, .start = {.journal = state}});
}

static struct vote signed_vote(enum vote_kind kind, uint64_t view, uint16_t signer)
{
    struct vote vote = {.kind = kind, .epoch = 1, .view = view, .signer = signer};
    if (kind != VOTE_NULLIFY) {
        vote.hash = last_proposal;
    }
    vote_sign(&vote, &config.chain_id, &secrets[signer]);
    return vote;
}

static bool send_vote(uint8_t kind, uint64_t view, uint16_t signer)
{
    uint8_t bytes[512];
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    const struct message_vote vote = {
        .vote = signed_vote((enum vote_kind)(kind % 3 + 1), view, signer)};
    message_vote_write(&writer, N, &vote);
    return message(signer, bytes, writer.size);
}

static bool send_certificate(uint8_t kind, uint64_t view)
{
    uint8_t bytes[1 + CERTIFICATE_SIZE_MAX];
    struct bytes_writer writer;
    struct certificate_builder builder;
    const enum vote_kind vote_kind = (enum vote_kind)(kind % 3 + 1);
    const struct hash hash = signed_vote(vote_kind, view, 1).hash;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    bytes_write_u8(&writer, MESSAGE_CERTIFICATE);
    certificate_begin(&builder, &writer, N, (enum certificate_kind)vote_kind, 1, view, &hash);
    for (uint16_t i = 1; i < N; i++) {
        const struct vote vote = signed_vote(vote_kind, view, i);
        (void)certificate_add(&builder, i, &vote.signature);
    }
    return message(1, bytes, writer.size);
}

/* A block on the anchor by the leader of the view, if that is not this node. */
static bool send_proposal(uint64_t view, uint8_t variant)
{
    uint8_t body[4 + N * 8] = {0};
    uint8_t justification[2] = {0};
    uint8_t bytes[2048];
    const uint16_t leader = consensus_leader(core, view);
    if (leader == config.self) {
        return true;
    }
    struct message_proposal proposal = {
        .block = {.header = {.epoch = 1,
                             .view = view,
                             .height = 1,
                             .parent_hash = config.anchor.hash,
                             .ts_ms = 1700000000000 + now_ms + variant,
                             .proposer = leader},
                  .justification = justification,
                  .justification_size = sizeof justification,
                  .body = body,
                  .body_size = sizeof body}};
    struct header *header = &proposal.block.header;
    block_body_root(body, sizeof body, &header->body_root);
    block_justification_root(justification, sizeof justification, &header->just_root);
    header_hash(header, &last_proposal);
    proposal.signature = signed_vote(VOTE_NOTARIZE, view, leader).signature;
    struct bytes_writer writer;
    bytes_writer_init(&writer, bytes, sizeof bytes);
    message_proposal_write(&writer, &proposal);
    return message(leader, bytes, writer.size);
}

static bool operate(uint8_t operation, uint8_t a, uint8_t b, const uint8_t *rest, size_t left)
{
    const uint64_t view = (uint64_t)a % 64 + 1;
    switch (operation % 14) {
    case 0:
        return send_vote(b, view, (uint16_t)(b / 3 % 3 + 1));
    case 1:
        return send_certificate(b, view);
    case 2:
        return send_proposal(view, b);
    case 3:
        now_ms += (uint64_t)a * 4;
        return step((struct consensus_event){.kind = CONSENSUS_TIME});
    case 4:
        return step((struct consensus_event){.kind = CONSENSUS_LOCAL_BATCH,
                                             .local_batch = {.payload = &a, .size = 1}});
    case 5:
        checked.batch_checked.valid = (a & 1) != 0;
        return checked.kind != CONSENSUS_BATCH_CHECKED || step(checked);
    case 6:
        if (executed < committed) {
            executed++;
            return step((struct consensus_event){
                .kind = CONSENSUS_EXECUTED,
                .executed = {.height = executed, .result_root = {{a}}, .has_content = b & 1}});
        }
        return true;
    case 7:
        return step((struct consensus_event){.kind = CONSENSUS_STORAGE_FAILED});
    case 8:
        return step((struct consensus_event){.kind = CONSENSUS_STORAGE_RECOVERED});
    case 9:
        start(CONSENSUS_JOURNAL_INTACT);
        return true;
    case 10:
        if (echo_size > 0) {
            echo[a % echo_size] = (uint8_t)(echo[a % echo_size] ^ b);
            return message((uint16_t)(a % 3 + 1), echo, echo_size);
        }
        return true;
    case 11:
        return step((struct consensus_event){.kind = CONSENSUS_WORK_DUE});
    case 12:
        return send_vote(b, a % 2 == 0 ? UINT64_MAX : UINT64_MAX / 2, 1);
    default:
        return message((uint16_t)(a % 3 + 1), rest, b < left ? b : left);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    now_ms = 1000;
    record_count = 0;
    echo_size = 0;
    memset(seen, 0, sizeof seen);
    last_proposal = (struct hash){{1}};
    checked.kind = CONSENSUS_TIME;
    start(CONSENSUS_JOURNAL_CREATED);
    for (size_t i = 0; i + 3 <= size && i < SCRIPT_MAX * 3; i += 3) {
        if (!operate(data[i], data[i + 1], data[i + 2], data + i + 3, size - i - 3)) {
            break;
        }
    }
    for (uint32_t i = 0; i < record_count; i++) {
        free(records[i].bytes);
    }
    return 0;
}
