#include "node/read_feed.h"

#include <pthread.h>
#include <stdlib.h>

#include "host/thread_name.h"
#include "host/thread_priority.h"
#include "node/log.h"
#include "node/read_cells.h"
#include "node/read_movements.h"
#include "node/read_rows.h"

enum {
    FEED_CELLS_ROW_MAX = CELLS_BYTES_MAX + LIST_COLUMNS_MAX + 24 /* bytes */
};

/* Keys of the history's first lines: above every event's. */
#define FEED_INSTRUCTED_KEY (UINT64_C(1) << 62)

enum row_kind {
    ROW_PARTY,
    ROW_ASSET,
    ROW_ACCOUNT,
    ROW_POSITION,
    ROW_INSTRUCTION,
    ROW_EVENT
};

struct feed_row {
    enum row_kind kind;
    union {
        struct row_party party;
        struct row_asset asset;
        struct row_account account;
        struct row_position position;
        struct row_instruction instruction;
        struct row_event event;
    };
};

/* The rows of one block. Those of forms lie one after the other in `cells`: u8 list, u64 key, u64
 * end; with end 0 the row follows as row_cells_write() writes it, else the rows from key to end go.
 */
struct feed_block {
    uint64_t height;
    uint64_t ledger_ms;
    struct feed_row *rows;
    size_t row_count;
    size_t row_capacity;
    uint8_t *cells;
    size_t cells_size;
    size_t cells_capacity;
};

struct read_feed {
    struct read_model *model; /* the thread's */
    struct alarm_board *alarms;
    uint64_t height; /* of the last block that was begun */
    bool complete;   /* the model holds every record that the block at hand did not touch */
    bool open;       /* rows are being made */
    uint32_t date;   /* settlement day at the end of the last block; 0: not known */
    struct feed_block block;

    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    struct feed_block waiting[READ_FEED_BLOCKS];
    uint32_t first;
    uint32_t count;
    bool stopping;
    bool failed; /* given up */
};

/* ---- The thread ---------------------------------------------------------------------------- */

static void put_row(struct read_model *model, const struct feed_row *row)
{
    switch (row->kind) {
    case ROW_PARTY:
        read_model_put_party(model, &row->party);
        break;
    case ROW_ASSET:
        read_model_put_asset(model, &row->asset);
        break;
    case ROW_ACCOUNT:
        read_model_put_account(model, &row->account);
        break;
    case ROW_POSITION:
        read_model_put_position(model, &row->position);
        break;
    case ROW_INSTRUCTION:
        read_model_put_instruction(model, &row->instruction);
        break;
    case ROW_EVENT:
        read_model_add_event(model, &row->event);
        break;
    }
}

static void put_cells(struct read_model *model, const struct feed_block *block)
{
    struct bytes_reader reader;
    struct row_cells row;
    bytes_reader_init(&reader, block->cells, block->cells_size);
    while (reader.offset < block->cells_size) {
        enum list_kind list = (enum list_kind)bytes_read_u8(&reader);
        uint64_t key = bytes_read_u64(&reader);
        uint64_t end = bytes_read_u64(&reader);
        if (end != 0) {
            read_model_remove_cells(model, list, key, end);
        } else {
            bool whole = row_cells_read(&reader, list_form_of(list)->column_count, &row);
            TALLY_ASSERT(whole);
            read_model_put_cells(model, list, key, &row);
        }
    }
}

static void write_block(struct read_feed *feed, const struct feed_block *block)
{
    enum read_model_status status = read_model_begin(feed->model, block->height, block->ledger_ms);
    if (status == READ_MODEL_OK) {
        for (size_t i = 0; i < block->row_count; i++) {
            put_row(feed->model, &block->rows[i]);
        }
        put_cells(feed->model, block);
        status = read_model_commit(feed->model);
    }
    if (status != READ_MODEL_OK) {
        pthread_mutex_lock(&feed->mutex);
        feed->failed = true;
        pthread_mutex_unlock(&feed->mutex);
        alarm_raise(feed->alarms, ALARM_READ_MODEL_FAILED, read_model_status_text(status));
    }
}

/* Takes the next block to write; false when all is written and the feed stops. */
static bool take_block(struct read_feed *feed, struct feed_block *block, bool *failed)
{
    pthread_mutex_lock(&feed->mutex);
    while (feed->count == 0 && !feed->stopping) {
        pthread_cond_wait(&feed->changed, &feed->mutex);
    }
    bool taken = feed->count > 0;
    if (taken) {
        *block = feed->waiting[feed->first];
        feed->first = (feed->first + 1) % READ_FEED_BLOCKS;
        feed->count--;
        pthread_cond_broadcast(&feed->changed);
    }
    *failed = feed->failed;
    pthread_mutex_unlock(&feed->mutex);
    return taken;
}

static void *feed_main(void *argument)
{
    thread_name_set("feed");
    thread_priority_back();
    struct read_feed *feed = argument;
    struct feed_block block;
    bool failed;
    while (take_block(feed, &block, &failed)) {
        if (!failed) {
            write_block(feed, &block);
        }
        free(block.rows);
        free(block.cells);
    }
    return NULL;
}

struct read_feed *read_feed_start(struct read_model *model, struct alarm_board *alarms)
{
    struct read_feed *feed = calloc(1, sizeof *feed);
    if (feed == NULL) {
        return NULL;
    }
    feed->model = model;
    feed->alarms = alarms;
    feed->height = read_model_height(model);
    pthread_mutex_init(&feed->mutex, NULL);
    pthread_cond_init(&feed->changed, NULL);
    if (pthread_create(&feed->thread, NULL, feed_main, feed) != 0) {
        pthread_cond_destroy(&feed->changed);
        pthread_mutex_destroy(&feed->mutex);
        free(feed);
        return NULL;
    }
    return feed;
}

void read_feed_stop(struct read_feed *feed)
{
    if (feed == NULL) {
        return;
    }
    pthread_mutex_lock(&feed->mutex);
    feed->stopping = true;
    pthread_cond_broadcast(&feed->changed);
    pthread_mutex_unlock(&feed->mutex);
    pthread_join(feed->thread, NULL);
    free(feed->block.rows);
    free(feed->block.cells);
    pthread_cond_destroy(&feed->changed);
    pthread_mutex_destroy(&feed->mutex);
    free(feed);
}

/* ---- Making rows --------------------------------------------------------------------------- */

static void begin(struct read_feed *feed, uint64_t height, uint64_t ledger_ms)
{
    TALLY_ASSERT(!feed->open);
    if (height <= feed->height) {
        return; /* executed again after a crash: the model has it */
    }
    feed->height = height;
    feed->block = (struct feed_block){.height = height, .ledger_ms = ledger_ms};
    feed->open = true;
}

/* Room for one more row; where memory is short the last one is given again, and a row is lost. */
static struct feed_row *row_take(struct read_feed *feed, enum row_kind kind)
{
    static struct feed_row nowhere;
    struct feed_block *block = &feed->block;
    if (block->row_count == block->row_capacity) {
        size_t capacity = block->row_capacity * 2 + 64;
        struct feed_row *rows = realloc(block->rows, capacity * sizeof *rows);
        if (rows == NULL) {
            alarm_raise(feed->alarms, ALARM_READ_MODEL_FAILED, "out of memory");
            return &nowhere;
        }
        block->rows = rows;
        block->row_capacity = capacity;
    }
    struct feed_row *row = &block->rows[block->row_count];
    block->row_count++;
    row->kind = kind;
    return row;
}

/* Room for one more row of a form, or a removal; false when memory is short, and a row is lost. */
static bool cells_room(struct read_feed *feed)
{
    struct feed_block *block = &feed->block;
    if (block->cells_capacity - block->cells_size < FEED_CELLS_ROW_MAX) {
        size_t capacity = block->cells_capacity * 2 + 16 * FEED_CELLS_ROW_MAX;
        uint8_t *cells = realloc(block->cells, capacity);
        if (cells == NULL) {
            alarm_raise(feed->alarms, ALARM_READ_MODEL_FAILED, "out of memory");
            return false;
        }
        block->cells = cells;
        block->cells_capacity = capacity;
    }
    return true;
}

/* Appends a row of a form; without one, that the rows of keys from `key` on, below `end`, go. */
static void cells_take(struct read_feed *feed, enum list_kind list, uint64_t key, uint64_t end,
                       const struct row_cells *row)
{
    struct feed_block *block = &feed->block;
    struct bytes_writer writer;
    if (!cells_room(feed)) {
        return;
    }
    bytes_writer_init(&writer, block->cells + block->cells_size,
                      block->cells_capacity - block->cells_size);
    bytes_write_u8(&writer, (uint8_t)list);
    bytes_write_u64(&writer, key);
    bytes_write_u64(&writer, end);
    if (row != NULL) {
        TALLY_ASSERT(end == 0);
        row_cells_write(&writer, row);
    }
    TALLY_ASSERT(bytes_writer_ok(&writer));
    block->cells_size += writer.size;
}

static void cells_put(struct read_feed *feed, enum list_kind list, uint64_t key,
                      const struct row_cells *row)
{
    cells_take(feed, list, key, 0, row);
}

/* A record's rows in all lists that show it; those that it has no more go. */
static void feed_cells(struct read_feed *feed, const struct ledger *ledger, enum record_kind kind,
                       uint32_t index)
{
    bool used = record_used(ledger, kind, index);
    enum list_kind list;
    for (unsigned n = 0; (list = read_cells_list(kind, n)) != LIST_NONE; n++) {
        uint32_t number = read_cells_number(ledger, list, kind, index);
        uint64_t key = read_cells_key(ledger, list, number);
        uint64_t end = key + READ_CELLS_ROWS_MAX;
        struct row_cells row;
        unsigned place = 0;
        while (used && place < READ_CELLS_ROWS_MAX &&
               read_cells_record(ledger, list, number, place, &row)) {
            cells_put(feed, list, key + place, &row);
            place++;
        }
        cells_take(feed, list, key + place, end, NULL);
    }
}

static void feed_record(struct read_feed *feed, const struct ledger *ledger, enum record_kind kind,
                        uint32_t index)
{
    switch (kind) {
    case RECORD_PARTY:
        read_row_party(ledger, index, &row_take(feed, ROW_PARTY)->party);
        feed_cells(feed, ledger, kind, index);
        break;
    case RECORD_ASSET:
        read_row_asset(ledger, index, &row_take(feed, ROW_ASSET)->asset);
        break;
    case RECORD_ACCOUNT:
        read_row_account(ledger, index, &row_take(feed, ROW_ACCOUNT)->account);
        feed_cells(feed, ledger, kind, index);
        break;
    case RECORD_POSITION:
        read_row_position(ledger, index, &row_take(feed, ROW_POSITION)->position);
        break;
    case RECORD_INSTRUCTION:
        read_row_instruction(ledger, index, &row_take(feed, ROW_INSTRUCTION)->instruction);
        feed_cells(feed, ledger, kind, index);
        break;
    default:
        feed_cells(feed, ledger, kind, index);
        break;
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
            } else {
                feed_cells(feed, ledger, (enum record_kind)kind, index);
            }
            index = record_touched_next(ledger, (enum record_kind)kind, index + 1);
        }
    }
}

void read_feed_catch_up(struct read_feed *feed, const struct ledger *ledger)
{
    uint64_t height = ledger_height(ledger);
    feed->date = height > 0 ? ledger_date(ledger) : 0;
    feed->complete = height > 0 && feed->height >= height;
    if (height > 0 && !feed->complete) {
        begin(feed, height, ledger_time_ms(ledger));
        feed_all(feed, ledger);
        read_feed_commit(feed);
    }
}

/* Both sides' lines of an event in the history of their instructions; step 0 is what it says
 * happened first, step 1 the event itself. */
static void feed_history(struct read_feed *feed, const struct ledger *ledger,
                         const struct event *event, unsigned step)
{
    struct row_cells row;
    for (unsigned side = 0; side < 2; side++) {
        uint64_t key = ((event->sequence * 2 + step) * 2 + side) * READ_CELLS_HISTORY_MAX;
        for (unsigned i = 0; read_cells_history(ledger, event, side == 1, i, &row); i++) {
            cells_put(feed, LIST_HISTORY, key + i, &row);
        }
    }
}

static void feed_movements(struct read_feed *feed, const struct ledger *ledger,
                           const struct event *event)
{
    struct row_cells rows[READ_MOVEMENTS_MAX];
    unsigned count = read_movements(ledger, event, feed->date, rows);
    for (unsigned i = 0; i < count; i++) {
        cells_put(feed, LIST_MOVEMENTS, event->sequence * READ_MOVEMENTS_MAX + i, &rows[i]);
    }
}

/* Told to the counterparty, who has no instruction yet. */
static bool event_is_allegement(const struct event *event)
{
    return event->kind == EVENT_ALLEGED || event->kind == EVENT_ALLEGEMENT_REMOVED ||
           event->kind == EVENT_ALLEGEMENT_CANCELLED;
}

/* Both parties' rows among the events. Changes of status are in the history alone. What is about
 * nobody in particular, a new day, is on no party's list. */
static void feed_row_events(struct read_feed *feed, const struct ledger *ledger,
                            const struct event *event, uint32_t place)
{
    if (event->kind == EVENT_STATUS || bic_absent(&event->party)) {
        return;
    }
    read_row_event(ledger, event, place, &row_take(feed, ROW_EVENT)->event);
    if (event->counter_reference.size > 0 || event_is_allegement(event)) {
        read_row_event_counterparty(ledger, event, place, &row_take(feed, ROW_EVENT)->event);
    }
}

static void feed_events(struct read_feed *feed, const struct ledger *ledger,
                        const struct ledger_output *output)
{
    for (uint32_t i = 0; i < output->event_count; i++) {
        struct event event;
        bool whole = event_decode(&event, output->events[i].bytes, output->events[i].size);
        TALLY_ASSERT(whole);
        if (event.kind == EVENT_DAY_CHANGED) {
            feed->date = event.date; /* what follows is of the new day */
        }
        struct event first;
        if (event_first(&event, &first)) {
            feed_history(feed, ledger, &first, 0);
            feed_row_events(feed, ledger, &first, 2 * i);
        }
        feed_history(feed, ledger, &event, 1);
        feed_row_events(feed, ledger, &event, 2 * i + 1);
        feed_movements(feed, ledger, &event);
    }
}

/* The first lines of the history: before those of the block's events. */
static void feed_instructed(struct read_feed *feed, const struct ledger *ledger,
                            const struct execution_done *done)
{
    struct row_cells row;
    for (uint32_t i = 0; i < done->output.receipt_count; i++) {
        const struct ledger_leaf *leaf = &done->output.receipts[i];
        struct receipt receipt;
        bool whole = receipt_decode(&receipt, leaf->bytes, leaf->size);
        TALLY_ASSERT(whole);
        if (read_cells_instructed(ledger, &receipt, done->ledger_ms, &row)) {
            cells_put(feed, LIST_HISTORY, FEED_INSTRUCTED_KEY | receipt.instruction_sequence, &row);
        }
    }
}

static void feed_receipts(struct read_feed *feed, const struct execution_done *done)
{
    for (uint32_t i = 0; i < done->output.receipt_count; i++) {
        const struct ledger_leaf *leaf = &done->output.receipts[i];
        struct receipt receipt;
        bool whole = receipt_decode(&receipt, leaf->bytes, leaf->size);
        TALLY_ASSERT(whole);
        read_row_receipt(&receipt, done->ledger_ms, &row_take(feed, ROW_EVENT)->event);
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
    if (feed->date == 0) {
        feed->date = ledger_date(ledger);
    }
    feed_instructed(feed, ledger, done);
    feed_events(feed, ledger, &done->output);
    feed_receipts(feed, done);
    feed->date = ledger_date(ledger);
}

void read_feed_commit(struct read_feed *feed)
{
    if (!feed->open) {
        return;
    }
    feed->open = false;
    pthread_mutex_lock(&feed->mutex);
    while (feed->count == READ_FEED_BLOCKS) {
        pthread_cond_wait(&feed->changed, &feed->mutex);
    }
    feed->waiting[(feed->first + feed->count) % READ_FEED_BLOCKS] = feed->block;
    feed->count++;
    pthread_cond_broadcast(&feed->changed);
    pthread_mutex_unlock(&feed->mutex);
    feed->block = (struct feed_block){.rows = NULL};
}
