/* Scores of mixtures of so few dimensions that points and sums stay in registers. */

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

#undef SUMS
#define SUMS NAMED(sums)
typedef struct {
  vec sum[FEW_DIMENSIONS]; /* of weighted x - mean */
  vec total;
  vec most; /* no exponent is above by more than -LEAST_WEIGHT / 2: it is seldom raised */
} SUMS;

/* Adds count components from k on, the first of which is shared->...[c]. */
INLINE void add_components(const MIXTURE *mixture, const int isotropic, const int d, size_t k,
                           const int count, const SHARED *shared, size_t place, const vec *point,
                           SUMS *sums) {
  const real *mean = mixture->means + k * (size_t)d;
  const real *precision = mixture->precisions + k * (isotropic ? 1 : (size_t)d);
  vec exponent[FEW_COMPONENTS], highest;
  UNROLL for (int c = 0; c < count; c++) {
    vec square = (vec)0;
    UNROLL for (int j = 0; j < d; j++) {
      vec difference = less_number(point[j], mean + c * d + j);
      if (isotropic)
        square = j == 0 ? difference * difference : fused(difference, difference, square);
      else
        square = fused(difference * precision[c * d + j], difference, square);
    }
    const real factor = isotropic ? shared->factors[place + (size_t)c] : (real)(-LOG2_E / 2);
    exponent[c] = fused(square, (vec)factor, (vec)shared->constants[place + (size_t)c]);
    highest = c == 0 ? exponent[c] : at_least(exponent[c], highest);
  }
  if (!any(~(highest - sums->most < (vec)LEAST_WEIGHT))) return;
  const ivec is_high = ~(highest <= sums->most - LEAST_WEIGHT / 2);
  if (any(is_high)) {
    highest = is_high ? highest : sums->most;
    const vec factor = weight_of(sums->most - highest);
    sums->total *= factor;
    UNROLL for (int j = 0; j < d; j++) sums->sum[j] *= factor;
    sums->most = highest;
  }
  UNROLL for (int c = 0; c < count; c++) {
    vec weight = weight_of(exponent[c] - sums->most);
    sums->total += weight;
    if (isotropic) weight *= precision[c];
    UNROLL for (int j = 0; j < d; j++) {
      vec pull = less_number(point[j], mean + c * d + j);
      if (!isotropic) pull *= precision[c * d + j];
      sums->sum[j] = fused(weight, pull, sums->sum[j]);
    }
  }
}

/* Rows of at most FEW_DIMENSIONS coordinates. */
INLINE void score_few_dimensions(const MIXTURE *mixture, const int isotropic, const int d,
                                 const real *x, size_t rows, real *score, real *log_density) {
  SHARED shared;
  const size_t at_once = mixture->components;
  if (at_once <= MANY_COMPONENTS) share(mixture, isotropic, 0, at_once, &shared);
  for (size_t row = 0; row < rows; row += LANES) {
    const size_t some = rows - row < LANES ? rows - row : LANES;
    vec point[FEW_DIMENSIONS];
    SUMS sums;
    load_columns(x + row * (size_t)d, (size_t)d, some, d, point);
    UNROLL for (int j = 0; j < d; j++) sums.sum[j] = (vec)0;
    sums.total = (vec)0;
    sums.most = (vec)-REAL_MAX;
    for (size_t first = 0; first < mixture->components; first += MANY_COMPONENTS) {
      const size_t rest = mixture->components - first;
      const size_t components = rest < MANY_COMPONENTS ? rest : MANY_COMPONENTS;
      if (at_once > MANY_COMPONENTS) share(mixture, isotropic, first, components, &shared);
      size_t c = 0;
      if (VECTOR_BYTES == 64 && d <= 3)
        for (; c + 8 <= components; c += 8)
          add_components(mixture, isotropic, d, first + c, 8, &shared, c, point, &sums);
      for (; c + 4 <= components; c += 4)
        add_components(mixture, isotropic, d, first + c, 4, &shared, c, point, &sums);
      for (; c < components; c++)
        add_components(mixture, isotropic, d, first + c, 1, &shared, c, point, &sums);
    }
    const vec scale = (real)-1 / sums.total;
    UNROLL for (int j = 0; j < d; j++) sums.sum[j] *= scale;
    store_columns(score + row * (size_t)d, (size_t)d, some, d, sums.sum);
    if (log_density) store_first(log_density + row, density_of(sums.most, sums.total), some);
  }
}
