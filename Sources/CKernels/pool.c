/* A persistent pool for regions of a few microseconds and more: waiters spin briefly, then sleep. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

#include "CKernels.h"

#define CACHE_LINE 64
/* Looks at a flag before a waiter sleeps, about 50 microseconds. */
#define SPINS 4000

struct ornstein_pool {
  _Alignas(CACHE_LINE) _Atomic unsigned region;  /* counts regions; a change starts the workers */
  _Alignas(CACHE_LINE) _Atomic unsigned working; /* workers still inside the region */
  _Alignas(CACHE_LINE) _Atomic unsigned arrived; /* threads at the barrier */
  _Atomic unsigned round;                        /* counts barriers passed */
  _Alignas(CACHE_LINE) _Atomic int sleepers;
  _Atomic int stop;
  ornstein_pool_body body;
  void *context;
  int threads, started, pin, spins;
  pthread_mutex_t mutex; /* guards sleeping and waking only */
  pthread_cond_t changed;
  pthread_mutex_t entrance; /* one region at a time */
  struct worker {
    ornstein_pool *pool;
    int thread;
    pthread_t handle;
  } *workers;
};

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* Returns once *flag differs from value. */
static void wait_for_change(ornstein_pool *pool, _Atomic unsigned *flag, unsigned value) {
  for (int i = 0; i < pool->spins; i++) {
    if (atomic_load_explicit(flag, memory_order_acquire) != value) return;
    relax();
  }
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->sleepers, 1);
  while (atomic_load(flag) == value) pthread_cond_wait(&pool->changed, &pool->mutex);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
}

/* After a flag has changed. A sleeper counts itself before its last look at the flag, so either it
 * sees the change or it is seen here. */
static void wake(ornstein_pool *pool) {
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->changed);
  pthread_mutex_unlock(&pool->mutex);
}

static void bind_to_core(int core) {
#if defined(__linux__)
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int cpu = 0, seen = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed) || seen++ != core) continue;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
#else
  (void)core;
#endif
}

static void *work(void *argument) {
  struct worker *worker = argument;
  ornstein_pool *pool = worker->pool;
  if (pool->pin) bind_to_core(worker->thread);
  for (unsigned region = 0;; region++) {
    wait_for_change(pool, &pool->region, region);
    if (atomic_load(&pool->stop)) return NULL;
    pool->body(pool->context, worker->thread, pool->threads);
    if (atomic_fetch_sub(&pool->working, 1) == 1) wake(pool);
  }
}

ornstein_pool *ornstein_pool_create(int threads, int pin) {
  if (threads < 1) return NULL;
  ornstein_pool *pool = aligned_alloc(CACHE_LINE, sizeof *pool);
  if (!pool) return NULL;
  *pool = (ornstein_pool){.threads = threads, .started = 1, .pin = pin};
  const long cores = sysconf(_SC_NPROCESSORS_ONLN);
  pool->spins = cores >= threads ? SPINS : 0;
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->changed, NULL);
  pthread_mutex_init(&pool->entrance, NULL);
  pool->workers = calloc((size_t)threads, sizeof *pool->workers);
  for (; pool->workers && pool->started < threads; pool->started++) {
    struct worker *worker = &pool->workers[pool->started];
    worker->pool = pool;
    worker->thread = pool->started;
    if (pthread_create(&worker->handle, NULL, work, worker) != 0) break;
  }
  if (pool->workers && pool->started == threads) return pool;
  ornstein_pool_destroy(pool);
  return NULL;
}

void ornstein_pool_destroy(ornstein_pool *pool) {
  if (!pool) return;
  atomic_store(&pool->stop, 1);
  atomic_fetch_add(&pool->region, 1);
  wake(pool);
  for (int i = 1; i < pool->started; i++) pthread_join(pool->workers[i].handle, NULL);
  pthread_mutex_destroy(&pool->entrance);
  pthread_cond_destroy(&pool->changed);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->workers);
  free(pool);
}

int ornstein_pool_threads(const ornstein_pool *pool) { return pool->threads; }

void ornstein_pool_run(ornstein_pool *pool, ornstein_pool_body body, void *context) {
  if (pool->threads == 1) {
    body(context, 0, 1);
    return;
  }
  pthread_mutex_lock(&pool->entrance);
  pool->body = body;
  pool->context = context;
  atomic_store_explicit(&pool->working, (unsigned)pool->threads - 1, memory_order_relaxed);
  atomic_fetch_add(&pool->region, 1);
  wake(pool);
  body(context, 0, pool->threads);
  for (unsigned left; (left = atomic_load(&pool->working)) != 0;)
    wait_for_change(pool, &pool->working, left);
  pthread_mutex_unlock(&pool->entrance);
}

void ornstein_pool_barrier(ornstein_pool *pool) {
  if (pool->threads == 1) return;
  const unsigned round = atomic_load(&pool->round);
  if (atomic_fetch_add(&pool->arrived, 1) + 1 == (unsigned)pool->threads) {
    atomic_store(&pool->arrived, 0);
    atomic_fetch_add(&pool->round, 1);
    wake(pool);
  } else {
    wait_for_change(pool, &pool->round, round);
  }
}
