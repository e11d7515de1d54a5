#include "netsim/testbed/testbed_load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/clock.h"
#include "netsim/market/arrivals.h"
#include "netsim/testbed/testbed_client.h"

enum {
    CONNECT_MS = 20000,
    READY_MS = 20000,
    OPENING_MS = 60000,
    DRAIN_MS = 20000,
    OUTCOME_ROUNDS = 20,
    OUTCOMES_AT_ONCE = 512, /* of all clients together */
    STEP_US = 200,
    STATUS_ID = 1,
    LATEST_VALIDITY_MS = 3000000, /* of envelopes made beforehand */
};

/* What a node said about itself, and when. */
struct sighting {
    uint64_t time_us;
    uint64_t executed;
    uint64_t certified;
    uint64_t commands;
    uint64_t envelopes;
};

struct sightings {
    struct sighting *items;
    uint32_t count;
    uint32_t capacity;
    bool asked; /* an answer is awaited */
};

/* One envelope of the business. */
struct parcel {
    uint32_t envelope;
    uint16_t member;
    uint32_t instructions; /* before it */
    uint64_t due_us;
    uint64_t sent_us;
    uint64_t received_us; /* 0: not */
    uint64_t height;      /* 0: not known */
};

struct load {
    const struct testbed_load_config *config;
    struct testbed *testbed;
    const struct market *market;
    struct workload_source *source;
    struct workload_book *book;
    struct testbed_client *watchers[TESTBED_MEMBERS_MAX];
    struct testbed_client **clients; /* by party */
    uint16_t member_count;
    struct parcel *parcels;
    uint32_t parcel_count;
    pthread_mutex_t mutex; /* of all below, and of the parcels' answers */
    struct sightings sightings[TESTBED_MEMBERS_MAX];
    uint32_t outcomes_asked;
    uint32_t opening_stage[256]; /* by envelope: the stage that was answered last */
};

/* ---- Answers, on the channels' threads ------------------------------------------------------- */

static void sighting_add(struct sightings *sightings, const struct reply_node_status *status)
{
    if (sightings->count == sightings->capacity) {
        sightings->capacity = sightings->capacity > 0 ? 2 * sightings->capacity : 1024;
        sightings->items =
            realloc(sightings->items, sightings->capacity * sizeof *sightings->items);
        TALLY_ASSERT(sightings->items != NULL);
    }
    sightings->items[sightings->count] = (struct sighting){
        .time_us = clock_monotonic_us(),
        .executed = status->executed_height,
        .certified = status->certified_height,
        .commands = status->commands_final,
        .envelopes = status->envelopes_final,
    };
    sightings->count++;
}

static void on_status(void *context, uint16_t member, const struct reply *reply)
{
    struct load *load = context;
    pthread_mutex_lock(&load->mutex);
    load->sightings[member].asked = false;
    if (reply->kind == REPLY_NODE_STATUS) {
        sighting_add(&load->sightings[member], &reply->status);
    }
    pthread_mutex_unlock(&load->mutex);
}

/* Requests about the business are numbered by parcel; those of the opening come before there are
 * any, and are numbered by envelope. */
static void on_reply(void *context, uint16_t member, const struct reply *reply)
{
    struct load *load = context;
    (void)member;
    pthread_mutex_lock(&load->mutex);
    if (reply->kind == REPLY_OUTCOME && load->parcels == NULL) {
        load->opening_stage[reply->id % 256] = reply->stage;
    } else if (load->parcels != NULL && reply->id < load->parcel_count) {
        struct parcel *parcel = &load->parcels[reply->id];
        if (reply->kind == REPLY_SUBMITTED && reply->submitted == SUBMIT_RECEIVED) {
            parcel->received_us = clock_monotonic_us();
        } else if (reply->kind == REPLY_OUTCOME) {
            load->outcomes_asked -= load->outcomes_asked > 0 ? 1 : 0;
            parcel->height = reply->stage >= STAGE_EXECUTED ? reply->height : 0;
        } else if (reply->kind == REPLY_ERROR) {
            load->outcomes_asked -= load->outcomes_asked > 0 ? 1 : 0;
        }
    }
    pthread_mutex_unlock(&load->mutex);
}

/* ---- Connections ----------------------------------------------------------------------------- */

static bool connect_all(struct load *load)
{
    uint32_t parties = market_party_count(load->market);
    for (uint16_t i = 0; i < load->member_count; i++) {
        load->watchers[i] =
            testbed_client_open(load->testbed, load->market, MARKET_OPERATOR, i, on_status, load);
        if (load->watchers[i] == NULL || !testbed_client_wait(load->watchers[i], CONNECT_MS)) {
            (void)fprintf(stderr, "testbed: validator %u does not answer\n", i);
            return false;
        }
    }
    for (uint32_t i = 0; i < parties; i++) {
        load->clients[i] = testbed_client_open(load->testbed, load->market, i,
                                               (uint16_t)(i % load->member_count), on_reply, load);
    }
    for (uint32_t i = 0; i < parties; i++) {
        if (load->clients[i] == NULL || !testbed_client_wait(load->clients[i], CONNECT_MS)) {
            (void)fprintf(stderr, "testbed: party %u cannot connect\n", i);
            return false;
        }
    }
    return true;
}

static void disconnect_all(struct load *load)
{
    for (uint16_t i = 0; i < load->member_count; i++) {
        testbed_client_close(load->watchers[i]);
    }
    for (uint32_t i = 0; load->clients != NULL && i < market_party_count(load->market); i++) {
        testbed_client_close(load->clients[i]);
    }
}

static void ask_statuses(struct load *load)
{
    struct request request = {.id = STATUS_ID, .kind = REQUEST_NODE_STATUS};
    for (uint16_t i = 0; i < load->member_count; i++) {
        pthread_mutex_lock(&load->mutex);
        bool ask = !load->sightings[i].asked;
        load->sightings[i].asked = true;
        pthread_mutex_unlock(&load->mutex);
        if (ask && !testbed_client_ask(load->watchers[i], &request)) {
            pthread_mutex_lock(&load->mutex);
            load->sightings[i].asked = false;
            pthread_mutex_unlock(&load->mutex);
        }
    }
}

static struct sighting last_sighting(struct load *load, uint16_t member)
{
    struct sighting last = {0};
    pthread_mutex_lock(&load->mutex);
    const struct sightings *sightings = &load->sightings[member];
    if (sightings->count > 0) {
        last = sightings->items[sightings->count - 1];
    }
    pthread_mutex_unlock(&load->mutex);
    return last;
}

static bool wait_ready(struct load *load)
{
    uint64_t end_ms = clock_monotonic_ms() + READY_MS;
    uint16_t ready = 0;
    while (ready < load->member_count && clock_monotonic_ms() < end_ms) {
        ask_statuses(load);
        clock_sleep_ms(50);
        ready = 0;
        for (uint16_t i = 0; i < load->member_count; i++) {
            ready = (uint16_t)(ready + (last_sighting(load, i).executed > 0 ? 1 : 0));
        }
    }
    return ready == load->member_count;
}

static bool submit(struct load *load, uint32_t number, uint32_t id)
{
    const struct workload_envelope *envelope = workload_book_envelope(load->book, number);
    struct request request = {
        .id = id,
        .kind = REQUEST_SUBMIT,
        .envelope = envelope->bytes,
        .envelope_size = envelope->size,
    };
    return testbed_client_ask(load->clients[envelope->party], &request);
}

static bool ask_outcome(struct load *load, uint32_t number, uint32_t id)
{
    const struct workload_envelope *envelope = workload_book_envelope(load->book, number);
    struct request request = {
        .id = id, .kind = REQUEST_OUTCOME, .envelope_id = envelope->id, .command_count = 0};
    return testbed_client_ask(load->clients[envelope->party], &request);
}

/* ---- The opening ----------------------------------------------------------------------------- */

static bool opening_wait(struct load *load, uint32_t number, uint64_t end_ms)
{
    uint32_t stage = STAGE_UNKNOWN;
    while (stage < STAGE_EXECUTED && clock_monotonic_ms() < end_ms) {
        (void)ask_outcome(load, number, number);
        clock_sleep_ms(10);
        pthread_mutex_lock(&load->mutex);
        stage = load->opening_stage[number % 256];
        pthread_mutex_unlock(&load->mutex);
    }
    return stage >= STAGE_EXECUTED;
}

static bool opening_run(struct load *load)
{
    uint64_t end_ms = clock_monotonic_ms() + OPENING_MS;
    uint32_t told = 0;
    while (!workload_source_open(load->source)) {
        uint32_t number;
        if (workload_source_next(load->source, clock_utc_ms(), &number) == WORKLOAD_ENVELOPE) {
            (void)submit(load, number, number);
            continue;
        }
        for (; told < workload_book_envelope_count(load->book) &&
               workload_book_envelope(load->book, told)->bytes != NULL;
             told++) {
            if (!opening_wait(load, told, end_ms)) {
                (void)fprintf(stderr, "testbed: the market did not open in time\n");
                return false;
            }
            workload_book_executed(load->book, told, 1);
            workload_book_forget(load->book, told);
            pthread_mutex_lock(&load->mutex);
            load->opening_stage[told % 256] = STAGE_UNKNOWN;
            pthread_mutex_unlock(&load->mutex);
        }
    }
    return true;
}

/* ---- The business ---------------------------------------------------------------------------- */

/* Makes and signs all that will be sent. */
static bool parcels_make(struct load *load)
{
    uint64_t utc_ms = clock_utc_ms();
    uint32_t capacity = 0;
    uint32_t count = 0;
    uint32_t instructions = 0;
    uint32_t number;
    struct parcel *parcels = NULL;
    while (workload_source_next(load->source, utc_ms, &number) == WORKLOAD_ENVELOPE) {
        if (count == capacity) {
            capacity = capacity > 0 ? 2 * capacity : 1024;
            parcels = realloc(parcels, capacity * sizeof *parcels);
            TALLY_ASSERT(parcels != NULL);
        }
        const struct workload_envelope *envelope = workload_book_envelope(load->book, number);
        parcels[count] = (struct parcel){
            .envelope = number,
            .member = (uint16_t)(envelope->party % load->member_count),
            .instructions = instructions,
        };
        instructions += envelope->command_count;
        count++;
    }
    pthread_mutex_lock(&load->mutex);
    load->parcels = parcels;
    load->parcel_count = count;
    pthread_mutex_unlock(&load->mutex);
    return count > 0;
}

static void due_times(struct load *load, uint64_t begin_us)
{
    const struct workload_point point = {0, load->config->per_s};
    struct arrivals arrivals;
    uint32_t before = 0;
    arrivals_init(&arrivals, &point, 1, load->config->even,
                  load->config->source.seed ^ ARRIVALS_SALT, 0);
    for (uint32_t i = 0; i < load->parcel_count; i++) {
        struct parcel *parcel = &load->parcels[i];
        parcel->due_us = begin_us + arrivals_next(&arrivals, parcel->instructions - before);
        before = parcel->instructions;
    }
}

/* Envelopes that all validators together have not executed yet, as far as was seen. */
static uint64_t under_way(struct load *load, uint32_t sent, uint64_t executed_before)
{
    uint64_t executed = 0;
    for (uint16_t i = 0; i < load->member_count; i++) {
        uint64_t envelopes = last_sighting(load, i).envelopes;
        executed = envelopes > executed ? envelopes : executed;
    }
    uint64_t done = executed - executed_before;
    return sent > done ? sent - done : 0;
}

static void send_parcel(struct load *load, uint32_t i)
{
    struct parcel *parcel = &load->parcels[i];
    parcel->sent_us = clock_monotonic_us();
    if (load->config->per_s == 0) {
        parcel->due_us = parcel->sent_us;
    }
    (void)submit(load, parcel->envelope, i);
}

/* Sends until an instant; returns the number of the next parcel. */
static uint32_t send_until(struct load *load, uint32_t next, uint64_t end_us)
{
    uint64_t executed_before = last_sighting(load, 0).envelopes;
    uint64_t poll_us = 0;
    uint32_t first = next;
    uint64_t now_us = clock_monotonic_us();
    while (now_us < end_us && next < load->parcel_count) {
        if (now_us >= poll_us) {
            ask_statuses(load);
            poll_us = now_us + load->config->poll_us;
        }
        bool open = load->config->per_s > 0;
        bool due = open ? load->parcels[next].due_us <= now_us
                        : under_way(load, next - first, executed_before) < load->config->under_way;
        if (due) {
            send_parcel(load, next);
            next++;
        } else {
            uint64_t until_us = open ? load->parcels[next].due_us : now_us + STEP_US;
            until_us = until_us < poll_us ? until_us : poll_us;
            until_us = until_us < end_us ? until_us : end_us;
            (void)usleep((useconds_t)(until_us > now_us ? until_us - now_us : 0));
        }
        now_us = clock_monotonic_us();
    }
    return next;
}

/* Waits until nothing more is executed. */
static void drain(struct load *load)
{
    uint64_t end_ms = clock_monotonic_ms() + DRAIN_MS;
    uint64_t last = 0;
    uint32_t same = 0;
    while (same < 100 && clock_monotonic_ms() < end_ms) {
        ask_statuses(load);
        clock_sleep_ms(5);
        uint64_t commands = last_sighting(load, 0).commands;
        same = commands == last ? same + 1 : 0;
        last = commands;
    }
}

/* Asks for the heights of the parcels that were received, some at a time. */
static void ask_heights(struct load *load, uint32_t first, uint32_t end)
{
    for (int round = 0; round < OUTCOME_ROUNDS; round++) {
        uint32_t missing = 0;
        for (uint32_t i = first; i < end; i++) {
            pthread_mutex_lock(&load->mutex);
            bool ask = load->parcels[i].height == 0 && load->parcels[i].received_us != 0;
            bool full = load->outcomes_asked >= OUTCOMES_AT_ONCE;
            load->outcomes_asked += ask && !full ? 1 : 0;
            pthread_mutex_unlock(&load->mutex);
            if (ask && !full) {
                (void)ask_outcome(load, load->parcels[i].envelope, i);
            } else if (ask) {
                (void)usleep(STEP_US);
            }
            missing += ask ? 1 : 0;
        }
        if (missing == 0) {
            return;
        }
        clock_sleep_ms(100);
        pthread_mutex_lock(&load->mutex);
        load->outcomes_asked = 0; /* what was not answered by now is asked again */
        pthread_mutex_unlock(&load->mutex);
    }
}

/* ---- Figures --------------------------------------------------------------------------------- */

/* When a member was first seen to have reached a height, or half-way to the sighting before; 0:
 * never. */
static uint64_t reached_us(const struct sightings *sightings, uint64_t height, bool certified)
{
    uint32_t low = 0;
    uint32_t high = sightings->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct sighting *sighting = &sightings->items[middle];
        if ((certified ? sighting->certified : sighting->executed) >= height) {
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

static uint64_t since(uint64_t begin_us, uint64_t end_us)
{
    return end_us > begin_us ? end_us - begin_us : 0;
}

static void parcel_result(const struct load *load, const struct parcel *parcel,
                          struct testbed_load_results *out)
{
    const struct sightings *sightings = &load->sightings[parcel->member];
    out->envelopes_sent++;
    out->instructions_sent += workload_book_envelope(load->book, parcel->envelope)->command_count;
    histogram_record(&out->late_us, since(parcel->due_us, parcel->sent_us));
    if (parcel->received_us == 0) {
        out->refused++;
        return;
    }
    histogram_record(&out->received_us, since(parcel->due_us, parcel->received_us));
    uint64_t executed_us = reached_us(sightings, parcel->height, false);
    uint64_t certified_us = reached_us(sightings, parcel->height, true);
    if (parcel->height == 0 || executed_us == 0) {
        out->unknown++;
        return;
    }
    /* no sooner than the member had said "received" */
    executed_us = executed_us > parcel->received_us ? executed_us : parcel->received_us;
    histogram_record(&out->executed_us, since(parcel->due_us, executed_us));
    if (certified_us != 0) {
        certified_us = certified_us > executed_us ? certified_us : executed_us;
        histogram_record(&out->certified_us, since(parcel->due_us, certified_us));
    }
}

static uint64_t own_us(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_utime.tv_sec * 1000000 + (uint64_t)usage.ru_utime.tv_usec +
           (uint64_t)usage.ru_stime.tv_sec * 1000000 + (uint64_t)usage.ru_stime.tv_usec;
}

static bool business_run(struct load *load, struct testbed_load_results *out)
{
    struct testbed_processor before;
    struct testbed_processor after;
    if (!parcels_make(load)) {
        return false;
    }
    drain(load);
    uint64_t begin_us = clock_monotonic_us() + 20000;
    uint64_t measure_us = begin_us + 1000 * (uint64_t)load->config->warm_up_ms;
    uint64_t end_us = measure_us + 1000 * (uint64_t)load->config->measure_ms;
    if (load->config->per_s > 0) {
        due_times(load, begin_us);
    }
    uint32_t first = send_until(load, 0, measure_us);
    struct sighting begin = last_sighting(load, 0);
    uint64_t client_us = own_us();
    testbed_processor_read(load->testbed, &before);
    uint32_t end = send_until(load, first, end_us);
    struct sighting last = last_sighting(load, 0);
    testbed_processor_read(load->testbed, &after);
    out->client_us = own_us() - client_us;
    out->used.user_us = after.user_us - before.user_us;
    out->used.system_us = after.system_us - before.system_us;
    out->used.machine_us = after.machine_us - before.machine_us;
    out->measured_us = last.time_us - begin.time_us;
    out->executed = last.commands - begin.commands;
    out->blocks = last.executed - begin.executed;
    drain(load);
    ask_heights(load, first, end);
    for (uint32_t i = first; i < end; i++) {
        parcel_result(load, &load->parcels[i], out);
    }
    if (end == load->parcel_count) {
        (void)fprintf(stderr, "testbed: fewer envelopes were made than could be sent\n");
    }
    return testbed_alive(load->testbed);
}

bool testbed_load_run(const struct testbed_load_config *config, struct testbed *testbed,
                      const struct market *market, struct testbed_load_results *out)
{
    static struct load load; /* one at a time */
    struct workload_source_config source = config->source;
    source.validity_ms = LATEST_VALIDITY_MS;
    load = (struct load){
        .config = config,
        .testbed = testbed,
        .market = market,
        .member_count = testbed_genesis(testbed)->validator_count,
        .source = workload_source_new(&source, market),
        .clients = calloc(market_party_count(market), sizeof *load.clients),
    };
    memset(out, 0, sizeof *out);
    pthread_mutex_init(&load.mutex, NULL);
    bool done = load.source != NULL && load.clients != NULL;
    if (done) {
        load.book = workload_source_book(load.source);
        done = connect_all(&load) && wait_ready(&load) && opening_run(&load) &&
               business_run(&load, out);
    }
    disconnect_all(&load);
    for (uint16_t i = 0; i < load.member_count; i++) {
        free(load.sightings[i].items);
    }
    free(load.parcels);
    free(load.clients);
    workload_source_free(load.source);
    pthread_mutex_destroy(&load.mutex);
    return done;
}
