/*
 * bench/support/machine.h - what this machine can do at most: the limits beside the figures
 *
 * Each is measured when it is asked for, in the run whose figures it stands beside, since a shared
 * machine is another one an hour later. All are of one core or one disk. Where a limit is a time of
 * a processor, processor time is taken; where it is a disk's, elapsed time.
 */
#ifndef TALLY_BENCH_SUPPORT_MACHINE_H
#define TALLY_BENCH_SUPPORT_MACHINE_H

#include <stddef.h>
#include <stdint.h>

/* Seconds: of the processor, for this process and all its threads; elapsed, of a steady clock. */
double machine_cpu_seconds(void);
double machine_wall_seconds(void);

/* Asks the system for large pages in memory that was not touched yet, as a node does for its
 * ledger's. */
void machine_large_pages(void *memory, size_t size);

/* Nanoseconds of one BLAKE2b-256 over so many bytes. */
double machine_hash_ns(size_t size);
/* The same of one of many that do not depend on each other (crypto/hash_many.h). */
double machine_hash_many_ns(size_t size);
/* Nanoseconds of one Ed25519 check, and of one signature, over a message of 40 bytes. */
double machine_check_ns(void);
/* Of a check by a key known beforehand (crypto/sign_known.h), as those of validators are. */
double machine_check_known_ns(void);
double machine_sign_ns(void);
/* The same of one of many checks (crypto/sign_many.h). */
double machine_check_many_ns(void);
/* Nanoseconds of one access to memory that no cache holds, in an area of so many bytes. */
double machine_access_ns(size_t bytes);
/* Nanoseconds of a bare DvP in memory: two of so many accounts are found by their names, two
 * balances of each are checked and moved, and a reference is remembered so that it counts once.
 * Nothing else: no parties, matching, rules, records, receipts or proofs. */
double machine_dvp_ns(uint32_t accounts);
/* Nanoseconds to copy so many bytes that are in the first caches. */
double machine_copy_ns(size_t size);

/* Microseconds: the median of 101 appends of so many bytes with their sync, to a file in a
 * directory. Ends the program when the directory cannot be written to. */
double machine_sync_us(const char *directory, size_t bytes);
/* The same one at a time, to be taken in turns with what it is the limit of: a new file without a
 * name in a directory, and the microseconds of one append to it with its sync. */
int machine_file_open(const char *directory);
double machine_append_us(int file, size_t bytes);
/* MiB a second: appends of 1 MiB, a sync after each sixteenth, elapsed. */
double machine_disk_mib_per_s(const char *directory);

#endif
