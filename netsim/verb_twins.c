/* tally-sim twins: members that run twice, in every constellation of a few rounds. */
#include "netsim/adversary/twins_campaign.h"
#include "netsim/number_option.h"
#include "netsim/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXIT_FOUND = 1,
    EXIT_USAGE = 2,
    TEXT_SIZE = 1024
};

static void usage(void)
{
    (void)printf(
        "Usage: tally-sim twins [OPTION]...\n\n"
        "Plays members that run twice under one key. For each of a few rounds it tries who hears\n"
        "whom; then everybody hears everybody, and must go on. Scenarios that differ by names "
        "only\n"
        "are tried once.\n\n"
        "  --members N       2 to %d (4)\n"
        "  --twins T         of them run twice, 1 to %d (1); with more than f, forks are "
        "expected,\n"
        "                    and more than a third of the members must be convicted\n"
        "  --rounds R        1 to %d (3)\n"
        "  --links WHAT      parts: all partitions of the hosts (default);\n"
        "                    masks: also who hears which copy (up to %d hosts)\n"
        "  --spell-ms MS     length of a round; 8 is about one view (8)\n"
        "  --heal-blocks B   to be made final after the rounds (2)\n"
        "  --draw COUNT      not all scenarios, but so many, drawn by --seed\n"
        "  --seed S          (1)\n"
        "  --from K          go on at this number (0)\n"
        "  --count C         so many numbers (to the end)\n"
        "  --scenario K      only this one, and tell what happens\n"
        "  --jobs J          processes, 1 to %d (1)\n"
        "  --failures F      end after so many (1)\n"
        "  --quiet           no progress on stderr\n\n"
        "Exit code: 0 nothing wrong, 1 something was, 2 usage.\n",
        TWINS_MEMBERS_MAX, TWINS_TWINS_MAX, TWINS_ROUNDS_MAX, TWINS_MASK_HOSTS_MAX, TWINS_JOBS_MAX);
}

enum twins_option {
    OPTION_MEMBERS,
    OPTION_TWINS,
    OPTION_ROUNDS,
    OPTION_SPELL,
    OPTION_HEAL,
    OPTION_DRAW,
    OPTION_SEED,
    OPTION_FROM,
    OPTION_COUNT,
    OPTION_SCENARIO,
    OPTION_JOBS,
    OPTION_FAILURES,
    NUMBER_OPTIONS
};

struct options {
    struct number_option numbers[NUMBER_OPTIONS];
    enum twins_links links;
    bool quiet;
    bool help;
};

static void options_defaults(struct options *options)
{
    *options = (struct options){
        .numbers = {[OPTION_MEMBERS] = {"--members", 2, TWINS_MEMBERS_MAX, 4, false},
                    [OPTION_TWINS] = {"--twins", 1, TWINS_TWINS_MAX, 1, false},
                    [OPTION_ROUNDS] = {"--rounds", 1, TWINS_ROUNDS_MAX, 3, false},
                    [OPTION_SPELL] = {"--spell-ms", 1, 1000, 8, false},
                    [OPTION_HEAL] = {"--heal-blocks", 1, 100, 2, false},
                    [OPTION_DRAW] = {"--draw", 1, UINT64_MAX / 2, 0, false},
                    [OPTION_SEED] = {"--seed", 0, UINT64_MAX, 1, false},
                    [OPTION_FROM] = {"--from", 0, UINT64_MAX / 2, 0, false},
                    [OPTION_COUNT] = {"--count", 1, UINT64_MAX / 2, 0, false},
                    [OPTION_SCENARIO] = {"--scenario", 0, UINT64_MAX / 2, 0, false},
                    [OPTION_JOBS] = {"--jobs", 1, TWINS_JOBS_MAX, 1, false},
                    [OPTION_FAILURES] = {"--failures", 1, UINT32_MAX, 1, false}}};
}

/* How many arguments were understood: 0, 1 or 2. */
static int argument_read(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--quiet") == 0) {
        options->quiet = true;
        return 1;
    }
    if (strcmp(name, "--help") == 0) {
        options->help = true;
        return 1;
    }
    if (value == NULL) {
        return 0;
    }
    if (strcmp(name, "--links") == 0) {
        options->links = strcmp(value, "masks") == 0 ? TWINS_MASKS : TWINS_PARTS;
        return options->links == TWINS_MASKS || strcmp(value, "parts") == 0 ? 2 : 0;
    }
    return number_option_take(options->numbers, NUMBER_OPTIONS, name, value) ? 2 : 0;
}

static uint64_t number_of(const struct options *options, enum twins_option option)
{
    return options->numbers[option].value;
}

static void campaign_fill(const struct options *options, struct twins_campaign *campaign)
{
    memset(campaign, 0, sizeof *campaign);
    campaign->plan.members = (uint32_t)number_of(options, OPTION_MEMBERS);
    campaign->plan.twins = (uint32_t)number_of(options, OPTION_TWINS);
    campaign->plan.rounds = (uint32_t)number_of(options, OPTION_ROUNDS);
    campaign->plan.links = options->links;
    twins_config_defaults(&campaign->twins, campaign->plan.members, campaign->plan.twins);
    campaign->twins.spell_ms = (uint32_t)number_of(options, OPTION_SPELL);
    campaign->twins.heal_blocks = (uint32_t)number_of(options, OPTION_HEAL);
    campaign->drawn = options->numbers[OPTION_DRAW].given;
    campaign->seed = number_of(options, OPTION_SEED);
    campaign->from = number_of(options, OPTION_FROM);
    campaign->jobs = (uint32_t)number_of(options, OPTION_JOBS);
    campaign->failures_max = (uint32_t)number_of(options, OPTION_FAILURES);
    campaign->progress = !options->quiet;
}

/* Prints the sizes, and says up to which number there is anything. 0: too many to list. */
static uint64_t counts_tell(const struct twins_campaign *campaign, const struct twins_plan *plan)
{
    uint64_t raw = twins_plan_raw_count(plan);
    printf("members %u, twins %u, rounds %u: %u link plans a round, %u leader orders\n",
           campaign->plan.members, campaign->plan.twins, campaign->plan.rounds,
           twins_plan_links_count(plan), twins_plan_orders_count(plan));
    if (raw == UINT64_MAX) {
        printf("scenarios: too many to number; --draw takes some\n");
        return 0;
    }
    if (campaign->plan.members + campaign->plan.twins <= TWINS_MASK_HOSTS_MAX) {
        printf("scenarios: %llu, of which %llu are not one another's renaming\n",
               (unsigned long long)raw, (unsigned long long)twins_plan_count(plan));
    } else {
        printf("scenarios: %llu with renamings\n", (unsigned long long)raw);
    }
    return raw;
}

static void repeat_tell(const struct options *options, uint64_t number)
{
    printf("repeat: tally-sim twins --members %llu --twins %llu --rounds %llu --links %s "
           "--spell-ms %llu --heal-blocks %llu%s",
           (unsigned long long)number_of(options, OPTION_MEMBERS),
           (unsigned long long)number_of(options, OPTION_TWINS),
           (unsigned long long)number_of(options, OPTION_ROUNDS),
           options->links == TWINS_MASKS ? "masks" : "parts",
           (unsigned long long)number_of(options, OPTION_SPELL),
           (unsigned long long)number_of(options, OPTION_HEAL),
           options->numbers[OPTION_DRAW].given ? " --draw 1" : "");
    printf(" --seed %llu --scenario %llu\n", (unsigned long long)number_of(options, OPTION_SEED),
           (unsigned long long)number);
}

/* Plays one scenario and tells everything. */
static int scenario_tell(const struct options *options, struct twins_campaign *campaign,
                         const struct twins_plan *plan, uint64_t raw)
{
    uint64_t number = number_of(options, OPTION_SCENARIO);
    struct twins_scenario scenario;
    struct twins_result result;
    char text[TEXT_SIZE];
    if (campaign->drawn) {
        twins_plan_draw(plan, campaign->seed, number, &scenario);
    } else if (number >= raw) {
        (void)fprintf(stderr, "tally-sim twins: there is no scenario %llu\n",
                      (unsigned long long)number);
        return EXIT_USAGE;
    } else if (!twins_plan_scenario(plan, number, &scenario)) {
        printf("scenario %llu is the renaming of one with a lower number\n",
               (unsigned long long)number);
        return 0;
    }
    twins_scenario_print(plan, &scenario, text, sizeof text);
    printf("scenario %llu: %s\n", (unsigned long long)number, text);
    campaign->twins.trace = stdout;
    struct twins *twins = twins_new(&campaign->twins);
    twins_play(twins, &scenario, &result);
    twins_free(twins);
    printf("%s%s%s; %llu events, %llu messages, %llu blocks final, digest %016llx\n",
           result.outcome == TWINS_PASSED ? "passed" : "",
           result.outcome == TWINS_UNSAFE ? "UNSAFE: " : "",
           result.outcome == TWINS_STUCK ? "STUCK: " : "", (unsigned long long)result.events,
           (unsigned long long)result.messages, (unsigned long long)result.blocks,
           (unsigned long long)result.digest);
    if (result.outcome != TWINS_PASSED) {
        printf("%s\n", result.text);
    }
    if (result.forked) {
        printf("two blocks are final at one height; %u of %u members are convicted\n",
               member_set_count(&result.culprits), campaign->plan.members);
    }
    return twins_failed(&campaign->twins, &result) ? EXIT_FOUND : 0;
}

static int campaign_tell(const struct options *options, const struct twins_campaign *campaign)
{
    struct twins_totals totals;
    bool well = twins_campaign_run(campaign, &totals);
    printf("played %llu: %llu unsafe, %llu stuck; %llu events, %llu messages, %llu blocks; "
           "digest %016llx\n",
           (unsigned long long)totals.played, (unsigned long long)totals.unsafe,
           (unsigned long long)totals.stuck, (unsigned long long)totals.events,
           (unsigned long long)totals.messages, (unsigned long long)totals.blocks,
           (unsigned long long)totals.digest);
    if (campaign->plan.twins > (campaign->plan.members - 1) / 3) {
        printf("forked %llu; more than a third convicted in %llu of them\n",
               (unsigned long long)totals.forked, (unsigned long long)totals.convicted);
    }
    if (totals.failed > 0) {
        printf("FAILED %llu, the first: scenario %llu: %s\n", (unsigned long long)totals.failed,
               (unsigned long long)totals.failed_first, totals.text);
        repeat_tell(options, totals.failed_first);
        return EXIT_FOUND;
    }
    if (!well) {
        printf("a process ended early; the scenarios from %llu on are to be repeated\n",
               (unsigned long long)totals.next);
        return EXIT_FOUND;
    }
    if (totals.next < campaign->until) {
        printf("interrupted; go on with --from %llu\n", (unsigned long long)totals.next);
    }
    return 0;
}

static int run(const struct options *options)
{
    struct twins_campaign campaign;
    campaign_fill(options, &campaign);
    struct twins_plan *plan = twins_plan_new(&campaign.plan);
    if (plan == NULL) {
        (void)fprintf(stderr, "tally-sim twins: these sizes do not go together; see --help\n");
        return EXIT_USAGE;
    }
    uint64_t raw = counts_tell(&campaign, plan);
    int code = EXIT_USAGE;
    uint64_t count = number_of(options, OPTION_COUNT);
    campaign.until = campaign.drawn ? number_of(options, OPTION_DRAW) : raw;
    if (count > 0 && campaign.from <= campaign.until && count < campaign.until - campaign.from) {
        campaign.until = campaign.from + count;
    }
    if (options->numbers[OPTION_SCENARIO].given) {
        code = scenario_tell(options, &campaign, plan, raw);
    } else if (campaign.from >= campaign.until) {
        (void)fprintf(stderr, "tally-sim twins: there is nothing from %llu on; see --draw\n",
                      (unsigned long long)campaign.from);
    } else {
        code = campaign_tell(options, &campaign);
    }
    twins_plan_free(plan);
    return code;
}

int verb_twins(int argc, char **argv)
{
    struct options options;
    options_defaults(&options);
    for (int i = 1; i < argc;) {
        int taken = argument_read(&options, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (taken == 0) {
            (void)fprintf(stderr,
                          "tally-sim twins: '%s' is unknown, or its value is no good; see --help\n",
                          argv[i]);
            return EXIT_USAGE;
        }
        i += taken;
    }
    if (options.help) {
        usage();
        return 0;
    }
    return run(&options);
}
