/* Sums over rows and over slices. */

/* Rows added into one partial sum before it joins the total. */
#define ROW_BLOCK 64
/* Vectors of columns that pass down the rows together. */
#define COLUMN_VECTORS 4

INLINE void sum_columns(const real *x, size_t rows, size_t ldx, const int vectors, vec *total) {
  UNROLL for (int j = 0; j < vectors; j++) total[j] = (vec)0;
  for (size_t first = 0; first < rows; first += ROW_BLOCK) {
    const size_t end = rows - first < ROW_BLOCK ? rows : first + ROW_BLOCK;
    vec part[COLUMN_VECTORS];
    UNROLL for (int j = 0; j < vectors; j++) part[j] = (vec)0;
    for (size_t i = first; i < end; i++)
      UNROLL for (int j = 0; j < vectors; j++) part[j] += load(x + i * ldx + j * LANES);
    UNROLL for (int j = 0; j < vectors; j++) total[j] += part[j];
  }
}

KERNEL void column_sums(const real *x, size_t rows, size_t columns, size_t ldx, real *output) {
  vec total[COLUMN_VECTORS];
  size_t column = 0;
  for (; column + COLUMN_VECTORS * LANES <= columns; column += COLUMN_VECTORS * LANES) {
    sum_columns(x + column, rows, ldx, COLUMN_VECTORS, total);
    for (int j = 0; j < COLUMN_VECTORS; j++) store(output + column + j * LANES, total[j]);
  }
  for (; column + LANES <= columns; column += LANES) {
    sum_columns(x + column, rows, ldx, 1, total);
    store(output + column, total[0]);
  }
  if (column == columns) return;
  const size_t rest = columns - column;
  vec sum = (vec)0;
  for (size_t first = 0; first < rows; first += ROW_BLOCK) {
    const size_t end = rows - first < ROW_BLOCK ? rows : first + ROW_BLOCK;
    vec part = (vec)0;
    for (size_t i = first; i < end; i++) part += load_first(x + i * ldx + column, rest);
    sum += part;
  }
  store_first(output + column, sum, rest);
}

/* Elements that pass through the tree of slices together. */
#define SLICE_BLOCK 256

/* sum = the elements from index on of all slices, the halves of the slices being summed first. */
static __attribute__((overloadable)) void sum_slices(real *const *slices, size_t slice_count,
                                                     size_t index, size_t count, real *sum) {
  const real *first = slices[0] + index;
  if (slice_count <= 2) {
    const real *second = slices[slice_count - 1] + index;
#define BODY(READ, WRITE) WRITE(sum, slice_count == 2 ? READ(first) + READ(second) : READ(first));
    FOR_VECTORS(count, BODY);
#undef BODY
    return;
  }
  real other[SLICE_BLOCK] __attribute__((aligned(64)));
  const size_t half = slice_count / 2;
  sum_slices(slices, half, index, count, sum);
  sum_slices(slices + half, slice_count - half, index, count, other);
#define BODY(READ, WRITE) WRITE(sum, READ(sum) + READ(other));
  FOR_VECTORS(count, BODY);
#undef BODY
}

/* Squares are added in double precision into 16 sums by index modulo 16, on every instruction set. */
#define SQUARE_SUMS 16

INLINE void add_squares(const real *values, double *sums) {
  UNROLL for (int i = 0; i < SQUARE_SUMS; i++) sums[i] += (double)values[i] * (double)values[i];
}

KERNEL double reduce_slices(real *const *slices, size_t slice_count, size_t count) {
  double sums[SQUARE_SUMS] __attribute__((aligned(64))) = {0};
  real values[SLICE_BLOCK] __attribute__((aligned(64)));
  for (size_t index = 0; index < count; index += SLICE_BLOCK) {
    const size_t some = count - index < SLICE_BLOCK ? count - index : SLICE_BLOCK;
    sum_slices(slices, slice_count, index, some, values);
    __builtin_memcpy(slices[0] + index, values, some * sizeof(real));
    size_t padded = some;
    while (padded % SQUARE_SUMS != 0) values[padded++] = 0;
    for (size_t i = 0; i < padded; i += SQUARE_SUMS) add_squares(values + i, sums);
  }
  for (int width = SQUARE_SUMS / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) sums[i] += sums[i + width];
  return sums[0];
}
