#include "node/replica/replica.h"

#include "base/arena.h"
#include "base/assert.h"

struct replica {
    const struct consensus_protocol *protocol;
    struct consensus *consensus;
    struct admission *admission;
    bool voter;
    bool started;
    uint64_t consensus_deadline_ms;   /* as of the last consensus step */
    uint64_t named_seq;               /* of the last own batch that a proposal orders */
    uint64_t named_ms;                /* since when */
    uint64_t naming_ms;               /* from the proposal before with own batches to that one */
    struct admission_release refusal; /* memory of an answer that is given at once */
};

static const struct consensus_protocol *protocol_of(const struct replica_config *config)
{
    return config->protocol != NULL ? config->protocol : &consensus_simplex;
}

static struct replica *layout(const struct replica_config *config, struct arena *arena,
                              void **consensus_memory)
{
    struct replica *replica = ARENA_TAKE(arena, struct replica, 1);
    *consensus_memory = arena_take_unset(
        arena, 1, protocol_of(config)->footprint(&config->consensus), ARENA_ALIGNMENT);
    return replica;
}

static bool config_valid(const struct replica_config *config)
{
    return protocol_of(config)->footprint(&config->consensus) > 0 &&
           admission_footprint(&config->admission) > 0 &&
           config->admission.batch_bytes_max <= config->consensus.limits.batch_bytes_max &&
           hash_equal(&config->admission.chain_id, &config->consensus.chain_id);
}

size_t replica_footprint(const struct replica_config *config)
{
    TALLY_ASSERT(config != NULL);
    if (!config_valid(config)) {
        return 0;
    }
    struct arena arena;
    void *consensus_memory;
    arena_init(&arena, NULL, 0);
    (void)layout(config, &arena, &consensus_memory);
    /* admission_footprint() counts from an aligned start; here it may begin anywhere. */
    return arena.used + ARENA_ALIGNMENT + admission_footprint(&config->admission);
}

struct replica *replica_new(void *memory, const struct replica_config *config)
{
    TALLY_ASSERT(memory != NULL);
    TALLY_ASSERT(config_valid(config));
    struct arena arena;
    void *consensus_memory;
    arena_init(&arena, memory, replica_footprint(config));
    struct replica *replica = layout(config, &arena, &consensus_memory);
    replica->protocol = protocol_of(config);
    replica->consensus = replica->protocol->create(consensus_memory, &config->consensus);
    replica->admission = admission_new(&config->admission, &arena);
    replica->voter = config->consensus.self != CONSENSUS_OBSERVER;
    replica->consensus_deadline_ms = UINT64_MAX;
    return replica;
}

/* Says whether what a client hands in can get into a batch at all. */
static bool lane_open(const struct replica *replica)
{
    struct consensus_summary summary;
    replica_summary(replica, &summary);
    return replica->voter && replica->started && !summary.lane_closed && !summary.storage_failed &&
           summary.mute == CONSENSUS_ALARM_NONE && summary.halt == CONSENSUS_HALT_NONE;
}

static uint32_t lane_room(const struct replica *replica)
{
    return replica->protocol->lane_room(replica->consensus);
}

/* Notes when a proposal orders own batches. */
static void note_named(struct replica *replica, uint64_t now_ms)
{
    struct consensus_summary summary;
    replica_summary(replica, &summary);
    if (summary.own_lane_named > replica->named_seq) {
        replica->naming_ms = now_ms - replica->named_ms;
        replica->named_ms = now_ms;
        replica->named_seq = summary.own_lane_named;
    }
}

/* How long envelopes wait for others: not at all, while no batch is under way (see admission.h). */
static uint64_t gather_ms(const struct replica *replica, uint64_t now_ms, bool under_way)
{
    const uint64_t passed_ms = now_ms - replica->named_ms;
    const uint64_t spacing_ms = passed_ms > replica->naming_ms ? passed_ms : replica->naming_ms;
    return under_way ? (spacing_ms + 1) / 2 : 0;
}

/* When the next batch is due; UINT64_MAX while none can be made. */
static uint64_t batch_due_ms(const struct replica *replica, uint64_t now_ms)
{
    if (admission_waiting_count(replica->admission) == 0 || !lane_open(replica) ||
        lane_room(replica) == 0) {
        return UINT64_MAX;
    }
    struct consensus_summary summary;
    replica_summary(replica, &summary);
    const bool under_way = summary.own_lane_named < summary.own_lane_seq;
    return admission_due_ms(replica->admission, gather_ms(replica, now_ms, under_way));
}

static void step_consensus(struct replica *replica, const struct replica_event *event,
                           struct consensus_event *consensus, struct replica_effects *effects)
{
    consensus->now_ms = event->now_ms;
    consensus->utc_ms = event->utc_ms;
    replica->protocol->step(replica->consensus, consensus, &effects->consensus);
    replica->consensus_deadline_ms = effects->consensus.next_deadline_ms;
}

static bool refuses_batch(const struct consensus_effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        if (effects->items[i].kind == CONSENSUS_BATCH_REFUSED) {
            return true;
        }
    }
    return false;
}

static void step_batch(struct replica *replica, const struct replica_event *event,
                       struct replica_effects *effects)
{
    struct admission_batch batch;
    admission_pack(replica->admission, event->now_ms, event->utc_ms, &batch);
    effects->answers = batch.releases;
    effects->answer_count = batch.release_count;
    if (batch.size == 0) {
        return;
    }
    struct consensus_event consensus = {
        .kind = CONSENSUS_LOCAL_BATCH,
        .local_batch = {.payload = batch.payload, .size = batch.size},
    };
    step_consensus(replica, event, &consensus, effects);
    /* The room was there before the step, and only this thread uses it. */
    TALLY_ASSERT(!refuses_batch(&effects->consensus));
}

static void step_submit(struct replica *replica, const struct replica_event *event,
                        struct replica_effects *effects)
{
    enum admission_answer answer = ADMISSION_STOPPED;
    if (lane_open(replica)) {
        answer = admission_submit(replica->admission, &event->submit, event->now_ms, event->utc_ms);
    }
    if (answer != ADMISSION_ACCEPTED) {
        replica->refusal =
            (struct admission_release){.ticket = event->submit.ticket, .answer = answer};
        effects->answers = &replica->refusal;
        effects->answer_count = 1;
    } else if (admission_full(replica->admission) && lane_room(replica) > 0) {
        /* Any other batch is due with the next TIME, for what is handed in with this one. */
        step_batch(replica, event, effects);
    }
}

static void step_pass(struct replica *replica, const struct replica_event *event,
                      struct replica_effects *effects)
{
    struct consensus_event consensus = event->consensus;
    TALLY_ASSERT(consensus.kind != CONSENSUS_LOCAL_BATCH);
    if (consensus.kind == CONSENSUS_TIME && batch_due_ms(replica, event->now_ms) <= event->now_ms) {
        /* The timers' turn comes with the next TIME: the deadline that they missed stands. */
        step_batch(replica, event, effects);
        return;
    }
    step_consensus(replica, event, &consensus, effects);
    switch (consensus.kind) {
    case CONSENSUS_START:
        replica->started = true;
        break;
    case CONSENSUS_STORAGE_FAILED:
        admission_stop(replica->admission);
        break;
    case CONSENSUS_STORAGE_RECOVERED:
        admission_start(replica->admission);
        break;
    default:
        break;
    }
}

static uint64_t deadline(const struct replica *replica, uint64_t now_ms)
{
    uint64_t due_ms = batch_due_ms(replica, now_ms);
    return due_ms < replica->consensus_deadline_ms ? due_ms : replica->consensus_deadline_ms;
}

void replica_step(struct replica *replica, const struct replica_event *event,
                  struct replica_effects *effects)
{
    TALLY_ASSERT(replica != NULL && event != NULL && effects != NULL);
    TALLY_ASSERT(event->kind == REPLICA_CONSENSUS || event->kind == REPLICA_SUBMIT);
    *effects = (struct replica_effects){.answers = NULL};
    if (event->kind == REPLICA_SUBMIT) {
        step_submit(replica, event, effects);
    } else {
        step_pass(replica, event, effects);
    }
    note_named(replica, event->now_ms);
    effects->next_deadline_ms = deadline(replica, event->now_ms);
}

void replica_summary(const struct replica *replica, struct consensus_summary *out)
{
    replica->protocol->summary(replica->consensus, out);
}

uint64_t replica_peer_exec_height(const struct replica *replica, uint16_t peer)
{
    return replica->protocol->peer_exec_height(replica->consensus, peer);
}

bool replica_record_is_live(const struct replica *replica, const uint8_t *bytes, size_t size)
{
    return replica->protocol->record_is_live(replica->consensus, bytes, size);
}

const struct admission *replica_admission(const struct replica *replica)
{
    return replica->admission;
}
