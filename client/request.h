/*
 * client/request.h - what a client may ask a node.
 *
 * Problem.  Operations staff, scripts and other programs ask a node about a ledger on which parties
 * do not see each other's business, over a connection that may break at any byte, and the node must
 * survive whatever is sent to it.
 *
 * Rule.  One request, one reply, matched by a number the client chooses. A request carries no
 * secret and no authority of its own: what is submitted is signed inside its envelope, and what may
 * be read follows from the channel key of the connection. The encoding is total and bounded:
 * little-endian, a fixed layout per kind, texts as one length byte and that many bytes, nothing
 * left over at the end.
 *
 *     u32 id | u8 kind | fields of the kind
 *
 *     kind          fields                                        answered by (reply.h)
 *     SUBMIT        u32 size, envelope                            REPLY_SUBMITTED
 *     OUTCOME       envelope id, u16 first command, u16 count     REPLY_OUTCOME
 *     INSTRUCTION   party, reference                              REPLY_POINT
 *     POSITION      party, account, asset                         REPLY_POINT
 *     ACCOUNT       party, account                                REPLY_POINT
 *     PARTY         party                                         REPLY_POINT
 *     ASSET         asset                                         REPLY_POINT
 *     RECEIPT       party, reference, i64 settled                 REPLY_POINT (its latest event; or
 *                   the settlement after which so much of it had settled, if that is not 0)
 *     EXPLAIN       party, reference                              REPLY_EXPLAIN
 *     LIST          what, filters, cursor, limit                  REPLY_LIST
 *     NODE_STATUS   -                                             REPLY_NODE_STATUS
 *     ROOTS         u64 height                                    REPLY_ROOTS
 *     RULES         -                                             REPLY_POINT (the rule set that
 *                                                                 is in force)
 *
 * Any request may be answered by REPLY_ERROR.
 */
#ifndef TALLY_CLIENT_REQUEST_H
#define TALLY_CLIENT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
#include "client/text.h"
#include "crypto/hash.h"

#define REQUEST_ENVELOPE_BYTES_MAX   (4u * 1024u * 1024u)
#define REQUEST_BYTES_MAX            (REQUEST_ENVELOPE_BYTES_MAX + 64u)
#define REQUEST_OUTCOME_RECEIPTS_MAX 256u
#define REQUEST_LIST_ROWS_MAX        500u

enum request_kind {
    REQUEST_SUBMIT = 1,
    REQUEST_OUTCOME = 2,
    REQUEST_INSTRUCTION = 3,
    REQUEST_POSITION = 4,
    REQUEST_ACCOUNT = 5,
    REQUEST_PARTY = 6,
    REQUEST_ASSET = 7,
    REQUEST_RECEIPT = 8,
    REQUEST_EXPLAIN = 9,
    REQUEST_LIST = 10,
    REQUEST_NODE_STATUS = 11,
    REQUEST_ROOTS = 12,
    REQUEST_RULES = 13,
};
#define REQUEST_KIND_LAST REQUEST_RULES

/* What a list is of. Each kind has its row in reply.h. */
enum list_kind {
    LIST_NONE = 0,
    LIST_INSTRUCTIONS = 1,
    LIST_POSITIONS = 2,
    LIST_EXCEPTIONS = 3, /* open instructions off the straight path; rows as LIST_INSTRUCTIONS */
    LIST_ASSETS = 4,
    LIST_ACCOUNTS = 5,
    LIST_PARTIES = 6,
    LIST_EVENTS = 7, /* what happened to one reference, or to all the asker may see, oldest first */
    LIST_HISTORY =
        8,           /* every change of an instruction's statuses and reasons; from here on the rows
                       * are those of list.h */
    LIST_DRAFTS = 9, /* commands that wait for a second person */
    LIST_MOVEMENTS = 10,    /* what was booked in and out of accounts */
    LIST_ALLEGEMENTS = 11,  /* instructions that wait for that of the counterparty, who was told */
    LIST_DAY = 12,          /* the events of settlement days */
    LIST_LINKS = 13,        /* between open instructions; and pools */
    LIST_FORECAST = 14,     /* what would settle on a day; made when it is asked for */
    LIST_KEYS = 15,         /* of parties, and what they may do */
    LIST_POLICIES = 16,     /* what needs a second person */
    LIST_RESTRICTIONS = 17, /* what is set aside of positions */
    LIST_LIMITS = 18,       /* of what may settle in a day */
    LIST_ATTORNEYS = 19,    /* who may instruct for whom */
    LIST_RESTRICTION_TYPES = 20, /* the operator's rules about instructions */
};
#define LIST_KIND_LAST LIST_RESTRICTION_TYPES

/* Empty texts and zeros filter nothing. Which filters a kind heeds: party and asset all; the rest
 * instructions, exceptions and events; a filter that does not apply to the kind is ignored. */
struct list_filter {
    char party[CLIENT_BIC_SIZE];
    char account[CLIENT_TEXT35_SIZE];
    char asset[CLIENT_ASSET_SIZE];
    char reference[CLIENT_TEXT35_SIZE];
    char status[CLIENT_CODE_SIZE]; /* four letters: NMAT MACH PEND PENF SETT CANC REJT PART */
    char reason[CLIENT_CODE_SIZE];
    char date_from[CLIENT_DATE_SIZE]; /* intended settlement date, inclusive */
    char date_to[CLIENT_DATE_SIZE];
};

struct request {
    uint32_t id;
    enum request_kind kind;
    /* SUBMIT: borrowed by encode; points into the decoded bytes after decode */
    const uint8_t *envelope;
    uint32_t envelope_size;
    /* OUTCOME: receipts first .. first+count-1 are wanted with proofs; count may be 0 (stage only)
     * */
    struct hash envelope_id;
    uint16_t first_command;
    uint16_t command_count;
    /* point requests */
    char party[CLIENT_BIC_SIZE];
    char account[CLIENT_TEXT35_SIZE];
    char asset[CLIENT_ASSET_SIZE];
    char reference[CLIENT_TEXT35_SIZE];
    int64_t settled; /* RECEIPT: which part, in smallest units; 0: the latest event */
    /* LIST: rows after the cursor (0: from the beginning) in the list's own order */
    enum list_kind list;
    struct list_filter filter;
    uint64_t cursor;
    uint16_t row_limit;
    /* ROOTS: 0 means the latest executed height */
    uint64_t height;
};

/* Encodes into out; returns the size, or 0 when the request is not valid or does not fit. */
TALLY_MUST_CHECK size_t request_encode(const struct request *request, void *out, size_t capacity);

/* Decodes one request; false when any byte is not as the layout demands. `envelope` borrows from
 * data. What decode accepts, encode writes back byte for byte. */
TALLY_MUST_CHECK bool request_decode(const void *data, size_t size, struct request *out);

#endif
