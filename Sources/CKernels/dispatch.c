/* Chooses the instruction set once and sends every call to its kernels. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_table.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* The instruction for pairs of bfloat16, beside AVX-512. */
static int cpu_multiplies_pairs(void) {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 5);
}

/* Bits of leaf 1 (ecx) and leaf 7 (ebx), and of the register state that the system saves. */
static int cpu_has(unsigned leaf1, unsigned leaf7, unsigned state) {
  unsigned a, b, c, d, low, high;
  const unsigned saves_state = 1u << 27;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c & (leaf1 | saves_state)) != (leaf1 | saves_state))
    return 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (b & leaf7) != leaf7) return 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & state) == state;
}
#endif

static const ornstein_kernel_table *table_of(ornstein_isa isa) {
  switch (isa) {
    case ORNSTEIN_ISA_BASELINE:
      return &ornstein_kernels_baseline;
#if defined(__x86_64__)
    case ORNSTEIN_ISA_AVX2: /* fma; bmi1, avx2, bmi2; sse and avx state */
      return cpu_has(1u << 12, 1u << 3 | 1u << 5 | 1u << 8, 0x6) ? &ornstein_kernels_avx2 : NULL;
    case ORNSTEIN_ISA_AVX512: /* as well: f, dq, bw, vl; mask and upper state */
      return cpu_has(1u << 12,
                     1u << 3 | 1u << 5 | 1u << 8 | 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31, 0xe6)
                 ? cpu_multiplies_pairs() ? &ornstein_kernels_avx512_bf16 : &ornstein_kernels_avx512
                 : NULL;
#elif defined(__aarch64__)
    case ORNSTEIN_ISA_NEON:
      return &ornstein_kernels_baseline;
#endif
    default:
      return NULL;
  }
}

static const char *const names[] = {"baseline", "avx2", "avx512", "neon"};
#define SETS ((int)(sizeof names / sizeof *names))

/* The set in use, -1 before the first call. Every thread that chooses makes the same choice. */
static _Atomic int chosen = -1;
static const ornstein_kernel_table *_Atomic table = NULL;

/* The choice of one thread, before that of the process. */
static _Thread_local const ornstein_kernel_table *thread_table = NULL;
static _Thread_local ornstein_isa thread_choice;

static void use(ornstein_isa isa) {
  atomic_store_explicit(&table, table_of(isa), memory_order_relaxed);
  atomic_store_explicit(&chosen, (int)isa, memory_order_relaxed);
}

static void choose(void) {
  int best = ORNSTEIN_ISA_BASELINE;
  for (int isa = 0; isa < SETS; isa++)
    if (table_of((ornstein_isa)isa)) best = isa;
  const char *wanted = getenv("ORNSTEIN_ISA");
  for (int isa = 0; wanted && isa < SETS; isa++)
    if (strcmp(wanted, names[isa]) == 0 && table_of((ornstein_isa)isa)) best = isa;
  use((ornstein_isa)best);
}

static const ornstein_kernel_table *kernels(void) {
  if (__builtin_expect(thread_table != NULL, 0)) return thread_table;
  const ornstein_kernel_table *current = atomic_load_explicit(&table, memory_order_relaxed);
  if (__builtin_expect(current == NULL, 0)) {
    choose();
    current = atomic_load_explicit(&table, memory_order_relaxed);
  }
  return current;
}

int ornstein_isa_supported(ornstein_isa isa) { return table_of(isa) != NULL; }

ornstein_isa ornstein_isa_current(void) {
  if (thread_table) return thread_choice;
  if (atomic_load_explicit(&chosen, memory_order_relaxed) < 0) choose();
  return (ornstein_isa)atomic_load_explicit(&chosen, memory_order_relaxed);
}

int ornstein_isa_select(ornstein_isa isa) {
  if (!table_of(isa)) return 0;
  use(isa);
  return 1;
}

int ornstein_isa_select_for_thread(ornstein_isa isa) {
  const ornstein_kernel_table *wanted = table_of(isa);
  if (!wanted) return 0;
  thread_table = wanted;
  thread_choice = isa;
  return 1;
}

void ornstein_isa_release_thread(void) { thread_table = NULL; }

const char *ornstein_isa_name(ornstein_isa isa) {
  return (int)isa >= 0 && (int)isa < SETS ? names[isa] : "unknown";
}

#define FORWARD(suffix, real)                                                                     \
  void ornstein_normals_##suffix(real *output, size_t count, ornstein_stream stream,              \
                                 uint64_t first) {                                                \
    kernels()->suffix.normals(output, count, stream, first);                                      \
  }                                                                                               \
  void ornstein_uniforms_##suffix(real *output, size_t count, ornstein_stream stream,             \
                                  uint64_t first) {                                               \
    kernels()->suffix.uniforms(output, count, stream, first);                                     \
  }                                                                                               \
  void ornstein_affine_step_##suffix(real *x, const real *s, size_t count, real a, real b,        \
                                     real c, ornstein_stream stream, uint64_t first) {            \
    kernels()->suffix.affine_step(x, s, count, a, b, c, stream, first);                           \
  }                                                                                               \
  void ornstein_linear_combination_##suffix(                                                      \
      real *output, const real *const *inputs, size_t input_count, const double *coefficients,    \
      size_t count, double noise, ornstein_stream stream, uint64_t first) {                       \
    kernels()->suffix.linear_combination(output, inputs, input_count, coefficients, count, noise, \
                                         stream, first);                                          \
  }                                                                                               \
  void ornstein_diagonal_combination_##suffix(                                                    \
      real *output, const real *const *inputs, size_t input_count, const real *coefficients,      \
      size_t rows, size_t d, const real *noise, ornstein_stream stream, uint64_t first) {         \
    kernels()->suffix.diagonal_combination(output, inputs, input_count, coefficients, rows, d,    \
                                           noise, stream, first);                                 \
  }                                                                                               \
  void ornstein_exp_##suffix(const real *x, real *y, size_t count) {                              \
    kernels()->suffix.exponentials(x, y, count);                                                  \
  }                                                                                               \
  void ornstein_log_##suffix(const real *x, real *y, size_t count) {                              \
    kernels()->suffix.logarithms(x, y, count);                                                    \
  }                                                                                               \
  void ornstein_sincos2pi_##suffix(const real *x, real *sine, real *cosine, size_t count) {       \
    kernels()->suffix.sines_and_cosines(x, sine, cosine, count);                                  \
  }                                                                                               \
  void ornstein_silu_##suffix(const real *x, real *y, real *derivative, size_t count) {           \
    kernels()->suffix.sigmoid_linear_units(x, y, derivative, count);                              \
  }                                                                                               \
  size_t ornstein_packed_count_##suffix(size_t k, size_t n) {                                     \
    return kernels()->suffix.packed_count(k, n, NULL);                                            \
  }                                                                                               \
  void ornstein_pack_##suffix(const real *b, size_t ldb, size_t k, size_t n, int transposed,      \
                              real *packed) {                                                     \
    kernels()->suffix.pack(b, ldb, k, n, transposed, packed);                                     \
  }                                                                                               \
  void ornstein_multiply_##suffix(const ornstein_product_##suffix *product) {                     \
    kernels()->suffix.multiply(product);                                                          \
  }                                                                                               \
  void ornstein_column_sums_##suffix(const real *x, size_t rows, size_t columns, size_t ldx,      \
                                     real *output) {                                              \
    kernels()->suffix.column_sums(x, rows, columns, ldx, output);                                 \
  }                                                                                               \
  double ornstein_reduce_slices_##suffix(real *const *slices, size_t slice_count, size_t count) { \
    return kernels()->suffix.reduce_slices(slices, slice_count, count);                           \
  }                                                                                               \
  void ornstein_adamw_##suffix(real *p, real *m, real *v, real *average, const real *gradient,    \
                               size_t count, const ornstein_adamw_settings *settings) {           \
    kernels()->suffix.adamw(p, m, v, average, gradient, count, settings);                         \
  }                                                                                               \
  void ornstein_mixture_score_##suffix(const real *x, size_t rows, size_t d, size_t components,   \
                                       const real *means, const real *precisions,                 \
                                       const real *constants, real *score, real *log_density) {   \
    kernels()->suffix.mixture_score(x, rows, d, components, means, precisions, constants, score,  \
                                    log_density);                                                 \
  }                                                                                               \
  void ornstein_isotropic_mixture_score_##suffix(                                                 \
      const real *x, size_t rows, size_t d, size_t components, const real *means,                 \
      const real *precisions, const real *constants, real *score, real *log_density) {            \
    kernels()->suffix.isotropic_mixture_score(x, rows, d, components, means, precisions,          \
                                              constants, score, log_density);                     \
  }                                                                                               \
  void ornstein_softmax_rows_##suffix(real *x, size_t rows, size_t columns, const real *factors,  \
                                      real *log_sums) {                                           \
    kernels()->suffix.softmax_rows(x, rows, columns, factors, log_sums);                          \
  }                                                                                               \
  void ornstein_quadratic_features_##suffix(const real *x, size_t rows, size_t d,                 \
                                            const real *centre, const real *scale, int pairs,     \
                                            real *output) {                                       \
    kernels()->suffix.quadratic_features(x, rows, d, centre, scale, pairs, output);               \
  }

size_t ornstein_half_packed_count(size_t k, size_t n) {
  return kernels()->half.packed_count(k, n);
}

void ornstein_half_pack(const float *b, size_t ldb, size_t k, size_t n, int transposed,
                        uint32_t *packed) {
  kernels()->half.pack(b, ldb, k, n, transposed, packed);
}

void ornstein_half_round(const float *x, size_t ldx, size_t rows, size_t columns, int down,
                         uint32_t *pairs, size_t stride) {
  kernels()->half.round(x, ldx, rows, columns, down, pairs, stride);
}

void ornstein_half_multiply(const ornstein_half_product *product) {
  kernels()->half.multiply(product);
}

int ornstein_half_is_fast(void) {
#if defined(__x86_64__)
  return kernels() == &ornstein_kernels_avx512_bf16;
#else
  return 0;
#endif
}

FORWARD(f32, float)
FORWARD(f64, double)

void ornstein_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    const uint64_t product0 = (uint64_t)c0 * 0xD2511F53u, product1 = (uint64_t)c2 * 0xCD9E8D57u;
    c0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)product1;
    c2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)product0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  output[0] = c0;
  output[1] = c1;
  output[2] = c2;
  output[3] = c3;
}
