/*
 * Goal: a scenario is read to the last field, and whatever is unknown, given twice, of the wrong
 * unit, out of range or contradictory is refused with file, line and reason. The shipped scenarios
 * are legal, and the manual has the reference as it is printed.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/scenario.h"
#include "netsim/lab/scenario_field.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct scenario scenario;
static struct scenario_error error;

static bool parse(const char *text)
{
    scenario_init(&scenario);
    return scenario_parse(&scenario, text, strlen(text), "test.ini", "", &error);
}

static bool finish(const char *text)
{
    return parse(text) && scenario_finish(&scenario, &error);
}

static void defaults_are_legal(void **state)
{
    (void)state;
    assert_true(finish(""));
    assert_int_equal(scenario.network.validators, 4);
    assert_int_equal(scenario.network.uplink_bytes_per_s, 125000000);
    assert_int_equal(scenario.point_count, 1);
    assert_int_equal(scenario.points[0].per_s, 100);
}

static void fields_faults_and_comment_are_taken(void **state)
{
    (void)state;
    assert_true(finish("# Two lines\n# of comment.\n\n[network]\nvalidators = 7\nloss = 2.5%\n"
                       "[workload]\ncurve = 0s:10 5s:100 10s:0\n[fault]\nat = 20s start 3\n"
                       "at = 12s crash 3\nat = 12s pause 1 1s\n"));
    assert_string_equal(scenario.comment, "Two lines\nof comment.\n");
    assert_int_equal(scenario.network.validators, 7);
    assert_int_equal(scenario.network.loss_permille, 25);
    assert_int_equal(scenario.point_count, 3);
    assert_int_equal(scenario.points[1].time_us, 5000000);
    assert_int_equal(scenario.points[1].per_s, 100);
    assert_int_equal(scenario.fault_count, 3);
    assert_int_equal(scenario.faults[0].kind, TIMELINE_CRASH);
    assert_int_equal(scenario.faults[1].kind, TIMELINE_PAUSE);
    assert_int_equal(scenario.faults[2].kind, TIMELINE_START);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line;
        const char *reason;
    } cases[] = {
        {"[network]\nvalidator = 4\n", 2, "unknown field"},
        {"[networks]\nvalidators = 4\n", 2, "unknown section"},
        {"validators = 4\n", 1, "unknown section"},
        {"[network]\nvalidators = 4\nvalidators = 7\n", 3, "given twice"},
        {"[network]\nvalidators = 0\n", 2, "out of range"},
        {"[network]\nvalidators = 129\n", 2, "out of range"},
        {"[network]\nvalidators = four\n", 2, "not a number"},
        {"[network]\nvalidators =\n", 2, "give a value"},
        {"[network]\nlatency = 20\n", 2, "has no unit"},
        {"[network]\nlatency = 20KiB\n", 2, "another unit"},
        {"[network]\nbandwidth = 1MB\n", 2, "another unit"},
        {"[network]\nloss = 101%\n", 2, "out of range"},
        {"[network]\nreorder = maybe\n", 2, "yes or no"},
        {"[network]\nprotocol = paxos\n", 2, "simplex or fixed-leader"},
        {"[consensus]\nd0 = 100us\n", 2, "another unit"},
        {"[machine]\nhosts = 0\n", 2, "out of range"},
        {"[workload]\nloop = half\n", 2, "open or closed"},
        {"[workload]\nzipf = 5\n", 2, "out of range"},
        {"[run]\nduration = 0s\n", 2, "out of range"},
        {"[cost]\nverify = 4\n", 2, "unknown field"},
        {"[cost]\nverify_ns = 4us\n", 2, "another unit"},
        {"[fault]\ncrash = 12s 3\n", 2, "at ="},
        {"[fault]\nat = 12s explode 3\n", 2, "no such fault"},
        {"[fault]\n\n# a comment\nat = 12 crash 3\n", 4, "has no unit"},
        {"[network]\nvalidators\n", 2, "neither"},
        {"[network\nvalidators = 4\n", 1, "neither"},
        {"# ok\n= 4\n", 2, "unknown section"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (parse(cases[i].text)) {
            fail_msg("accepted: %s", cases[i].text);
        }
        if (error.line != cases[i].line || strstr(error.text, cases[i].reason) == NULL ||
            strncmp(error.text, "test.ini:", 9) != 0) {
            fail_msg("%s: line %u: %s", cases[i].text, error.line, error.text);
        }
    }
}

static void what_contradicts_itself_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"[consensus]\nd_max = 50ms\n", "consensus.d_max"},
        {"[consensus]\nbatch = 8MiB\n", "consensus.lane_quota"},
        {"[consensus]\nlane_window = 4\n", "consensus.lane_window"},
        {"[network]\nregions = paris\n", "network.latency_matrix: is missing"},
        {"[network]\nlatency_matrix = x.csv\n", "network.regions: is missing"},
        {"[network]\nlatency_matrix = /nonexistent/x.csv\nregions = paris\n", "x.csv"},
        {"[machine]\ncosts = /nonexistent/costs.ini\n", "costs.ini"},
        {"[workload]\nloop = closed\n", "workload.clients"},
        {"[workload]\ncurve = 10\n", "points such as"},
        {"[workload]\ncurve = 10:5\n", "has no unit"},
        {"[workload]\ncurve = 10s:5s\n", "another unit"},
        {"[workload]\ncurve = 10s:5 10s:6\n", "must rise"},
        {"[workload]\nhold = 60%\ncancel = 60%\n", "exceed 100%"},
        {"[workload]\nhome_member = 4\n", "no member 4"},
        {"[workload]\nduplicates = 1%\nduplicate_members = 5\n", "only 4"},
        {"[run]\nwarm_up = 30s\n", "run.warm_up"},
        {"[workload]\nrate = 1000000\n", "workload.rate: comes to"},
        {"[workload]\ncurve = 0s:1 1s:1000000\n", "workload.rate: comes to"},
        {"[workload]\nrate = 1000000\n[run]\nduration = 1440m\n", "workload.rate: comes to"},
        {"[run]\ninterval = 1ms\nduration = 1000s\n", "run.interval"},
        {"[fault]\nat = 1s crash 4\n", "members 0 to 3"},
        {"[fault]\nat = 1s partition {0,4}|{1,2}\n", "members 0 to 3"},
        {"[fault]\nat = 1s cut 0 4\n", "members 0 to 3"},
        {"[fault]\nat = 40s crash 1\n", "has ended"},
        {"[network]\nprotocol = fixed-leader\n[fault]\nat = 1s byzantine 1 forge\n", "trusted"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (finish(cases[i].text)) {
            fail_msg("accepted: %s", cases[i].text);
        }
        if (strstr(error.text, cases[i].reason) == NULL) {
            fail_msg("%s: %s", cases[i].text, error.text);
        }
    }
}

static void a_zero_byte_or_a_missing_file_is_refused(void **state)
{
    (void)state;
    scenario_init(&scenario);
    assert_false(scenario_parse(&scenario, "[run]\0\n", 7, "test.ini", "", &error));
    assert_false(scenario_load(&scenario, "/nonexistent/x.ini", &error));
    assert_non_null(strstr(error.text, "/nonexistent/x.ini"));
}

static void the_command_line_names_fields_as_the_file_does(void **state)
{
    (void)state;
    char text[64];
    assert_true(parse("[network]\nvalidators = 7\n"));
    assert_true(scenario_set(&scenario, "network.validators", "10", &error));
    assert_true(scenario_set(&scenario, "run.seed", "77", &error));
    assert_true(scenario_set(&scenario, "fault.at", "3s crash 9", &error));
    assert_true(scenario_finish(&scenario, &error));
    assert_int_equal(scenario.fault_count, 1);
    assert_true(scenario_get(&scenario, "network.validators", text, sizeof text));
    assert_string_equal(text, "10");
    assert_true(scenario_get(&scenario, "workload.timeout", text, sizeof text));
    assert_string_equal(text, "5s");

    static const char *const wrong[][2] = {
        {"validators", "4"},          {"network.", "4"},
        {".validators", "4"},         {"network.validator", "4"},
        {"net.validators", "4"},      {"network.validators", "0"},
        {"network.validators", ""},   {"network.latency", "20"},
        {"fault.crash", "3"},         {"fault.at", "3s explode"},
        {"network.validators ", "4"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (scenario_set(&scenario, wrong[i][0], wrong[i][1], &error)) {
            fail_msg("accepted: %s = %s", wrong[i][0], wrong[i][1]);
        }
    }
    assert_false(scenario_get(&scenario, "network.validator", text, sizeof text));
}

static char *written(void (*write)(const struct scenario *, FILE *))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    write(&scenario, out);
    (void)fclose(out);
    return text;
}

static void what_is_written_is_read_as_the_same(void **state)
{
    (void)state;
    assert_true(finish("[network]\nvalidators = 7\nloss = 0.1%\nbandwidth = 100Mbit\n[workload]\n"
                       "loop = closed\nclients = 12\nzipf = 0.99\n[cost]\nsign_ns = 20000\n"
                       "[fault]\nat = 12s crash 3\nat = 20s byzantine 0 equivocate,withhold\n"));
    char *first = written(scenario_write);
    if (!finish(first)) {
        fail_msg("%s", error.text);
    }
    char *second = written(scenario_write);
    assert_string_equal(first, second);
    assert_int_equal(scenario.network.validators, 7);
    assert_int_equal(scenario.fault_count, 2);
    free(first);
    free(second);
}

static char *file_text(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        skip(); /* not run from the top of the tree */
    }
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    size_t size = fread(text, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    assert_true(size > 0);
    return text;
}

static void regions_take_members_in_turn_and_costs_come_from_their_file(void **state)
{
    (void)state;
    free(file_text("netsim/gallery/azure-2026-07.csv"));
    scenario_init(&scenario);
    const char *text = "[network]\nvalidators = 5\nlatency_matrix = azure-2026-07.csv\n"
                       "regions = uk-south east-us\n[machine]\ncosts = costs.ini\n"
                       "[cost]\nverify_ns = 1\n";
    assert_true(scenario_parse(&scenario, text, strlen(text), "x.ini", "netsim/gallery", &error));
    if (!scenario_finish(&scenario, &error)) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(scenario.region_of[0], latency_matrix_find(&scenario.matrix, "uk-south"));
    assert_int_equal(scenario.region_of[3], latency_matrix_find(&scenario.matrix, "east-us"));
    assert_int_equal(scenario.region_of[4], scenario.region_of[0]);
    assert_int_equal(scenario.cost.verify_ns, 1);
    assert_true(scenario.cost.sign_ns > 1000);
}

static void an_unknown_region_and_a_strange_file_of_costs_are_refused(void **state)
{
    (void)state;
    free(file_text("netsim/gallery/azure-2026-07.csv"));
    static const char *const texts[] = {
        "[network]\nlatency_matrix = azure-2026-07.csv\nregions = uk-south atlantis\n",
        "[network]\nlatency_matrix = lan.ini\nregions = uk-south\n",
        "[machine]\ncosts = lan.ini\n",
        "[machine]\ncosts = azure-2026-07.csv\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        scenario_init(&scenario);
        assert_true(scenario_parse(&scenario, texts[i], strlen(texts[i]), "x.ini", "netsim/gallery",
                                   &error));
        if (scenario_finish(&scenario, &error)) {
            fail_msg("accepted: %s", texts[i]);
        }
    }
}

static void shipped_scenarios_are_legal_and_say_what_they_are(void **state)
{
    (void)state;
    uint32_t count = 0;
    DIR *directory = opendir("netsim/gallery");
    const struct dirent *entry;
    if (directory == NULL) {
        skip(); /* not run from the top of the tree */
    }
    while ((entry = readdir(directory)) != NULL) {
        const char *end = strrchr(entry->d_name, '.');
        char path[320];
        if (end == NULL || strcmp(end, ".ini") != 0) {
            continue;
        }
        (void)snprintf(path, sizeof path, "netsim/gallery/%s", entry->d_name);
        scenario_init(&scenario);
        if (!scenario_load(&scenario, path, &error) || !scenario_finish(&scenario, &error)) {
            fail_msg("%s", error.text);
        }
        assert_true(scenario.comment[0] != '\0');
        count += 1;
    }
    (void)closedir(directory);
    assert_true(count > 8);
}

static void every_field_is_in_the_reference_and_the_manual_has_it(void **state)
{
    (void)state;
    char *reference = NULL;
    size_t size;
    FILE *out = open_memstream(&reference, &size);
    assert_non_null(out);
    scenario_reference(out);
    (void)fclose(out);
    for (uint32_t i = 0; i < field_count(); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "| `%s` |", field_at(i)->name);
        assert_non_null(strstr(reference, name));
        assert_true(section_known(field_at(i)->section));
        assert_non_null(strstr(section_names(), field_at(i)->section));
    }
    char *manual = file_text("docs/netsim.md");
    assert_non_null(strstr(manual, reference));
    free(manual);
    free(reference);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_legal),
        cmocka_unit_test(fields_faults_and_comment_are_taken),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(what_contradicts_itself_is_refused),
        cmocka_unit_test(a_zero_byte_or_a_missing_file_is_refused),
        cmocka_unit_test(the_command_line_names_fields_as_the_file_does),
        cmocka_unit_test(what_is_written_is_read_as_the_same),
        cmocka_unit_test(regions_take_members_in_turn_and_costs_come_from_their_file),
        cmocka_unit_test(an_unknown_region_and_a_strange_file_of_costs_are_refused),
        cmocka_unit_test(shipped_scenarios_are_legal_and_say_what_they_are),
        cmocka_unit_test(every_field_is_in_the_reference_and_the_manual_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
