/* The table of commands: see verb.h. */
#include "cli/verb.h"

#define OPTIONS(...)              \
    (const enum option_id[])      \
    {                             \
        __VA_ARGS__, OPTION_COUNT \
    }
#define NO_OPTIONS           \
    (const enum option_id[]) \
    {                        \
        OPTION_COUNT         \
    }

/* Codes that any command that asks a node, or submits to the ledger, can end with. */
#define ASKS                                                                    \
    (EXIT_BIT(EXIT_KEY) | EXIT_BIT(EXIT_NODE_DOWN) | EXIT_BIT(EXIT_NODE_LIES) | \
     EXIT_BIT(EXIT_TIMED_OUT) | EXIT_BIT(EXIT_FILES) | EXIT_BIT(EXIT_MALFORMED))
#define SUBMITS                                                                        \
    (ASKS | EXIT_BIT(EXIT_REFUSED) | EXIT_BIT(EXIT_ALREADY) | EXIT_BIT(EXIT_WAITING) | \
     EXIT_BIT(EXIT_EXPIRED) | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_STALE))
#define LOOKS_UP (ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_STALE))

#define KEY_OPTIONS                                                                  \
    OPTION_RIGHTS, OPTION_LIMIT, OPTION_DAY_LIMIT, OPTION_KINDS, OPTION_ASSET_KINDS, \
        OPTION_OWN_ACCOUNT
#define COMMAND_OPTIONS OPTION_REFERENCE, OPTION_DATE, OPTION_VALID_FOR, OPTION_NO_WAIT
#define LIST_OPTIONS    OPTION_ASK, OPTION_ROWS, OPTION_BIC

static const struct verb verbs[] = {
    {"network init", "DIR", 1, 1, "make a new network: genesis, keys and configurations",
     "Writes DIR/genesis.tally, one node-N/ per validator and parties/BIC/ per party. With "
     "--kdf-cost "
     "interactive every directory gets a random pass phrase in a file beside its keys: for tests "
     "and "
     "demonstrations. Otherwise one pass phrase is asked for and written nowhere. With "
     "--second-person the operator has two persons from the first day, the second one in "
     "parties/BIC-2, who approves rule changes; without it the first one names the second with "
     "`tally "
     "key add`. Compare the fingerprint with the other members before use.",
     OPTIONS(OPTION_VALIDATORS, OPTION_HOST, OPTION_PORT, OPTION_NAME, OPTION_PARTY_SPEC,
             OPTION_SECOND_PERSON, OPTION_SET, OPTION_TOLERANCE, OPTION_KDF_COST),
     EXIT_BIT(EXIT_FILES) | EXIT_BIT(EXIT_KEY), verb_network_init},
    {"network up", "DIR", 1, 1, "start the nodes of a network on this machine",
     "Starts one tallyd per node-N/ and returns when all listen. What runs already is left alone.",
     OPTIONS(OPTION_ONLY, OPTION_TALLYD), EXIT_BIT(EXIT_NETWORK) | EXIT_BIT(EXIT_FILES),
     verb_network_up},
    {"network down", "DIR", 1, 1, "stop the nodes of a network on this machine", "",
     OPTIONS(OPTION_ONLY, OPTION_KILL), EXIT_BIT(EXIT_NETWORK) | EXIT_BIT(EXIT_FILES),
     verb_network_down},
    {"network status", "", 0, 0, "ask every node how it is, and compare their results",
     "The roots are those of the highest height that all nodes have executed: equal roots mean "
     "equal "
     "ledgers, byte for byte. Ends with node-down when a node does not answer.",
     NO_OPTIONS, ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_network_status},

    {"keygen", "FILE", 1, 1, "make a key file",
     "--kind is party-signing (default), party-channel, validator-signing or validator-channel. An "
     "existing file is never overwritten.",
     OPTIONS(OPTION_KIND, OPTION_KDF_COST), EXIT_BIT(EXIT_FILES) | EXIT_BIT(EXIT_KEY), verb_keygen},
    {"key show", "FILE", 1, 1, "show a key file's kind and public key; needs no pass phrase", "",
     NO_OPTIONS, EXIT_BIT(EXIT_FILES) | EXIT_BIT(EXIT_MALFORMED), verb_key_show},

    {"party add", "", 0, 0, "register a party (operator)", "",
     OPTIONS(OPTION_BIC, OPTION_NAME, OPTION_ROLES, OPTION_QUOTA, COMMAND_OPTIONS), SUBMITS,
     verb_party_add},
    {"party change", "", 0, 0, "change a party's roles, status and quota (operator)",
     "--status is active or suspended.",
     OPTIONS(OPTION_BIC, OPTION_ROLES, OPTION_STATUS, OPTION_QUOTA, COMMAND_OPTIONS), SUBMITS,
     verb_party_change},
    {"key add", "", 0, 0, "register a key of a party",
     "--kinds, --asset-kinds and --own-account confine what it may do within its rights. Beyond "
     "--limit in one command, or --day-limit in a day, another person approves.",
     OPTIONS(OPTION_BIC, OPTION_SIGNING, OPTION_CHANNEL, OPTION_PERSON, KEY_OPTIONS,
             COMMAND_OPTIONS),
     SUBMITS, verb_key_add},
    {"key change", "", 0, 0, "replace what a key may do",
     "All of it: what is not given is as for a new key. --person is taken if the key has none yet.",
     OPTIONS(OPTION_SIGNING, OPTION_PERSON, KEY_OPTIONS, COMMAND_OPTIONS), SUBMITS,
     verb_key_change},
    {"keys", "", 0, 0, "list keys, what each may do, and what it used of its day's limit", "",
     OPTIONS(LIST_OPTIONS), ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_keys},
    {"policy set", "", 0, 0, "say what needs a second person of the party",
     "Commands of --kinds, and those that move more than --limit, wait for another person's "
     "approval. Replaces the party's policy; a second person always approves that.",
     OPTIONS(OPTION_BIC, OPTION_KINDS, OPTION_LIMIT, COMMAND_OPTIONS), SUBMITS, verb_policy},
    {"policies", "", 0, 0, "list what needs a second person, by party", "", OPTIONS(LIST_OPTIONS),
     ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_policies},
    {"key revoke", "", 0, 0, "revoke a key for ever", "", OPTIONS(OPTION_SIGNING, COMMAND_OPTIONS),
     SUBMITS, verb_key_revoke},
    {"asset add", "", 0, 0, "register a security or a currency",
     "--asset is an ISIN or a currency, --account the issuer's account that holds the "
     "counterweight. "
     "--kind is unit, nominal or currency (default: what the code says).",
     OPTIONS(OPTION_ASSET, OPTION_NAME, OPTION_ISSUER, OPTION_ACCOUNT, OPTION_DECIMALS, OPTION_KIND,
             OPTION_UNIT, OPTION_MULTIPLE, COMMAND_OPTIONS),
     SUBMITS, verb_asset_add},
    {"asset change", "", 0, 0, "block or free an asset", "--status is active or blocked.",
     OPTIONS(OPTION_ASSET, OPTION_STATUS, COMMAND_OPTIONS), SUBMITS, verb_asset_change},
    {"account open", "", 0, 0, "open a securities or cash account", "--kind is securities or cash.",
     OPTIONS(OPTION_BIC, OPTION_ACCOUNT, OPTION_KIND, OPTION_DEFAULT, COMMAND_OPTIONS), SUBMITS,
     verb_account_open},
    {"account change", "", 0, 0, "block, free or close an account",
     "--status is open, blocked or closed.",
     OPTIONS(OPTION_BIC, OPTION_ACCOUNT, OPTION_STATUS, OPTION_DEFAULT, COMMAND_OPTIONS), SUBMITS,
     verb_account_change},
    {"credit limit", "", 0, 0, "let a cash account go below zero, to a limit", "",
     OPTIONS(OPTION_BIC, OPTION_ACCOUNT, OPTION_CURRENCY, OPTION_AMOUNT, COMMAND_OPTIONS), SUBMITS,
     verb_credit_limit},

    {"issue", "", 0, 0, "issue securities to an account (their registrar)", "",
     OPTIONS(OPTION_ASSET, OPTION_BIC, OPTION_ACCOUNT, OPTION_QUANTITY, COMMAND_OPTIONS), SUBMITS,
     verb_issue},
    {"redeem", "", 0, 0, "redeem securities from an account (their registrar)", "",
     OPTIONS(OPTION_ASSET, OPTION_BIC, OPTION_ACCOUNT, OPTION_QUANTITY, COMMAND_OPTIONS), SUBMITS,
     verb_redeem},
    {"cash in", "", 0, 0, "pay cash into an account (the currency's settlement bank)", "",
     OPTIONS(OPTION_CURRENCY, OPTION_BIC, OPTION_ACCOUNT, OPTION_AMOUNT, COMMAND_OPTIONS), SUBMITS,
     verb_cash_in},
    {"cash out", "", 0, 0, "pay cash out of an account (the currency's settlement bank)", "",
     OPTIONS(OPTION_CURRENCY, OPTION_BIC, OPTION_ACCOUNT, OPTION_AMOUNT, COMMAND_OPTIONS), SUBMITS,
     verb_cash_out},

    {"submit matched", "", 0, 0, "submit both sides of a trade as one, already matched",
     "For who has power of attorney of both parties (`tally attorney grant`) over the accounts "
     "that "
     "are used, or is one of them. The options describe the deliverer's side; of the receiver's "
     "they "
     "say what differs. Priority and partial indicator are both sides' unless the receiver's are "
     "given. --deliverer-reference and --receiver-reference name the two instructions, each in its "
     "party's name, and --reference the command.",
     OPTIONS(OPTION_DELIVERER_REFERENCE, OPTION_RECEIVER_REFERENCE, OPTION_PAYMENT, OPTION_ASSET,
             OPTION_QUANTITY, OPTION_TRADE_DATE, OPTION_SETTLEMENT_DATE, OPTION_DELIVERER,
             OPTION_RECEIVER, OPTION_CURRENCY, OPTION_AMOUNT, OPTION_ACCOUNT, OPTION_CASH_ACCOUNT,
             OPTION_RECEIVER_ACCOUNT, OPTION_RECEIVER_CASH_ACCOUNT, OPTION_COMMON_REFERENCE,
             OPTION_PRIORITY, OPTION_PARTIAL, OPTION_HOLD, OPTION_RECEIVER_PRIORITY,
             OPTION_RECEIVER_PARTIAL, OPTION_RECEIVER_HOLD, OPTION_RESTRICTION,
             OPTION_RESTRICTED_ONLY, OPTION_REFERENCE, OPTION_VALID_FOR, OPTION_NO_WAIT),
     SUBMITS, verb_submit_matched},
    {"submit", "[FILE...]", 0, 10000, "submit settlement instructions",
     "From .csv files, .xml files (ISO 20022 sese.023.001.11), or from the options. A syntax error "
     "anywhere refuses all of it before anything is sent; what the ledger refuses concerns its row "
     "alone. Submitting the same again changes nothing: each row is answered ALREADY. What was "
     "interrupted goes on with the same bytes: submit the same files again, or --resume.",
     OPTIONS(OPTION_MOVEMENT, OPTION_PAYMENT, OPTION_ASSET, OPTION_QUANTITY, OPTION_TRADE_DATE,
             OPTION_SETTLEMENT_DATE, OPTION_DELIVERER, OPTION_RECEIVER, OPTION_CURRENCY,
             OPTION_AMOUNT, OPTION_ACCOUNT, OPTION_CASH_ACCOUNT, OPTION_COMMON_REFERENCE,
             OPTION_PRIORITY, OPTION_PARTIAL, OPTION_HOLD, OPTION_LINK, OPTION_LINKED, OPTION_POOL,
             OPTION_POOL_NUMBER, OPTION_POOL_TOTAL, OPTION_RESTRICTION, OPTION_RESTRICTED_ONLY,
             OPTION_REFERENCE, OPTION_CHUNK, OPTION_VALID_FOR, OPTION_DRY_RUN, OPTION_NO_WAIT,
             OPTION_RESUME),
     SUBMITS | EXIT_BIT(EXIT_HOSTILE), verb_submit},
    {"allege accept", "REFERENCE", 1, 1, "make the own instruction that an alleged one waits for",
     "REFERENCE and --bic name the counterparty's instruction, as `tally allege` lists it. What is "
     "accepted is said again: --asset and --quantity, and --currency and --amount if it is against "
     "payment. --reference names the own instruction, which matches at once.",
     OPTIONS(OPTION_BIC, OPTION_ASSET, OPTION_QUANTITY, OPTION_CURRENCY, OPTION_AMOUNT,
             OPTION_ACCOUNT, OPTION_CASH_ACCOUNT, OPTION_PRIORITY, OPTION_PARTIAL, OPTION_HOLD,
             COMMAND_OPTIONS),
     SUBMITS, verb_allege_accept},
    {"allege", "[REFERENCE]", 0, 1, "list instructions that wait for the counterparty's",
     "Those of counterparties that wait for an own one, and own ones of which the counterparty was "
     "told. `tally allege accept` makes the missing one.",
     OPTIONS(LIST_OPTIONS, OPTION_ASSET, OPTION_FROM, OPTION_TO),
     ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_NODES_DIFFER), verb_allege},
    {"cancel", "REFERENCE", 1, 1, "cancel an instruction",
     "An unmatched one is cancelled at once; a matched one when both parties ask.",
     OPTIONS(OPTION_BIC, COMMAND_OPTIONS), SUBMITS, verb_cancel},
    {"hold", "REFERENCE", 1, 1, "put an instruction on hold",
     "--kind is party (default) or, for the operator, csd, validation or conditional.",
     OPTIONS(OPTION_BIC, OPTION_KIND, COMMAND_OPTIONS), SUBMITS, verb_hold},
    {"release", "REFERENCE", 1, 1, "release an instruction from hold",
     "--kind is party (default) or, for the operator, csd, validation or conditional. With "
     "--quantity the deliverer lets that much go, which settles as a part, and the rest stays on "
     "hold.",
     OPTIONS(OPTION_BIC, OPTION_KIND, OPTION_QUANTITY, COMMAND_OPTIONS), SUBMITS, verb_release},
    {"amend", "REFERENCE", 1, 1, "change an instruction's priority or partial indicator",
     "What is not given stays as it is. Of an instruction that has settled in part the priority "
     "alone can be changed; terms that are matched never: cancel, and instruct anew.",
     OPTIONS(OPTION_BIC, OPTION_PRIORITY, OPTION_PARTIAL, COMMAND_OPTIONS), SUBMITS, verb_amend},
    {"attorney grant", "BIC", 1, 1, "let another party submit matched pairs over own accounts",
     "Over --account, or over all of them.", OPTIONS(OPTION_ACCOUNT, COMMAND_OPTIONS), SUBMITS,
     verb_attorney_grant},
    {"attorney revoke", "BIC", 1, 1, "end a power of attorney", "",
     OPTIONS(OPTION_ACCOUNT, COMMAND_OPTIONS), SUBMITS, verb_attorney_revoke},
    {"attorneys", "", 0, 0,
     "list powers of attorney: who may instruct for whom, over which account",
     "Those that the own party gave, and those that it has.", OPTIONS(LIST_OPTIONS, OPTION_ACCOUNT),
     ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_attorneys},
    {"transform", "REFERENCE", 1, 1, "cancel what is open and instruct it anew in another security",
     "For a corporate action: the operator, or who issues the security. --bic and REFERENCE name "
     "either side; --quantity is in the new --asset; --amount with --currency is what is to be "
     "paid, "
     "if that changes.",
     OPTIONS(OPTION_BIC, OPTION_ASSET, OPTION_QUANTITY, OPTION_CURRENCY, OPTION_AMOUNT,
             OPTION_NEW_REFERENCE, COMMAND_OPTIONS),
     SUBMITS, verb_transform},
    {"link", "REFERENCE BEFO|AFTE|WITH|INFO LINKED", 3, 3, "link an instruction to another one",
     "The first settles before (BEFO) or after (AFTE) the second, both in one step (WITH), or the "
     "link says only that they belong together (INFO). A change of a link is unlink, then link.",
     OPTIONS(OPTION_BIC, OPTION_LINKED_BIC, COMMAND_OPTIONS), SUBMITS, verb_link},
    {"unlink", "REFERENCE BEFO|AFTE|WITH|INFO LINKED", 3, 3, "take a link away again", "",
     OPTIONS(OPTION_BIC, OPTION_LINKED_BIC, COMMAND_OPTIONS), SUBMITS, verb_unlink},
    {"links", "[REFERENCE]", 0, 1, "list links between open instructions, and pools", "",
     OPTIONS(LIST_OPTIONS), ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_NODES_DIFFER),
     verb_links},
    {"restrict increase", "REFERENCE", 1, 1, "set more aside under a restriction",
     "By --quantity of --asset.",
     OPTIONS(OPTION_BIC, OPTION_ASSET, OPTION_QUANTITY, COMMAND_OPTIONS), SUBMITS,
     verb_restrict_increase},
    {"restrict decrease", "REFERENCE", 1, 1, "give up part of what a restriction sets aside",
     "By --quantity of --asset: what is still to fill first, then what remains.",
     OPTIONS(OPTION_BIC, OPTION_ASSET, OPTION_QUANTITY, COMMAND_OPTIONS), SUBMITS,
     verb_restrict_decrease},
    {"restrict release", "REFERENCE", 1, 1, "end a restriction: all of it is available again", "",
     OPTIONS(OPTION_BIC, COMMAND_OPTIONS), SUBMITS, verb_restrict_release},
    {"restrict", "ACCOUNT ASSET", 2, 2, "set part of a position aside under a reference",
     "--kind is blocking (all or none), reservation (takes what there is and what arrives), "
     "earmarking (takes what there is) or, for the operator, pledging. --reference names the "
     "restriction; instructions may use it by that name.",
     OPTIONS(OPTION_BIC, OPTION_KIND, OPTION_QUANTITY, COMMAND_OPTIONS), SUBMITS, verb_restrict},
    {"restrictions", "[REFERENCE]", 0, 1, "list restrictions",
     "Each with what it set aside at first, what was used, what remains, and what is still to "
     "fill. "
     "The holder of the account sees those that others set up.",
     OPTIONS(LIST_OPTIONS, OPTION_ACCOUNT, OPTION_ASSET, OPTION_REASON),
     ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_NODES_DIFFER), verb_restrictions},
    {"restriction type", "block|reject|hold", 1, 1,
     "make a rule that blocks, refuses or holds instructions (operator)",
     "About every instruction, a security (--asset), an account (--account or --cash-account of "
     "--bic) or a party (--bic). It keeps them from settling (block), refuses them when they are "
     "entered (reject) or puts them on hold for validation then (hold), if one --rule is met, or "
     "there is none; with --except the rules are exceptions. A rule is made of party, security, "
     "account, cash-account, currency, movement, payment, sign (CRDT or DBIT) and type, as "
     "'party=BIC;movement=DELI'. It counts from --from (today) to --to. --reference names it.",
     OPTIONS(OPTION_ASSET, OPTION_ACCOUNT, OPTION_CASH_ACCOUNT, OPTION_BIC, OPTION_RULE,
             OPTION_EXCEPT, OPTION_FROM, OPTION_TO, COMMAND_OPTIONS),
     SUBMITS, verb_restriction_type},
    {"restriction end", "REFERENCE", 1, 1, "end a restriction type (operator)",
     "What it kept from settling is tried again; what it put on hold stays there.",
     OPTIONS(COMMAND_OPTIONS), SUBMITS, verb_restriction_end},
    {"restriction types", "[REFERENCE]", 0, 1, "list restriction types, a line for each rule", "",
     OPTIONS(LIST_OPTIONS, OPTION_ASSET),
     ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_NODES_DIFFER), verb_restriction_types},
    {"approve", "REFERENCE", 1, 1, "approve what another person of the party submitted", "",
     OPTIONS(OPTION_CONTENT, OPTION_DATE, OPTION_VALID_FOR, OPTION_NO_WAIT), SUBMITS, verb_approve},
    {"reject", "REFERENCE", 1, 1, "reject what another person of the party submitted", "",
     OPTIONS(OPTION_CONTENT, OPTION_DATE, OPTION_VALID_FOR, OPTION_NO_WAIT), SUBMITS, verb_reject},

    {"status", "REFERENCE", 1, 1, "show an instruction, proved", "",
     OPTIONS(OPTION_BIC, OPTION_ASK), LOOKS_UP, verb_status},
    {"why", "REFERENCE", 1, 1, "say what keeps an instruction, and who must act",
     "Status, reason and actor are proved; the comparison with the nearest instruction of the "
     "counterparty is the answering node's word.",
     OPTIONS(OPTION_BIC), LOOKS_UP, verb_why},
    {"match explain", "REFERENCE", 1, 1,
     "compare an instruction with its counterpart, field by field",
     "With the one it matched, or with the nearest that the counterparty instructed: each of the "
     "matching fields with both values, the verdict, the ISO code where they differ, and the "
     "tolerance in force.",
     OPTIONS(OPTION_BIC), LOOKS_UP, verb_match_explain},
    {"position", "ACCOUNT ASSET", 2, 2, "show what an account holds of an asset, proved", "",
     OPTIONS(OPTION_BIC, OPTION_ASK), LOOKS_UP, verb_position},
    {"positions", "", 0, 0, "list positions", "",
     OPTIONS(LIST_OPTIONS, OPTION_ACCOUNT, OPTION_ASSET), ASKS | EXIT_BIT(EXIT_NODES_DIFFER),
     verb_positions},
    {"instructions", "", 0, 0, "list instructions",
     "--status is NMAT, MACH, PEND, PENF, PART, SETT or CANC.",
     OPTIONS(LIST_OPTIONS, OPTION_ACCOUNT, OPTION_ASSET, OPTION_STATUS, OPTION_REASON, OPTION_FROM,
             OPTION_TO),
     ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_instructions},
    {"exceptions", "", 0, 0, "list open instructions that are not on the straight path",
     "Each with its reason and what it means, who must act, how old it is, until when it can "
     "settle in "
     "time or be mended, and when it is tried next.",
     OPTIONS(LIST_OPTIONS, OPTION_ACCOUNT, OPTION_ASSET, OPTION_STATUS, OPTION_REASON, OPTION_FROM,
             OPTION_TO),
     ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_exceptions},
    {"events", "[REFERENCE]", 0, 1, "list what happened, oldest first", "",
     OPTIONS(LIST_OPTIONS, OPTION_ASSET),
     ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_NODES_DIFFER), verb_events},
    {"history", "[REFERENCE]", 0, 1, "list every change of an instruction's statuses and reasons",
     "Each with its time, block and reason, what the reason means, and who must act. --from and "
     "--to choose by the day of the change.",
     OPTIONS(LIST_OPTIONS, OPTION_ASSET, OPTION_REASON, OPTION_FROM, OPTION_TO),
     ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_NODES_DIFFER), verb_history},
    {"drafts", "[REFERENCE]", 0, 1, "list commands that wait for a second person's approval",
     "Each with what it would do, whose key submitted it, when it lapses, and the hash that "
     "`tally approve` and `tally reject` name.",
     OPTIONS(LIST_OPTIONS), ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_NODES_DIFFER),
     verb_drafts},
    {"movements", "[REFERENCE]", 0, 1, "list what was booked in and out of accounts",
     "--from and --to choose by the settlement day.",
     OPTIONS(LIST_OPTIONS, OPTION_ACCOUNT, OPTION_ASSET, OPTION_FROM, OPTION_TO),
     ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_NODES_DIFFER), verb_movements},
    {"statement", "", 0, 0,
     "show what accounts held when a day began and ended, and what was booked",
     "Of each account and asset: the opening balance, every movement of the settlement day --date, "
     "the closing balance. Worked back from what is held now.",
     OPTIONS(OPTION_DATE, OPTION_BIC, OPTION_ACCOUNT, OPTION_ASSET, OPTION_ASK),
     ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_statement},
    {"day revise", "EVENT", 1, 1, "move an event of today's settlement day (operator)",
     "EVENT is dvp-cut-off, cash-cut-off, fop-cut-off, end-of-day or change-of-date; --currency "
     "moves "
     "a cut-off for one currency alone. The order of the day is kept. A second person approves it.",
     OPTIONS(OPTION_UNTIL, OPTION_CURRENCY, COMMAND_OPTIONS), SUBMITS, verb_day_revise},
    {"day", "", 0, 0, "list the events of the settlement day: planned, revised, effective",
     "Of the latest day, or of the days from --from to --to.",
     OPTIONS(OPTION_ASK, OPTION_ROWS, OPTION_FROM, OPTION_TO), ASKS | EXIT_BIT(EXIT_NODES_DIFFER),
     verb_day},
    {"forecast", "", 0, 0, "say what would settle on a day, what not, and what would help most",
     "A dry run over what is open, as if nothing else came, parts included if a window for them is "
     "open or ahead. An ACTION line names the single act "
     "that "
     "would free most value: which securities or how much cash to bring, or whose hold to release.",
     OPTIONS(OPTION_DATE, OPTION_ROWS, OPTION_ASK),
     ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_NODES_DIFFER), verb_forecast},
    {"limit set", "ASSET", 1, 1,
     "limit what may settle in a day with a counterparty or out of an account",
     "--quantity, or none, of ASSET: with --counterparty in either direction, or out of the own "
     "--account. What would pass it waits for the next day, or until the limit is raised.",
     OPTIONS(OPTION_BIC, OPTION_COUNTERPARTY, OPTION_ACCOUNT, OPTION_QUANTITY, COMMAND_OPTIONS),
     SUBMITS, verb_limit_set},
    {"limits", "", 0, 0, "list limits, and what was used of each", "",
     OPTIONS(LIST_OPTIONS, OPTION_ASSET), ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_limits},
    {"rules show", "", 0, 0, "write the rules in force to a file, to edit for `rules add`",
     "As the ledger has them now, proved: those of the genesis, until a later set came into force.",
     OPTIONS(OPTION_OUT), ASKS | EXIT_BIT(EXIT_UNKNOWN) | EXIT_BIT(EXIT_STALE), verb_rules_show},
    {"rules add", "FILE", 1, 1, "add a rule set that holds from a day on (operator)",
     "FILE says every rule, as `tally rules show` writes them: it replaces the whole set. The "
     "events "
     "of the day, cut-offs, calendars, tolerances, thresholds, recycling and budgets are rules. "
     "Where "
     "the consortium wants two persons, another one approves it.",
     OPTIONS(OPTION_FROM, COMMAND_OPTIONS), SUBMITS, verb_rules_add},
    {"assets", "", 0, 0, "list securities and currencies", "", OPTIONS(LIST_OPTIONS, OPTION_ASSET),
     ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_assets},
    {"accounts", "", 0, 0, "list accounts", "", OPTIONS(LIST_OPTIONS),
     ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_accounts},
    {"parties", "", 0, 0, "list parties", "", OPTIONS(LIST_OPTIONS),
     ASKS | EXIT_BIT(EXIT_NODES_DIFFER), verb_parties},
    {"conservation", "", 0, 0, "check that what is held is what was issued",
     "Adds up all positions of every asset here and compares with the totals. Needs a key that "
     "reads "
     "all (auditor, operator).",
     OPTIONS(OPTION_ASK), ASKS | EXIT_BIT(EXIT_UNBALANCED) | EXIT_BIT(EXIT_NODES_DIFFER),
     verb_conservation},

    {"receipt", "REFERENCE", 1, 1, "fetch the proof of what happened to an instruction",
     "Writes receipt.json (--out), which anybody can check with `tally verify` and the genesis "
     "alone. Of an instruction that settled in parts it has the proof of each, and what they come "
     "to.",
     OPTIONS(OPTION_BIC, OPTION_OUT, OPTION_ASK), ASKS | EXIT_BIT(EXIT_UNKNOWN), verb_receipt},
    {"verify", "FILE", 1, 1, "check a receipt offline",
     "Needs the genesis file and nothing else: no network, no key. Of parts it checks each, and "
     "that "
     "none is left out.",
     NO_OPTIONS, EXIT_BIT(EXIT_NOT_PROVED) | EXIT_BIT(EXIT_MALFORMED) | EXIT_BIT(EXIT_FILES),
     verb_verify},

    {"help", "[COMMAND | TOPIC]", 0, 2, "explain a command, or exit-codes, party.ini, reference",
     "", NO_OPTIONS, 0, verb_help},
    {"completion", "", 0, 0, "print completion for bash: source <(tally completion)", "",
     NO_OPTIONS, 0, verb_completion},
};

#define VERB_COUNT (sizeof verbs / sizeof verbs[0])

const struct verb *verb_at(unsigned index)
{
    return index < VERB_COUNT ? &verbs[index] : NULL;
}
