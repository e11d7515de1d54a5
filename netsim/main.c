/* tally-sim: networks of whole validators under one virtual clock. See docs/netsim.md. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "netsim/lab/scenario.h"
#include "netsim/verbs.h"
#include "node/log.h"

enum {
    EXIT_USAGE = 2
};

struct verb {
    const char *name;
    const char *text;
    int (*run)(int argc, char **argv);
};

static int verb_help(int argc, char **argv);

static const struct verb verbs[] = {
    {"fuzz", "random schedules of faults against whole validators", verb_fuzz},
    {"twins", "members that run twice, in every constellation of a few rounds", verb_twins},
    {"run", "carries out a scenario and says what it came to", verb_run},
    {"sweep", "carries a scenario out at many points", verb_sweep},
    {"merge", "joins the results of a sweep to one table", verb_merge},
    {"gallery", "scenarios with their plots, and a page that shows them", verb_gallery},
    {"replay", "executes the chain of stopped nodes once more, root by root", verb_replay},
    {"calibrate", "measures what work costs on this machine", verb_calibrate},
    {"help", "this list", verb_help},
};

#define VERB_COUNT (sizeof verbs / sizeof verbs[0])

static void usage(FILE *stream)
{
    (void)fprintf(stream, "Usage: tally-sim VERB [OPTION]...\n\n");
    for (size_t i = 0; i < VERB_COUNT; i++) {
        (void)fprintf(stream, "  %-10s %s\n", verbs[i].name, verbs[i].text);
    }
    (void)fprintf(stream,
                  "\n'tally-sim VERB --help' tells more about one; 'tally-sim help scenario' "
                  "lists the fields of a scenario.\n");
}

static int verb_help(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "scenario") == 0) {
        scenario_reference(stdout);
        return 0;
    }
    usage(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    /* Not crypto_start(): it puts real signature vectors to sign_verify(), which the stand-in of
     * this program is not meant to pass. Hashes are real and want libsodium initialised. */
    if (sodium_init() < 0) {
        (void)fprintf(stderr, "tally-sim: libsodium did not initialise\n");
        return 1;
    }
    log_output(-1); /* validators fail by design here; what matters is told by observers */
    const char *name = argc < 2 ? "help" : argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        name = "help";
    }
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return verbs[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "tally-sim: no verb '%s'; 'tally-sim help' lists them\n", name);
    return EXIT_USAGE;
}
