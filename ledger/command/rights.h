/*
 * ledger/command/rights.h - may this key give this command at all?
 *
 * Rule. Asked in this order; the first that lacks is named by the refusal (VALR):
 *
 *   what lacks                                            detail         field
 *   the right that the kind needs (command.h)             RIGHT_MISSING  key
 *   the kind, in the key's set of kinds                   OUTSIDE_SCOPE  kinds
 *   the kind of the asset, in the key's set               OUTSIDE_SCOPE  asset_kinds
 *   an own account that the command touches, in the list  OUTSIDE_SCOPE  accounts
 *
 * The assets of a command are its security and its currency. The own accounts that it touches are
 * those of the key's party: of an instruction the accounts it uses, defaults included, and of a
 * command about an instruction that instruction's; of an issue the issuance account, and the
 * holder's if it is an own one. A key confined to accounts may give only commands that are about
 * accounts; one confined to asset kinds only commands that are about assets. Approving and
 * rejecting are asked twice: as commands, by kind, and with the command that waits (for the
 * approver must be able to stand for all of it, but for the right to give it).
 *
 * A name that leads nowhere is no objection here: the command's own checks refuse it.
 */
#ifndef TALLY_LEDGER_COMMAND_RIGHTS_H
#define TALLY_LEDGER_COMMAND_RIGHTS_H

#include <stdint.h>

#include "ledger/command/command.h"
#include "ledger/values/outcome.h"

struct ledger;

/* All four, for the key that gives the command. Changes nothing. */
struct refusal rights_check(const struct ledger *ledger, uint32_t key,
                            const struct command *command);
/* The last three: the scope alone, for the key that approves it. */
struct refusal rights_scope_check(const struct ledger *ledger, uint32_t key,
                                  const struct command *command);

#endif
