/* Scores of mixtures of many dimensions: points and sums wait on the stack, transposed. */

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
      rescaling[g] = weight_of(most[g] - highest, LEAST_WEIGHT);
      most[g] = highest;
      total[g] *= rescaling[g];
      size_t count = 0;
      for (size_t c = 0; c < components; c++) {
        const vec exponent = weight[c * (size_t)groups + (size_t)g] - highest;
        if (!any(~(exponent < (vec)LEAST_WEIGHT))) continue;
        const vec w = weight_of(exponent, LEAST_WEIGHT);
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
