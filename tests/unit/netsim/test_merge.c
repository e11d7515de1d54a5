/*
 * Goal: result files are read back as written, a file that is not whole is refused, and files that
 * do not belong together are not joined.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netsim/lab/merge.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct scenario scenario;

static struct result_file file_make(const char *rate, const char *protocol, int64_t figure)
{
    struct result_file file;
    char text[64];
    char why[256];
    memset(&file, 0, sizeof file);
    (void)snprintf(text, sizeof text, "workload.rate=%s", rate);
    assert_true(sweep_point_add(&file.point, text, why, sizeof why));
    if (protocol != NULL) {
        (void)snprintf(text, sizeof text, "network.protocol=%s", protocol);
        assert_true(sweep_point_add(&file.point, text, why, sizeof why));
    }
    scenario_init(&scenario);
    experiment_digest(&scenario, &file.point, file.experiment);
    file.figures[FIGURE_OFFERED] = figure;
    file.figures[FIGURE_DISK] = -figure;
    return file;
}

static char path[] = "/tmp/tally-merge-XXXXXX";

static int make_path(void **state)
{
    (void)state;
    int handle = mkstemp(path);
    return handle < 0 ? -1 : close(handle);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static char *written(const struct result_file *file)
{
    char why[256];
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    assert_true(result_file_write(file, path, why, sizeof why));
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_true(fread(text, 1, (1 << 16) - 1, in) > 0);
    (void)fclose(in);
    return text;
}

static void a_file_is_read_as_written(void **state)
{
    (void)state;
    struct result_file file = file_make("100", "simplex", 1234567);
    struct result_file read;
    char why[256];
    free(written(&file));
    assert_true(result_file_read(&read, path, why, sizeof why));
    assert_string_equal(read.experiment, file.experiment);
    assert_string_equal(read.point.values[1], "simplex");
    assert_memory_equal(read.figures, file.figures, sizeof file.figures);
}

/* At every byte: an interrupted copy never passes for a file. */
static void a_file_that_is_cut_is_refused(void **state)
{
    (void)state;
    struct result_file file = file_make("100", NULL, 5);
    char *text = written(&file);
    size_t size = strlen(text);
    char *copy = malloc(size + 1);
    assert_non_null(copy);
    for (size_t cut = 0; cut + 1 < size; cut++) {
        struct result_file read;
        char why[256] = "";
        memcpy(copy, text, cut);
        copy[cut] = '\0';
        if (result_file_parse(&read, copy, why, sizeof why)) {
            fail_msg("accepted after %zu of %zu bytes", cut, size);
        }
        assert_true(why[0] != '\0');
    }
    free(copy);
    free(text);
}

static void a_file_that_was_changed_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *old;
        const char *new;
    } changes[] = {
        {"result 1", "result 2"},
        {"experiment ", "experiment x"},
        {"experiment", "experience"},
        {"workload.rate 100", "workload.rate"},
        {"workload.rate 100", "workload.rate x"},
        {"workload.rate", "workload.mate"},
        {"offered_per_s", "offered_per_m"},
        {"0.005", "0.05"},
        {"0.005", "0.00x"},
        {"0.005", "5"},
        {"0.005", ""},
        {"figure disk_max_percent", "figure cpu_max_percent"},
        {"figure disk_max_percent -0.005\n", ""},
        {"end\n", "end\nend\n"},
        {"end\n", "figure more 0.000\nend\n"},
        {"end\n", "weather fine\nend\n"},
    };
    struct result_file file = file_make("100", NULL, 5);
    char *text = written(&file);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct result_file read;
        char copy[8192];
        char why[256] = "";
        const char *at = strstr(text, changes[i].old);
        assert_non_null(at);
        (void)snprintf(copy, sizeof copy, "%.*s%s%s", (int)(at - text), text, changes[i].new,
                       at + strlen(changes[i].old));
        if (result_file_parse(&read, copy, why, sizeof why)) {
            fail_msg("accepted: %s for %s", changes[i].new, changes[i].old);
        }
    }
    free(text);
}

static void a_missing_file_is_refused(void **state)
{
    (void)state;
    struct result_file file;
    char why[256] = "";
    assert_false(result_file_read(&file, "/nonexistent/x.result", why, sizeof why));
    file = file_make("100", NULL, 5);
    assert_false(result_file_write(&file, "/nonexistent/x.result", why, sizeof why));
}

static void a_digest_is_of_all_but_the_coordinates(void **state)
{
    (void)state;
    struct sweep_point point = {0};
    struct scenario_error error;
    char why[256];
    char one[RESULT_DIGEST_SIZE];
    char other[RESULT_DIGEST_SIZE];
    assert_true(sweep_point_add(&point, "workload.rate=7", why, sizeof why));
    scenario_init(&scenario);
    experiment_digest(&scenario, &point, one);
    assert_true(scenario_set(&scenario, "workload.rate", "500", &error));
    experiment_digest(&scenario, &point, other);
    assert_string_equal(one, other);
    static const char *const changes[][2] = {
        {"network.validators", "7"}, {"cost.sign_ns", "1"},   {"run.seed", "2"},
        {"workload.zipf", "1"},      {"fault.at", "1s heal"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        assert_true(scenario_set(&scenario, changes[i][0], changes[i][1], &error));
        experiment_digest(&scenario, &point, one);
        assert_string_not_equal(one, other);
        memcpy(other, one, sizeof other);
    }
    scenario.matrix.one_way_us[1][0] += 1;
    experiment_digest(&scenario, &point, one);
    assert_string_not_equal(one, other);
}

static void files_are_joined_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    static const char *const rates[] = {"1000", "20", "300"};
    struct merge *merge = merge_new();
    char *text = NULL;
    size_t size = 0;
    char why[512];
    for (size_t i = 0; i < 3; i++) {
        struct result_file file = file_make(rates[i], "simplex", (int64_t)i * 1000);
        assert_true(merge_add(merge, &file, "x", why, sizeof why));
    }
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    merge_write(merge, out);
    (void)fclose(out);
    assert_int_equal(strncmp(text, "workload.rate,network.protocol,offered_per_s,", 45), 0);
    const char *first = strstr(text, "\n20,simplex,1.000,");
    const char *second = strstr(text, "\n300,simplex,2.000,");
    const char *third = strstr(text, "\n1000,simplex,0.000,");
    assert_true(first != NULL && second > first && third > second);
    free(text);
    merge_free(merge);
}

static void files_that_do_not_belong_together_are_refused(void **state)
{
    (void)state;
    struct merge *merge = merge_new();
    char why[512];
    struct result_file file = file_make("100", "simplex", 1);
    assert_true(merge_add(merge, &file, "x", why, sizeof why));
    assert_false(merge_add(merge, &file, "again", why, sizeof why));
    assert_non_null(strstr(why, "again"));
    file = file_make("100", NULL, 1);
    assert_false(merge_add(merge, &file, "fewer axes", why, sizeof why));
    file = file_make("200", "simplex", 1);
    file.experiment[3] = file.experiment[3] == 'a' ? 'b' : 'a';
    assert_false(merge_add(merge, &file, "other experiment", why, sizeof why));
    file = file_make("200", "simplex", 1);
    struct sweep_point swapped = {.count = 2};
    for (uint32_t i = 0; i < 2; i++) {
        memcpy(swapped.fields[i], file.point.fields[1 - i], SWEEP_FIELD_SIZE);
        memcpy(swapped.values[i], file.point.values[1 - i], SWEEP_VALUE_SIZE);
    }
    file.point = swapped;
    assert_false(merge_add(merge, &file, "other order", why, sizeof why));
    assert_int_equal(merge_count(merge), 1);
    merge_free(merge);
}

int main(void)
{
    assert_hook_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_as_written),
        cmocka_unit_test(a_file_that_is_cut_is_refused),
        cmocka_unit_test(a_file_that_was_changed_is_refused),
        cmocka_unit_test(a_missing_file_is_refused),
        cmocka_unit_test(a_digest_is_of_all_but_the_coordinates),
        cmocka_unit_test(files_are_joined_in_the_order_of_their_numbers),
        cmocka_unit_test(files_that_do_not_belong_together_are_refused),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
