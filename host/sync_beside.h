/*
 * host/sync_beside.h - a sync that the kernel works on while its caller does something else
 *
 * Problem. Who has two files to sync waits for one after the other, though the disk could do both
 * at once. A thread for the second one costs two changes of threads, each as long as a tenth of a
 * sync.
 *
 * Rule. Begun, a sync is the kernel's (io_submit(2), an operation FDSYNC, which is fdatasync(2) on
 * a thread of the kernel); ended, it is waited for:
 *
 *     sync_beside_begin(a); fdatasync(b); sync_beside_end(a)       as long as the longer of the two
 *
 * A kernel or a sandbox that has no such operation, or no place for another one, says so at the
 * begin, and the caller syncs by itself.
 *
 * Any thread; who ends a sync may wait for those of others, too, and who begins one for whoever is
 * ending one.
 */
#ifndef TALLY_HOST_SYNC_BESIDE_H
#define TALLY_HOST_SYNC_BESIDE_H

#include <stdbool.h>

/* Syncs that may be under way at once in a process. */
#define SYNC_BESIDE_MAX 8

/*
 * Begins to make durable what was written to the descriptor so far. False: nothing was begun.
 * pre: no sync of this descriptor is under way.
 */
bool sync_beside_begin(int descriptor);

/*
 * Waits until the sync that was begun is over; *error is 0, or the errno that fdatasync would have
 * left. The descriptor must not be closed before. False: none of this descriptor was begun.
 */
bool sync_beside_end(int descriptor, int *error);

#endif
