/*
 * netsim/lab/out_directory.h - where results go
 */
#ifndef TALLY_NETSIM_LAB_OUT_DIRECTORY_H
#define TALLY_NETSIM_LAB_OUT_DIRECTORY_H

#include <stdbool.h>

#include "base/assert.h"

/* Makes a directory and those above it, as far as they are missing. False with a line on standard
 * error when there is none afterwards. */
TALLY_MUST_CHECK bool out_directory_make(const char *path);

#endif
