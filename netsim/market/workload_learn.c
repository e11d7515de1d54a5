/*
 * What clients are told. The book is kept from the first member that executes a block; a client
 * learns of its own envelopes and instructions from its home.
 */
#include "consensus/header.h"
#include "netsim/market/workload_inside.h"

static void promise(struct workload *workload, uint32_t number, uint16_t index,
                    const struct hash *receipt)
{
    const struct workload_envelope *record = workload_book_envelope(workload->book, number);
    if (workload->on_promise == NULL) {
        return;
    }
    struct workload_promise made = {
        .envelope_id = record->id,
        .command_index = index,
        .member = workload_errand(workload, number)->home,
        .height = record->height,
        .receipt_index = record->first_receipt + index,
        .receipt = *receipt,
    };
    workload->on_promise(workload->on_promise_context, &made);
}

/* When the member stored the block as final; when it executed it, if that is forgotten. */
static uint64_t committed_us(const struct workload *workload, uint32_t member, uint64_t height)
{
    const struct commit_mark *mark = &workload->members[member].committed[height % COMMITTED_RING];
    return mark->height == height ? mark->time_us : simulation_now_us(workload->simulation);
}

/* The client learns from its home that the envelope is executed. `output` is of that block, or NULL
 * when the home executed it before it was asked. */
static void learn_executed(struct workload *workload, uint32_t number,
                           const struct ledger_output *output)
{
    struct errand *errand = workload_errand(workload, number);
    const struct workload_envelope *record = workload_book_envelope(workload->book, number);
    uint64_t now_us = workload_arrival_us(workload);
    if (errand->times.executed_us != 0) {
        return;
    }
    errand->times.executed_us = now_us;
    errand->times.final_us = output == NULL ? now_us
                                            : committed_us(workload, errand->home, record->height) +
                                                  workload->config.latency_us;
    if (record->stage == 0 && workload_measured(workload, errand->times.handed_us)) {
        histogram_record(&workload->results.final_us,
                         errand->times.final_us - errand->times.handed_us);
        histogram_record(&workload->results.executed_us, now_us - errand->times.handed_us);
    }
    for (uint16_t i = 0; i < record->command_count; i++) {
        uint32_t index = record->first_receipt + i;
        bool here = output != NULL && index < output->receipt_count;
        promise(workload, number, i,
                here ? &output->receipts[index].hash
                     : &workload_ending(workload, record->first_command + i)->receipt);
    }
    if (!errand->over) {
        errand->over = true;
        workload_client_next(workload, errand);
    }
    workload_book_forget(workload->book, number);
}

static void learn_certified(struct workload *workload, uint32_t number)
{
    struct errand *errand = workload_errand(workload, number);
    if (errand->times.executed_us == 0 || errand->times.certified_us != 0) {
        return;
    }
    errand->times.certified_us = workload_arrival_us(workload);
    if (workload_book_envelope(workload->book, number)->stage == 0 &&
        workload_measured(workload, errand->times.handed_us)) {
        histogram_record(&workload->results.certified_us,
                         errand->times.certified_us - errand->times.handed_us);
    }
}

/* When the later side of an instruction's deal was handed in. */
static uint64_t deal_handed_us(struct workload *workload, const struct workload_command *command)
{
    const struct workload_deal *deal = workload_book_deal(workload->book, command->deal);
    uint64_t latest_us = 0;
    for (int side = 0; side < 2; side++) {
        if (deal->commands[side] != WORKLOAD_NONE) {
            uint32_t envelope =
                workload_book_command(workload->book, deal->commands[side])->envelope;
            uint64_t handed_us = workload_errand(workload, envelope)->times.handed_us;
            latest_us = handed_us > latest_us ? handed_us : latest_us;
        }
    }
    return latest_us;
}

static void learn_ended(struct workload *workload, uint32_t number)
{
    struct ending *ending = workload_ending(workload, number);
    const struct workload_command *command = workload_book_command(workload->book, number);
    if (ending->ended_us != 0) {
        return;
    }
    ending->ended_us = workload_arrival_us(workload);
    if (command->state == COMMAND_SETTLED) {
        uint64_t handed_us = deal_handed_us(workload, command);
        if (workload_measured(workload, handed_us)) {
            histogram_record(&workload->results.settled_us, ending->ended_us - handed_us);
        }
    }
}

void workload_learn_from_home(struct workload *workload, uint32_t number)
{
    const struct member_view *view = &workload->members[workload_errand(workload, number)->home];
    const struct workload_envelope *record = workload_book_envelope(workload->book, number);
    if (!record->executed || record->height > view->executed) {
        return;
    }
    learn_executed(workload, number, NULL);
    if (record->height <= view->certified_told) {
        learn_certified(workload, number);
    }
    for (uint16_t i = 0; i < record->command_count; i++) {
        const struct ending *ending = workload_ending(workload, record->first_command + i);
        if (ending->height != 0 && ending->height <= view->executed) {
            learn_ended(workload, record->first_command + i);
        }
    }
}

/* ---- What the simulation tells --------------------------------------------------------------- */

static void on_answered(void *context, uint32_t host, uint64_t ticket, enum admission_answer answer)
{
    struct workload *workload = context;
    uint32_t envelope = (uint32_t)ticket;
    if (ticket >> TICKET_MARK_SHIFT != TICKET_MARK || host >= workload->member_count) {
        return;
    }
    struct errand *errand = workload_errand(workload, envelope);
    workload->results.answers[answer]++;
    switch (answer) {
    case ADMISSION_ACCEPTED:
    case ADMISSION_HELD:
        member_set_add(&errand->accepted, host);
        if (errand->times.received_us == 0) {
            errand->times.received_us = workload_arrival_us(workload);
            if (workload_book_envelope(workload->book, envelope)->stage == 0 &&
                workload_measured(workload, errand->times.handed_us)) {
                histogram_record(&workload->results.received_us,
                                 errand->times.received_us - errand->times.handed_us);
            }
        }
        break;
    case ADMISSION_BUSY:
    case ADMISSION_STOPPED:
        if (!errand->over && host == errand->home) {
            workload_turn_later(workload, envelope);
        }
        break;
    default:
        break;
    }
}

static void ended_at(struct workload *workload, uint32_t command, uint64_t height)
{
    struct ending *ending = workload_ending(workload, command);
    struct block_lists *block = workload_block(workload, height);
    if (ending->height == 0) {
        ending->height = height;
        ending->next = block->first_ending;
        block->first_ending = command + 1;
    }
}

static void book_receipts(struct workload *workload, const struct simulation_executed *executed)
{
    const struct ledger_output *output = executed->output;
    for (uint32_t i = 0; i < output->receipt_count; i++) {
        struct receipt receipt;
        uint32_t command;
        if (!receipt_decode(&receipt, output->receipts[i].bytes, output->receipts[i].size)) {
            continue;
        }
        uint32_t envelope = workload_book_receipt(workload->book, &receipt);
        if (envelope != WORKLOAD_NONE) {
            struct block_lists *block = workload_block(workload, executed->height);
            workload_errand(workload, envelope)->next = block->first_errand;
            block->first_errand = envelope + 1;
            workload->results.envelopes_executed++;
            workload_book_executed_at(workload->book, envelope, executed->ledger_ms);
        }
        if (workload_book_find(workload->book, &receipt.reference, &command)) {
            const struct workload_command *record = workload_book_command(workload->book, command);
            if (record->height == executed->height && record->index == receipt.command_index) {
                workload_ending(workload, command)->receipt = output->receipts[i].hash;
            }
            if (record->state == COMMAND_REFUSED && record->instructs) {
                ended_at(workload, command, executed->height);
            }
        }
    }
}

static void book_events(struct workload *workload, const struct simulation_executed *executed)
{
    const struct ledger_output *output = executed->output;
    for (uint32_t i = 0; i < output->event_count; i++) {
        struct event event;
        if (!event_decode(&event, output->events[i].bytes, output->events[i].size)) {
            continue;
        }
        uint32_t command = workload_book_event(workload->book, &event);
        if (command == WORKLOAD_NONE) {
            continue;
        }
        ended_at(workload, command, executed->height);
        const struct workload_command *record = workload_book_command(workload->book, command);
        if (record->state == COMMAND_SETTLED) {
            ended_at(workload, workload_book_deal(workload->book, record->deal)->commands[1],
                     executed->height);
        }
    }
}

/* The first member to execute a block: what it came to is the same everywhere. */
static void book_block(struct workload *workload, const struct simulation_executed *executed)
{
    workload->told_height = executed->height;
    (void)workload_block(workload, executed->height);
    workload_book_time(workload->book, executed->ledger_ms);
    book_receipts(workload, executed);
    book_events(workload, executed);
    workload_go_on(workload);
}

static void certified_advance(struct workload *workload, uint32_t member)
{
    struct member_view *view = &workload->members[member];
    uint64_t limit = view->certified < view->executed ? view->certified : view->executed;
    while (view->certified_told < limit) {
        view->certified_told++;
        uint32_t next = workload_block(workload, view->certified_told)->first_errand;
        while (next != 0) {
            if (workload_errand(workload, next - 1)->home == member) {
                learn_certified(workload, next - 1);
            }
            next = workload_errand(workload, next - 1)->next;
        }
    }
}

static void on_executed(void *context, uint32_t host, const struct simulation_executed *executed)
{
    struct workload *workload = context;
    if (executed->height == workload->told_height + 1) {
        book_block(workload, executed);
    }
    if (host >= workload->member_count || executed->height <= workload->members[host].executed) {
        return;
    }
    workload->members[host].executed = executed->height;
    uint32_t next = workload_block(workload, executed->height)->first_errand;
    while (next != 0) {
        if (workload_errand(workload, next - 1)->home == host) {
            learn_executed(workload, next - 1, executed->output);
        }
        next = workload_errand(workload, next - 1)->next;
    }
    next = workload_block(workload, executed->height)->first_ending;
    while (next != 0) {
        uint32_t envelope = workload_book_command(workload->book, next - 1)->envelope;
        if (workload_errand(workload, envelope)->home == host) {
            learn_ended(workload, next - 1);
        }
        next = workload_ending(workload, next - 1)->next;
    }
    certified_advance(workload, host);
}

static void on_committed(void *context, uint32_t host, uint64_t height, const uint8_t *stored,
                         size_t size)
{
    struct workload *workload = context;
    struct bytes_reader reader;
    struct header header;
    if (host >= workload->member_count) {
        return;
    }
    struct member_view *view = &workload->members[host];
    struct commit_mark *mark = &view->committed[height % COMMITTED_RING];
    if (mark->height < height) {
        *mark = (struct commit_mark){height, simulation_now_us(workload->simulation)};
    }
    bytes_reader_init(&reader, stored, size);
    (void)bytes_read_u32(&reader); /* the size of the block, which begins with its header */
    header_read(&reader, &header);
    if (!reader.failed && header.exec_height > view->certified) {
        view->certified = header.exec_height;
        certified_advance(workload, host);
    }
}

void workload_observe(struct workload *workload)
{
    const struct simulation_observer observer = {
        .context = workload,
        .committed = on_committed,
        .executed = on_executed,
        .answered = on_answered,
    };
    simulation_observe(workload->simulation, &observer);
}
