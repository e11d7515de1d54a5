#include "netsim/testbed/testbed_load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/proof.h"
#include "host/clock.h"
#include "ledger/command/event.h"
#include "netsim/testbed/testbed_client.h"

#define SAMPLE_ID UINT32_MAX /* no parcel's number */

enum {
    CONNECT_MS = 20000,
    READY_MS = 20000,
    OPENING_MS = 60000,
    DRAIN_MS = 30000,
    QUIET_MS = 500,   /* nothing executed for so long: all is done, or what is not is asked for */
    ANSWER_MS = 3000, /* an answer that has not come by then is asked for again */
    PROOF_MS = 20000,
    OUTCOMES_AT_ONCE = 128, /* of all clients together */
    ASK_AGAIN_US = 5000000,
    STEP_US = 200,
    TICK_US = 2000,
    SEND_MS = 2000, /* an envelope that no connection takes for so long is given up */
    LATER_US = 300000,
    STATUS_ID = 1,
    LATEST_VALIDITY_MS = 3000000, /* of envelopes made beforehand */
};

/* One envelope of the business. */
struct parcel {
    uint32_t envelope;
    uint32_t instructions; /* in it */
    uint64_t due_us;
    uint64_t sent_us;     /* 0: not */
    uint64_t received_us; /* 0: not */
    uint64_t asked_us;    /* for its height */
    uint64_t height;      /* 0: not known */
    bool refused;
    bool told; /* the book knows that it was executed */
};

struct testbed_load {
    struct testbed_load_config config;
    struct testbed *testbed;
    const struct market *market;
    struct workload_source *source;
    struct workload_book *book;
    struct testbed_client *watcher;
    struct testbed_client **clients; /* by party */
    struct testbed_client **seconds; /* by party: at the next member, for duplicates */
    uint16_t member_count;
    struct parcel *parcels;
    uint32_t parcel_count;
    uint32_t parcel_capacity;
    uint32_t next;   /* to be sent */
    uint32_t first;  /* of the last stretch */
    uint32_t latest; /* below it, the book was told of all */
    struct prng prng;
    pthread_mutex_t mutex; /* of all below, and of the parcels */
    struct testbed_sightings sightings;
    bool status_asked;
    uint32_t refused_count;
    uint32_t opening_stage[256]; /* by envelope: the stage that was answered last */
    struct bic sample_party;     /* of the deal that is asked for */
    struct text35 sample_reference;
    bool sample_answered;
    bool sample_settled;
    struct proof sample_proof; /* large: not for a thread's stack */
};

/* ---- Answers, on the channels' threads ------------------------------------------------------- */

static void on_status(void *context, uint16_t member, const struct reply *reply)
{
    struct testbed_load *load = context;
    (void)member;
    pthread_mutex_lock(&load->mutex);
    load->status_asked = false;
    if (reply->kind == REPLY_NODE_STATUS) {
        testbed_sightings_add(&load->sightings, &reply->status, clock_monotonic_us());
    }
    pthread_mutex_unlock(&load->mutex);
}

/* Is it a valid proof that the deal asked for settled? Its subject is the deliverer. */
static bool proves_settlement(struct testbed_load *load, const struct reply *reply)
{
    struct proof *proof = &load->sample_proof;
    struct proof_facts facts;
    struct event event;
    return reply->kind == REPLY_POINT && reply->found && reply->proof != NULL &&
           proof_decode(reply->proof, reply->proof_size, proof) &&
           proof->leaves[0].tree == PROOF_EVENT &&
           proof_verify(proof, testbed_genesis(load->testbed), &facts) == PROOF_VALID &&
           event_decode(&event, proof->leaves[0].leaf.bytes, proof->leaves[0].leaf.size) &&
           event.kind == EVENT_SETTLED && bic_equal(&event.party, &load->sample_party) &&
           text35_equal(&event.reference, &load->sample_reference);
}

/* A late answer about another deal proves nothing of this one, which is asked for again then. A
 * late one about this deal counts, whatever the next one says. */
static void on_sample(struct testbed_load *load, const struct reply *reply)
{
    load->sample_answered = true;
    load->sample_settled = load->sample_settled || proves_settlement(load, reply);
}

static void on_parcel(struct testbed_load *load, struct parcel *parcel, const struct reply *reply)
{
    if (reply->kind == REPLY_SUBMITTED) {
        bool taken = reply->submitted == SUBMIT_RECEIVED || reply->submitted == SUBMIT_KNOWN;
        if (taken && parcel->received_us == 0) {
            parcel->received_us = clock_monotonic_us();
        } else if (!taken && parcel->received_us == 0 && !parcel->refused) {
            parcel->refused = true;
            load->refused_count++;
        }
        return;
    }
    if (reply->kind == REPLY_OUTCOME && reply->stage >= STAGE_EXECUTED) {
        parcel->height = reply->height;
    }
}

/* Requests about the business are numbered by parcel; those of the opening come before there are
 * any, and are numbered by envelope. */
static void on_reply(void *context, uint16_t member, const struct reply *reply)
{
    struct testbed_load *load = context;
    (void)member;
    pthread_mutex_lock(&load->mutex);
    if (reply->id == SAMPLE_ID) {
        on_sample(load, reply);
    } else if (reply->kind == REPLY_OUTCOME && load->parcels == NULL) {
        load->opening_stage[reply->id % 256] = reply->stage;
    } else if (reply->id < load->parcel_count) {
        on_parcel(load, &load->parcels[reply->id], reply);
    }
    pthread_mutex_unlock(&load->mutex);
}

/* What comes of a duplicate is what came of the envelope. */
static void on_duplicate(void *context, uint16_t member, const struct reply *reply)
{
    (void)context;
    (void)member;
    (void)reply;
}

/* ---- Connections ----------------------------------------------------------------------------- */

static uint16_t member_of(const struct testbed_load *load, uint32_t number)
{
    uint32_t member = number % load->member_count;
    if (member == load->config.avoided) {
        member = (member + 1) % load->member_count;
    }
    return (uint16_t)member;
}

static bool dial_all(struct testbed_load *load, struct testbed_client **clients, uint32_t shift,
                     testbed_replied *replied)
{
    uint32_t parties = market_party_count(load->market);
    for (uint32_t i = 0; i < parties; i++) {
        clients[i] = testbed_client_open(load->testbed, load->market, i, member_of(load, i + shift),
                                         replied, load);
    }
    for (uint32_t i = 0; i < parties; i++) {
        if (clients[i] == NULL || !testbed_client_wait(clients[i], CONNECT_MS)) {
            if (testbed_alive(load->testbed)) {
                (void)fprintf(stderr, "testbed: party %u cannot connect\n", i);
            }
            return false;
        }
    }
    return true;
}

static bool connect_all(struct testbed_load *load)
{
    load->watcher = testbed_client_open(load->testbed, load->market, MARKET_OPERATOR,
                                        member_of(load, 0), on_status, load);
    if (load->watcher == NULL || !testbed_client_wait(load->watcher, CONNECT_MS)) {
        if (testbed_alive(load->testbed)) {
            (void)fprintf(stderr, "testbed: validator %u does not answer\n", member_of(load, 0));
        }
        return false;
    }
    return dial_all(load, load->clients, 0, on_reply) &&
           (load->config.duplicate_permille == 0 || dial_all(load, load->seconds, 1, on_duplicate));
}

static void ask_status(struct testbed_load *load)
{
    struct request request = {.id = STATUS_ID, .kind = REQUEST_NODE_STATUS};
    pthread_mutex_lock(&load->mutex);
    bool ask = !load->status_asked;
    load->status_asked = true;
    pthread_mutex_unlock(&load->mutex);
    if (ask && !testbed_client_ask(load->watcher, &request)) {
        pthread_mutex_lock(&load->mutex);
        load->status_asked = false;
        pthread_mutex_unlock(&load->mutex);
    }
}

static struct testbed_sighting last_sighting(struct testbed_load *load)
{
    pthread_mutex_lock(&load->mutex);
    struct testbed_sighting last = testbed_sightings_last(&load->sightings);
    pthread_mutex_unlock(&load->mutex);
    return last;
}

static uint32_t refused_count(struct testbed_load *load)
{
    pthread_mutex_lock(&load->mutex);
    uint32_t count = load->refused_count;
    pthread_mutex_unlock(&load->mutex);
    return count;
}

static bool wait_ready(struct testbed_load *load)
{
    uint64_t end_ms = clock_monotonic_ms() + READY_MS;
    while (clock_monotonic_ms() < end_ms) {
        if (last_sighting(load).heights[TESTBED_EXECUTED] > 0) {
            return true;
        }
        ask_status(load);
        clock_sleep_ms(20);
    }
    if (testbed_alive(load->testbed)) {
        (void)fprintf(stderr, "testbed: the validators make no block\n");
    }
    return false;
}

static bool submit(struct testbed_load *load, struct testbed_client **clients, uint32_t number,
                   uint32_t id)
{
    const struct workload_envelope *envelope = workload_book_envelope(load->book, number);
    struct request request = {
        .id = id,
        .kind = REQUEST_SUBMIT,
        .envelope = envelope->bytes,
        .envelope_size = envelope->size,
    };
    return testbed_client_ask(clients[envelope->party], &request);
}

static bool ask_outcome(struct testbed_load *load, uint32_t number, uint32_t id)
{
    const struct workload_envelope *envelope = workload_book_envelope(load->book, number);
    struct request request = {
        .id = id, .kind = REQUEST_OUTCOME, .envelope_id = envelope->id, .command_count = 0};
    return testbed_client_ask(load->clients[envelope->party], &request);
}

/* ---- The opening ----------------------------------------------------------------------------- */

static bool opening_wait(struct testbed_load *load, uint32_t number, uint64_t end_ms)
{
    uint32_t stage = STAGE_UNKNOWN;
    while (stage < STAGE_EXECUTED && clock_monotonic_ms() < end_ms) {
        (void)ask_outcome(load, number, number);
        clock_sleep_ms(5);
        pthread_mutex_lock(&load->mutex);
        stage = load->opening_stage[number % 256];
        pthread_mutex_unlock(&load->mutex);
    }
    return stage >= STAGE_EXECUTED;
}

static bool opening_run(struct testbed_load *load)
{
    uint64_t end_ms = clock_monotonic_ms() + OPENING_MS;
    uint32_t told = 0;
    while (!workload_source_open(load->source)) {
        uint32_t number;
        if (workload_source_next(load->source, clock_utc_ms(), &number) == WORKLOAD_ENVELOPE) {
            (void)submit(load, load->clients, number, number);
            continue;
        }
        for (; told < workload_book_envelope_count(load->book) &&
               workload_book_envelope(load->book, told)->bytes != NULL;
             told++) {
            if (!opening_wait(load, told, end_ms)) {
                if (testbed_alive(load->testbed)) {
                    (void)fprintf(stderr, "testbed: the market did not open in time\n");
                }
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

/* ---- Parcels --------------------------------------------------------------------------------- */

static void parcel_add(struct testbed_load *load, uint32_t envelope, uint64_t due_us)
{
    pthread_mutex_lock(&load->mutex);
    if (load->parcel_count == load->parcel_capacity) {
        load->parcel_capacity = load->parcel_capacity > 0 ? 2 * load->parcel_capacity : 1024;
        load->parcels = realloc(load->parcels, load->parcel_capacity * sizeof *load->parcels);
        TALLY_ASSERT(load->parcels != NULL);
    }
    load->parcels[load->parcel_count] = (struct parcel){
        .envelope = envelope,
        .instructions = workload_book_envelope(load->book, envelope)->command_count,
        .due_us = due_us,
    };
    load->parcel_count++;
    pthread_mutex_unlock(&load->mutex);
}

/* Makes and signs so many instructions, or as many as there are, beside what was left over. */
static void parcels_make(struct testbed_load *load, uint64_t instructions)
{
    uint64_t utc_ms = clock_utc_ms();
    uint64_t made = 0;
    uint32_t number;
    for (uint32_t i = load->next; i < load->parcel_count; i++) {
        made += load->parcels[i].sent_us == 0 ? load->parcels[i].instructions : 0;
    }
    /* never one side of deals without the other */
    while ((made < instructions || workload_source_halfway(load->source)) &&
           workload_source_next(load->source, utc_ms, &number) == WORKLOAD_ENVELOPE) {
        parcel_add(load, number, 0);
        made += workload_book_envelope(load->book, number)->command_count;
    }
}

/* How many instructions an open stretch sends, with something to spare. */
static uint64_t stretch_instructions(const struct testbed_load_stretch *stretch)
{
    uint64_t time_ms = (uint64_t)stretch->warm_up_ms + stretch->measure_ms;
    uint64_t rate = stretch->per_s;
    for (uint32_t i = 0; i < stretch->point_count; i++) {
        rate = stretch->points[i].per_s > rate ? stretch->points[i].per_s : rate;
    }
    return rate * time_ms / 1000 + rate + 100;
}

static void due_times(struct testbed_load *load, const struct testbed_load_stretch *stretch,
                      uint64_t begin_us)
{
    const struct workload_point constant = {0, stretch->per_s};
    const struct workload_point *points = stretch->points != NULL ? stretch->points : &constant;
    uint32_t count = stretch->points != NULL ? stretch->point_count : 1;
    struct arrivals arrivals;
    uint32_t before = 0;
    arrivals_init(&arrivals, points, count, stretch->even, load->config.source.seed ^ ARRIVALS_SALT,
                  0);
    for (uint32_t i = load->next; i < load->parcel_count; i++) {
        if (load->parcels[i].sent_us != 0) {
            continue;
        }
        uint64_t time_us = arrivals_next(&arrivals, before);
        load->parcels[i].due_us = time_us == UINT64_MAX ? UINT64_MAX : begin_us + time_us;
        before = load->parcels[i].instructions;
    }
}

/* ---- Sending --------------------------------------------------------------------------------- */

/* Envelopes that the observer has not executed yet, as far as was seen. */
static uint64_t under_way(struct testbed_load *load, uint64_t sent, uint64_t executed_before,
                          uint32_t refused_before)
{
    pthread_mutex_lock(&load->mutex);
    uint64_t executed = testbed_sightings_last(&load->sightings).envelopes;
    uint64_t done = executed - executed_before + load->refused_count - refused_before;
    pthread_mutex_unlock(&load->mutex);
    return sent > done ? sent - done : 0;
}

/* Hands a parcel in; waits a little for a connection that is full. */
static void send_parcel(struct testbed_load *load, uint32_t i, bool open)
{
    struct parcel *parcel = &load->parcels[i];
    uint64_t end_ms = clock_monotonic_ms() + SEND_MS;
    uint64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&load->mutex);
    parcel->sent_us = now_us;
    parcel->due_us = open ? parcel->due_us : now_us;
    pthread_mutex_unlock(&load->mutex);
    while (!submit(load, load->clients, parcel->envelope, i) && clock_monotonic_ms() < end_ms) {
        (void)usleep(STEP_US);
    }
    if (load->config.duplicate_permille > 0 &&
        prng_below(&load->prng, 1000) < load->config.duplicate_permille) {
        (void)submit(load, load->seconds, parcel->envelope, i);
    }
}

/* Asks what became of parcels some time after their sending, and hands in what follows. */
static void later_parts(struct testbed_load *load)
{
    uint64_t now_us = clock_monotonic_us();
    uint32_t number;
    bool more;
    bool all_told = true;
    for (uint32_t i = load->latest; i < load->parcel_count; i++) {
        struct parcel *parcel = &load->parcels[i];
        pthread_mutex_lock(&load->mutex);
        uint64_t since_us = parcel->asked_us > 0 ? parcel->asked_us : parcel->received_us;
        uint64_t height = parcel->height;
        bool refused = parcel->refused;
        pthread_mutex_unlock(&load->mutex);
        if (height > 0 && !parcel->told) {
            workload_book_executed(load->book, parcel->envelope, height);
            parcel->told = true;
        } else if (height == 0 && since_us > 0 && now_us - since_us > LATER_US) {
            (void)ask_outcome(load, parcel->envelope, i);
            parcel->asked_us = now_us;
        }
        all_told = all_told && (parcel->told || refused);
        load->latest = all_told ? i + 1 : load->latest;
    }
    while (workload_source_follow_up(load->source, clock_utc_ms(), &number, &more)) {
        parcel_add(load, number, clock_monotonic_us());
        send_parcel(load, load->parcel_count - 1, true);
    }
}

/* The next of those made beforehand; later parts among them were sent when they were made. */
static bool next_due(struct testbed_load *load, uint32_t end, uint64_t *due_us)
{
    while (load->next < end && load->parcels[load->next].sent_us != 0) {
        load->next++;
    }
    bool there = load->next < end;
    *due_us = there ? load->parcels[load->next].due_us : UINT64_MAX;
    return there;
}

struct sending {
    const struct testbed_load_stretch *stretch;
    uint32_t first;
    uint32_t end; /* of the parcels made beforehand */
    uint64_t begin_us;
    uint64_t executed_before;
    uint32_t refused_before;
    bool out; /* closed loop: one more could have been sent, and none was made */
};

/* Between sendings: looks at the observer, the caller's tick, later parts. */
static void between(struct testbed_load *load, const struct sending *sending, uint64_t now_us)
{
    static uint64_t later_us;
    ask_status(load);
    if (sending->stretch->tick != NULL && now_us >= sending->begin_us) {
        sending->stretch->tick(sending->stretch->tick_context, now_us - sending->begin_us);
    }
    if (load->config.later_parts && now_us >= later_us) {
        later_parts(load);
        later_us = clock_monotonic_us() + LATER_US / 4;
    }
}

/* Sends until an instant; a closed loop ends where its envelopes do. */
static void send_until(struct testbed_load *load, struct sending *sending, uint64_t end_us)
{
    const bool open = sending->stretch->per_s > 0 || sending->stretch->points != NULL;
    uint64_t step_us = load->config.poll_us < TICK_US ? load->config.poll_us : TICK_US;
    uint64_t poll_us = 0;
    uint64_t now_us = clock_monotonic_us();
    while (now_us < end_us && !sending->out) {
        uint64_t due_us;
        if (now_us >= poll_us) {
            between(load, sending, now_us);
            poll_us = now_us + (sending->stretch->tick != NULL ? step_us : load->config.poll_us);
        }
        const bool there = next_due(load, sending->end, &due_us);
        const bool wanted =
            open ? due_us <= now_us
                 : under_way(load, load->next - sending->first, sending->executed_before,
                             sending->refused_before) < sending->stretch->under_way;
        sending->out = wanted && !there;
        if (wanted && there) {
            send_parcel(load, load->next, open);
            load->next++;
        } else {
            uint64_t until_us = open ? due_us : now_us + STEP_US;
            until_us = until_us < poll_us ? until_us : poll_us;
            until_us = until_us < end_us ? until_us : end_us;
            (void)usleep((useconds_t)(until_us > now_us ? until_us - now_us : 0));
        }
        now_us = clock_monotonic_us();
    }
}

/* Sends what was due before an instant and is late. */
static void send_overdue(struct testbed_load *load, const struct sending *sending, uint64_t end_us)
{
    uint64_t give_up_ms = clock_monotonic_ms() + DRAIN_MS;
    uint64_t due_us;
    while (next_due(load, sending->end, &due_us) && due_us < end_us &&
           clock_monotonic_ms() < give_up_ms) {
        send_parcel(load, load->next, true);
        load->next++;
    }
}

/* Waits until nothing more is executed. */
static void drain(struct testbed_load *load)
{
    uint64_t end_ms = clock_monotonic_ms() + DRAIN_MS;
    uint64_t news_ms = clock_monotonic_ms();
    uint64_t commands = last_sighting(load).commands;
    while (clock_monotonic_ms() < end_ms && clock_monotonic_ms() - news_ms < QUIET_MS) {
        ask_status(load);
        clock_sleep_ms(load->config.poll_us / 1000 + 1);
        struct testbed_sighting last = last_sighting(load);
        bool open = last.heights[TESTBED_FINAL] > last.heights[TESTBED_EXECUTED];
        if (last.commands != commands || open) {
            news_ms = clock_monotonic_ms();
            commands = last.commands;
        }
    }
}

/* Asks for the heights of the parcels that were received, some at a time, and waits for them. A
 * member makes each answer from a whole block: who asks again too soon only adds to its work. */
static void ask_heights(struct testbed_load *load)
{
    uint64_t end_ms = clock_monotonic_ms() + DRAIN_MS;
    uint32_t missing = 1;
    for (uint32_t i = load->first; i < load->parcel_count; i++) {
        load->parcels[i].asked_us = 0;
    }
    while (missing > 0 && clock_monotonic_ms() < end_ms) {
        uint64_t now_us = clock_monotonic_us();
        uint32_t asked = 0;
        missing = 0;
        for (uint32_t i = load->first; i < load->parcel_count; i++) {
            struct parcel *parcel = &load->parcels[i];
            pthread_mutex_lock(&load->mutex);
            bool open = parcel->height == 0 && parcel->received_us != 0;
            pthread_mutex_unlock(&load->mutex);
            missing += open ? 1 : 0;
            if (!open || asked == OUTCOMES_AT_ONCE) {
                continue;
            }
            asked++;
            if (parcel->asked_us == 0 || now_us - parcel->asked_us > ASK_AGAIN_US) {
                (void)ask_outcome(load, parcel->envelope, i);
                parcel->asked_us = now_us;
            }
        }
        clock_sleep_ms(2);
    }
}

/* ---- Figures --------------------------------------------------------------------------------- */

static uint64_t since(uint64_t begin_us, uint64_t end_us)
{
    return end_us > begin_us ? end_us - begin_us : 0;
}

/* What never came to a stage has waited for it until now. */
static void stages_result(const struct testbed_load *load, const struct parcel *parcel,
                          struct testbed_load_results *out)
{
    const uint64_t now_us = clock_monotonic_us();
    for (int stage = 0; stage < TESTBED_STAGES; stage++) {
        uint64_t reached_us =
            parcel->height == 0 ? 0
                                : testbed_sightings_reached_us(
                                      &load->sightings, (enum testbed_stage)stage, parcel->height);
        histogram_record(&out->stage_us[stage],
                         since(parcel->due_us, reached_us != 0 ? reached_us : now_us));
    }
}

static void parcel_result(const struct testbed_load *load, const struct parcel *parcel,
                          struct testbed_load_results *out)
{
    stages_result(load, parcel, out);
    if (parcel->sent_us == 0) {
        out->unsent++;
        return;
    }
    out->envelopes_sent++;
    out->instructions_sent += parcel->instructions;
    out->bytes_sent += workload_book_envelope(load->book, parcel->envelope)->size;
    histogram_record(&out->late_us, since(parcel->due_us, parcel->sent_us));
    if (parcel->received_us == 0) {
        out->refused++;
        return;
    }
    histogram_record(&out->received_us, since(parcel->due_us, parcel->received_us));
    out->unknown += parcel->height == 0 ? 1 : 0;
}

static uint64_t own_us(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_utime.tv_sec * 1000000 + (uint64_t)usage.ru_utime.tv_usec +
           (uint64_t)usage.ru_stime.tv_sec * 1000000 + (uint64_t)usage.ru_stime.tv_usec;
}

static void figures(struct testbed_load *load, uint64_t measure_us, uint64_t end_us,
                    struct testbed_load_results *out)
{
    pthread_mutex_lock(&load->mutex);
    testbed_sightings_progress(&load->sightings, measure_us, end_us, &out->progress);
    for (uint32_t i = load->first; i < load->parcel_count; i++) {
        const struct parcel *parcel = &load->parcels[i];
        if (parcel->due_us >= measure_us && parcel->due_us < end_us) {
            parcel_result(load, parcel, out);
        }
    }
    pthread_mutex_unlock(&load->mutex);
}

bool testbed_load_run(struct testbed_load *load, const struct testbed_load_stretch *stretch,
                      struct testbed_load_results *out)
{
    const bool open = stretch->per_s > 0 || stretch->points != NULL;
    struct testbed_usage before;
    struct testbed_usage after;
    memset(out, 0, sizeof *out);
    parcels_make(load, open ? stretch_instructions(stretch) : stretch->instructions_max);
    drain(load);
    load->first = load->next;
    struct sending sending = {
        .stretch = stretch,
        .first = load->next,
        .end = load->parcel_count,
        .begin_us = clock_monotonic_us() + 20000,
        .executed_before = last_sighting(load).envelopes,
        .refused_before = refused_count(load),
    };
    uint64_t measure_us = sending.begin_us + 1000 * (uint64_t)stretch->warm_up_ms;
    uint64_t end_us = measure_us + 1000 * (uint64_t)stretch->measure_ms;
    if (open) {
        due_times(load, stretch, sending.begin_us);
    }
    send_until(load, &sending, measure_us);
    if (sending.out) {
        (void)fprintf(stderr, "testbed: all envelopes were sent before the measured time began\n");
        return false;
    }
    uint64_t client_us = own_us();
    testbed_usage_read(load->testbed, &before);
    send_until(load, &sending, end_us);
    testbed_usage_read(load->testbed, &after);
    out->client_us = own_us() - client_us;
    if (open) {
        send_overdue(load, &sending, end_us);
    }
    out->envelopes_out = open ? load->next == sending.end : sending.out;
    end_us = sending.out ? clock_monotonic_us() : end_us;
    out->measured_us = end_us - measure_us;
    testbed_usage_since(&before, &after, &out->used);
    drain(load);
    ask_heights(load);
    figures(load, measure_us, end_us, out);
    return testbed_alive(load->testbed);
}

/* ---- Proofs ---------------------------------------------------------------------------------- */

static bool deal_sent(struct testbed_load *load, const struct workload_deal *deal)
{
    bool sent = deal->kind == WORKLOAD_DVP;
    pthread_mutex_lock(&load->mutex);
    for (int side = 0; side < 2 && sent; side++) {
        uint32_t envelope = workload_book_command(load->book, deal->commands[side])->envelope;
        bool found = false;
        for (uint32_t i = load->first; i < load->next && !found; i++) {
            found = load->parcels[i].envelope == envelope && load->parcels[i].height > 0;
        }
        sent = found;
    }
    pthread_mutex_unlock(&load->mutex);
    return sent;
}

/* Sets what a proof must name from now on. */
static void sample_begin(struct testbed_load *load, const struct bic *party,
                         const struct text35 *reference)
{
    pthread_mutex_lock(&load->mutex);
    load->sample_party = *party;
    load->sample_reference = *reference;
    load->sample_settled = false;
    pthread_mutex_unlock(&load->mutex);
}

/* Asks once; false while no proof of the settlement has come. */
static bool sample_ask(struct testbed_load *load, uint32_t party, const struct request *request)
{
    uint64_t end_ms = clock_monotonic_ms() + ANSWER_MS;
    pthread_mutex_lock(&load->mutex);
    load->sample_answered = false;
    pthread_mutex_unlock(&load->mutex);
    bool answered = !testbed_client_ask(load->clients[party], request);
    while (!answered && clock_monotonic_ms() < end_ms) {
        (void)usleep(STEP_US);
        pthread_mutex_lock(&load->mutex);
        answered = load->sample_answered;
        pthread_mutex_unlock(&load->mutex);
    }
    pthread_mutex_lock(&load->mutex);
    bool settled = load->sample_settled;
    pthread_mutex_unlock(&load->mutex);
    return settled;
}

/* One deal, by its deliverer's reference. Its member may be behind the observer, or have no proof
 * yet: it is asked again for a while. */
static bool sample_one(struct testbed_load *load, const struct workload_deal *deal)
{
    const struct workload_command *command = workload_book_command(load->book, deal->commands[0]);
    uint32_t party = workload_book_envelope(load->book, command->envelope)->party;
    struct request request = {.id = SAMPLE_ID, .kind = REQUEST_RECEIPT};
    const struct bic *bic = market_bic(load->market, party);
    struct text35 reference;
    workload_book_reference(deal->commands[0], &reference);
    sample_begin(load, bic, &reference);
    (void)snprintf(request.party, sizeof request.party, "%.*s", (int)BIC_SIZE, bic->text);
    (void)snprintf(request.reference, sizeof request.reference, "%.*s", (int)reference.size,
                   reference.text);
    uint64_t end_ms = clock_monotonic_ms() + PROOF_MS;
    while (!sample_ask(load, party, &request)) {
        if (clock_monotonic_ms() >= end_ms) {
            (void)fprintf(stderr, "testbed: no proof that %s of %s settled\n", request.reference,
                          request.party);
            return false;
        }
        clock_sleep_ms(50);
    }
    return true;
}

void testbed_load_sample(struct testbed_load *load, uint32_t count,
                         struct testbed_load_results *out)
{
    uint32_t deals = workload_book_deal_count(load->book);
    for (uint32_t tries = 0; deals > 0 && tries < 50 * count && out->sampled < count; tries++) {
        const struct workload_deal *deal =
            workload_book_deal(load->book, (uint32_t)prng_below(&load->prng, deals));
        if (deal_sent(load, deal)) {
            out->sampled++;
            out->sampled_well += sample_one(load, deal) ? 1 : 0;
        }
    }
}

/* ---- Life ------------------------------------------------------------------------------------ */

struct testbed_load *testbed_load_open(const struct testbed_load_config *config,
                                       struct testbed *testbed, const struct market *market)
{
    struct workload_source_config source = config->source;
    struct testbed_load *load = calloc(1, sizeof *load);
    TALLY_ASSERT(load != NULL);
    source.validity_ms = LATEST_VALIDITY_MS;
    load->config = *config;
    load->testbed = testbed;
    load->market = market;
    load->member_count = testbed_genesis(testbed)->validator_count;
    load->source = workload_source_new(&source, market);
    load->clients = calloc(market_party_count(market), sizeof *load->clients);
    load->seconds = calloc(market_party_count(market), sizeof *load->seconds);
    prng_init(&load->prng, config->source.seed ^ 1);
    pthread_mutex_init(&load->mutex, NULL);
    bool open = load->source != NULL && load->clients != NULL && load->seconds != NULL;
    if (open) {
        load->book = workload_source_book(load->source);
        open = connect_all(load) && wait_ready(load) && opening_run(load);
    }
    if (!open) {
        testbed_load_close(load);
        return NULL;
    }
    return load;
}

void testbed_load_close(struct testbed_load *load)
{
    if (load == NULL) {
        return;
    }
    testbed_client_close(load->watcher);
    for (uint32_t i = 0; i < market_party_count(load->market); i++) {
        testbed_client_close(load->clients != NULL ? load->clients[i] : NULL);
        testbed_client_close(load->seconds != NULL ? load->seconds[i] : NULL);
    }
    testbed_sightings_free(&load->sightings);
    free(load->parcels);
    free(load->clients);
    free(load->seconds);
    workload_source_free(load->source);
    pthread_mutex_destroy(&load->mutex);
    free(load);
}
