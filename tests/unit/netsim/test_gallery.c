/*
 * Goal: the list of a gallery is read to the last word, and what is wrong with it is said with its
 * line; what is done is not done again, unless what decides its results has changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "netsim/lab/gallery.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct gallery gallery;
static char directory[] = "/tmp/tally-gallery-XXXXXX";

static void parse(const char *text)
{
    char why[200];
    if (!gallery_parse(&gallery, text, why, sizeof why)) {
        fail_msg("%s", why);
    }
}

static void check_refused(const char *text, const char *expected)
{
    char why[200] = "";
    assert_false(gallery_parse(&gallery, text, why, sizeof why));
    assert_string_equal(why, expected);
}

static void a_list_is_read_to_the_last_word(void **state)
{
    (void)state;
    parse("# shown first\n"
          "scenario lan\n"
          "\n"
          "scenario load workload.rate=1,2 run.seed=1..3/1\n"
          "plot latency x workload.rate y final_per_s,offered_per_s by run.seed log xy : A : B\n"
          "plot rate x workload.rate y final_per_s : C");
    assert_int_equal(gallery.count, 2);
    assert_string_equal(gallery.entries[0].name, "lan");
    assert_int_equal(gallery.entries[0].axis_count, 0);
    const struct gallery_entry *load = &gallery.entries[1];
    assert_int_equal(load->axis_count, 2);
    assert_string_equal(load->axes[1], "run.seed=1..3/1");
    assert_int_equal(load->plot_count, 2);
    const struct plot_sweep *plot = &load->plots[0].plot;
    assert_string_equal(plot->name, "latency");
    assert_string_equal(plot->title, "A : B");
    assert_string_equal(plot->x, "workload.rate");
    assert_string_equal(plot->y, "final_per_s,offered_per_s");
    assert_string_equal(plot->by, "run.seed");
    assert_true(plot->log_x && plot->log_y);
    plot = &load->plots[1].plot;
    assert_null(plot->by);
    assert_false(plot->log_x || plot->log_y);
}

static void what_is_no_list_is_refused_with_its_line(void **state)
{
    static const char columns[] =
        "line 2: write x COLUMN y COLUMNS [by COLUMN] [log x|y|xy] : TITLE";
    (void)state;
    check_refused("", "line 1: names no scenario");
    check_refused("# nothing\n", "line 1: names no scenario");
    check_refused("\nlan\n", "line 2: is neither 'scenario ...', 'plot ...' nor a comment");
    check_refused("scenario \n", "line 1: name the scenario: lower case letters, digits and -");
    check_refused("scenario ../lan\n",
                  "line 1: name the scenario: lower case letters, digits and -");
    check_refused("scenario lan\nscenario lan\n", "line 2: this scenario is in the list already");
    check_refused("scenario lan rate\n", "line 1: write SECTION.FIELD=VALUES, at most 8 times");
    check_refused("plot a x b y c : T\n",
                  "line 1: a plot follows a scenario that varies something");
    check_refused("scenario lan\nplot a x b y c : T\n",
                  "line 2: a plot follows a scenario that varies something");
    check_refused("scenario a b=1\nplot p x b y c\n", "line 2: a plot ends in ' : TITLE'");
    check_refused("scenario a b=1\nplot p x b y : T\n",
                  "line 2: a word is missing after the last one");
    check_refused("scenario a b=1\nplot p x b : T\n", "line 2: x and y are needed");
    check_refused("scenario a b=1\nplot p x b y c log z : T\n", columns);
    check_refused("scenario a b=1\nplot p x b y c z z : T\n", columns);
    check_refused("scenario a b=1\nplot P x b y c : T\n",
                  "line 2: name the plot: lower case letters, digits and -");
}

static char *stamp_of(const char *scenario_text, const char *list, bool plots)
{
    static struct scenario scenario;
    struct scenario_error error;
    parse(list);
    scenario_init(&scenario);
    if (!scenario_parse(&scenario, scenario_text, strlen(scenario_text), "x.ini", "", &error) ||
        !scenario_finish(&scenario, &error)) {
        fail_msg("%s", error.text);
    }
    return plots ? gallery_plots_stamp(&gallery.entries[0], &scenario)
                 : gallery_stamp(&gallery.entries[0], &scenario);
}

/* Is the stamp of this that of the scenario and list below? */
static bool same_of(const char *scenario, const char *list, bool plots)
{
    char *first = stamp_of("# T\n[workload]\nrate = 10\n",
                           "scenario a run.seed=1\nplot p x run.seed y final_per_s : T\n", plots);
    char *second = stamp_of(scenario, list, plots);
    bool equal = strcmp(first, second) == 0;
    free(first);
    free(second);
    return equal;
}

static bool same(const char *scenario, const char *list)
{
    return same_of(scenario, list, true);
}

/* Other plots of the same results need no other runs. */
static void what_decides_the_plots_only_is_not_in_the_stamp_of_results(void **state)
{
    static const char scenario[] = "# T\n[workload]\nrate = 10\n";
    static const char list[] = "scenario a run.seed=1\n";
    (void)state;
    assert_true(same_of(scenario, list, false));
    assert_true(same_of("# U\n[workload]\nrate = 10\n", list, false));
    assert_false(same_of("# T\n[workload]\nrate = 11\n", list, false));
    assert_false(same_of(scenario, "scenario a run.seed=2\n", false));
}

static void what_decides_the_results_is_in_the_stamp(void **state)
{
    static const char scenario[] = "# T\n[workload]\nrate = 10\n";
    static const char list[] = "scenario a run.seed=1\nplot p x run.seed y final_per_s : T\n";
    (void)state;
    assert_true(same(scenario, list));
    assert_true(same("# T\n# what to see\n[workload]\n# why\nrate=10\n", list));
    assert_false(same("# U\n[workload]\nrate = 10\n", list)); /* stands above the plots */
    assert_false(same("# T\n[workload]\nrate = 11\n", list));
    assert_false(same("# T\n[workload]\nrate = 10\n[cost]\nsign_ns = 1\n", list));
    assert_false(same("# T\n[workload]\nrate = 10\n[fault]\nat = 1s crash 0\n", list));
    assert_false(same(scenario, "scenario a run.seed=2\nplot p x run.seed y final_per_s : T\n"));
    assert_false(same(scenario, "scenario a run.seed=1\nplot p x run.seed y final_per_s : U\n"));
    assert_false(
        same(scenario, "scenario a run.seed=1\nplot p x run.seed y final_per_s log y : T\n"));
    assert_false(same(scenario, "scenario a run.seed=1\n"));
}

static void point_put(void)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/a/seed=1.result", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fclose(file);
}

static bool point_there(void)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/a/seed=1.result", directory);
    return access(path, F_OK) == 0;
}

static void what_is_done_is_not_done_again(void **state)
{
    (void)state;
    char path[64];
    (void)snprintf(path, sizeof path, "%s/a", directory);
    assert_false(gallery_done(path, "one\n"));
    assert_true(gallery_begin(path, "one\n", false));
    point_put();
    assert_false(gallery_done(path, "one\n"));
    /* Interrupted, and gone on with: single points are kept. */
    assert_true(gallery_begin(path, "one\n", false));
    assert_true(point_there());
    assert_true(gallery_end(path, "one\n"));
    assert_true(gallery_done(path, "one\n"));
    assert_false(gallery_done(path, "one"));
    assert_false(gallery_done(path, "one\ntwo\n"));
    /* Changed: nothing of the old one may stay, also when this is interrupted at once. */
    assert_true(gallery_begin(path, "two\n", false));
    assert_false(point_there());
    assert_false(gallery_done(path, "one\n"));
    assert_false(gallery_done(path, "two\n"));
    /* Wanted anew. */
    point_put();
    assert_true(gallery_begin(path, "two\n", true));
    assert_false(point_there());
}

static void a_directory_that_cannot_be_written_is_refused(void **state)
{
    (void)state;
    assert_false(gallery_begin("/proc/nothing", "one\n", false));
    assert_false(gallery_end("/proc/nothing", "one\n"));
}

static int open_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL;
}

static int close_directory(void **state)
{
    char path[128];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/a/begun.txt", directory);
    (void)remove(path);
    (void)snprintf(path, sizeof path, "%s/a", directory);
    return rmdir(path) != 0 || rmdir(directory) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_to_the_last_word),
        cmocka_unit_test(what_is_no_list_is_refused_with_its_line),
        cmocka_unit_test(what_decides_the_results_is_in_the_stamp),
        cmocka_unit_test(what_decides_the_plots_only_is_not_in_the_stamp_of_results),
        cmocka_unit_test(what_is_done_is_not_done_again),
        cmocka_unit_test(a_directory_that_cannot_be_written_is_refused),
    };
    assert_hook_install();
    return cmocka_run_group_tests_name("gallery", tests, open_directory, close_directory);
}
