#include "ledger/register/approval_policy.h"

#include "ledger/command/command.h"

void approval_policy_none(struct approval_policy *policy)
{
    *policy = (struct approval_policy){.amount = INT64_MAX};
}

void approval_policy_default(struct approval_policy *policy)
{
    approval_policy_none(policy);
    command_set_add(&policy->kinds, COMMAND_RULE_SET);
}

bool approval_policy_valid(const struct approval_policy *policy)
{
    return command_set_known(&policy->kinds) && !command_set_has(&policy->kinds, COMMAND_APPROVE) &&
           !command_set_has(&policy->kinds, COMMAND_DRAFT_REJECT) && policy->amount >= 0;
}

bool approval_policy_demands(const struct approval_policy *policy, uint8_t kind, int64_t value)
{
    return command_set_has(&policy->kinds, kind) || value > policy->amount;
}

void approval_policy_write(struct bytes_writer *writer, const struct approval_policy *policy)
{
    command_set_write(writer, &policy->kinds);
    bytes_write_i64(writer, policy->amount);
}

struct approval_policy approval_policy_read(struct bytes_reader *reader)
{
    struct approval_policy policy = {.kinds = command_set_read(reader)};
    policy.amount = bytes_read_i64(reader);
    return policy;
}
