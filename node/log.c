/*
 * log.c: see log.h.
 *
 * Not deterministic: the time of day. Level, format and descriptor are atomics, so that any thread
 * may write while another sets them up.
 */
#include "node/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"

enum {
    LEVEL_COUNT = LOG_DEBUG + 1,
    HEX_BYTES_MAX = 64,
    SHORT_HASH_SIZE = 8,
    LINE_RESERVE = 24, /* for the mark of a cut line, the closing brace and the newline */
};

static const char *const level_names[LEVEL_COUNT] = {"error", "warning", "notice", "info", "debug"};

static _Atomic int log_level_now = LOG_NOTICE;
static _Atomic int log_format_now = LOG_LOGFMT;
static _Atomic int log_descriptor = STDERR_FILENO;

void log_setup(enum log_level level, enum log_format format)
{
    log_level_now = (int)level;
    log_format_now = (int)format;
}

void log_output(int descriptor)
{
    log_descriptor = descriptor;
}

bool log_enabled(enum log_level level)
{
    return (int)level <= log_level_now;
}

const char *log_level_name(enum log_level level)
{
    TALLY_ASSERT((size_t)level < LEVEL_COUNT);
    return level_names[level];
}

bool log_level_parse(const char *text, enum log_level *level)
{
    for (size_t i = 0; i < LEVEL_COUNT; i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

/* ---- Fields ----------------------------------------------------------------------------- */

struct log_field log_text(const char *name, const char *text)
{
    return (struct log_field){name, LOG_FIELD_TEXT, 0, text, strlen(text)};
}

struct log_field log_u64(const char *name, uint64_t value)
{
    return (struct log_field){name, LOG_FIELD_U64, value, NULL, 0};
}

struct log_field log_hex(const char *name, const void *bytes, size_t size)
{
    size_t shown = size < HEX_BYTES_MAX ? size : HEX_BYTES_MAX;
    return (struct log_field){name, LOG_FIELD_HEX, 0, bytes, shown};
}

struct log_field log_hash(const char *name, const struct hash *hash)
{
    return log_hex(name, hash->bytes, SHORT_HASH_SIZE);
}

/* ---- Lines ------------------------------------------------------------------------------ */

struct line {
    char text[LOG_LINE_SIZE_MAX];
    size_t size;
    bool cut; /* something did not fit */
};

static void line_char(struct line *line, char character)
{
    if (line->size + LINE_RESERVE >= sizeof(line->text)) {
        line->cut = true;
        return;
    }
    line->text[line->size++] = character;
}

static void line_text(struct line *line, const char *text)
{
    for (; *text != '\0'; text++) {
        line_char(line, *text);
    }
}

static void line_hex_byte(struct line *line, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    line_char(line, digits[byte >> 4]);
    line_char(line, digits[byte & 15]);
}

/* Within double quotes, valid in logfmt and JSON: what is not printable ASCII becomes \u00xx. */
static void line_quoted(struct line *line, const char *text, size_t size)
{
    line_char(line, '"');
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\') {
            line_char(line, '\\');
            line_char(line, (char)byte);
        } else if (byte < 0x20 || byte > 0x7e) {
            line_text(line, "\\u00");
            line_hex_byte(line, byte);
        } else {
            line_char(line, (char)byte);
        }
    }
    line_char(line, '"');
}

/* Whether logfmt may show a text without quotes. */
static bool text_is_plain(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte <= 0x20 || byte > 0x7e || byte == '"' || byte == '=' || byte == '\\') {
            return false;
        }
    }
    return size > 0;
}

static void line_value(struct line *line, const struct log_field *field, bool json)
{
    char number[24];
    switch (field->kind) {
    case LOG_FIELD_TEXT:
        if (json || !text_is_plain(field->bytes, field->size)) {
            line_quoted(line, field->bytes, field->size);
        } else {
            line_text(line, field->bytes);
        }
        break;
    case LOG_FIELD_U64:
        (void)snprintf(number, sizeof(number), "%llu", (unsigned long long)field->number);
        line_text(line, number);
        break;
    case LOG_FIELD_HEX:
        line_text(line, json ? "\"" : "");
        for (size_t i = 0; i < field->size; i++) {
            line_hex_byte(line, ((const uint8_t *)field->bytes)[i]);
        }
        line_text(line, json ? "\"" : "");
        break;
    }
}

static void line_begin(struct line *line, enum log_level level, const char *message, bool json)
{
    char time[CLOCK_TEXT_SIZE];
    clock_utc_text(clock_utc_ms(), time);
    line_text(line, json ? "{\"time\":\"" : "");
    line_text(line, time);
    line_text(line, json ? "\",\"level\":\"" : " level=");
    line_text(line, log_level_name(level));
    line_text(line, json ? "\",\"msg\":" : " msg=");
    line_quoted(line, message, strlen(message));
}

static void line_field(struct line *line, const struct log_field *field, bool json)
{
    size_t before = line->size;
    line_text(line, json ? ",\"" : " ");
    line_text(line, field->name);
    line_text(line, json ? "\":" : "=");
    line_value(line, field, json);
    if (line->cut) {
        line->size = before; /* a field is whole or absent */
    }
}

static void line_end(struct line *line, bool json)
{
    /* LINE_RESERVE was kept for these. */
    if (line->cut) {
        const char *mark = json ? ",\"cut\":true" : " ...";
        memcpy(line->text + line->size, mark, strlen(mark));
        line->size += strlen(mark);
    }
    if (json) {
        line->text[line->size++] = '}';
    }
    line->text[line->size++] = '\n';
    TALLY_ASSERT(line->size <= sizeof(line->text));
}

void log_write(enum log_level level, const char *message, const struct log_field *fields,
               size_t field_count)
{
    if (!log_enabled(level)) {
        return;
    }
    struct line line = {.size = 0, .cut = false};
    bool json = log_format_now == LOG_JSON;
    line_begin(&line, level, message, json);
    for (size_t i = 0; i < field_count && !line.cut; i++) {
        line_field(&line, &fields[i], json);
    }
    line_end(&line, json);
    ssize_t written;
    do {
        written = write(log_descriptor, line.text, line.size);
    } while (written < 0 && errno == EINTR);
    /* Nobody is left to tell when standard error does not take it. */
}

/* ---- Rate ------------------------------------------------------------------------------- */

bool log_limit_pass(struct log_limit *limit, enum log_level level, const char *place,
                    uint32_t burst, uint64_t interval_ms)
{
    TALLY_ASSERT(burst > 0);
    /* One lock for all places: it is held for a few instructions, and lines are rare. */
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    uint64_t left_out = 0;
    TALLY_ASSERT(pthread_mutex_lock(&mutex) == 0);
    uint64_t now_ms = clock_monotonic_ms();
    bool fresh = limit->count == 0 && limit->left_out == 0;
    if (fresh || now_ms - limit->window_start_ms >= interval_ms) {
        left_out = limit->left_out;
        limit->window_start_ms = now_ms;
        limit->count = 0;
        limit->left_out = 0;
    }
    bool passes = limit->count < burst;
    if (passes) {
        limit->count += 1;
    } else {
        limit->left_out += 1;
    }
    TALLY_ASSERT(pthread_mutex_unlock(&mutex) == 0);
    if (left_out > 0) {
        LOG(level, "lines left out", log_text("place", place), log_u64("count", left_out));
    }
    return passes;
}
