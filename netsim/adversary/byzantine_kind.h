/*
 * netsim/adversary/byzantine_kind.h - the tricks of a Byzantine member, by name
 *
 * byzantine.h plays them. Sets of kinds are bit sets, 1u << kind; order and names are for ever,
 * since seeds draw from them.
 */
#ifndef TALLY_NETSIM_ADVERSARY_BYZANTINE_KIND_H
#define TALLY_NETSIM_ADVERSARY_BYZANTINE_KIND_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a Byzantine member does; it may do several of these.
 *
 *     equivocate  as leader, sends one block to some and another to others
 *     conflict    votes differently towards different members
 *     omnivote    signs every vote that it hears of
 *     withhold    sends blocks and batches to f+1 members only
 *     selective   hands each message to a random few
 *     replay      repeats old messages of anybody
 *     forge       sends certificates with broken parts, and votes in the names of others
 *     result      names wrong results of execution
 *     time        lives in another hour
 *     status      lies about what it has and needs
 *     future      floods with votes for views far ahead
 *     batch       puts two batches under one number of its lane, or bad content into one
 *     mutate      changes a field a little and signs again
 *     twin        runs twice under one key, unaware of itself
 *     silent      says nothing
 *     foreign     repeats what was said, as if on another chain or in another epoch
 *     earlier     puts an earlier view, block or certificate into what it signs now
 *     ask         asks everybody for everything, again and again
 *     give-up     nullifies every view it hears of, also those that it leads and proposes in
 *     late        says everything, but late
 *     falsify     breaks one rule inside of a proposal and makes all around it fit (falsify.h)
 *     echo        hands votes back to who signed them, at once and later: no news, but to one that
 *                 runs twice, or whose journal is gone
 */
#define BYZANTINE_LIST(X)                 \
    X(BYZANTINE_EQUIVOCATE, "equivocate") \
    X(BYZANTINE_CONFLICT, "conflict")     \
    X(BYZANTINE_OMNIVOTE, "omnivote")     \
    X(BYZANTINE_WITHHOLD, "withhold")     \
    X(BYZANTINE_SELECTIVE, "selective")   \
    X(BYZANTINE_REPLAY, "replay")         \
    X(BYZANTINE_FORGE, "forge")           \
    X(BYZANTINE_RESULT, "result")         \
    X(BYZANTINE_TIME, "time")             \
    X(BYZANTINE_STATUS, "status")         \
    X(BYZANTINE_FUTURE, "future")         \
    X(BYZANTINE_BATCH, "batch")           \
    X(BYZANTINE_MUTATE, "mutate")         \
    X(BYZANTINE_TWIN, "twin")             \
    X(BYZANTINE_SILENT, "silent")         \
    X(BYZANTINE_FOREIGN, "foreign")       \
    X(BYZANTINE_EARLIER, "earlier")       \
    X(BYZANTINE_ASK, "ask")               \
    X(BYZANTINE_GIVE_UP, "give-up")       \
    X(BYZANTINE_LATE, "late")             \
    X(BYZANTINE_FALSIFY, "falsify")       \
    X(BYZANTINE_ECHO, "echo")

#define BYZANTINE_ENUMERATOR(symbol, name) symbol,
enum byzantine_kind {
    BYZANTINE_LIST(BYZANTINE_ENUMERATOR) BYZANTINE_COUNT
};

/* What kinds come down to: says two things, says nothing, says what is not so, says it again. */
#define BYZANTINE_GROUP_LIST(X)             \
    X(BYZANTINE_EQUIVOCATES, "equivocates") \
    X(BYZANTINE_WITHHOLDS, "withholds")     \
    X(BYZANTINE_LIES, "lies")               \
    X(BYZANTINE_REPLAYS, "replays")

#define BYZANTINE_GROUP_ENUMERATOR(symbol, name) symbol,
enum byzantine_group {
    BYZANTINE_GROUP_LIST(BYZANTINE_GROUP_ENUMERATOR) BYZANTINE_GROUP_COUNT
};

/* The kinds of a group, as a bit set of enum byzantine_kind. */
uint32_t byzantine_group_kinds(enum byzantine_group group);
/* The groups that a member of these kinds belongs to, as a bit set of enum byzantine_group. One
 * that is silent does only what it does unasked. */
uint32_t byzantine_groups(uint32_t kinds);
const char *byzantine_group_name(enum byzantine_group group);
const char *byzantine_kind_name(enum byzantine_kind kind);
/* False for an unknown name. */
bool byzantine_kind_by_name(const char *name, enum byzantine_kind *kind);

#endif
