/*
 * ledger/register/approval_policy.h - what needs the signatures of two persons
 *
 * Problem. One stolen key, or one dishonest person, must not be able to change the rules, to hand
 * out rights, or to release a large delivery. What counts as large, and whom a party trusts with
 * what, differs from party to party.
 *
 * Rule. A policy names command kinds, and an amount. A command of such a kind, or one that moves
 * more than the amount (four_eyes.h: command_value), waits as a draft until another person of the
 * same party approves it. Two policies are asked, and each alone can demand it:
 *   of the consortium   part of the rule set (rule_set.h), so it has an effective date
 *   of the party        part of the party's record, changed by the command approval-policy
 * A party's policy is changed under four eyes always, whatever either policy says: otherwise the
 * first thing a lone intruder did would be to change it. Approving and rejecting cannot be kinds of
 * a policy: a signature under a signature would never end.
 *
 * Rule, default. The consortium demands two persons for rule-set; a party for nothing. So a party
 * with a single key works, except for the rules of all. Whoever has two persons adds key-add,
 * key-change, key-revoke, credit-limit and limit-set, and an amount for releases.
 *
 * Example. Consortium {rule-set}, amount none. Party {release}, amount 1,000,000. An instruction
 * over 900,000 executes at once, one over 1,000,001 waits; every release waits.
 */
#ifndef TALLY_LEDGER_REGISTER_APPROVAL_POLICY_H
#define TALLY_LEDGER_REGISTER_APPROVAL_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "ledger/values/command_set.h"

struct approval_policy {
    struct command_set kinds; /* always need a second person */
    int64_t amount;           /* so does what moves more; INT64_MAX: no amount does */
};

/* Demands nothing. */
void approval_policy_none(struct approval_policy *policy);
/* What the consortium demands unless its genesis says otherwise. */
void approval_policy_default(struct approval_policy *policy);
/* Only known kinds, none of them an approval itself, and an amount that is not negative? */
bool approval_policy_valid(const struct approval_policy *policy);
/* Does it demand a second person for a command of this kind that moves `value`? */
bool approval_policy_demands(const struct approval_policy *policy, uint8_t kind, int64_t value);

/* Writes the bytes, and reads them; whether the policy is valid, the reader of it asks. */
void approval_policy_write(struct bytes_writer *writer, const struct approval_policy *policy);
struct approval_policy approval_policy_read(struct bytes_reader *reader);

#endif
