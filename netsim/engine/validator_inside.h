/*
 * netsim/engine/validator_inside.h - what the parts of a simulated validator share
 *
 *     validator.c         its life: start, crash, accidents, clocks
 *     validator_core.c    the core thread: inbox, turns, timers
 *     validator_work.c    execution and the signature workers
 *     validator_door.c    what comes in and goes out: channels, the gate, departures
 *     validator_list.c    the read model's thread
 *
 * Costs. Code runs at the begin of a run of a thread; validator_charge() and validator_account()
 * add to the cost of the run under way, so that each part of it has its instant.
 */
#ifndef TALLY_NETSIM_ENGINE_VALIDATOR_INSIDE_H
#define TALLY_NETSIM_ENGINE_VALIDATOR_INSIDE_H

#include "netsim/engine/disk.h"
#include "netsim/engine/fifo.h"
#include "netsim/engine/machine.h"
#include "netsim/engine/memory_store.h"
#include "netsim/engine/observers.h"
#include "netsim/engine/packet.h"
#include "netsim/engine/sign_meter.h"
#include "netsim/engine/validator.h"
#include "node/core_inbox.h"
#include "node/execution.h"
#include "node/read_feed.h"
#include "node/recovery.h"
#include "node/verified_set.h"

enum {
    VALIDATOR_WORKERS_MAX = 16,
    PEER_CHANNELS = 2,  /* threads that carry messages; peers are shared out among them */
    CLIENT_CHANNEL = 2, /* what clients hand in */
    VALIDATOR_CHANNELS = 3,
};

/* An input of the core thread. */
struct core_item {
    enum core_item_kind kind;
    uint16_t from;
    bool valid;
    uint64_t ticket;
    struct packet *packet; /* of messages and envelopes; held */
    union {
        struct signature_job job;
        struct {
            uint64_t height;
            struct hash result_root;
            bool has_content;
            bool more_due;
            uint64_t next_due_ms;
        } executed;
    };
};

/* What leaves once the turn has come so far. */
struct departure {
    uint64_t leave_us;
    struct packet *packet; /* NULL: an answer */
    uint16_t to;           /* member, or CONSENSUS_ALL */
    enum consensus_class class;
    uint64_t ticket;
    enum admission_answer answer;
};

/* A message on one of the channel threads. */
struct channel_item {
    struct packet *packet;
    uint32_t peer; /* outgoing: the member; incoming: the host */
    enum consensus_class class;
    bool outgoing;
    bool client; /* incoming: an envelope, with a ticket */
    uint64_t ticket;
};

struct channel {
    struct validator *validator;
    struct machine_thread thread;
    struct fifo items; /* struct channel_item; the first one is under way */
    unsigned hops;     /* threads that have had it */
};

/* An envelope of a client, or a batch, to be checked. */
struct check {
    bool is_batch;
    bool valid;
    struct signature_job job;
    uint64_t ticket;
    struct packet *packet;
};

/* Blocks whose results wait for the read model; execution waits when all places are taken. */
struct listing {
    struct machine_thread thread;
    uint32_t commands[READ_FEED_BLOCKS]; /* of each block, the oldest first */
    uint32_t count;
    bool writing; /* the oldest is being written */
};

struct worker {
    struct validator *validator;
    struct machine_thread thread;
    bool has_check;
    bool awake;         /* went on without a pause: there was more to do */
    struct check check; /* checked, not told yet */
};

/* A record or a batch that was written and is not durable yet. */
struct written {
    enum turn_file file;
    struct packet *packet;
};

/* Where a validator lives; all borrowed. */
struct validator_world {
    struct simulation *simulation;
    const struct simulation_config *config;
    struct event_queue *queue;
    struct network *network;
    struct machine *machine;
    struct observers *observers;
    const struct public_key *keys;
    const struct secret_key *secret;
    uint32_t host;
    uint16_t member;
    uint64_t seed;
};

struct validator {
    /* As in its world. */
    struct simulation *simulation;
    const struct simulation_config *config;
    struct event_queue *queue;
    struct network *network;
    struct machine *machine;
    struct observers *observers;
    const struct public_key *keys;
    const struct secret_key *secret;
    uint32_t host;
    uint16_t member;
    uint64_t seed;

    /* What outlives the program. */
    struct disk *disk;
    struct memory_store *memory;
    struct validator_gate gate;
    bool has_gate;
    int64_t utc_offset_ms;
    int32_t drift_ppm;
    uint64_t clock_base_us; /* what the monotonic clock showed at clock_since_us */
    uint64_t clock_since_us;
    uint64_t
        time_at_us; /* what the clocks show at this instant is in `time`; UINT64_MAX: unknown */
    struct turn_time time;
    uint32_t slow_permille;
    uint64_t paused_until_us;
    uint64_t told_height; /* of final blocks */
    uint64_t incarnation; /* which program events are for */

    /* The program; gone when it is down. */
    bool up;
    bool starting;
    struct store *store;
    struct batch_log *batch_log;
    void *executor_memory;
    struct executor *executor;
    void *replica_memory;
    struct replica_config replica_config;
    struct recovered recovered;
    struct execution *execution;
    struct verified_set *verified;

    /* Core. */
    struct machine_thread core;
    bool core_awake; /* went on without a pause: more was waiting */
    struct fifo inbox[INBOX_RANKS];
    uint64_t inbox_bytes[INBOX_RANKS];
    uint64_t next_due_ms;      /* when the ledger wants a block, UTC */
    uint64_t space_checked_ms; /* monotonic */
    bool space_short;
    uint64_t wake_us; /* the earliest wake event under way; UINT64_MAX: none */
    bool ending;
    enum simulation_stop end;

    /* Execution, workers, channels. */
    struct machine_thread executing;
    bool has_executed;
    struct execution_done executed;
    struct listing listing;
    struct worker workers[VALIDATOR_WORKERS_MAX];
    struct fifo checks; /* struct check */
    uint32_t batch_checks;
    uint32_t submit_checks;
    struct channel channels[VALIDATOR_CHANNELS];
    struct fifo departures;
    struct fifo unsynced; /* struct written */

    /* The cost of the run under way. */
    struct machine_cost *cost;
    uint64_t activity_ns[ACTIVITY_COUNT];
    uint64_t begin_us;
    struct sign_meter meter;
    struct machine_cost start_cost; /* of recovery; paid by the first turn */
    uint64_t dropped;               /* messages that found the inbox full */
};

/* ---- The read model's thread (validator_list.c) --------------------------------------------- */

/* Once for the host; and when its program is gone. */
void validator_list_init(struct validator *validator);
void validator_list_clear(struct validator *validator);
/* A block with so many receipts is executed. Does nothing when the read model costs nothing. */
void validator_list_put(struct validator *validator, uint32_t commands);
/* Must execution wait for it? */
bool validator_list_is_full(const struct validator *validator);

/* ---- Costs (validator.c) ------------------------------------------------------------------- */

/* Everything until validator_run_end() is charged to `cost`. */
void validator_run_begin(struct validator *validator, struct machine_cost *cost);
void validator_run_end(struct validator *validator);
void validator_charge(struct validator *validator, enum simulation_activity activity, uint64_t ns);
/* Hashing some bytes once. */
void validator_charge_hash(struct validator *validator, uint64_t size);
/* Adds signatures and disk operations since the last call; the instant within the run. */
uint64_t validator_account(struct validator *validator, enum simulation_activity verify_as);

/* The host's clocks, after what the run under way has cost so far. */
struct turn_time validator_time(struct validator *validator);

/* Does the program stand still now? */
bool validator_is_paused(const struct validator *validator);

/* The program ends when the run under way is over. */
void validator_end(struct validator *validator, enum simulation_stop why);
/* It is over: stops the program if it is to end. */
void validator_stop_if_ending(struct validator *validator);

/* ---- Core (validator_core.c) --------------------------------------------------------------- */

/* Once for the host; and when its program is gone. */
void validator_core_init(struct validator *validator);
void validator_core_clear(struct validator *validator);
/* Puts an input into the inbox; false when its rank is full, and nothing was taken. */
bool validator_core_put(struct validator *validator, enum core_rank rank,
                        const struct core_item *item);
/* Has the thread look at its inbox and its timers. */
void validator_core_wake(struct validator *validator);

/* ---- Execution and workers (validator_work.c) ---------------------------------------------- */

/* Once for the host; when its program is gone; when there may be work. */
void validator_work_init(struct validator *validator);
void validator_work_clear(struct validator *validator);
void validator_work_wake(struct validator *validator);
/* Tells observers of the final blocks up to a height that they were not told of yet. */
void validator_tell_committed(struct validator *validator, uint64_t height);
/* Takes job->memory. */
void validator_check_batch(struct validator *validator, const struct signature_job *job);
/* An envelope of a client. Copies. */
/* An envelope of a client has come through its connection: a worker checks it. */
void validator_check_submitted(struct validator *validator, uint64_t ticket, struct packet *packet);
void validator_submit(struct validator *validator, uint64_t ticket, const uint8_t *envelope,
                      size_t size);

/* ---- The door (validator_door.c) ----------------------------------------------------------- */

/* Once for the host; when its program is gone; when a pause is over. */
void validator_door_init(struct validator *validator);
void validator_door_clear(struct validator *validator);
void validator_door_wake(struct validator *validator);
/* Leaves now, or when the run under way has come so far. */
void validator_send(struct validator *validator, uint16_t to, enum consensus_class class,
                    const uint8_t *bytes, size_t size);
void validator_answer(struct validator *validator, uint64_t ticket, enum admission_answer answer);
/* A packet arrives from another host. */
void validator_receive(struct validator *validator, uint32_t from_host, enum consensus_class class,
                       struct packet *packet);

/* ---- Made and freed by the simulation (validator.c) ---------------------------------------- */

/* A host that is down, with an empty disk. Copies the world. */
struct validator *validator_new(const struct validator_world *world);
void validator_free(struct validator *validator);

#endif
