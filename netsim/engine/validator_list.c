/*
 * The read model of a simulated validator (node/read_feed.h): it decides nothing and is not kept,
 * but its thread takes processor time, and execution waits for it when it falls behind.
 */
#include <string.h>

#include "base/assert.h"
#include "netsim/engine/validator_inside.h"

static void list_run(void *context, struct machine_cost *cost)
{
    struct validator *validator = context;
    const struct cost_model *costs = &validator->config->costs;
    if (validator->listing.count == 0 || validator_is_paused(validator)) {
        return;
    }
    validator->listing.writing = true;
    validator_run_begin(validator, cost);
    validator_charge(validator, ACTIVITY_TURN, costs->turn_ns);
    validator_charge(validator, ACTIVITY_LIST,
                     costs->list_block_ns +
                         costs->list_command_ns * validator->listing.commands[0]);
    validator_run_end(validator);
}

static void list_done(void *context)
{
    struct validator *validator = context;
    struct listing *listing = &validator->listing;
    if (!listing->writing) {
        return;
    }
    bool was_full = validator_list_is_full(validator);
    listing->writing = false;
    listing->count--;
    memmove(listing->commands, listing->commands + 1, listing->count * sizeof listing->commands[0]);
    if (listing->count > 0 && !validator_is_paused(validator)) {
        machine_thread_ready(&listing->thread);
    }
    if (was_full) {
        validator_work_wake(validator);
    }
}

void validator_list_init(struct validator *validator)
{
    machine_thread_init(&validator->listing.thread, validator->machine, validator->host, list_run,
                        list_done, validator);
}

void validator_list_clear(struct validator *validator)
{
    machine_thread_stop(&validator->listing.thread);
    validator->listing.count = 0;
    validator->listing.writing = false;
}

bool validator_list_is_full(const struct validator *validator)
{
    return validator->listing.count == READ_FEED_BLOCKS;
}

void validator_list_put(struct validator *validator, uint32_t commands)
{
    const struct cost_model *costs = &validator->config->costs;
    struct listing *listing = &validator->listing;
    if (costs->list_block_ns == 0 && costs->list_command_ns == 0) {
        return;
    }
    TALLY_ASSERT(listing->count < READ_FEED_BLOCKS);
    listing->commands[listing->count] = commands;
    listing->count++;
    machine_thread_ready(&listing->thread);
}
