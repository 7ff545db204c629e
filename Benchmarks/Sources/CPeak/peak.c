#define _GNU_SOURCE
#include "CPeak.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

/* Sixteen independent sums cover the latency of two multiply-add units on every current core. */
enum { chains = 16 };

#define DEFINE_LOOP(name, lanes, attributes)                                                     \
  typedef float name##_vector __attribute__((vector_size(4 * (lanes))));                         \
  attributes static float name(long rounds) {                                                    \
    name##_vector sums[chains], factor, term;                                                    \
    for (int l = 0; l < (lanes); l++) {                                                          \
      factor[l] = 0.9999f;                                                                       \
      term[l] = 1e-4f;                                                                           \
    }                                                                                            \
    for (int i = 0; i < chains; i++) sums[i] = term * (float)i;                                  \
    for (long round = 0; round < rounds; round++)                                                \
      for (int i = 0; i < chains; i++) sums[i] = sums[i] * factor + term;                        \
    float total = 0;                                                                             \
    for (int i = 0; i < chains; i++)                                                             \
      for (int l = 0; l < (lanes); l++) total += sums[i][l];                                     \
    return total;                                                                                \
  }

#pragma STDC FP_CONTRACT ON

typedef float (*loop)(long rounds);
typedef struct {
  loop body;
  int lanes;
  const char *name;
} variant;

#if defined(__x86_64__)
DEFINE_LOOP(run_avx512, 16, __attribute__((target("avx512f"))))
DEFINE_LOOP(run_avx2, 8, __attribute__((target("avx2,fma"))))
DEFINE_LOOP(run_baseline, 4, )

static variant widest(void) {
  if (__builtin_cpu_supports("avx512f")) return (variant){run_avx512, 16, "AVX-512"};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return (variant){run_avx2, 8, "AVX2 and FMA"};
  return (variant){run_baseline, 4, "SSE2"};
}
#else
DEFINE_LOOP(run_baseline, 4, )

static variant widest(void) { return (variant){run_baseline, 4, "128-bit vectors"}; }
#endif

const char *ornstein_peak_isa(void) { return widest().name; }

typedef struct {
  loop body;
  long rounds;
  int thread;
  float result;
} task;

static void bind_to_processor(int thread) {
#if defined(__linux__)
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  int wanted = thread % CPU_COUNT(&allowed);
  for (int processor = 0; processor < CPU_SETSIZE; processor++) {
    if (!CPU_ISSET(processor, &allowed) || wanted-- > 0) continue;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    return;
  }
#else
  (void)thread;
#endif
}

static void *run_task(void *context) {
  task *own = context;
  bind_to_processor(own->thread);
  own->result = own->body(own->rounds);
  return NULL;
}

static volatile float sink;

double ornstein_peak_run(double flops, int threads) {
  const variant chosen = widest();
  const double flops_a_round = 2.0 * chains * chosen.lanes;
  const long rounds = (long)(flops / flops_a_round) + 1;
  pthread_t *handles = malloc(sizeof *handles * (size_t)threads);
  task *tasks = malloc(sizeof *tasks * (size_t)threads);
  int started = 0;
  if (handles && tasks)
    for (; started < threads; started++) {
      tasks[started] = (task){chosen.body, rounds, started, 0};
      if (pthread_create(&handles[started], NULL, run_task, &tasks[started]) != 0) break;
    }
  for (int t = 0; t < started; t++) {
    pthread_join(handles[t], NULL);
    sink = tasks[t].result;
  }
  free(handles);
  free(tasks);
  return started == threads ? flops_a_round * (double)rounds * threads : 0;
}

void ornstein_bind_caller(int processor) {
#if defined(__linux__)
  static cpu_set_t all;
  static int is_known = 0;
  cpu_set_t one;
  if (!is_known && pthread_getaffinity_np(pthread_self(), sizeof all, &all) != 0) return;
  is_known = 1;
  pthread_setaffinity_np(pthread_self(), sizeof all, &all);
  if (processor < 0) return;
  for (int candidate = 0; candidate < CPU_SETSIZE; candidate++) {
    if (!CPU_ISSET(candidate, &all) || processor-- > 0) continue;
    CPU_ZERO(&one);
    CPU_SET(candidate, &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    return;
  }
#else
  (void)processor;
#endif
}
