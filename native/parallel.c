#include "parallel.h"

#include <pthread.h>
#include <signal.h>

/* What is being done. `next` and `running` belong to `lock`; the rest does not change while a batch is under way. */
static struct {
  struct hash *const *hashes;
  size_t count;
  const uint8_t *bytes;
  size_t length;
  size_t next;
  size_t running;
} batch;

static pthread_mutex_t caller = PTHREAD_MUTEX_INITIALIZER; /* held by whoever's batch it is */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static int started; /* belongs to `caller` */

/* Takes hashes until none is left. Entered and left with `lock` held. */
static void take_part(void) {
  while (batch.next < batch.count) {
    struct hash *hash = batch.hashes[batch.next++];
    batch.running++;
    pthread_mutex_unlock(&lock);
    hash->algorithm->update(hash, batch.bytes, batch.length);
    pthread_mutex_lock(&lock);
    batch.running--;
  }
}

static void *serve(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  for (;;) {
    while (batch.next == batch.count) pthread_cond_wait(&work, &lock);
    take_part();
    if (batch.running == 0) pthread_cond_signal(&done);
  }
  return NULL;
}

/* Signals stay with the threads of Node, which expects them. */
static void start_threads(int wanted) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (; started < wanted; started++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, NULL) != 0) break;
    pthread_detach(thread);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void update_here(struct hash *const *hashes, size_t count, const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < count; i++) hashes[i]->algorithm->update(hashes[i], bytes, length);
}

void parallel_update(struct hash *const *hashes, size_t count, const uint8_t *bytes, size_t length, int threads) {
  int helpers = (threads < PARALLEL_MAX_THREADS ? threads : PARALLEL_MAX_THREADS) - 1;
  if (helpers > (int)count - 1) helpers = (int)count - 1;
  if (helpers <= 0 || pthread_mutex_trylock(&caller) != 0) {
    update_here(hashes, count, bytes, length);
    return;
  }
  start_threads(helpers);
  pthread_mutex_lock(&lock);
  batch.hashes = hashes;
  batch.count = count;
  batch.bytes = bytes;
  batch.length = length;
  batch.next = 0;
  for (int i = 0; i < helpers; i++) pthread_cond_signal(&work);
  take_part();
  while (batch.running > 0) pthread_cond_wait(&done, &lock);
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&caller);
}
