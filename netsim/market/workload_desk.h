/*
 * netsim/market/workload_desk.h - what a back office does beside dealing: one half of it right, the
 * other half what only wrong hands ask for
 *
 * Problem. Instructions are not all that is asked of a ledger. What changes them later, what sets
 * aside, what limits and what needs a second person must work under every fault too; and each of it
 * must be refused to whoever has no right to it.
 *
 * Rule. A job is about one deal and goes on step by step, each an envelope or two, made when those
 * of the step before have their receipts. What wrong hands ask for comes before what is right, so
 * that it would make a difference:
 *
 *     amend      a stranger amends; the owner amends, releases, and amends again (perhaps too late)
 *     accept     an allegement: a stranger, or with another quantity; the counterparty; once more
 *     restrict   sets aside what the deal delivers or pays, which may draw on it; the counterparty
 *                releases it, the owner decreases by too much; increases, decreases, releases
 *     approve    both sides wait for a second person: the same key approves, another key of the
 *                same person, the second person with other content; then rightly (a few reject);
 *                and once more
 *     limit      the operator sets a limit below the deal's amount; a participant's key that may
 *                not raises it; the operator raises it, then takes it away
 *     transform  a participant transforms; the operator or the registrar, as a draft: another key
 *                of the same person approves, then a second person; the owner releases
 *
 * Whether a step was to be refused stands in its ask (workload_book.h), and the book objects if it
 * was not. Only the files of workload_source.h call this.
 */
#ifndef TALLY_NETSIM_MARKET_WORKLOAD_DESK_H
#define TALLY_NETSIM_MARKET_WORKLOAD_DESK_H

#include "ledger/command/command.h"
#include "netsim/market/workload_book.h"

struct workload_source;

/* A job under way. */
struct workload_job {
    uint32_t deal;
    uint8_t kind; /* which of the jobs above */
    uint8_t step; /* the next one */
    uint8_t side; /* of the deal, whom it is about */
    bool over;
    uint32_t awaited[2]; /* commands without a receipt yet; WORKLOAD_NONE: none */
    uint32_t subject;    /* the command that later steps are about */
};

struct workload_desk {
    struct workload_job *jobs;
    uint32_t count;
    uint32_t capacity;
};

/* Frees the jobs of a source. */
void workload_desk_free(struct workload_source *source);
/* Draws a job, and its first envelopes into the source's bundle. */
void workload_desk_draw(struct workload_source *source);
/* How many jobs have a step to be made. */
uint32_t workload_desk_ready(const struct workload_source *source);
/* Makes the next step of one of them, into the source's later envelopes; false when none has. */
bool workload_desk_step(struct workload_source *source);

/* Writes the body of a command with an ask; false when it has none, or one that instructs. */
bool workload_desk_write(const struct workload_source *source, uint32_t number,
                         struct command *out);
/* A person signs the command as it is written: keeps what a second person will have to name. */
void workload_desk_written(const struct workload_source *source, uint32_t person, uint32_t number,
                           const struct command *command);

#endif
