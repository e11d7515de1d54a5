/*
 * node/read_forecast.h - the settlement forecast as a list
 *
 * Problem. A forecast is a run over all that is open, and is about the ledger as it is now: no row
 * of it can be kept in the read model, and to run it anew for every page would hold up execution.
 *
 * Rule. A run answers one asker about one day; its rows are kept until the ledger has moved on, and
 * the pages of the list are cut from them. What would settle, what not, and why stands in a row for
 * each pair that the asker is a side of; the totals follow, and last the single action that would
 * free most value.
 *
 *     line          outcome
 *     INSTRUCTION   SETTLES, SETTLES_TOGETHER, WAITS
 *     TOTAL         the same, with the value and the number of pairs
 *     ACTION        SECURITIES, CASH, RELEASE: what to bring, or whose hold to release
 *
 * A party sees its own side of a pair, and of what the other lacks neither where nor how much
 * (ledger/forecast/forecast.h).
 */
#ifndef TALLY_NODE_READ_FORECAST_H
#define TALLY_NODE_READ_FORECAST_H

#include "ledger/ledger.h"
#include "node/asker.h"
#include "node/read_model.h"

struct read_forecast;

/* NULL when memory is short. For ledgers of this one's capacities. */
struct read_forecast *read_forecast_new(const struct ledger *ledger);
/* Accepts NULL. */
void read_forecast_free(struct read_forecast *forecast);

/*
 * Writes a page of the asker's forecast, as read_model_list() does. The filter's date_from is the
 * settlement day, the ledger's present one when it is empty; of a past day there are no rows. The
 * caller keeps the ledger from others, and is the only one at a time.
 */
TALLY_MUST_CHECK enum read_model_status read_forecast_list(
    struct read_forecast *forecast, const struct ledger *ledger, const struct asker *asker,
    const struct read_model_question *question, struct bytes_writer *writer,
    struct read_model_answer *answer);

#endif
