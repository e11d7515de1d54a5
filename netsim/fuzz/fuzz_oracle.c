#include "netsim/fuzz/fuzz_oracle.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAR = 15,           /* further behind is all the same */
    VISITED_MAX = 1024, /* situations remembered since the last progress */
    RECENT_MAX = 64,    /* of which a loop is told */
};

/* A member's part of a situation. */
struct part {
    uint8_t present;
    uint8_t view_behind;
    uint8_t final_behind;
    uint8_t timer;
    uint8_t gap;
    uint8_t height_behind;
    uint8_t unexecuted;
    uint8_t state; /* bits: mute, halted, storage failed, lane closed, durable */
};

struct situation {
    uint64_t time_us;
    uint64_t digest;
    uint64_t view;
    struct part parts[FUZZ_ORACLE_MEMBERS_MAX];
};

struct visited {
    uint64_t digest; /* 0: free */
    uint32_t count;
};

struct fuzz_oracle {
    struct fuzz_oracle_config config;
    uint64_t progress_us;
    uint64_t least_final;
    uint64_t least_executed;
    bool begun;
    uint64_t messages; /* when the present situation was entered */
    uint32_t visited_count;
    struct visited visited[VISITED_MAX];
    uint32_t recent_count; /* ever */
    uint32_t loop_size;
    struct situation recent[RECENT_MAX];
    struct situation now;
};

struct fuzz_oracle *fuzz_oracle_new(const struct fuzz_oracle_config *config)
{
    TALLY_ASSERT(config->member_count >= 1 && config->member_count <= FUZZ_ORACLE_MEMBERS_MAX);
    TALLY_ASSERT(config->visits_max >= 2);
    struct fuzz_oracle *oracle = calloc(1, sizeof *oracle);
    if (oracle != NULL) {
        oracle->config = *config;
    }
    return oracle;
}

void fuzz_oracle_free(struct fuzz_oracle *oracle)
{
    free(oracle);
}

/* ---------------------------------------------------------------------------------- situation */

static uint8_t behind(uint64_t highest, uint64_t own, uint32_t most)
{
    const uint64_t distance = highest > own ? highest - own : 0;
    return (uint8_t)(distance < most ? distance : most);
}

struct heights {
    uint64_t view;
    uint64_t final_view;
    uint64_t height;
    uint64_t least_final;
    uint64_t least_executed;
};

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static struct heights heights_of(const struct fuzz_oracle *oracle,
                                 const struct fuzz_oracle_member *members)
{
    struct heights heights = {.least_final = UINT64_MAX, .least_executed = UINT64_MAX};
    for (uint32_t i = 0; i < oracle->config.member_count; i++) {
        const struct consensus_summary *summary = &members[i].summary;
        if (members[i].present) {
            heights.view = larger(heights.view, summary->view);
            heights.final_view = larger(heights.final_view, summary->final_view);
            heights.height = larger(heights.height, summary->final_height);
            heights.least_final = smaller(heights.least_final, summary->final_height);
            heights.least_executed = smaller(heights.least_executed, summary->exec_height);
        }
    }
    return heights;
}

static struct part part_of(const struct fuzz_oracle *oracle, const struct heights *heights,
                           const struct consensus_summary *summary)
{
    const uint32_t timer_most =
        oracle->config.timer_views < UINT8_MAX ? oracle->config.timer_views : UINT8_MAX;
    return (struct part){
        .present = 1,
        .view_behind = behind(heights->view, summary->view, FAR),
        .final_behind = behind(heights->final_view, summary->final_view, FAR),
        .timer = behind(summary->view, summary->final_view, timer_most),
        .gap = behind(summary->view, summary->gap_view, FAR),
        .height_behind = behind(heights->height, summary->final_height, FAR),
        .unexecuted = behind(summary->final_height, summary->exec_height, FAR),
        .state = (uint8_t)((summary->mute != CONSENSUS_ALARM_NONE ? 1 : 0) |
                           (summary->halt != CONSENSUS_HALT_NONE ? 2 : 0) |
                           (summary->storage_failed ? 4 : 0) | (summary->lane_closed ? 8 : 0)),
    };
}

static uint64_t mix(uint64_t digest, uint64_t word)
{
    digest = (digest ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return digest ^ digest >> 29;
}

static void situation_take(struct fuzz_oracle *oracle, uint64_t time_us,
                           const struct heights *heights, const struct fuzz_oracle_member *members)
{
    struct situation *now = &oracle->now;
    const uint32_t count = oracle->config.member_count;
    memset(now, 0, sizeof *now);
    now->time_us = time_us;
    now->view = heights->view;
    now->digest = mix(count, heights->view % count);
    for (uint32_t i = 0; i < count; i++) {
        if (members[i].present) {
            now->parts[i] = part_of(oracle, heights, &members[i].summary);
        }
        const struct part *part = &now->parts[i];
        now->digest =
            mix(now->digest, (uint64_t)part->present << 56 | (uint64_t)part->view_behind << 48 |
                                 (uint64_t)part->final_behind << 40 | (uint64_t)part->timer << 32 |
                                 (uint64_t)part->gap << 24 | (uint64_t)part->height_behind << 16 |
                                 (uint64_t)part->unexecuted << 8 | part->state);
    }
    now->digest += now->digest == 0; /* 0 means free */
}

/* --------------------------------------------------------------------------------------- loop */

static void forget(struct fuzz_oracle *oracle, uint64_t time_us)
{
    memset(oracle->visited, 0, sizeof oracle->visited);
    oracle->visited_count = 0;
    oracle->recent_count = 0;
    oracle->progress_us = time_us;
}

/* Entering a situation: how often that happened. One that finds no room counts as new. */
static uint32_t visit(struct fuzz_oracle *oracle)
{
    uint32_t place = (uint32_t)(oracle->now.digest % VISITED_MAX);
    while (oracle->visited[place].digest != 0 &&
           oracle->visited[place].digest != oracle->now.digest) {
        place = (place + 1) % VISITED_MAX;
    }
    struct visited *visited = &oracle->visited[place];
    if (visited->digest == 0) {
        if (oracle->visited_count == VISITED_MAX - 1) {
            return 1;
        }
        oracle->visited_count++;
        visited->digest = oracle->now.digest;
    }
    return ++visited->count;
}

static const struct situation *recent_back(const struct fuzz_oracle *oracle, uint32_t back)
{
    return &oracle->recent[(oracle->recent_count - 1 - back) % RECENT_MAX];
}

/* From the last time that the present situation was entered, or as far back as is remembered. */
static uint32_t loop_measure(const struct fuzz_oracle *oracle)
{
    const uint32_t most = (uint32_t)smaller(oracle->recent_count, RECENT_MAX) - 1;
    uint32_t back = 1;
    while (back < most && recent_back(oracle, back)->digest != oracle->now.digest) {
        back++;
    }
    return back;
}

bool fuzz_oracle_look(struct fuzz_oracle *oracle, uint64_t time_us, uint64_t messages,
                      const struct fuzz_oracle_member *members)
{
    const struct heights heights = heights_of(oracle, members);
    situation_take(oracle, time_us, &heights, members);
    if (!oracle->begun || heights.least_final > oracle->least_final ||
        heights.least_executed > oracle->least_executed) {
        oracle->begun = true;
        oracle->least_final = heights.least_final;
        oracle->least_executed = heights.least_executed;
        forget(oracle, time_us);
    }
    const bool stayed =
        oracle->recent_count > 0 && recent_back(oracle, 0)->digest == oracle->now.digest;
    uint32_t visits = 0;
    if (!stayed) {
        oracle->recent[oracle->recent_count++ % RECENT_MAX] = oracle->now;
        oracle->messages = messages;
        visits = visit(oracle);
    }
    if (time_us - oracle->progress_us < oracle->config.patience_us) {
        return false;
    }
    if (visits >= oracle->config.visits_max) {
        oracle->loop_size = loop_measure(oracle);
        return true;
    }
    if (stayed && time_us - recent_back(oracle, 0)->time_us >= oracle->config.patience_us &&
        messages > oracle->messages) {
        oracle->loop_size = 1;
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------------------------- report */

static size_t part_print(const struct part *part, uint32_t member, char *text, size_t size)
{
    const int length = snprintf(
        text, size, "  %u: -%u final -%u since %u gap %u blocks -%u unexecuted %u%s%s%s%s", member,
        part->view_behind, part->final_behind, part->timer, part->gap, part->height_behind,
        part->unexecuted, (part->state & 1) != 0 ? " mute" : "",
        (part->state & 2) != 0 ? " halted" : "", (part->state & 4) != 0 ? " storage failed" : "",
        (part->state & 8) != 0 ? " lane closed" : "");
    return length > 0 ? (size_t)length : 0;
}

size_t fuzz_oracle_report(const struct fuzz_oracle *oracle, char *text, size_t size)
{
    size_t used = 0;
    TALLY_ASSERT(oracle->loop_size > 0);
    for (uint32_t back = oracle->loop_size; back > 0 && used < size; back--) {
        const struct situation *situation = recent_back(oracle, back - 1);
        const int length =
            snprintf(text + used, size - used, "[%9.3f] view %llu",
                     (double)situation->time_us / 1e6, (unsigned long long)situation->view);
        used += length > 0 ? (size_t)length : 0;
        for (uint32_t i = 0; i < oracle->config.member_count && used < size; i++) {
            if (situation->parts[i].present != 0) {
                used += part_print(&situation->parts[i], i, text + used, size - used);
            }
        }
        if (used + 1 < size) {
            text[used++] = '\n';
            text[used] = '\0';
        }
    }
    return used < size ? used : size - 1;
}

uint32_t fuzz_oracle_loop_size(const struct fuzz_oracle *oracle)
{
    TALLY_ASSERT(oracle->loop_size > 0);
    return oracle->loop_size;
}
