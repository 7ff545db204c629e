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

/* ---- Few dimensions ------------------------------------------------------------------------- */

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
  if (!any(~(highest < sums->most + LEAST_WEIGHT))) return;
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

/* ---- Many dimensions ------------------------------------------------------------------------ */

/* The transpose of LANES vectors, by rounds of perfect shuffles. */
INLINE void transpose(vec *block) {
  vec shuffled[LANES];
  UNROLL for (int round = 1; round < LANES; round *= 2) {
    UNROLL for (int i = 0; i < LANES / 2; i++) {
      shuffled[2 * i] = interleave_low(block[i], block[i + LANES / 2]);
      shuffled[2 * i + 1] = interleave_high(block[i], block[i + LANES / 2]);
    }
    UNROLL for (int i = 0; i < LANES; i++) block[i] = shuffled[i];
  }
}

/* tile[j groups + group] = column j of at most LANES rows; the lanes after them repeat the last. */
static __attribute__((overloadable, noinline)) void load_tile(const real *x, size_t d, size_t rows,
                                                              size_t columns, size_t groups,
                                                              vec *tile) {
  for (size_t j = 0; j < columns; j += LANES) {
    const size_t some = columns - j < LANES ? columns - j : LANES;
    vec block[LANES];
    for (size_t i = 0; i < LANES; i++) {
      const real *row = x + (i < rows ? i : rows - 1) * d + j;
      block[i] = some == LANES ? load(row) : load_first(row, some);
    }
    transpose(block);
    for (size_t i = 0; i < some; i++) tile[(j + i) * groups] = block[i];
  }
}

/* x = the rows of tile, each times its factor. */
static __attribute__((overloadable, noinline)) void store_tile(real *x, size_t d, size_t rows,
                                                               size_t columns, const vec *tile,
                                                               vec factor) {
  for (size_t j = 0; j < columns; j += LANES) {
    const size_t some = columns - j < LANES ? columns - j : LANES;
    vec block[LANES];
    for (size_t i = 0; i < LANES; i++) block[i] = i < some ? tile[j + i] * factor : (vec)0;
    transpose(block);
    for (size_t i = 0; i < rows; i++) {
      if (some == LANES)
        store(x + i * d + j, block[i]);
      else
        store_first(x + i * d + j, block[i], some);
    }
  }
}

/* squares[c groups + g] += the squared distances of some columns, weighted unless isotropic. */
INLINE void add_squares(const MIXTURE *mixture, const int isotropic, const int count,
                        const int groups, size_t component, size_t start, size_t columns,
                        const vec *tile, vec *squares) {
  const size_t d = mixture->d;
  const real *mean = mixture->means + component * d + start;
  const real *precision = isotropic ? 0 : mixture->precisions + component * d + start;
  vec sum[SQUARES * 2];
  UNROLL for (int i = 0; i < count * groups; i++) sum[i] = squares[i];
  for (size_t j = 0; j < columns; j++) {
    UNROLL for (int c = 0; c < count; c++) {
      UNROLL for (int g = 0; g < groups; g++) {
        vec difference =
            less_number(tile[j * (size_t)groups + (size_t)g], mean + (size_t)c * d + j);
        vec weighted = isotropic ? difference : difference * precision[(size_t)c * d + j];
        sum[c * groups + g] = fused(weighted, difference, sum[c * groups + g]);
      }
    }
  }
  UNROLL for (int i = 0; i < count * groups; i++) squares[i] = sum[i];
}

/* sum[j] += sum_l weight_l (precision_lj) (x_j - mean_lj) over the listed components. */
INLINE void add_pulls(const MIXTURE *mixture, const int isotropic, const int columns,
                      const uint32_t *listed, size_t count, const vec *weight, size_t start,
                      const vec *tile, const int groups, vec *sums) {
  const size_t d = mixture->d;
  vec point[FEW_DIMENSIONS], sum[FEW_DIMENSIONS];
  UNROLL for (int j = 0; j < columns; j++) {
    point[j] = tile[j * groups];
    sum[j] = sums[j];
  }
  for (size_t l = 0; l < count; l++) {
    const real *mean = mixture->means + listed[l] * d + start;
    const real *precision = isotropic ? 0 : mixture->precisions + listed[l] * d + start;
    const vec w = weight[l];
    UNROLL for (int j = 0; j < columns; j++) {
      vec pull = less_number(point[j], mean + j);
      sum[j] = fused(isotropic ? w : w * precision[j], pull, sum[j]);
    }
  }
  UNROLL for (int j = 0; j < columns; j++) sums[j] = sum[j];
}

/* BODY(n) for runs of n = 8, 4, 2 and 1 of count items, at index `at`. */
#define FOR_RUNS(count, at, most, BODY)            \
  for (size_t at = 0; at < (count);) {             \
    const size_t left = (count) - at;              \
    if (most == 8 && left >= 8) {                  \
      BODY(8);                                     \
      at += 8;                                     \
    } else if (left >= 4) {                        \
      BODY(4);                                     \
      at += 4;                                     \
    } else if (left >= 2) {                        \
      BODY(2);                                     \
      at += 2;                                     \
    } else {                                       \
      BODY(1);                                     \
      at += 1;                                     \
    }                                              \
  }

/* At most groups times LANES rows, more than LANES (groups - 1), of any dimension. Points and sums
 * of more than MANY_COLUMNS columns do not stay: the sums wait in score. */
static __attribute__((overloadable, always_inline)) inline void score_many_dimensions(
    const MIXTURE *mixture, const int isotropic, const int groups, const real *x, size_t rows,
    real *score, real *log_density) {
  const size_t d = mixture->d;
  const int stays = d <= MANY_COLUMNS;
  vec tile[MANY_COLUMNS * 2], sums[2][MANY_COLUMNS], weight[MANY_COMPONENTS * 2];
  vec total[2], most[2];
  SHARED shared;
  UNROLL for (int g = 0; g < groups; g++) {
    total[g] = (vec)0;
    most[g] = (vec)-REAL_MAX;
  }
#define ROWS(g) \
  (rows - (size_t)(g) * LANES < LANES ? rows - (size_t)(g) * LANES : (size_t)LANES)
#define LOAD_POINTS                                                                       \
  UNROLL for (int g = 0; g < groups; g++)                                                 \
      load_tile(x + (size_t)g * LANES * d + start, d, ROWS(g), columns, (size_t)groups, tile + g);
  for (size_t first = 0; first < mixture->components; first += MANY_COMPONENTS) {
    const size_t rest = mixture->components - first;
    const size_t components = rest < MANY_COMPONENTS ? rest : MANY_COMPONENTS;
    const int is_last = components == rest;
    share(mixture, isotropic, first, components, &shared);
    for (size_t i = 0; i < components * (size_t)groups; i++) weight[i] = (vec)0;
    for (size_t start = 0; start < d; start += MANY_COLUMNS) {
      const size_t columns = d - start < MANY_COLUMNS ? d - start : MANY_COLUMNS;
      if (!stays || first == 0) {
        LOAD_POINTS
      }
#define BODY(n)                                                                      \
  add_squares(mixture, isotropic, n, groups, first + c, start, columns, tile,        \
              weight + c * (size_t)groups)
      FOR_RUNS(components, c, SQUARES, BODY)
#undef BODY
    }
    vec listed_weight[2][MANY_COMPONENTS], rescaling[2];
    uint32_t listed[2][MANY_COMPONENTS];
    size_t listed_count[2];
    UNROLL for (int g = 0; g < groups; g++) {
      vec highest = most[g];
      for (size_t c = 0; c < components; c++) {
        const size_t i = c * (size_t)groups + (size_t)g;
        const real factor = isotropic ? shared.factors[c] : (real)(-LOG2_E / 2);
        weight[i] = fused(weight[i], (vec)factor, (vec)shared.constants[c]);
        highest = at_least(weight[i], highest);
      }
      rescaling[g] = weight_of(most[g] - highest);
      most[g] = highest;
      total[g] *= rescaling[g];
      size_t count = 0;
      for (size_t c = 0; c < components; c++) {
        const vec exponent = weight[c * (size_t)groups + (size_t)g] - highest;
        if (!any(~(exponent < (vec)LEAST_WEIGHT))) continue;
        const vec w = weight_of(exponent);
        total[g] += w;
        listed[g][count] = (uint32_t)(first + c);
        listed_weight[g][count++] = isotropic ? w * mixture->precisions[first + c] : w;
      }
      listed_count[g] = count;
    }
    for (size_t start = 0; start < d; start += MANY_COLUMNS) {
      const size_t columns = d - start < MANY_COLUMNS ? d - start : MANY_COLUMNS;
      if (!stays) {
        LOAD_POINTS
      }
      UNROLL for (int g = 0; g < groups; g++) {
        real *output = score + (size_t)g * LANES * d + start;
        if (!stays && first > 0) load_tile(output, d, ROWS(g), columns, 1, sums[g]);
        for (size_t j = 0; j < columns; j++)
          sums[g][j] = first > 0 ? sums[g][j] * rescaling[g] : (vec)0;
#define BODY(n)                                                                           \
  add_pulls(mixture, isotropic, n, listed[g], listed_count[g], listed_weight[g], start + j, \
            tile + j * (size_t)groups + g, groups, sums[g] + j)
        FOR_RUNS(columns, j, 8, BODY)
#undef BODY
        if (is_last || !stays)
          store_tile(output, d, ROWS(g), columns, sums[g], is_last ? (real)-1 / total[g] : (vec)1);
      }
    }
  }
  UNROLL for (int g = 0; g < groups; g++)
    if (log_density) store_first(log_density + g * LANES, density_of(most[g], total[g]), ROWS(g));
#undef LOAD_POINTS
#undef ROWS
}

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
