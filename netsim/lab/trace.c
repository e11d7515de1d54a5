/* A run in Chrome's trace format: see trace.h. */
#include "netsim/lab/trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "consensus/message.h"
#include "crypto/sign.h"

enum {
    TRACE_NETWORK = 1000, /* the process that stands for all members */
    TRACE_VIEWS = 64,     /* views that are open at one time */
    TRACE_LANES = 32,     /* of a kind of track */
};

/* Slices of one track may not overlap; what can happen at one time has several lanes. */
enum track {
    TRACK_CORE,
    TRACK_EXECUTION,
    TRACK_LIST,
    TRACK_WORKER,
    TRACK_CHANNEL,
    TRACK_DISK,
    TRACK_WAKING, /* of a thread that did less than a microsecond's work */
    TRACK_COUNT
};

struct trace {
    const struct scenario *scenario;
    const struct simulation *simulation;
    FILE *out;
    uint64_t from_us;
    uint64_t until_us;
    bool any;
    uint64_t views[TRACE_VIEWS]; /* open ones, by their remainder; 0: none */
    /* When the last slice of a lane ends. */
    uint64_t busy_until_us[SIMULATION_HOSTS_MAX][TRACK_COUNT][TRACE_LANES];
    enum track last_track[SIMULATION_HOSTS_MAX]; /* of the last slice, and where it was to end */
    uint64_t last_until_us[SIMULATION_HOSTS_MAX];
};

static bool visible(const struct trace *trace, uint64_t time_us)
{
    return time_us >= trace->from_us && time_us < trace->until_us;
}

static bool now_visible(const struct trace *trace)
{
    return visible(trace, simulation_now_us(trace->simulation));
}

/* Begins an event: the rest of its fields follow, then a closing brace. */
static void begin(struct trace *trace, char phase, uint32_t process, uint32_t track,
                  uint64_t time_us)
{
    (void)fprintf(trace->out,
                  "%s{\"ph\":\"%c\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32 ",\"ts\":%" PRIu64,
                  trace->any ? ",\n" : "", phase, process, track, time_us);
    trace->any = true;
}

static void name_track(struct trace *trace, const char *what, uint32_t process, uint32_t track,
                       const char *name)
{
    begin(trace, 'M', process, track, 0);
    (void)fprintf(trace->out, ",\"name\":\"%s\",\"args\":{\"name\":\"%s\"}}", what, name);
}

/* On the first lane that is free; on a thread that has only one, behind what was there before: both
 * ends are rounded to microseconds. */
static void slice(struct trace *trace, uint32_t host, enum track track, uint64_t begin_us,
                  uint64_t duration_us, const char *name)
{
    static const char *const names[TRACK_COUNT] = {"consensus", "execution", "read model",
                                                   "worker",    "channels",  "waits for the disk",
                                                   "waking"};
    const bool thread = track <= TRACK_LIST;
    uint64_t *until_us = trace->busy_until_us[host][track];
    const uint64_t given_us = begin_us;
    uint32_t lane = 0;
    while (!thread && until_us[lane] > begin_us && lane + 1 < TRACE_LANES) {
        lane += 1;
    }
    if (until_us[lane] == 0) {
        name_track(trace, "thread_name", host, (uint32_t)track * TRACE_LANES + lane, names[track]);
    }
    begin_us = until_us[lane] > begin_us ? until_us[lane] : begin_us;
    until_us[lane] = begin_us + duration_us;
    trace->last_track[host] = track;
    trace->last_until_us[host] = given_us + duration_us;
    begin(trace, 'X', host, (uint32_t)track * TRACE_LANES + lane, begin_us);
    (void)fprintf(trace->out, ",\"dur\":%" PRIu64 ",\"name\":\"%s\"}", duration_us, name);
}

/* What a thread does in one go is told piece by piece, each where the one before ended; waking it
 * comes last. */
static enum track activity_track(const struct trace *trace, uint32_t host,
                                 enum simulation_activity activity, uint64_t begin_us)
{
    switch (activity) {
    case ACTIVITY_CHECK:
        return TRACK_WORKER;
    case ACTIVITY_EXECUTE:
    case ACTIVITY_STORE:
        return TRACK_EXECUTION;
    case ACTIVITY_LIST:
        return TRACK_LIST;
    case ACTIVITY_TURN:
        return trace->last_until_us[host] == begin_us ? trace->last_track[host] : TRACK_WAKING;
    case ACTIVITY_CHANNEL:
        return TRACK_CHANNEL;
    default:
        return TRACK_CORE;
    }
}

static void on_busy(void *context, uint32_t host, enum simulation_activity activity,
                    uint64_t begin_us, uint64_t duration_us)
{
    static const char *const names[ACTIVITY_COUNT] = {
#define ACTIVITY_TEXT(symbol, text) text,
        SIMULATION_ACTIVITY_LIST(ACTIVITY_TEXT)};
    struct trace *trace = context;
    if (visible(trace, begin_us) && duration_us > 0) {
        slice(trace, host, activity_track(trace, host, activity, begin_us), begin_us, duration_us,
              names[activity]);
    }
}

static void on_disk_wait(void *context, uint32_t host, uint64_t begin_us, uint64_t duration_us)
{
    struct trace *trace = context;
    if (visible(trace, begin_us) && duration_us > 0) {
        slice(trace, host, TRACK_DISK, begin_us, duration_us, "disk");
    }
}

/* The view of a proposal; 0 for anything else. */
static uint64_t proposal_view(const uint8_t *bytes, size_t size)
{
    struct bytes_reader reader;
    if (size < 1 + SIGN_SIGNATURE_SIZE + HEADER_SIZE || bytes[0] != MESSAGE_PROPOSAL) {
        return 0;
    }
    bytes_reader_init(&reader, bytes + 1 + SIGN_SIGNATURE_SIZE, HEADER_SIZE);
    (void)bytes_read_u64(&reader); /* epoch */
    return bytes_read_u64(&reader);
}

/* Both ends of an arrow have the same number. */
static void arrow(struct trace *trace, bool arrives, uint32_t host, uint32_t to, uint64_t view)
{
    begin(trace, arrives ? 'f' : 's', host, TRACK_CORE, simulation_now_us(trace->simulation));
    (void)fprintf(trace->out, ",%s\"cat\":\"proposal\",\"name\":\"proposal\",\"id\":%" PRIu64 "}",
                  arrives ? "\"bp\":\"e\"," : "", view * SIMULATION_HOSTS_MAX + to);
}

static void view_span(struct trace *trace, char phase, uint64_t view, uint32_t leader)
{
    begin(trace, phase, TRACE_NETWORK, 0, simulation_now_us(trace->simulation));
    (void)fprintf(trace->out,
                  ",\"cat\":\"view\",\"id\":%" PRIu64 ",\"name\":\"view %" PRIu64
                  ", leader %" PRIu32 "\"}",
                  view, view, leader);
}

static void on_sent(void *context, uint32_t host, uint32_t to, enum consensus_class class,
                    const uint8_t *bytes, size_t size)
{
    struct trace *trace = context;
    uint64_t view = proposal_view(bytes, size);
    (void)class;
    if (view == 0 || !now_visible(trace)) {
        return;
    }
    if (trace->views[view % TRACE_VIEWS] != view) {
        trace->views[view % TRACE_VIEWS] = view;
        view_span(trace, 'b', view, host);
    }
    arrow(trace, false, host, to, view);
}

static void on_delivered(void *context, uint32_t host, uint32_t from, const uint8_t *bytes,
                         size_t size)
{
    struct trace *trace = context;
    uint64_t view = proposal_view(bytes, size);
    (void)from;
    if (view != 0 && now_visible(trace)) {
        arrow(trace, true, host, host, view);
    }
}

static void on_committed(void *context, uint32_t host, uint64_t height, const uint8_t *stored,
                         size_t size)
{
    struct trace *trace = context;
    struct bytes_reader reader;
    struct stored_block block;
    if (!now_visible(trace)) {
        return;
    }
    begin(trace, 'i', host, TRACK_CORE, simulation_now_us(trace->simulation));
    (void)fprintf(trace->out, ",\"s\":\"t\",\"name\":\"final %" PRIu64 "\"}", height);
    bytes_reader_init(&reader, stored, size);
    stored_block_read(&reader, (uint16_t)trace->scenario->network.validators, &block);
    uint64_t view = block.block.header.view;
    if (trace->views[view % TRACE_VIEWS] == view) {
        trace->views[view % TRACE_VIEWS] = 0;
        view_span(trace, 'e', view, block.block.header.proposer);
    }
}

static void on_alarm(void *context, uint32_t host, enum consensus_alarm code, uint16_t peer)
{
    struct trace *trace = context;
    (void)peer;
    if (now_visible(trace)) {
        begin(trace, 'i', host, TRACK_CORE, simulation_now_us(trace->simulation));
        (void)fprintf(trace->out, ",\"s\":\"p\",\"name\":\"%s\"}", consensus_alarm_name(code));
    }
}

void trace_fault(struct trace *trace, const char *text)
{
    if (trace != NULL && now_visible(trace)) {
        begin(trace, 'i', TRACE_NETWORK, 0, simulation_now_us(trace->simulation));
        (void)fprintf(trace->out, ",\"s\":\"g\",\"name\":\"fault at %s\"}", text);
    }
}

static void names_write(struct trace *trace)
{
    const struct scenario *scenario = trace->scenario;
    name_track(trace, "process_name", TRACE_NETWORK, 0, "network");
    for (uint32_t host = 0; host < scenario->network.validators; host++) {
        char name[64];
        (void)snprintf(name, sizeof name, "member %" PRIu32 "%s%s", host,
                       scenario->matrix.region_count == 0 ? "" : ", ",
                       scenario->matrix.region_count == 0
                           ? ""
                           : scenario->matrix.names[scenario->region_of[host]]);
        name_track(trace, "process_name", host, 0, name);
    }
}

struct trace *trace_new(const struct scenario *scenario, struct simulation *simulation, FILE *out)
{
    struct trace *trace = calloc(1, sizeof *trace);
    if (trace == NULL) {
        return NULL;
    }
    const struct simulation_observer observer = {
        .context = trace,
        .sent = on_sent,
        .delivered = on_delivered,
        .committed = on_committed,
        .alarm = on_alarm,
        .busy = on_busy,
        .disk_wait = on_disk_wait,
    };
    trace->scenario = scenario;
    trace->simulation = simulation;
    trace->out = out;
    trace->from_us = scenario->run.trace_from_us;
    trace->until_us = trace->from_us + scenario->run.trace_for_us;
    (void)fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n", out);
    names_write(trace);
    simulation_observe(simulation, &observer);
    return trace;
}

void trace_free(struct trace *trace)
{
    if (trace != NULL) {
        (void)fputs("\n]}\n", trace->out);
        free(trace);
    }
}
