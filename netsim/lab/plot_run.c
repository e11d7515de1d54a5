/* The pictures of one run. */
#include <inttypes.h>
#include <string.h>

#include "netsim/lab/plot.h"
#include "netsim/lab/results_state.h"

enum {
    WIDTH = 960,
    MEMBERS_NAMED_MAX = 31, /* more do not fit below an axis */
};

/* The title of the scenario; with `what`, only what comes before its first colon, and that. */
static void title_print(const struct results *results, const char *what, FILE *script)
{
    char line[128];
    size_t size = strcspn(results->scenario->comment, what[0] == '\0' ? "\n" : ":\n");
    size = size < sizeof line ? size : sizeof line - 1;
    memcpy(line, results->scenario->comment, size);
    line[size] = '\0';
    (void)fputs("'", script);
    plot_text(script, line);
    (void)fprintf(script, "%s%s'", size > 0 && what[0] != '\0' ? ": " : "", what);
}

/* ---- Time line -------------------------------------------------------------------------- */

static void series_data(const struct results *results, FILE *script)
{
    const uint64_t width_us = results->scenario->run.interval_us;
    (void)fputs(
        "# middle of the interval in s, handed in, final, settled a second, finality p50 and "
        "p99 in ms,\n# views lost, uplink of the busiest member in Mbit/s\n$series << END\n",
        script);
    for (size_t i = 0; i < results->interval_count; i++) {
        const struct results_interval *row = &results->intervals[i];
        uint64_t values[] = {
            (row->begin_us + width_us / 2) / 1000,
            row->handed * 1000000000 / width_us,
            row->final * 1000000000 / width_us,
            row->settled * 1000000000 / width_us,
            row->final_p50_us,
            row->final_p99_us,
            row->views_lost * 1000,
            row->bytes_member_max * 8000 / width_us,
        };
        for (size_t column = 0; column < sizeof values / sizeof values[0]; column++) {
            char text[32];
            bool none = (column == 4 || column == 5) && row->final == 0;
            thousandths_print((int64_t)values[column], text);
            (void)fprintf(script, "%s%s", column == 0 ? "" : " ", none ? "NaN" : text);
        }
        (void)fputc('\n', script);
    }
    (void)fputs("END\n", script);
}

/* A line for each fault, named above the upper panel in rows, so that the names do not meet. */
static void faults_print(const struct results *results, FILE *script)
{
    static const char *const heights[] = {"1.02", "1.14", "1.26", "1.38"};
    const struct scenario *scenario = results->scenario;
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        char at[32];
        const char *text = strchr(scenario->faults[i].text, ' ');
        thousandths_print((int64_t)(scenario->faults[i].at_us / 1000), at);
        (void)fprintf(script,
                      "set arrow from first %s, graph 0 to first %s, graph 1 nohead "
                      "lc rgb '#d55e00' dt 2 lw 1.5 back\n"
                      "set label noenhanced '",
                      at, at);
        plot_text(script, text == NULL ? scenario->faults[i].text : text + 1);
        (void)fprintf(script,
                      "' at first %s, graph %s offset 0.3,0.6 font ',10' textcolor rgb "
                      "'#b04a00'\n",
                      at, heights[i % (sizeof heights / sizeof heights[0])]);
    }
}

/* The most views lost in an interval, at least 1. */
static uint64_t views_most(const struct results *results)
{
    uint64_t most = 1;
    for (size_t i = 0; i < results->interval_count; i++) {
        uint64_t lost = results->intervals[i].views_lost;
        most = lost > most ? lost : most;
    }
    return most;
}

static bool timeline_plot(const struct results *results, const char *directory)
{
    const struct scenario *scenario = results->scenario;
    FILE *script = plot_begin(directory, "timeline");
    if (script == NULL) {
        return false;
    }
    uint64_t end_us = scenario->run.duration_us + scenario->run.cool_down_us;
    series_data(results, script);
    plot_canvas(script, "timeline", WIDTH, 720);
    (void)fprintf(
        script,
        "set multiplot layout 3,1 margins screen 0.095, screen 0.79, screen 0.07, screen %s "
        "spacing screen 0.055 title ",
        scenario->fault_count > 0 ? "0.82" : "0.92");
    title_print(results, "", script);
    (void)fprintf(script, " noenhanced font ',14'\nset xrange [0:%" PRIu64 "]\n",
                  (end_us + 999999) / 1000000);
    (void)fputs("unset xlabel\nset key at graph 1.02, graph 1 left top Left reverse samplen 2\n",
                script);
    faults_print(results, script);
    (void)fputs(
        "set ylabel 'instructions / s'\nset yrange [0:0.001<*]\n"
        "plot $series using 1:2 with lines lw 4 lc rgb '#bbbbbb' title 'handed in', \\\n"
        "     $series using 1:4 with lines lw 2 lc rgb '#009e73' title 'settled', \\\n"
        "     $series using 1:3 with linespoints pt 7 ps 0.4 lw 2 lc rgb '#0072b2' title 'final'\n"
        "unset label\nset ylabel 'time to finality, ms'\nset logscale y\nset yrange [*:*]\n"
        "plot $series using 1:6 with linespoints pt 5 ps 0.4 lw 2 lc rgb '#e69f00' title '99 of "
        "100 faster', \\\n"
        "     $series using 1:5 with linespoints pt 7 ps 0.4 lw 2 lc rgb '#0072b2' title 'half "
        "faster'\n",
        script);
    (void)fprintf(script,
                  "unset logscale y\nset yrange [0:%" PRIu64 "]\nset ytics %" PRIu64
                  "\nset ylabel 'views lost'\nset xlabel 'simulated time, s'\n"
                  "plot $series using 1:7 with impulses lw 4 lc rgb '#d55e00' title 'in %" PRIu64
                  " ms'\nunset multiplot\nunset arrow\nset ytics autofreq\n",
                  views_most(results), (views_most(results) + 4) / 5,
                  scenario->run.interval_us / 1000);
    return plot_end(script, directory, "timeline");
}

/* ---- Stacked bars ----------------------------------------------------------------------- */

/* What messages are for. */
static const struct {
    const char *name;
    uint32_t kinds; /* bit set of enum message_kind */
} uses[] = {
    {"batches of envelopes", 1u << MESSAGE_BATCH},
    {"proposals", 1u << MESSAGE_PROPOSAL},
    {"votes", 1u << MESSAGE_NOTARIZE | 1u << MESSAGE_NULLIFY | 1u << MESSAGE_FINALIZE},
    {"certificates", 1u << MESSAGE_CERTIFICATE},
    {"status and repair",
     ~(1u << MESSAGE_BATCH | 1u << MESSAGE_PROPOSAL | 1u << MESSAGE_NOTARIZE |
       1u << MESSAGE_NULLIFY | 1u << MESSAGE_FINALIZE | 1u << MESSAGE_CERTIFICATE)},
};
enum {
    USE_COUNT = sizeof uses / sizeof uses[0]
};

/* Is there room for the names of regions below an axis of members? */
static bool regions_named(const struct scenario *scenario)
{
    return scenario->network.validators <= 10 && scenario->matrix.region_count > 0;
}

static void member_name(const struct results *results, uint32_t member, FILE *script)
{
    const struct scenario *scenario = results->scenario;
    const char *region = scenario->matrix.region_count == 0
                             ? ""
                             : scenario->matrix.names[scenario->region_of[member]];
    bool named = scenario->network.validators <= MEMBERS_NAMED_MAX || member % 10 == 0;
    if (regions_named(scenario)) {
        (void)fprintf(script, "\"%" PRIu32 "\\n%s\"", member, region);
    } else if (named) {
        (void)fprintf(script, "\"%" PRIu32 "\"", member);
    } else {
        (void)fputs("\"\"", script);
    }
}

static void bars_print(const char *label, bool named, uint32_t count, const char *const *names,
                       FILE *script)
{
    static const char *const colours[] = {"#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9",
                                          "#d55e00", "#f0e442", "#999999", "#882255", "#44aa99"};
    (void)fprintf(script,
                  "set style data histogram\nset style histogram rowstacked\nset boxwidth 0.75\n"
                  "set style fill solid 0.9 noborder\nset yrange [0:0.001<*]\nset ylabel '%s'\n"
                  "set xlabel 'member' offset 0,%s\nset xtics font ',9'\nset key outside right "
                  "center reverse Left samplen 1 invert\n"
                  "plot ",
                  label, named ? "-0.7" : "0");
    for (uint32_t i = 0; i < count; i++) {
        (void)fprintf(script, "%s$bars using %" PRIu32 "%s lc rgb '%s' title '%s'",
                      i == 0 ? "" : ", \\\n     ", i + 2, i == 0 ? ":xtic(1)" : "",
                      colours[i % (sizeof colours / sizeof colours[0])], names[i]);
    }
    (void)fputc('\n', script);
}

static bool bandwidth_plot(const struct results *results, const char *directory)
{
    const struct scenario *scenario = results->scenario;
    const uint64_t window_us = scenario->run.duration_us - scenario->run.warm_up_us;
    const char *names[USE_COUNT];
    FILE *script = plot_begin(directory, "bandwidth");
    if (script == NULL) {
        return false;
    }
    (void)fputs("# member, then Mbit/s sent by use\n$bars << END\n", script);
    for (uint32_t host = 0; host < results->host_count; host++) {
        member_name(results, host, script);
        for (uint32_t use = 0; use < USE_COUNT; use++) {
            uint64_t bytes = 0;
            char text[32];
            for (uint32_t kind = 0; kind < RESULTS_KINDS; kind++) {
                bytes += (uses[use].kinds >> kind & 1u) ? results->hosts[host].bytes[kind] : 0;
            }
            thousandths_print((int64_t)(bytes * 8000 / window_us), text);
            (void)fprintf(script, " %s", text);
            names[use] = uses[use].name;
        }
        (void)fputc('\n', script);
    }
    (void)fputs("END\n", script);
    plot_canvas(script, "bandwidth", WIDTH, 480);
    (void)fputs("set title ", script);
    title_print(results, "what each member sends", script);
    (void)fputs(" noenhanced font ',13'\n", script);
    bars_print("sent, Mbit/s", regions_named(scenario), USE_COUNT, names, script);
    return plot_end(script, directory, "bandwidth");
}

static bool cpu_plot(const struct results *results, const char *directory)
{
    static const char *const names[ACTIVITY_COUNT] = {
#define ACTIVITY_TEXT(symbol, text) text,
        SIMULATION_ACTIVITY_LIST(ACTIVITY_TEXT)};
    const struct scenario *scenario = results->scenario;
    const uint64_t window_us = scenario->run.duration_us - scenario->run.warm_up_us;
    FILE *script = plot_begin(directory, "cpu");
    if (script == NULL) {
        return false;
    }
    (void)fputs("# member, then percent of one processor by activity\n$bars << END\n", script);
    for (uint32_t host = 0; host < results->host_count; host++) {
        member_name(results, host, script);
        for (uint32_t activity = 0; activity < ACTIVITY_COUNT; activity++) {
            char text[32];
            thousandths_print(
                (int64_t)(results->hosts[host].work_us[activity] * 100000 / window_us), text);
            (void)fprintf(script, " %s", text);
        }
        (void)fputc('\n', script);
    }
    (void)fputs("END\n", script);
    plot_canvas(script, "cpu", WIDTH, 480);
    (void)fputs("set title ", script);
    title_print(results, "what processors do", script);
    (void)fputs(" noenhanced font ',13'\n", script);
    bars_print("% of one processor", regions_named(scenario), ACTIVITY_COUNT, names, script);
    return plot_end(script, directory, "cpu");
}

bool plot_run(const struct results *results, const char *directory)
{
    return timeline_plot(results, directory) && bandwidth_plot(results, directory) &&
           cpu_plot(results, directory);
}
