/* Scores of Gaussian mixtures whose components are isotropic or have diagonal covariances.
 *
 * A lane holds a row. The exponents t_k = constant_k - sum_j precision_kj (x_j - mean_kj)^2 / 2 are in
 * units of log 2, and squares are made of differences, never of products of coordinates, which would
 * lose the digits of points far from the origin. Nothing of size rows by components is stored. Rows do
 * not see each other: what is left out for all lanes has the weight 0 in each. */

/* Dimensions whose coordinates and sums stay in registers. */
#define FEW_DIMENSIONS 8
/* Components whose constants or weights wait on the stack. */
#define MANY_COMPONENTS 64
/* Columns of points that wait on the stack, transposed. */
#define MANY_COLUMNS 64
/* Components whose squares are summed at once, beside two vectors of rows. */
#undef SQUARES
#if VECTOR_BYTES == 64
#define SQUARES 8
#else
#define SQUARES 4
#endif
/* Weights below 2 to this, against the largest, count as 0: a thousandth of a millionth of the
 * rounding error of the sums. */
#undef LEAST_WEIGHT
#if DOUBLE_PRECISION
#define LEAST_WEIGHT -116.0
#else
#define LEAST_WEIGHT -58.0f
#endif

#undef MIXTURE
#define MIXTURE NAMED(mixture)
typedef struct {
  size_t d, components;
  const real *means;
  const real *precisions; /* components by d, or one a component if isotropic */
  const real *constants;
} MIXTURE;

/* 2^x for x <= 0, to the roundoff of 1; zero below least, for which 2^least is a normal number. */
INLINE vec weight_of(vec x, const real least) {
#if VECTOR_BYTES == 64 && !DOUBLE_PRECISION
  /* As in exponential_of_nonpositive, with a table so fine that a parabola is left, minimax. */
  static const float table[32] __attribute__((aligned(64))) = FINE_POWER_TABLE;
  const vec rounder = (vec)(ROUNDER / 32);
  const vec rounded = x + rounder;
  const vec r = x - (rounded - rounder);
  const vec entry = _mm512_permutex2var_ps(load(table), (__m512i)rounded, load(table + LANES));
  const vec power = (vec)((uvec)entry + ((uvec)rounded << (MANTISSA_BITS - 5)));
  const vec p = fused(r, (vec)0.24022573f, (vec)0.69315672f);
  const __mmask16 counts = _mm512_cmp_ps_mask(x, (vec)least, _CMP_NLT_UQ);
  return _mm512_maskz_fmadd_ps(counts, power * r, p, power);
#elif TABLE_LANES && !DOUBLE_PRECISION
  /* As in exponential_of_nonpositive. */
  static const float table[TABLE_LANES] __attribute__((aligned(64))) = POWER_TABLE;
  const int unit = MANTISSA_BITS - TABLE_BITS;
  vec rounded = x + (vec)(ROUNDER / TABLE_LANES);
  vec r = x - (rounded - (vec)(ROUNDER / TABLE_LANES));
  vec power = (vec)((uvec)look_up(table, (uvec)rounded) + ((uvec)rounded << unit));
  vec p = fused(r, (vec)0.0096181291f, (vec)0.055504109f);
  p = fused(p, r, (vec)0.24022651f);
  p = fused(p, r, (vec)0.69314718f);
  return x < (vec)least ? (vec)0 : fused(power * r, p, power);
#else
  return x < (vec)least ? (vec)0 : exponential_of_nonpositive(x * (real)0.69314718055994530942);
#endif
}

/* log sum_k e^t_k of the largest t_k / log 2 and the sum of the weights. */
INLINE vec density_of(vec most, vec total) {
  return fused(most, (vec)(real)0.69314718055994530942, logarithm(total));
}

#include "mixture_few.h"

#include "mixture_many.h"

#define DEFINE_MIXTURE_SCORE(name, isotropic)                                                      \
  KERNEL void name(const real *x, size_t rows, size_t d, size_t components, const real *means,     \
                   const real *precisions, const real *constants, real *score,                     \
                   real *log_density) {                                                            \
    const MIXTURE mixture = {d, components, means, precisions, constants};                         \
    switch (d) {                                                                                   \
      CASE(1, isotropic)                                                                           \
      CASE(2, isotropic)                                                                           \
      CASE(3, isotropic)                                                                           \
      CASE(4, isotropic)                                                                           \
      CASE(5, isotropic)                                                                           \
      CASE(6, isotropic)                                                                           \
      CASE(7, isotropic)                                                                           \
      CASE(8, isotropic)                                                                           \
      default:                                                                                     \
        for (size_t row = 0; row < rows;) {                                                        \
          const size_t left = rows - row, both = left < 2 * LANES ? left : 2 * LANES;              \
          real *density = log_density ? log_density + row : 0;                                     \
          if (left > LANES)                                                                        \
            score_many_dimensions(&mixture, isotropic, 2, x + row * d, both, score + row * d,      \
                                  density);                                                        \
          else                                                                                     \
            score_many_dimensions(&mixture, isotropic, 1, x + row * d, left, score + row * d,      \
                                  density);                                                        \
          row += both;                                                                             \
        }                                                                                          \
    }                                                                                              \
  }
#define CASE(dimension, isotropic)                                                              \
  case dimension:                                                                               \
    score_few_dimensions(&mixture, isotropic, dimension, x, rows, score, log_density);          \
    break;

DEFINE_MIXTURE_SCORE(mixture_score, 0)
DEFINE_MIXTURE_SCORE(isotropic_mixture_score, 1)
#undef CASE
#undef DEFINE_MIXTURE_SCORE
