#include "cli/instruction_options.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "cli/failure.h"
#include "host/clock.h"
#include "ledger/register/party.h"
#include "ledger/values/date.h"

static const enum option_id field_options[INPUT_FIELD_COUNT] = {
#define X(name, column, option) option,
    INPUT_FIELD_LIST(X)
#undef X
};

enum option_id instruction_option(enum input_field field)
{
    TALLY_ASSERT(field < INPUT_FIELD_COUNT);
    return field_options[field];
}

enum exit_code instruction_options_take(struct cli *cli, struct instruction_input *out)
{
    char *trade_date = out->fields[INPUT_TRADE_DATE];
    char name[OPTION_WORDS_SIZE];

    for (unsigned i = 0; i < INPUT_FIELD_COUNT; i++) {
        enum option_id option = field_options[i];
        const char *value;
        if (option == OPTION_COUNT || !option_given(&cli->options, option)) {
            continue;
        }
        value = option_value_name((enum option_id)option) == NULL
                    ? "yes"
                    : option_value(&cli->options, option, "");
        if (strlen(value) >= INPUT_TEXT_SIZE) {
            option_words(option, name);
            return failure(EXIT_USAGE, name, "use fewer characters", "is longer than %u characters",
                           INPUT_TEXT_SIZE - 1);
        }
        strcpy(out->fields[i], value);
    }
    if (trade_date[0] == 0) {
        uint32_t today = date_from_ms(clock_utc_ms());
        (void)snprintf(trade_date, INPUT_TEXT_SIZE, "%04u-%02u-%02u",
                       (unsigned)(today / 10000 % 10000), (unsigned)(today / 100 % 100),
                       (unsigned)(today % 100));
    }
    return EXIT_DONE;
}

void instruction_depository(const struct genesis *genesis, char out[BIC_SIZE + 1])
{
    out[0] = 0;
    for (uint16_t i = 0; i < genesis->party_count && out[0] == 0; i++) {
        if ((genesis->parties[i].roles & PARTY_OPERATOR) != 0) {
            memcpy(out, genesis->parties[i].bic, BIC_SIZE + 1);
        }
    }
}

enum exit_code instruction_option_failure(const struct input_fault *fault)
{
    const char *name = input_field_name(fault->field);
    char option[OPTION_WORDS_SIZE];

    if (field_options[fault->field] != OPTION_COUNT) {
        option_words(field_options[fault->field], option);
        name = option;
    }
    return failure(fault->unknown ? EXIT_UNKNOWN : EXIT_USAGE, name, fault->hint, "%s",
                   fault->text);
}
