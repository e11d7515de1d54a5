/*
 * base/mutant.h: take one rule out at a time, to prove that a test notices.
 *
 * Rule. `MUTANT(name)` stands in the code where a rule is enforced, as in
 *
 *     if (slot->my_nullify && !MUTANT(FINALIZE_AFTER_NULLIFY)) { return; }
 *
 * It is the constant 0, and leaves nothing in the object file, unless built with -DTALLY_MUTANTS.
 * Then it is true while mutant_removed says so, which is decided before main() by the environment:
 *
 *     TALLY_MUTANT=NAME                             the rule, and its companion if it has one
 *     TALLY_MUTANT=NAME TALLY_MUTANT_ROLE=control   only the companion
 *     TALLY_MUTANT=NAME TALLY_MUTANT_ROLE=alone     only the rule
 *
 * A rule whose removal no test notices is either redundant or untested.
 *
 * Where two rules back each other up, no test can notice that one of them is gone. Such a rule has
 * a companion in MUTANT_COMPANION_LIST and is taken out together with it; the control is a run with
 * only the companion gone. What fails with both gone and passes in the control is the test of the
 * rule itself.
 */
#ifndef TALLY_BASE_MUTANT_H
#define TALLY_BASE_MUTANT_H

#include <stdbool.h>

/* Each removable rule: its name, and what happens without it. First those of consensus/. */
#define MUTANT_CONSENSUS_LIST(X)                                                              \
    X(FINALIZE_AFTER_NULLIFY, "signs FINALIZE for a view that it gave up (E3)")               \
    X(NULLIFY_AFTER_FINALIZE, "gives up a view that it finalized (E3)")                       \
    X(FINALIZE_OTHER_HASH, "finalizes a block other than the one it notarized (E1)")          \
    X(FINALIZE_BELOW_FLOOR, "finalizes below the floor, where its votes are forgotten (S1)")  \
    X(DOUBLE_NOTARIZE, "notarizes every proposal that it sees in a view (E1)")                \
    X(NOTARIZE_AFTER_NULLIFY, "notarizes a view that it gave up (E4)")                        \
    X(QUORUM_MINUS_ONE, "forms and accepts certificates of q - 1 signatures")                 \
    X(CERTIFICATE_UNVERIFIED, "believes certificates without checking signatures")            \
    X(VOTE_UNVERIFIED, "counts votes without checking signatures")                            \
    X(LEADER_UNCHECKED, "accepts proposals of any validator for any view")                    \
    X(SKIP_WITHOUT_NULLIFICATION, "votes over skipped views without nullifications (S2)")     \
    X(PARENT_WITHOUT_CERTIFICATE, "votes on parents that are not notarized (S2)")             \
    X(JUST_ROOT_UNCHECKED, "votes without the justification that just_root commits to")       \
    X(JUSTIFICATION_STALE, "takes certificates of other views as proof of skipped ones (S2)") \
    X(PREFER_NULLIFICATION, "as leader skips a notarized parent if it can")                   \
    X(NULLIFICATION_CANCELS, "ignores a notarization of a view it holds nullified (S6, S7)")  \
    X(CERTIFICATE_NOT_JOURNALLED, "keeps certificates in memory only (S12)")                  \
    X(VOTE_NOT_JOURNALLED, "sends votes that the journal does not have")                      \
    X(SEND_BEFORE_DURABLE, "lets votes leave before they are durable")                        \
    X(REPLAY_LAST_ONLY, "after a restart believes only the last vote record of a view (S3)")  \
    X(NULLIFY_NOT_REPLAYED, "forgets its NULLIFY votes on restart (S5)")                      \
    X(NULLIFY_REPEATED, "records a NULLIFY twice (S13)")                                      \
    X(LEADER_PROPOSES_AFRESH, "makes a new proposal after a restart, not the same one")       \
    X(NO_RETRY, "sends no STATUS")                                                            \
    X(NO_STATUS_ANSWER, "answers no STATUS (S4)")                                             \
    X(NO_GAP_REPAIR, "sends no certificates from the gap in a STATUS")                        \
    X(NO_VOTE_RESEND, "re-sends no own votes in answer to STATUS (S4)")                       \
    X(NO_JUSTIFICATION_CARRIED, "sends proposals without certificates")                       \
    X(NO_WITNESS_JOIN, "does not join f + 1 NULLIFY votes")                                   \
    X(NO_LEADER_NULLIFY_JOIN, "does not join its leader's NULLIFY")                           \
    X(TIMER_NEVER_GROWS, "waits D0 in every view (S9, S11)")                                  \
    X(TIMER_RESETS_ON_VIEW, "resets timers on every new view (S9)")                           \
    X(FUTURE_VOTES_UNBOUNDED, "takes votes for any future view (S8)")                         \
    X(BATCH_NOT_AWAITED, "votes before it holds the batches that a block orders")             \
    X(CUT_UNCHECKED, "votes without checking the cut")                                        \
    X(QUOTA_UNCHECKED, "votes for blocks that exceed a lane's quota")                         \
    X(RESULT_UNCHECKED, "votes for results that it did not compute")                          \
    X(RESULT_NAMED_ANEW, "names the newest result each time, certified or not")               \
    X(EXECUTION_UNBOUNDED, "orders batches however far execution is behind")                  \
    X(TIME_UNCHECKED, "votes for any time stamp")                                             \
    X(TAIL_NOT_FINALIZED, "goes idle while a block is notarized but not final")               \
    X(CONTRADICTION_IGNORED, "goes on although a notarization contradicts its result")        \
    X(LOST_JOURNAL_VOTES, "votes although its journal is lost")                               \
    X(ROLLED_BACK_JOURNAL_VOTES, "votes although its journal was rolled back")                \
    X(STORAGE_FAILED_VOTES, "votes although storage failed")                                  \
    X(LANE_NUMBER_REUSED, "signs a second batch with one number after a restart")             \
    X(EVIDENCE_DROPPED, "reports no evidence")                                                \
    X(EPOCH_UNCHECKED, "accepts messages of other epochs")                                    \
    X(EGRESS_UNBOUNDED, "answers whoever asks, however often (S10)")

/* Those of ledger/. */
#define MUTANT_LEDGER_LIST(X)                                                         \
    X(CREDIT_BOOKED_TWICE, "credits twice what it debits (I1)")                       \
    X(SECOND_LEG_FORGOTTEN, "books one leg of a delivery versus payment only (I3)")   \
    X(PROVISION_UNCHECKED, "settles what the giver does not have (I2)")               \
    X(AMOUNT_ROUNDED, "settles a matched pair for an amount rounded to whole units")  \
    X(SETTLED_EVENT_FORGOTTEN, "settles without an event")                            \
    X(ORDER_OF_MEMORY, "serves a queue in an order that depends on addresses")        \
    X(SETTLED_BEFORE_DATE, "settles before the intended settlement date")             \
    X(HOLD_IGNORED, "settles what a party holds")                                     \
    X(ARRIVAL_WAKES_NOBODY, "tries nothing again when a position arrives")            \
    X(TOLERANCE_UNBOUNDED, "matches whatever the amounts")                            \
    X(CANCELLED_BY_ONE_SIDE, "cancels a matched pair on one party's word")            \
    X(NONCE_UNCHECKED, "executes an envelope as often as it is ordered (I7)")         \
    X(REFERENCE_UNCHECKED, "executes a command whose reference was used before (I7)") \
    X(EXPIRY_UNCHECKED, "executes an envelope whose validity is over")                \
    X(RIGHT_UNCHECKED, "lets every key do everything")                                \
    X(LIMIT_UNCHECKED, "asks nobody else, however large the amount")                  \
    X(PARTY_LIMIT_UNCHECKED, "settles beyond the limits that parties set")            \
    X(PERSON_UNCHECKED, "lets a person approve the own draft with another key")       \
    X(POLICY_IGNORED, "asks nobody else, whatever a policy demands")                  \
    X(DAY_LIMIT_UNCHECKED, "lets a key move more in a day than it may")               \
    X(KEY_REVOKED_USABLE, "executes what a revoked key signed")                       \
    X(DRAFT_NEVER_LAPSES, "lets a draft be approved whose time is over")              \
    X(APPROVED_UNSEEN, "takes an approval of other content than the draft has")       \
    X(LIMIT_WAKES_NOBODY, "tries nothing again when a limit has room again")          \
    X(LIMIT_OF_YESTERDAY, "counts what settled on other days into a day's limit")     \
    X(TARGET_OF_OTHERS, "lets a party act on what others instructed")                 \
    X(ENDED_AMENDED, "amends what has settled, or is cancelled")                      \
    X(ALLEGEMENT_ACCEPTED_TWICE, "makes another mirror of what is matched already")   \
    X(ALLEGEMENT_OF_OTHERS, "lets anybody accept what is alleged to somebody")        \
    X(DRAW_UNBOUNDED, "draws more on a restriction than remains of it")               \
    X(BLOCKED_SPENT, "spends what is blocked like what is available")                 \
    X(RESTRICTION_OF_OTHERS, "lets a party set aside, and free, what others hold")    \
    X(ARRIVAL_FILLS_NOTHING, "lets what arrives pass the reservations that wait")     \
    X(BLOCK_IGNORED, "settles over blocked accounts, securities and parties")         \
    X(RESTRICTION_TYPE_IGNORED, "asks none of the operator's dated rules")            \
    X(RESTRICTION_TYPE_FOR_EVER, "goes by dated rules before and after their days")   \
    X(LINK_ORDER_IGNORED, "settles what comes after before what comes first")         \
    X(POOL_IN_PIECES, "settles members of a pool without the others")                 \
    X(PART_BELOW_THRESHOLD, "settles parts of any size")                              \
    X(PART_WINDOW_IGNORED, "settles parts at any time of the day")                    \
    X(PARTS_STARVED, "tries parts only when nothing else is left to do")              \
    X(CUT_OFF_IGNORED, "settles past the cut-off")                                    \
    X(OPTIMISER_OVERDRAWS, "settles sets that leave a position below zero (I2)")      \
    X(CONTRADICTION_UNTOLD, "tells nobody that a match made links contradict")        \
    X(CHANGE_NOT_HASHED, "leaves changed positions out of the state root")            \
    X(CHANGE_NOT_SAVED, "leaves changed positions out of the next checkpoint")

/* Those of node/. */
#define MUTANT_NODE_LIST(X)                                                                  \
    X(CONTENT_UNCHECKED, "votes for batches with envelopes that nobody signed")              \
    X(CHECK_OF_OTHER_BYTES, "takes the check of one envelope for that of another signature") \
    X(BATCH_NOT_SYNCED, "votes for batches that the batch log may lose")                     \
    X(JOURNAL_NOT_SYNCED, "lets votes leave before the journal is synced")                   \
    X(FINAL_NOT_SYNCED, "calls blocks final that the store may lose")                        \
    X(JOURNAL_MARK_MISSING, "stores no mark by which an old journal is recognised")          \
    X(RECORD_CHECKSUM_IGNORED, "believes damaged records of journal and batch log")

#define MUTANT_LIST(X) MUTANT_CONSENSUS_LIST(X) MUTANT_LEDGER_LIST(X) MUTANT_NODE_LIST(X)

/* Each rule that another one backs up: its name, its companion, and how that backs it up. */
#define MUTANT_COMPANION_LIST(X)                          \
    X(FINALIZE_BELOW_FLOOR, CERTIFICATE_NOT_JOURNALLED,   \
      "journalled certificates bring a restarted member"  \
      " back to views whose window ends above the floor") \
    X(OPTIMISER_OVERDRAWS, PROVISION_UNCHECKED, "what is booked is tested once more")

#define MUTANT_ENUMERATOR(name, text) MUTANT_##name,
enum mutant {
    MUTANT_NONE = 0,
    MUTANT_LIST(MUTANT_ENUMERATOR) MUTANT_END
};

#ifdef TALLY_MUTANTS
extern bool mutant_removed[MUTANT_END];
#define MUTANT(name) (mutant_removed[MUTANT_##name])
#else
#define MUTANT(name) 0
#endif

#endif
