/* Both sides of a trade as one command, by who has power of attorney of both parties. */
#include <string.h>

#include "cli/asset_book.h"
#include "cli/command_make.h"
#include "cli/failure.h"
#include "cli/instruction_options.h"
#include "cli/verb.h"

/* The deliverer's side, as `tally submit` would make it of these options. */
static enum exit_code deliver_take(struct cli *cli, struct command *command)
{
    static struct asset_book book;
    struct command_instruct_matched *matched = &command->instruct_matched;
    struct input_context context = {.decimals = asset_book_decimals, .decimals_context = &book};
    struct instruction_input input = {0};
    struct input_fault fault;
    struct command made;
    enum exit_code code = instruction_options_take(cli, &input);

    if (code == EXIT_DONE) {
        code = cli_node(cli);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    strcpy(input.fields[INPUT_MOVEMENT], "DELI");
    memcpy(input.fields[INPUT_REFERENCE], matched->deliverer_reference.text,
           matched->deliverer_reference.size);
    input.fields[INPUT_REFERENCE][matched->deliverer_reference.size] = 0;
    asset_book_init(&book, cli);
    instruction_depository(cli->genesis, context.depository);
    if (!instruction_input_command(&input, &context, &made, &fault)) {
        return book.code != EXIT_DONE ? book.code : instruction_option_failure(&fault);
    }
    command->date = made.date;
    matched->deliver = made.instruct;
    return EXIT_DONE;
}

/* What of the receiver's side differs. */
static bool receive_take(struct cli *cli, struct command_instruct_matched *matched)
{
    matched->receiver_priority = matched->deliver.priority;
    matched->receiver_partial = matched->deliver.partial;
    matched->receiver_hold = option_given(&cli->options, OPTION_RECEIVER_HOLD);
    return text_take(cli, OPTION_RECEIVER_ACCOUNT, false, &matched->receiving_account) &&
           text_take(cli, OPTION_RECEIVER_CASH_ACCOUNT, false, &matched->receiving_cash_account) &&
           (!option_given(&cli->options, OPTION_RECEIVER_PRIORITY) ||
            word_take(cli, OPTION_RECEIVER_PRIORITY, "1|2|3|4", &matched->receiver_priority)) &&
           (!option_given(&cli->options, OPTION_RECEIVER_PARTIAL) ||
            word_take(cli, OPTION_RECEIVER_PARTIAL, "NPAR|PART|PARC|PARQ",
                      &matched->receiver_partial));
}

enum exit_code verb_submit_matched(struct cli *cli)
{
    struct command command;
    struct command_instruct_matched *matched = &command.instruct_matched;
    enum exit_code code;

    if (!command_begin(cli, COMMAND_INSTRUCT_MATCHED, &command) ||
        !text_take(cli, OPTION_DELIVERER_REFERENCE, true, &matched->deliverer_reference) ||
        !text_take(cli, OPTION_RECEIVER_REFERENCE, true, &matched->receiver_reference)) {
        return failure_last();
    }
    code = deliver_take(cli, &command);
    if (code == EXIT_DONE && !receive_take(cli, matched)) {
        code = failure_last();
    }
    return code == EXIT_DONE ? command_submit(cli, &command) : code;
}
