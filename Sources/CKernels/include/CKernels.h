/* The loops that need wide vectors. Each exists in float (_f32) and double (_f64), compiled from one
 * source for every instruction set of the machine and chosen once at run time.
 *
 * Rules that all kernels keep:
 * - a result never depends on where an element lies in the call: row 7 of 256 rows and the same row
 *   alone come out with the same bits (on one instruction set);
 * - pointers need the alignment of their element only; 64 bytes is faster;
 * - nothing is allocated, no lock is taken, no global is written (the choice of the instruction set apart). */
#ifndef ORNSTEIN_CKERNELS_H
#define ORNSTEIN_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

/* ---- Instruction sets ---------------------------------------------------------------------- */

typedef enum {
  ORNSTEIN_ISA_BASELINE = 0, /* what every CPU of the architecture has */
  ORNSTEIN_ISA_AVX2 = 1,     /* x86-64-v3: AVX2 and FMA */
  ORNSTEIN_ISA_AVX512 = 2,   /* x86-64-v4: AVX-512 F, VL, DQ, BW */
  ORNSTEIN_ISA_NEON = 3      /* arm64 */
} ornstein_isa;

/* 1 if this CPU can run the set. */
int ornstein_isa_supported(ornstein_isa isa);
/* The set in use on this thread: the widest supported one, or the one named by the environment variable
 * ORNSTEIN_ISA (baseline, avx2, avx512, neon) when supported. */
ornstein_isa ornstein_isa_current(void);
/* Forces a set; 1 on success, 0 if unsupported. Not to be called while kernels run, nor between the
 * packing of a matrix and its use. */
int ornstein_isa_select(ornstein_isa isa);
/* The same for the calls of this thread alone, whatever the others use; ornstein_isa_release_thread
 * returns to the set of the process. */
int ornstein_isa_select_for_thread(ornstein_isa isa);
void ornstein_isa_release_thread(void);
const char *ornstein_isa_name(ornstein_isa isa);

/* ---- Random numbers (Random/) --------------------------------------------------------------- */

void ornstein_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t output[4]);

typedef struct {
  uint64_t seed;    /* key */
  uint32_t step;    /* counter word 2 */
  uint32_t purpose; /* counter word 3 */
} ornstein_stream;

/* Elements first, first+1, ... of a stream. f32: element 64 g + 16 j + l is made of block 16 g + l,
 * normals j = 0, 1 from words (0, 1), j = 2, 3 from words (2, 3), uniforms from word j. The second
 * word a of a pair makes a uniform point (x, y) of the circle, for normals r x, r y: the cosine and
 * sine of 2 pi a / 2^34 (a signed, so at most an eighth of a turn), the cosine negated if bit 1 of a
 * is set, then the two exchanged if bit 0 is set.
 * f64: element 32 g + 16 j + l; normals: r from words (0, 1), angle from words (2, 3), j = 0 cos, 1 sin;
 * uniform j from words (2 j, 2 j + 1). Box-Muller: r = sqrt(-2 log u), u in (0, 1]. Uniforms lie in
 * the open interval (0, 1).
 * f32: u = (floor(w / 2) + 1/2) / 2^31 rounded to float, uniform (floor(w / 2^9) + 1/2) / 2^23.
 * f64, w of two words, the low one first: u and uniform
 * (floor(w / 2^12) + 1/2) / 2^52, angle 2 pi floor(w / 2^12) / 2^52. */
void ornstein_normals_f32(float *output, size_t count, ornstein_stream stream, uint64_t first);
void ornstein_normals_f64(double *output, size_t count, ornstein_stream stream, uint64_t first);
void ornstein_uniforms_f32(float *output, size_t count, ornstein_stream stream, uint64_t first);
void ornstein_uniforms_f64(double *output, size_t count, ornstein_stream stream, uint64_t first);

/* x <- a x + b s + c z with z the normals of the stream; c = 0 draws nothing. */
void ornstein_affine_step_f32(float *x, const float *s, size_t count, float a, float b, float c,
                              ornstein_stream stream, uint64_t first);
void ornstein_affine_step_f64(double *x, const double *s, size_t count, double a, double b, double c,
                              ornstein_stream stream, uint64_t first);

/* ---- Linear combinations --------------------------------------------------------------------- */

/* The arrays of a combination: 1 to this many. */
#define ORNSTEIN_MOST_INPUTS 16

/* output[i] = sum_j coefficients[j] inputs[j][i] + noise z_i, summed in that order, with z the normals
 * of the stream; noise = 0 draws nothing. output may be one of the inputs. */
void ornstein_linear_combination_f32(float *output, const float *const *inputs, size_t input_count,
                                     const double *coefficients, size_t count, double noise,
                                     ornstein_stream stream, uint64_t first);
void ornstein_linear_combination_f64(double *output, const double *const *inputs,
                                     size_t input_count, const double *coefficients, size_t count,
                                     double noise, ornstein_stream stream, uint64_t first);
/* The same on rows by d arrays with a coefficient for each column: coefficients[j, c], j the input, and
 * noise[c]; NULL draws nothing. */
void ornstein_diagonal_combination_f32(float *output, const float *const *inputs,
                                       size_t input_count, const float *coefficients, size_t rows,
                                       size_t d, const float *noise, ornstein_stream stream,
                                       uint64_t first);
void ornstein_diagonal_combination_f64(double *output, const double *const *inputs,
                                       size_t input_count, const double *coefficients, size_t rows,
                                       size_t d, const double *noise, ornstein_stream stream,
                                       uint64_t first);

/* ---- Elementary functions ------------------------------------------------------------------- */

void ornstein_exp_f32(const float *x, float *y, size_t count);
void ornstein_exp_f64(const double *x, double *y, size_t count);
void ornstein_log_f32(const float *x, float *y, size_t count);
void ornstein_log_f64(const double *x, double *y, size_t count);
/* sin and cos of 2 pi x. */
void ornstein_sincos2pi_f32(const float *x, float *sine, float *cosine, size_t count);
void ornstein_sincos2pi_f64(const double *x, double *sine, double *cosine, size_t count);
/* y = x / (1 + exp(-x)) and its derivative (NULL to skip). */
void ornstein_silu_f32(const float *x, float *y, float *derivative, size_t count);
void ornstein_silu_f64(const double *x, double *y, double *derivative, size_t count);

/* ---- Matrix products ------------------------------------------------------------------------ */

/* A k-by-n right-hand matrix is packed once into column panels, and multiplied many times. */
size_t ornstein_packed_count_f32(size_t k, size_t n);
size_t ornstein_packed_count_f64(size_t k, size_t n);
/* b[k, n] with row stride ldb; transposed = 1 reads b as its transpose, b[n, k] with row stride ldb. */
void ornstein_pack_f32(const float *b, size_t ldb, size_t k, size_t n, int transposed, float *packed);
void ornstein_pack_f64(const double *b, size_t ldb, size_t k, size_t n, int transposed, double *packed);

typedef enum {
  ORNSTEIN_EPILOGUE_NONE = 0,
  /* c = silu(v) + residual; derivative (if not NULL) = silu'(v). */
  ORNSTEIN_EPILOGUE_SILU = 1,
  /* v += residual; c (if not NULL) = v; product = v * derivative, derivative being read. */
  ORNSTEIN_EPILOGUE_BACKWARD = 2
} ornstein_epilogue;

/* v = a b + bias, then the epilogue; NONE: c = v + residual, or c += v when accumulate = 1.
 * a[i, l] = a[i * a_row + l * a_column]: (lda, 1) as stored, (1, lda) transposed. bias (n), residual,
 * derivative, product (m by n, all with row stride ldc) may be NULL where not needed. */
typedef struct {
  size_t m, n, k;
  const float *a;
  size_t a_row, a_column;
  const float *packed_b;
  float *c;
  size_t ldc;
  const float *bias;
  const float *residual;
  float *derivative;
  float *product;
  ornstein_epilogue epilogue;
  int accumulate;
} ornstein_product_f32;

typedef struct {
  size_t m, n, k;
  const double *a;
  size_t a_row, a_column;
  const double *packed_b;
  double *c;
  size_t ldc;
  const double *bias;
  const double *residual;
  double *derivative;
  double *product;
  ornstein_epilogue epilogue;
  int accumulate;
} ornstein_product_f64;

void ornstein_multiply_f32(const ornstein_product_f32 *product);
void ornstein_multiply_f64(const ornstein_product_f64 *product);

/* ---- Matrix products in bfloat16 ------------------------------------------------------------- */

/* Matrices rounded to bfloat16, two numbers to a word; sums are floats. The right-hand matrix, or its
 * transpose, is packed once, in pairs of rows. The left-hand one is rounded in pairs of columns, to
 * (columns + 1) / 2 words a row, or `down` the columns in pairs of rows, to (rows + 1) / 2 rows of
 * words, as its transpose is needed. */
size_t ornstein_half_packed_count(size_t k, size_t n);
void ornstein_half_pack(const float *b, size_t ldb, size_t k, size_t n, int transposed,
                        uint32_t *packed);
void ornstein_half_round(const float *x, size_t ldx, size_t rows, size_t columns, int down,
                         uint32_t *pairs, size_t stride);

/* c = a b + bias, then the epilogue, as ornstein_multiply_f32; a_row and a_column in words. */
typedef struct {
  size_t m, n, k;
  const uint32_t *a;
  size_t a_row, a_column;
  const uint32_t *packed_b;
  float *c;
  size_t ldc;
  const float *bias;
  const float *residual;
  float *derivative;
  float *product;
  ornstein_epilogue epilogue;
} ornstein_half_product;

void ornstein_half_multiply(const ornstein_half_product *product);
/* Whether the set in use multiplies pairs by an instruction of its own. */
int ornstein_half_is_fast(void);

/* output[j] = sum_i x[i, j], rows summed in index order in a fixed blocking. */
void ornstein_column_sums_f32(const float *x, size_t rows, size_t columns, size_t ldx, float *output);
void ornstein_column_sums_f64(const double *x, size_t rows, size_t columns, size_t ldx, double *output);

/* ---- Optimiser ------------------------------------------------------------------------------ */

/* g[0] <- g[0] + g[1] + ... in a fixed tree; returns the sum of squares of the result. */
double ornstein_reduce_slices_f32(float *const *slices, size_t slice_count, size_t count);
double ornstein_reduce_slices_f64(double *const *slices, size_t slice_count, size_t count);

typedef struct {
  double learning_rate, beta1, beta2, epsilon;
  double weight_decay;         /* decoupled: p -= learning_rate * weight_decay * p */
  double correction1;          /* 1 / (1 - beta1^t) */
  double correction2;          /* 1 / (1 - beta2^t) */
  double gradient_scale;       /* gradient clipping */
  double average_rate;         /* average += average_rate * (p - average) */
} ornstein_adamw_settings;

void ornstein_adamw_f32(float *p, float *m, float *v, float *average, const float *gradient,
                        size_t count, const ornstein_adamw_settings *settings);
void ornstein_adamw_f64(double *p, double *m, double *v, double *average, const double *gradient,
                        size_t count, const ornstein_adamw_settings *settings);

/* ---- Gaussian mixtures ----------------------------------------------------------------------- */

/* log p(x) and the score of sum_k w_k N(mean_k, diag(1 / precision_k)); constants[k] = log w_k
 * - (d log 2 pi - sum_j log precision_kj) / 2 (-inf drops a component). x and score: rows by d;
 * means, precisions: K by d. log_density may be NULL. */
void ornstein_mixture_score_f32(const float *x, size_t rows, size_t d, size_t components,
                                const float *means, const float *precisions, const float *constants,
                                float *score, float *log_density);
void ornstein_mixture_score_f64(const double *x, size_t rows, size_t d, size_t components,
                                const double *means, const double *precisions,
                                const double *constants, double *score, double *log_density);
/* The same of sum_k w_k N(mean_k, I / precision_k), with K precisions, at half the cost. */
void ornstein_isotropic_mixture_score_f32(const float *x, size_t rows, size_t d, size_t components,
                                          const float *means, const float *precisions,
                                          const float *constants, float *score,
                                          float *log_density);
void ornstein_isotropic_mixture_score_f64(const double *x, size_t rows, size_t d,
                                          size_t components, const double *means,
                                          const double *precisions, const double *constants,
                                          double *score, double *log_density);

/* ---- Expectation-maximisation ---------------------------------------------------------------- */

/* Each row (x_1 ... x_columns) becomes factor times e^x_j / sum_i e^x_i, and log_sums its log sum_i e^x_i.
 * factors: one a row, NULL for 1. At least one number of a row is above -infinity. */
void ornstein_softmax_rows_f32(float *x, size_t rows, size_t columns, const float *factors,
                               float *log_sums);
void ornstein_softmax_rows_f64(double *x, size_t rows, size_t columns, const double *factors,
                               double *log_sums);
/* Rows (u_i u_j for i = 0 ... d - 1 and j = 0 ... i; u_0 ... u_(d-1); 1) of u = (x - centre) scale; with
 * pairs = 0 the products are those with j = i alone. */
void ornstein_quadratic_features_f32(const float *x, size_t rows, size_t d, const float *centre,
                                     const float *scale, int pairs, float *output);
void ornstein_quadratic_features_f64(const double *x, size_t rows, size_t d, const double *centre,
                                     const double *scale, int pairs, double *output);

/* ---- Thread pool: a barrier every few hundred microseconds ----------------------------------- */

typedef struct ornstein_pool ornstein_pool;
typedef void (*ornstein_pool_body)(void *context, int thread, int threads);
/* threads >= 1, the caller included; NULL if threads cannot be made. pin = 1 binds threads to cores
 * where the system lets it. */
ornstein_pool *ornstein_pool_create(int threads, int pin);
void ornstein_pool_destroy(ornstein_pool *pool);
int ornstein_pool_threads(const ornstein_pool *pool);
/* Runs body(context, t, threads) for every t, thread 0 on the caller, and returns when all are done. */
void ornstein_pool_run(ornstein_pool *pool, ornstein_pool_body body, void *context);
/* Inside a body: waits for all threads. */
void ornstein_pool_barrier(ornstein_pool *pool);

#endif
