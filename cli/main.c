/* tally: what operations staff use. See verb.h for how a command line becomes a command. */
#include <signal.h>
#include <stdio.h>

#include "cli/failure.h"
#include "cli/node.h"
#include "cli/verb.h"
#include "crypto/start.h"
#include "host/secret_memory.h"

int main(int argument_count, char **arguments)
{
    static struct cli cli;
    enum crypto_start_status started = crypto_start();
    enum exit_code code;

    if (started != CRYPTO_START_OK) {
        return (int)failure(EXIT_DEFECT, NULL, crypto_start_status_hint(started), "%s",
                            crypto_start_status_text(started));
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)secret_memory_harden_process();
    cli.program = arguments[0];
    cli.open_node = node_open_channel;
    code = verb_main(&cli, argument_count - 1, arguments + 1);
    if (fflush(stdout) != 0 && code == EXIT_DONE) {
        code = failure(EXIT_FILES, "standard output", "what was done is done: ask again",
                       "cannot be written");
    }
    return (int)code;
}
