/*
 * Instructions in: from options, CSV files or sese.023 files.
 *
 * Everything is read and checked before a key is opened and before anything is sent: a syntax error
 * anywhere refuses the whole of the submission. What the ledger refuses afterwards concerns its row
 * alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/amount.h"
#include "base/assert.h"
#include "cli/asset_book.h"
#include "cli/csv.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/instruction_input.h"
#include "cli/instruction_options.h"
#include "cli/sese023.h"
#include "cli/submission.h"
#include "cli/verb.h"

#define TRAILER        "TOTAL"
#define OPTIONS_SOURCE "options"

/* One instruction and where it came from. */
struct sourced {
    struct instruction_input input;
    uint32_t row; /* line of the file, or the file's number for XML */
    const char *path;
    uint16_t
        columns[INPUT_FIELD_COUNT]; /* where each cell begins in its line, from 1; 0: no cell */
};

struct inputs {
    struct sourced *items;
    uint32_t count;
    struct hash_state hash; /* over the bytes of all files */
};

static struct sourced *inputs_append(struct inputs *inputs, const char *path, uint32_t row)
{
    struct sourced *item;

    if ((inputs->count & (inputs->count - 1)) == 0) {
        size_t capacity = inputs->count == 0 ? 1 : 2u * inputs->count;
        inputs->items = realloc(inputs->items, capacity * sizeof inputs->items[0]);
        TALLY_ASSERT(inputs->items != NULL);
    }
    item = &inputs->items[inputs->count++];
    memset(item, 0, sizeof *item);
    item->path = path;
    item->row = row;
    return item;
}

static void content_hash(struct inputs *inputs, const char *content, size_t size)
{
    hash_add_u64(&inputs->hash, size);
    hash_add(&inputs->hash, content, size);
}

static enum exit_code csv_failure(const char *path, const struct csv *csv)
{
    return failure(EXIT_MALFORMED, path, "nothing was sent; mend the file and submit it again",
                   "line %u, column %u: %s", (unsigned)csv->fault.line, (unsigned)csv->fault.column,
                   csv->fault.text);
}

/* Which field each column holds; an unknown column would be silently dropped, so it is refused. */
static enum exit_code columns_map(const char *path, const struct csv *csv,
                                  enum input_field fields[CSV_COLUMNS_MAX])
{
    for (unsigned i = 0; i < csv->column_count; i++) {
        fields[i] = input_field_find(csv->names[i]);
        if (fields[i] == INPUT_FIELD_COUNT) {
            return failure(EXIT_MALFORMED, path, "see `tally help submit` for the columns",
                           "line 1, column %u: \"%.60s\" is not a column",
                           (unsigned)csv->row_columns[i], csv->names[i]);
        }
    }
    return EXIT_DONE;
}

static enum exit_code row_take(const char *path, const struct csv *csv,
                               const enum input_field fields[CSV_COLUMNS_MAX],
                               struct inputs *inputs)
{
    struct sourced *item = inputs_append(inputs, path, csv->row_line);

    for (unsigned i = 0; i < csv->column_count; i++) {
        const char *cell = csv->cells[i];
        if (strlen(cell) >= INPUT_TEXT_SIZE) {
            return failure(EXIT_MALFORMED, path, "nothing was sent",
                           "line %u, column %u: %s is longer than %u characters",
                           (unsigned)csv->row_line, (unsigned)csv->row_columns[i],
                           input_field_name(fields[i]), INPUT_TEXT_SIZE - 1);
        }
        strcpy(item->input.fields[fields[i]], cell);
        item->columns[fields[i]] = (uint16_t)csv->row_columns[i];
    }
    return EXIT_DONE;
}

/* Sums of a file's quantities and amounts with 5 decimals, whatever the assets, as its trailer
 * gives them. */
struct control {
    uint32_t rows;
    int64_t quantity;
    int64_t amount;
};

static bool control_add(struct control *control, const struct instruction_input *input)
{
    int64_t quantity = 0, amount = 0;

    control->rows++;
    return (input->fields[INPUT_QUANTITY][0] == 0 ||
            decimal_parse(input->fields[INPUT_QUANTITY], 5, &quantity) == DECIMAL_OK) &&
           (input->fields[INPUT_AMOUNT][0] == 0 ||
            decimal_parse(input->fields[INPUT_AMOUNT], 5, &amount) == DECIMAL_OK) &&
           amount_add(control->quantity, quantity, &control->quantity) &&
           amount_add(control->amount, amount, &control->amount);
}

/*
 * A last record whose reference is TOTAL carries control totals: the number of rows as its
 * movement, the sums in quantity and amount. They must be right, or the file was cut or altered on
 * its way.
 */
static enum exit_code trailer_check(const char *path, const struct inputs *inputs, uint32_t from)
{
    const struct instruction_input *trailer = &inputs->items[inputs->count - 1].input;
    struct control control = {0};
    int64_t quantity = 0, amount = 0;
    char rows[16];
    bool good = true;

    for (uint32_t i = from; i + 1 < inputs->count && good; i++) {
        good = control_add(&control, &inputs->items[i].input);
    }
    (void)snprintf(rows, sizeof rows, "%u", (unsigned)control.rows);
    good = good && strcmp(trailer->fields[INPUT_MOVEMENT], rows) == 0 &&
           decimal_parse(trailer->fields[INPUT_QUANTITY], 5, &quantity) == DECIMAL_OK &&
           decimal_parse(trailer->fields[INPUT_AMOUNT], 5, &amount) == DECIMAL_OK &&
           quantity == control.quantity && amount == control.amount;
    return good ? EXIT_DONE
                : failure(EXIT_MALFORMED, path, "the file is not whole: get it again",
                          "the control totals of its last line do not fit its %u rows",
                          (unsigned)control.rows);
}

static enum exit_code csv_take(const char *path, struct inputs *inputs)
{
    static struct csv csv;
    enum input_field fields[CSV_COLUMNS_MAX];
    uint32_t from = inputs->count;
    enum exit_code code;
    char *content;
    size_t size;

    code = cli_file_read(path, CSV_BYTES_MAX, EXIT_MALFORMED, &content, &size);
    if (code != EXIT_DONE) {
        return code;
    }
    code =
        csv_open(&csv, content, size) ? columns_map(path, &csv, fields) : csv_failure(path, &csv);
    while (code == EXIT_DONE && csv_next(&csv)) {
        code = row_take(path, &csv, fields, inputs);
    }
    if (code == EXIT_DONE && csv.fault.line != 0) {
        code = csv_failure(path, &csv);
    }
    if (code == EXIT_DONE && inputs->count > from &&
        strcmp(inputs->items[inputs->count - 1].input.fields[INPUT_REFERENCE], TRAILER) == 0) {
        code = trailer_check(path, inputs, from);
        inputs->count--;
    }
    free(content);
    return code;
}

static enum exit_code xml_take(const char *path, uint32_t number, struct inputs *inputs)
{
    struct sese023_fault fault;
    struct sourced *item = inputs_append(inputs, path, number);
    enum exit_code code;
    char *content;
    size_t size;

    code = cli_file_read(path, SESE023_BYTES_MAX, EXIT_HOSTILE, &content, &size);
    if (code != EXIT_DONE) {
        return code;
    }
    content_hash(inputs, content, size);
    if (!sese023_read(content, size, &item->input, &fault)) {
        code = fault.line > 0 ? failure(EXIT_HOSTILE, path, "nothing was sent", "line %u: %s",
                                        (unsigned)fault.line, fault.text)
                              : failure(EXIT_HOSTILE, path, "nothing was sent", "%s", fault.text);
    }
    free(content);
    return code;
}

static bool has_suffix(const char *path, const char *suffix)
{
    size_t length = strlen(path), suffix_length = strlen(suffix);

    return length > suffix_length && strcmp(path + length - suffix_length, suffix) == 0;
}

static enum exit_code files_take(struct cli *cli, struct inputs *inputs)
{
    enum exit_code code = EXIT_DONE;

    TALLY_ASSERT(cli->signing == NULL &&
                 cli->channel == NULL); /* the parser's child inherits memory */
    hash_begin(&inputs->hash, HASH_SOURCE);
    for (unsigned i = 0; i < cli->options.argument_count && code == EXIT_DONE; i++) {
        const char *path = cli->options.arguments[i];
        if (has_suffix(path, ".csv")) {
            code = csv_take(path, inputs);
        } else if (has_suffix(path, ".xml")) {
            code = xml_take(path, i + 1, inputs);
        } else {
            code = failure(EXIT_USAGE, path, "name it .csv or .xml",
                           "it is not said what kind of file this is");
        }
    }
    return code;
}

/* The instruction that the options describe. */
static enum exit_code options_take(struct cli *cli, struct inputs *inputs)
{
    return instruction_options_take(cli, &inputs_append(inputs, OPTIONS_SOURCE, 1)->input);
}

/* Says where a text is that is no instruction's: the option, the cell, or the file's element. */
static enum exit_code input_failure(const struct sourced *item, const struct input_fault *fault)
{
    const char *name = input_field_name(fault->field);
    unsigned column = item->columns[fault->field];
    enum exit_code code = fault->unknown ? EXIT_UNKNOWN : EXIT_MALFORMED;

    if (strcmp(item->path, OPTIONS_SOURCE) == 0) {
        return instruction_option_failure(fault);
    }
    if (has_suffix(item->path, ".xml")) {
        return failure(code, item->path, fault->hint, "%s %s", name, fault->text);
    }
    if (column == 0) {
        return failure(code, item->path, fault->hint,
                       "line 1, column 1: there is no column \"%s\", and row %u needs it", name,
                       (unsigned)item->row);
    }
    return failure(code, item->path, fault->hint, "line %u, column %u: %s %s", (unsigned)item->row,
                   column, name, fault->text);
}

/* Turns the texts into commands, all or none. */
static enum exit_code commands_make(struct cli *cli, const struct inputs *inputs,
                                    struct submission *submission)
{
    static struct asset_book book;
    struct input_context context = {.decimals = asset_book_decimals, .decimals_context = &book};
    struct input_fault fault;
    struct command command;

    asset_book_init(&book, cli);
    instruction_depository(cli->genesis, context.depository);
    for (uint32_t i = 0; i < inputs->count; i++) {
        const struct sourced *item = &inputs->items[i];
        if (!instruction_input_command(&item->input, &context, &command, &fault)) {
            return book.code != EXIT_DONE ? book.code : input_failure(item, &fault);
        }
        submission_add(submission, &command, item->row);
    }
    return EXIT_DONE;
}

static enum exit_code inputs_submit(struct cli *cli, const struct inputs *inputs)
{
    const char *source = cli->options.argument_count > 0 ? cli->options.arguments[0] : "submit";
    struct submission *submission = submission_new(cli, source);
    enum exit_code code = cli_node(cli);

    if (cli->options.argument_count > 0) {
        struct hash_state state = inputs->hash;
        struct hash hash;
        hash_end(&state, &hash);
        submission_source(submission, &hash);
    }
    if (code == EXIT_DONE) {
        code = commands_make(cli, inputs, submission);
    }
    if (code == EXIT_DONE && option_given(&cli->options, OPTION_DRY_RUN)) {
        (void)fprintf(stdout, "%u instructions are well formed; nothing was sent\n",
                      (unsigned)inputs->count);
    } else if (code == EXIT_DONE) {
        code = submission_run(submission);
        if (code == EXIT_DONE && !option_given(&cli->options, OPTION_NO_WAIT)) {
            code = submission_finish(submission);
        }
    }
    submission_free(submission);
    return code;
}

/* What comes from one place is not mixed with what comes from another: an option that describes an
 * instruction says nothing of those in a file, and must not seem to. */
static enum exit_code sources_check(struct cli *cli)
{
    bool resumed = option_given(&cli->options, OPTION_RESUME);
    char name[OPTION_WORDS_SIZE];

    if (resumed && cli->options.argument_count > 0) {
        return failure(EXIT_USAGE, "--resume", "leave the files out, or --resume",
                       "it takes what is spooled, and no files");
    }
    for (unsigned i = 0; i < INPUT_FIELD_COUNT; i++) {
        enum option_id option = instruction_option((enum input_field)i);
        if (option != OPTION_COUNT && option_given(&cli->options, option) &&
            (resumed || cli->options.argument_count > 0)) {
            option_words(option, name);
            return failure(EXIT_USAGE, name, "leave it out",
                           "it describes a single instruction, and not those in a %s",
                           resumed ? "spool" : "file");
        }
    }
    return EXIT_DONE;
}

enum exit_code verb_submit(struct cli *cli)
{
    struct inputs inputs = {0};
    enum exit_code code = sources_check(cli);

    if (code != EXIT_DONE) {
        return code;
    }
    if (option_given(&cli->options, OPTION_RESUME)) {
        return submission_resume(cli);
    }
    code = cli->options.argument_count > 0 ? files_take(cli, &inputs) : options_take(cli, &inputs);
    if (code == EXIT_DONE && inputs.count == 0) {
        code = failure(EXIT_MALFORMED, cli->options.arguments[0], "check that it is the right file",
                       "there is no instruction in it");
    }
    if (code == EXIT_DONE) {
        code = inputs_submit(cli, &inputs);
    }
    free(inputs.items);
    return code;
}
