/*
 * cli/exit_code.h - how `tally` ends: one stable number per class of outcome.
 *
 * Scripts branch on these; they never change their meaning. docs/cli.md and `tally help exit-codes`
 * are printed from this list.
 */
#ifndef TALLY_CLI_EXIT_CODE_H
#define TALLY_CLI_EXIT_CODE_H

/* X(NAME, number, name, meaning) */
#define EXIT_CODE_LIST(X)                                                                      \
    X(DONE, 0, "done", "everything asked for was done, or was found and proved")               \
    X(DEFECT, 1, "defect", "the program itself failed; please report it")                      \
    X(USAGE, 2, "usage", "wrong command, option or argument")                                  \
    X(UNKNOWN, 3, "unknown", "no such reference, account, asset or party is known")            \
    X(MALFORMED, 4, "malformed", "a file is not well formed; nothing was sent")                \
    X(HOSTILE, 5, "hostile", "an XML file is malformed or dangerous; nothing was sent")        \
    X(KEY, 6, "key", "wrong pass phrase, wrong key, or a key that lacks the right")            \
    X(EXPIRED, 7, "expired", "the envelope's validity has ended")                              \
    X(ALREADY, 8, "already", "all of it was there before; nothing was changed")                \
    X(NODE_DOWN, 9, "node-down", "no connection to the node, or it cannot answer now")         \
    X(NODE_LIES, 10, "node-lies", "the node's answer does not prove what it says")             \
    X(REFUSED, 11, "refused", "the ledger refused a command by a business rule")               \
    X(TIMED_OUT, 12, "timed-out", "no outcome in time; what was sent stays spooled")           \
    X(FILES, 13, "files", "a file or directory cannot be read or written")                     \
    X(NODES_DIFFER, 14, "nodes-differ", "nodes that were asked the same gave different lists") \
    X(NOT_PROVED, 15, "not-proved", "a receipt does not prove what it says")                   \
    X(WAITING, 16, "waiting", "a second person's approval or the counterparty is awaited")     \
    X(NETWORK, 17, "network", "the local network could not be started, stopped or set up")     \
    X(UNBALANCED, 18, "unbalanced", "holdings do not add up to what was issued")               \
    X(STALE, 19, "stale", "what the node proves is true of an earlier time than is accepted")

enum exit_code {
#define X(name, number, text, meaning) EXIT_##name = (number),
    EXIT_CODE_LIST(X)
#undef X
};

/* One word for a code, and what it means. Never NULL. */
const char *exit_code_name(enum exit_code code);
const char *exit_code_meaning(enum exit_code code);

#endif
