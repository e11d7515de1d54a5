/* What a scenario names is read, and what its fields say together is checked: scenario_finish(). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/scenario_field.h"

enum {
    INSTRUCTIONS_MAX = 10000000,
    CLOSED_LOOP_INSTRUCTIONS = 100000, /* room for so many when nothing is said */
};

/* Paths are relative to the scenario's directory. */
static bool path_resolve(const struct scenario *scenario, const char *path,
                         char out[2 * SCENARIO_PATH_SIZE])
{
    bool plain = path[0] == '/' || scenario->directory[0] == '\0';
    int size = plain ? snprintf(out, 2 * SCENARIO_PATH_SIZE, "%s", path)
                     : snprintf(out, 2 * SCENARIO_PATH_SIZE, "%s/%s", scenario->directory, path);
    return size > 0 && size < 2 * SCENARIO_PATH_SIZE;
}

static bool matrix_load(struct scenario *scenario, struct scenario_error *error)
{
    char path[2 * SCENARIO_PATH_SIZE];
    struct latency_error wrong = {0};
    size_t size = 0;
    if (!path_resolve(scenario, scenario->network.latency_matrix, path)) {
        return scenario_refuse(error, 0, "network.latency_matrix: the path is too long");
    }
    char *text = malloc(SCENARIO_BYTES_MAX + 1);
    if (text == NULL) {
        return scenario_refuse(error, 0, "out of memory");
    }
    enum file_status status =
        file_read_all(file_system_posix(), path, text, SCENARIO_BYTES_MAX, &size);
    bool read;
    if (status != FILE_OK) {
        read = scenario_refuse(error, 0, "network.latency_matrix: %.200s: %s; %s", path,
                               file_status_text(status), file_status_hint(status));
    } else {
        text[size] = '\0';
        read = latency_matrix_parse(text, &scenario->matrix, &wrong) ||
               scenario_refuse(error, wrong.line, "%.200s:%u: %s", path, wrong.line, wrong.text);
    }
    free(text);
    return read;
}

/* Deals the members to the regions in turn. */
static bool regions_place(struct scenario *scenario, struct scenario_error *error)
{
    char copy[SCENARIO_REGIONS_SIZE];
    uint32_t regions[SIMULATION_MEMBERS_MAX];
    uint32_t count = 0;
    char *rest = NULL;
    memcpy(copy, scenario->network.regions, sizeof copy);
    for (const char *name = strtok_r(copy, " \t", &rest); name != NULL;
         name = strtok_r(NULL, " \t", &rest)) {
        uint32_t region = latency_matrix_find(&scenario->matrix, name);
        if (region == LATENCY_REGIONS_MAX) {
            return scenario_refuse(error, 0, "network.regions: '%.60s' is not a region of %.200s",
                                   name, scenario->network.latency_matrix);
        }
        if (count == SIMULATION_MEMBERS_MAX) {
            return scenario_refuse(error, 0, "network.regions: more than %d names",
                                   (int)SIMULATION_MEMBERS_MAX);
        }
        regions[count++] = region;
    }
    for (uint32_t member = 0; count > 0 && member < scenario->network.validators; member++) {
        scenario->region_of[member] = regions[member % count];
    }
    return true;
}

static bool network_finish(struct scenario *scenario, struct scenario_error *error)
{
    bool matrix = scenario->network.latency_matrix[0] != '\0';
    bool regions = scenario->network.regions[0] != '\0';
    if (matrix != regions) {
        return scenario_refuse(error, 0,
                               "network.%s: is missing; a matrix and the regions of the "
                               "members go together",
                               matrix ? "regions" : "latency_matrix");
    }
    return !matrix || (matrix_load(scenario, error) && regions_place(scenario, error));
}

/* Fields that were not given come from the file of costs. */
static bool costs_take(struct scenario *scenario, const struct scenario *file, const char *path,
                       struct scenario_error *error)
{
    for (uint32_t i = 0; i < field_count(); i++) {
        const struct scenario_field *field = field_at(i);
        bool cost = strcmp(field->section, "cost") == 0;
        if (!cost && field_given(file, field)) {
            return scenario_refuse(error, 0,
                                   "%.200s: [%s] %s: a file of costs has only a section "
                                   "[cost]",
                                   path, field->section, field->name);
        }
        if (cost && !field_given(scenario, field)) {
            memcpy((char *)scenario + field->offset, (const char *)file + field->offset,
                   sizeof(uint64_t));
        }
    }
    return true;
}

static bool costs_finish(struct scenario *scenario, struct scenario_error *error)
{
    char path[2 * SCENARIO_PATH_SIZE];
    if (scenario->machine.costs[0] == '\0') {
        return true;
    }
    if (!path_resolve(scenario, scenario->machine.costs, path)) {
        return scenario_refuse(error, 0, "machine.costs: the path is too long");
    }
    struct scenario *file = malloc(sizeof *file);
    if (file == NULL) {
        return scenario_refuse(error, 0, "out of memory");
    }
    scenario_init(file);
    bool read = scenario_load(file, path, error) && costs_take(scenario, file, path, error);
    free(file);
    return read;
}

/* TIME:RATE */
static bool point_parse(char *word, struct workload_point *point, char *why, size_t why_size)
{
    char *colon = strchr(word, ':');
    if (colon == NULL) {
        (void)snprintf(why, why_size, "'%.60s': give points such as 10s:500", word);
        return false;
    }
    *colon = '\0';
    return value_parse(VALUE_TIME, word, 0, UINT64_C(86400000000), &point->time_us, why,
                       why_size) &&
           value_parse(VALUE_COUNT, colon + 1, 0, 1000000, &point->per_s, why, why_size);
}

static bool curve_finish(struct scenario *scenario, struct scenario_error *error)
{
    char copy[SCENARIO_REGIONS_SIZE];
    char why[256] = "";
    char *rest = NULL;
    scenario->point_count = 0;
    if (scenario->workload.loop == LOOP_CLOSED) {
        return scenario->workload.clients > 0 ||
               scenario_refuse(error, 0, "workload.clients: a closed loop needs at least one");
    }
    if (scenario->workload.curve[0] == '\0') {
        scenario->points[0] = (struct workload_point){0, scenario->workload.rate};
        scenario->point_count = 1;
        return true;
    }
    memcpy(copy, scenario->workload.curve, sizeof copy);
    for (char *word = strtok_r(copy, " \t", &rest); word != NULL;
         word = strtok_r(NULL, " \t", &rest)) {
        struct workload_point *point = &scenario->points[scenario->point_count];
        if (scenario->point_count == WORKLOAD_POINTS_MAX) {
            return scenario_refuse(error, 0, "workload.curve: more than %d points",
                                   (int)WORKLOAD_POINTS_MAX);
        }
        if (!point_parse(word, point, why, sizeof why)) {
            return scenario_refuse(error, 0, "workload.curve: %s", why);
        }
        if (scenario->point_count > 0 && point->time_us <= (point - 1)->time_us) {
            return scenario_refuse(error, 0, "workload.curve: the points' times must rise");
        }
        scenario->point_count += 1;
    }
    return true;
}

static uint64_t root(uint64_t square)
{
    uint64_t value = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit > 0; bit >>= 1) {
        value += (value + bit) * (value + bit) <= square ? bit : 0;
    }
    return value;
}

/* The area under the curve of the load, each piece by its higher end, and six standard deviations
 * of a Poisson process. */
static uint64_t load_area(const struct scenario *scenario)
{
    uint64_t millionths = 0;
    for (uint32_t i = 0; i < scenario->point_count; i++) {
        const struct workload_point *point = &scenario->points[i];
        bool last = i + 1 == scenario->point_count;
        uint64_t end_us = scenario->run.duration_us;
        uint64_t until_us = last || point[1].time_us > end_us ? end_us : point[1].time_us;
        uint64_t per_s = last || point->per_s > point[1].per_s ? point->per_s : point[1].per_s;
        millionths += point->time_us < until_us ? (until_us - point->time_us) * per_s : 0;
    }
    uint64_t mean = millionths / 1000000;
    return mean + 6 * root(mean) + 200;
}

static bool instructions_finish(struct scenario *scenario, struct scenario_error *error)
{
    if (scenario->workload.instructions > 0) {
        scenario->instructions_expected = scenario->workload.instructions;
    } else if (scenario->workload.loop == LOOP_CLOSED) {
        scenario->instructions_expected = CLOSED_LOOP_INSTRUCTIONS;
    } else {
        scenario->instructions_expected = load_area(scenario);
    }
    return scenario->instructions_expected <= INSTRUCTIONS_MAX ||
           scenario_refuse(error, 0,
                           "workload.rate: comes to %" PRIu64
                           " instructions, and a run has at most "
                           "%d; lower the rate or the duration, or give workload.instructions",
                           scenario->instructions_expected, (int)INSTRUCTIONS_MAX);
}

static bool workload_finish(struct scenario *scenario, struct scenario_error *error)
{
    uint64_t shares = scenario->workload.free_permille + scenario->workload.unmatched_permille +
                      scenario->workload.lack_securities_permille +
                      scenario->workload.lack_cash_permille + scenario->workload.hold_permille +
                      scenario->workload.cancel_permille + scenario->workload.circle_permille +
                      scenario->workload.ahead_permille + scenario->workload.disagree_permille;
    if (shares > 1000) {
        return scenario_refuse(error, 0,
                               "workload: the shares of kinds of deals exceed 100%% "
                               "together");
    }
    if (scenario->workload.home_member >= scenario->network.validators) {
        return scenario_refuse(error, 0, "workload.home_member: there is no member %" PRIu64,
                               scenario->workload.home_member);
    }
    if (scenario->workload.duplicate_permille > 0 &&
        scenario->workload.duplicate_members > scenario->network.validators) {
        return scenario_refuse(error, 0, "workload.duplicate_members: there are only %" PRIu64,
                               scenario->network.validators);
    }
    return curve_finish(scenario, error) && instructions_finish(scenario, error);
}

static bool consensus_finish(const struct scenario *scenario, struct scenario_error *error)
{
    if (scenario->consensus.d_max_ms < scenario->consensus.d0_ms) {
        return scenario_refuse(error, 0, "consensus.d_max: is below d0");
    }
    if (scenario->consensus.lane_quota_bytes < scenario->consensus.batch_bytes_max) {
        return scenario_refuse(error, 0, "consensus.lane_quota: is below batch");
    }
    if (scenario->consensus.lane_window < scenario->consensus.lane_quota_batches) {
        return scenario_refuse(error, 0, "consensus.lane_window: is below lane_quota_batches");
    }
    return true;
}

static bool run_finish(const struct scenario *scenario, struct scenario_error *error)
{
    uint64_t end_us = scenario->run.duration_us + scenario->run.cool_down_us;
    if (scenario->run.warm_up_us >= scenario->run.duration_us) {
        return scenario_refuse(error, 0, "run.warm_up: nothing is left of the duration to measure");
    }
    if (end_us / scenario->run.interval_us > 100000) {
        return scenario_refuse(error, 0,
                               "run.interval: more than 100000 of them; choose a longer one");
    }
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct scenario_fault *fault = &scenario->faults[i];
        if (!scenario_fault_fits(fault, (uint32_t)scenario->network.validators)) {
            return scenario_refuse(error, 0, "fault.at: '%s': there are only members 0 to %" PRIu64,
                                   fault->text, scenario->network.validators - 1);
        }
        if (fault->kind == TIMELINE_BYZANTINE &&
            scenario->network.protocol == PROTOCOL_FIXED_LEADER) {
            return scenario_refuse(error, 0,
                                   "fault.at: '%s': a fixed leader is trusted; nobody may "
                                   "lie with it",
                                   fault->text);
        }
        if (fault->at_us > end_us) {
            return scenario_refuse(error, 0, "fault.at: '%s': the run has ended by then",
                                   fault->text);
        }
    }
    return true;
}

bool scenario_finish(struct scenario *scenario, struct scenario_error *error)
{
    memset(error, 0, sizeof *error);
    return consensus_finish(scenario, error) && network_finish(scenario, error) &&
           costs_finish(scenario, error) && workload_finish(scenario, error) &&
           run_finish(scenario, error);
}
