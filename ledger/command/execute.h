/*
 * ledger/command/execute.h - from an ordered envelope to receipts
 *
 * Rule. An envelope is judged as a whole first, in this order; the first objection ends it:
 *
 *   | objection                                   | receipt                       | remembered |
 *   | bytes are no envelope                       | none, nobody to answer        | no         |
 *   | another chain                               | UNRECORDED CHAIN              | no         |
 *   | key not on the ledger                       | UNRECORDED KEY_UNKNOWN        | no         |
 *   | nonce remembered, same content              | ALREADY, place of the first   | is already |
 *   | nonce remembered, other content             | UNRECORDED NONCE_REUSED       | no         |
 *   | validity over, or too far ahead             | UNRECORDED EXPIRED, TOO_LONG  | no         |
 *   | no room for one more nonce                  | UNRECORDED NONCES_FULL        | no         |
 *   | key of another party, revoked, out of dates | REFUSED                       | yes        |
 *   | party suspended                             | REFUSED                       | yes        |
 *
 * "UNRECORDED" says that this ordering of the bytes had no effect and says nothing of any other
 * ordering of them. Then every command is judged on its own, in this order: readable, rights of the
 * key (rights.h), reference used before (identical content: ALREADY; other: REFE), date, then its
 * family's checks, then whether two persons are wanted for it (four_eyes.h: it waits as a draft),
 * then room.
 *
 * A family offers two functions: a check that changes nothing and an act that cannot fail after
 * it. So a refused command leaves no trace but its receipt.
 */
#ifndef TALLY_LEDGER_COMMAND_EXECUTE_H
#define TALLY_LEDGER_COMMAND_EXECUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/command/command.h"
#include "ledger/command/envelope.h"
#include "ledger/instruction/lifecycle.h"
#include "ledger/ledger.h"
#include "ledger/values/outcome.h"

enum {
    /* No command emits more events: its own, and those of two lifecycle calls (a transformation
       cancels and accepts). */
    COMMAND_EVENTS_MAX = 2 * LIFECYCLE_EVENTS_MAX + 2,
};

struct instruct_known;

/* Who asks, with which envelope. */
struct command_context {
    uint32_t party;                     /* index */
    uint32_t key;                       /* index */
    struct nonce_secret secret;         /* for what the command makes, and for nothing else */
    uint32_t receipt_index;             /* that the command will get */
    const struct instruct_known *known; /* of the command's instruction; NULL: nothing */
    bool generated; /* the instruction is made for a party, not by it: its rights are not asked */
    bool second;    /* the second instruction of one command: room for the first is taken */
};

/* What a command came to; becomes the receipt. */
struct command_result {
    enum outcome outcome;
    struct refusal refusal;
    uint64_t instruction_sequence;
    uint64_t first_height;
    uint32_t first_index;
};

/* Short ways to say what a check or a command came to. */
struct refusal refuse(enum reason reason, enum detail detail, enum field field);
/* Done, nothing else to say. */
struct command_result result_done(void);
/* Refused, by what a check said. */
struct command_result result_refused(struct refusal refusal);

/* Executes the envelopes of a block, one after the other; one for which the output lacks room is
 * left out. Returns how many were. */
uint32_t execute_envelopes(struct ledger *ledger, const struct ledger_envelope *envelopes,
                           uint32_t count);

/*
 * Executes one readable command. `bytes` are those it was read from, kept if it must wait for
 * approval. `approved` says that a second person approved it, so four_eyes.h is not asked.
 */
struct command_result execute_command(struct ledger *ledger, const struct command_context *context,
                                      const struct command *command, const void *bytes, size_t size,
                                      bool approved);

/*
 * The families, but for instructions (instruct.h). Checks change nothing; acts assert that the
 * check would pass.
 */
struct refusal reference_data_check(const struct ledger *ledger,
                                    const struct command_context *context,
                                    const struct command *command);
void reference_data_act(struct ledger *ledger, const struct command_context *context,
                        const struct command *command);
struct refusal issuance_check(const struct ledger *ledger, const struct command_context *context,
                              const struct command *command);
void issuance_act(struct ledger *ledger, const struct command_context *context,
                  const struct command *command);
struct refusal restriction_check(const struct ledger *ledger, const struct command_context *context,
                                 const struct command *command);
struct refusal restriction_type_check(const struct ledger *ledger,
                                      const struct command_context *context,
                                      const struct command *command);
void restriction_type_act(struct ledger *ledger, const struct command_context *context,
                          const struct command *command);
void restriction_act(struct ledger *ledger, const struct command_context *context,
                     const struct command *command);
struct refusal allegement_accept_check(const struct ledger *ledger,
                                       const struct command_context *context,
                                       const struct command *command);
struct command_result allegement_accept_act(struct ledger *ledger,
                                            const struct command_context *context,
                                            const struct command *command);
struct refusal matched_check(const struct ledger *ledger, const struct command_context *context,
                             const struct command *command);
struct command_result matched_act(struct ledger *ledger, const struct command_context *context,
                                  const struct command *command);
struct refusal attorney_check(const struct ledger *ledger, const struct command_context *context,
                              const struct command *command);
void attorney_act(struct ledger *ledger, const struct command_context *context,
                  const struct command *command);
struct refusal transform_check(const struct ledger *ledger, const struct command_context *context,
                               const struct command *command);
struct command_result transform_act(struct ledger *ledger, const struct command_context *context,
                                    const struct command *command);
struct refusal target_check(const struct ledger *ledger, const struct command_context *context,
                            const struct command *command);
struct command_result target_act(struct ledger *ledger, const struct command_context *context,
                                 const struct command *command);
struct refusal partial_release_check(const struct ledger *ledger,
                                     const struct command_context *context,
                                     const struct command *command);
struct command_result partial_release_act(struct ledger *ledger,
                                          const struct command_context *context,
                                          const struct command *command);
struct refusal links_check(const struct ledger *ledger, const struct command_context *context,
                           const struct command *command);
struct command_result links_act(struct ledger *ledger, const struct command_context *context,
                                const struct command *command);
struct refusal limit_check(const struct ledger *ledger, const struct command_context *context,
                           const struct command *command);
void limit_act(struct ledger *ledger, const struct command_context *context,
               const struct command *command);
struct refusal approval_check(const struct ledger *ledger, const struct command_context *context,
                              const struct command *command);
struct command_result approval_act(struct ledger *ledger, const struct command_context *context,
                                   const struct command *command);
struct refusal day_check(const struct ledger *ledger, const struct command_context *context,
                         const struct command *command);
void day_act(struct ledger *ledger, const struct command_context *context,
             const struct command *command);

/* Parts of reference data that the genesis uses too: checks without a party that asks, and acts. */
struct refusal party_add_check(const struct ledger *ledger, const struct command_party_add *body);
void party_add_act(struct ledger *ledger, const struct command_party_add *body,
                   const struct nonce_secret *secret);
struct refusal key_add_check(const struct ledger *ledger, const struct command_key_add *body);
void key_add_act(struct ledger *ledger, const struct command_key_add *body,
                 const struct nonce_secret *secret);
struct refusal key_change_check(const struct ledger *ledger, const struct command_context *context,
                                const struct command_key_change *body);
void key_change_act(struct ledger *ledger, const struct command_key_change *body);
struct refusal key_revoke_check(const struct ledger *ledger, const struct command_context *context,
                                const struct command_key_revoke *body);
void key_revoke_act(struct ledger *ledger, const struct command_key_revoke *body);
struct refusal approval_policy_check(const struct ledger *ledger,
                                     const struct command_approval_policy *body);
void approval_policy_act(struct ledger *ledger, const struct command_approval_policy *body);
struct refusal asset_add_check(const struct ledger *ledger, const struct command_asset_add *body);
void asset_add_act(struct ledger *ledger, const struct command_asset_add *body,
                   const struct nonce_secret *secret);
struct refusal account_open_check(const struct ledger *ledger,
                                  const struct command_account_open *body);
void account_open_act(struct ledger *ledger, const struct command_account_open *body,
                      const struct nonce_secret *secret);

#endif
