#include "node/read_movements.h"

#include "base/assert.h"
#include "host/clock.h"
#include "ledger/instruction/instruction.h"
#include "ledger/register/asset.h"
#include "ledger/register/party.h"
#include "node/read_rows.h"

/* One account's share. */
struct movement {
    const struct bic *party;
    const struct text35 *account;
    const struct asset_code *asset;
    int64_t change;
    const struct text35 *reference;
    const struct bic *counterparty;
};

static void add_bic(struct row_cells *row, const struct bic *bic)
{
    char text[CLIENT_BIC_SIZE];
    read_bic(bic, text);
    row_cells_add(row, text);
}

static void add_text35(struct row_cells *row, const struct text35 *value)
{
    char text[CLIENT_TEXT35_SIZE];
    read_text35(value, text);
    row_cells_add(row, text);
}

static void movement_row(const struct ledger *ledger, const struct event *event, uint32_t date,
                         const struct movement *movement, struct row_cells *row)
{
    char day[CLIENT_DATE_SIZE];
    char time[CLOCK_TEXT_SIZE];
    char code[CLIENT_ASSET_SIZE];
    uint32_t asset = asset_find(ledger, movement->asset);
    TALLY_ASSERT(asset != RECORD_NONE);
    read_date(date, day);
    clock_utc_text(event->time_ms, time);
    read_asset_code(movement->asset, code);
    row_cells_begin(row);
    row_cells_add(row, day);
    row_cells_add(row, time);
    row_cells_add_integer(row, (int64_t)event->height);
    add_bic(row, movement->party);
    add_text35(row, movement->account);
    row_cells_add(row, code);
    row_cells_add_decimal(row, movement->change, asset_view(ledger, asset)->decimals);
    row_cells_add(row, event_name(event->kind));
    add_text35(row, movement->reference);
    add_bic(row, movement->counterparty);
}

/* Both accounts' rows of a quantity that goes from the event's subject to the other side, or the
 * other way when it is negative. */
static unsigned leg_rows(const struct ledger *ledger, const struct event *event, uint32_t date,
                         bool cash, int64_t quantity, struct row_cells *rows)
{
    const struct movement subject = {.party = &event->party,
                                     .account = cash ? &event->cash_account : &event->account,
                                     .asset = cash ? &event->currency : &event->asset,
                                     .change = -quantity,
                                     .reference = &event->reference,
                                     .counterparty = &event->counterparty};
    const struct movement other = {
        .party = &event->counterparty,
        .account = cash ? &event->counter_cash_account : &event->counter_account,
        .asset = subject.asset,
        .change = quantity,
        .reference =
            event->counter_reference.size > 0 ? &event->counter_reference : &event->reference,
        .counterparty = &event->party};
    if (quantity == 0 || subject.asset->size == 0) {
        return 0;
    }
    movement_row(ledger, event, date, &subject, &rows[0]);
    movement_row(ledger, event, date, &other, &rows[1]);
    return 2;
}

/* Does the deliverer get the cash? The event does not say; its instruction does. */
static bool deliverer_is_paid(const struct ledger *ledger, const struct event *event)
{
    uint32_t party = party_find(ledger, &event->party);
    uint32_t index =
        party == RECORD_NONE ? RECORD_NONE : instruction_find(ledger, party, &event->reference);
    return index == RECORD_NONE ||
           instruction_view(ledger, index)->terms.credit_debit != CREDIT_DEBIT_DBIT;
}

unsigned read_movements(const struct ledger *ledger, const struct event *event, uint32_t date,
                        struct row_cells rows[READ_MOVEMENTS_MAX])
{
    unsigned count;
    switch (event->kind) {
    case EVENT_SETTLED:
        count = leg_rows(ledger, event, date, false, event->quantity, rows);
        return count + leg_rows(ledger, event, date, true,
                                deliverer_is_paid(ledger, event) ? -event->amount : event->amount,
                                rows + count);
    case EVENT_ISSUED:
        return leg_rows(ledger, event, date, false, event->quantity, rows);
    case EVENT_REDEEMED:
        return leg_rows(ledger, event, date, false, -event->quantity, rows);
    default:
        return 0;
    }
}
