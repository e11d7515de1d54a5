#include "netsim/check/watch.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "netsim/engine/validator.h"

#include <stdlib.h>
#include <string.h>

/* Kinds and layouts as consensus/message.h, journal_record.h, batch.h and evidence.h document them;
 * read here without their code. */
enum {
    KIND_NOTARIZE = 1,
    KIND_FINALIZE = 3,
    KIND_BATCH = 4,
    KIND_PROPOSAL = 5,
    KIND_CERTIFICATE = 6,
    KIND_BLOCK = 10,
    HEADER_BYTES = 215,
    SIGNATURE_BYTES = 64,
    RECORD_NOTARIZE = 2,
    RECORD_VOTE = 3
};

struct watch {
    struct simulation *simulation;
    struct checker *checker;
    uint32_t members_count;
    size_t certificate_bytes;
    struct member_set damaged;
    struct member_set culprits;
    uint64_t evidence_count;
    bool exhausted;
    bool lies;
    struct hash committed_last;   /* for lies */
    uint8_t header[HEADER_BYTES]; /* the last one hashed, since it leaves n - 1 times */
    struct hash header_hash;
};

/* The honest member that a host runs, or UINT32_MAX. */
static uint32_t honest_member(const struct watch *watch, uint32_t host)
{
    return host < watch->members_count && checker_is_honest(watch->checker, host) ? host
                                                                                  : UINT32_MAX;
}

/* --------------------------------------------------------------------------- departure */

/* The own signature in a certificate, if it is there, leaves with it. */
static void certificate_left(struct watch *watch, uint32_t member, const uint8_t *bytes)
{
    enum {
        VIEW = 9,
        HASH = 17,
        BITMAP = 49
    };
    struct hash hash;
    if ((bytes[BITMAP + member / 8] & (1u << (member % 8))) != 0) {
        memcpy(hash.bytes, bytes + HASH, sizeof hash.bytes);
        checker_vote_left(watch->checker, member, (enum checker_vote_kind)bytes[0],
                          bytes_get_u64(bytes + VIEW), &hash);
    }
}

static const struct hash *header_hash_of(struct watch *watch, const uint8_t *header)
{
    if (memcmp(watch->header, header, HEADER_BYTES) != 0) {
        memcpy(watch->header, header, HEADER_BYTES);
        hash_compute(&watch->header_hash, HASH_HEADER, header, HEADER_BYTES);
    }
    return &watch->header_hash;
}

static void proposal_left(struct watch *watch, uint32_t member, const uint8_t *bytes, size_t size)
{
    enum {
        HEADER = 1 + SIGNATURE_BYTES,
        VIEW = 8,
        PROPOSER = 213,
        COUNT = 2
    };
    const uint8_t *header = bytes + HEADER;
    const uint8_t *justification = header + HEADER_BYTES + 4;
    TALLY_ASSERT(size >= HEADER + HEADER_BYTES + 4);
    size_t justification_size = bytes_get_u32(header + HEADER_BYTES);
    for (size_t offset = COUNT; offset + watch->certificate_bytes <= justification_size;
         offset += watch->certificate_bytes) {
        certificate_left(watch, member, justification + offset);
    }
    if (bytes_get_u16(header + PROPOSER) == member) {
        checker_vote_left(watch->checker, member, CHECKER_NOTARIZE, bytes_get_u64(header + VIEW),
                          header_hash_of(watch, header));
    }
}

static void honest_sent(struct watch *watch, uint32_t member, const uint8_t *bytes, size_t size)
{
    enum {
        VIEW = 9,
        HASH = 17,
        SIGNER = 49
    };
    struct hash hash;
    if (bytes[0] >= KIND_NOTARIZE && bytes[0] <= KIND_FINALIZE) {
        if (bytes_get_u16(bytes + SIGNER) == member) {
            memcpy(hash.bytes, bytes + HASH, sizeof hash.bytes);
            checker_vote_left(watch->checker, member, (enum checker_vote_kind)bytes[0],
                              bytes_get_u64(bytes + VIEW), &hash);
        }
    } else if (bytes[0] == KIND_PROPOSAL) {
        proposal_left(watch, member, bytes, size);
    } else if (bytes[0] == KIND_CERTIFICATE) {
        certificate_left(watch, member, bytes + 1);
    }
}

/* ----------------------------------------------------------------------------- batches */

struct signed_batch {
    uint32_t author;
    uint64_t lane_seq;
    struct hash digest;
};

static bool batch_open(const struct watch *watch, const uint8_t *bytes, size_t size,
                       struct signed_batch *batch)
{
    enum {
        AUTHOR = 40,
        LANE_SEQ = 42,
        FIXED = 54 + SIGNATURE_BYTES
    };
    if (size <= FIXED) {
        return false;
    }
    batch->author = bytes_get_u16(bytes + AUTHOR);
    batch->lane_seq = bytes_get_u64(bytes + LANE_SEQ);
    hash_compute(&batch->digest, HASH_BATCH, bytes, size - SIGNATURE_BYTES);
    return batch->author < watch->members_count && batch->lane_seq > 0;
}

/* Whatever a Byzantine member lets out exists from then on. */
static void byzantine_sent(struct watch *watch, const uint8_t *bytes, size_t size)
{
    struct checker_block block;
    struct signed_batch batch;
    if (bytes[0] == KIND_PROPOSAL || bytes[0] == KIND_BLOCK) {
        size_t offset = bytes[0] == KIND_PROPOSAL ? 1 + SIGNATURE_BYTES : 1;
        if (size > offset &&
            checker_block_read(bytes + offset, size - offset, watch->members_count, &block)) {
            checker_learn(watch->checker, &block);
        }
    } else if (bytes[0] == KIND_BATCH && batch_open(watch, bytes + 1, size - 1, &batch) &&
               !checker_is_honest(watch->checker, batch.author)) {
        checker_batch_signed(watch->checker, batch.author, batch.lane_seq, &batch.digest);
    }
}

static void on_sent(void *context, uint32_t host, uint32_t to, enum consensus_class class,
                    const uint8_t *bytes, size_t size)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    (void)to;
    (void)class;
    if (size == 0) {
        return;
    }
    if (member != UINT32_MAX) {
        honest_sent(watch, member, bytes, size);
    } else {
        byzantine_sent(watch, bytes, size);
    }
}

static void on_batch_durable(void *context, uint32_t host, const uint8_t *bytes, size_t size)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    struct signed_batch batch;
    if (member == UINT32_MAX) {
        return;
    }
    if (!batch_open(watch, bytes, size, &batch)) {
        checker_fail(watch->checker, "node %u keeps a malformed batch", member);
        return;
    }
    if (batch.author == member || !checker_is_honest(watch->checker, batch.author)) {
        checker_batch_signed(watch->checker, batch.author, batch.lane_seq, &batch.digest);
    } else if (!checker_batch_is_signed(watch->checker, &batch.digest)) {
        checker_fail(watch->checker, "node %u keeps a batch %u.%llu that its author did not write",
                     member, batch.author, (unsigned long long)batch.lane_seq);
    }
    checker_batch_durable(watch->checker, member, &batch.digest);
}

/* ----------------------------------------------------------------------------- journal */

static void on_recorded(void *context, uint32_t host, const uint8_t *record, size_t size,
                        bool durable)
{
    enum {
        VIEW = 10,
        HASH = 18,
        VOTE_END = 116
    };
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    struct checker_block block;
    struct hash hash;
    if (member == UINT32_MAX || size < VOTE_END ||
        (record[0] != RECORD_NOTARIZE && record[0] != RECORD_VOTE)) {
        return;
    }
    enum checker_vote_kind kind = (enum checker_vote_kind)record[1];
    uint64_t view = bytes_get_u64(record + VIEW);
    if (durable) {
        memcpy(hash.bytes, record + HASH, sizeof hash.bytes);
        checker_vote_durable(watch->checker, member, kind, view, &hash);
        return;
    }
    checker_vote_made(watch->checker, member, kind, view);
    if (record[0] == RECORD_NOTARIZE &&
        checker_block_read(record + VOTE_END, size - VOTE_END, watch->members_count, &block) &&
        block.proposer == member) {
        checker_learn(watch->checker, &block);
    }
}

/* ------------------------------------------------------------------------------ finals */

static void on_committed(void *context, uint32_t host, uint64_t height, const uint8_t *stored,
                         size_t size)
{
    enum {
        BLOCK = 4
    };
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    struct hash hash;
    if (member == UINT32_MAX) {
        return;
    }
    TALLY_ASSERT(size >= BLOCK + HEADER_BYTES);
    hash_compute(&hash, HASH_HEADER, stored + BLOCK, HEADER_BYTES);
    bool lie = watch->lies && height > 1;
    checker_commit(watch->checker, member, height, lie ? &watch->committed_last : &hash);
    watch->committed_last = hash;
}

static void on_executed(void *context, uint32_t host, const struct simulation_executed *executed)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    if (member != UINT32_MAX) {
        checker_executed(watch->checker, member, executed->height,
                         &executed->output->result.result_root);
    }
}

/* ------------------------------------------------------------------- accusation, trouble */

static void on_evidence(void *context, uint32_t host, const uint8_t *bytes, size_t size)
{
    enum {
        FIRST_SIGNER = 3 + 49
    }; /* kind u8, count u16, then the first vote */
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    if (member == UINT32_MAX) {
        return;
    }
    TALLY_ASSERT(size > FIRST_SIGNER + 2);
    uint32_t culprit = bytes_get_u16(bytes + FIRST_SIGNER);
    TALLY_ASSERT(culprit < watch->members_count);
    watch->evidence_count++;
    member_set_add(&watch->culprits, culprit);
    checker_evidence(watch->checker, member, culprit);
}

static void on_alarm(void *context, uint32_t host, enum consensus_alarm code, uint16_t peer)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    bool harmless =
        code == CONSENSUS_ALARM_STORAGE_FAILED || code == CONSENSUS_ALARM_STORAGE_RECOVERED ||
        code == CONSENSUS_ALARM_EQUIVOCATION || code == CONSENSUS_ALARM_BATCH_SIGNATURE ||
        code == CONSENSUS_ALARM_BATCH_INVALID;
    (void)peer;
    if (member == UINT32_MAX || harmless) {
        return;
    }
    if (code == CONSENSUS_ALARM_VIEWS_EXHAUSTED || code == CONSENSUS_ALARM_BLOCKS_FULL) {
        watch->exhausted = true;
    } else if (!member_set_has(&watch->damaged, member)) {
        checker_fail(watch->checker, "node %u: %s", member, consensus_alarm_text(code));
    }
}

static void on_started(void *context, uint32_t host, bool mute)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    if (member == UINT32_MAX) {
        return;
    }
    checker_votes_forgotten(watch->checker, member);
    if (mute && !member_set_has(&watch->damaged, member)) {
        checker_fail(watch->checker, "node %u starts mute, though its storage was never damaged",
                     member);
    }
}

static void on_stopped(void *context, uint32_t host, enum simulation_stop why)
{
    struct watch *watch = context;
    uint32_t member = honest_member(watch, host);
    if (member != UINT32_MAX && why == STOP_HALT && !member_set_has(&watch->damaged, member)) {
        checker_fail(watch->checker, "node %u halts", member);
    }
}

/* -------------------------------------------------------------------------------- life */

struct watch *watch_new(struct simulation *simulation, const struct member_set *byzantine)
{
    const struct simulation_config *config = simulation_configuration(simulation);
    struct watch *watch = calloc(1, sizeof *watch);
    TALLY_ASSERT(watch != NULL);
    struct checker_config checker = {.members_count = config->member_count,
                                     .lane_quota_batches = config->limits.lane_quota_batches,
                                     .byzantine = *byzantine,
                                     .results = CHECKER_RESULTS_TOLD};
    watch->simulation = simulation;
    watch->members_count = config->member_count;
    watch->certificate_bytes = 49 + (watch->members_count + 7) / 8 +
                               (2 * (size_t)watch->members_count / 3 + 1) * SIGNATURE_BYTES;
    watch->checker = checker_new(&checker);
    struct simulation_observer observer = {.context = watch,
                                           .sent = on_sent,
                                           .recorded = on_recorded,
                                           .batch_durable = on_batch_durable,
                                           .committed = on_committed,
                                           .executed = on_executed,
                                           .evidence = on_evidence,
                                           .alarm = on_alarm,
                                           .started = on_started,
                                           .stopped = on_stopped};
    simulation_observe(simulation, &observer);
    return watch;
}

void watch_free(struct watch *watch)
{
    checker_free(watch->checker);
    free(watch);
}

const char *watch_violation(const struct watch *watch)
{
    return checker_violation(watch->checker);
}

struct checker *watch_checker(struct watch *watch)
{
    return watch->checker;
}

uint64_t watch_final_height(const struct watch *watch)
{
    return checker_final_height(watch->checker);
}

void watch_damaged(struct watch *watch, uint32_t member)
{
    member_set_add(&watch->damaged, member);
    checker_batches_lost(watch->checker, member);
}

bool watch_exhausted(const struct watch *watch)
{
    return watch->exhausted;
}

struct member_set watch_culprits(const struct watch *watch)
{
    return watch->culprits;
}

uint64_t watch_evidence_count(const struct watch *watch)
{
    return watch->evidence_count;
}

void watch_lie(struct watch *watch)
{
    watch->lies = true;
}
