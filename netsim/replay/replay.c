#include "netsim/replay/replay.h"

#include <stdlib.h>

#include "client/genesis_ledger.h"
#include "netsim/engine/simulation.h"
#include "netsim/engine/validator.h"

enum {
    ROUND_US = 1000000,
};

struct replay {
    const struct node_chain *chains;
    uint32_t chain_count;
    struct replay_result *result;
    struct hash *roots[SIMULATION_MEMBERS_MAX]; /* of each host and height, as executed */
};

static void differs(struct replay *replay, uint32_t host, uint64_t height, const char *root)
{
    struct replay_result *result = replay->result;
    if (result->equal) {
        result->equal = false;
        result->host = host;
        result->height = height;
        result->root = root;
    }
}

/* ---- What a host is given ------------------------------------------------------------------ */

static bool block_lay(const struct node_chain *chain, uint64_t height, struct store_batch *blocks,
                      struct batch_log *log)
{
    struct node_chain_block block;
    if (!node_chain_read(chain, height, &block)) {
        return false;
    }
    bool laid = true;
    for (uint32_t i = 0; laid && i < block.batch_count; i++) {
        laid = batch_log_append(log, &block.entries[i], block.batches[i], block.entries[i].size) ==
               BATCH_LOG_OK;
    }
    store_put_block(blocks, height, block.stored.bytes.data, block.stored.bytes.size);
    node_chain_block_free(&block);
    return laid;
}

static bool chain_lay(void *context, struct store *store, struct batch_log *log)
{
    const struct node_chain *chain = context;
    struct store_batch *blocks = store_batch_new();
    bool laid = blocks != NULL;
    for (uint64_t height = 1; laid && height <= chain->height; height++) {
        store_batch_clear(blocks);
        laid = block_lay(chain, height, blocks, log) &&
               store_write(store, blocks, STORE_LAZY) == STORE_OK;
    }
    store_batch_free(blocks);
    return laid && batch_log_sync(log) == BATCH_LOG_OK;
}

/* ---- What it makes of it ------------------------------------------------------------------- */

static void see_executed(void *context, uint32_t host, const struct simulation_executed *executed)
{
    struct replay *replay = context;
    const struct result *own = &executed->output->result;
    const uint64_t height = executed->height;
    struct stored_roots said;
    TALLY_ASSERT(host < replay->chain_count && height <= replay->chains[host].height);
    replay->roots[host][height] = own->result_root;
    replay->result->executed++;
    if (stored_roots_get(replay->chains[host].store, height, &said) != STORE_OK) {
        differs(replay, host, height, NULL);
    } else if (!hash_equal(&own->receipts_root, &said.result.receipts_root)) {
        differs(replay, host, height, "receipts");
    } else if (!hash_equal(&own->events_root, &said.result.events_root)) {
        differs(replay, host, height, "events");
    } else if (!hash_equal(&own->state_root, &said.result.state_root)) {
        differs(replay, host, height, "state");
    } else if (!hash_equal(&own->result_root, &said.result.result_root)) {
        differs(replay, host, height, "result");
    }
}

/* What the headers of a chain say of the results below them. */
static void certified_compare(struct replay *replay, uint32_t host)
{
    const struct node_chain *chain = &replay->chains[host];
    uint64_t before = 0;
    for (uint64_t height = 1; replay->result->equal && height <= chain->height; height++) {
        struct node_chain_block block;
        if (!node_chain_read(chain, height, &block)) {
            differs(replay, host, height, NULL);
            return;
        }
        uint64_t certified = block.certified_height;
        if (certified > 0 && !hash_equal(&block.certified_root, &replay->roots[host][certified])) {
            differs(replay, host, certified, "certified");
        }
        /* a result root is chained over all heights below it */
        replay->result->certified += certified > before ? certified - before : 0;
        before = certified > before ? certified : before;
        node_chain_block_free(&block);
    }
}

/* Runs until every host has executed its chain, or one goes no further. */
static void execute_all(struct replay *replay, struct simulation *simulation)
{
    uint64_t before;
    do {
        before = replay->result->executed;
        simulation_run_until(simulation, simulation_now_us(simulation) + ROUND_US);
    } while (replay->result->equal && replay->result->executed > before);
    for (uint32_t host = 0; host < replay->chain_count; host++) {
        struct validator *validator = simulation_validator(simulation, host);
        uint64_t height = validator_is_up(validator) ? validator_executed_height(validator) : 0;
        if (height < replay->chains[host].height) {
            differs(replay, host, height + 1, NULL);
        }
    }
}

/* Nothing leaves a host: it has the chain that it was given, and its peers' keys are not those that
 * signed it. */
static void say_nothing(void *context, uint32_t to, enum consensus_class class,
                        const uint8_t *bytes, size_t size)
{
    (void)context;
    (void)to;
    (void)class;
    (void)bytes;
    (void)size;
}

static void hosts_start(struct replay *replay, struct simulation *simulation)
{
    for (uint32_t host = 0; host < replay->chain_count; host++) {
        struct validator *validator = simulation_validator(simulation, host);
        const struct validator_gate gate = {.send = say_nothing};
        void *chain = (void *)(uintptr_t)&replay->chains[host];
        validator_gate_set(validator, &gate);
        if (!validator_fill(validator, chain_lay, chain) || !validator_start(validator, false)) {
            differs(replay, host, 0, NULL);
        }
    }
}

bool replay_run(const struct genesis *genesis, const struct node_chain *chains,
                uint32_t chain_count, struct replay_result *result)
{
    struct genesis_ledger *ledger = calloc(1, sizeof *ledger);
    struct replay replay = {.chains = chains, .chain_count = chain_count, .result = result};
    const struct simulation_observer observer = {.context = &replay, .executed = see_executed};
    struct simulation_config config;
    TALLY_ASSERT(ledger != NULL && chain_count >= 1 && chain_count <= genesis->validator_count);
    *result = (struct replay_result){.equal = true};
    genesis_ledger_make(genesis, ledger);
    simulation_config_defaults(&config, genesis->validator_count, &ledger->ledger);
    config.envelope_count_max = node_chain_envelope_bound(genesis);
    struct simulation *simulation = simulation_new(&config);
    if (simulation != NULL) {
        for (uint32_t host = 0; host < chain_count; host++) {
            replay.roots[host] = calloc(chains[host].height + 1, sizeof *replay.roots[host]);
            TALLY_ASSERT(replay.roots[host] != NULL);
        }
        simulation_observe(simulation, &observer);
        hosts_start(&replay, simulation);
        execute_all(&replay, simulation);
        for (uint32_t host = 0; host < chain_count; host++) {
            certified_compare(&replay, host);
            free(replay.roots[host]);
        }
        simulation_free(simulation);
    }
    free(ledger);
    return simulation != NULL;
}
