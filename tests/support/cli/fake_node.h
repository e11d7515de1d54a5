/*
 * fake_node.h: a node in the test's own process that tells the truth, or one chosen lie.
 *
 * It runs the real ledger over the sample genesis (tests/support/client/sample_genesis.h), one
 * block per submitted envelope, and certifies with the sample validators' keys, so that an honest
 * answer passes every check and a lie is the only thing wrong with an answer.
 *
 * A list has one row: a position of 0.05 EUR in the seller's account CASH, or, of the lists of
 * client/list.h, a row of that account of 2026-11-22 with numbers of 0.02.
 *
 * At the start the seller has 1,000 of DE000TALY010 in account SEC, the buyer 50,000.00 EUR in
 * CASH.
 */
#ifndef TALLY_TESTS_SUPPORT_CLI_FAKE_NODE_H
#define TALLY_TESTS_SUPPORT_CLI_FAKE_NODE_H

#include "cli/cli.h"

enum fake_lie {
    LIE_NONE = 0,
    LIE_GARBAGE,           /* bytes that are no reply */
    LIE_OTHER_KIND,        /* a reply to something that was not asked */
    LIE_OTHER_ID,          /* a reply with a number that was never given */
    LIE_CONTENT,           /* a byte of the proven record or receipt altered */
    LIE_OTHER_RECORD,      /* a true proof, of something else */
    LIE_LEFT_OUT,          /* a record that another names is missing from the proof */
    LIE_ROOT,              /* a root altered, so that the result is not the certified one */
    LIE_SIGNATURE,         /* a signature altered */
    LIE_NULLIFICATION,     /* a certificate that says the opposite */
    LIE_OTHER_ENVELOPE,    /* receipts of another envelope */
    LIE_WITHHELD_RECEIPTS, /* certified, but no receipts */
    LIE_MISCOUNTED_RECEIPTS,
    LIE_ENDLESS_LIST, /* a list whose next page is the same page */
    LIE_MALFORMED_ROWS,
    LIE_OLD,       /* a true state of an hour ago, under a header certified just now */
    LIE_GOES_BACK, /* each state it proves is of a block earlier than the one before */
    LIE_COUNT,
    /* not lies, but what also happens */
    FAKE_SILENT = 100, /* never answers */
    FAKE_DOWN,         /* cannot be connected to */
    FAKE_GONE,         /* ends the connection on the first question */
    FAKE_EXPIRED,      /* admission: validity has ended */
    FAKE_UNKNOWN_KEY,
    FAKE_BUSY_TWICE, /* the first two hand-ins find no room */
    FAKE_REPLAYED,   /* admission: these bytes were here before */
    FAKE_NOT_ALLOWED,
    FAKE_ALARMED, /* its status has two alarms */
    FAKE_BEHIND,  /* does not know of what is asked for yet */
};

struct fake_network;

/* A network of four such nodes over one ledger, all honest. Not copied: one per test program. */
struct fake_network *fake_network_new(void);
void fake_network_free(struct fake_network *network);

/* So many blocks in which nothing changes: the state of each of them is the same. */
void fake_network_idle(struct fake_network *network, unsigned block_count);

/* What a validator's node does from now on. */
void fake_network_behave(struct fake_network *network, unsigned validator, int behaviour);

/* How many envelopes the ledger has executed, and how many connections were opened. */
unsigned fake_network_executed(const struct fake_network *network);

/* The ledger's date, as commands carry it. */
void fake_network_date(char out[CLIENT_DATE_SIZE]);

/* A node_opener; cli->test is the network. */
enum exit_code fake_node_open(struct cli *cli, unsigned validator, struct node **out);

/* Makes a party's directory below `parent`, with key files of the sample keys, and the genesis. */
void fake_party_directory(const char *parent, unsigned party, char *out, size_t size);

#endif
