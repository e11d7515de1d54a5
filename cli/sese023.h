/*
 * cli/sese023.h - reading an ISO 20022 securities settlement instruction (sese.023.001.11).
 *
 * Problem. XML comes from counterparties and vendors' systems, its parser is large, and this
 * program holds keys. A file must not be able to read other files, call out, exhaust the machine or
 * reach a key; and nothing that it instructs may be dropped in silence.
 *
 * Rule.
 *   1. At most SESE023_BYTES_MAX bytes, checked before any parsing; no zero bytes; UTF-8, whatever
 *      it declares.
 *   2. A document type declaration is refused, and with it every entity, internal or external.
 *   3. Parsing happens in a child process that was forked before any key was opened, may open no
 *      file, has little memory and time, and (on Linux) may only allocate, write its answer and
 *      exit.
 *   4. The child answers in a bounded form: the texts of struct instruction_input, or one line of
 *      why not. The parent judges that answer like any other input.
 *   5. Every element with content must be one that the table of sese023.c maps to a field; any
 *      other is refused by name, and so is one that appears twice.
 *
 * Source: sese.023.001.11 (root SctiesSttlmTxInstr); docs/cli.md has the table of paths.
 */
#ifndef TALLY_CLI_SESE023_H
#define TALLY_CLI_SESE023_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/instruction_input.h"

#define SESE023_BYTES_MAX  (256u * 1024u)
#define SESE023_FAULT_SIZE 200u

struct sese023_fault {
    uint32_t line; /* 0: the document as a whole */
    char text[SESE023_FAULT_SIZE];
};

/* Parses one message in a sandboxed child. pre: this process holds no opened key. */
bool sese023_read(const void *data, size_t size, struct instruction_input *out,
                  struct sese023_fault *fault);

/* What the child does, in this process: for fuzzing and tests of the mapping. */
bool sese023_parse(const void *data, size_t size, struct instruction_input *out,
                   struct sese023_fault *fault);

/* The table of paths, for the documentation: the path and field of a row; false beyond the last. */
bool sese023_path(unsigned row, const char **path, enum input_field *field);

#endif
