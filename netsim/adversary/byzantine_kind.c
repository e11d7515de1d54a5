#include "netsim/adversary/byzantine_kind.h"

#include "base/assert.h"

#include <string.h>

static const char *const kind_names[] = {
#define BYZANTINE_NAME(symbol, name) [symbol] = (name),
    BYZANTINE_LIST(BYZANTINE_NAME)
#undef BYZANTINE_NAME
};

static const char *const group_names[] = {
#define BYZANTINE_GROUP_NAME(symbol, name) [symbol] = (name),
    BYZANTINE_GROUP_LIST(BYZANTINE_GROUP_NAME)
#undef BYZANTINE_GROUP_NAME
};

static const uint32_t group_kinds[] = {
    [BYZANTINE_EQUIVOCATES] = 1u << BYZANTINE_EQUIVOCATE | 1u << BYZANTINE_CONFLICT |
                              1u << BYZANTINE_OMNIVOTE | 1u << BYZANTINE_BATCH |
                              1u << BYZANTINE_TWIN | 1u << BYZANTINE_GIVE_UP,
    [BYZANTINE_WITHHOLDS] = 1u << BYZANTINE_WITHHOLD | 1u << BYZANTINE_SELECTIVE |
                            1u << BYZANTINE_SILENT | 1u << BYZANTINE_LATE,
    [BYZANTINE_LIES] = 1u << BYZANTINE_FORGE | 1u << BYZANTINE_RESULT | 1u << BYZANTINE_TIME |
                       1u << BYZANTINE_STATUS | 1u << BYZANTINE_FUTURE | 1u << BYZANTINE_MUTATE |
                       1u << BYZANTINE_ASK | 1u << BYZANTINE_FALSIFY,
    [BYZANTINE_REPLAYS] = 1u << BYZANTINE_REPLAY | 1u << BYZANTINE_FOREIGN |
                          1u << BYZANTINE_EARLIER | 1u << BYZANTINE_ECHO,
};

uint32_t byzantine_group_kinds(enum byzantine_group group)
{
    TALLY_ASSERT(group < BYZANTINE_GROUP_COUNT);
    return group_kinds[group];
}

uint32_t byzantine_groups(uint32_t kinds)
{
    const uint32_t silent = 1u << BYZANTINE_SILENT;
    const uint32_t unasked = 1u << BYZANTINE_OMNIVOTE | 1u << BYZANTINE_FORGE |
                             1u << BYZANTINE_FUTURE | 1u << BYZANTINE_REPLAY |
                             1u << BYZANTINE_FOREIGN | 1u << BYZANTINE_ASK |
                             1u << BYZANTINE_GIVE_UP | 1u << BYZANTINE_ECHO;
    uint32_t groups = 0;
    if ((kinds & silent) != 0) {
        kinds &= silent | unasked;
    }
    for (uint32_t group = 0; group < BYZANTINE_GROUP_COUNT; group++) {
        groups |= (kinds & group_kinds[group]) != 0 ? 1u << group : 0;
    }
    return groups;
}

const char *byzantine_group_name(enum byzantine_group group)
{
    TALLY_ASSERT(group < BYZANTINE_GROUP_COUNT);
    return group_names[group];
}

const char *byzantine_kind_name(enum byzantine_kind kind)
{
    TALLY_ASSERT(kind < BYZANTINE_COUNT);
    return kind_names[kind];
}

bool byzantine_kind_by_name(const char *name, enum byzantine_kind *kind)
{
    for (uint32_t i = 0; i < BYZANTINE_COUNT; i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *kind = (enum byzantine_kind)i;
            return true;
        }
    }
    return false;
}
