/* node/version.h - the version that a node reports. */
#ifndef TALLY_NODE_VERSION_H
#define TALLY_NODE_VERSION_H

#define TALLY_VERSION "1.0.0"

#endif
