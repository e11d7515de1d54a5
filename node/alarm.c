#include "node/alarm.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "node/log.h"

enum {
    REPEAT_LOG_MS = 60000
};

struct board_entry {
    bool raised;
    uint64_t logged_ms;
    struct alarm alarm;
};

struct alarm_board {
    pthread_mutex_t mutex;
    struct board_entry entries[ALARM_CODE_MAX + 1];
};

struct alarm_board *alarm_board_new(void)
{
    struct alarm_board *board = calloc(1, sizeof *board);
    if (board != NULL) {
        pthread_mutex_init(&board->mutex, NULL);
    }
    return board;
}

void alarm_board_free(struct alarm_board *board)
{
    if (board != NULL) {
        pthread_mutex_destroy(&board->mutex);
        free(board);
    }
}

void alarm_raise(struct alarm_board *board, enum alarm_code code, const char *detail)
{
    TALLY_ASSERT((uint32_t)code >= 1 && (uint32_t)code <= ALARM_CODE_MAX);
    uint64_t now_ms = clock_monotonic_ms();
    pthread_mutex_lock(&board->mutex);
    struct board_entry *entry = &board->entries[code];
    bool say = !entry->raised || now_ms - entry->logged_ms >= REPEAT_LOG_MS;
    if (!entry->raised) {
        entry->raised = true;
        entry->alarm.code = code;
        entry->alarm.since_utc_ms = clock_utc_ms();
    }
    if (say) {
        entry->logged_ms = now_ms;
    }
    entry->alarm.raise_count++;
    (void)snprintf(entry->alarm.detail, sizeof entry->alarm.detail, "%s", detail);
    pthread_mutex_unlock(&board->mutex);
    if (say) {
        LOG(LOG_ERROR, "alarm", log_u64("code", code), log_text("name", alarm_name(code)),
            log_text("text", alarm_text(code)), log_text("detail", detail),
            log_text("remedy", alarm_hint(code)));
    }
}

void alarm_clear(struct alarm_board *board, enum alarm_code code)
{
    TALLY_ASSERT((uint32_t)code >= 1 && (uint32_t)code <= ALARM_CODE_MAX);
    pthread_mutex_lock(&board->mutex);
    bool was_raised = board->entries[code].raised;
    board->entries[code] = (struct board_entry){.raised = false};
    pthread_mutex_unlock(&board->mutex);
    if (was_raised) {
        LOG(LOG_NOTICE, "alarm is over", log_u64("code", code), log_text("name", alarm_name(code)));
    }
}

uint32_t alarm_list(struct alarm_board *board, struct alarm out[ALARM_CODE_MAX])
{
    uint32_t count = 0;
    pthread_mutex_lock(&board->mutex);
    for (uint32_t code = 1; code <= ALARM_CODE_MAX; code++) {
        if (board->entries[code].raised) {
            out[count++] = board->entries[code].alarm;
        }
    }
    pthread_mutex_unlock(&board->mutex);
    return count;
}

const char *alarm_name(enum alarm_code code)
{
    switch (code) {
#define X(symbol, number, text, hint) \
    case ALARM_##symbol:              \
        return #symbol;
        ALARM_LIST(X)
#undef X
    }
    return "UNKNOWN";
}

const char *alarm_text(enum alarm_code code)
{
    switch (code) {
#define X(symbol, number, text, hint) \
    case ALARM_##symbol:              \
        return text;
        ALARM_LIST(X)
#undef X
    }
    return "an alarm unknown to this version";
}

const char *alarm_hint(enum alarm_code code)
{
    switch (code) {
#define X(symbol, number, text, hint) \
    case ALARM_##symbol:              \
        return hint;
        ALARM_LIST(X)
#undef X
    }
    return "";
}

enum alarm_code alarm_of_consensus(enum consensus_alarm code)
{
    switch (code) {
    case CONSENSUS_ALARM_MUTE_JOURNAL_LOST:
    case CONSENSUS_ALARM_MUTE_JOURNAL_DAMAGED:
    case CONSENSUS_ALARM_MUTE_JOURNAL_FOREIGN:
        return ALARM_JOURNAL_LOST;
    case CONSENSUS_ALARM_MUTE_JOURNAL_BEHIND_STORE:
    case CONSENSUS_ALARM_MUTE_OWN_VOTE_UNKNOWN:
        return ALARM_JOURNAL_ROLLED_BACK;
    case CONSENSUS_ALARM_LANE_CLOSED:
        return ALARM_BATCH_LOG_LOST;
    case CONSENSUS_ALARM_STORAGE_FAILED:
    case CONSENSUS_ALARM_STORAGE_RECOVERED:
        return ALARM_DISK_FULL;
    case CONSENSUS_ALARM_EQUIVOCATION:
    case CONSENSUS_ALARM_BATCH_INVALID:
        return ALARM_EVIDENCE;
    default:
        return ALARM_CONSENSUS;
    }
}
