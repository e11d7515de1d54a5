/* Links between instructions. */
#include <string.h>

#include "cli/argument.h"
#include "cli/command_make.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"

static bool type_take(const char *text, uint8_t *out)
{
    for (uint8_t type = LINK_BEFO; type <= LINK_INFO; type++) {
        if (strcmp(link_type_code(type), text) == 0) {
            *out = type;
            return true;
        }
    }
    (void)failure(EXIT_USAGE, text, "use BEFO, AFTE, WITH or INFO", "is not how one is linked");
    return false;
}

static bool reference_take(const char *text, struct text35 *out)
{
    if (!text35_parse(text, strlen(text), out)) {
        (void)failure(EXIT_USAGE, text, "check it", "is not a reference");
        return false;
    }
    return true;
}

static enum exit_code link_submit(struct cli *cli, enum command_kind kind)
{
    const char *const *arguments = cli->options.arguments;
    struct command command;
    struct command_link *link = &command.link;

    if (!command_begin(cli, kind, &command) || !bic_or_own_take(cli, &link->party) ||
        !reference_take(arguments[0], &link->reference) || !type_take(arguments[1], &link->type) ||
        !reference_take(arguments[2], &link->linked_reference)) {
        return failure_last();
    }
    link->linked_party = link->party;
    if (option_given(&cli->options, OPTION_LINKED_BIC) &&
        !bic_take(cli, OPTION_LINKED_BIC, &link->linked_party)) {
        return failure_last();
    }
    return command_submit(cli, &command);
}

enum exit_code verb_link(struct cli *cli)
{
    return link_submit(cli, COMMAND_LINK);
}

enum exit_code verb_unlink(struct cli *cli)
{
    return link_submit(cli, COMMAND_UNLINK);
}

enum exit_code verb_links(struct cli *cli)
{
    return listing_form_show(cli, LIST_LINKS);
}
