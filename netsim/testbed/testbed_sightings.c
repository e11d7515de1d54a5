#include "netsim/testbed/testbed_sightings.h"

#include <stdlib.h>

#include "base/assert.h"

void testbed_sightings_add(struct testbed_sightings *sightings,
                           const struct reply_node_status *status, uint64_t time_us)
{
    if (sightings->count == sightings->capacity) {
        sightings->capacity = sightings->capacity > 0 ? 2 * sightings->capacity : 1024;
        sightings->items =
            realloc(sightings->items, sightings->capacity * sizeof *sightings->items);
        TALLY_ASSERT(sightings->items != NULL);
    }
    TALLY_ASSERT(sightings->count == 0 ||
                 sightings->items[sightings->count - 1].time_us <= time_us);
    sightings->items[sightings->count] = (struct testbed_sighting){
        .time_us = time_us,
        .heights = {[TESTBED_FINAL] = status->final_height,
                    [TESTBED_EXECUTED] = status->executed_height,
                    [TESTBED_CERTIFIED] = status->certified_height},
        .commands = status->commands_final,
        .envelopes = status->envelopes_final,
    };
    sightings->count++;
}

void testbed_sightings_free(struct testbed_sightings *sightings)
{
    free(sightings->items);
    *sightings = (struct testbed_sightings){.items = NULL};
}

struct testbed_sighting testbed_sightings_last(const struct testbed_sightings *sightings)
{
    const struct testbed_sighting none = {.time_us = 0};
    return sightings->count > 0 ? sightings->items[sightings->count - 1] : none;
}

uint64_t testbed_sightings_reached_us(const struct testbed_sightings *sightings,
                                      enum testbed_stage stage, uint64_t height)
{
    uint32_t low = 0;
    uint32_t high = sightings->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (sightings->items[middle].heights[stage] >= height) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    if (low == sightings->count || low == 0) {
        return 0;
    }
    uint64_t before_us = sightings->items[low - 1].time_us;
    return before_us + (sightings->items[low].time_us - before_us) / 2;
}

void testbed_sightings_progress(const struct testbed_sightings *sightings, uint64_t begin_us,
                                uint64_t end_us, struct testbed_progress *out)
{
    const struct testbed_sighting *first = NULL;
    const struct testbed_sighting *last = NULL;
    uint64_t news_us = begin_us;
    uint64_t gap_us = 0;
    for (uint32_t i = 1; i < sightings->count; i++) {
        const struct testbed_sighting *item = &sightings->items[i];
        if (item->time_us < begin_us || item->time_us > end_us ||
            item->commands == sightings->items[i - 1].commands) {
            continue;
        }
        gap_us = item->time_us - news_us > gap_us ? item->time_us - news_us : gap_us;
        news_us = item->time_us;
        first = first == NULL ? item : first;
        last = item;
    }
    gap_us = end_us - news_us > gap_us ? end_us - news_us : gap_us;
    *out = (struct testbed_progress){.longest_gap_us = gap_us};
    if (first != last) {
        out->commands = last->commands - first->commands;
        out->blocks = last->heights[TESTBED_EXECUTED] - first->heights[TESTBED_EXECUTED];
        out->time_us = last->time_us - first->time_us;
    } else if (first != NULL) {
        out->commands = first->commands - (first - 1)->commands;
        out->blocks = 1;
        out->time_us = end_us - begin_us;
    }
}
