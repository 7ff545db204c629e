/* Scores of Gaussian mixtures whose components are isotropic or have diagonal covariances.
 *
 * A lane holds a row. Components come in groups; each group's exponents t_k = constant_k
 * - sum_j precision_kj (x_j - mean_kj)^2 / 2, in units of log 2, raise a running maximum, by which the
 * sums so far are rescaled: nothing of size rows by components is stored. Squares are made of
 * differences, never of products of coordinates, which would lose the digits of points far from the
 * origin. Rows do not see each other: a rescaling that another lane asks for multiplies by 2^0 = 1,
 * and what is left out for all lanes has the weight 0 in each. */

/* Dimensions whose coordinates and sums stay in registers. */
#define FEW_DIMENSIONS 8
/* Components between two looks at the maximum when there are few dimensions, at most. */
#define FEW_COMPONENTS 8
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

/* 2^x for x <= 0, to the roundoff of 1; zero below LEAST_WEIGHT. */
INLINE vec weight_of(vec x) {
#if VECTOR_BYTES == 64 && !DOUBLE_PRECISION
  /* 2^x = 2^floor(x) 2^r, minimax on [0, 1) to 1.2 roundoffs. */
  vec r = x - __builtin_elementwise_floor(x);
  vec p = fused(r, (vec)0.00186713075f, (vec)0.00901702885f);
  p = fused(p, r, (vec)0.0557999127f);
  p = fused(p, r, (vec)0.240164444f);
  p = fused(p, r, (vec)0.693151295f);
  p = fused(p, r, (vec)1.0f);
  const __mmask16 counts = _mm512_cmp_ps_mask(x, (vec)LEAST_WEIGHT, _CMP_NLT_UQ);
  return _mm512_maskz_scalef_ps(counts, p, x);
#else
#if TABLE_LANES && !DOUBLE_PRECISION
  /* As in exponential_of_nonpositive. */
  static const float table[TABLE_LANES] __attribute__((aligned(64))) = POWER_TABLE;
  const int unit = MANTISSA_BITS - TABLE_BITS;
  vec rounded = x + (vec)(ROUNDER / TABLE_LANES);
  vec r = x - (rounded - (vec)(ROUNDER / TABLE_LANES));
  vec power = (vec)((uvec)look_up(table, (uvec)rounded) + ((uvec)rounded << unit));
#if TABLE_LANES == 16
  vec p = fused(r, (vec)0.055504109f, (vec)0.24022651f);
#else
  vec p = fused(r, (vec)0.0096181291f, (vec)0.055504109f);
  p = fused(p, r, (vec)0.24022651f);
#endif
  p = fused(p, r, (vec)0.69314718f);
  vec y = fused(power * r, p, power);
#else
  vec y = exponential_of_nonpositive(x * (real)0.69314718055994530942);
#endif
  return x < (vec)LEAST_WEIGHT ? (vec)0 : y;
#endif
}

/* log sum_k e^t_k of the largest t_k / log 2 and the sum of the weights. */
INLINE vec density_of(vec most, vec total) {
  return fused(most, (vec)(real)0.69314718055994530942, logarithm(total));
}

/* What every lane shares of some components: t_k / log 2 = constant + factor times the squares. */
#undef SHARED
#define SHARED NAMED(shared)
typedef struct {
  real constants[MANY_COMPONENTS], factors[MANY_COMPONENTS];
} SHARED;

INLINE void share(const MIXTURE *mixture, const int isotropic, size_t first, size_t components,
                  SHARED *shared) {
  for (size_t c = 0; c < components; c++) {
    shared->constants[c] = mixture->constants[first + c] * (real)LOG2_E;
    if (isotropic) shared->factors[c] = mixture->precisions[first + c] * (real)(-LOG2_E / 2);
  }
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
