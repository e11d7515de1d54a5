/* The faults of a scenario: see timeline.h. */
#include "netsim/lab/timeline.h"

#include <stdlib.h>

#include "base/prng.h"
#include "netsim/adversary/adversary.h"
#include "netsim/engine/validator.h"

struct timeline {
    const struct scenario *scenario;
    struct simulation *simulation;
    struct results *results;
    struct trace *trace;
    struct adversary *adversaries[SIMULATION_MEMBERS_MAX];
    int64_t utc_offset_ms[SIMULATION_MEMBERS_MAX];
    int32_t drift_ppm[SIMULATION_MEMBERS_MAX];
};

static void lie(struct timeline *timeline, uint32_t member, uint32_t kinds)
{
    struct prng prng;
    prng_init(&prng, timeline->scenario->run.seed + member);
    if (timeline->adversaries[member] == NULL) {
        timeline->adversaries[member] =
            adversary_new(timeline->simulation, member, kinds, prng_next(&prng));
    }
}

/* To a member that is up, or down, as the fault wants it. False when it did nothing. */
static bool stop_or_start(struct validator *validator, enum timeline_kind kind)
{
    bool up = validator_is_up(validator);
    bool stops = kind == TIMELINE_CRASH || kind == TIMELINE_STOP;
    if (up != stops) {
        return false;
    }
    switch (kind) {
    case TIMELINE_CRASH:
        validator_crash(validator, CRASH_POWER);
        return true;
    case TIMELINE_STOP:
        validator_crash(validator, CRASH_PROCESS);
        return true;
    case TIMELINE_START:
        return validator_start(validator, false);
    case TIMELINE_LOSE_JOURNAL:
        validator_lose_journal(validator);
        return true;
    case TIMELINE_WIPE:
        validator_wipe(validator);
        return true;
    default:
        return false;
    }
}

/* Says that a line did nothing to a member. */
static void vain(struct timeline *timeline, uint32_t member, const struct scenario_fault *fault)
{
    char text[TIMELINE_TEXT_SIZE + 64];
    (void)snprintf(text, sizeof text, "'%s' did nothing to member %u", fault->text, member);
    results_note(timeline->results, text);
    trace_fault(timeline->trace, text);
}

static void clock_set(struct timeline *timeline, struct validator *validator, uint32_t member,
                      const struct scenario_fault *fault)
{
    if (fault->kind == TIMELINE_CLOCK) {
        timeline->utc_offset_ms[member] = fault->amount / 1000;
    } else {
        timeline->drift_ppm[member] = (int32_t)fault->amount;
    }
    validator_clock(validator, timeline->utc_offset_ms[member], timeline->drift_ppm[member]);
}

static void member_act(struct timeline *timeline, uint32_t member,
                       const struct scenario_fault *fault)
{
    struct validator *validator = simulation_validator(timeline->simulation, member);
    struct network *network = simulation_network(timeline->simulation);
    struct disk *disk = validator_disk(validator);
    switch (fault->kind) {
    case TIMELINE_PAUSE:
        validator_pause(validator,
                        simulation_now_us(timeline->simulation) + (uint64_t)fault->amount);
        break;
    case TIMELINE_SLOW:
        validator_slow(validator, (uint32_t)fault->amount);
        break;
    case TIMELINE_DELAY:
        network_delay(network, member, (uint32_t)fault->amount);
        break;
    case TIMELINE_THROTTLE:
        network_throttle(network, member, (uint32_t)fault->amount);
        break;
    case TIMELINE_DISK_SLOW:
        disk_prices(disk)->extra_ns = (uint64_t)fault->amount * 1000;
        break;
    case TIMELINE_DISK_FULL:
        disk_space(disk, disk_used(disk));
        break;
    case TIMELINE_DISK_FREE:
        disk_space(disk, UINT64_MAX);
        break;
    case TIMELINE_CLOCK:
    case TIMELINE_DRIFT:
        clock_set(timeline, validator, member, fault);
        break;
    case TIMELINE_BYZANTINE:
        if (timeline->adversaries[member] != NULL) {
            vain(timeline, member, fault);
        }
        lie(timeline, member, (uint32_t)fault->amount);
        break;
    default:
        if (!stop_or_start(validator, fault->kind)) {
            vain(timeline, member, fault);
        }
    }
}

static void cut_all(struct timeline *timeline, const struct scenario_fault *fault)
{
    struct network *network = simulation_network(timeline->simulation);
    const uint32_t members = (uint32_t)timeline->scenario->network.validators;
    for (uint32_t from = 0; from < members; from++) {
        for (uint32_t to = 0; to < members; to++) {
            bool cut = fault->kind == TIMELINE_PARTITION
                           ? fault->part[from] != fault->part[to]
                           : member_set_has(&fault->members, from) &&
                                 member_set_has(&fault->others, to) && from != to;
            if (cut) {
                network_cut(network, from, to, true);
            }
        }
    }
}

static void happen(void *context, uint64_t number)
{
    struct timeline *timeline = context;
    const struct scenario_fault *fault = &timeline->scenario->faults[number];
    struct network *network = simulation_network(timeline->simulation);
    trace_fault(timeline->trace, fault->text);
    switch (fault->kind) {
    case TIMELINE_PARTITION:
    case TIMELINE_CUT:
        cut_all(timeline, fault);
        return;
    case TIMELINE_HEAL:
        network_heal(network);
        return;
    case TIMELINE_LOSS:
        network_settings(network)->loss_permille = (uint32_t)fault->amount;
        return;
    case TIMELINE_JITTER:
        network_settings(network)->jitter_us = (uint32_t)fault->amount;
        return;
    default:
        break;
    }
    for (uint32_t member = 0; member < timeline->scenario->network.validators; member++) {
        if (member_set_has(&fault->members, member)) {
            member_act(timeline, member, fault);
        }
    }
}

struct timeline *timeline_new(const struct scenario *scenario, struct simulation *simulation,
                              struct results *results, struct trace *trace)
{
    struct timeline *timeline = calloc(1, sizeof *timeline);
    TALLY_ASSERT(timeline != NULL);
    timeline->scenario = scenario;
    timeline->simulation = simulation;
    timeline->results = results;
    timeline->trace = trace;
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        simulation_at(simulation, scenario->faults[i].at_us, happen, timeline, i);
    }
    return timeline;
}

void timeline_free(struct timeline *timeline)
{
    if (timeline == NULL) {
        return;
    }
    for (uint32_t member = 0; member < SIMULATION_MEMBERS_MAX; member++) {
        if (timeline->adversaries[member] != NULL) {
            adversary_free(timeline->adversaries[member]);
        }
    }
    free(timeline);
}
