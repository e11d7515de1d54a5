#include "node/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct watch {
    struct watch_config config;
    uint64_t begin_ms;
    uint64_t final_height;
    uint64_t final_since_ms;
    uint64_t flap_window_ms; /* begin of the window in which channels are counted */
    uint64_t up_count[GENESIS_VALIDATORS_MAX]; /* at that time */
};

struct watch *watch_new(const struct watch_config *config, uint64_t now_ms)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch != NULL) {
        watch->config = *config;
        watch->begin_ms = now_ms;
        watch->final_since_ms = now_ms;
        watch->flap_window_ms = now_ms;
    }
    return watch;
}

void watch_free(struct watch *watch)
{
    free(watch);
}

static void set(const struct watch *watch, enum alarm_code code, bool raised, const char *detail)
{
    if (raised) {
        alarm_raise(watch->config.alarms, code, detail);
    } else {
        alarm_clear(watch->config.alarms, code);
    }
}

static void look_at_quorum(const struct watch *watch, uint64_t now_ms)
{
    char detail[ALARM_DETAIL_SIZE];
    uint16_t connected = transport_connected_count(watch->config.transport);
    uint16_t quorum = genesis_quorum(watch->config.genesis);
    bool settled_in = now_ms - watch->begin_ms >= WATCH_SILENCE_MS;
    (void)snprintf(detail, sizeof detail, "%u of %u connected, %u needed", connected,
                   watch->config.genesis->validator_count, quorum);
    set(watch, ALARM_QUORUM_UNREACHABLE, settled_in && connected < quorum, detail);
}

static void look_at_finality(struct watch *watch, const struct progress_heights *heights,
                             uint64_t now_ms)
{
    char detail[ALARM_DETAIL_SIZE];
    uint64_t heartbeats_ms = 5 * watch->config.genesis->timings[GENESIS_TIMING_HEARTBEAT_MS];
    uint64_t patience_ms = heartbeats_ms > WATCH_SILENCE_MS ? heartbeats_ms : WATCH_SILENCE_MS;
    if (heights->final != watch->final_height) {
        watch->final_height = heights->final;
        watch->final_since_ms = now_ms;
    }
    (void)snprintf(detail, sizeof detail, "height %" PRIu64 " for %" PRIu64 " s", heights->final,
                   (now_ms - watch->final_since_ms) / 1000);
    set(watch, ALARM_NOTHING_FINAL, now_ms - watch->final_since_ms >= patience_ms, detail);
}

static void look_at_heights(const struct watch *watch, const struct progress_heights *heights)
{
    char detail[ALARM_DETAIL_SIZE];
    uint64_t highest = 0;
    for (uint16_t i = 0; i < watch->config.genesis->validator_count; i++) {
        uint64_t height = core_thread_peer_height(watch->config.core, i);
        highest = i != watch->config.self && height > highest ? height : highest;
    }
    (void)snprintf(detail, sizeof detail, "final %" PRIu64 ", a peer is at %" PRIu64,
                   heights->final, highest);
    set(watch, ALARM_CATCHING_UP, highest > heights->final + WATCH_BEHIND_BLOCKS, detail);
    (void)snprintf(detail, sizeof detail, "final %" PRIu64 ", executed %" PRIu64, heights->final,
                   heights->executed);
    set(watch, ALARM_EXECUTION_BEHIND, heights->final > heights->executed + WATCH_BEHIND_BLOCKS,
        detail);
}

static void look_at_peers(struct watch *watch, uint64_t now_ms)
{
    char detail[ALARM_DETAIL_SIZE] = "";
    bool over = now_ms - watch->flap_window_ms >= WATCH_FLAP_MS;
    bool flapping = false;
    for (uint16_t i = 0; i < watch->config.genesis->validator_count; i++) {
        struct transport_peer peer;
        transport_peer_read(watch->config.transport, i, &peer);
        if (peer.up_count - watch->up_count[i] >= WATCH_FLAPS) {
            flapping = true;
            (void)snprintf(detail, sizeof detail, "validator %u", i);
        }
        if (over) {
            watch->up_count[i] = peer.up_count;
        }
    }
    watch->flap_window_ms = over ? now_ms : watch->flap_window_ms;
    if (flapping || over) { /* within a window it is only raised */
        set(watch, ALARM_PEER_FLAPPING, flapping, detail);
    }
}

void watch_look(struct watch *watch, uint64_t now_ms)
{
    struct progress_heights heights;
    progress_read(watch->config.progress, &heights);
    look_at_quorum(watch, now_ms);
    look_at_finality(watch, &heights, now_ms);
    look_at_heights(watch, &heights);
    look_at_peers(watch, now_ms);
}
