/*
 * Goal: the script of a picture is, to the byte, what the table says; columns that do not exist are
 * refused; without gnuplot the script is there all the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netsim/lab/plot_sweep.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static const char runs[] = "workload.rate,network.protocol,finality_p50_ms,finality_p99_ms\n"
                           "250,simplex,55.500,80.000\n"
                           "250,fixed-leader,20.000,\n"
                           "500,simplex,56.000,81.000\n"
                           "500,fixed-leader,21.000,30.000\n";

static const char golden[] =
    "# Draws latency.svg and latency.png: gnuplot latency.gp\n"
    "$line0 << END\n"
    "250 55.500 80.000\n"
    "500 56.000 81.000\n"
    "END\n"
    "$line1 << END\n"
    "250 20.000 NaN\n"
    "500 21.000 30.000\n"
    "END\n"
    "set encoding utf8\n"
    "do for [kind in 'svg png'] {\n"
    "if (kind eq 'svg') {\n"
    "    set terminal svg size 960,480 font 'DejaVu Sans,12' background 'white'\n"
    "} else {\n"
    "    set terminal pngcairo size 960,480 font 'DejaVu Sans,10' background 'white'\n"
    "}\n"
    "set output 'latency.'.kind\n"
    "set border 3 lc rgb '#444444'\n"
    "set tics nomirror\n"
    "set grid y lc rgb '#dddddd' lt 1\n"
    "set title 'Its a wall' noenhanced font ',14'\n"
    "set xlabel 'instructions a second (open loop)' noenhanced\n"
    "set ylabel 'ms' noenhanced\n"
    "set key outside right top Left reverse samplen 3 noenhanced\n"
    "set grid x y lc rgb '#dddddd' lt 1\n"
    "set logscale y\n"
    "set format y '%.0f'\n"
    "set xrange [0:*]\n"
    "plot $line0 using 1:2 with linespoints pt 7 ps 0.8 lw 2 dt 1 lc rgb '#0072b2' title "
    "'simplex: time to finality: median', \\\n"
    "     $line0 using 1:3 with linespoints pt 5 ps 0.8 lw 2 dt 2 lc rgb '#0072b2' title "
    "'simplex: 99 of 100 are faster', \\\n"
    "     $line1 using 1:2 with linespoints pt 7 ps 0.8 lw 2 dt 1 lc rgb '#e69f00' title "
    "'fixed-leader: time to finality: median', \\\n"
    "     $line1 using 1:3 with linespoints pt 5 ps 0.8 lw 2 dt 2 lc rgb '#e69f00' title "
    "'fixed-leader: 99 of 100 are faster'\n"
    "unset output\n"
    "}\n";

static char directory[] = "/tmp/tally-plot-XXXXXX";

static char *script_text(const char *name)
{
    static char text[8192];
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s.gp", directory, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    (void)fclose(file);
    (void)remove(path);
    return text;
}

static bool draw(const struct plot_sweep *plot)
{
    char why[200];
    struct csv_table *table = csv_table_parse(runs, why, sizeof why);
    assert_non_null(table);
    bool drawn = plot_sweep(plot, table, directory);
    csv_table_free(table);
    return drawn;
}

static void the_script_is_what_the_table_says(void **state)
{
    (void)state;
    assert_true(draw(&(struct plot_sweep){.name = "latency",
                                          .title = "It's a wall\n", /* a quote would end it */
                                          .x = "workload.rate",
                                          .y = "finality_p50_ms,finality_p99_ms",
                                          .by = "network.protocol",
                                          .log_y = true}));
    assert_string_equal(script_text("latency"), golden);
}

static void one_figure_names_its_axis(void **state)
{
    (void)state;
    assert_true(draw(&(struct plot_sweep){
        .name = "one", .title = "T", .x = "workload.rate", .y = "finality_p50_ms", .log_x = true}));
    const char *text = script_text("one");
    assert_non_null(strstr(text, "set ylabel 'time to finality: median, ms'"));
    assert_non_null(strstr(text, "set logscale x\n"));
    assert_non_null(strstr(text, "set xtics (250, 500)\n"));
    assert_null(strstr(text, "set logscale y\n"));
}

static void columns_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    struct plot_sweep plot = {
        .name = "none", .title = "T", .x = "workload.rate", .y = "finality_p50_ms"};
    plot.x = "workload.rates";
    assert_false(draw(&plot));
    plot.x = "workload.rate";
    plot.y = "finality_p50_ms,finality";
    assert_false(draw(&plot));
    plot.y = "finality_p50_ms,";
    assert_false(draw(&plot));
    plot.y = "finality_p50_ms,finality_p50_ms,finality_p50_ms,finality_p50_ms,finality_p50_ms";
    assert_false(draw(&plot));
    plot.y = "finality_p50_ms";
    plot.by = "protocol";
    assert_false(draw(&plot));
}

static int open_directory(void **state)
{
    (void)state;
    /* No gnuplot: what it draws is looked at by people, not here. */
    return mkdtemp(directory) == NULL || setenv("PATH", "/nonexistent", 1) != 0;
}

static int close_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_script_is_what_the_table_says),
        cmocka_unit_test(one_figure_names_its_axis),
        cmocka_unit_test(columns_that_do_not_exist_are_refused),
    };
    assert_hook_install();
    return cmocka_run_group_tests_name("plot_sweep", tests, open_directory, close_directory);
}
