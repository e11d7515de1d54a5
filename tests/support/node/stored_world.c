#include "tests/support/node/stored_world.h"

#include "base/assert.h"

static void stored_open(struct stored_world *stored)
{
    const enum store_status status =
        memory_store_open(stored->memory, &(struct hash){{1}}, &stored->store);
    TALLY_ASSERT(status == STORE_OK);
}

void stored_world_open(struct stored_world *stored)
{
    stored->memory = memory_store_new(1);
    stored->batch = store_batch_new();
    TALLY_ASSERT(stored->memory != NULL && stored->batch != NULL);
    stored_open(stored);
    world_open(&stored->world, NULL);
    world_fund(&stored->world, STORED_SELLER, WORLD_ISIN_1, 1000);
    world_fund(&stored->world, STORED_BUYER, WORLD_EUR, 1000000);
}

void stored_world_close(struct stored_world *stored)
{
    store_close(stored->store);
    store_batch_free(stored->batch);
    memory_store_free(stored->memory);
    world_close(&stored->world);
}

void stored_world_reopen(struct stored_world *stored)
{
    store_close(stored->store);
    stored_open(stored);
}

void stored_world_deal(struct stored_world *stored, int64_t amount, bool both)
{
    struct command sell;
    struct command buy;
    world_trade(
        &stored->world,
        &(struct world_trade){STORED_SELLER, STORED_BUYER, WORLD_ISIN_1, 1, amount, WORLD_TODAY},
        &sell, &buy);
    world_add(&stored->world, STORED_SELLER, &sell);
    if (both) {
        world_add(&stored->world, STORED_BUYER, &buy);
    }
}
