/* Help, the reference and shell completion, printed from the tables. */
#include <stdlib.h>
#include <string.h>

#include "cli/failure.h"
#include "cli/instruction_input.h"
#include "cli/sese023.h"
#include "cli/verb.h"

#define TEXT_WIDTH 78

/* Prints a paragraph wrapped at blanks. */
static void paragraph(FILE *out, const char *text, int indent)
{
    int column = 0;

    while (*text != 0) {
        int length = (int)strcspn(text, " ");
        if (column == 0) {
            column = fprintf(out, "%*s", indent, "");
        } else if (column + 1 + length > TEXT_WIDTH) {
            column = fprintf(out, "\n%*s", indent, "") - 1;
        } else {
            column += fprintf(out, " ");
        }
        column += fprintf(out, "%.*s", length, text);
        text += length;
        text += *text == ' ' ? 1 : 0;
    }
    (void)fputc('\n', out);
}

static void option_line(FILE *out, enum option_id option)
{
    char left[64];
    const char *value = option_value_name(option);

    (void)snprintf(left, sizeof left, "--%s%s%s", option_name(option), value == NULL ? "" : " ",
                   value == NULL ? "" : value);
    (void)fprintf(out, "  %-32s %s\n", left, option_meaning(option));
}

static void general_options_print(FILE *out)
{
    for (unsigned option = 0; option < OPTION_COUNT; option++) {
        if (option_is_general((enum option_id)option)) {
            option_line(out, (enum option_id)option);
        }
    }
}

void help_overview(FILE *out)
{
    const struct verb *verb;

    (void)fputs("tally - settle securities against cash on a shared ledger\n\n"
                "Usage: tally COMMAND [ARGUMENTS] [OPTIONS]\n\n",
                out);
    for (unsigned i = 0; (verb = verb_at(i)) != NULL; i++) {
        char left[64];
        (void)snprintf(left, sizeof left, "%s %s", verb->name, verb->arguments);
        (void)fprintf(out, "  %-28s %s\n", left, verb->summary);
    }
    (void)fputs("\nOptions of every command:\n", out);
    general_options_print(out);
    (void)fputs("\n`tally help COMMAND` explains one; `tally help exit-codes` lists how it ends.\n",
                out);
}

static void exits_print(FILE *out, uint32_t exits)
{
    static const enum exit_code all[] = {
#define X(name, number, text, meaning) EXIT_##name,
        EXIT_CODE_LIST(X)
#undef X
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if ((exits & EXIT_BIT(all[i])) != 0) {
            (void)fprintf(out, "  %2d %-13s %s\n", (int)all[i], exit_code_name(all[i]),
                          exit_code_meaning(all[i]));
        }
    }
}

void help_exit_codes(FILE *out)
{
    exits_print(out, UINT32_MAX);
}

static void columns_print(FILE *out)
{
    const char *path;
    enum input_field field;

    (void)fputs("\nCSV columns (any order; empty ones may be left out), and sese.023 elements:\n",
                out);
    for (unsigned i = 0; i < INPUT_FIELD_COUNT; i++) {
        (void)fprintf(out, "  %-22s", input_field_name((enum input_field)i));
        for (unsigned row = 0; sese023_path(row, &path, &field); row++) {
            if (field == (enum input_field)i) {
                (void)fprintf(out, " %s", path);
            }
        }
        (void)fputs((enum input_field)i == INPUT_CURRENCY ? " SttlmAmt/Amt/@Ccy\n" : "\n", out);
    }
    paragraph(out,
              "A last record with reference TOTAL carries control totals: the number of rows as "
              "movement, the sums as quantity and amount.",
              0);
}

void help_verb(const struct verb *verb, FILE *out)
{
    (void)fprintf(out, "tally %s %s\n\n  %s\n", verb->name, verb->arguments, verb->summary);
    if (verb->details[0] != 0) {
        (void)fputc('\n', out);
        paragraph(out, verb->details, 2);
    }
    if (verb->options[0] != OPTION_COUNT) {
        (void)fputs("\nOptions:\n", out);
    }
    for (const enum option_id *option = verb->options; *option != OPTION_COUNT; option++) {
        option_line(out, *option);
    }
    (void)fputs("\nOptions of every command:\n", out);
    general_options_print(out);
    (void)fputs("\nEnds with:\n", out);
    exits_print(out, verb->exits | EXIT_BIT(EXIT_DONE) | EXIT_BIT(EXIT_USAGE));
    if (verb->run == verb_submit) {
        columns_print(out);
    }
}

void help_reference(FILE *out)
{
    const struct verb *verb;

    (void)fputs("## Commands\n", out);
    for (unsigned i = 0; (verb = verb_at(i)) != NULL; i++) {
        (void)fprintf(out, "\n### tally %s %s\n\n%s.\n", verb->name, verb->arguments,
                      verb->summary);
        if (verb->details[0] != 0) {
            (void)fprintf(out, "%s\n", verb->details);
        }
        if (verb->options[0] != OPTION_COUNT) {
            (void)fputs("\n```\n", out);
            for (const enum option_id *option = verb->options; *option != OPTION_COUNT; option++) {
                option_line(out, *option);
            }
            (void)fputs("```\n", out);
        }
    }
    (void)fputs("\n## Options of every command\n\n```\n", out);
    general_options_print(out);
    (void)fputs("```\n\n## Exit codes\n\n```\n", out);
    help_exit_codes(out);
    (void)fputs("```\n", out);
}

void help_completion(FILE *out)
{
    const struct verb *verb;

    (void)fputs("# bash completion for tally; made by `tally completion`\n"
                "_tally() {\n"
                "    local word=${COMP_WORDS[COMP_CWORD]}\n"
                "    local line=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"\n"
                "    case $line in\n",
                out);
    for (unsigned i = 0; (verb = verb_at(i)) != NULL; i++) {
        bool two = strchr(verb->name, ' ') != NULL;
        (void)fprintf(out, "    \"%s\"%s) COMPREPLY=($(compgen -f -W \"", verb->name,
                      two ? "" : "\\ *");
        for (unsigned option = 0; option < OPTION_COUNT; option++) {
            if (verb_takes(verb, (enum option_id)option)) {
                (void)fprintf(out, "--%s ", option_name((enum option_id)option));
            }
        }
        (void)fputs("\" -- \"$word\"));;\n", out);
    }
    (void)fputs("    *) COMPREPLY=($(compgen -W \"", out);
    for (unsigned i = 0; (verb = verb_at(i)) != NULL; i++) {
        (void)fprintf(out, "%s ", verb->name);
    }
    (void)fputs("\" -- \"$word\"));;\n    esac\n}\ncomplete -F _tally tally\n", out);
}

static void help_party_ini(FILE *out)
{
    (void)fputs("party.ini, in a party's directory (--as DIR); paths are relative to it:\n\n"
                "  [party]\n"
                "  bic = SELLFRPPXXX\n"
                "  genesis = ../../genesis.tally\n"
                "  signing_key = signing.key\n"
                "  channel_key = channel.key\n"
                "  passphrase_file = passphrase      optional; else the terminal is asked\n"
                "  node = 2                          the member's own validator\n",
                out);
}

enum exit_code verb_help(struct cli *cli)
{
    const char *topic = cli->options.argument_count > 0 ? cli->options.arguments[0] : NULL;
    const struct verb *verb;
    char *words[2];
    int taken;

    if (topic == NULL) {
        help_overview(stdout);
    } else if (strcmp(topic, "exit-codes") == 0) {
        help_exit_codes(stdout);
    } else if (strcmp(topic, "party.ini") == 0) {
        help_party_ini(stdout);
    } else if (strcmp(topic, "reference") == 0) {
        help_reference(stdout);
    } else {
        for (unsigned i = 0; i < 2; i++) {
            words[i] = i < cli->options.argument_count ? strdup(cli->options.arguments[i]) : NULL;
        }
        verb = verb_find((int)cli->options.argument_count, words, &taken);
        free(words[0]);
        free(words[1]);
        if (verb == NULL) {
            return failure(EXIT_USAGE, topic, "see `tally help`", "there is no such command");
        }
        help_verb(verb, stdout);
    }
    return EXIT_DONE;
}

enum exit_code verb_completion(struct cli *cli)
{
    (void)cli;
    help_completion(stdout);
    return EXIT_DONE;
}
