/* Several hashes of the same bytes at once, each on a thread of its own. */
#ifndef MIDSTATE_PARALLEL_H
#define MIDSTATE_PARALLEL_H

#include "hash.h"

#define PARALLEL_MAX_THREADS 8

/*
 * Updates each of `hashes` with `bytes`, on up to `threads` threads of which the caller's is one; returns when all are
 * done. Hashes are taken in the order given, so the dearest should come first. The other threads are started at the
 * first call that wants them and kept; where none can be started, or another caller has them, the caller's thread
 * does it all.
 */
void parallel_update(struct hash *const *hashes, size_t count, const uint8_t *bytes, size_t length, int threads);

#endif
