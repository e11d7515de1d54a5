#include "netsim/fuzz/fuzz_trace.h"

#include "base/assert.h"
#include "consensus/message.h"

#include <stdarg.h>

static void line_begin(const struct fuzz_trace *trace, uint32_t host)
{
    fprintf(trace->stream, "[%10.3f] %u  ", (double)simulation_now_us(trace->simulation) / 1000.0,
            host);
}

void fuzz_trace_line(const struct fuzz_trace *trace, uint32_t host, const char *format, ...)
{
    va_list arguments;
    if (trace == NULL) {
        return;
    }
    line_begin(trace, host);
    va_start(arguments, format);
    vfprintf(trace->stream, format, arguments);
    va_end(arguments);
    fputc('\n', trace->stream);
}

/* The last votes of every view come too late: telling would drown the story. */
static void on_traced(void *context, uint32_t host, const struct consensus_effect *effect)
{
    const struct fuzz_trace *trace = context;
    char peer[16] = "";
    char hash[16] = "";
    TALLY_ASSERT(effect->kind == CONSENSUS_TRACE);
    if (effect->trace.code == CONSENSUS_TRACE_DROP) {
        return;
    }
    if (effect->trace.peer != CONSENSUS_OBSERVER) {
        (void)snprintf(peer, sizeof peer, " of %u", effect->trace.peer);
    }
    if (!hash_is_zero(&effect->trace.hash)) {
        (void)snprintf(hash, sizeof hash, " %02x%02x", effect->trace.hash.bytes[0],
                       effect->trace.hash.bytes[1]);
    }
    fuzz_trace_line(trace, host, "%s view %llu%s%s", consensus_trace_text(effect->trace.code),
                    (unsigned long long)effect->trace.view, peer, hash);
}

/* What is asked for and given, for whoever misses something. */
static void on_sent(void *context, uint32_t host, uint32_t to, enum consensus_class class,
                    const uint8_t *bytes, size_t size)
{
    static const char *const texts[MESSAGE_KIND_MAX + 1] = {
        [MESSAGE_BATCH] = "sends a batch",
        [MESSAGE_CERTIFICATE_REQUEST] = "asks for a certificate",
        [MESSAGE_BLOCK_REQUEST] = "asks for a block",
        [MESSAGE_BLOCK] = "sends a block",
        [MESSAGE_JUSTIFICATION_REQUEST] = "asks for a justification",
        [MESSAGE_JUSTIFICATION] = "sends a justification",
        [MESSAGE_BATCH_REQUEST] = "asks for batches",
        [MESSAGE_RANGE_REQUEST] = "asks for a range",
        [MESSAGE_RANGE] = "sends a range",
    };
    (void)class;
    if (size > 0 && bytes[0] <= MESSAGE_KIND_MAX && texts[bytes[0]] != NULL) {
        fuzz_trace_line(context, host, "%s, to %u, %zu bytes", texts[bytes[0]], to, size);
    }
}

static void on_executed(void *context, uint32_t host, const struct simulation_executed *executed)
{
    fuzz_trace_line(context, host, "executes height %llu: %u batches, %u envelopes",
                    (unsigned long long)executed->height, executed->batch_count,
                    executed->envelope_count);
}

static void on_alarm(void *context, uint32_t host, enum consensus_alarm code, uint16_t peer)
{
    if (peer == CONSENSUS_OBSERVER) {
        fuzz_trace_line(context, host, "alarm: %s", consensus_alarm_text(code));
    } else {
        fuzz_trace_line(context, host, "alarm about %u: %s", peer, consensus_alarm_text(code));
    }
}

static void on_started(void *context, uint32_t host, bool mute)
{
    fuzz_trace_line(context, host, "runs%s", mute ? ", mute" : "");
}

static void on_stopped(void *context, uint32_t host, enum simulation_stop why)
{
    static const char *const reasons[] = {
        [STOP_CRASH] = "it was killed", [STOP_STORAGE] = "its disk", [STOP_HALT] = "it halted"};
    fuzz_trace_line(context, host, "is down: %s", reasons[why]);
}

void fuzz_trace_begin(struct fuzz_trace *trace, struct simulation *simulation, FILE *stream)
{
    *trace = (struct fuzz_trace){simulation, stream};
    const struct simulation_observer observer = {.context = trace,
                                                 .sent = on_sent,
                                                 .executed = on_executed,
                                                 .alarm = on_alarm,
                                                 .traced = on_traced,
                                                 .started = on_started,
                                                 .stopped = on_stopped};
    simulation_observe(simulation, &observer);
}
