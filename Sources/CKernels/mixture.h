/* Scores of Gaussian mixtures with diagonal covariances.
 *
 * A lane holds a row. Components come in groups; each group's exponents t_k = constant_k
 * - sum_j precision_kj (x_j - mean_kj)^2 / 2 raise a running maximum, by which the sums so far are
 * rescaled: nothing of size rows by components is stored. A rescaling that another lane asks for
 * multiplies by e^0 = 1, so rows do not see each other. */

/* Dimensions whose coordinates and sums stay in registers. */
#define FEW_DIMENSIONS 8
/* Components between two looks at the maximum when there are few dimensions. */
#define FEW_COMPONENTS 4
/* Components whose weights wait on the stack when there are many dimensions. */
#define MANY_COMPONENTS 64

/* tile[j] = coordinate j of some rows, one a lane; the lanes after them repeat the last. */
INLINE void load_columns(const real *x, size_t d, size_t rows, const int dimensions, vec *tile) {
  real lanes[FEW_DIMENSIONS][LANES] __attribute__((aligned(VECTOR_BYTES)));
  for (size_t i = 0; i < LANES; i++, x += i < rows ? d : 0)
    UNROLL for (int j = 0; j < dimensions; j++) lanes[j][i] = x[j];
  UNROLL for (int j = 0; j < dimensions; j++) tile[j] = load(lanes[j]);
}

INLINE void store_columns(real *x, size_t d, size_t rows, const int dimensions, const vec *tile) {
  real lanes[FEW_DIMENSIONS][LANES] __attribute__((aligned(VECTOR_BYTES)));
  UNROLL for (int j = 0; j < dimensions; j++) store(lanes[j], tile[j]);
  for (size_t i = 0; i < rows; i++, x += d)
    UNROLL for (int j = 0; j < dimensions; j++) x[j] = lanes[j][i];
}

#undef MIXTURE
#define MIXTURE NAMED(mixture)
typedef struct {
  size_t d, components;
  const real *means, *precisions, *constants;
} MIXTURE;

/* At most LANES rows of at most FEW_DIMENSIONS coordinates. */
INLINE void score_few_dimensions(const MIXTURE *mixture, const int d, const real *x, size_t rows,
                                 real *score, real *log_density) {
  vec point[FEW_DIMENSIONS], sum[FEW_DIMENSIONS], total = (vec)0, most = (vec)-REAL_MAX;
  load_columns(x, (size_t)d, rows, d, point);
  UNROLL for (int j = 0; j < d; j++) sum[j] = (vec)0;
  for (size_t k = 0; k < mixture->components; k += FEW_COMPONENTS) {
    const size_t left = mixture->components - k;
    vec exponent[FEW_COMPONENTS], highest = most;
    UNROLL for (size_t c = 0; c < FEW_COMPONENTS; c++) {
      const size_t component = k + (c < left ? c : 0);
      const real *mean = mixture->means + component * (size_t)d;
      const real *precision = mixture->precisions + component * (size_t)d;
      vec square = (vec)0;
      UNROLL for (int j = 0; j < d; j++) {
        vec difference = mean[j] - point[j];
        square = fused(difference * precision[j], difference, square);
      }
      const real constant = c < left ? mixture->constants[component] : -(real)__builtin_inf();
      exponent[c] = fused(square, (vec)-0.5, (vec)constant);
      highest = at_least(exponent[c], highest);
    }
    if (any(highest > most)) {
      const vec factor = exponential_of_nonpositive(most - highest);
      total *= factor;
      UNROLL for (int j = 0; j < d; j++) sum[j] *= factor;
      most = highest;
    }
    UNROLL for (size_t c = 0; c < FEW_COMPONENTS; c++) {
      const size_t component = k + (c < left ? c : 0);
      const real *mean = mixture->means + component * (size_t)d;
      const real *precision = mixture->precisions + component * (size_t)d;
      const vec weight = exponential_of_nonpositive(exponent[c] - most);
      total += weight;
      UNROLL for (int j = 0; j < d; j++)
        sum[j] = fused(weight, (mean[j] - point[j]) * precision[j], sum[j]);
    }
  }
  UNROLL for (int j = 0; j < d; j++) sum[j] /= total;
  store_columns(score, (size_t)d, rows, d, sum);
  if (log_density) store_first(log_density, most + logarithm(total), rows);
}

/* weight[c] += sum_j precision_cj (x_j - mean_cj)^2 over some dimensions. */
INLINE void add_squares_of(const MIXTURE *mixture, size_t first, size_t components, size_t start,
                           const int dimensions, const real *x, size_t rows, vec *weight) {
  const size_t d = mixture->d;
  vec point[FEW_DIMENSIONS];
  load_columns(x + start, d, rows, dimensions, point);
  for (size_t c = 0; c < components; c++) {
    const real *mean = mixture->means + (first + c) * d + start;
    const real *precision = mixture->precisions + (first + c) * d + start;
    vec square = weight[c];
    UNROLL for (int j = 0; j < dimensions; j++) {
      vec difference = mean[j] - point[j];
      square = fused(difference * precision[j], difference, square);
    }
    weight[c] = square;
  }
}

/* score_j = factor score_j + sum_c weight_c precision_cj (mean_cj - x_j), divided by total. */
INLINE void add_pulls(const MIXTURE *mixture, size_t first, size_t components, size_t start,
                      const int dimensions, const real *x, size_t rows, const vec *weight,
                      vec factor, vec total, real *score) {
  const size_t d = mixture->d;
  vec point[FEW_DIMENSIONS], sum[FEW_DIMENSIONS];
  load_columns(x + start, d, rows, dimensions, point);
  if (first == 0) {
    UNROLL for (int j = 0; j < dimensions; j++) sum[j] = (vec)0;
  } else {
    load_columns(score + start, d, rows, dimensions, sum);
    UNROLL for (int j = 0; j < dimensions; j++) sum[j] *= factor;
  }
  for (size_t c = 0; c < components; c++) {
    const real *mean = mixture->means + (first + c) * d + start;
    const real *precision = mixture->precisions + (first + c) * d + start;
    UNROLL for (int j = 0; j < dimensions; j++)
      sum[j] = fused(weight[c], (mean[j] - point[j]) * precision[j], sum[j]);
  }
  if (first + components == mixture->components)
    UNROLL for (int j = 0; j < dimensions; j++) sum[j] /= total;
  store_columns(score + start, d, rows, dimensions, sum);
}

/* BODY(n) for runs of n = 8, 4, 2 and 1 dimensions from start on. */
#define FOR_DIMENSIONS(d, BODY)                  \
  for (size_t start = 0, left; start < (d);) {   \
    left = (d) - start;                          \
    if (left >= 8) {                             \
      BODY(8);                                   \
      start += 8;                                \
    } else if (left >= 4) {                      \
      BODY(4);                                   \
      start += 4;                                \
    } else if (left >= 2) {                      \
      BODY(2);                                   \
      start += 2;                                \
    } else {                                     \
      BODY(1);                                   \
      start += 1;                                \
    }                                            \
  }

/* At most LANES rows of any dimension; the sums wait, transposed back, in score. */
static __attribute__((overloadable)) void score_many_dimensions(const MIXTURE *mixture,
                                                                const real *x, size_t rows,
                                                                real *score, real *log_density) {
  vec total = (vec)0, most = (vec)-REAL_MAX;
  for (size_t first = 0; first < mixture->components; first += MANY_COMPONENTS) {
    const size_t rest = mixture->components - first;
    const size_t components = rest < MANY_COMPONENTS ? rest : MANY_COMPONENTS;
    vec weight[MANY_COMPONENTS];
    for (size_t c = 0; c < components; c++) weight[c] = (vec)0;
#define BODY(n) add_squares_of(mixture, first, components, start, n, x, rows, weight)
    FOR_DIMENSIONS(mixture->d, BODY)
#undef BODY
    vec highest = most;
    for (size_t c = 0; c < components; c++) {
      weight[c] = fused(weight[c], (vec)-0.5, (vec)mixture->constants[first + c]);
      highest = at_least(weight[c], highest);
    }
    const vec factor = exponential_of_nonpositive(most - highest);
    most = highest;
    total *= factor;
    for (size_t c = 0; c < components; c++) {
      weight[c] = exponential_of_nonpositive(weight[c] - most);
      total += weight[c];
    }
#define BODY(n) \
  add_pulls(mixture, first, components, start, n, x, rows, weight, factor, total, score)
    FOR_DIMENSIONS(mixture->d, BODY)
#undef BODY
  }
  if (log_density) store_first(log_density, most + logarithm(total), rows);
}

KERNEL void mixture_score(const real *x, size_t rows, size_t d, size_t components,
                          const real *means, const real *precisions, const real *constants,
                          real *score, real *log_density) {
  const MIXTURE mixture = {d, components, means, precisions, constants};
  for (size_t row = 0; row < rows; row += LANES) {
    const size_t some = rows - row < LANES ? rows - row : LANES;
    const real *point = x + row * d;
    real *out = score + row * d, *density = log_density ? log_density + row : 0;
    switch (d) {
#define CASE(dimension)                                                        \
  case dimension:                                                              \
    score_few_dimensions(&mixture, dimension, point, some, out, density);      \
    break;
      CASE(1)
      CASE(2)
      CASE(3)
      CASE(4)
      CASE(5)
      CASE(6)
      CASE(7)
      CASE(8)
#undef CASE
      default:
        score_many_dimensions(&mixture, point, some, out, density);
    }
  }
}
