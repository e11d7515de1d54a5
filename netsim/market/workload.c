/*
 * The clients. All that they do follows from their draws, the time, and what they learn.
 */
#include "netsim/market/workload.h"

#include <stdlib.h>
#include <string.h>

#include "netsim/engine/room.h"
#include "netsim/market/workload_inside.h"

enum {
    RETRY_US = 50000, /* after a member had no room */
    CLIENTS_SALT = 0x636c,
};

void workload_config_default(struct workload_config *config)
{
    *config = (struct workload_config){
        .points = {{0, 100}},
        .point_count = 1,
        .think_us = 0,
        .end_us = 10000000,
        .follow_up_us = 500000,
        .latency_us = 500,
        .timeout_us = 5000000,
        .home = HOME_BY_PARTY,
        .duplicate_members = 2,
    };
    workload_source_config_default(&config->source);
}

const char *workload_fault(const struct workload_config *config, const struct market *market,
                           uint32_t member_count)
{
    if (config->point_count > 0 && !arrivals_legal(config->points, config->point_count)) {
        return "the points of the rate do not ascend in time, or one is out of range";
    }
    if (config->point_count == 0 && config->client_count == 0) {
        return "there is neither a rate nor a client";
    }
    if (config->home == HOME_FIXED && config->home_member >= member_count) {
        return "the home of the clients is no member";
    }
    if (config->duplicate_permille > 1000 ||
        (config->duplicate_permille > 0 && config->duplicate_members < 2)) {
        return "duplicates go to fewer than two members, or their permille is above 1000";
    }
    return workload_source_fault(&config->source, market);
}

/* ---- Records --------------------------------------------------------------------------------- */

struct errand *workload_errand(struct workload *workload, uint32_t envelope)
{
    workload->errands =
        room_for(workload->errands, &workload->errand_capacity, envelope, sizeof(struct errand));
    return &workload->errands[envelope];
}

struct ending *workload_ending(struct workload *workload, uint32_t command)
{
    workload->endings =
        room_for(workload->endings, &workload->ending_capacity, command, sizeof(struct ending));
    return &workload->endings[command];
}

struct block_lists *workload_block(struct workload *workload, uint64_t height)
{
    workload->blocks =
        room_for(workload->blocks, &workload->block_capacity, height, sizeof(struct block_lists));
    return &workload->blocks[height];
}

uint64_t workload_arrival_us(const struct workload *workload)
{
    return simulation_now_us(workload->simulation) + workload->config.latency_us;
}

bool workload_measured(const struct workload *workload, uint64_t handed_us)
{
    return handed_us >= workload->config.measure_us;
}

/* ---- Handing in ------------------------------------------------------------------------------ */

static uint64_t member_and(uint32_t envelope, uint32_t member)
{
    return (uint64_t)member << 32 | envelope;
}

/* The envelope has reached the member's door. */
static void on_arrival(void *context, uint64_t number)
{
    struct workload *workload = context;
    uint32_t envelope = (uint32_t)number;
    const struct workload_envelope *record = workload_book_envelope(workload->book, envelope);
    if (record->bytes != NULL) {
        simulation_submit(workload->simulation, (uint32_t)(number >> 32),
                          (uint64_t)TICKET_MARK << TICKET_MARK_SHIFT | envelope, record->bytes,
                          record->size);
    }
}

static void submit(struct workload *workload, uint32_t envelope, uint32_t member)
{
    workload->results.submissions++;
    simulation_at(workload->simulation, workload_arrival_us(workload), on_arrival, workload,
                  member_and(envelope, member));
}

/* The member itself, or the next one that clients may turn to. */
static uint32_t usable_from(const struct workload *workload, uint32_t member)
{
    for (uint32_t i = 0; i < workload->member_count; i++) {
        uint32_t candidate = (member + i) % workload->member_count;
        if (member_set_has(&workload->usable, candidate)) {
            return candidate;
        }
    }
    return member % workload->member_count;
}

static uint32_t home_draw(struct workload *workload, uint32_t party)
{
    switch (workload->config.home) {
    case HOME_RANDOM:
        return (uint32_t)prng_below(&workload->prng, workload->member_count);
    case HOME_FIXED:
        return workload->config.home_member;
    default:
        return party % workload->member_count;
    }
}

static void on_timeout(void *context, uint64_t number);

static void timeout_arm(struct workload *workload, uint32_t envelope)
{
    const struct errand *errand = workload_errand(workload, envelope);
    if (workload->config.timeout_us > 0) {
        simulation_at(workload->simulation,
                      simulation_now_us(workload->simulation) + workload->config.timeout_us,
                      on_timeout, workload, member_and(envelope, errand->attempts));
    }
}

static void hand_in(struct workload *workload, uint32_t envelope, uint64_t handed_us,
                    uint32_t client)
{
    const struct workload_envelope *record = workload_book_envelope(workload->book, envelope);
    struct errand *errand = workload_errand(workload, envelope);
    errand->handed = true;
    errand->times.handed_us = handed_us;
    errand->home = (uint16_t)usable_from(workload, home_draw(workload, record->party));
    errand->client = client;
    submit(workload, envelope, errand->home);
    if (record->flaw != FLAW_NONE) {
        workload->results.flawed_handed++;
        errand->over = true;
        return;
    }
    workload->results.envelopes_handed++;
    if (prng_below(&workload->prng, 1000) < workload->config.duplicate_permille) {
        for (uint32_t i = 1; i < workload->config.duplicate_members; i++) {
            submit(workload, envelope, (errand->home + i) % workload->member_count);
        }
    }
    timeout_arm(workload, envelope);
}

/* ---- Open and closed loop -------------------------------------------------------------------- */

static bool business_over(const struct workload *workload)
{
    return !workload_source_halfway(workload->source) &&
           (workload->stopped ||
            simulation_now_us(workload->simulation) >= workload->config.end_us);
}

/* Makes the next envelope and hands it in; false when there is none. */
static bool draw(struct workload *workload, uint64_t handed_us, uint32_t client, uint32_t *envelope)
{
    if (business_over(workload) ||
        workload_source_next(workload->source, simulation_utc_ms(workload->simulation), envelope) !=
            WORKLOAD_ENVELOPE) {
        return false;
    }
    hand_in(workload, *envelope, handed_us, client);
    return true;
}

static void on_due(void *context, uint64_t number);

static void due_next(struct workload *workload, uint32_t instruction_count)
{
    uint64_t due_us = arrivals_next(&workload->arrivals, instruction_count);
    uint64_t now_us = simulation_now_us(workload->simulation);
    bool over = due_us >= workload->config.end_us || workload->stopped;
    if (!over || (due_us != UINT64_MAX && workload_source_halfway(workload->source))) {
        simulation_at(workload->simulation, due_us > now_us ? due_us : now_us, on_due, workload,
                      due_us);
    }
}

/* Open loop: an envelope is due, whatever became of those before. */
static void on_due(void *context, uint64_t due_us)
{
    struct workload *workload = context;
    uint32_t envelope;
    if (draw(workload, due_us, 0, &envelope)) {
        const struct workload_envelope *record = workload_book_envelope(workload->book, envelope);
        due_next(workload, record->flaw == FLAW_NONE ? record->command_count : 0);
    }
}

/* Closed loop: a client has nothing under way. */
static void on_idle(void *context, uint64_t client)
{
    struct workload *workload = context;
    uint64_t now_us = simulation_now_us(workload->simulation);
    uint32_t envelope;
    while (draw(workload, now_us, (uint32_t)client, &envelope) &&
           workload_book_envelope(workload->book, envelope)->flaw != FLAW_NONE) {
    }
}

void workload_client_next(struct workload *workload, const struct errand *errand)
{
    if (workload->config.point_count == 0 && workload->business_began) {
        simulation_at(workload->simulation,
                      workload_arrival_us(workload) + workload->config.think_us, on_idle, workload,
                      errand->client);
    }
}

static void business_begin(struct workload *workload)
{
    uint64_t now_us = simulation_now_us(workload->simulation);
    workload->business_began = true;
    if (workload->config.point_count > 0) {
        arrivals_init(&workload->arrivals, workload->config.points, workload->config.point_count,
                      workload->config.even, workload->config.source.seed ^ ARRIVALS_SALT, now_us);
        due_next(workload, 0);
        return;
    }
    for (uint32_t i = 0; i < workload->config.client_count; i++) {
        simulation_at(workload->simulation, now_us, on_idle, workload, i);
    }
}

/* The opening goes on, as far as its stages are executed; then the business begins. */
static void on_opening(void *context, uint64_t number)
{
    struct workload *workload = context;
    uint32_t envelope;
    (void)number;
    workload->opening_waits = false;
    while (!workload_source_open(workload->source)) {
        if (workload_source_next(workload->source, simulation_utc_ms(workload->simulation),
                                 &envelope) != WORKLOAD_ENVELOPE) {
            workload->opening_waits = true;
            return;
        }
        hand_in(workload, envelope, simulation_now_us(workload->simulation), 0);
    }
    business_begin(workload);
}

static void on_later_part(void *context, uint64_t number)
{
    struct workload *workload = context;
    uint32_t envelope;
    bool more = true;
    (void)number;
    workload->later_asked--;
    while (more &&
           workload_source_follow_up(workload->source, simulation_utc_ms(workload->simulation),
                                     &envelope, &more)) {
        hand_in(workload, envelope, simulation_now_us(workload->simulation), 0);
        workload_errand(workload, envelope)->client = WORKLOAD_NONE;
    }
}

/* ---- Turning to another member ----------------------------------------------------------- */

void workload_turn_to(struct workload *workload, uint32_t number, uint32_t member)
{
    struct errand *errand = workload_errand(workload, number);
    errand->home = (uint16_t)usable_from(workload, member);
    errand->attempts++;
    workload_learn_from_home(workload, number);
    if (!errand->over) {
        workload->results.repetitions++;
        submit(workload, number, errand->home);
        timeout_arm(workload, number);
    }
}

static bool give_up_if_expired(struct workload *workload, uint32_t number)
{
    struct errand *errand = workload_errand(workload, number);
    if (workload_book_envelope(workload->book, number)->valid_until_ms >
        simulation_utc_ms(workload->simulation)) {
        return false;
    }
    errand->over = true;
    workload->results.envelopes_expired++;
    workload_client_next(workload, errand);
    return true;
}

static void on_timeout(void *context, uint64_t number)
{
    struct workload *workload = context;
    uint32_t envelope = (uint32_t)number;
    const struct errand *errand = workload_errand(workload, envelope);
    if (!errand->over && errand->attempts == (uint8_t)(number >> 32) &&
        !give_up_if_expired(workload, envelope)) {
        workload_turn_to(workload, envelope, (uint32_t)errand->home + 1);
    }
}

void workload_turn_later(struct workload *workload, uint32_t envelope)
{
    struct errand *errand = workload_errand(workload, envelope);
    errand->attempts++;
    simulation_at(workload->simulation, workload_arrival_us(workload) + RETRY_US, on_timeout,
                  workload, member_and(envelope, errand->attempts));
}

void workload_go_on(struct workload *workload)
{
    if (workload->opening_waits) {
        workload->opening_waits = false;
        simulation_at(workload->simulation, workload_arrival_us(workload), on_opening, workload, 0);
    }
    while (workload->later_asked < workload_source_follow_ups(workload->source)) {
        workload->later_asked++;
        simulation_at(workload->simulation,
                      workload_arrival_us(workload) + workload->config.follow_up_us, on_later_part,
                      workload, 0);
    }
}

/* ---- Making, steering ------------------------------------------------------------------------ */

static bool parts_make(struct workload *workload, const struct market *market)
{
    workload->source = workload_source_new(&workload->config.source, market);
    workload->members = calloc(workload->member_count, sizeof *workload->members);
    if (workload->source == NULL || workload->members == NULL) {
        return false;
    }
    workload->book = workload_source_book(workload->source);
    prng_init(&workload->prng, workload->config.source.seed ^ CLIENTS_SALT);
    for (uint32_t i = 0; i < workload->member_count; i++) {
        member_set_add(&workload->usable, i);
    }
    return true;
}

struct workload *workload_new(const struct workload_config *config, const struct market *market,
                              struct simulation *simulation)
{
    uint32_t member_count = simulation_configuration(simulation)->member_count;
    struct workload *workload =
        workload_fault(config, market, member_count) == NULL ? calloc(1, sizeof *workload) : NULL;
    if (workload == NULL) {
        return NULL;
    }
    workload->config = *config;
    workload->simulation = simulation;
    workload->member_count = member_count;
    if (!parts_make(workload, market)) {
        workload_free(workload);
        return NULL;
    }
    workload_observe(workload);
    simulation_at(simulation, config->begin_us, on_opening, workload, 0);
    return workload;
}

void workload_free(struct workload *workload)
{
    if (workload == NULL) {
        return;
    }
    workload_source_free(workload->source);
    free(workload->members);
    free(workload->errands);
    free(workload->endings);
    free(workload->blocks);
    free(workload);
}

void workload_on_promise(struct workload *workload, workload_promised *callback, void *context)
{
    workload->on_promise = callback;
    workload->on_promise_context = context;
}

void workload_stop(struct workload *workload)
{
    workload->stopped = true;
}

void workload_members(struct workload *workload, const struct member_set *members)
{
    TALLY_ASSERT(member_set_count(members) > 0);
    workload->usable = *members;
    uint32_t count = workload_book_envelope_count(workload->book);
    for (uint32_t i = 0; i < count; i++) {
        const struct errand *errand = workload_errand(workload, i);
        if (errand->handed && !errand->over && !give_up_if_expired(workload, i)) {
            workload_turn_to(workload, i, errand->home);
        }
    }
}
