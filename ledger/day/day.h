/*
 * ledger/day/day.h - the settlement day, moved by ledger time alone
 *
 * Rule. The settlement day follows the timestamps of blocks, which members agreed on; no node's
 * clock is asked. Each event of the day (business_day.h) takes effect in the first block whose
 * time is at or past it: exactly once, and in the order in which they were due, even if one block
 * comes after many of them. With the change of date the next business day begins; days that passed
 * without any block are passed over. The settlement day never goes back, whatever a new rule set
 * says.
 *
 * With it moves the purge date: what was traded before it is forgotten and refused, and what is
 * refused stays refused (it never falls either).
 *
 * Example. Change at 18:45, weekends closed. Blocks on Friday at 17:59:59 and 19:00:00: in the
 * second, the end of Friday, the change of date and the start of Monday take effect, in this
 * order.
 *
 * Source: T2S UDFS table 37 (change of the business date at start of day).
 */
#ifndef TALLY_LEDGER_DAY_DAY_H
#define TALLY_LEDGER_DAY_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/day/business_day.h"

struct ledger;
struct instruction_terms;

/*
 * Makes the settlement day and the purge date of the genesis. What was due by then has taken
 * effect with it, and causes no event. pre: the rule set is in place, the ledger's time is set.
 */
void day_begin(struct ledger *ledger);
/*
 * First thing in a block, once the ledger's time is the block's: lets what is due take effect.
 * EVENT_DAY_EVENT for each event of the day, EVENT_DAY_CHANGED for a new one.
 */
void day_tick(struct ledger *ledger);
/* The ledger time at which the next event of the day is due. */
uint64_t day_next_due_ms(const struct ledger *ledger);

/* A cut-off of a day, of all currencies if none is named. */
struct day_cut_off {
    uint32_t date; /* 0: none */
    uint8_t event; /* enum day_event */
    struct asset_code currency;
    uint64_t revised_ms;
};

/* What each instruction asks of the present date and the rules in force: worked out once a day. */
struct day_today {
    uint32_t date; /* of which day, and by which rules; 0: of none yet */
    uint32_t rule_set;
    bool business_day;
    uint32_t settlement_date_last;  /* that an instruction may name */
    struct day_cut_off cut_offs[2]; /* asked for last: today's, and another day's */
};
/* Borrowed until the next block. */
const struct day_today *day_today(const struct ledger *ledger);

/* The present settlement day. Borrowed until the next block. */
const struct business_day *day_view(const struct ledger *ledger);
/* Has the day's settlement opened: its night-time, or its real time if it has none? */
bool day_is_open(const struct ledger *ledger);
/* The same, and what its end and start do to open instructions is done (day_sweep.h). */
bool day_has_begun(const struct ledger *ledger);
/* The ledger time at which settlement opened. pre: it has. */
uint64_t day_opened_ms(const struct ledger *ledger);
/* Which cut-off ends the day of these terms: delivery versus payment, cash, or free delivery. */
enum day_event day_cut_off_event(const struct ledger *ledger,
                                 const struct instruction_terms *terms);
/* The currency whose calendar and cut-offs hold for these terms; NULL when no money moves. */
const struct asset_code *day_currency(const struct ledger *ledger,
                                      const struct instruction_terms *terms);
/* Their cut-off on their intended settlement date: revised if that is today, else as planned. */
uint64_t day_cut_off_ms(const struct ledger *ledger, const struct instruction_terms *terms);
/* Their cut-off on the present settlement day. */
uint64_t day_cut_off_today_ms(const struct ledger *ledger, const struct instruction_terms *terms);
/* An event of the present day was revised: what was worked out of it is not true any more. */
void day_revised(struct ledger *ledger);
/*
 * Does it lie after a time, by the dates alone? A settlement day begins on the evening of the
 * business day before it at the earliest. False tells nothing.
 */
bool day_cut_off_after(const struct ledger *ledger, const struct instruction_terms *terms,
                       uint64_t time_ms);

/*
 * May parts settle now? Between the opening and the closing of a window, and from the last window
 * of a currency on until its DvP cut-off. In a continuous day always. Which pair may settle is the
 * cut-off's to say.
 */
bool day_partial_window_open(const struct ledger *ledger);
/*
 * When parts that became possible at a time fell due: then, if a window was open, else with the
 * first that opened later today. UINT64_MAX: none has yet. So work that is carried over past the
 * closing of its window stays due.
 */
uint64_t day_partial_due_ms(const struct ledger *ledger, uint64_t origin_ms);
/*
 * The latest of those origins whose parts fell due by a time: the last instant up to it at which a
 * window was open today. 0: no window was.
 */
uint64_t day_partial_due_until_ms(const struct ledger *ledger, uint64_t by_ms);

#endif
