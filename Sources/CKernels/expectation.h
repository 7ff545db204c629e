/* What expectation-maximisation needs around its matrix products: the features of points, in which the
 * logarithms of normal densities are linear, and the probabilities of components. */

/* The first count lanes, the others -infinity. */
INLINE vec first_or_least(vec x, size_t count) {
  vec number;
  UNROLL for (int i = 0; i < LANES; i++) number[i] = (real)i;
  return number < (vec)(real)count ? x : (vec)-__builtin_inf();
}

/* One row: its entries e^(x - most), whose sum is returned; the row's largest entry in *most. */
INLINE real exponentials_of_row(real *x, size_t columns, real *most) {
  vec highest = (vec)-__builtin_inf();
  size_t j = 0;
  for (; j + LANES <= columns; j += LANES) highest = at_least(load(x + j), highest);
  if (j < columns)
    highest = at_least(first_or_least(load_first(x + j, columns - j), columns - j), highest);
  const real top = __builtin_reduce_max(highest);
  vec total = (vec)0;
  for (j = 0; j + LANES <= columns; j += LANES) {
    const vec weight = exponential_of_nonpositive(load(x + j) - top);
    store(x + j, weight);
    total += weight;
  }
  if (j < columns) {
    const size_t rest = columns - j;
    const vec weight =
        exponential_of_nonpositive(first_or_least(load_first(x + j, rest), rest) - top);
    store_first(x + j, weight, rest);
    total += weight;
  }
  *most = top;
  return sum_of_lanes(total);
}

KERNEL void softmax_rows(real *x, size_t rows, size_t columns, const real *factors,
                         real *log_sums) {
  for (size_t row = 0; row < rows; row += LANES) {
    const size_t some = rows - row < LANES ? rows - row : LANES;
    real most[LANES] __attribute__((aligned(64))) = {0};
    real totals[LANES] __attribute__((aligned(64)));
    UNROLL for (int i = 0; i < LANES; i++) totals[i] = 1;
    for (size_t i = 0; i < some; i++, x += columns) {
      totals[i] = exponentials_of_row(x, columns, most + i);
      const real scale = (factors ? factors[row + i] : (real)1) / totals[i];
      size_t j = 0;
      for (; j + LANES <= columns; j += LANES) store(x + j, load(x + j) * scale);
      if (j < columns) store_first(x + j, load_first(x + j, columns - j) * scale, columns - j);
    }
    store_first(log_sums + row, load(most) + logarithm(load(totals)), some);
  }
}

/* Some numbers times a factor; the lanes after them may be written to, up to limit. */
INLINE void scale_run(real *output, const real *limit, const real *x, const real *x_end,
                      size_t count, real factor) {
  size_t j = 0;
  for (; j + LANES <= count; j += LANES) store(output + j, load(x + j) * factor);
  if (j == count) return;
  if (x + j + LANES <= x_end && output + j + LANES <= limit)
    store(output + j, load(x + j) * factor);
  else
    store_first(output + j, load_first(x + j, count - j) * factor, count - j);
}

KERNEL void quadratic_features(const real *x, size_t rows, size_t d, const real *centre,
                               const real *scale, int pairs, real *output) {
  const size_t squares = pairs ? d * (d + 1) / 2 : d;
  for (size_t row = 0; row < rows; row++, x += d, output += squares + d + 1) {
    real *const u = output + squares;
#define BODY(READ, WRITE) WRITE(u, (READ(x) - READ(centre)) * READ(scale));
    FOR_VECTORS(d, BODY);
#undef BODY
    if (pairs) {
      /* A run of products may spill into the next, which comes later. */
      real *run = output;
      for (size_t i = 0; i < d; run += ++i) scale_run(run, u, u, u + d, i + 1, u[i]);
    } else {
#define BODY(READ, WRITE) WRITE(output, READ(u) * READ(u));
      FOR_VECTORS(d, BODY);
#undef BODY
    }
    u[d] = 1;
  }
}
