/*
 * Goal: the protocol as a story that can be read. Four validators play a scenario on a quiet
 * network; what each core does, in order, must be the text of a file in this folder. After a wanted
 * change run `make golden-rewrite` and review the difference like code.
 *
 *     [    40] 2  notarize view 2 of 2 5e11
 *      time    |  what, where, whose, and the first bytes of the block hash
 *              validator (with ! Byzantine)
 */
#include "tests/support/consensus/cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool rewrite;

/* Everything takes the same time, so that order on the page is order in the protocol. */
static void options_even(struct cluster_options *options)
{
    cluster_options_quiet(options, 1);
    options->delay_min_ms = 10;
    options->delay_spread_ms = 0;
    options->sync_min_ms = 1;
    options->execute_spread_ms = 0;
    options->batch_period_ms = 0;
    options->heartbeat_ms = 400;
}

static char *file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    size_t size = 0;
    size_t capacity = 1 << 20;
    char *text = malloc(capacity);
    assert_non_null(text);
    size = fread(text, 1, capacity - 1, file);
    text[size] = '\0';
    fclose(file);
    return text;
}

/* Tells the first line that differs, with its number. */
static void difference_tell(const char *name, const char *expected, const char *actual)
{
    unsigned line = 1;
    const char *start = actual;
    const char *start_expected = expected;
    for (; *expected != '\0' && *expected == *actual; expected++, actual++) {
        if (*actual == '\n') {
            line++;
            start = actual + 1;
            start_expected = expected + 1;
        }
    }
    print_error("%s.trace line %u\n  expected: %.*s\n  now:      %.*s\n", name, line,
                (int)strcspn(start_expected, "\n"), start_expected, (int)strcspn(start, "\n"),
                start);
}

static void golden_check(const char *name, const char *actual)
{
    char path[128];
    (void)snprintf(path, sizeof path, "tests/golden/consensus/%s.trace", name);
    if (rewrite) {
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_true(fputs(actual, file) >= 0);
        assert_int_equal(fclose(file), 0);
        return;
    }
    char *expected = file_read(path);
    if (expected == NULL) {
        fail_msg("%s cannot be read; run from the root of the tree", path);
    }
    if (strcmp(expected, actual) != 0) {
        difference_tell(name, expected, actual);
        fail();
    }
    free(expected);
}

struct story {
    char *text;
    size_t size;
    FILE *file;
    struct cluster *cluster;
};

static void story_begin(struct story *story, const struct cluster_options *options)
{
    story->file = open_memstream(&story->text, &story->size);
    assert_non_null(story->file);
    story->cluster = cluster_new(options, story->file);
}

static void story_end(struct story *story, const char *name)
{
    const char *violation = checker_violation(story->cluster->checker);
    if (violation != NULL) {
        fail_msg("%s", violation);
    }
    cluster_free(story->cluster);
    assert_int_equal(fclose(story->file), 0);
    golden_check(name, story->text);
    free(story->text);
}

static uint32_t leader(const struct cluster *cluster, uint64_t view)
{
    return consensus_leader(cluster->hosts[0].core, view);
}

/* Two blocks, the first with a batch: proposal, notarization, finalization, next view meanwhile. */
static void test_good_case(void **state)
{
    (void)state;
    struct cluster_options options;
    struct story story;
    options_even(&options);
    story_begin(&story, &options);
    cluster_submit(story.cluster, 1);
    assert_true(cluster_run_to_height(story.cluster, 2, 1000));
    story_end(&story, "good-case");
}

/* The first leader is down: its view is given up, the next one's block becomes final. */
static void test_dead_leader(void **state)
{
    (void)state;
    struct cluster_options options;
    struct story story;
    options_even(&options);
    story_begin(&story, &options);
    uint32_t dead = leader(story.cluster, 1);
    cluster_crash(story.cluster, dead, false);
    cluster_submit(story.cluster, (dead + 1) % 4);
    assert_true(cluster_run_to_height(story.cluster, 1, 2000));
    story_end(&story, "dead-leader");
}

/* Validator 3 sends two blocks as leader: the certificate decides, and convicts it. */
static void test_equivocation(void **state)
{
    (void)state;
    struct cluster_options options;
    struct story story;
    options_even(&options);
    options.byzantine_count = 1;
    options.byzantine_kinds[0] = 1u << BYZANTINE_EQUIVOCATE;
    story_begin(&story, &options);
    cluster_submit(story.cluster, 0);
    uint64_t led = 1;
    while (leader(story.cluster, led) != 3) {
        led++;
    }
    assert_true(cluster_run_to_height(story.cluster, led, 5000));
    story_end(&story, "equivocation");
}

/* Validator 2 stops after the first block and comes back later: it catches up and votes again. */
static void test_restart(void **state)
{
    (void)state;
    struct cluster_options options;
    struct story story;
    options_even(&options);
    story_begin(&story, &options);
    cluster_submit(story.cluster, 1);
    assert_true(cluster_run_to_height(story.cluster, 1, 1000));
    cluster_crash(story.cluster, 2, true);
    cluster_submit(story.cluster, 0);
    cluster_run_until(story.cluster, story.cluster->now_ms + 300);
    cluster_start(story.cluster, 2);
    assert_true(cluster_run_to_height(story.cluster, 3, 4000));
    story_end(&story, "restart");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_case),
        cmocka_unit_test(test_dead_leader),
        cmocka_unit_test(test_equivocation),
        cmocka_unit_test(test_restart),
    };
    rewrite = argc > 1 && strcmp(argv[1], "--rewrite") == 0;
    return cmocka_run_group_tests_name("traces", tests, NULL, NULL);
}
