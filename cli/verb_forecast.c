/* The settlement forecast: a dry run of what is open. */
#include <string.h>

#include "cli/argument.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"

/* The node makes it anew for each asker, day and block; so it is as of one block only if no other
 * came while its pages were fetched, which is asked again then. */
enum exit_code verb_forecast(struct cli *cli)
{
    struct listing_form form;
    struct list_filter filter;
    struct table *table;
    unsigned long rows_max;
    enum exit_code code;
    const char *date = option_value(&cli->options, OPTION_DATE, NULL);

    listing_form_make(LIST_FORECAST, &form);
    memset(&filter, 0, sizeof filter);
    if (!listing_rows_take(cli, &rows_max) ||
        (date != NULL && !argument_date("--date", date, filter.date_from))) {
        return EXIT_USAGE;
    }
    code = listing_take(cli, &form.listing, &filter, rows_max, &table);
    if (code == EXIT_DONE && table_row_count(table) == 0) {
        table_free(table);
        return failure(EXIT_UNKNOWN, filter.date_from,
                       "ask for the present settlement day, or a later one",
                       "nothing is foreseen of a past day");
    }
    if (code == EXIT_DONE) {
        table_note(table, "foreseen", "as if nothing else came; nothing was changed");
        cli_show(cli, table);
    }
    return code;
}
