#include "cli/failure.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/assert.h"

#define REASON_SIZE 1024u

static bool use_json;
static unsigned mutes;
static const char *remark;
static enum exit_code last = EXIT_USAGE;

void failure_use_json(bool json)
{
    use_json = json;
}

void failure_mute(bool mute)
{
    TALLY_ASSERT(mute || mutes > 0);
    mutes += mute ? 1u : 0u - 1u;
}

void failure_remark(const char *text)
{
    remark = text;
}

enum exit_code failure_last(void)
{
    return last;
}

/* Reasons may quote a file's bytes: nothing but printable ASCII reaches the terminal. */
static void reason_sanitise(char *reason)
{
    for (; *reason != 0; reason++) {
        if (*reason < 0x20 || *reason > 0x7e) {
            *reason = '?';
        }
    }
}

static void print_json(enum exit_code code, const char *what, const char *hint, const char *reason)
{
    json_t *object = json_pack("{s:i, s:s, s:s?, s:s, s:s}", "exit", (int)code, "error",
                               exit_code_name(code), "what", what, "why", reason, "do", hint);

    if (object != NULL) {
        (void)json_dumpf(object, stderr, JSON_COMPACT | JSON_ENSURE_ASCII);
        (void)fputc('\n', stderr);
        json_decref(object);
    }
}

enum exit_code failure(enum exit_code code, const char *what, const char *hint, const char *format,
                       ...)
{
    char reason[REASON_SIZE], advice[REASON_SIZE];
    va_list arguments;

    last = code;
    if (mutes > 0) {
        return code;
    }
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    reason_sanitise(reason);
    (void)snprintf(advice, sizeof advice, "%s%s%s", hint,
                   hint[0] == 0 || remark == NULL ? "" : "; ", remark == NULL ? "" : remark);
    (void)fflush(stdout);
    if (use_json) {
        print_json(code, what, advice, reason);
    } else {
        (void)fprintf(stderr, "tally: %s%s%s%s%s\n", what == NULL ? "" : what,
                      what == NULL ? "" : ": ", reason, advice[0] == 0 ? "" : "; ", advice);
    }
    return code;
}
