#include "node/read_feed.h"

#include <stdlib.h>

#include "node/log.h"
#include "node/read_rows.h"

struct read_feed {
    struct read_model *model;
    struct alarm_board *alarms;
    bool open;     /* between begin and commit */
    bool complete; /* it holds every record that the block at hand did not touch */
    bool failed;   /* given up */
};

struct read_feed *read_feed_new(struct read_model *model, struct alarm_board *alarms)
{
    struct read_feed *feed = calloc(1, sizeof *feed);
    if (feed != NULL) {
        feed->model = model;
        feed->alarms = alarms;
    }
    return feed;
}

void read_feed_free(struct read_feed *feed)
{
    free(feed);
}

static void give_up(struct read_feed *feed, enum read_model_status status)
{
    feed->failed = true;
    alarm_raise(feed->alarms, ALARM_READ_MODEL_FAILED, read_model_status_text(status));
}

static void begin(struct read_feed *feed, uint64_t height, uint64_t ledger_ms)
{
    TALLY_ASSERT(!feed->open);
    if (feed->failed || height <= read_model_height(feed->model)) {
        return; /* executed again after a crash: the model has it */
    }
    enum read_model_status status = read_model_begin(feed->model, height, ledger_ms);
    if (status != READ_MODEL_OK) {
        give_up(feed, status);
        return;
    }
    feed->open = true;
}

static void feed_record(struct read_feed *feed, const struct ledger *ledger, enum record_kind kind,
                        uint32_t index)
{
    switch (kind) {
    case RECORD_PARTY: {
        struct row_party row;
        read_row_party(ledger, index, &row);
        read_model_put_party(feed->model, &row);
        break;
    }
    case RECORD_ASSET: {
        struct row_asset row;
        read_row_asset(ledger, index, &row);
        read_model_put_asset(feed->model, &row);
        break;
    }
    case RECORD_ACCOUNT: {
        struct row_account row;
        read_row_account(ledger, index, &row);
        read_model_put_account(feed->model, &row);
        break;
    }
    case RECORD_POSITION: {
        struct row_position row;
        read_row_position(ledger, index, &row);
        read_model_put_position(feed->model, &row);
        break;
    }
    case RECORD_INSTRUCTION: {
        struct row_instruction row;
        read_row_instruction(ledger, index, &row);
        read_model_put_instruction(feed->model, &row);
        break;
    }
    default:
        break; /* the others are not listed */
    }
}

static void feed_all(struct read_feed *feed, const struct ledger *ledger)
{
    for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        uint32_t index = record_next(ledger, (enum record_kind)kind, 0);
        while (index != RECORD_NONE) {
            feed_record(feed, ledger, (enum record_kind)kind, index);
            index = record_next(ledger, (enum record_kind)kind, index + 1);
        }
    }
    feed->complete = true;
}

static void feed_touched(struct read_feed *feed, const struct ledger *ledger)
{
    for (unsigned kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        uint32_t index = record_touched_next(ledger, (enum record_kind)kind, 0);
        while (index != RECORD_NONE) {
            if (record_used(ledger, (enum record_kind)kind, index)) {
                feed_record(feed, ledger, (enum record_kind)kind, index);
            }
            index = record_touched_next(ledger, (enum record_kind)kind, index + 1);
        }
    }
}

void read_feed_catch_up(struct read_feed *feed, const struct ledger *ledger)
{
    uint64_t height = ledger_height(ledger);
    feed->complete = height > 0 && read_model_height(feed->model) >= height;
    if (height > 0 && !feed->complete) {
        begin(feed, height, ledger_time_ms(ledger));
        if (feed->open) {
            feed_all(feed, ledger);
            read_feed_commit(feed);
        }
    }
}

static void feed_events(struct read_feed *feed, const struct ledger *ledger,
                        const struct ledger_output *output)
{
    for (uint32_t i = 0; i < output->event_count; i++) {
        struct event event;
        struct row_event row;
        bool whole = event_decode(&event, output->events[i].bytes, output->events[i].size);
        TALLY_ASSERT(whole);
        /* Changes of status come from the instructions' rows: the model notices them by itself.
         * What is about nobody in particular, a new day, is on no party's list. */
        if (event.kind == EVENT_STATUS || bic_absent(&event.party)) {
            continue;
        }
        read_row_event(ledger, &event, i, &row);
        read_model_add_event(feed->model, &row);
        if (event.counter_reference.size > 0) {
            read_row_event_counterparty(ledger, &event, i, &row);
            read_model_add_event(feed->model, &row);
        }
    }
}

static void feed_receipts(struct read_feed *feed, const struct execution_done *done)
{
    for (uint32_t i = 0; i < done->output.receipt_count; i++) {
        const struct ledger_leaf *leaf = &done->output.receipts[i];
        struct receipt receipt;
        struct row_event row;
        bool whole = receipt_decode(&receipt, leaf->bytes, leaf->size);
        TALLY_ASSERT(whole);
        read_row_receipt(&receipt, done->ledger_ms, &row);
        read_model_add_event(feed->model, &row);
    }
}

void read_feed_block(struct read_feed *feed, const struct ledger *ledger,
                     const struct execution_done *done)
{
    begin(feed, done->height, done->ledger_ms);
    if (!feed->open) {
        return;
    }
    if (feed->complete) {
        feed_touched(feed, ledger);
    } else {
        feed_all(feed, ledger); /* the first block after the genesis */
    }
    feed_events(feed, ledger, &done->output);
    feed_receipts(feed, done);
}

void read_feed_commit(struct read_feed *feed)
{
    if (feed->open) {
        feed->open = false;
        enum read_model_status status = read_model_commit(feed->model);
        if (status != READ_MODEL_OK) {
            give_up(feed, status);
        }
    }
}
