/*
 * ledger/values/command_set.h - a set of command kinds, by their numbers
 *
 * Problem. Who may do what, and what needs a second person, is said in kinds of commands. A list
 * would have many forms; a set has one.
 *
 * Rule. The kind with number n is bit n % 64 of word n / 64; kinds are numbered below 128. The set
 * does not know what the kinds mean; whether each is a command is asked by command_set_known() of
 * command.h. On the wire: the two words, u64 each.
 *
 * Example. {issue, redeem} = {20, 21}: word 0 is 0x300000, word 1 is 0.
 */
#ifndef TALLY_LEDGER_VALUES_COMMAND_SET_H
#define TALLY_LEDGER_VALUES_COMMAND_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"
#include "base/bytes.h"

enum {
    COMMAND_SET_WORDS = 2,
    COMMAND_SET_KINDS = 64 * COMMAND_SET_WORDS,
};

struct command_set {
    uint64_t words[COMMAND_SET_WORDS];
};

/* Puts a kind in. pre: kind < COMMAND_SET_KINDS. */
static inline void command_set_add(struct command_set *set, uint8_t kind)
{
    TALLY_ASSERT(kind < COMMAND_SET_KINDS);
    set->words[kind / 64] |= UINT64_C(1) << (kind % 64);
}

/* Is the kind in it? False for a number that no set can hold. */
static inline bool command_set_has(const struct command_set *set, uint8_t kind)
{
    return kind < COMMAND_SET_KINDS && (set->words[kind / 64] >> (kind % 64) & 1) != 0;
}

/* Is nothing in it? */
static inline bool command_set_empty(const struct command_set *set)
{
    return (set->words[0] | set->words[1]) == 0;
}

/* Is every kind of `part` in `whole`? */
static inline bool command_set_within(const struct command_set *part,
                                      const struct command_set *whole)
{
    return (part->words[0] & ~whole->words[0]) == 0 && (part->words[1] & ~whole->words[1]) == 0;
}

/* Writes both words, and reads them. */
static inline void command_set_write(struct bytes_writer *writer, const struct command_set *set)
{
    bytes_write_u64(writer, set->words[0]);
    bytes_write_u64(writer, set->words[1]);
}

/* The other way round. */
static inline struct command_set command_set_read(struct bytes_reader *reader)
{
    struct command_set set;
    set.words[0] = bytes_read_u64(reader);
    set.words[1] = bytes_read_u64(reader);
    return set;
}

#endif
