/* The consortium's rules: those in force, and a dated set that replaces them all. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "cli/argument.h"
#include "cli/command_make.h"
#include "cli/failure.h"
#include "cli/node.h"
#include "cli/verb.h"
#include "cli/view.h"
#include "client/genesis_ledger.h"
#include "ledger/values/date.h"

#define WEEK_MS (7u * 86400000u)

/* The keywords of a genesis that make a rule set, and those that come before and after. */
static bool line_is_rule(const char *line)
{
    static const char *const keywords[] = {"rule ",           "tolerance ",         "reference ",
                                           "rate ",           "holiday ",           "approval ",
                                           "partial-window ", "currency-cut-offs ", "closing-day "};

    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (strncmp(line, keywords[i], strlen(keywords[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Copies a line with its end; returns where the next one begins. */
static const char *line_copy(const char *line, char *out, size_t *size)
{
    size_t length = strcspn(line, "\n");

    length += line[length] == '\n' ? 1 : 0;
    if (out != NULL) {
        memcpy(out + *size, line, length);
        *size += length;
    }
    return line + length;
}

/* The genesis as text, owned by the caller. */
static char *genesis_text(const struct genesis *genesis)
{
    char *text = malloc(GENESIS_TEXT_BYTES_MAX);
    size_t size;

    TALLY_ASSERT(text != NULL);
    size = genesis_format(genesis, text, GENESIS_TEXT_BYTES_MAX - 1);
    TALLY_ASSERT(size > 0);
    text[size] = 0;
    return text;
}

/* The lines of the rules as a genesis would have them, written to a file. */
static enum exit_code rules_write(const struct genesis *genesis, const char *path)
{
    char *text = genesis_text(genesis);
    char *out = malloc(GENESIS_TEXT_BYTES_MAX);
    enum exit_code code;
    size_t size = 0;

    TALLY_ASSERT(out != NULL);
    for (const char *line = text; *line != 0;) {
        line = line_copy(line, line_is_rule(line) ? out : NULL, &size);
    }
    code = cli_file_write(path, out, size);
    free(text);
    free(out);
    return code;
}

/* The rule set that a node proves. */
static bool rules_proved(const struct proved *proved, struct rule_set *out)
{
    const struct proof_leaf *leaf = &proved->proof.leaves[0];
    struct bytes_reader reader;

    if (leaf->tree != PROOF_RECORD || leaf->record.kind != RECORD_RULE_SET) {
        return false;
    }
    bytes_reader_init(&reader, leaf->record.bytes, leaf->record.size);
    rule_set_decode(out, &reader);
    return bytes_reader_done(&reader);
}

/* The ledger goes by its settlement day, which begins in the evening and leaves out holidays that
 * this very set may have dropped. But nobody is closed for a week. */
static bool rules_begun(const struct rule_set *rules, const struct proof_facts *facts)
{
    return rules->effective_date <= date_from_ms(facts->ledger_ms + WEEK_MS);
}

/* That it is on the ledger is proved; that none came into force after it, one node cannot prove. */
static enum exit_code rules_show(struct cli *cli, const struct proved *proved, const char *path)
{
    struct genesis *genesis = malloc(sizeof *genesis);
    struct rule_set rules;
    struct table *record;
    enum exit_code code;

    TALLY_ASSERT(genesis != NULL);
    *genesis = *cli->genesis;
    if (!rules_proved(proved, &rules) || !rules_begun(&rules, &proved->facts) ||
        !genesis_rules_take(&rules, genesis)) {
        free(genesis);
        return node_lies(cli->node, "it proved something else than the rules in force");
    }
    code = rules_write(genesis, path);
    free(genesis);
    if (code == EXIT_DONE) {
        record = record_new("rules");
        record_set(record, "in_force_since", "%04u-%02u-%02u", rules.effective_date / 10000u,
                   rules.effective_date / 100u % 100u, rules.effective_date % 100u);
        record_set(record, "written_to", "%s", path);
        proof_note(&proved->facts, record);
        table_note(record, "unproved", "that no later set is in force is the word of node %u",
                   cli->node->validator);
        cli_show(cli, record);
    }
    return code;
}

enum exit_code verb_rules_show(struct cli *cli)
{
    const char *path = option_value(&cli->options, OPTION_OUT, NULL);
    struct request request = {.kind = REQUEST_RULES};
    struct proved *proved;
    enum exit_code code;

    if (path == NULL) {
        return failure(EXIT_USAGE, "--out", option_meaning(OPTION_OUT), "is missing");
    }
    proved = malloc(sizeof *proved);
    TALLY_ASSERT(proved != NULL);
    code = node_point(cli, &request, "the rules", proved);
    if (code == EXIT_DONE) {
        code = rules_show(cli, proved, path);
    }
    free(proved);
    return code;
}

/* The genesis with this file's lines in place of its own rules. */
static char *rules_replace(const char *genesis, const char *rules, size_t *size)
{
    char *out = malloc(strlen(genesis) + strlen(rules) + 2);
    bool placed = false;

    TALLY_ASSERT(out != NULL);
    *size = 0;
    for (const char *line = genesis; *line != 0;) {
        bool rule = line_is_rule(line);
        if (rule && !placed) {
            memcpy(out + *size, rules, strlen(rules));
            *size += strlen(rules);
            out[*size] = '\n';
            (*size)++;
            placed = true;
        }
        line = line_copy(line, rule ? NULL : out, size);
    }
    return out;
}

/* Only rules may stand in the file: it is not the place to add a party. */
static enum exit_code rules_only(const char *path, const char *rules)
{
    unsigned number = 1;

    for (const char *line = rules; *line != 0; number++) {
        size_t ignored = 0;
        if (*line != '\n' && *line != '#' && !line_is_rule(line)) {
            return failure(EXIT_MALFORMED, path, "see `tally rules show`",
                           "line %u is no rule of the consortium", number);
        }
        line = line_copy(line, NULL, &ignored);
    }
    return EXIT_DONE;
}

static enum exit_code rules_parse(struct cli *cli, const char *path, struct rule_set *out)
{
    struct genesis_fault fault;
    struct genesis *genesis = NULL;
    struct genesis_ledger *ledger = NULL;
    char *rules = NULL, *text = NULL, *whole = NULL;
    size_t size = 0, whole_size = 0;
    enum exit_code code =
        cli_file_read(path, GENESIS_TEXT_BYTES_MAX / 2, EXIT_MALFORMED, &rules, &size);

    if (code == EXIT_DONE) {
        code = rules_only(path, rules);
    }
    if (code == EXIT_DONE) {
        genesis = calloc(1, sizeof *genesis);
        ledger = calloc(1, sizeof *ledger);
        TALLY_ASSERT(genesis != NULL && ledger != NULL);
        text = genesis_text(cli->genesis);
        whole = rules_replace(text, rules, &whole_size);
        if (genesis_parse(whole, whole_size, genesis, &fault)) {
            genesis_ledger_make(genesis, ledger);
            *out = ledger->ledger.rules;
        } else {
            code =
                failure(EXIT_MALFORMED, path, "say every rule, in the order of `tally rules show`",
                        "%s: %s", fault.field, fault.text);
        }
    }
    free(rules);
    free(text);
    free(whole);
    free(genesis);
    free(ledger);
    return code;
}

enum exit_code verb_rules_add(struct cli *cli)
{
    const char *from = option_value(&cli->options, OPTION_FROM, NULL);
    char date[CLIENT_DATE_SIZE];
    struct command command;
    enum exit_code code;

    if (!command_begin(cli, COMMAND_RULE_SET, &command)) {
        return failure_last();
    }
    if (from == NULL) {
        return failure(EXIT_USAGE, "--from", "say the day from which it holds", "is missing");
    }
    if (!argument_date("--from", from, date)) {
        return failure_last();
    }
    code = cli_genesis_load(cli);
    if (code == EXIT_DONE) {
        code = rules_parse(cli, cli->options.arguments[0], &command.rule_set);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    if (!date_parse(date, strlen(date), &command.rule_set.effective_date)) {
        return failure(EXIT_USAGE, "--from", "write it as 2026-11-22", "is not a date");
    }
    return command_submit(cli, &command);
}
