#include "tests/support/ledger/model_compare.h"

#include <string.h>

#include "ledger/day/day.h"
#include "tests/support/cmocka.h"

void model_day_compare(const struct model *model, const struct world *world)
{
    const struct business_day *ledger = day_view(world->ledger);
    const struct model_day *day = &model->day;
    assert_int_equal(ledger->date, day->date);
    assert_int_equal(ledger->begun_ms, day->begun_ms);
    assert_int_equal(ledger->entry_count, day->row_count);
    for (uint32_t i = 0; i < day->row_count; i++) {
        const struct day_entry *entry = &ledger->entry[i];
        char currency[4] = "";
        memcpy(currency, entry->currency.text, entry->currency.size);
        assert_int_equal(entry->event, day->rows[i].event);
        assert_string_equal(currency, day->rows[i].currency);
        assert_int_equal(entry->planned_ms, day->rows[i].planned_ms);
        assert_int_equal(entry->revised_ms, day->rows[i].due_ms);
        assert_int_equal(entry->effective_ms, day->rows[i].happened_ms);
    }
    assert_int_equal(world_event_count(world, EVENT_DAY_EVENT) +
                         world_event_count(world, EVENT_DAY_CHANGED),
                     day->event_count);
    assert_int_equal(world_event_count(world, EVENT_FAILS_TO_MATCH), model->fails_to_match);
    assert_int_equal(world_event_count(world, EVENT_STATEMENTS), model->statements);
}
