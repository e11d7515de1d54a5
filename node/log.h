/*
 * log.h: what the node tells its operator, one line per fact, on standard error.
 *
 * Rule. A line is a level, a short fixed text and fields. Two formats: logfmt for people and
 * journald, JSON lines for machines. Fields are typed and escaped, so that nothing a peer sends can
 * forge a line, and secrets have no place: only what is handed to a log_field function is written.
 *
 *     LOG(LOG_WARNING, "peer refused", log_text("address", peer->address), log_u64("count", 3));
 *
 *     logfmt: 2026-11-22T08:00:00.123Z level=warning msg="peer refused" address=10.0.0.7 count=3
 *     json:   {"time":"2026-11-22T08:00:00.123Z","level":"warning","msg":"peer refused",
 *              "address":"10.0.0.7","count":3}
 *
 * Rate. Whoever makes lines at will (a peer) must not fill the disk: log_limit_pass lets at most
 * `burst` lines pass per place and interval, and then writes one line that says how many were left
 * out.
 *
 * All functions may be called from any thread; a line is written with one write(2).
 */
#ifndef TALLY_NODE_LOG_H
#define TALLY_NODE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/hash.h"
#include "crypto/sign.h"

enum log_level {
    LOG_ERROR,   /* the node stops or has stopped doing something */
    LOG_WARNING, /* somebody should look */
    LOG_NOTICE,  /* rare and normal: started, epoch changed */
    LOG_INFO,    /* normal and frequent */
    LOG_DEBUG,
};

enum log_format {
    LOG_LOGFMT,
    LOG_JSON,
};

enum log_field_kind {
    LOG_FIELD_TEXT,
    LOG_FIELD_U64,
    LOG_FIELD_HEX,
};

/* A named value; borrows its name and text or bytes for the call. */
struct log_field {
    const char *name; /* a literal: lower case letters and underscores */
    enum log_field_kind kind;
    uint64_t number;
    const void *bytes;
    size_t size;
};

/* A text; shown in quotes and escaped where needed. */
struct log_field log_text(const char *name, const char *text);
/* A number without sign. */
struct log_field log_u64(const char *name, uint64_t value);
/* Bytes in hexadecimal, at most 64 of them. */
struct log_field log_hex(const char *name, const void *bytes, size_t size);
/* The first 8 bytes of a hash, which are enough to recognise it. */
struct log_field log_hash(const char *name, const struct hash *hash);

/* What is written and how; LOG_NOTICE and LOG_LOGFMT before the first call. */
void log_setup(enum log_level level, enum log_format format);

/* Where lines go: standard error (2) at first. Tests give a pipe. */
void log_output(int descriptor);

/* Whether a line of this level would be written. */
bool log_enabled(enum log_level level);

/* Writes a line. Fields that make it longer than LOG_LINE_SIZE_MAX are cut off, visibly. */
#define LOG_LINE_SIZE_MAX 2048u
void log_write(enum log_level level, const char *message, const struct log_field *fields,
               size_t field_count);

/* LOG(level, message) or LOG(level, message, field, ...). */
#define LOG(level, ...)                                                                         \
    LOG_PICK(__VA_ARGS__, LOG_SOME, LOG_SOME, LOG_SOME, LOG_SOME, LOG_SOME, LOG_SOME, LOG_SOME, \
             LOG_SOME, LOG_NONE, 0)                                                             \
    (level, __VA_ARGS__)
#define LOG_PICK(a, b, c, d, e, f, g, h, i, PICK, ...) PICK
#define LOG_NONE(level, message)                       log_write((level), (message), NULL, 0)
#define LOG_SOME(level, message, ...)                                      \
    log_write((level), (message), (const struct log_field[]){__VA_ARGS__}, \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* The state of one rate-limited place; zero is a fresh one. */
struct log_limit {
    uint64_t window_start_ms;
    uint32_t count;
    uint64_t left_out;
};

/*
 * Whether a line may be written now: at most `burst` per `interval_ms`. When a new interval begins
 * after lines were left out, a line "lines left out" with their number and `place` is written
 * first. The caller keeps `limit`; any thread may use it.
 */
bool log_limit_pass(struct log_limit *limit, enum log_level level, const char *place,
                    uint32_t burst, uint64_t interval_ms);

/* "error", "warning", ...; and back (false if unknown). */
const char *log_level_name(enum log_level level);
TALLY_MUST_CHECK bool log_level_parse(const char *text, enum log_level *level);

#endif
