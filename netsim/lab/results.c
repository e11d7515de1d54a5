/* Counting what a run does: see results.h. What is said of it is results_print.c. */
#include "netsim/lab/results.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "netsim/engine/validator.h"
#include "netsim/lab/results_state.h"

const char *figure_name(enum figure figure)
{
#define FIGURE_NAME(symbol, name, unit, text) name,
    static const char *const names[] = {FIGURE_LIST(FIGURE_NAME)};
    TALLY_ASSERT(figure < FIGURE_COUNT);
    return names[figure];
}

const char *figure_unit(enum figure figure)
{
#define FIGURE_UNIT(symbol, name, unit, text) unit,
    static const char *const units[] = {FIGURE_LIST(FIGURE_UNIT)};
    TALLY_ASSERT(figure < FIGURE_COUNT);
    return units[figure];
}

const char *figure_text(enum figure figure)
{
#define FIGURE_TEXT(symbol, name, unit, text) text,
    static const char *const texts[] = {FIGURE_LIST(FIGURE_TEXT)};
    TALLY_ASSERT(figure < FIGURE_COUNT);
    return texts[figure];
}

/* ---- Counting --------------------------------------------------------------------------- */

static bool in_window(const struct results *results, uint64_t time_us)
{
    return time_us >= results->scenario->run.warm_up_us &&
           time_us < results->scenario->run.duration_us;
}

static bool now_in_window(const struct results *results)
{
    return in_window(results, simulation_now_us(results->simulation));
}

static void on_sent(void *context, uint32_t host, uint32_t to, enum consensus_class class,
                    const uint8_t *bytes, size_t size)
{
    struct results *results = context;
    (void)to;
    (void)class;
    TALLY_ASSERT(host < results->host_count);
    results->interval.bytes += size;
    results->bytes_of[host] += size;
    if (now_in_window(results)) {
        uint32_t kind = size > 0 && bytes[0] <= MESSAGE_KIND_MAX ? bytes[0] : 0;
        results->hosts[host].messages[kind] += 1;
        results->hosts[host].bytes[kind] += size;
    }
}

static void on_delivered(void *context, uint32_t host, uint32_t from, const uint8_t *bytes,
                         size_t size)
{
    struct results *results = context;
    (void)from;
    (void)bytes;
    if (now_in_window(results)) {
        results->hosts[host].messages_in += 1;
        results->hosts[host].bytes_in += size;
    }
}

/* The first member that stores a block counts for all. */
static void on_committed(void *context, uint32_t host, uint64_t height, const uint8_t *stored,
                         size_t size)
{
    struct results *results = context;
    struct bytes_reader reader;
    struct stored_block block;
    (void)host;
    if (height <= results->height) {
        return;
    }
    bytes_reader_init(&reader, stored, size);
    stored_block_read(&reader, (uint16_t)results->scenario->network.validators, &block);
    TALLY_ASSERT(bytes_reader_done(&reader));
    uint64_t lost = block.block.header.view - results->view - 1;
    results->height = height;
    results->view = block.block.header.view;
    results->interval.blocks += 1;
    results->interval.views_lost += lost;
    if (now_in_window(results)) {
        results->blocks += 1;
        results->views_lost += lost;
        results->hosts[block.block.header.proposer].blocks_proposed += 1;
    }
}

static void on_busy(void *context, uint32_t host, enum simulation_activity activity,
                    uint64_t begin_us, uint64_t duration_us)
{
    struct results *results = context;
    results->interval.work_us += duration_us;
    results->work_of[host] += duration_us;
    if (in_window(results, begin_us)) {
        results->hosts[host].work_us[activity] += duration_us;
    }
}

static void on_disk_wait(void *context, uint32_t host, uint64_t begin_us, uint64_t duration_us)
{
    struct results *results = context;
    if (in_window(results, begin_us)) {
        results->hosts[host].disk_us += duration_us;
    }
}

static void on_evidence(void *context, uint32_t host, const uint8_t *bytes, size_t size)
{
    struct results *results = context;
    (void)host;
    (void)bytes;
    (void)size;
    results->evidence += 1;
}

static void on_alarm(void *context, uint32_t host, enum consensus_alarm code, uint16_t peer)
{
    struct results *results = context;
    (void)host;
    (void)code;
    (void)peer;
    results->alarms += 1;
}

/* ---- Intervals -------------------------------------------------------------------------- */

static uint64_t most(const uint64_t *values, uint32_t count)
{
    uint64_t largest = 0;
    for (uint32_t i = 0; i < count; i++) {
        largest = values[i] > largest ? values[i] : largest;
    }
    return largest;
}

static void hosts_look(const struct results *results, struct results_interval *interval)
{
    for (uint32_t host = 0; host < results->host_count; host++) {
        const struct validator *validator = simulation_validator(results->simulation, host);
        uint64_t queue = network_queued_bytes(simulation_network(results->simulation), host);
        interval->uplink_queue = queue > interval->uplink_queue ? queue : interval->uplink_queue;
        if (!validator_is_up(validator)) {
            continue;
        }
        uint64_t final = validator_final_height(validator);
        uint64_t executed = validator_executed_height(validator);
        uint64_t backlog = final > executed ? final - executed : 0;
        uint64_t inbox = validator_waiting_count(validator);
        interval->members_up += 1;
        interval->inbox = inbox > interval->inbox ? inbox : interval->inbox;
        interval->backlog = backlog > interval->backlog ? backlog : interval->backlog;
    }
}

static void interval_close(struct results *results)
{
    struct results_interval *interval = &results->interval;
    interval->bytes_member_max = most(results->bytes_of, results->host_count);
    interval->work_member_max_us = most(results->work_of, results->host_count);
    hosts_look(results, interval);
    TALLY_ASSERT(results->interval_count < results->interval_capacity);
    results->intervals[results->interval_count++] = *interval;
    *interval = (struct results_interval){.begin_us = simulation_now_us(results->simulation)};
    memset(results->bytes_of, 0, sizeof results->bytes_of);
    memset(results->work_of, 0, sizeof results->work_of);
}

static void interval_tick(void *context, uint64_t number)
{
    struct results *results = context;
    const struct scenario *scenario = results->scenario;
    uint64_t next_us = (number + 1) * scenario->run.interval_us;
    uint64_t end_us = scenario->run.duration_us + scenario->run.cool_down_us;
    interval_close(results);
    if (next_us <= end_us) {
        simulation_at(results->simulation, next_us, interval_tick, results, number + 1);
    }
}

/* ---- A life ----------------------------------------------------------------------------- */

struct results *results_new(const struct scenario *scenario, struct simulation *simulation,
                            struct workload *workload)
{
    struct results *results = calloc(1, sizeof *results);
    TALLY_ASSERT(results != NULL);
    uint64_t end_us = scenario->run.duration_us + scenario->run.cool_down_us;
    results->scenario = scenario;
    results->simulation = simulation;
    results->workload = workload;
    results->host_count = simulation_host_count(simulation);
    results->interval_capacity = (size_t)(end_us / scenario->run.interval_us);
    results->intervals = calloc(results->interval_capacity + 1, sizeof *results->intervals);
    results->clients = calloc(1, sizeof *results->clients);
    TALLY_ASSERT(results->intervals != NULL && results->clients != NULL);
    const struct simulation_observer observer = {
        .context = results,
        .sent = on_sent,
        .delivered = on_delivered,
        .committed = on_committed,
        .evidence = on_evidence,
        .alarm = on_alarm,
        .busy = on_busy,
        .disk_wait = on_disk_wait,
    };
    simulation_observe(simulation, &observer);
    if (results->interval_capacity > 0) {
        simulation_at(simulation, scenario->run.interval_us, interval_tick, results, 1);
    }
    return results;
}

void results_free(struct results *results)
{
    if (results == NULL) {
        return;
    }
    samples_free(&results->finality);
    samples_free(&results->received);
    samples_free(&results->settlement);
    samples_free(&results->executed);
    free(results->intervals);
    free(results->clients);
    free(results);
}

/* ---- Clients, when all is over ------------------------------------------------------------ */

/* The interval that an instant lies in; NULL behind the last one. */
static struct results_interval *interval_of(struct results *results, uint64_t time_us)
{
    size_t index = (size_t)(time_us / results->scenario->run.interval_us);
    return index < results->interval_count ? &results->intervals[index] : NULL;
}

/* An instruction of the business, not of its opening and not flawed. */
static void instruction_count(struct results *results, const struct workload_times *times,
                              uint64_t settled_us, struct samples *final_of_interval)
{
    const bool measured = in_window(results, times->handed_us);
    struct results_interval *interval = interval_of(results, times->handed_us);
    results->handed += measured;
    if (interval != NULL) {
        interval->handed += 1;
    }
    if (times->final_us != 0) {
        uint64_t finality_us = times->final_us - times->handed_us;
        results->final += in_window(results, times->final_us);
        interval = interval_of(results, times->final_us);
        if (interval != NULL) {
            interval->final += 1;
            samples_add(&final_of_interval[interval - results->intervals], finality_us);
        }
        if (measured) {
            samples_add(&results->finality, finality_us);
        }
    }
    if (measured && times->received_us != 0) {
        samples_add(&results->received, times->received_us - times->handed_us);
    }
    if (measured && times->executed_us != 0) {
        samples_add(&results->executed, times->executed_us - times->handed_us);
    }
    if (settled_us != 0) {
        results->settled += in_window(results, settled_us);
        interval = interval_of(results, settled_us);
        if (interval != NULL) {
            interval->settled += 1;
        }
        if (measured) {
            results->settled_of_handed += 1;
            samples_add(&results->settlement, settled_us - times->handed_us);
        }
    }
}

static void envelope_count(struct results *results, uint32_t number, struct samples *samples)
{
    const struct workload_book *book = workload_book_of(results->workload);
    const struct workload_envelope *envelope = workload_book_envelope(book, number);
    const struct workload_times *times = workload_times_of(results->workload, number);
    if (envelope->stage != 0 || envelope->flaw != FLAW_NONE || times->handed_us == 0) {
        return;
    }
    for (uint32_t i = 0; i < envelope->command_count; i++) {
        uint32_t number_of_command = envelope->first_command + i;
        const struct workload_command *command = workload_book_command(book, number_of_command);
        if (command->kind == COMMAND_INSTRUCT) {
            bool settled = command->state == COMMAND_SETTLED;
            instruction_count(results, times,
                              settled ? workload_ended_us(results->workload, number_of_command) : 0,
                              samples);
        }
    }
}

static void clients_count(struct results *results)
{
    const struct workload_book *book = workload_book_of(results->workload);
    struct samples *samples = calloc(results->interval_count + 1, sizeof *samples);
    uint64_t in_flight = 0;
    TALLY_ASSERT(samples != NULL);
    workload_results_read(results->workload, results->clients);
    for (uint32_t number = 0; number < workload_book_envelope_count(book); number++) {
        envelope_count(results, number, samples);
    }
    for (size_t i = 0; i < results->interval_count; i++) {
        struct results_interval *interval = &results->intervals[i];
        in_flight += interval->handed - interval->final;
        interval->in_flight = in_flight;
        interval->final_p50_us = samples_quantile(&samples[i], 500);
        interval->final_p99_us = samples_quantile(&samples[i], 990);
        samples_free(&samples[i]);
    }
    free(samples);
}

void results_note(struct results *results, const char *text)
{
    if (results->note_count < RESULTS_NOTES_MAX) {
        (void)snprintf(results->notes[results->note_count++], RESULTS_NOTE_SIZE, "%s", text);
    }
}

/* ---- Figures ---------------------------------------------------------------------------- */

/* value / divisor in thousandths; 0 when there is nothing to divide by. */
static int64_t share(uint64_t value, uint64_t factor, uint64_t divisor)
{
    __extension__ unsigned __int128 product = (unsigned __int128)value * factor;
    return divisor == 0 ? 0 : (int64_t)(product * 1000 / divisor);
}

struct totals {
    uint64_t messages;
    uint64_t bytes;
    uint64_t bytes_most;
    uint64_t work_us;
    uint64_t work_most_us;
    uint64_t disk_most_us;
};

static void totals_add(const struct results_host *host, struct totals *totals)
{
    uint64_t bytes = 0;
    uint64_t work_us = 0;
    for (uint32_t kind = 0; kind < RESULTS_KINDS; kind++) {
        totals->messages += host->messages[kind];
        bytes += host->bytes[kind];
    }
    for (uint32_t activity = 0; activity < ACTIVITY_COUNT; activity++) {
        work_us += host->work_us[activity];
    }
    totals->bytes += bytes;
    totals->work_us += work_us;
    totals->bytes_most = bytes > totals->bytes_most ? bytes : totals->bytes_most;
    totals->work_most_us = work_us > totals->work_most_us ? work_us : totals->work_most_us;
    totals->disk_most_us =
        host->disk_us > totals->disk_most_us ? host->disk_us : totals->disk_most_us;
}

static void latencies_figure(struct results *results)
{
    int64_t *figures = results->figures;
    /* A microsecond is a thousandth of a millisecond. */
    figures[FIGURE_RECEIVED_P50] = (int64_t)samples_quantile(&results->received, 500);
    figures[FIGURE_FINAL_MEAN] = (int64_t)samples_mean(&results->finality);
    figures[FIGURE_FINAL_P50] = (int64_t)samples_quantile(&results->finality, 500);
    figures[FIGURE_FINAL_P90] = (int64_t)samples_quantile(&results->finality, 900);
    figures[FIGURE_FINAL_P99] = (int64_t)samples_quantile(&results->finality, 990);
    figures[FIGURE_FINAL_MAX] = (int64_t)samples_quantile(&results->finality, 1000);
    figures[FIGURE_EXECUTED_P50] = (int64_t)samples_quantile(&results->executed, 500);
    figures[FIGURE_SETTLED_P50] = (int64_t)samples_quantile(&results->settlement, 500);
    figures[FIGURE_SETTLED_P99] = (int64_t)samples_quantile(&results->settlement, 990);
}

void results_finish(struct results *results)
{
    int64_t *figures = results->figures;
    const uint64_t window_us =
        results->scenario->run.duration_us - results->scenario->run.warm_up_us;
    const uint64_t members = results->scenario->network.validators;
    struct totals totals = {0};
    clients_count(results);
    for (uint32_t host = 0; host < results->host_count; host++) {
        totals_add(&results->hosts[host], &totals);
    }
    latencies_figure(results);
    figures[FIGURE_OFFERED] = share(results->handed, 1000000, window_us);
    figures[FIGURE_FINAL] = share(results->final, 1000000, window_us);
    figures[FIGURE_SETTLED] = share(results->settled, 1000000, window_us);
    figures[FIGURE_SETTLED_SHARE] = share(results->settled_of_handed, 100, results->handed);
    figures[FIGURE_NOT_FINAL] = share(results->handed - results->finality.count, 1, 1);
    figures[FIGURE_BLOCKS] = share(results->blocks, 1000000, window_us);
    figures[FIGURE_BLOCK_SIZE] = share(results->final, 1, results->blocks);
    figures[FIGURE_VIEWS_LOST] = share(results->views_lost, 1, 1);
    figures[FIGURE_MESSAGES] = share(totals.messages, 1000000, window_us);
    figures[FIGURE_BYTES] = share(totals.bytes, 8, window_us);
    figures[FIGURE_BYTES_EACH] = share(totals.bytes, 1, results->final);
    figures[FIGURE_UPLINK_MEAN] = share(totals.bytes, 8, window_us * members);
    figures[FIGURE_UPLINK_MAX] = share(totals.bytes_most, 8, window_us);
    figures[FIGURE_CPU_MEAN] = share(totals.work_us, 100, window_us * members);
    figures[FIGURE_CPU_MAX] = share(totals.work_most_us, 100, window_us);
    figures[FIGURE_CPU_EACH] = share(totals.work_us, 1, results->final * members);
    figures[FIGURE_DISK] = share(totals.disk_most_us, 100, window_us);
}

int64_t results_figure(const struct results *results, enum figure figure)
{
    TALLY_ASSERT(figure < FIGURE_COUNT);
    return results->figures[figure];
}

const struct results_host *results_host(const struct results *results, uint32_t host)
{
    TALLY_ASSERT(host < results->host_count);
    return &results->hosts[host];
}

const struct results_interval *results_intervals(const struct results *results, size_t *count)
{
    *count = results->interval_count;
    return results->intervals;
}

const struct workload_results *results_clients(const struct results *results)
{
    return results->clients;
}
