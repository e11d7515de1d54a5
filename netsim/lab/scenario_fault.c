/* The time line's lines: see scenario_fault.h. */
#include "netsim/lab/scenario_fault.h"

#include <stdio.h>
#include <string.h>

#include "netsim/adversary/byzantine_kind.h"
#include "netsim/lab/scenario_value.h"

enum {
    WORDS_MAX = 4,
    SHARE_MAX = 100000,        /* a hundred times */
    AMOUNT_US_MAX = 600000000, /* ten minutes */
    DRIFT_PPM_MAX = 1000,
};

struct timeline_row {
    const char *word;
    const char *arguments;
    const char *text;
};

#define TIMELINE_ROW(symbol, word, arguments, text) {word, arguments, text},
static const struct timeline_row rows[TIMELINE_COUNT] = {TIMELINE_LIST(TIMELINE_ROW)};

const char *timeline_word(enum timeline_kind kind)
{
    TALLY_ASSERT(kind < TIMELINE_COUNT);
    return rows[kind].word;
}

const char *timeline_arguments(enum timeline_kind kind)
{
    TALLY_ASSERT(kind < TIMELINE_COUNT);
    return rows[kind].arguments;
}

const char *timeline_meaning(enum timeline_kind kind)
{
    TALLY_ASSERT(kind < TIMELINE_COUNT);
    return rows[kind].text;
}

/* Why a line is refused. */
struct reason {
    char *text;
    size_t size;
};

static bool refuse(const struct reason *reason, const char *what, const char *which)
{
    (void)snprintf(reason->text, reason->size, "'%.60s': %s", which, what);
    return false;
}

/* One number; moves on behind it. */
static bool member_number(const char **text, uint32_t *number)
{
    uint32_t value = 0;
    const char *c = *text;
    for (; *c >= '0' && *c <= '9' && value < MEMBER_SET_MAX; c++) {
        value = value * 10 + (uint32_t)(*c - '0');
    }
    bool any = c != *text;
    *text = c;
    *number = value;
    return any && value < MEMBER_SET_MAX;
}

/* Reads a list up to its end or to `stop`. Returns where it stopped, or NULL. */
static const char *members_read(const char *text, char stop, struct member_set *members)
{
    for (;;) {
        uint32_t first;
        uint32_t last;
        if (!member_number(&text, &first)) {
            return NULL;
        }
        last = first;
        if (*text == '-') {
            text += 1;
            if (!member_number(&text, &last) || last < first) {
                return NULL;
            }
        }
        for (uint32_t member = first; member <= last; member++) {
            if (member_set_has(members, member)) {
                return NULL;
            }
            member_set_add(members, member);
        }
        if (*text == stop) {
            return text;
        }
        if (*text++ != ',') {
            return NULL;
        }
    }
}

static bool members_parse(const char *word, struct member_set *members, const struct reason *reason)
{
    if (strcmp(word, "all") == 0) {
        memset(members->words, 0xFF, sizeof members->words);
        return true;
    }
    return members_read(word, '\0', members) != NULL ||
           refuse(reason, "name members such as 3 or 0,2 or 1-3, each once, or all", word);
}

/* {0,1}|{2,3} */
static bool partition_parse(const char *word, struct scenario_fault *fault,
                            const struct reason *reason)
{
    static const char *const form = "give parts such as {0,1}|{2,3}, each member once";
    const char *text = word;
    for (uint8_t part = 1;; part++) {
        struct member_set members = {{0}};
        const char *end = *text == '{' ? members_read(text + 1, '}', &members) : NULL;
        if (end == NULL || part == UINT8_MAX) {
            return refuse(reason, form, word);
        }
        for (uint32_t member = 0; member < MEMBER_SET_MAX; member++) {
            if (!member_set_has(&members, member)) {
                continue;
            }
            if (fault->part[member] != 0) {
                return refuse(reason, form, word);
            }
            fault->part[member] = part;
            member_set_add(&fault->members, member);
        }
        text = end + 1;
        if (*text == '\0') {
            return true;
        }
        if (*text++ != '|') {
            return refuse(reason, form, word);
        }
    }
}

static bool amount_parse(enum value_kind kind, const char *word, uint64_t high,
                         struct scenario_fault *fault, const struct reason *reason)
{
    uint64_t value = 0;
    if (!value_parse(kind, word, 0, high, &value, reason->text, reason->size)) {
        return false;
    }
    fault->amount = (int64_t)value;
    return true;
}

static bool clock_parse(const char *word, struct scenario_fault *fault, const struct reason *reason)
{
    if (word[0] != '+' && word[0] != '-') {
        return refuse(reason, "give + or - and a time, such as +500ms", word);
    }
    if (!amount_parse(VALUE_TIME, word + 1, AMOUNT_US_MAX, fault, reason)) {
        return false;
    }
    fault->amount = word[0] == '-' ? -fault->amount : fault->amount;
    return true;
}

static bool byzantine_parse(char *word, struct scenario_fault *fault, const struct reason *reason)
{
    char *rest = NULL;
    for (const char *name = strtok_r(word, ",", &rest); name != NULL;
         name = strtok_r(NULL, ",", &rest)) {
        enum byzantine_kind kind;
        if (!byzantine_kind_by_name(name, &kind)) {
            return refuse(reason, "there is no such way to lie; see `tally-sim help scenario`",
                          name);
        }
        if (kind == BYZANTINE_TWIN) {
            return refuse(reason, "takes a host of its own; `tally-sim twins` plays it", name);
        }
        fault->amount |= INT64_C(1) << kind;
    }
    return fault->amount != 0 || refuse(reason, "say in which way", word);
}

/* The arguments behind the members, if the fault takes any. */
static bool second_parse(char *word, struct scenario_fault *fault, const struct reason *reason)
{
    switch (fault->kind) {
    case TIMELINE_PAUSE:
    case TIMELINE_DELAY:
    case TIMELINE_DISK_SLOW:
        return amount_parse(VALUE_TIME, word, AMOUNT_US_MAX, fault, reason);
    case TIMELINE_SLOW:
        return amount_parse(VALUE_SHARE, word, SHARE_MAX, fault, reason);
    case TIMELINE_THROTTLE:
        return amount_parse(VALUE_SHARE, word, 1000, fault, reason);
    case TIMELINE_DRIFT:
        return amount_parse(VALUE_COUNT, word, DRIFT_PPM_MAX, fault, reason);
    case TIMELINE_CLOCK:
        return clock_parse(word, fault, reason);
    case TIMELINE_CUT:
        return members_parse(word, &fault->others, reason);
    case TIMELINE_BYZANTINE:
        return byzantine_parse(word, fault, reason);
    default:
        return refuse(reason, "nothing is expected here", word);
    }
}

/* Does it speak of members in its first argument? */
static bool timeline_names_members(enum timeline_kind kind)
{
    return strncmp(rows[kind].arguments, "MEMBERS", 7) == 0;
}

static uint32_t timeline_argument_count(enum timeline_kind kind)
{
    const char *arguments = rows[kind].arguments;
    return arguments[0] == '\0' ? 0 : strchr(arguments, ' ') == NULL ? 1 : 2;
}

static bool arguments_parse(char *const *words, struct scenario_fault *fault,
                            const struct reason *reason)
{
    if (timeline_argument_count(fault->kind) == 0) {
        return true;
    }
    TALLY_ASSERT(words[0] != NULL);
    switch (fault->kind) {
    case TIMELINE_PARTITION:
        return partition_parse(words[0], fault, reason);
    case TIMELINE_LOSS:
        return amount_parse(VALUE_SHARE, words[0], 1000, fault, reason);
    case TIMELINE_JITTER:
        return amount_parse(VALUE_TIME, words[0], AMOUNT_US_MAX, fault, reason);
    default:
        break;
    }
    return !timeline_names_members(fault->kind) ||
           (members_parse(words[0], &fault->members, reason) &&
            (timeline_argument_count(fault->kind) < 2 || second_parse(words[1], fault, reason)));
}

bool scenario_fault_parse(const char *text, struct scenario_fault *fault, char *why,
                          size_t why_size)
{
    const struct reason reason = {why, why_size};
    char copy[TIMELINE_TEXT_SIZE];
    char *words[WORDS_MAX] = {NULL};
    uint32_t count = 0;
    char *rest = NULL;
    memset(fault, 0, sizeof *fault);
    if (strlen(text) >= sizeof copy) {
        return refuse(&reason, "the line is too long", text);
    }
    memcpy(copy, text, strlen(text) + 1);
    memcpy(fault->text, text, strlen(text) + 1);
    for (char *word = strtok_r(copy, " \t", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \t", &rest)) {
        words[count++] = word;
    }
    if (count < 2) {
        return refuse(&reason, "say when and what, such as `12s crash 3`", text);
    }
    if (!value_parse(VALUE_TIME, words[0], 0, UINT64_C(86400000000), &fault->at_us, why,
                     why_size)) {
        return false;
    }
    for (fault->kind = 0; fault->kind < TIMELINE_COUNT; fault->kind++) {
        if (strcmp(rows[fault->kind].word, words[1]) == 0) {
            break;
        }
    }
    if (fault->kind == TIMELINE_COUNT) {
        return refuse(&reason, "there is no such fault; see `tally-sim help scenario`", words[1]);
    }
    if (count != 2 + timeline_argument_count(fault->kind)) {
        char form[96];
        (void)snprintf(form, sizeof form, "write: TIME %s %s", words[1],
                       rows[fault->kind].arguments);
        return refuse(&reason, form, text);
    }
    return arguments_parse(&words[2], fault, &reason);
}

bool scenario_fault_fits(const struct scenario_fault *fault, uint32_t member_count)
{
    static const struct member_set everybody = {{UINT64_MAX, UINT64_MAX}};
    const struct member_set *sets[2] = {&fault->members, &fault->others};
    for (uint32_t i = 0; i < 2; i++) {
        if (memcmp(sets[i]->words, everybody.words, sizeof everybody.words) == 0) {
            continue; /* all there are */
        }
        for (uint32_t member = member_count; member < MEMBER_SET_MAX; member++) {
            if (member_set_has(sets[i], member)) {
                return false;
            }
        }
    }
    return true;
}
