/*
 * ledger/values/outcome.h - what a command or a status can come to: outcomes, ISO reason codes,
 * details, fields
 *
 * Problem. An answer must be the same on every node for ever, must speak ISO 20022 to machines, and
 * must still say precisely what to mend.
 *
 * Rule. A receipt carries four numbers, none of which is ever reused:
 *   outcome  what became of the command,
 *   reason   the ISO 20022 code (four letters; lists A.1 to A.10 of the standard's external code
 * sets share letters), detail   our own finer cause, where one ISO code stands for many, field the
 * field at fault. A status dimension carries a reason alone. Precedence of checks is documented
 * where the checks are (command_*.c).
 *
 * Example. Quantity 15 of an asset traded in multiples of 10: {REFUSED, MUNO, NONE, QUANTITY}.
 * Example. A key without the right to submit: {REFUSED, VALR, RIGHT_MISSING, KEY}.
 *
 * Source: ISO 20022 sese.024.001.12 (RejectionReason75Code, UnmatchedReason11Code,
 * PendingReason24Code, FailingReason4Code, CancelledStatusReason16Code), sese.027.001.07
 * (DeniedReason6Code, PendingReason9Code).
 */
#ifndef TALLY_LEDGER_VALUES_OUTCOME_H
#define TALLY_LEDGER_VALUES_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#define OUTCOMES(X)                                                                            \
    X(DONE, 1, "done")                                                                         \
    X(REFUSED, 2, "refused")                                                                   \
    X(ALREADY, 3, "done before: see the first height and index")                               \
    X(WAITING, 4, "waits for a second person's approval")                                      \
    X(UNRECORDED, 5,                                                                           \
      "no effect and not remembered: the same bytes may still take effect until their end of " \
      "validity")                                                                              \
    X(PENDING, 6, "accepted, waits for the counterparty's consent")

enum outcome {
    OUTCOME_NONE = 0,
#define X(name, number, text) OUTCOME_##name = (number),
    OUTCOMES(X)
#undef X
};

/* X(code, number, meaning) */
#define REASONS(X)                                                                  \
    X(ADEA, 1, "received after the account servicer's deadline")                    \
    X(CASH, 2, "cash account unknown or not usable")                                \
    X(DDAT, 3, "settlement date not valid or different")                            \
    X(DEPT, 4, "depository unknown or different")                                   \
    X(DMON, 5, "settlement amount not valid or different")                          \
    X(DQUA, 6, "quantity not valid or different")                                   \
    X(DSEC, 7, "security unknown or different")                                     \
    X(DTRD, 8, "trade date not valid or different")                                 \
    X(ICAG, 9, "delivering or receiving party unknown or different")                \
    X(ICUS, 10, "client of the delivering or receiving party unknown or different") \
    X(INVB, 11, "balance not valid for this use")                                   \
    X(INVL, 12, "link not valid")                                                   \
    X(MINO, 13, "quantity below the minimum settlement unit")                       \
    X(MUNO, 14, "quantity not a multiple of the settlement unit")                   \
    X(NCRR, 15, "settlement currency unknown or different")                         \
    X(OTHR, 16, "other, see the detail")                                            \
    X(REFE, 17, "reference already used for something else")                        \
    X(SAFE, 18, "securities account unknown or not usable")                         \
    X(SETR, 19, "transaction type not valid or different")                          \
    X(VALR, 20, "a rule of this ledger refuses it, see the detail")                 \
    X(LATE, 21, "received after the cut-off")                                       \
    X(INVM, 22, "modification not valid")                                           \
    X(NRGN, 23, "instruction not found")                                            \
    X(CMIS, 24, "no matching instruction of the counterparty")                      \
    X(DELN, 25, "both instructions go in the same direction")                       \
    X(FRAP, 26, "free against payment")                                             \
    X(IIND, 27, "common reference differs")                                         \
    X(DCMX, 28, "cum and ex differ")                                                \
    X(DMCT, 29, "opt-out of market claims differs")                                 \
    X(CPCA, 30, "the counterparty cancelled its instruction")                       \
    X(NMAS, 31, "matching has not started")                                         \
    X(PODU, 32, "possible duplicate")                                               \
    X(DTRA, 33, "the counterparty does not recognise the trade")                    \
    X(BLOC, 34, "account blocked")                                                  \
    X(CDLR, 35, "conditional delivery awaits release")                              \
    X(CLAC, 36, "counterparty lacks securities")                                    \
    X(CMON, 37, "counterparty lacks money")                                         \
    X(CSDH, 38, "held by the depository")                                           \
    X(CVAL, 39, "held for validation by the depository")                            \
    X(CYCL, 40, "awaits the next settlement cycle")                                 \
    X(FUTU, 41, "awaits its settlement date")                                       \
    X(INBC, 42, "pool not complete")                                                \
    X(LACK, 43, "lack of securities")                                               \
    X(LINK, 44, "a linked instruction is pending")                                  \
    X(MONY, 45, "lack of money")                                                    \
    X(PART, 46, "settles in parts")                                                 \
    X(PATD, 47, "partial indicators differ")                                        \
    X(PRCY, 48, "counterparty's instruction on hold")                               \
    X(PREA, 49, "own instruction on hold")                                          \
    X(PRSY, 50, "held by the system")                                               \
    X(PREL, 51, "partially released")                                               \
    X(SBLO, 52, "securities blocked")                                               \
    X(BOTH, 53, "both instructions on hold")                                        \
    X(CANI, 54, "cancelled by the party itself")                                    \
    X(CANS, 55, "cancelled by the system")                                          \
    X(CANT, 56, "cancelled by a transformation")                                    \
    X(CTHP, 57, "cancelled by a third party")                                       \
    X(CONF, 58, "cancellation awaits the counterparty")                             \
    X(CDAC, 59, "conditional delivery awaits cancellation")                         \
    X(DCAN, 60, "denied: cancelled already")                                        \
    X(DSET, 61, "denied: settled already")                                          \
    X(DPRG, 62, "denied: settlement in progress")                                   \
    X(PTYH, 63, "party hold")                                                       \
    X(CDEL, 64, "conditional delivery hold")                                        \
    X(PAIN, 65, "partial settlement, a part remains")                               \
    X(PARC, 66, "last partial settlement")                                          \
    X(CLAT, 67, "counterparty too late")                                            \
    X(LALO, 68, "securities on loan")

enum reason {
    REASON_NONE = 0,
#define X(code, number, text) REASON_##code = (number),
    REASONS(X)
#undef X
};

#define DETAILS(X)                                                                                 \
    X(MALFORMED, 1, "not a well-formed encoding", "build it anew with a current client")           \
    X(CHAIN, 2, "names another chain", "check the genesis file in use")                            \
    X(EXPIRED, 3, "its validity has ended", "ask for its receipt; if there is none, sign it anew") \
    X(VALIDITY_TOO_LONG, 4, "valid for longer than the ledger allows",                             \
      "choose an earlier end of validity")                                                         \
    X(KEY_UNKNOWN, 5, "the key is not on the ledger", "have the key registered")                   \
    X(KEY_OF_OTHER_PARTY, 6, "the key belongs to another party",                                   \
      "sign with a key of the party named")                                                        \
    X(KEY_INACTIVE, 7, "the key is revoked or outside its dates", "sign with an active key")       \
    X(NONCE_REUSED, 8, "this nonce was used for other content", "draw a new random nonce")         \
    X(NONCES_FULL, 9, "too many unexpired envelopes of this key",                                  \
      "wait, or use shorter validities")                                                           \
    X(RIGHT_MISSING, 10, "the key lacks the right",                                                \
      "use a key with the right, or have it granted")                                              \
    X(ROLE_MISSING, 11, "the party lacks the role", "have the role's holder do it")                \
    X(CAPACITY_FULL, 12, "the ledger's capacity for these records is used up",                     \
      "ask the operator to raise it")                                                              \
    X(QUOTA_FULL, 13, "the party's own quota is used up",                                          \
      "let open ones end, or ask for a larger quota")                                              \
    X(UNKNOWN, 14, "not on the ledger", "check the identifier")                                    \
    X(EXISTS_DIFFERENTLY, 15, "exists with other content", "choose another identifier")            \
    X(INACTIVE, 16, "not active", "use an active one")                                             \
    X(NOT_ALLOWED, 17, "not among the values allowed here", "see the field's description")         \
    X(MISSING, 18, "needed here and absent", "fill the field")                                     \
    X(NOT_APPLICABLE, 19, "not applicable here and present", "leave the field out")                \
    X(TOO_OLD, 20, "before the retention period", "check the date")                                \
    X(IN_FUTURE, 21, "after the ledger's date", "check the date")                                  \
    X(OUT_OF_RANGE, 22, "out of range", "see the field's bounds")                                  \
    X(LACK, 23, "the balance does not suffice", "provide the balance first")                       \
    X(SAME_KEY, 24, "the same key may not do both", "have another person's key do it")             \
    X(LIMIT, 25, "beyond the key's amount limit", "use a key with a higher limit")                 \
    X(NOT_OWNER, 26, "belongs to another party", "use an own one")                                 \
    X(SELF, 27, "both sides are the same", "name two different ones")                              \
    X(CLOSED, 28, "ended already", "nothing is left to do")                                        \
    X(NOT_EMPTY, 29, "still holds a balance", "move the balance out first")                        \
    X(ISSUED_OVERFLOW, 30, "the total would leave the 64-bit range", "issue less")                 \
    X(IDENTICAL, 31, "identical to what is there", "nothing is left to do")                        \
    X(VERSION, 32, "version not known", "use a version this ledger knows")                         \
    X(BLOCK_FULL, 33, "no room was left in the block", "submit the command again")                 \
    X(CONTRADICTION, 70, "two values exclude each other", "leave one of them out")                 \
    X(NOT_ALLEGED, 71, "no such instruction is alleged to you now",                                \
      "list the allegements: it may be matched, cancelled, or not alleged yet")                    \
    X(ALLEGED_DIFFERENTLY, 72, "not what is alleged",                                              \
      "see the allegement, and accept what it says")                                               \
    X(EVENT_PASSED, 80, "has taken effect today", "move it for another day by a rule set")         \
    X(TIME_PASSED, 81, "not after the ledger's time", "name a later time")                         \
    X(DAY_ORDER, 82, "would break the order of the day's events",                                  \
      "move the neighbouring event first")                                                         \
    X(LINK_CIRCLE, 60, "the linked instructions would wait for each other",                        \
      "link them another way, or unlink first")                                                    \
    X(LINK_DATES, 61, "settles together only with the same settlement date",                       \
      "link with one of the same settlement date")                                                 \
    X(LINKED_OTHERWISE, 62, "the two are linked already", "unlink them first")                     \
    X(NOT_LINKED, 63, "not linked in this way", "check the reference and the type of the link")    \
    X(LINKS_FULL, 64, "too many would hang together",                                              \
      "unlink what has no need of it, or use a pool")                                              \
    X(POOL_FULL, 65, "another instruction of the pool has this number",                            \
      "take the number that is missing, or another pool")                                          \
    X(IN_PARTS, 66, "has settled in part", "link before the first part settles")                   \
    X(TOO_LARGE, 67, "more than one instruction may move", "split it into several instructions")   \
    X(DELIVERER_ONLY, 110, "delivers no securities", "have the deliverer do it")                   \
    X(NOT_MATCHED, 111, "not matched yet", "wait for the counterparty's instruction")              \
    X(NOT_HELD, 112, "not on party hold", "put it on hold first")                                  \
    X(SETTLES_WHOLE, 113, "settles as a whole only",                                               \
      "unlink it, have both sides allow parts, or release the whole")                              \
    X(NO_PART, 114, "could not settle as a part",                                                  \
      "release less than is left, a multiple, and what the threshold of a part asks")              \
    X(PARTLY_SETTLED, 73, "a part of it has settled", "amend the priority only")                   \
    X(NO_ATTORNEY, 74, "no power of attorney over the accounts used", "have the party grant it")   \
    X(ATTORNEYS_FULL, 75, "as many attorneys as there may be", "revoke another one first")         \
    X(SAME_PERSON, 100, "the key is of the person who made the draft",                             \
      "have another person approve")                                                               \
    X(PERSON_UNKNOWN, 101, "no person is named for this key or for the draft's",                   \
      "have the key's person named (key-change)")                                                  \
    X(DAY_LIMIT, 102, "beyond what the key may move in one day",                                   \
      "wait for the next settlement day, or use another person's key")                             \
    X(POLICY, 103, "a policy demands two persons for it", "have another person approve")           \
    X(GRANTS_MORE, 104, "hands out or takes away rights that need two persons",                    \
      "have another person approve")                                                               \
    X(OUTSIDE_SCOPE, 105, "outside what the key is confined to",                                   \
      "use a key with a wider scope, or have it widened")                                          \
    X(RESTRICTIONS_WAITING, 90, "too many restrictions wait for this position already",            \
      "let one be filled, or release one")                                                         \
    X(RESTRICTION_WAITS, 91, "the restriction still waits for what it is to set aside",            \
      "decrease or release it first")                                                              \
    X(RESTRICTED, 92, "a restriction type of the operator refuses it",                             \
      "the receipt names it: ask the operator")

enum detail {
    DETAIL_NONE = 0,
#define X(name, number, text, hint) DETAIL_##name = (number),
    DETAILS(X)
#undef X
};

#define FIELDS(X)                                               \
    X(ENVELOPE, 1, "envelope")                                  \
    X(CHAIN_ID, 2, "chain_id")                                  \
    X(PARTY, 3, "party")                                        \
    X(KEY, 4, "key")                                            \
    X(NONCE, 5, "nonce")                                        \
    X(VALID_UNTIL, 6, "valid_until")                            \
    X(COMMAND, 7, "command")                                    \
    X(REFERENCE, 8, "reference")                                \
    X(DATE, 9, "date")                                          \
    X(NAME, 10, "name")                                         \
    X(ROLES, 11, "roles")                                       \
    X(RIGHTS, 12, "rights")                                     \
    X(AMOUNT_LIMIT, 13, "amount_limit")                         \
    X(ASSET, 14, "asset")                                       \
    X(DECIMALS, 15, "decimals")                                 \
    X(SETTLEMENT_UNIT_MIN, 16, "settlement_unit_min")           \
    X(SETTLEMENT_UNIT_MULTIPLE, 17, "settlement_unit_multiple") \
    X(ISSUER, 18, "issuer")                                     \
    X(ACCOUNT, 19, "account")                                   \
    X(CASH_ACCOUNT, 20, "cash_account")                         \
    X(PAYMENT, 21, "payment")                                   \
    X(MOVEMENT, 22, "movement")                                 \
    X(QUANTITY, 23, "quantity")                                 \
    X(TRADE_DATE, 24, "trade_date")                             \
    X(SETTLEMENT_DATE, 25, "settlement_date")                   \
    X(DELIVERER, 26, "deliverer")                               \
    X(RECEIVER, 27, "receiver")                                 \
    X(DELIVERER_DEPOSITORY, 28, "deliverer_depository")         \
    X(RECEIVER_DEPOSITORY, 29, "receiver_depository")           \
    X(CURRENCY, 30, "currency")                                 \
    X(AMOUNT, 31, "amount")                                     \
    X(CREDIT_DEBIT, 32, "credit_debit")                         \
    X(CONDITIONS, 33, "conditions")                             \
    X(CUM_EX, 34, "cum_ex")                                     \
    X(COMMON_REFERENCE, 35, "common_reference")                 \
    X(DELIVERER_CLIENT, 36, "deliverer_client")                 \
    X(RECEIVER_CLIENT, 37, "receiver_client")                   \
    X(DELIVERER_ACCOUNT, 38, "deliverer_account")               \
    X(RECEIVER_ACCOUNT, 39, "receiver_account")                 \
    X(PRIORITY, 40, "priority")                                 \
    X(PARTIAL, 41, "partial")                                   \
    X(HOLD, 42, "hold")                                         \
    X(TRANSACTION_TYPE, 43, "transaction_type")                 \
    X(TARGET_REFERENCE, 44, "target_reference")                 \
    X(TARGET_PARTY, 45, "target_party")                         \
    X(VALID_FROM, 46, "valid_from")                             \
    X(KIND, 47, "kind")                                         \
    X(CREDIT_LIMIT, 48, "credit_limit")                         \
    X(STATUS, 49, "status")                                     \
    X(RULE, 50, "rule")                                         \
    X(CHANNEL_KEY, 51, "channel_key")                           \
    X(QUOTA, 52, "quota")                                       \
    X(BALANCE_FROM, 53, "balance_from")                         \
    X(BALANCE_TO, 54, "balance_to")                             \
    X(DAY_EVENT, 80, "day_event")                               \
    X(REVISED_TIME, 81, "revised_time")                         \
    X(LINKED_REFERENCE, 60, "linked_reference")                 \
    X(LINK_TYPE, 61, "link_type")                               \
    X(POOL, 62, "pool")                                         \
    X(POOL_NUMBER, 63, "pool_number")                           \
    X(POOL_TOTAL, 64, "pool_total")                             \
    X(NEW_REFERENCE, 70, "new_reference")                       \
    X(DELIVERER_REFERENCE, 71, "deliverer_reference")           \
    X(RECEIVER_REFERENCE, 72, "receiver_reference")             \
    X(ATTORNEY, 73, "attorney")                                 \
    X(PERSON, 100, "person")                                    \
    X(DAY_LIMIT, 101, "day_limit")                              \
    X(KINDS, 102, "kinds")                                      \
    X(ASSET_KINDS, 103, "asset_kinds")                          \
    X(ACCOUNTS, 104, "accounts")                                \
    X(POLICY, 105, "policy")                                    \
    X(RESTRICTION, 90, "restriction")                           \
    X(RESTRICTION_KIND, 91, "restriction_kind")                 \
    X(RESTRICTED_ONLY, 92, "restricted_only")                   \
    X(SCOPE, 106, "scope")                                      \
    X(COUNTERPARTY, 107, "counterparty")                        \
    X(LIMIT, 108, "limit")                                      \
    X(OBJECT, 93, "object")                                     \
    X(RULES, 94, "rules")                                       \
    X(VALID_TO, 95, "valid_to")                                 \
    X(RESTRICTION_PROCESSING, 96, "processing")                 \
    X(RESTRICTION_TYPE, 97, "restriction_type")

enum field {
    FIELD_NONE = 0,
#define X(name, number, text) FIELD_##name = (number),
    FIELDS(X)
#undef X
};

/*
 * What a check says: all zero when there is nothing to object to. Every check of every command
 * returns one, so it fits into a register.
 */
struct refusal {
    enum reason reason : 16;
    enum detail detail : 16;
    enum field field : 16;
};
_Static_assert(sizeof(struct refusal) == 8, "in one register");

/* Nothing to object to. */
static inline struct refusal refusal_none(void)
{
    return (struct refusal){REASON_NONE, DETAIL_NONE, FIELD_NONE};
}

/* Is there nothing to object to? */
static inline bool refusal_is_none(struct refusal refusal)
{
    return refusal.reason == REASON_NONE;
}

/* Names for people and machines. Never NULL, also for a number that is none. */
const char *outcome_name(enum outcome outcome);
const char *outcome_text(enum outcome outcome);
const char *reason_code(enum reason reason); /* four letters, "" for none */
const char *reason_text(enum reason reason);
const char *detail_name(enum detail detail);
const char *detail_text(enum detail detail);
const char *detail_hint(enum detail detail);
const char *field_name(enum field field);

/* Whether a number is one of the list. */
bool outcome_known(uint8_t number);
bool reason_known(uint16_t number);
bool detail_known(uint16_t number);
bool field_known(uint16_t number);

#endif
