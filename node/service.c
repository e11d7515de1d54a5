#include "node/service.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/histogram.h"
#include "client/reply.h"
#include "client/request.h"
#include "host/clock.h"
#include "ledger/command/envelope.h"
#include "node/asker.h"
#include "node/held_readings.h"
#include "node/intake.h"
#include "node/log.h"
#include "node/rate_limit.h"
#include "node/read_deadline.h"
#include "node/read_forecast.h"
#include "node/read_model.h"
#include "node/read_rows.h"
#include "node/reading.h"
#include "node/stored.h"
#include "node/version.h"

/* An envelope on its way into a batch. */
struct ticket {
    bool used;
    uint64_t number;
    uint64_t channel;
    uint32_t request_id;
    struct hash envelope_id;
};

/* What the node's status says of the ledger: as of the last block, so that no question waits for
 * the one that is being applied. */
struct ledger_view {
    uint64_t height;
    uint64_t state_height;
    uint64_t time_ms;
    struct hash result_root;
    struct hash state_root;
};

/* Where an answer is made. Large, so some are kept: to ask the system for that much memory again
 * and again costs more than most answers. */
struct desk {
    struct desk *next;
    struct reply reply;
    uint8_t scratch[REPLY_BYTES_MAX]; /* what the reply's views borrow from */
    uint8_t bytes[REPLY_BYTES_MAX];   /* the reply encoded */
};

enum {
    DESKS_KEPT = 4
};

struct service {
    struct service_config config;
    struct core_thread *core;
    struct executor_thread *executor;
    struct transport *transport;
    struct rate_limit *rate;
    struct verified_set *received;
    struct intake *intake;
    struct reading_sources sources;
    struct held_readings held;

    pthread_mutex_t mutex; /* guards what follows */
    struct ticket tickets[SERVICE_TICKETS_MAX];
    uint64_t ticket_next;
    uint64_t envelopes_final;
    uint64_t commands_final;
    struct ledger_view ledger;

    pthread_mutex_t desk_mutex; /* guards the desks that nobody uses */
    struct desk *desks;
    uint32_t desk_count;

    pthread_mutex_t reader_mutex; /* the read model's reader serves one question at a time */
    struct read_model_reader *reader;
    struct read_forecast *forecast; /* made when the first is asked for */
};

/* On the intake's thread, or the channel's of one that came alone: now the core's to admit. */
static void taken_in(void *context, const struct core_submission *submissions, size_t count)
{
    struct service *service = context;
    for (size_t i = core_thread_submit(service->core, submissions, count); i < count; i++) {
        free(submissions[i].envelope);
        service_answer(service, submissions[i].ticket, ADMISSION_BUSY);
    }
}

struct service *service_new(const struct service_config *config)
{
    struct service *service = calloc(1, sizeof *service);
    if (service == NULL) {
        return NULL;
    }
    service->config = *config;
    pthread_mutex_init(&service->mutex, NULL);
    pthread_mutex_init(&service->desk_mutex, NULL);
    pthread_mutex_init(&service->reader_mutex, NULL);
    held_readings_init(&service->held);
    uint64_t seed;
    randombytes_buf(&seed, sizeof seed);
    service->rate = rate_limit_new(SERVICE_RATE_PER_SECOND, SERVICE_RATE_BURST, seed);
    service->received = verified_set_new(1u << 16);
    const struct intake_config intake = {
        .verified = config->verified,
        .count_max = SERVICE_INTAKE_COUNT,
        .bytes_max = SERVICE_INTAKE_BYTES,
        .quiet_us = SERVICE_INTAKE_QUIET_US,
        .gather_ms = SERVICE_INTAKE_GATHER_MS,
        .done = taken_in,
        .context = service,
    };
    service->intake = intake_start(&intake);
    if (service->rate == NULL || service->received == NULL || service->intake == NULL) {
        service_free(service);
        return NULL;
    }
    return service;
}

void service_stop(struct service *service)
{
    if (service != NULL) {
        intake_stop(service->intake);
        service->intake = NULL;
    }
}

void service_free(struct service *service)
{
    if (service == NULL) {
        return;
    }
    service_stop(service);
    held_readings_free(&service->held);
    while (service->desks != NULL) {
        struct desk *next = service->desks->next;
        free(service->desks);
        service->desks = next;
    }
    read_model_reader_close(service->reader);
    read_forecast_free(service->forecast);
    rate_limit_free(service->rate);
    verified_set_free(service->received);
    pthread_mutex_destroy(&service->reader_mutex);
    pthread_mutex_destroy(&service->desk_mutex);
    pthread_mutex_destroy(&service->mutex);
    free(service);
}

static struct ledger_view ledger_look(struct service *service)
{
    const struct ledger *ledger = executor_thread_lock(service->executor);
    const struct ledger_view view = {
        .height = ledger_height(ledger),
        .state_height = ledger_state_height(ledger),
        .time_ms = ledger_time_ms(ledger),
        .result_root = ledger_result(ledger)->result_root,
        .state_root = ledger_result(ledger)->state_root,
    };
    executor_thread_unlock(service->executor);
    return view;
}

void service_connect(struct service *service, struct core_thread *core,
                     struct executor_thread *executor, struct transport *transport)
{
    service->core = core;
    service->executor = executor;
    service->transport = transport;
    service->sources = (struct reading_sources){
        .prover = service->config.prover,
        .executor = executor,
        .progress = service->config.progress,
        .received = service->received,
    };
    service->ledger = ledger_look(service);
}

bool service_allows(struct service *service, const struct public_key *key)
{
    struct asker asker;
    const struct ledger *ledger = executor_thread_lock(service->executor);
    bool known = asker_find(ledger, key, &asker);
    executor_thread_unlock(service->executor);
    return known;
}

/* ---- Replies ------------------------------------------------------------------------------ */

/* A desk with an empty reply; NULL, and a line in the log, when memory is short: then the client
 * gets no answer and asks again. */
static struct desk *desk_take(struct service *service)
{
    pthread_mutex_lock(&service->desk_mutex);
    struct desk *desk = service->desks;
    if (desk != NULL) {
        service->desks = desk->next;
        service->desk_count--;
    }
    pthread_mutex_unlock(&service->desk_mutex);
    if (desk == NULL) {
        desk = malloc(sizeof *desk);
    }
    if (desk == NULL) {
        LOG(LOG_WARNING, "no memory for a reply");
    } else {
        memset(&desk->reply, 0, sizeof desk->reply);
    }
    return desk;
}

static void desk_give(struct service *service, struct desk *desk)
{
    pthread_mutex_lock(&service->desk_mutex);
    bool keep = service->desk_count < DESKS_KEPT;
    if (keep) {
        desk->next = service->desks;
        service->desks = desk;
        service->desk_count++;
    }
    pthread_mutex_unlock(&service->desk_mutex);
    if (!keep) {
        free(desk);
    }
}

/* Sends the desk's reply. */
static void send_reply(struct service *service, uint64_t channel, struct desk *desk)
{
    size_t size = reply_encode(&desk->reply, desk->bytes, sizeof desk->bytes);
    if (size > 0) {
        (void)transport_reply(service->transport, channel, desk->bytes, size);
    } else {
        LOG(LOG_WARNING, "a reply could not be encoded", log_u64("kind", desk->reply.kind));
    }
}

static void send_fault(struct service *service, uint64_t channel, uint32_t id,
                       enum reply_fault fault)
{
    struct desk *desk = desk_take(service);
    if (desk != NULL) {
        desk->reply.id = id;
        reading_refuse(&desk->reply, fault, NULL);
        send_reply(service, channel, desk);
        desk_give(service, desk);
    }
}

/* ---- Handing in --------------------------------------------------------------------------- */

static enum submit_answer submit_answer_of(enum admission_answer answer)
{
    switch (answer) {
    case ADMISSION_ACCEPTED:
        return SUBMIT_RECEIVED;
    case ADMISSION_HELD:
        return SUBMIT_KNOWN;
    case ADMISSION_MALFORMED:
        return SUBMIT_MALFORMED;
    case ADMISSION_MISADDRESSED:
        return SUBMIT_WRONG_CHAIN;
    case ADMISSION_EXPIRED:
        return SUBMIT_EXPIRED;
    case ADMISSION_TOO_FAR_AHEAD:
        return SUBMIT_TOO_FAR_AHEAD;
    case ADMISSION_TOO_LARGE:
        return SUBMIT_TOO_LARGE;
    case ADMISSION_SIGNATURE:
        return SUBMIT_WRONG_SIGNATURE;
    case ADMISSION_BUSY:
    case ADMISSION_STOPPED:
        return SUBMIT_BUSY;
    }
    return SUBMIT_BUSY;
}

static void send_submitted(struct service *service, const struct ticket *ticket,
                           enum admission_answer answer)
{
    struct desk *desk = desk_take(service);
    if (desk == NULL) {
        return;
    }
    struct reply *reply = &desk->reply;
    reply->id = ticket->request_id;
    reply->kind = REPLY_SUBMITTED;
    reply->submitted = submit_answer_of(answer);
    reply->envelope_id = ticket->envelope_id;
    (void)snprintf(reply->text, sizeof reply->text, "%s; %s", admission_answer_text(answer),
                   admission_answer_hint(answer));
    send_reply(service, ticket->channel, desk);
    desk_give(service, desk);
}

/* Takes a ticket; 0 when all are out. */
static uint64_t ticket_take(struct service *service, const struct ticket *wanted)
{
    uint64_t number = 0;
    pthread_mutex_lock(&service->mutex);
    struct ticket *slot = &service->tickets[(service->ticket_next + 1) % SERVICE_TICKETS_MAX];
    if (!slot->used) {
        service->ticket_next++;
        number = service->ticket_next;
        *slot = *wanted;
        slot->used = true;
        slot->number = number;
    }
    pthread_mutex_unlock(&service->mutex);
    return number;
}

static bool ticket_give(struct service *service, uint64_t number, struct ticket *out)
{
    pthread_mutex_lock(&service->mutex);
    struct ticket *slot = &service->tickets[number % SERVICE_TICKETS_MAX];
    bool found = slot->used && slot->number == number;
    if (found) {
        *out = *slot;
        slot->used = false;
    }
    pthread_mutex_unlock(&service->mutex);
    return found;
}

void service_answer(struct service *service, uint64_t number, enum admission_answer answer)
{
    struct ticket ticket;
    if (ticket_give(service, number, &ticket)) {
        if (answer == ADMISSION_ACCEPTED || answer == ADMISSION_HELD) {
            verified_set_add(service->received, &ticket.envelope_id);
        }
        send_submitted(service, &ticket, answer);
    }
}

static void submit(struct service *service, uint64_t channel, const struct request *request)
{
    struct ticket ticket = {.channel = channel, .request_id = request->id};
    struct envelope envelope;
    /* What is wrong with one that is not well formed, admission says. */
    bool well_formed =
        envelope_decode(&envelope, request->envelope, request->envelope_size) == ENVELOPE_OK;
    if (well_formed) {
        ticket.envelope_id = envelope.id;
    }
    uint64_t number = ticket_take(service, &ticket);
    if (number == 0) {
        send_submitted(service, &ticket, ADMISSION_BUSY);
        return;
    }
    if (!intake_put(service->intake, number, &envelope, well_formed)) {
        service_answer(service, number, ADMISSION_BUSY);
    }
}

/* ---- Held answers ------------------------------------------------------------------------- */

/* Tries a reading once; false when it is to be held. */
static bool try_once(struct service *service, struct reading *reading)
{
    struct desk *desk = desk_take(service);
    if (desk == NULL) {
        return true;
    }
    bool answered =
        reading_try(&service->sources, reading, &desk->reply, desk->scratch) == READING_ANSWERED;
    if (answered) {
        send_reply(service, reading->channel, desk);
    }
    desk_give(service, desk);
    return answered;
}

/* Answers a reading, or holds it until the next block; gives it up when its time is over or too
 * many are held. Takes it. */
static void answer_or_hold(struct service *service, struct reading *reading)
{
    for (;;) {
        const uint64_t round = held_readings_round(&service->held);
        if (try_once(service, reading)) {
            break;
        }
        const bool over = clock_monotonic_ms() >= reading->deadline_ms;
        const enum held_result result =
            over ? HELD_FULL : held_readings_put(&service->held, round, reading);
        if (result == HELD_OK) {
            return;
        }
        if (result == HELD_FULL) {
            send_fault(service, reading->channel, reading->request.id, REPLY_FAULT_NO_PROOF);
            break;
        }
    }
    free(reading);
}

static void start_reading(struct service *service, uint64_t channel, const struct public_key *key,
                          const struct request *request)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL) {
        send_fault(service, channel, request->id, REPLY_FAULT_BUSY);
        return;
    }
    reading->channel = channel;
    reading->deadline_ms = clock_monotonic_ms() + SERVICE_HOLD_MS;
    reading->key = *key;
    reading->request = *request;
    answer_or_hold(service, reading);
}

static void retry_held(struct service *service)
{
    struct reading *readings[HELD_READINGS_MAX];
    uint32_t count = held_readings_take(&service->held, readings);
    for (uint32_t i = 0; i < count; i++) {
        answer_or_hold(service, readings[i]);
    }
}

void service_executed(struct service *service, const struct execution_done *done)
{
    const struct ledger_view view = ledger_look(service);
    pthread_mutex_lock(&service->mutex);
    service->envelopes_final += done->envelope_count;
    service->commands_final += done->output.receipt_count;
    service->ledger = view;
    pthread_mutex_unlock(&service->mutex);
    retry_held(service);
}

/* ---- Lists -------------------------------------------------------------------------------- */

static bool viewer_of(struct service *service, const struct public_key *key,
                      struct read_model_viewer *viewer)
{
    struct asker asker;
    const struct ledger *ledger = executor_thread_lock(service->executor);
    bool known = asker_find(ledger, key, &asker);
    executor_thread_unlock(service->executor);
    if (known) {
        read_bic(&asker.bic, viewer->party);
        viewer->sees_all = asker.sees_all;
    }
    return known;
}

static struct read_model_question question_of(const struct request *request)
{
    return (struct read_model_question){
        .list = request->list,
        .filter = request->filter,
        .cursor = request->cursor,
        .row_limit = request->row_limit,
    };
}

/* The forecast is no projection: it is run over the ledger, for this key's party. */
static enum read_model_status ask_forecast(struct service *service, const struct public_key *key,
                                           const struct request *request,
                                           struct bytes_writer *writer,
                                           struct read_model_answer *answer)
{
    const struct read_model_question question = question_of(request);
    enum read_model_status status = READ_MODEL_FAILED;
    struct asker asker;
    pthread_mutex_lock(&service->reader_mutex);
    const struct ledger *ledger = executor_thread_lock(service->executor);
    if (service->forecast == NULL) {
        service->forecast = read_forecast_new(ledger);
    }
    if (service->forecast != NULL && asker_find(ledger, key, &asker)) {
        status = read_forecast_list(service->forecast, ledger, &asker, &question, writer, answer);
    }
    executor_thread_unlock(service->executor);
    pthread_mutex_unlock(&service->reader_mutex);
    return status;
}

static enum read_model_status ask_reader(struct service *service,
                                         const struct read_model_viewer *viewer,
                                         const struct request *request, struct bytes_writer *writer,
                                         struct read_model_answer *answer)
{
    const struct read_model_question question = question_of(request);
    enum read_model_status status = READ_MODEL_OK;
    pthread_mutex_lock(&service->reader_mutex);
    if (service->reader == NULL) {
        status = read_model_reader_open(service->config.read_model_path, &service->reader);
    }
    if (status == READ_MODEL_OK) {
        status = read_model_list(service->reader, viewer, &question, writer, answer);
    }
    pthread_mutex_unlock(&service->reader_mutex);
    return status;
}

static void list(struct service *service, const struct public_key *key,
                 const struct request *request, struct reply *reply, uint8_t *scratch)
{
    struct read_model_viewer viewer;
    struct read_model_answer answer;
    struct bytes_writer writer;
    bytes_writer_init(&writer, scratch, REPLY_BYTES_MAX - 1024u);
    if (service->config.read_model_path == NULL) {
        reading_refuse(reply, REPLY_FAULT_NOT_READY, "this node keeps no lists; ask another");
        return;
    }
    if (!viewer_of(service, key, &viewer)) {
        reading_refuse(reply, REPLY_FAULT_NOT_ALLOWED, NULL);
        return;
    }
    bool live = request->list == LIST_FORECAST;
    enum read_model_status status = live ? ask_forecast(service, key, request, &writer, &answer)
                                         : ask_reader(service, &viewer, request, &writer, &answer);
    if (status != READ_MODEL_OK) {
        reading_refuse(reply, REPLY_FAULT_NOT_READY,
                       live ? "no memory for a forecast" : read_model_status_text(status));
        return;
    }
    if (request->list == LIST_INSTRUCTIONS || request->list == LIST_EXCEPTIONS) {
        const struct ledger *ledger = executor_thread_lock(service->executor);
        read_deadlines_fill(ledger, &viewer, scratch, writer.size);
        executor_thread_unlock(service->executor);
    }
    reply->kind = REPLY_LIST;
    reply->list = request->list;
    reply->list_height = answer.height;
    reply->cursor_next = answer.cursor_next;
    reply->row_count = answer.row_count;
    reply->rows = scratch;
    reply->rows_size = (uint32_t)writer.size;
}

/* ---- Status and roots --------------------------------------------------------------------- */

static void status_peers(struct service *service, struct reply_node_status *status)
{
    for (uint16_t i = 0; i < service->config.genesis->validator_count; i++) {
        struct transport_peer peer;
        if (i == service->config.self || status->peer_count == REPLY_PEERS_MAX) {
            continue;
        }
        transport_peer_read(service->transport, i, &peer);
        status->peers[status->peer_count] = (struct reply_peer){
            .validator = i,
            .connected = peer.connected,
            .final_height = core_thread_peer_height(service->core, i),
            .silent_ms = peer.silent_ms,
        };
        status->peer_count++;
    }
}

static void status_alarms(struct service *service, struct reply_node_status *status)
{
    struct alarm alarms[ALARM_CODE_MAX];
    uint32_t count = alarm_list(service->config.alarms, alarms);
    for (uint32_t i = 0; i < count && i < REPLY_ALARMS_MAX; i++) {
        struct reply_alarm *alarm = &status->alarms[i];
        alarm->code = (uint16_t)alarms[i].code;
        alarm->since_utc_ms = alarms[i].since_utc_ms;
        (void)snprintf(alarm->text, sizeof alarm->text, "%.140s (%.50s)",
                       alarm_text(alarms[i].code), alarms[i].detail);
        status->alarm_count++;
    }
}

static void node_status(struct service *service, struct reply *reply)
{
    struct reply_node_status *status = &reply->status;
    struct core_view view;
    struct progress_heights heights;
    core_thread_view(service->core, &view);
    progress_read(service->config.progress, &heights);
    reply->kind = REPLY_NODE_STATUS;
    status->validator = service->config.self;
    (void)snprintf(status->version, sizeof status->version, "%s", TALLY_VERSION);
    status->utc_ms = clock_utc_ms();
    status->view = view.consensus.view;
    status->final_height = heights.final;
    status->certified_height = heights.certified;
    status->envelopes_pending = view.waiting_count;
    pthread_mutex_lock(&service->mutex);
    status->envelopes_final = service->envelopes_final;
    status->commands_final = service->commands_final;
    status->executed_height = service->ledger.height;
    status->state_height = service->ledger.state_height;
    status->ledger_ms = service->ledger.time_ms;
    status->result_root = service->ledger.result_root;
    status->state_root = service->ledger.state_root;
    pthread_mutex_unlock(&service->mutex);
    if (status->certified_height > status->executed_height) {
        status->certified_height = status->executed_height; /* told a moment before */
    }
    core_thread_finality(service->core, &status->finality_p50_us, &status->finality_p99_us);
    status_peers(service, status);
    status_alarms(service, status);
}

static void roots(struct service *service, const struct request *request, struct reply *reply)
{
    struct stored_roots stored;
    struct progress_heights heights;
    progress_read(service->config.progress, &heights);
    uint64_t height = request->height == 0 ? heights.executed : request->height;
    if (stored_roots_get(service->config.prover.store, height, &stored) != STORE_OK) {
        reading_refuse(reply, REPLY_FAULT_NOT_READY, "this node has no result of that height");
        return;
    }
    reply->kind = REPLY_ROOTS;
    reply->roots = (struct reply_roots){
        .height = height,
        .block_id = stored.block_id,
        .receipts_root = stored.result.receipts_root,
        .events_root = stored.result.events_root,
        .state_root = stored.result.state_root,
        .result_root = stored.result.result_root,
    };
}

static void answer_at_once(struct service *service, uint64_t channel, const struct public_key *key,
                           const struct request *request)
{
    struct desk *desk = desk_take(service);
    if (desk == NULL) {
        return;
    }
    struct reply *reply = &desk->reply;
    reply->id = request->id;
    if (request->kind == REQUEST_LIST) {
        list(service, key, request, reply, desk->scratch);
    } else if (request->kind == REQUEST_NODE_STATUS) {
        node_status(service, reply);
    } else {
        roots(service, request, reply);
    }
    send_reply(service, channel, desk);
    desk_give(service, desk);
}

bool service_message(struct service *service, uint64_t channel, const struct public_key *key,
                     const uint8_t *data, size_t size)
{
    struct request request;
    if (!request_decode(data, size, &request)) {
        send_fault(service, channel, 0, REPLY_FAULT_MALFORMED);
        transport_close(service->transport, channel);
        return true;
    }
    if (!rate_limit_take(service->rate, key, clock_monotonic_ms())) {
        send_fault(service, channel, request.id, REPLY_FAULT_BUSY);
        return true;
    }
    if (request.kind == REQUEST_SUBMIT) {
        submit(service, channel, &request);
    } else if (reading_answers(request.kind)) {
        start_reading(service, channel, key, &request);
    } else {
        answer_at_once(service, channel, key, &request);
    }
    return true;
}
