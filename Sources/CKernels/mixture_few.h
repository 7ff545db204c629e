/* Scores of mixtures of so few dimensions that points and sums stay in registers.
 *
 * Weights are taken against the highest constant, which no exponent exceeds: one look at the components
 * is enough. Where the sum of a row's weights is so small that digits may be lost, two further looks
 * find its highest exponent and take weights against that. */

/* Vectors of rows that meet the same components. */
#define FEW_VECTORS 8
/* Components whose shared numbers wait on the stack. */
#define FEW_SHARED 128
/* Exponents below this have the weight 0; sums of weights below the second number are looked at again,
 * as are those below the third over the smallest precision, counted in largest ones. */
#undef LEAST_EXPONENT
#undef LEAST_TOTAL
#undef LEAST_PULL
#if DOUBLE_PRECISION
#define LEAST_EXPONENT -1020.0
#define LEAST_TOTAL 0x1p-900
#define LEAST_PULL 0x1p-990
#else
#define LEAST_EXPONENT -125.0f
#define LEAST_TOTAL 0x1p-80f
#define LEAST_PULL 0x1p-110f
#endif

#define IS_POWER_OF_TWO(d) (((d) & ((d) - 1)) == 0)

/* tile[j] = coordinate j of some rows, one a lane; the lanes after them repeat the last. */
INLINE void load_columns(const real *x, size_t d, size_t rows, const int dimensions, vec *tile) {
  if (IS_POWER_OF_TWO(dimensions) && rows == LANES) {
    vec halves[FEW_DIMENSIONS];
    UNROLL for (int j = 0; j < dimensions; j++) tile[j] = load(x + j * LANES);
    UNROLL for (int width = 1; width < dimensions; width *= 2) {
      UNROLL for (int j = 0; j < dimensions / 2; j++) {
        halves[j] = even_lanes(tile[2 * j], tile[2 * j + 1]);
        halves[j + dimensions / 2] = odd_lanes(tile[2 * j], tile[2 * j + 1]);
      }
      UNROLL for (int j = 0; j < dimensions; j++) tile[j] = halves[j];
    }
    return;
  }
  real lanes[FEW_DIMENSIONS][LANES] __attribute__((aligned(VECTOR_BYTES)));
  for (size_t i = 0; i < LANES; i++, x += i < rows ? d : 0)
    UNROLL for (int j = 0; j < dimensions; j++) lanes[j][i] = x[j];
  UNROLL for (int j = 0; j < dimensions; j++) tile[j] = load(lanes[j]);
}

INLINE void store_columns(real *x, size_t d, size_t rows, const int dimensions, vec *tile) {
  if (IS_POWER_OF_TWO(dimensions) && rows == LANES) {
    vec pairs[FEW_DIMENSIONS];
    UNROLL for (int width = 1; width < dimensions; width *= 2) {
      UNROLL for (int j = 0; j < dimensions / 2; j++) {
        pairs[2 * j] = interleave_low(tile[j], tile[j + dimensions / 2]);
        pairs[2 * j + 1] = interleave_high(tile[j], tile[j + dimensions / 2]);
      }
      UNROLL for (int j = 0; j < dimensions; j++) tile[j] = pairs[j];
    }
    UNROLL for (int j = 0; j < dimensions; j++) store(x + j * LANES, tile[j]);
    return;
  }
  real lanes[FEW_DIMENSIONS][LANES] __attribute__((aligned(VECTOR_BYTES)));
  UNROLL for (int j = 0; j < dimensions; j++) store(lanes[j], tile[j]);
  for (size_t i = 0; i < rows; i++, x += d)
    UNROLL for (int j = 0; j < dimensions; j++) x[j] = lanes[j][i];
}

/* What all rows share: the reference of the exponents, and the precision in which those of isotropic
 * components are counted. */
#undef SCALE
#define SCALE NAMED(scale)
typedef struct {
  real reference, precision, least_total;
} SCALE;

INLINE SCALE scale_of(const MIXTURE *mixture, const int isotropic) {
  SCALE scale = {-REAL_MAX, 1, LEAST_TOTAL};
  real smallest = REAL_MAX;
  if (isotropic) scale.precision = mixture->precisions[0];
  for (size_t k = 0; k < mixture->components; k++) {
    const real constant = mixture->constants[k] * (real)LOG2_E;
    if (constant > scale.reference) scale.reference = constant;
    if (!isotropic) continue;
    const real precision = mixture->precisions[k];
    if (precision > scale.precision) scale.precision = precision;
    if (precision < smallest) smallest = precision;
  }
  if (isotropic && LEAST_PULL * scale.precision > scale.least_total * smallest)
    scale.least_total = LEAST_PULL * (scale.precision / smallest);
  return scale;
}

/* Of some components: t_k = constant + factor times the squares. The weights of isotropic ones are
 * multiplied by their precisions, and inverse gives the sum of the weights back. */
#undef FEW
#define FEW NAMED(few)
typedef struct {
  real constants[FEW_SHARED], factors[FEW_SHARED], inverses[FEW_SHARED];
} FEW;

INLINE void share(const MIXTURE *mixture, const int isotropic, const SCALE *scale, size_t first,
                  size_t components, FEW *few) {
  for (size_t c = 0; c < components; c += LANES) {
    const size_t some = components - c < LANES ? components - c : LANES;
    vec constant = load_first(mixture->constants + first + c, some) * (real)LOG2_E;
    constant -= scale->reference;
    if (isotropic) {
      const vec precision = load_first(mixture->precisions + first + c, some);
      store(few->factors + c, precision * (real)(-LOG2_E / 2));
      store(few->inverses + c, scale->precision / precision);
      constant = fused(logarithm(precision / scale->precision), (vec)(real)LOG2_E, constant);
    }
    store(few->constants + c, constant);
  }
}

#undef SUMS
#define SUMS NAMED(sums)
typedef struct {
  vec sum[FEW_DIMENSIONS]; /* of weighted x - mean, by precision */
  vec total;
} SUMS;

/* The exponent of component k, whose numbers are shared at c, and x - mean, by precision unless it is
 * isotropic. */
INLINE vec exponent_of(const MIXTURE *mixture, const int isotropic, const int d, size_t k,
                       const FEW *few, size_t c, const vec *point, vec *difference) {
  const real *mean = mixture->means + k * (size_t)d;
  const real *precision = mixture->precisions + k * (size_t)d;
  vec square;
  UNROLL for (int j = 0; j < d; j++) {
    const vec gap = less_number(point[j], mean + j);
    difference[j] = isotropic ? gap : gap * precision[j];
    square = j == 0 ? difference[j] * gap : fused(difference[j], gap, square);
  }
  const vec factor = isotropic ? (vec)few->factors[c] : (vec)(real)(-LOG2_E / 2);
  return fused(square, factor, (vec)few->constants[c]);
}

INLINE void add_component(const int isotropic, const int d, const FEW *few, size_t c, vec exponent,
                          const vec *difference, SUMS *sums) {
  const vec weight = weight_of(exponent, LEAST_EXPONENT);
  sums->total =
      isotropic ? fused(weight, (vec)few->inverses[c], sums->total) : sums->total + weight;
  UNROLL for (int j = 0; j < d; j++) sums->sum[j] = fused(weight, difference[j], sums->sum[j]);
}

INLINE void clear(const int d, SUMS *sums) {
  sums->total = (vec)0;
  UNROLL for (int j = 0; j < d; j++) sums->sum[j] = (vec)0;
}

/* Components whose differences stay in registers together. */
#define AT_ONCE(d) (VECTOR_BYTES < 64 || (d) > 4 ? 1 : (d) == 1 ? 8 : (d) == 2 ? 4 : 2)

/* Adds some components, the first of which is `first`; exponents are those shared, less lower. Either
 * looks whether all of a few have the weight 0, which may save most of the work, or does not, which
 * saves the look; the sums are the same. Returns how many looks saved work. */
INLINE size_t add_shared(const MIXTURE *mixture, const int isotropic, const int d, const int looks,
                         size_t first, size_t components, const FEW *few, const vec *point,
                         const vec *lower, SUMS *sums) {
  const int count = looks ? AT_ONCE(d) : 1;
  size_t saved = 0, c = 0;
  SUMS local;
  local.total = sums->total;
  UNROLL for (int j = 0; j < d; j++) local.sum[j] = sums->sum[j];
  for (; c + (size_t)count <= components; c += (size_t)count) {
    vec difference[8][FEW_DIMENSIONS], exponent[8], highest;
    UNROLL for (int i = 0; i < count; i++) {
      const size_t at = c + (size_t)i;
      exponent[i] =
          exponent_of(mixture, isotropic, d, first + at, few, at, point, difference[i]);
      if (lower) exponent[i] -= *lower;
      highest = i == 0 ? exponent[i] : at_least(exponent[i], highest);
    }
    if (looks && !any(~(highest < (vec)LEAST_EXPONENT))) {
      saved++;
      continue;
    }
    UNROLL for (int i = 0; i < count; i++)
      add_component(isotropic, d, few, c + (size_t)i, exponent[i], difference[i], &local);
  }
  for (; c < components; c++) {
    vec difference[FEW_DIMENSIONS];
    vec exponent = exponent_of(mixture, isotropic, d, first + c, few, c, point, difference);
    if (lower) exponent -= *lower;
    add_component(isotropic, d, few, c, exponent, difference, &local);
  }
  sums->total = local.total;
  UNROLL for (int j = 0; j < d; j++) sums->sum[j] = local.sum[j];
  return saved * (size_t)count;
}

INLINE size_t components_from(const MIXTURE *mixture, size_t first) {
  const size_t rest = mixture->components - first;
  return rest < FEW_SHARED ? rest : FEW_SHARED;
}

/* Takes the low lanes' weights against their own highest exponents, which it returns; zero elsewhere. */
INLINE vec look_again(const MIXTURE *mixture, const int isotropic, const int d, const SCALE *scale,
                      ivec low, const vec *point, FEW *few, SUMS *sums) {
  vec highest = (vec)-REAL_MAX, difference[FEW_DIMENSIONS];
  for (size_t first = 0; first < mixture->components; first += FEW_SHARED) {
    const size_t components = components_from(mixture, first);
    share(mixture, isotropic, scale, first, components, few);
    for (size_t c = 0; c < components; c++)
      highest = at_least(
          exponent_of(mixture, isotropic, d, first + c, few, c, point, difference), highest);
  }
  const vec lower = low ? highest : (vec)0;
  clear(d, sums);
  for (size_t first = 0; first < mixture->components; first += FEW_SHARED) {
    const size_t components = components_from(mixture, first);
    share(mixture, isotropic, scale, first, components, few);
    add_shared(mixture, isotropic, d, 1, first, components, few, point, &lower, sums);
  }
  return lower;
}

/* Rows of at most FEW_DIMENSIONS coordinates. */
INLINE void score_few_dimensions(const MIXTURE *mixture, const int isotropic, const int d,
                                 const real *x, size_t rows, real *score, real *log_density) {
  const SCALE its_scale = scale_of(mixture, isotropic), *scale = &its_scale;
  FEW shared, *few = &shared;
  const int once = mixture->components <= FEW_SHARED;
  int is_shared = 0;
  vec point[FEW_VECTORS][FEW_DIMENSIONS];
  SUMS sums[FEW_VECTORS];
  for (size_t start = 0; start < rows; start += FEW_VECTORS * LANES) {
    const size_t left = rows - start;
    const size_t vectors = left < FEW_VECTORS * LANES ? (left + LANES - 1) / LANES : FEW_VECTORS;
#define SOME(v) (left - (v) * LANES < LANES ? left - (v) * LANES : (size_t)LANES)
    for (size_t v = 0; v < vectors; v++) {
      load_columns(x + (start + v * LANES) * (size_t)d, (size_t)d, SOME(v), d, point[v]);
      clear(d, &sums[v]);
    }
    for (size_t first = 0; first < mixture->components; first += FEW_SHARED) {
      const size_t components = components_from(mixture, first);
      if (!once || !is_shared) share(mixture, isotropic, scale, first, components, few);
      is_shared = 1;
      const size_t saved =
          add_shared(mixture, isotropic, d, 1, first, components, few, point[0], 0, &sums[0]);
      for (size_t v = 1; v < vectors; v++) {
        if (saved > components / 8)
          add_shared(mixture, isotropic, d, 1, first, components, few, point[v], 0, &sums[v]);
        else
          add_shared(mixture, isotropic, d, 0, first, components, few, point[v], 0, &sums[v]);
      }
    }
    for (size_t v = 0; v < vectors; v++) {
      const ivec low = ~(sums[v].total >= (vec)scale->least_total);
      vec lower = (vec)0;
      if (any(low))
        lower = look_again(mixture, isotropic, d, scale, low, point[v], few, &sums[v]);
      const vec factor = -scale->precision / sums[v].total;
      UNROLL for (int j = 0; j < d; j++) sums[v].sum[j] *= factor;
      const size_t row = start + v * LANES;
      store_columns(score + row * (size_t)d, (size_t)d, SOME(v), d, sums[v].sum);
      if (log_density)
        store_first(log_density + row, density_of(scale->reference + lower, sums[v].total), SOME(v));
    }
#undef SOME
  }
}
