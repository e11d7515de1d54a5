/*
 * The voting rules of the consensus, and nothing else.
 *
 * Problem: a test of the real state machine only sees the schedules somebody thought of, or that a
 * random generator hit upon. The rules themselves are small enough to try *every* schedule.
 *
 * Model: n = 4, q = 3. Three honest members and one Byzantine member that has already cast every
 * vote there is, so a quorum is any two honest votes. Messages do not appear: a certificate that
 * exists may be known to a member, or not yet, at any moment, so whatever some asynchronous network
 * could do is some order of the votes. Two blocks at most per view, each with any earlier block (or
 * the genesis) as its parent: the Byzantine leader proposes what it likes, and an honest leader is
 * one of its cases.
 *
 * The votes an honest member may cast (E1 to E6, consensus/README.md):
 *
 *     NOTARIZE(b), v = view(b)   member is in v, cast no NOTARIZE in v, (E4) no NULLIFY in v; the
 *                                parent is notarised and every view between is nullified
 *     NULLIFY(v)                 member is in v, cast no FINALIZE in v (E3)
 *     FINALIZE(b)                b is notarised, member cast no FINALIZE (E2), no NULLIFY (E3) in v
 *                                and did not NOTARIZE another block in v
 *     enter v+1                  some block of v is notarised, or v is nullified
 *
 * Property: two finalised blocks are always on one chain. Two lemmas of its proof are watched as
 * well: a view is never both finalised and nullified, and never has two notarised blocks.
 *
 * A state packs into 63 bits, so the set of all reachable states fits in memory.
 */
#ifndef TALLY_TESTS_EXPLORER_RULES_H
#define TALLY_TESTS_EXPLORER_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RULES_MEMBERS = 3,        /* honest ones; the fourth is the Byzantine one */
    RULES_VIEWS_MAX = 3,      /* the packing below is laid out for three */
    RULES_BLOCKS = 2,         /* per view */
    RULES_SUCCESSORS_MAX = 96 /* 3 members x 3 views x (2 blocks x 6 parents + 2) bounds it amply */
};

/* What is wrong with the rules; each of these must be found out by the search. */
enum rules_bug {
    RULES_SOUND,
    RULES_FINALIZE_AFTER_NULLIFY,
    RULES_NULLIFY_AFTER_FINALIZE,
    RULES_NO_JUSTIFICATION, /* skipped views need no nullification */
    RULES_DOUBLE_NOTARIZE,
    RULES_QUORUM_MINUS_ONE
};

struct rules {
    uint8_t views; /* 1..RULES_VIEWS_MAX */
    enum rules_bug bug;
    bool nullify_binds; /* E4: no NOTARIZE after one's own NULLIFY. Not needed for safety. */
    bool symmetry;      /* fold states that differ only in the names of members and blocks */
};

/* Votes are sets of blocks: bit k stands for block k of the view. */
struct rules_state {
    uint8_t view[RULES_MEMBERS]; /* 1..views+1 */
    uint8_t notarize[RULES_MEMBERS][RULES_VIEWS_MAX];
    uint8_t nullify[RULES_MEMBERS][RULES_VIEWS_MAX];
    uint8_t finalize[RULES_MEMBERS][RULES_VIEWS_MAX];
    uint8_t parent[RULES_VIEWS_MAX][RULES_BLOCKS]; /* RULES_PARENT_*, or rules_block_name() */
};

enum {
    RULES_PARENT_NONE = 0,
    RULES_PARENT_GENESIS = 1,
    RULES_PARENT_FIRST_BLOCK = 2
};

enum rules_verdict {
    RULES_HOLD,
    RULES_CONFLICTING_FINALS,
    RULES_FINAL_AND_NULLIFIED,
    RULES_TWO_NOTARIZED
};

/* The state in which nobody voted, packed. */
uint64_t rules_initial(const struct rules *rules);

/* Writes every state one vote (or one entering of a view) away; returns how many. */
size_t rules_successors(const struct rules *rules, uint64_t packed,
                        uint64_t successors[RULES_SUCCESSORS_MAX]);

/* The state that stands for all that differ from this one only in names; itself, symmetry off. */
uint64_t rules_fold(const struct rules *rules, uint64_t packed);

/* Looks at a state with eyes of its own: does not use the code that generates votes. */
enum rules_verdict rules_judge(const struct rules *rules, uint64_t packed);

/* One line: views, votes and parents. Borrows nothing; text is cut to size. */
void rules_print(const struct rules *rules, uint64_t packed, char *text, size_t size);

/* What a verdict says, in words. */
const char *rules_verdict_text(enum rules_verdict verdict);

#endif
