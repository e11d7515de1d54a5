/* The summary of a run, for people. */
#include <inttypes.h>
#include <string.h>

#include "ledger/values/outcome.h"
#include "netsim/lab/results_state.h"

void thousandths_print(int64_t value, char text[32])
{
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    (void)snprintf(text, 32, "%s%" PRIu64 ".%03" PRIu64, value < 0 ? "-" : "", size / 1000,
                   size % 1000);
}

const char *message_kind_name(uint32_t kind)
{
    static const char *const names[RESULTS_KINDS] = {
        "other",         "NOTARIZE",      "NULLIFY",
        "FINALIZE",      "BATCH",         "PROPOSAL",
        "CERTIFICATE",   "STATUS",        "CERTIFICATE_REQUEST",
        "BLOCK_REQUEST", "BLOCK",         "JUSTIFICATION_REQUEST",
        "JUSTIFICATION", "BATCH_REQUEST", "RANGE_REQUEST",
        "RANGE",
    };
    TALLY_ASSERT(kind < RESULTS_KINDS);
    return names[kind];
}

static void figure_line(const struct results *results, enum figure figure, FILE *out)
{
    char value[32];
    thousandths_print(results->figures[figure], value);
    (void)fprintf(out, "  %-26s %14s %-7s %s\n", figure_name(figure), value, figure_unit(figure),
                  figure_text(figure));
}

static void figures_print(const struct results *results, const char *heading, enum figure first,
                          enum figure last, FILE *out)
{
    (void)fprintf(out, "\n%s\n", heading);
    for (enum figure figure = first; figure <= last; figure++) {
        figure_line(results, figure, out);
    }
}

static void messages_print(const struct results *results, FILE *out)
{
    uint64_t messages[RESULTS_KINDS] = {0};
    uint64_t bytes[RESULTS_KINDS] = {0};
    uint64_t all = 0;
    for (uint32_t host = 0; host < results->host_count; host++) {
        for (uint32_t kind = 0; kind < RESULTS_KINDS; kind++) {
            messages[kind] += results->hosts[host].messages[kind];
            bytes[kind] += results->hosts[host].bytes[kind];
            all += results->hosts[host].bytes[kind];
        }
    }
    (void)fprintf(out, "\nMessages sent within the window\n  %-24s %14s %16s %8s\n", "kind",
                  "messages", "bytes", "share");
    for (uint32_t kind = 0; kind < RESULTS_KINDS; kind++) {
        if (messages[kind] == 0) {
            continue;
        }
        uint64_t permille = bytes[kind] * 1000 / (all == 0 ? 1 : all);
        (void)fprintf(out, "  %-24s %14" PRIu64 " %16" PRIu64 " %5" PRIu64 ".%" PRIu64 "%%\n",
                      message_kind_name(kind), messages[kind], bytes[kind], permille / 10,
                      permille % 10);
    }
}

static void work_print(const struct results *results, FILE *out)
{
    static const char *const names[ACTIVITY_COUNT] = {
#define ACTIVITY_TEXT(symbol, text) text,
        SIMULATION_ACTIVITY_LIST(ACTIVITY_TEXT)};
    const struct scenario *scenario = results->scenario;
    uint64_t window_us = scenario->run.duration_us - scenario->run.warm_up_us;
    TALLY_ASSERT(results->host_count > 0 && window_us > 0);
    (void)fprintf(out,
                  "\nWork of a member within the window, in percent of one processor\n"
                  "  %-24s %10s %10s\n",
                  "activity", "mean", "busiest");
    for (uint32_t activity = 0; activity < ACTIVITY_COUNT; activity++) {
        uint64_t sum = 0;
        uint64_t most = 0;
        for (uint32_t host = 0; host < results->host_count; host++) {
            uint64_t work_us = results->hosts[host].work_us[activity];
            sum += work_us;
            most = work_us > most ? work_us : most;
        }
        char mean_text[32];
        char most_text[32];
        thousandths_print((int64_t)(sum * 100000 / (window_us * results->host_count)), mean_text);
        thousandths_print((int64_t)(most * 100000 / window_us), most_text);
        (void)fprintf(out, "  %-24s %10s %10s\n", names[activity], mean_text, most_text);
    }
}

static void clients_print(const struct results *results, FILE *out)
{
    const struct workload_results *clients = results->clients;
    (void)fprintf(out,
                  "\nClients, over the whole run\n"
                  "  envelopes handed in %" PRIu64 ", executed %" PRIu64 ", expired %" PRIu64
                  "; submissions %" PRIu64 ", of them repetitions %" PRIu64 "\n"
                  "  instructions %" PRIu64 ", settled %" PRIu64 ", cancelled %" PRIu64 "\n",
                  clients->envelopes_handed, clients->envelopes_executed,
                  clients->envelopes_expired, clients->submissions, clients->repetitions,
                  clients->instructions, clients->settled, clients->cancelled);
    for (uint32_t answer = 0; answer <= ADMISSION_STOPPED; answer++) {
        if (clients->answers[answer] > 0) {
            (void)fprintf(out, "  answered %" PRIu64 " times: %s\n", clients->answers[answer],
                          admission_answer_text((enum admission_answer)answer));
        }
    }
    for (uint32_t reason = 0; reason < 256; reason++) {
        if (clients->refused[reason] > 0) {
            (void)fprintf(out, "  refused %" PRIu64 " commands: %s\n", clients->refused[reason],
                          reason_text((enum reason)reason));
        }
        if (clients->pending[reason] > 0) {
            (void)fprintf(out, "  open %" PRIu64 " instructions: %s\n", clients->pending[reason],
                          reason == 0 ? "no status yet" : reason_text((enum reason)reason));
        }
    }
}

static void head_print(const struct results *results, FILE *out)
{
    const struct scenario *scenario = results->scenario;
    char from[VALUE_TEXT_SIZE];
    char to[VALUE_TEXT_SIZE];
    char protocol[VALUE_TEXT_SIZE];
    value_print(VALUE_TIME, scenario->run.warm_up_us, from);
    value_print(VALUE_TIME, scenario->run.duration_us, to);
    value_print(VALUE_PROTOCOL, scenario->network.protocol, protocol);
    for (const char *line = scenario->comment; *line != '\0';) {
        const char *end = strchr(line, '\n');
        (void)fprintf(out, "%.*s\n", (int)(end - line), line);
        line = end + 1;
    }
    (void)fprintf(out,
                  "\n%" PRIu64 " members, %s, seed %" PRIu64 "; measured from %s to %s\n"
                  "%" PRIu64 " events, digest of the history %016" PRIx64 "\n",
                  scenario->network.validators, protocol, scenario->run.seed, from, to,
                  simulation_event_count(results->simulation),
                  simulation_digest(results->simulation));
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        (void)fprintf(out, "fault at %s\n", scenario->faults[i].text);
    }
}

void results_summary(const struct results *results, FILE *out)
{
    head_print(results, out);
    figures_print(results, "Throughput", FIGURE_OFFERED, FIGURE_NOT_FINAL, out);
    figures_print(results, "Latency, from handing in, as the client learns it", FIGURE_RECEIVED_P50,
                  FIGURE_SETTLED_P99, out);
    figures_print(results, "Consensus", FIGURE_BLOCKS, FIGURE_VIEWS_LOST, out);
    figures_print(results, "Network", FIGURE_MESSAGES, FIGURE_UPLINK_MAX, out);
    figures_print(results, "Work", FIGURE_CPU_MEAN, FIGURE_DISK, out);
    messages_print(results, out);
    work_print(results, out);
    clients_print(results, out);
    for (uint32_t i = 0; i < results->note_count; i++) {
        (void)fprintf(out, "%sNote: %s\n", i == 0 ? "\n" : "", results->notes[i]);
    }
    (void)fprintf(out, "\nAlarms %" PRIu64 ", evidence %" PRIu64 "\n", results->alarms,
                  results->evidence);
}
