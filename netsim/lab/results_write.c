/* The files of a run. Every number is an integer or thousandths, so that they are the same bytes
 * everywhere. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/results_state.h"

#define MATRIX_NAME "latency.csv"

/* X(column, value of an interval in thousandths, does it exist?) */
#define SERIES_LIST(X)                                                             \
    X("from_s", interval->begin_us / 1000, true)                                   \
    X("handed_per_s", per_s(interval->handed, width_us), true)                     \
    X("final_per_s", per_s(interval->final, width_us), true)                       \
    X("settled_per_s", per_s(interval->settled, width_us), true)                   \
    X("finality_p50_ms", interval->final_p50_us, interval->final > 0)              \
    X("finality_p99_ms", interval->final_p99_us, interval->final > 0)              \
    X("blocks_per_s", per_s(interval->blocks, width_us), true)                     \
    X("views_lost", interval->views_lost * 1000, true)                             \
    X("network_mbit_per_s", interval->bytes * 8000 / width_us, true)               \
    X("uplink_max_mbit_per_s", interval->bytes_member_max * 8000 / width_us, true) \
    X("cpu_mean_percent", interval->work_us * 100000 / (width_us * members), true) \
    X("cpu_max_percent", interval->work_member_max_us * 100000 / width_us, true)   \
    X("in_flight", interval->in_flight * 1000, true)                               \
    X("backlog_blocks", interval->backlog * 1000, true)                            \
    X("inbox_max", interval->inbox * 1000, true)                                   \
    X("uplink_queue_max_kib", interval->uplink_queue * 1000 / 1024, true)          \
    X("members_up", interval->members_up * 1000, true)

enum {
#define SERIES_ONE(column, value, exists) "|"
    SERIES_COLUMNS = sizeof("" SERIES_LIST(SERIES_ONE)) - 1
};

static const char *const columns[SERIES_COLUMNS] = {
#define SERIES_COLUMN(column, value, exists) column,
    SERIES_LIST(SERIES_COLUMN)};

static uint64_t per_s(uint64_t count, uint64_t width_us)
{
    return count * 1000000000 / width_us;
}

/* The text of each cell; empty for what does not exist. */
static void row_print(const struct results *results, const struct results_interval *interval,
                      char cells[SERIES_COLUMNS][32])
{
    const uint64_t width_us = results->scenario->run.interval_us;
    const uint64_t members = results->scenario->network.validators;
    uint32_t column = 0;
#define SERIES_CELL(name, value, exists)                    \
    cells[column][0] = '\0';                                \
    if (exists) {                                           \
        thousandths_print((int64_t)(value), cells[column]); \
    }                                                       \
    column += 1;
    SERIES_LIST(SERIES_CELL)
    TALLY_ASSERT(column == SERIES_COLUMNS);
}

static void series_csv(const struct results *results, FILE *out)
{
    char cells[SERIES_COLUMNS][32];
    for (uint32_t column = 0; column < SERIES_COLUMNS; column++) {
        (void)fprintf(out, "%s%s", column == 0 ? "" : ",", columns[column]);
    }
    (void)fputc('\n', out);
    for (size_t i = 0; i < results->interval_count; i++) {
        row_print(results, &results->intervals[i], cells);
        for (uint32_t column = 0; column < SERIES_COLUMNS; column++) {
            (void)fprintf(out, "%s%s", column == 0 ? "" : ",", cells[column]);
        }
        (void)fputc('\n', out);
    }
}

static void series_json(const struct results *results, FILE *out)
{
    char cells[SERIES_COLUMNS][32];
    (void)fputs("{\n\"columns\": [", out);
    for (uint32_t column = 0; column < SERIES_COLUMNS; column++) {
        (void)fprintf(out, "%s\"%s\"", column == 0 ? "" : ", ", columns[column]);
    }
    (void)fputs("],\n\"rows\": [\n", out);
    for (size_t i = 0; i < results->interval_count; i++) {
        row_print(results, &results->intervals[i], cells);
        for (uint32_t column = 0; column < SERIES_COLUMNS; column++) {
            (void)fprintf(out, "%s%s", column == 0 ? "[" : ", ",
                          cells[column][0] == '\0' ? "null" : cells[column]);
        }
        (void)fputs(i + 1 < results->interval_count ? "],\n" : "]\n", out);
    }
    (void)fputs("],\n\"figures\": {\n", out);
    for (enum figure figure = 0; figure < FIGURE_COUNT; figure++) {
        char value[32];
        thousandths_print(results->figures[figure], value);
        (void)fprintf(out, "\"%s\": %s%s\n", figure_name(figure), value,
                      figure + 1 < FIGURE_COUNT ? "," : "");
    }
    (void)fputs("}\n}\n", out);
}

static void messages_csv(const struct results *results, FILE *out)
{
    (void)fputs("member,kind,messages,bytes\n", out);
    for (uint32_t host = 0; host < results->host_count; host++) {
        for (uint32_t kind = 0; kind < RESULTS_KINDS; kind++) {
            const struct results_host *one = &results->hosts[host];
            if (one->messages[kind] > 0) {
                (void)fprintf(out, "%" PRIu32 ",%s,%" PRIu64 ",%" PRIu64 "\n", host,
                              message_kind_name(kind), one->messages[kind], one->bytes[kind]);
            }
        }
    }
}

static void members_csv(const struct results *results, FILE *out)
{
    const struct scenario *scenario = results->scenario;
    (void)fputs("member,region,blocks,messages_out,bytes_out,messages_in,bytes_in", out);
#define ACTIVITY_COLUMN(symbol, text) (void)fprintf(out, ",%s_us", text);
    SIMULATION_ACTIVITY_LIST(ACTIVITY_COLUMN)
    (void)fputs(",disk_wait_us\n", out);
    for (uint32_t host = 0; host < results->host_count; host++) {
        const struct results_host *one = &results->hosts[host];
        uint64_t messages = 0;
        uint64_t bytes = 0;
        for (uint32_t kind = 0; kind < RESULTS_KINDS; kind++) {
            messages += one->messages[kind];
            bytes += one->bytes[kind];
        }
        (void)fprintf(
            out, "%" PRIu32 ",%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, host,
            scenario->matrix.region_count == 0 ? ""
                                               : scenario->matrix.names[scenario->region_of[host]],
            one->blocks_proposed, messages, bytes, one->messages_in, one->bytes_in);
        for (uint32_t activity = 0; activity < ACTIVITY_COUNT; activity++) {
            (void)fprintf(out, ",%" PRIu64, one->work_us[activity]);
        }
        (void)fprintf(out, ",%" PRIu64 "\n", one->disk_us);
    }
}

/* Complete in itself: prices are in it, and the matrix lies beside it. */
static void scenario_ini(const struct results *results, FILE *out)
{
    struct scenario *scenario = malloc(sizeof *scenario);
    TALLY_ASSERT(scenario != NULL);
    *scenario = *results->scenario;
    scenario->machine.costs[0] = '\0';
    if (scenario->matrix.region_count > 0) {
        (void)snprintf(scenario->network.latency_matrix, sizeof scenario->network.latency_matrix,
                       MATRIX_NAME);
    }
    for (const char *line = scenario->comment; *line != '\0';) {
        const char *end = strchr(line, '\n');
        (void)fprintf(out, "# %.*s\n", (int)(end - line), line);
        line = end + 1;
    }
    scenario_write(scenario, out);
    free(scenario);
}

static void latency_csv(const struct results *results, FILE *out)
{
    latency_matrix_write(&results->scenario->matrix, out);
}

static bool file_write_by(const struct results *results, const char *directory, const char *name,
                          void (*write)(const struct results *, FILE *))
{
    char path[FILE_PATH_SIZE_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *out = size > 0 && (size_t)size < sizeof path ? fopen(path, "w") : NULL;
    bool written = out != NULL;
    if (out != NULL) {
        write(results, out);
        written = !ferror(out);
        written = fclose(out) == 0 && written;
    }
    if (!written) {
        (void)fprintf(stderr, "tally-sim: %s: cannot be written\n", path);
    }
    return written;
}

bool results_write(const struct results *results, const char *directory)
{
    return file_write_by(results, directory, "summary.txt", results_summary) &&
           file_write_by(results, directory, "series.csv", series_csv) &&
           file_write_by(results, directory, "series.json", series_json) &&
           file_write_by(results, directory, "messages.csv", messages_csv) &&
           file_write_by(results, directory, "members.csv", members_csv) &&
           file_write_by(results, directory, "scenario.ini", scenario_ini) &&
           (results->scenario->matrix.region_count == 0 ||
            file_write_by(results, directory, MATRIX_NAME, latency_csv));
}
