/* Linear combinations of arrays, with the normals of a stream. */

/* Vectors of a sum worked on at once, so that its chains of additions overlap. */
#define COMBINED_VECTORS 4

/* output = sum_j coefficient_j input_j + noise z from element start on; z may be NULL. With a stride,
 * coefficient j of element i is coefficients[j stride + i], and its noise noise[i]. */
INLINE void combine_some(real *output, const real *const *inputs, size_t input_count,
                         size_t start, size_t count, const real *coefficients, const int is_diagonal,
                         size_t stride, const real *noise, const real *z) {
#define COEFFICIENT(READ, j) \
  (is_diagonal ? READ(coefficients + (j) * stride) : (vec)coefficients[j])
#define NOISE(READ) (is_diagonal ? READ(noise) : (vec)noise[0])
  size_t i = 0;
  for (; i + COMBINED_VECTORS * LANES <= count; i += COMBINED_VECTORS * LANES) {
#define READ_NEXT(p) load((p) + i + v * LANES)
    vec sum[COMBINED_VECTORS];
    UNROLL for (size_t v = 0; v < COMBINED_VECTORS; v++)
      sum[v] = READ_NEXT(inputs[0] + start) * COEFFICIENT(READ_NEXT, 0);
    for (size_t j = 1; j < input_count; j++)
      UNROLL for (size_t v = 0; v < COMBINED_VECTORS; v++)
        sum[v] = fused(COEFFICIENT(READ_NEXT, j), READ_NEXT(inputs[j] + start), sum[v]);
    if (z)
      UNROLL for (size_t v = 0; v < COMBINED_VECTORS; v++)
        sum[v] = fused(NOISE(READ_NEXT), READ_NEXT(z), sum[v]);
    UNROLL for (size_t v = 0; v < COMBINED_VECTORS; v++)
      store(output + start + i + v * LANES, sum[v]);
#undef READ_NEXT
  }
#define BODY(READ, WRITE)                                                                       \
  vec sum = READ(inputs[0] + start) * COEFFICIENT(READ, 0);                                     \
  for (size_t j = 1; j < input_count; j++)                                                      \
    sum = fused(COEFFICIENT(READ, j), READ(inputs[j] + start), sum);                            \
  if (z) sum = fused(NOISE(READ), READ(z), sum);                                                \
  WRITE(output + start, sum);
  for (; i + LANES <= count; i += LANES) {
    BODY(READ_WHOLE, WRITE_WHOLE)
  }
  if (i < count) {
    const size_t rest = count - i;
    BODY(READ_REST, WRITE_REST)
  }
#undef BODY
#undef NOISE
#undef COEFFICIENT
}

KERNEL void linear_combination(real *output, const real *const *inputs, size_t input_count,
                               const double *coefficients, size_t count, double noise,
                               ornstein_stream stream, uint64_t first) {
  real factors[ORNSTEIN_MOST_INPUTS];
  const real deviation = (real)noise;
  for (size_t j = 0; j < input_count; j++) factors[j] = (real)coefficients[j];
  if (noise == 0) {
    combine_some(output, inputs, input_count, 0, count, factors, 0, 0, 0, 0);
    return;
  }
  real z[SOME_GROUPS * GROUP_ELEMENTS] __attribute__((aligned(64)));
  for (size_t start = 0; start < count;) {
    const RUN run = next_run(first + start, count - start, output);
    normals(z, run.count, stream, first + start);
    combine_some(output, inputs, input_count, start, run.count, factors, 0, 0, &deviation, z);
    start += run.count;
  }
}

/* Elements from start on, the first of which has the coefficients at place of period. */
INLINE void combine_periods(real *output, const real *const *inputs, size_t input_count,
                            size_t start, size_t count, const real *coefficients, size_t period,
                            const real *noise, const real *z) {
  for (size_t done = 0; done < count;) {
    const size_t place = (start + done) % period, left = count - done;
    const size_t some = left < period - place ? left : period - place;
    combine_some(output, inputs, input_count, start + done, some, coefficients + place, 1, period,
                 noise ? noise + place : 0, z ? z + done : 0);
    done += some;
  }
}

/* Short rows are worked on in runs of LANES of them, made of whole vectors: less is lost to rests. */
#undef SHORT_ROW
#define SHORT_ROW (2 * LANES)

KERNEL void diagonal_combination(real *output, const real *const *inputs, size_t input_count,
                                 const real *coefficients, size_t rows, size_t d,
                                 const real *noise, ornstein_stream stream, uint64_t first) {
  const size_t count = rows * d;
  real repeated[(ORNSTEIN_MOST_INPUTS + 1) * SHORT_ROW * LANES] __attribute__((aligned(64)));
  size_t period = d;
  if (d < SHORT_ROW) {
    period = d * LANES;
    for (size_t j = 0; j <= input_count; j++) {
      const real *source = j < input_count ? coefficients + j * d : noise;
      for (size_t i = 0; source && i < period; i++) repeated[j * period + i] = source[i % d];
    }
    coefficients = repeated;
    if (noise) noise = repeated + input_count * period;
  }
  if (!noise) {
    combine_periods(output, inputs, input_count, 0, count, coefficients, period, 0, 0);
    return;
  }
  real z[SOME_GROUPS * GROUP_ELEMENTS] __attribute__((aligned(64)));
  for (size_t start = 0; start < count;) {
    const RUN run = next_run(first + start, count - start, output);
    normals(z, run.count, stream, first + start);
    combine_periods(output, inputs, input_count, start, run.count, coefficients, period, noise, z);
    start += run.count;
  }
}
